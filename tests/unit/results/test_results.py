"""What is written is read back; what is damaged, foreign or half is refused in one line."""

import csv
import errno
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save
from typed_documents import typed

from latentlab import files
from latentlab.errors import InputError, LatentsError, ResourceError
from latentlab.metrics import Estimate
from latentlab.metrics.posterior import ActiveUnits
from latentlab.results import Latents, Report, Statistics, rows, to_csv, to_jsonable, versions
from latentlab.results.reports.provenance import Provenance
from latentlab.results.reports.space_results import (
    AnisotropyResults,
    CloudCurves,
    CloudResult,
    GateResult,
    PosteriorCurves,
    PosteriorResult,
    SpaceResult,
)


def report():
    right = Estimate(0.25, 0.1, (0.0, 0.5))
    scores = [{"strength": np.float64(1.0), "right": right, "unmoved": Estimate(None, note="why")}]
    steps = [{"label": "Grüße", "text": "a"}]
    item = {"name": "vib", "path": Path("x"), "kind": "vib", "steps": steps, "scores": scores}
    return Report.of("move", {"n": np.int64(3), "bad": float("nan")}, {"items": [item]}, Provenance(seed=0))


def clouds(n=40, d=5):
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, d + 3)), rng.standard_normal((n, d)).astype(np.float32)


# Report


