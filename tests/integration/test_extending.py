"""The changes of docs/extending.md: few files each, and they work in a copy of the project."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
PATCHES = re.findall(r"```diff\n(.*?)```", PAGE, flags=re.DOTALL)
METRIC, FORMAT, COMMAND = PATCHES
RULES = ("tests/unit/test_architecture.py", "tests/unit/test_site.py")
COPIED = ("latentlab", "apps", "scripts", "tests", "docs", "pyproject.toml", "mkdocs.yml")


def files_of(patch):
    return re.findall(r"^diff --git a/\S+ b/(\S+)$", patch, flags=re.MULTILINE)


def proofs(patch):
    return [name for name in files_of(patch) if name.startswith("tests/")]


@pytest.fixture
def changed(tmp_path):
    """A copy of the project to which a patch is applied; a function that runs Python there."""
    place = tmp_path / "project"
    place.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, place / name)
    (place / "data").symlink_to(ROOT / "data")

    def apply(patch):
        subprocess.run(["git", "apply", "-"], cwd=place, input=patch, text=True, check=True)

    def run(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return place, apply, run


def run_tests(run, *names):
    run("-m", "pytest", "-q", "-n", "0", *names)


def test_there_are_three_and_each_touches_few_files():
    assert [len(files_of(patch)) for patch in PATCHES] == [3, 4, 5]
    assert all(len(proofs(patch)) == 1 for patch in PATCHES)


def test_a_metric_is_in_every_table(changed):
    place, apply, run = changed
    apply(METRIC)
    np.save(place / "x.npy", np.random.default_rng(0).standard_normal((200, 6)))
    document = json.loads(run("-m", "latentlab", "anisotropy", "x.npy", "--json", "--out", "report"))
    [item] = document["results"]["items"]
    value = item["clouds"]["latents"]["metrics"]["length_spread"]["value"]
    assert value == pytest.approx(0.29, abs=0.03)
    assert "spread of lengths" in run("-m", "latentlab", "anisotropy", "x.npy")
    assert "length_spread" in (place / "report/table.csv").read_text()
    shared = "tests/unit/metrics/test_metrics_shared.py::test_"
    holds = ("no_measure_is_forgotten", "every_docstring_has_formula_range_blindness_source_and_example")
    run("tests/golden/test_anisotropy_golden.py")
    everywhere = ("tests/golden", "tests/unit/results/tables/test_latex.py", *RULES)
    run_tests(run, *proofs(METRIC), *(shared + name for name in holds), *everywhere)


def test_a_format_is_loaded_by_every_command(changed):
    place, apply, run = changed
    apply(FORMAT)
    packed = shutil.make_archive(str(place / "sent"), "zip", ROOT / "data/checkpoints/vib")
    assert "sent" in run("-m", "latentlab", "info", packed)
    said = run("-m", "latentlab", "reconstruct", packed, "--text", "The cat is sleeping.", "--offline")
    assert "The cat is sleeping." in said
    assert "IsoScore" in run("-m", "latentlab", "anisotropy", packed, "--n", "20", "--offline")
    run_tests(run, *proofs(FORMAT), *RULES)


def test_a_command_has_help_schema_and_call(changed):
    place, apply, run = changed
    apply(COMMAND)
    run("-m", "scripts.schemas")
    assert (place / "docs/schema/lengths.json").is_file()
    assert "lengths" in run("-m", "latentlab", "--help")
    assert "vib: off by" in run(
        "-m", "latentlab", "lengths", "data/checkpoints/vib", "--n", "20", "--offline"
    )
    pages = (*RULES, "tests/unit/api/test_public_names.py", "tests/unit/cli/test_cli_column.py")
    typed = "tests/integration/test_typed_reports.py"
    made = ("test_what_is_read_is_what_was_written[lengths]", "test_the_schema_holds[lengths]")
    all_of = (
        "tests/unit/results/test_report_types.py",
        f"{typed}::test_every_report_that_is_written_is_here",
    )
    run_tests(run, *proofs(COMMAND), *pages, *all_of, *(f"{typed}::{one}" for one in made))
