"""Two checkpoints on the same sentences: words, intervals, controls, and what is refused."""

import re

import numpy as np
import pytest
from compare_fakes import SPREAD, TEXTS, D, Fake, gaussian, rotation
from scipy import stats

from latentlab.analysis.comparison.comparisons import compare
from latentlab.analysis.comparison.primary_metrics import CORE, OF_ONE_WIDTH, PRIMARY_METRICS, ROGUE
from latentlab.errors import UsageError
from latentlab.metrics import METRICS
from latentlab.metrics.statistics.inference import holm
from latentlab.metrics.streaming.sharding import SHARDS, shard_of
from latentlab.results.tables.comparison_rows import comparison_rows

TESTED = [key for key in CORE if key not in OF_ONE_WIDTH]
LITTLE = 0.3
SEED = 5
"""Of z: not that of the clouds, or the noise would be the signal once more."""


def compared(a, b, *more, **options):
    return compare([a, b, *more], TEXTS, seed=SEED, **options).to_dict()["results"]


def entry(a, b, *more, **options):
    return compared(a, b, *more, **options)["comparisons"][0]


def words(comparison):
    return {axis: content["verdict"] for axis, content in comparison["axes"].items()}


def test_a_rotation_changes_nothing_but_what_belongs_to_the_axes():
    x = gaussian() * SPREAD
    comparison = entry(Fake("a", x), Fake("b", x @ rotation(), LITTLE))
    assert words(comparison) == {
        "gate": "PASSED",
        "cone": "UNCHANGED",
        "anisotropy": "UNCHANGED",
        "anisotropy_z": "UNCHANGED",
        "rogue": "REDUCED",
    }
    assert comparison["claim"]["verdict"] == "NOT SUPPORTED"
    for key in TESTED:
        one = comparison["metrics"][key]
        # Single precision leaves a difference of 1e-8 with an interval of its own; it is none.
        assert one["p"] == one["p_holm"] == 1
        assert one["p_equivalence"] < 1e-6
        assert "rounding" in one["delta"]["note"]


