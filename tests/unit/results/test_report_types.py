"""Reports as types: damage is named in one line, the schemas on the site are those of the code."""

import json

import pytest

from latentlab.errors import InputError
from latentlab.results import Report
from latentlab.results.report import RESULTS, results_type
from latentlab.results.reports.decoding_results import PathCurves
from latentlab.results.reports.log_results import LogColumn
from latentlab.results.reports.noise_results import ConstellationResult
from latentlab.results.reports.provenance import Provenance
from latentlab.results.reports.space_results import CloudCurves, Histogram, Quantiles
from latentlab.results.reports.typed import parse
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


NOISE = {"at": [[0.0, 0.0]], "sentence": [0], "right": [True]}
PLANE = {
    **{"sentences": ["a"], "at": [[0.0, 0.0]], "cloud": [], "snr_db": 3.0, "noise": NOISE},
    **{"edges": [-1.0, 1.0, -1.0, 1.0], "texts": ["a", "b"], "regions": [[0, 1], [1, 0]]},
}
CURVES = {
    **{"alpha": [0.0, 1.0], "step": [0.5], "shift": None, "fluency": [1.0, 1.0], "norm": [1.0, 2.0], "n": 1},
    **{"mahalanobis": None, "prior_log_density": None},
    "ci95": dict.fromkeys(("step", "shift", "fluency", "norm", "mahalanobis", "prior_log_density")),
}
HISTOGRAM = {"edges": [-1.0, 0.0, 1.0], "counts": [3, 4]}
QUANTILES = {key: [0.0, 1.0] for key in ("normal", "median", "low", "high", "worst")} | {"worst_dim": 0}


@pytest.mark.parametrize(
    ("kind", "right", "wrong", "said"),
    [
        (Histogram, HISTOGRAM, {"counts": [3]}, "one edge more than counts"),
        (Histogram, HISTOGRAM, {"edges": [-1.0, 1.0, 0.0]}, "edges are ascending"),
        (Histogram, HISTOGRAM, {"edges": [-2.0, 0.0, 1.0]}, "edges are ascending, from -1"),
        (Quantiles, QUANTILES, {"low": [0.0]}, "2 of normal, 2 of median, 1 of low"),
        (CloudCurves, {}, {"eigenvalues": [1.0, -0.1]}, "eigenvalues of a covariance are at least 0"),
        (PathCurves, CURVES, {"norm": [1.0]}, "1 of norm"),
        (PathCurves, CURVES, {"step": [0.5, 0.5]}, "a step between each two points"),
        (PathCurves, CURVES, {"alpha": [-1.0, 1.0]}, "alpha.0 is -1.0"),
        (PathCurves, CURVES, {"ci95": CURVES["ci95"] | {"norm": [[1.0], [2.0]]}}, "1 of low"),
        (ConstellationResult, PLANE, {"at": []}, "1 of sentences, 0 of at"),
        (ConstellationResult, PLANE, {"sentences": ["c"]}, "each is among the texts"),
        (ConstellationResult, PLANE, {"sentences": ["a"] * 6, "at": PLANE["at"] * 6}, "1 to 5 sentences"),
        (ConstellationResult, PLANE, {"edges": [1.0, -1.0, -1.0, 1.0]}, "left, right, lower and upper"),
        (ConstellationResult, PLANE, {"edges": [1.0]}, "left, right, lower and upper"),
        (ConstellationResult, PLANE, {"regions": [[0, 2], [1, 0]]}, "a number from 0 to 1"),
        (ConstellationResult, PLANE, {"regions": [[0, 1], [1]]}, "a square grid"),
        (ConstellationResult, PLANE, {"noise": NOISE | {"sentence": [1]}}, "a number from 0 to 0"),
        (ConstellationResult, PLANE, {"noise": NOISE | {"right": []}}, "0 of right"),
        (LogColumn, {"step": [1], "value": [0.5]}, {"step": [1, 2]}, "2 of step, 1 of value"),
    ],
)
def test_what_does_not_fit_together_is_named(kind, right, wrong, said):
    assert parse(kind, right, "it")
    with pytest.raises(InputError, match="it is damaged: ") as found:
        parse(kind, right | wrong, "it")
    assert said in found.value.message


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
