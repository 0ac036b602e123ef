"""What a ± promises: it holds the value of the space as often as it says, or it is not printed."""

import numpy as np
import pytest

from latentlab.metrics import METRICS, Estimate, isotropic_reference
from latentlab.metrics.isotropic import row_lengths
from latentlab.metrics.statistics.debiased_rank import effective_rank_debiased
from latentlab.metrics.statistics.estimate import PLUG_IN
from latentlab.metrics.statistics.leaving_out import participation_ratio_left_out
from latentlab.metrics.streaming import read_accumulator
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.metrics.streaming.read_accumulator import measure_state
from latentlab.metrics.streaming.sharding import group_labels

SMALL = Setting(subsample=1)


def student(n, d, rng, df=5):
    return rng.standard_normal((n, d)) / np.sqrt(rng.chisquare(df, (n, 1)) / df)


# Which metrics have one


def test_a_plug_in_value_says_what_the_jackknife_says_and_has_no_interval():
    bare = Estimate(2.0, note="a warning").with_jackknife([2.5, 2.0, 1.5]).bare()
    assert (bare.value, bare.se, bare.ci95, bare.df) == (2.0, None, None, None)
    assert bare.note == "a warning; jackknife -0.484 to 4.48, no interval for the space"
    assert bare.bare() == bare


def test_the_interval_is_students():
    estimate = Estimate(2.0).with_jackknife([2.5, 2.0, 1.5])
    assert estimate.df == 2
    assert estimate.ci95 == pytest.approx((2 - 4.3026527 * estimate.se, 2 + 4.3026527 * estimate.se))
    assert Estimate(2.0).with_jackknife([2.5, 2.0, 1.5], narrowing=0.5).se == estimate.se / 2


def test_each_measure_has_the_interval_that_the_register_says():
    rng = np.random.default_rng(0)
    # Few rows of many dimensions: plug-in values are biased. Many rows on few, uneven ones: they are not.
    few = measure_state(State.of(rng.standard_normal((150, 24)) + 0.02, SMALL))
    many = measure_state(State.of(rng.standard_normal((4000, 3)) * [3, 2, 1] + 2.0, SMALL))
    for key in few:
        policy = METRICS[key].interval
        if policy == "none":
            assert few[key].estimate.se is many[key].estimate.se is None, key
        elif policy == "plug-in":
            assert few[key].estimate.se is None, key
            assert PLUG_IN in few[key].estimate.note, key
            assert few[key].jackknifed.se > 0, key
            assert many[key].estimate.se is many[key].estimate.ci95 is None, key
        elif policy == "unbiased":
            assert few[key].estimate.se > 0, key
            assert few[key].jackknifed == few[key].estimate, key
    assert {key for key in METRICS if METRICS[key].interval == "sampling"} == {"twonn", "mle_id"}


# What it does not depend on


def test_the_order_of_a_file_does_not_matter():
    ratios, setting = [], Setting(subsample=1, directions=False)
    for seed in range(8):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((600, 4)) * [3, 1, 1, 1]
        errors = []
        for rows in (x[np.argsort(x[:, 0])], rng.permutation(x)):
            left = participation_ratio_left_out(State.of(rows, setting).shards)
            errors.append(Estimate(left.whole).with_jackknife(left.each.tolist()).se)
        ratios.append(np.log(errors[0] / errors[1]))
    # A standard error from fifty shards is known to a tenth, a ratio of two to a seventh.
    assert np.mean(ratios) == pytest.approx(0, abs=3 * 0.14 / np.sqrt(8))


# The debiased effective rank


@pytest.mark.parametrize("exponent", [0.0, 0.25, 0.5])
def test_the_debiased_rank_is_that_of_the_space(exponent):
    d, rng = 64, np.random.default_rng(2)
    variances = np.arange(1.0, d + 1) ** (-2 * exponent)
    p = variances / variances.sum()
    truth = np.exp(-p @ np.log(p))
    x = [rng.standard_normal((600, d)) * np.sqrt(variances) for _ in range(6)]
    assert np.mean([effective_rank_debiased(y).value for y in x]) == pytest.approx(truth, rel=0.015)
    assert np.mean([METRICS["effective_rank"].function(y).value for y in x]) < 0.975 * truth