def test_signs_and_order_of_the_axes_change_nothing_at_all():
    x = gaussian() * SPREAD + 1.5
    turned = (x * np.tile([1, -1], D // 2))[:, ::-1]
    comparison = entry(Fake("a", x), Fake("b", turned, LITTLE))
    assert set(words(comparison).values()) == {"PASSED", "UNCHANGED"}
    assert "rogue" in words(comparison)


def answers(comparison):
    return {question: content["verdict"] for question, content in comparison["answers"].items()}


def test_a_cone_that_centring_removes_too_is_a_mean_shift():
    x = gaussian()
    comparison = entry(Fake("a", x + 2), Fake("b", x, LITTLE))
    assert words(comparison)["cone"] == "REDUCED"
    assert answers(comparison) == {
        "cone gone": "GONE",
        "centring": "YES",
        "covariance": "NOT ROUNDER",
        "cost": "NOT MEASURED",
        "control": "NOT COMPARED",
    }
    assert words(comparison)["anisotropy"] == words(comparison)["anisotropy_z"] == "UNCHANGED"
    assert comparison["claim"]["verdict"] == "MEAN-SHIFT ONLY"
    gap = comparison["answers"]["centring"]["numbers"]["centred_gap"]
    assert gap["value"] == pytest.approx(
        METRICS["mean_cosine"].function((x + 2) - (x + 2).mean(0)).value
        - METRICS["mean_cosine"].function(x).value,
        abs=1e-6,
    )
    assert comparison["metrics"]["mean_cosine"]["p_holm"] < 1e-6


def test_a_rounder_covariance_of_mu():
    x = gaussian()
    comparison = entry(Fake("a", x * SPREAD), Fake("b", x, LITTLE))
    assert (words(comparison)["cone"], words(comparison)["anisotropy"]) == ("UNCHANGED", "REDUCED")
    assert comparison["claim"]["verdict"] == "SUPPORTED IN GEOMETRY, NO CONE BEFORE, NO CONTROL"
    assert answers(comparison)["cone gone"] == "NO CONE BEFORE"
    back = entry(Fake("a", x), Fake("b", x * SPREAD, LITTLE))
    assert words(back)["anisotropy"] == "INCREASED"
    assert back["claim"]["verdict"] == "NOT APPLICABLE"  # a is round: there is nothing to cure
    assert back["claim"]["reason"].endswith("cone NONE, anisotropy NONE")


def test_white_noise_alone_makes_nothing_rounder_than_white_noise_does():
    x = gaussian() * SPREAD
    comparison = entry(Fake("a", x), Fake("b", x, 2.0))
    assert words(comparison)["anisotropy"] == "UNCHANGED"
    assert words(comparison)["anisotropy_z"] in ("UNCHANGED", "INCONCLUSIVE")
    assert comparison["claim"]["verdict"] == "NOT SUPPORTED"
    assert comparison["z"]["against_cloud"] == "mu of A and white noise"
    assert comparison["z"]["against_z"] is None
    # With the same noise on both sides z differs from z by nothing.
    both = entry(Fake("a", x, 2.0), Fake("b", x, 2.0))["z"]["against_z"]["isoscore_debiased"]
    assert both["p"] == 1


def test_noise_that_fills_what_mu_leaves_is_noise_induced():
    x = gaussian() * SPREAD
    filling = np.sqrt(4.5 - SPREAD**2)
    comparison = entry(Fake("a", x), Fake("b", x, filling))
    assert (words(comparison)["anisotropy"], words(comparison)["anisotropy_z"]) == ("UNCHANGED", "REDUCED")
    assert comparison["claim"]["verdict"] == "NOISE-INDUCED"
    assert answers(comparison)["covariance"] == "ROUNDER IN Z ONLY"


def test_of_a_collapsed_posterior_nothing_else_is_said():
    collapsed = Fake("b", 1e-4 * gaussian(), 1.0)
    report = compare([Fake("a", gaussian() * SPREAD + 1), collapsed], TEXTS, seed=SEED)
    comparison = report.to_dict()["results"]["comparisons"][0]
    assert words(comparison) == {"gate": "COLLAPSED"}
    assert comparison["claim"]["verdict"] == "COLLAPSED"
    assert comparison["answers"] == {}
    assert {row["verdict"] for row in comparison_rows(report)} == {"COLLAPSED"}


def test_nothing_is_compared_with_a_collapsed_baseline():
    comparison = entry(Fake("a", 1e-4 * gaussian(), 1.0), Fake("b", gaussian(), LITTLE))
    assert words(comparison) == {"gate": "PASSED"}
    assert comparison["claim"]["verdict"] == "NOT APPLICABLE"
    assert "the baseline a is COLLAPSED" in comparison["claim"]["reason"]


def test_the_interval_is_that_of_pairs():
    x = gaussian() + 0.7
    y = x * SPREAD + 0.3 * gaussian(1)
    measures = entry(Fake("a", x), Fake("b", y))["metrics"]
    x, y = x.astype(np.float32).astype(float), y.astype(np.float32).astype(float)
    shard = shard_of(np.arange(len(x)), SEED, SHARDS)
    for key, name, scale in (
        ("mean_cosine", "mean_cosine", 1),
        ("mean_energy_ratio", "mean_energy_ratio", 1),
        ("isoscore_debiased", "isoscore_debiased", 1),
    ):
        f = METRICS[name].function
        rest = [(f(y[shard != g]).value - f(x[shard != g]).value) * scale for g in range(SHARDS)]
        one = measures[key]
        assert one["delta"]["value"] == pytest.approx((f(y).value - f(x).value) * scale, abs=1e-9)
        # The spectra without a shard are right to first order only.
        se = np.sqrt((SHARDS - 1) / SHARDS * np.sum((rest - np.mean(rest)) ** 2))
        assert one["delta"]["se"] == pytest.approx(se, rel=0.02), key
        assert one["delta"]["n"] == one["a"]["n"] == 400
        t = abs(one["delta"]["value"]) / one["delta"]["se"]
        assert one["p"] == pytest.approx(2 * stats.t.sf(t, SHARDS - 1))
    cosine = measures["mean_cosine"]
    assert cosine["delta"]["se"] < 0.7 * np.hypot(cosine["a"]["se"], cosine["b"]["se"])


def test_p_values_are_adjusted_for_what_has_them_and_a_plug_in_value_has_none():
    comparison = entry(Fake("a", gaussian() * SPREAD + 0.1, 0.3), Fake("b", gaussian(1) * SPREAD, LITTLE))
    for block in (comparison["metrics"], comparison["z"]["against_z"]):
        assert list(block) == list(PRIMARY_METRICS)
        p = {key: block[key]["p"] for key in TESTED}
        assert holm(p) == pytest.approx({key: block[key]["p_holm"] for key in TESTED})
        assert max(p.values()) > 0.01  # or adjusting would show nothing
        for key in OF_ONE_WIDTH:
            assert block[key]["p"] is block[key]["p_holm"] is block[key]["p_equivalence"] is None
            for one in ("a", "b", "delta"):
                assert block[key][one]["ci95"] is block[key][one]["se"] is None, (key, one)
            assert re.search("jackknife .* no interval for the space", block[key]["delta"]["note"])


@pytest.mark.parametrize("wide_first", [False, True])
def test_different_widths(wide_first):
    narrow, wide = gaussian(d=6), np.pad(gaussian(d=6), [(0, 0), (0, 4)])
    models = [Fake("narrow", narrow, LITTLE), Fake("wide", wide @ rotation(10), LITTLE)]
    comparison = entry(*(models[::-1] if wide_first else models))
    assert comparison["d"] == ({"a": 10, "b": 6} if wide_first else {"a": 6, "b": 10})
    for key in ("top1_variance_share", *ROGUE):
        one = comparison["metrics"][key]
        assert one["delta"]["value"] is one["p"] is one["p_holm"] is None
        assert "depends on the width" in one["delta"]["note"]
        assert one["a"]["value"] is not None
    word = "REDUCED" if wide_first else "INCREASED"
    assert (words(comparison)["anisotropy"], words(comparison)["rogue"]) == (word, "UNDEFINED")
    assert answers(comparison)["covariance"] == "NOT ROUNDER"  # what the width makes is not the cloud's
    assert "anisotropy_z" not in comparison["axes"]
    control = comparison["pca_control"]
    assert (control["d"], control["projected"]) == (6, "wide")
    assert list(control["metrics"]) == list(CORE)
    assert {control["metrics"][key]["p"] for key in TESTED} == {1}
    assert control["axes"]["anisotropy"]["verdict"] == "UNCHANGED"
    assert comparison["notes"] == [f"at equal width the anisotropy is UNCHANGED, at their own widths {word}"]


def test_the_axes_of_largest_variance_are_kept_with_the_mean_on_them():
    rng = np.random.default_rng(0)
    wide = np.hstack([gaussian(d=4) * 3 + 5, 0.1 * rng.standard_normal((400, 4))])
    control = entry(Fake("a", wide[:, :4]), Fake("b", wide @ rotation()))["pca_control"]
    assert control["metrics"]["mean_cosine"]["delta"]["value"] == pytest.approx(0, abs=1e-3)
    assert control["metrics"]["top1_variance_share"]["delta"]["value"] == pytest.approx(0, abs=1e-3)


def test_a_control_and_what_it_is_good_for():
    x = gaussian()
    models = [Fake("a", x + 2), Fake("c", x + 0.5, LITTLE), Fake("b", x, LITTLE)]
    results = compared(*models, control="c")
    assert (results["baseline"], results["control"]) == ("a", "c")
    of_c, of_b = results["comparisons"]
    assert [of_c["name"], of_b["name"]] == ["c", "b"]
    # The control is set against the baseline like any other, and not against itself.
    assert of_c["answers"]["control"]["verdict"] == "NOT COMPARED"
    assert of_b["answers"]["control"]["verdict"] == "NOT AS GOOD"
    gap = of_b["answers"]["control"]["numbers"]["control_less_b_cosine"]
    cosine = [METRICS["mean_cosine"].function(cloud).value for cloud in (x, x + 0.5)]
    assert gap["value"] == pytest.approx(cosine[1] - cosine[0], abs=1e-6)
    assert gap["ci95"][0] > 0.05
    models[1] = Fake("c", 1e-4 * x, 1.0)
    collapsed = compared(*models, control="c")["comparisons"][1]
    assert collapsed["notes"] == ["the control c is COLLAPSED and is not compared"]
    assert collapsed["answers"]["control"]["verdict"] == "NOT COMPARED"
    models[1] = Fake("c", np.pad(x, [(0, 0), (0, 2)]), LITTLE)
    wider = compared(*models, control="c")["comparisons"][1]
    assert wider["notes"] == ["the control c has 10 dimensions, b has 8: not compared"]


def test_a_control_without_a_bottleneck_that_is_as_good():
    x = gaussian()
    models = [Fake("a", x * SPREAD + 2), Fake("c", gaussian(1), 0.01), Fake("b", x, LITTLE)]
    of_c, of_b = compared(*models, control="c")["comparisons"]
    assert of_b["answers"]["control"]["verdict"] == "AS GOOD"
    assert of_b["claim"]["verdict"] == "NOT THE BOTTLENECK"
    assert of_c["claim"]["verdict"] == "NOT THE BOTTLENECK"  # its posterior is a point
    alone = compared(models[0], models[2])["comparisons"][0]
    assert alone["claim"]["verdict"] == "SUPPORTED IN GEOMETRY, NO CONTROL"


def test_a_deterministic_latent_gets_words_and_no_claim():
    comparison = entry(Fake("a", gaussian() * SPREAD), Fake("b", gaussian()))
    assert words(comparison)["anisotropy"] == "REDUCED"
    assert comparison["z"] is None
    assert (comparison["claim"]["verdict"], words(comparison)["gate"]) == ("NOT APPLICABLE", "NOT APPLICABLE")


def test_the_margin_is_an_option():
    a, b = Fake("a", gaussian() * SPREAD), Fake("b", gaussian() * SPREAD**0.9)
    narrow, wide = (entry(a, b, margin=margin) for margin in (0.01, 0.5))
    assert words(narrow)["anisotropy"] == "REDUCED"
    assert words(wide)["anisotropy"] == "UNCHANGED"
    assert {one["margin"] for one in wide["metrics"].values()} == {0.5}
    with pytest.raises(UsageError, match="margin above 0"):
        entry(a, b, margin=0.0)


def test_is_there_a_mean_direction():
    flips = compared(Fake("a", gaussian() + 0.3), Fake("b", gaussian()))["sign_flip"]
    assert flips["a"] | {"p": 0.001, "attainable": 0.001, "n": 400} == flips["a"]
    assert flips["b"]["p"] > 0.05
    assert compared(Fake("a", gaussian()), Fake("b", np.zeros((400, D))))["sign_flip"]["b"]["p"] is None


def test_a_space_without_a_value_is_undefined_and_no_crash():
    comparison = entry(Fake("a", gaussian()), Fake("b", np.ones((400, D)), LITTLE))
    assert comparison["metrics"]["isoscore_debiased"]["delta"]["value"] is None
    assert words(comparison) == {"gate": "NO INFORMATION"}
    comparison = entry(Fake("a", gaussian()), Fake("b", np.ones((400, D))))
    assert words(comparison)["anisotropy"] == "UNDEFINED"
