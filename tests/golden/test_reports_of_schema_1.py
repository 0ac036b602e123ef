"""Reports as 0.1.0 wrote them are read: the same numbers under the names of today."""

import json
from pathlib import Path

import pytest

import latentlab as ll
from latentlab.cli import main
from latentlab.results import SCHEMA, Report

FOLDER = Path(__file__).parent / "schema_1"
FILES = sorted(FOLDER.glob("*.json"))
RENAMED = {
    **{"channel": "noise", "judge": "fluency_lm", "way": "path_kind", "ways": "paths"},
    **{"measures": "metrics", "word": "verdict", "because": "reason"},
}


def leaves(value, at=()):
    """Every number and text, by its place with today's names."""
    inner = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if inner is None:
        return {at: value}
    found = {}
    for key, part in inner:
        found |= leaves(part, (*at, RENAMED.get(key, key)))
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_report_of_schema_1_has_the_same_numbers(file):
    old, new = json.loads(file.read_text("utf-8")), Report.read(file).to_dict()
    assert (old["schema"], new["schema"]) == (1, SCHEMA)
    assert new["command"] == RENAMED.get(old["command"], old["command"])
    was, now = leaves(old["results"]), leaves(new["results"])
    assert {place: now.get(place, "gone") for place in was} == was
    assert {value for place, value in now.items() if place not in was} <= {None}
    shas = {name: found["fingerprint"] for name, found in old["provenance"]["checkpoints"].items()}
    about = new["provenance"]
    assert {name: found["fingerprint"] for name, found in about["checkpoints"].items()} == shas
    assert about["seed"] == old["provenance"]["seed"]


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
