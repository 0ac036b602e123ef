"""The verb: clouds, sharing of encoders, the gate, provenance, and what a reader may not be told."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from latentlab.analysis.anisotropy.cloud import measure_cloud, state_of
from latentlab.analysis.anisotropy.spaces_report import CLOUDS, anisotropy, measure_latents
from latentlab.analysis.clouds import LoadedModel, latent_clouds, pooled_once, sample
from latentlab.corpora import Corpus
from latentlab.errors import CheckpointError, InputError, LatentsError, UsageError
from latentlab.metrics import (
    CLOUD_METRICS,
    METRICS,
    effective_rank,
    isoscore_debiased,
    mean_cosine,
)

TEXTS = [f"sentence number {i}" for i in range(120)]


@dataclass
class FakeModel:
    """Pooled vectors are a cone that only the encoder key and the row decide; the head is a fixed matrix."""

    name: str = "vib"
    kind: str = "vib"
    path: Path | None = Path("ckpt/vib")
    fingerprint: str = "f" * 64
    step: int = 7
    encoder_key: tuple = ("encoder", 3, "mean")
    width: int = 6
    calls: list = field(default_factory=list)

    def pool(self, texts):
        self.calls.append(len(texts))
        rng = np.random.default_rng(len(self.encoder_key[0]))
        scale = np.linspace(0.3, 1.5, 8)
        return (rng.standard_normal((len(texts), 8)) * scale + 1).astype(np.float32)

    def encode_pooled(self, pooled, texts):
        head = np.random.default_rng(1).standard_normal((pooled.shape[1], self.width))
        mu = (pooled @ head).astype(np.float32)
        logvar = np.full_like(mu, -2.0) if self.kind == "vib" else None
        return SimpleNamespace(pooled=pooled, mu=mu, logvar=logvar, z=mu)


class Collapsed(FakeModel):
    def encode_pooled(self, pooled, texts):
        mu = 1e-4 * np.random.default_rng(0).standard_normal((len(pooled), self.width)).astype(np.float32)
        return SimpleNamespace(mu=mu, logvar=np.zeros_like(mu))


def deterministic(**changes):
    return FakeModel(
        **{"name": "baseline", "kind": "deterministic", "path": Path("ckpt/baseline"), **changes}
    )


def test_clouds_measures_and_references_of_both_kinds():
    report = anisotropy([FakeModel(), deterministic()], TEXTS, seed=0).to_dict()
    vib, baseline = report["results"]["items"]
    assert list(vib["clouds"]) == ["pooled", "pooled_centred", "mu", "z"]
    assert list(baseline["clouds"]) == ["pooled", "pooled_centred", "mu"]
    assert set(CLOUDS) == {*vib["clouds"], "latents"}
    for item in (vib, baseline):
        assert set(item) == {
            *("name", "path", "kind", "fingerprint", "step"),
            *("gate", "verdict", "clouds", "posterior"),
        }
        for name, cloud in item["clouds"].items():
            assert cloud["n"] == 120
            assert cloud["d"] == (8 if name.startswith("pooled") else 6)
            assert list(cloud["metrics"]) == list(CLOUD_METRICS)
            assert set(cloud["reference"]) < set(CLOUD_METRICS)
            for estimate in cloud["metrics"].values():
                assert set(estimate) == {"value", "se", "ci95", "n", "note"}
                assert estimate["n"] == 120
    named = {key for key, m in METRICS.items() if m.family == "posterior"}
    lists = {"kl_per_dim", "information_per_dim", "collapsed_dims"}
    assert set(vib["posterior"]) == lists | {"metrics", "curves"}
    assert set(vib["posterior"]["metrics"]) | lists == named | {"mi_sampled"}
    assert set(vib["verdict"]) == {"gate", "cone", "anisotropy", "rogue", "noise"} - {"gate"}
    assert len(vib["posterior"]["kl_per_dim"]) == 6
    assert sum(vib["posterior"]["kl_per_dim"]) == pytest.approx(
        vib["posterior"]["metrics"]["kl_total"]["value"]
    )
    assert vib["gate"]["verdict"] == "PASSED"
    assert (baseline["posterior"], baseline["gate"]["verdict"]) == (None, "NOT APPLICABLE")


def test_values_are_those_of_the_metrics_on_the_cloud():
    model = FakeModel()
    item = anisotropy([model], TEXTS, seed=3).to_dict()["results"]["items"][0]
    pooled = model.pool(TEXTS).astype(np.float64)
    mu = model.encode_pooled(model.pool(TEXTS), TEXTS).mu.astype(np.float64)
    z = sample(mu, np.full_like(mu, -2.0), rng=np.random.default_rng(3))
    for name, x in {
        "pooled": pooled,
        "pooled_centred": pooled - pooled.mean(0),
        "mu": mu,
        "z": z,
    }.items():
        for key in CLOUD_METRICS:
            got = item["clouds"][name]["metrics"][key]
            expected = METRICS[key].function(x).value
            assert (got["value"] is None) == (expected is None), (name, key)
            if expected is not None:
                # The debiased rank depends a little on how the rows are dealt to parts.
                rel = 5e-3 if key == "effective_rank_debiased" else 1e-6
                assert got["value"] == pytest.approx(expected, rel=rel, abs=1e-9), (name, key)
            if got["se"]:
                assert got["ci95"][0] < got["value"] < got["ci95"][1], (name, key)
    assert "by construction" in item["clouds"]["pooled_centred"]["metrics"]["mean_cosine"]["note"]


def test_an_encoder_runs_once_for_all_models_that_share_it():
    shared = [
        FakeModel(name="a"),
        FakeModel(name="b"),
        FakeModel(name="c", encoder_key=("other one", 6, "cls")),
    ]
    said = []
    report = anisotropy(shared, TEXTS, seed=0, progress=lambda *what: said.append(what)).to_dict()
    assert [model.calls for model in shared] == [[120], [], [120]]
    a, b, c = (item["clouds"] for item in report["results"]["items"])
    assert a["pooled"] == b["pooled"] != c["pooled"]
    assert said == [
        ("encoding sentences", 1, 2),
        ("encoding sentences", 2, 2),
        ("measuring checkpoints", 1, 3),
        ("measuring checkpoints", 2, 3),
        ("measuring checkpoints", 3, 3),
    ]


def test_a_collapsed_model_is_caught_before_its_perfect_sphere_is_read():
    item = anisotropy([Collapsed()], TEXTS * 10, seed=0).to_dict()["results"]["items"][0]
    z = item["clouds"]["z"]["metrics"]
    assert abs(z["mean_cosine"]["value"]) < 0.01
    assert z["isoscore_debiased"]["value"] > 0.95
    assert item["gate"]["verdict"] == "COLLAPSED"
    assert item["gate"]["reason"].endswith("the posterior is the prior")


def test_same_inputs_same_bytes_and_the_seed_matters():
    first, second, other = (anisotropy([FakeModel()], TEXTS, seed=seed).to_json() for seed in (0, 0, 1))
    assert first == second != other
    z = [json.loads(text)["results"]["items"][0]["clouds"]["z"]["metrics"] for text in (first, other)]
    assert z[0] != z[1]


def test_provenance_says_what_was_measured():
    report = anisotropy([FakeModel()], TEXTS, seed=5, inputs={"paths": [Path("ckpt")]}).to_dict()
    assert report["inputs"] == {"paths": ["ckpt"], "n": 120, "seed": 5}
    provenance = report["provenance"]
    vib = provenance["checkpoints"]["vib"]
    assert (vib["fingerprint"], vib["encoder"]) == ("f" * 64, ["encoder", 3, "mean"])
    assert provenance["sentences"] == {"measured": Corpus(tuple(TEXTS), "any name").fingerprint}
    assert provenance["versions"]["numpy"] == np.__version__


def test_weights_that_were_never_loaded_are_not_reported():
    with pytest.raises(CheckpointError, match="come from no file"):
        anisotropy([FakeModel(fingerprint="")], TEXTS, seed=0)


def test_nothing_to_measure():
    with pytest.raises(UsageError, match="no checkpoint"):
        anisotropy([], TEXTS, seed=0)
    with pytest.raises(InputError, match="at least 2 sentences, got 1"):
        anisotropy([FakeModel()], TEXTS[:1], seed=0)


def test_numbers_that_are_none_are_named():
    class Broken(FakeModel):
        def encode_pooled(self, pooled, texts):
            encoding = super().encode_pooled(pooled, texts)
            encoding.mu[3, 0] = np.nan
            return encoding

    class NoEncoder(FakeModel):
        def pool(self, texts):
            return np.full((len(texts), 8), np.inf)

    for kind in ("vib", "deterministic"):
        with pytest.raises(
            LatentsError, match=r"m, mu: expected finite .* 1 of 120 rows, the first is row 3"
        ):
            anisotropy([Broken(name="m", kind=kind)], TEXTS, seed=0)
    with pytest.raises(LatentsError, match="m, pooled: expected finite"):
        anisotropy([NoEncoder(name="m")], TEXTS, seed=0)


def test_two_sentences_are_enough_to_run_and_too_few_for_intervals():
    item = anisotropy([FakeModel()], TEXTS[:2], seed=0).to_dict()["results"]["items"][0]
    measures = item["clouds"]["mu"]["metrics"]
    assert measures["isoscore_debiased"]["value"] is None
    assert measures["effective_rank"]["value"] == pytest.approx(1)
    assert measures["effective_rank"]["se"] is None
    assert "plug-in value" in measures["effective_rank"]["note"]
    assert item["gate"]["verdict"] == "TOO FEW ROWS"
    assert item["posterior"]["metrics"]["agg_kl_gaussian"]["value"] is None


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_a_constant_latent_has_no_flattering_number(value):
    x = np.full((50, 4), value)
    measures = measure_cloud(state_of(x, seed=0)).metrics
    assert {measures[key].value for key in CLOUD_METRICS if METRICS[key].family == "covariance"} == {None}
    assert measures["mean_cosine"].value == (pytest.approx(1) if value else None)
    for key in ("isoscore_debiased", "twonn", "mle_id", "hubness_skewness", "kurtosis_max"):
        assert measures[key].value is None
        assert measures[key].note


def test_posterior_measures_have_intervals():
    rng = np.random.default_rng(0)
    mu, logvar = rng.standard_normal((300, 4)), np.full((300, 4), -1.0)
    z = sample(mu, logvar, rng=rng)
    clouds, posterior = measure_latents(mu, logvar, z, seed=0)
    assert list(clouds) == ["mu", "z"]
    for key in ("kl_total", "kl_total_bits", "signal_share", "information_dimwise"):
        low, high = posterior.metrics[key].ci95
        assert low < posterior.metrics[key].value < high
        assert posterior.metrics[key].n == 300
    # Its bias is d (d + 3) / 4 n at most, several times its spread where the aggregate is the prior.
    near = measure_latents(mu, np.full((300, 4), -8.0), mu, seed=0)[1].metrics["agg_kl_gaussian"]
    assert near.se is None
    assert "plug-in value, which depends on n" in near.note


def test_fakes_are_what_the_code_asks_for():
    assert isinstance(FakeModel(), LoadedModel)
    model = FakeModel()
    clouds = latent_clouds(model, pooled_once([model], TEXTS)[model.encoder_key], TEXTS, seed=0)
    assert clouds.mu.dtype == np.float64
    residual = (clouds.z - clouds.mu) / np.exp(0.5 * clouds.logvar)
    assert residual.std() == pytest.approx(1, abs=0.1)


def test_science_a_cone_a_gaussian_and_whitening():
    rng = np.random.default_rng(0)
    gaussian = rng.standard_normal((2000, 16))
    cone = gaussian + 2.0
    stretched = gaussian * np.linspace(0.1, 3, 16)
    values = {
        name: (mean_cosine(x).value, isoscore_debiased(x).value, effective_rank(x).value)
        for name, x in {"gaussian": gaussian, "cone": cone, "stretched": stretched}.items()
    }
    assert values["gaussian"][0] == pytest.approx(0, abs=0.01)
    assert values["cone"][0] > 0.7
    assert values["stretched"][0] == pytest.approx(0, abs=0.01)
    # Each axis is blind to the other's fault.
    assert values["cone"][1] == pytest.approx(values["gaussian"][1])
    assert values["stretched"][1] < 0.6 < 0.97 < values["gaussian"][1]
    # A rotation of the covariance to the identity.
    eigenvalues, vectors = np.linalg.eigh(np.cov(stretched.T))
    whitened = (stretched - stretched.mean(0)) @ vectors / np.sqrt(eigenvalues)
    assert values["stretched"][2] < 14
    assert effective_rank(whitened).value == pytest.approx(16)
