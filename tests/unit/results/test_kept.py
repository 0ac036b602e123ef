"""Reports that were made before."""

import json

import pytest

from latentlab.results import Report
from latentlab.results.report_cache import kept
from latentlab.results.reports.provenance import Provenance


@pytest.fixture
def made(monkeypatch, tmp_path):
    monkeypatch.setenv("LATENTLAB_CACHE", str(tmp_path))
    calls = []

    def make():
        calls.append(len(calls))
        return Report.of("anisotropy", {"n": 3, "turn": len(calls)}, {"items": []}, Provenance(seed=0))

    return calls, make, tmp_path / "reports"


def test_the_same_is_made_once_and_another_again(made):
    calls, make, folder = made
    first = kept({"n": 3, "seed": 0}, make)
    assert kept({"seed": 0, "n": 3}, make) == first
    assert calls == [0]
    assert kept({"n": 3, "seed": 1}, make).inputs["turn"] == 2
    assert len(list(folder.iterdir())) == 2


def test_what_is_damaged_is_made_again(made):
    calls, make, folder = made
    kept({"n": 3}, make)
    (file,) = folder.iterdir()
    file.write_text("{")
    kept({"n": 3}, make)
    assert calls == [0, 1]
    assert json.loads(file.read_text())["inputs"]["turn"] == 2


def test_other_versions_are_another_report(made, monkeypatch):
    calls, make, _ = made
    kept({"n": 3}, make)
    monkeypatch.setattr("latentlab.results.report_cache.versions", lambda: {"latentlab": "9"})
    kept({"n": 3}, make)
    assert calls == [0, 1]


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(made, monkeypatch, tmp_path):
    calls, make, _ = made
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LATENTLAB_CACHE", str(tmp_path / "file"))
    assert kept({"n": 3}, make).command == "anisotropy"
    kept({"n": 3}, make)
    assert calls == [0, 1]
