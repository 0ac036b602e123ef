"""Reports as types: damage is named in one line, the schemas on the site are those of the code."""

import json

import pytest

from latentlab.errors import InputError
from latentlab.results import Report
from latentlab.results.report import RESULTS, results_type
from latentlab.results.reports.provenance import Provenance
from scripts import schemas

STEP = {"label": "1", "text": "a cat"}
ITEM = {"name": "vib", "path": None, "kind": "vib", "steps": [STEP], "scores": None}


def written(tmp_path, **item):
    document = Report.of("move", {}, {"items": [ITEM]}, Provenance(seed=0)).to_dict()
    document["results"]["items"][0] |= item
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"name": 3}, "results, is damaged: items.0.name is 3: input should be a valid string"),
        ({"steps": None}, "results, is damaged: items.0.steps is None: input should be a valid"),
        ({"steps": [{"label": "1"}]}, "results, is damaged: items.0.steps.0.text: field required"),
        (
            {"scores": [{"strength": "1"}]},
            "results, is damaged: items.0.scores.0.strength is '1': input should",
        ),
        (
            {"scores": [{"strength": True}]},
            "results, is damaged: items.0.scores.0.strength is True: input should",
        ),
    ],
)
def test_what_has_another_form_is_named(tmp_path, item, said):
    with pytest.raises(InputError) as found:
        Report.read(written(tmp_path, **item))
    assert said in found.value.message
    assert "\n" not in found.value.message
    assert found.value.hint


def test_a_command_that_has_no_reports_is_named(tmp_path):
    path = written(tmp_path)
    path.write_text(path.read_text().replace('"move"', '"nonsense"'))
    with pytest.raises(InputError, match="is a report of nonsense, which has no such reports"):
        Report.read(path)


def test_the_schemas_of_the_site_are_those_of_the_code():
    made = schemas.files()
    assert {path.name: path.read_text(encoding="utf-8") for path in schemas.FOLDER.iterdir()} == made
    assert {name.removesuffix(".json") for name in made} == set(RESULTS) - set(schemas.NOT_WRITTEN)


@pytest.mark.parametrize("command", RESULTS)
def test_every_type_is_frozen_and_every_schema_closed(command):
    kind = results_type(command)
    assert kind.__dataclass_params__.frozen
    for part in schemas.schema(command)["$defs"].values():
        assert part["additionalProperties"] is False


def test_a_report_has_no_place_for_what_its_type_does_not_know():
    with pytest.raises(TypeError, match=r"a report of anisotropy has no place for results\.turn"):
        Report.of("anisotropy", {}, {"items": [], "turn": 1}, Provenance())
