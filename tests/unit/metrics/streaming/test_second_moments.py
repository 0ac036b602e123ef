"""Moments without bias for any distribution, between shards too, and how much a jackknife is too wide."""

import itertools
import math

import numpy as np
import pytest

from latentlab.metrics import METRICS, Estimate, isoscore, isoscore_debiased
from latentlab.metrics.participation import participation_ratio_debiased
from latentlab.metrics.statistics.between_groups import between_shards
from latentlab.metrics.statistics.leaving_out import (
    LeftOut,
    mean_cosine_left_out,
    mean_energy_ratio_left_out,
    participation_ratio_left_out,
)
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.metrics.streaming.read_accumulator import measure_state
from latentlab.metrics.streaming.second_moments import unbiased_traces
from latentlab.metrics.streaming.sharding import group_labels, shard_of


def student(n, d, seed, df=5):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) / np.sqrt(rng.chisquare(df, (n, 1)) / df)


def uneven(n, d, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) * np.arange(1, d + 1) ** -0.7 * rng.uniform(0.3, 3, (n, 1)) + 0.4


def test_the_traces_have_no_bias_over_all_samples_of_a_skewed_distribution():
    points = np.array([[3.0, 0.0, 1.0], [0.0, -1.0, 0.5], [-1.0, 2.0, 0.0]])
    chance = np.array([0.6, 0.3, 0.1])
    mean = chance @ points
    sigma = (points - mean).T @ np.diag(chance) @ (points - mean)
    found = np.zeros(2)
    for at in itertools.product(range(3), repeat=5):
        x = points[list(at)]
        s = np.cov(x.T)
        quartic = float(np.sum(np.sum((x - x.mean(axis=0)) ** 2, axis=1) ** 2))
        both = unbiased_traces(5.0, float(np.trace(s)), float(np.sum(s * s)), quartic)
        found += math.prod(chance[list(at)]) * np.array(both)
    assert found == pytest.approx([np.trace(sigma) ** 2, np.trace(sigma @ sigma)], rel=1e-12)


def test_heavy_tails_do_not_make_a_round_cloud_uneven():
    values = [isoscore_debiased(student(200, 384, seed)).value for seed in range(4)]
    assert np.mean(values) == pytest.approx(1, abs=0.05)
    assert isoscore(student(200, 384, 0)).value < 0.3
    low, high = measure_state(State.of(student(200, 384, 0)))["isoscore_debiased"].judged.ci95
    assert low < 1 < high


# Between shards


def naive_between(x, shard):
    """Every tuple of rows in different shards, one by one."""
    y = x - x.mean(axis=0)
    sums = np.zeros(7)
    counts = np.zeros(3)
    for i, j in itertools.permutations(range(len(x)), 2):
        if shard[i] == shard[j]:
            continue
        cosine = x[i] @ x[j] / math.sqrt((x[i] @ x[i]) * (x[j] @ x[j]))
        sums[:4] += (y[i] @ y[j]) ** 2, (y[i] @ y[i]) * (y[j] @ y[j]), cosine, x[i] @ x[j]
        counts[0] += 1
        for k in range(len(x)):
            if shard[k] in (shard[i], shard[j]):
                continue
            sums[4:6] += (y[i] @ y[j]) * (y[j] @ y[k]), (y[i] @ y[i]) * (y[j] @ y[k])
            counts[1] += 1
            for m in range(len(x)):
                if shard[m] not in (shard[i], shard[j], shard[k]):
                    sums[6] += (y[i] @ y[j]) * (y[k] @ y[m])
                    counts[2] += 1
    square, lengths, cosine, product = sums[:4] / counts[0]
    (path, beside), four = sums[4:6] / counts[1], sums[6] / counts[2]
    ratio = (lengths - 2 * beside + four) / (square - 2 * path + four)
    return {
        "mean_cosine": cosine,
        "mean_energy_ratio": product / float(np.mean(np.sum(x**2, axis=1))),
        "participation_ratio_debiased": ratio,
        "isoscore_debiased": (ratio - 1) / (x.shape[1] - 1),
    }


def test_between_shards_is_the_mean_over_tuples_of_rows_in_different_shards():
    x, labels = uneven(16, 4, 3), group_labels([0, 0, 0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 10, 11])
    setting = Setting(shards=9, grouped=True)
    state = State.of(x, setting, groups=labels)
    shard = shard_of(labels, 0, 9)
    assert len(set(shard)) >= 6
    assert len(set(np.bincount(shard))) > 2
    found, wanted = between_shards(state.shards, state.pilot), naive_between(x, shard)
    assert set(found) == set(wanted)
    measured = measure_state(state)
    for key, (whole, each) in found.items():
        assert whole.value == pytest.approx(wanted[key], rel=1e-9), key
        assert measured[key].estimate.value == whole.value
        assert len(each) == len(set(shard))
    # Without a shard: the same of the other rows about the mean of all, which cosines do not see.
    left = np.sort(np.unique(shard))[2]
    rest = naive_between(x[shard != left], shard[shard != left])
    for key in ("mean_cosine", "mean_energy_ratio"):
        assert found[key][1][2].value == pytest.approx(rest[key], rel=1e-9)


