"""The real report of every command: read back it is equal, and the JSON Schema on the site holds it."""

import json
from importlib import import_module
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from tiny_checkpoint import sentences

import latentlab as ll
from latentlab.metrics import Estimate
from latentlab.results import Report
from latentlab.results.report import RESULTS
from scripts.schemas import NOT_WRITTEN

TEXTS = sentences(600)
SCHEMAS = Path(__file__).resolve().parents[2] / "docs/schema"
SWEEP = {"low": 0, "high": 10, "step": 5, "seeds": 2}
MADE = {
    "anisotropy": lambda folder: ll.measure([folder], texts=TEXTS[:120], n=60),
    "layers": lambda folder: ll.measure_layers([folder], texts=TEXTS[:120], n=60),
    "compare": lambda folder: ll.compare(folder, texts=TEXTS[:120], n=60, task=True),
    "interpolate": lambda folder: ll.interpolate(folder, *TEXTS[:2], steps=3),
    "move": lambda folder: ll.move(folder, arithmetic=TEXTS[:3]),
    "reconstruct": lambda folder: ll.reconstruct(folder, TEXTS[:6]),
    "noise": lambda folder: ll.noise(folder, TEXTS[:9], **SWEEP),
    "memorisation": lambda folder: ll.memorisation([folder], TEXTS, n=10, **SWEEP),
}
for _file in sorted(Path(__file__).parent.glob("test_command_*.py")):
    MADE |= import_module(_file.stem).MADE


def test_every_report_that_is_written_is_here():
    assert set(MADE) == set(RESULTS) - set(NOT_WRITTEN)


@pytest.mark.parametrize("command", MADE)
def test_what_is_read_is_what_was_written(command, tiny_folder, tmp_path):
    report = MADE[command](tiny_folder).report
    path = tmp_path / "report.json"
    report.write(path)
    again = Report.read(path)
    assert again == report
    assert again.to_json() == path.read_text(encoding="utf-8")
    assert type(again.results) is type(report.results)


@pytest.mark.parametrize("command", MADE)
def test_the_schema_holds(command, tiny_folder):
    schema = json.loads((SCHEMAS / f"{command}.json").read_text(encoding="utf-8"))
    document = MADE[command](tiny_folder).document
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    document["results"]["items"][0]["more"] = 1
    with pytest.raises(jsonschema.ValidationError, match="more"):
        jsonschema.validate(document, schema, jsonschema.Draft202012Validator)


def test_results_are_attributes_and_estimates_numbers():
    report = ll.measure(np.random.default_rng(0).standard_normal((80, 4))).report
    [space] = report.results.items
    found = space.primary.metrics["mean_cosine"]
    assert type(found) is Estimate
    assert abs(found.value) < 0.1
    assert space.primary.curves.eigenvalues == tuple(sorted(space.primary.curves.eigenvalues, reverse=True))
    assert report.provenance.seed == 0