def test_the_debiased_rank_is_undefined_where_most_of_it_would_be_correction():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((32, 64))
    for estimate in (
        effective_rank_debiased(x),
        measure_state(State.of(x, SMALL))["effective_rank_debiased"].estimate,
    ):
        assert estimate.value is None
        assert "too few rows for so many dimensions" in estimate.note
    assert effective_rank_debiased(x, seed=1).note == effective_rank_debiased(x, seed=1).note
    assert "too few rows" in effective_rank_debiased(rng.standard_normal((3, 2))).note


def test_in_a_report_its_parts_are_the_shards():
    x = np.random.default_rng(4).standard_normal((500, 6))
    measured = measure_state(State.of(x, SMALL))
    estimate = measured["effective_rank_debiased"].estimate
    assert estimate.value == pytest.approx(effective_rank_debiased(x).value, rel=2e-3)
    assert estimate.ci95[0] < 6 < estimate.ci95[1]
    assert measured["effective_rank"].estimate.value < estimate.value


# The isotropic reference


def test_the_reference_has_the_lengths_of_the_rows():
    n, d, rng = 300, 24, np.random.default_rng(2)
    radii = np.sqrt(rng.chisquare(d, n) / (rng.chisquare(5, n) / 5))
    directions = [rng.standard_normal((n, d)) for _ in range(20)]
    clouds = [x * (radii / np.linalg.norm(x, axis=1))[:, None] for x in directions]
    lengths = row_lengths(clouds[0], float(d))
    assert len(lengths) == 32
    assert np.mean(lengths) == pytest.approx(1, abs=1e-3)
    assert list(lengths) == sorted(lengths)
    with_lengths = isotropic_reference(n, d, seed=0, lengths=lengths)
    gaussian = isotropic_reference(n, d, seed=0)
    for key, near in (
        ("participation_ratio", 0.015),
        ("effective_rank", 0.015),
        ("top1_variance_share", 0.05),
    ):
        found = np.mean([METRICS[key].function(x).value for x in clouds])
        assert found == pytest.approx(with_lengths[key].value, rel=near), key
        assert abs(gaussian[key].value / found - 1) > 2.5 * near, key
    assert with_lengths["isoscore_debiased"].value == 1
    assert "with these row lengths" in with_lengths["participation_ratio"].note


def test_gaussian_and_constant_rows_have_no_lengths_of_their_own():
    rng = np.random.default_rng(6)
    for x in (rng.standard_normal((400, 12)), np.ones((400, 3)), student(31, 4, rng)):
        assert row_lengths(x, float(x.shape[1])) is None
    on_sphere = rng.standard_normal((400, 3))
    assert row_lengths(on_sphere / np.linalg.norm(on_sphere, axis=1, keepdims=True), 3.0) is not None


# Coverage


def draws(kind, rng):
    """A cloud of 200 rows in 8 dimensions, its groups, and the mean cosine and IsoScore of its space."""
    if kind == "heavy tails":
        return student(200, 8, rng), None
    rows = rng.standard_normal((20, 8)) * np.linspace(0.7, 1.3, 8)
    return np.repeat(rows, 10, axis=0) + 0.1 * rng.standard_normal((200, 8)), np.arange(200) // 10


@pytest.mark.parametrize("kind", ["heavy tails", "clusters"])
def test_intervals_hold_the_value_of_the_space(kind, monkeypatch):
    keys = ("mean_cosine", "isoscore_debiased")
    few = (*keys, "mean_energy_ratio", "participation_ratio_debiased")
    monkeypatch.setattr(read_accumulator, "CLOUD_METRICS", few)  # the others would take longer
    variances = np.ones(8) if kind == "heavy tails" else np.linspace(0.7, 1.3, 8) ** 2 + 0.01
    ratio = variances.sum() ** 2 / (variances**2).sum()
    truth = {"mean_cosine": 0.0, "isoscore_debiased": (ratio - 1) / 7}
    rng, held = np.random.default_rng(7), dict.fromkeys(keys, 0)
    for _ in range(40):
        x, groups = draws(kind, rng)
        setting = Setting(subsample=1, grouped=groups is not None)
        labels = None if groups is None else group_labels(groups.tolist())
        measured = measure_state(State.of(x, setting, groups=labels))
        for key in keys:
            # What words go by: of heavy tails some samples print none.
            low, high = measured[key].judged.ci95
            held[key] += low <= truth[key] <= high
    for key, count in held.items():
        assert 0.85 <= count / 40 <= 1, key