def test_too_few_shards_for_products_of_four_are_named():
    state = State.of(uneven(12, 3, 0), Setting(grouped=True), groups=group_labels("aaaabbbbcccc"))
    estimate = measure_state(state)["isoscore_debiased"].estimate
    assert estimate.value is None
    assert "too few groups" in estimate.note


# Left out


def left_out(x, state, measure):
    shard = shard_of(np.arange(len(x)), state.setting.seed, state.setting.shards)
    filled = np.unique(shard)
    each = [measure(x[shard != g]).value for g in filled]
    pairs = np.array([[measure(x[(shard != g) & (shard != h)]).value for g in filled] for h in filled])
    return LeftOut(measure(x).value, np.array(each), pairs)


@pytest.mark.parametrize("key", ["mean_cosine", "mean_energy_ratio", "participation_ratio_debiased"])
def test_what_is_left_without_one_shard_and_two_is_that_of_the_other_rows(key):
    x = uneven(1500, 4, 1)
    state = State.of(x, Setting(shards=8))
    found = {
        "mean_cosine": lambda: mean_cosine_left_out(state.shards),
        "mean_energy_ratio": lambda: mean_energy_ratio_left_out(state.shards, state.pilot),
        "participation_ratio_debiased": lambda: participation_ratio_left_out(state.shards),
    }[key]()
    exact = left_out(x, state, METRICS[key].function)
    tolerance = 1e-9
    assert found.whole == pytest.approx(exact.whole, rel=tolerance)
    if key == "participation_ratio_debiased":  # but for what is of third order in a shard
        tolerance = 1e-3
    np.testing.assert_allclose(found.each, exact.each, rtol=tolerance)
    off = ~np.eye(8, dtype=bool)
    np.testing.assert_allclose(found.pairs[off], exact.pairs[off], rtol=tolerance)
    assert found.narrowing() == pytest.approx(exact.narrowing(), rel=1e-2)


def narrowings(clouds):
    found = []
    for x in clouds:
        state = State.of(x, Setting(directions=False, subsample=1))
        cosine, energy = (
            mean_cosine_left_out(state.shards),
            mean_energy_ratio_left_out(state.shards, state.pilot),
        )
        found.append([m.narrowing() for m in (cosine, energy, participation_ratio_left_out(state.shards))])
    return np.array(found)


def test_the_jackknife_is_narrowed_where_there_is_nothing_to_see_and_nowhere_else():
    rng = np.random.default_rng(0)
    round_clouds = [rng.standard_normal((600, 8)) for _ in range(5)]
    assert narrowings(round_clouds).mean(axis=0) == pytest.approx([math.sqrt(0.5)] * 3, abs=0.04)
    # One condition at a time: a mean makes a cone of a round cloud, a falling spectrum makes it uneven.
    cone, falling = round_clouds[0] + 0.5, round_clouds[0] * np.linspace(0.5, 2, 8)
    assert narrowings([cone]).tolist()[0] == [1.0, 1.0, pytest.approx(0.72, abs=0.1)]
    assert narrowings([falling + 0.5]).tolist() == [[1.0, 1.0, 1.0]]


def test_the_narrower_error_is_the_spread_over_clouds():
    rng = np.random.default_rng(1)
    setting, found = Setting(subsample=1, directions=False), []
    for _ in range(80):
        shards = State.of(rng.standard_normal((200, 6)), setting).shards
        found.append([mean_cosine_left_out(shards), participation_ratio_left_out(shards)])
    for left in zip(*found, strict=True):
        errors = [Estimate(m.whole).with_jackknife(m.each.tolist(), narrowing=m.narrowing()).se for m in left]
        assert np.mean(errors) == pytest.approx(np.std([m.whole for m in left]), rel=0.25)


def test_clouds_that_do_not_vary_or_are_two_rows_are_not_narrowed():
    for x in (np.zeros((60, 3)), np.ones((60, 3)), np.eye(3)):
        state = State.of(x)
        for left in (mean_cosine_left_out(state.shards), participation_ratio_left_out(state.shards)):
            assert left.narrowing() == 1.0
    assert participation_ratio_debiased(np.ones((60, 3))).value is None
