"""The repository says about itself only what is true: the list of files, the pins, the words in the files."""

import re
import subprocess
import tomllib
from pathlib import Path, PurePosixPath

import pytest

from scripts.tree import read, written

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tracked() -> list[PurePosixPath]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout: what belongs to the repository is unknown")
    return [PurePosixPath(name) for name in done.stdout.split("\0") if name and (ROOT / name).exists()]


def test_the_page_of_files_is_the_disk(tracked):
    page = (ROOT / "docs/files.md").read_text("utf-8")
    assert written(page, tracked) == page, "run python -m scripts.tree"
    tree = read(page)
    assert [path for path, comment in tree.items() if not comment] == []
    folders = [path for path in tree if path.endswith("/")]
    leaves = [path for path in folders if sum(other.startswith(path) for other in tree) == 1]
    others = [str(file) for file in tracked if str(file) not in tree and file.suffix != ".py"]
    assert [file for file in others if not any(file.startswith(leaf) for leaf in leaves)] == []


def test_a_new_file_has_a_line_and_a_gone_one_has_none(tracked):
    page = "```tree\nlatentlab/  the package\n  gone.py  not there\nMakefile  targets\n```\n"
    files = [PurePosixPath(name) for name in ("latentlab/__init__.py", "latentlab/errors.py", "Makefile")]
    assert written(page, files).split() == [
        *("```tree", "Makefile", "targets"),
        *("latentlab/", "latentlab:", *["the", "lab", "bench", "for", "sentence", "latent", "spaces"]),
        *("errors.py", *["Every", "error", "latentlab", "raises", "on", "purpose"], "```"),
    ]  # fmt: skip


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