def test_report_round_trip(tmp_path):
    path = tmp_path / "report.json"
    report().write(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert list(document) == ["schema", "command", "inputs", "results", "provenance"]
    assert document["inputs"] == {"n": 3, "bad": None}
    [item] = document["results"]["items"]
    assert (item["path"], item["steps"]) == ("x", [{"label": "Grüße", "text": "a"}])
    assert item["scores"][0]["right"] == {"value": 0.25, "se": 0.1, "ci95": [0.0, 0.5], "note": None}
    assert Report.read(path).to_dict() == document == report().to_dict()
    assert Report.read(path) == report()


def test_same_report_same_bytes(tmp_path):
    assert report().to_json() == report().to_json()
    report().write(tmp_path / "a")
    report().write(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_full_disk_leaves_the_old_report(tmp_path, monkeypatch):
    path = tmp_path / "report.json"
    report().write(path)
    before = path.read_bytes()

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(ResourceError, match="No space left"):
        report().write(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not a report"),
        ("[]", "it has no schema"),
        ('{"schema": 3}', "schema 3, this version reads 1 and 2"),
        ('{"schema": 1, "command": "x", "inputs": {}, "results": {}}', "unknown keys provenance"),
        ('{"schema": 1, "command": "x", "inputs": {}, "results": {}, "provenance": {}, "y": 1}', "keys y"),
        ('{"schema": 1, "command": "", "inputs": {}, "results": [], "provenance": {}}', "are no object"),
        (
            '{"schema": 1, "command": "move", "inputs": {}, "results": {"items": [1]}, "provenance": {}}',
            "items.0 is 1",
        ),
        (
            '{"schema": 2, "command": "x", "inputs": {}, "results": {}, "provenance": {}}',
            "a report of x, which",
        ),
    ],
)
def test_what_is_no_report_is_refused(tmp_path, content, message):
    path = tmp_path / "report.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        Report.read(path)


def test_a_missing_report_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        Report.read(tmp_path / "none.json")


def test_what_json_cannot_say_is_refused_with_its_place():
    with pytest.raises(TypeError, match=r"report\.a\[1\]: set has no place"):
        to_jsonable({"a": [1, {2}]})
    with pytest.raises(TypeError, match="keys are strings, got 1"):
        to_jsonable({1: 2})


def test_versions_name_what_numbers_depend_on():
    found = versions()
    assert {"latentlab", "python", "numpy"} <= set(found)
    assert found["numpy"] == np.__version__


# Table


def test_the_table_has_one_line_a_number():
    estimate = Estimate(0.5, 0.1, (0.3, 0.7), n=9)
    cloud = CloudResult(
        **{"n": 9, "d": 4, "sampled": 9, "curves": CloudCurves(mean=(0.0,) * 4)},
        metrics={"isoscore": estimate, "twonn": Estimate(None, n=6, note="why, exactly")},
        reference={"isoscore": Estimate(0.9)},
    )
    units = ActiveUnits(0.5, 0.1, (0.3, 0.7), n=9, sweep={"0.01": 2, "0.1": 1}, gap=(None, 0.4))
    posterior = PosteriorResult(
        metrics={"kl_total": estimate, "active_units": units},
        kl_per_dim=(1.0, 2.0),
        collapsed_dims={"0.01": 3},
        curves=PosteriorCurves((1.0, 2.0), (1.0, 2.0)),
    )
    space = SpaceResult("a, b", None, "vib", None, None, GateResult("PASSED"), {}, {"mu": cloud}, posterior)
    found = AnisotropyResults((space, replace(space, name="c", posterior=None)))
    report = Report("anisotropy", {}, found, Provenance())
    lines = list(csv.DictReader(io.StringIO(to_csv(report))))
    assert len(lines) == len(list(rows(report))) == 2 + 9 + 2
    first, second = lines[:2]
    assert first["name"] == "a, b"
    assert [
        first[key] for key in ("rows", "d", "n", "value", "se", "ci95_low", "ci95_high", "reference")
    ] == [
        *("9", "4", "9", "0.5"),
        *("0.1", "0.3", "0.7", "0.9"),
    ]
    assert [second[key] for key in ("rows", "n", "value", "note")] == ["9", "6", "", "why, exactly"]
    of_posterior = {line["metric"]: line for line in lines if line["cloud"] == "posterior"}
    assert list(of_posterior) == [
        "kl_total",
        "active_units",
        "active_units.sweep[0.01]",
        "active_units.sweep[0.1]",
        "active_units.gap[below]",
        "active_units.gap[above]",
        "kl_per_dim[0]",
        "kl_per_dim[1]",
        "collapsed_dims[0.01]",
    ]
    assert of_posterior["collapsed_dims[0.01]"]["value"] == "3"
    values = [
        of_posterior[f"active_units.{key}"]["value"] for key in ("sweep[0.1]", "gap[below]", "gap[above]")
    ]
    assert values == ["1", "", "0.4"]
    assert of_posterior["kl_total"]["n"] == of_posterior["active_units.sweep[0.1]"]["n"] == "9"


def test_the_table_of_a_real_report_is_complete_and_rectangular():
    from figure_reports import three

    report = typed(three())
    lines = list(csv.reader(io.StringIO(to_csv(report))))
    assert {len(line) for line in lines} == {len(lines[0])} == {14}
    named = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    measures = {line["metric"] for line in named if (line["name"], line["cloud"]) == ("vib", "z")}
    assert measures == set(report.results.items[1].clouds["z"].metrics)
    assert all(line["n"] for line in named if line["cloud"] != "posterior")
    assert not [line for line in named if "curves" in line["metric"]]


# Statistics


def test_statistics_round_trip(tmp_path):
    pooled, latents = clouds()
    statistics = Statistics.of(pooled, latents)
    np.testing.assert_allclose(statistics.pooled_cov, np.cov(pooled.T))
    np.testing.assert_allclose(statistics.latent_mean, latents.mean(axis=0, dtype=np.float64))
    statistics.write(tmp_path / "statistics.safetensors")
    read = Statistics.read(tmp_path / "statistics.safetensors")
    assert read.n == 40
    np.testing.assert_allclose(read.pooled_cov, statistics.pooled_cov, rtol=1e-6)
    np.testing.assert_allclose(read.latent_cov, statistics.latent_cov, rtol=1e-6, atol=1e-8)


def test_statistics_are_of_the_same_sentences():
    pooled, latents = clouds()
    with pytest.raises(LatentsError, match="same rows, at least 2, got 40 and 39"):
        Statistics.of(pooled, latents[1:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"latent_mean": np.zeros(4, np.float32)}, r"latent mean of shape \(4,\) with covariance \(5, 5\)"),
        ({"pooled_cov": np.full((8, 8), np.nan, np.float32)}, "pooled mean or covariance has NaN"),
        ({"n": np.array([1])}, r"at least 2 sentences, got \[1\]"),
        ({"n": np.array([40, 40])}, "at least 2 sentences"),
    ],
)
def test_statistics_that_contradict_themselves_are_refused(tmp_path, change, message):
    path = tmp_path / "statistics.safetensors"
    path.write_bytes(save(load(Statistics.of(*clouds()).to_bytes()) | change))
    with pytest.raises(LatentsError, match=message):
        Statistics.read(path)


