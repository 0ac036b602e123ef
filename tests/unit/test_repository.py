"""The repository says about itself only what is true: the README's tree, the pins, the words in the files."""

import re
import subprocess
import tomllib
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
ONE_LINE_EACH = ("latentlab", "apps", "benchmarks")


@pytest.fixture(scope="module")
def tracked() -> list[PurePosixPath]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout: what belongs to the repository is unknown")
    return [PurePosixPath(name) for name in done.stdout.split("\0") if name and (ROOT / name).exists()]


def read_tree(markdown: str) -> dict[str, str]:
    """Paths and comments of the one ```tree block: two spaces a level, folders end in /, then the comment."""
    blocks = re.findall(r"^```tree\n(.*?)^```$", markdown, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1, "README.md needs exactly one ```tree block"
    tree: dict[str, str] = {}
    parents: list[str] = []
    for line in blocks[0].splitlines():
        name, _, comment = line.strip().partition(" ")
        depth = (len(line) - len(line.lstrip())) // 2
        parents = [*parents[:depth], name]
        path = "".join(parents)
        assert path not in tree, f"{path} is in the tree twice"
        tree[path] = comment.strip()
    return tree


def tree_faults(tree: dict[str, str], files: list[PurePosixPath]) -> list[str]:
    """Differences between the tree and the files; the rule is written down in CONTRIBUTING.md."""
    folders = {f"{parent}/" for file in files for parent in file.parents if parent.name}
    known = folders | {str(file) for file in files}
    faults = [f"{path} is not there" for path in tree if path not in known]
    faults += [f"{path} has no comment" for path, comment in tree.items() if not comment]
    leaves = [p for p in tree if p.endswith("/") and not any(q != p and q.startswith(p) for q in tree)]
    for file in files:
        # The line of a package's folder is the line of its __init__.py.
        if str(file) in tree or (file.name == "__init__.py" and f"{file.parent}/" in tree):
            continue
        own_line = len(file.parts) == 1 or (file.suffix == ".py" and file.parts[0] in ONE_LINE_EACH)
        if own_line or not any(str(file).startswith(leaf) for leaf in leaves):
            faults.append(f"{file} has no line")
    return faults


def test_readme_tree_is_the_disk(tracked):
    assert tree_faults(read_tree((ROOT / "README.md").read_text("utf-8")), tracked) == []


def test_a_wrong_tree_is_seen():
    markdown = "```tree\nlatentlab/  the package\n  gone.py  not there\n  bare.py\ndata/  shipped\n```\n"
    names = ["latentlab/__init__.py", "latentlab/bare.py", "latentlab/new.py", "data/a.txt", "Makefile"]
    assert tree_faults(read_tree(markdown), [PurePosixPath(name) for name in names]) == [
        "latentlab/gone.py is not there",
        "latentlab/bare.py has no comment",
        "latentlab/new.py has no line",
        "Makefile has no line",
    ]


def test_every_dependency_is_pinned():
    pins = dict(
        line.lower().replace("_", "-").split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    # Datasets is the one extra that neither the demo nor the tests install.
    extras = [d for name, group in project["optional-dependencies"].items() if name != "hf" for d in group]
    names = {re.split(r"[<>=\[]", d)[0].lower() for d in project["dependencies"] + extras}
    assert names - pins.keys() == set()
    assert "+" not in pins["torch"], "a local version suffix cannot be resolved everywhere"


def test_versions_agree():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f'__version__ = "{version}"' in (ROOT / "latentlab/__init__.py").read_text()
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_no_word_of_anybodys_machine(tracked):
    private = re.compile(r"/(?:work|root|home|Users)/\w")
    for file in tracked:
        if (ROOT / file).stat().st_size > 1_000_000 or file == PurePosixPath(__file__).relative_to(ROOT):
            continue
        try:
            text = (ROOT / file).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        assert not (found := private.search(text)), f"{file}: {found[0] if found else ''}"


def test_shipped_data_stays_small(tracked):
    size = sum((ROOT / file).stat().st_size for file in tracked if file.parts[0] == "data")
    assert size < 60e6
