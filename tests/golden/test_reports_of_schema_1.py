"""Reports as 0.1.0 wrote them are read: the same numbers under the names of today."""

import json
from pathlib import Path

import pytest

import latentlab as ll
from latentlab.cli import main
from latentlab.results import SCHEMA, Report

FOLDER = Path(__file__).parent / "schema_1"
FILES = sorted(FOLDER.glob("*.json"))
RENAMED = {"channel": "noise", "judge": "fluency_lm", "way": "path_kind", "ways": "paths"}


def leaves(value):
    """Every number and text of a document that stands in its results, in order."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


def keys(value):
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys(inner)}
    return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_report_of_schema_1_has_the_same_numbers(file):
    old, new = json.loads(file.read_text("utf-8")), Report.read(file)
    assert (old["schema"], new.schema) == (1, SCHEMA)
    assert new.command == RENAMED.get(old["command"], old["command"])
    assert leaves(new.results) == leaves(old["results"])
    assert keys(new.results) & {"way", "ways", "judge"} == set()
    assert {RENAMED.get(key, key) for key in keys(old["results"])} == keys(new.results)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_report_of_schema_1_is_read_in_python_and_written_in_the_schema_of_today(file, tmp_path):
    report = ll.read(file)
    report.save(tmp_path / "out")
    assert ll.read(tmp_path / "out" / "report.json") == report
    assert json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))["schema"] == SCHEMA


def test_a_report_of_schema_1_is_drawn(tmp_path):
    assert (
        main(
            ["plot", str(FOLDER / "channel.json"), "--figure", "waterfall", "--out", str(tmp_path / "a.png")]
        )
        == 0
    )
