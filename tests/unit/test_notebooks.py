"""The notebooks of the documentation: form, imports, and where they are listed. None is executed here."""

import ast
import re
import sys
import tomllib
from types import SimpleNamespace

import pytest
import yaml

import latentlab
from scripts import notebooks
from scripts.notebooks import NAMES, ROOT, SOURCES

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BRINGS = {"ipython": "ipykernel"}
"""What comes with a package that is asked for."""
NETWORK = {"asyncio", "ftplib", "http", "huggingface_hub", "requests", "socket", "ssl", "urllib"}


def cells(name: str) -> list[tuple[str, str]]:
    """Kind and source of each cell, as jupytext's percent format has them."""
    text = (SOURCES / f"{name}.py").read_text("utf-8")
    header, *found = re.split(r"^# %%", text, flags=re.M)
    lines = header.rstrip().splitlines()
    assert lines[0] == lines[-1] == "# ---"
    settings = yaml.safe_load("\n".join(line.removeprefix("# ") for line in lines[1:-1]))
    assert settings["jupyter"]["kernelspec"]["name"] == "python3"
    kinds = {"": "code", " [markdown]": "markdown"}
    parts = [part.partition("\n") for part in found]
    return [(kinds[kind], source.strip("\n")) for kind, _, source in parts]


def code(name: str) -> ast.Module:
    return ast.parse("\n".join(source for kind, source in cells(name) if kind == "code"))


def prose(name: str) -> str:
    return "\n".join(source for kind, source in cells(name) if kind == "markdown")


def imported(tree: ast.Module) -> set[str]:
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return set(names)


def declared() -> set[str]:
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["notebooks"]]
    names = {re.split(r"[<>=\[]", line)[0].lower() for line in asked}
    return names | {name for name, by in BRINGS.items() if by in names}


def test_there_are_five_and_each_has_its_place():
    assert sorted(path.stem for path in SOURCES.iterdir()) == sorted(NAMES)
    assert len(NAMES) == 5
    page = (ROOT / "docs/notebooks.md").read_text("utf-8")
    assert re.findall(r"\(notebooks/(\w+)\.py\)", page) == list(NAMES)
    nav = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert re.findall(r"- notebooks/(\w+)\.md", nav) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_has_a_title_and_cells_of_the_two_kinds(name):
    found = cells(name)
    kind, title = found[0]
    assert kind == "markdown"
    assert title.startswith("# # ")
    for kind, source in found:
        assert source
        if kind == "markdown":
            assert all(line == "#" or line.startswith("# ") for line in source.splitlines()), source
        else:
            ast.parse(source)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_uses_public_names_and_declared_packages(name):
    tree = code(name)
    modules = {module.partition(".")[0] for module in imported(tree)}
    others = modules - sys.stdlib_module_names - {"latentlab"}
    assert {module.lower() for module in others} <= declared()
    assert [module for module in imported(tree) if module.startswith("latentlab")] == ["latentlab"]
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ll"
    }
    assert used
    assert used <= set(latentlab.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_asks_no_network_and_names_no_place_of_a_machine(name):
    tree = code(name)
    assert not {module.partition(".")[0] for module in imported(tree)} & NETWORK
    strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    paths = [text for text in strings if isinstance(text, str) and text.startswith(("/", "~"))]
    assert paths == []
    assert not [text for text in strings if isinstance(text, str) and "://" in text]


@pytest.mark.parametrize("name", NAMES)
def test_links_of_a_notebook_lead_somewhere(name):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose(name))
    assert [link for link in links if not (SOURCES / link).exists()] == []


def output(**data: str) -> SimpleNamespace:
    kinds = {"text": "text/plain", "html": "text/html", "png": "image/png", "markdown": "text/markdown"}
    metadata = {"image/png": {"width": 605}}
    mapping = {"data": {kinds[kind]: value for kind, value in data.items()}}
    return SimpleNamespace(metadata=metadata, get=mapping.get)


def test_a_page_has_text_code_and_outputs():
    frame = '<div>\n<style scoped>\n\n x\n</style>\n<table border="1" class="dataframe">\n</table>\n</div>'
    cell = SimpleNamespace(
        cell_type="code",
        source='r.plot("spectrum")',
        outputs=[
            SimpleNamespace(get={"text": "printed\n"}.get),
            output(text="5"),
            output(text="a frame", html=frame),
            output(text="a figure", png="aGk="),
            output(text="said", markdown="# Said\n"),
        ],
    )
    first = SimpleNamespace(cell_type="markdown", source="# Title")
    link = SimpleNamespace(cell_type="markdown", source="[next](paper_figures.py)")
    page, pictures = notebooks.as_markdown("own_vectors", SimpleNamespace(cells=[first, cell, link]))
    assert page == (
        "# Title\n\nTo run it yourself, in a clone: [own_vectors.ipynb](own_vectors.ipynb), "
        "[own_vectors.py](own_vectors.py).\n\n"
        '```python\nr.plot("spectrum")\n```\n\n```text\nprinted\n```\n\n```text\n5\n```\n\n'
        "<div>\n<table>\n</table>\n</div>\n\n"
        '![spectrum](own_vectors-1.png){ width="605" }\n\n# Said\n\n[next](paper_figures.md)\n'
    )
    assert pictures == {"own_vectors-1.png": b"hi"}