@pytest.mark.parametrize("cut", [0, 7, -1])
def test_truncated_statistics_are_refused(tmp_path, cut):
    path = tmp_path / "statistics.safetensors"
    path.write_bytes(Statistics.of(*clouds()).to_bytes()[:cut])
    with pytest.raises(LatentsError, match="not a whole safetensors file"):
        Statistics.read(path)


def test_other_tensors_are_no_statistics(tmp_path):
    path = tmp_path / "latents.safetensors"
    Latents(clouds()[1], "mu", "abc", "def").write(path)
    with pytest.raises(LatentsError, match=r"expected .*latent_cov.*, got .*vectors"):
        Statistics.read(path)
    with pytest.raises(LatentsError, match="cannot read"):
        Statistics.read(tmp_path / "none")


# Latents


@pytest.mark.parametrize("suffix", [".safetensors", ".npy"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_latents_round_trip(tmp_path, suffix, dtype):
    vectors = clouds()[1].astype(dtype)
    path = tmp_path / f"latents{suffix}"
    # A view with its rows backwards: the file holds numbers, not strides.
    Latents(vectors[::-1], "mu", "checkpoint", "corpus").write(path)
    read = Latents.read(path)
    assert np.array_equal(read.vectors, vectors[::-1])
    assert read.vectors.dtype == dtype
    assert (read.cloud, read.checkpoint, read.corpus) == ("mu", "checkpoint", "corpus")
    sidecar = json.loads((tmp_path / f"latents{suffix}.json").read_text())
    assert (sidecar["n"], sidecar["d"], sidecar["dtype"]) == (40, 5, np.dtype(dtype).name)


@pytest.mark.parametrize("suffix", [".safetensors", ".npy"])
def test_latents_and_sidecar_belong_together(tmp_path, suffix):
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    Latents(clouds()[1], "mu", "checkpoint", "corpus").write(first)
    Latents(clouds()[1] + 1, "mu", "checkpoint", "corpus").write(second)
    first.write_bytes(second.read_bytes())
    with pytest.raises(LatentsError, match=r"belongs to other numbers than a.*: sha256"):
        Latents.read(first)
    (tmp_path / f"b{suffix}.json").write_text("{}")
    with pytest.raises(LatentsError, match="does not describe latents"):
        Latents.read(second)
    (tmp_path / f"b{suffix}.json").unlink()
    with pytest.raises(LatentsError, match=r"cannot read .*json"):
        Latents.read(second)


def test_objects_are_never_unpickled(tmp_path):
    path = tmp_path / "objects.npy"
    np.save(path, np.array([[print]], dtype=object), allow_pickle=True)
    with pytest.raises(LatentsError, match="not an array of numbers"):
        Latents.read(path)


@pytest.mark.parametrize("vectors", [np.ones(3), np.ones((3, 3), dtype=int)])
def test_arrays_that_are_no_vectors_are_refused(tmp_path, vectors):
    path = tmp_path / "x.npy"
    np.save(path, vectors)
    with pytest.raises(LatentsError, match="expected floating-point"):
        Latents.read(path)


def test_an_unknown_suffix_is_refused(tmp_path):
    with pytest.raises(LatentsError, match=r"ends in \.safetensors or \.npy"):
        Latents(clouds()[1], "mu", "a", "b").write(tmp_path / "latents.bin")
