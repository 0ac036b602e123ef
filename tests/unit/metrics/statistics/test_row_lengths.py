"""Where a few long rows carry the spread there is no interval; where enough carry it there is."""

import numpy as np
import pytest

from latentlab.analysis.anisotropy.cloud import measure_cloud, state_of
from latentlab.metrics import METRICS
from latentlab.metrics.statistics.row_lengths import CENTRED, few_of_rows
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.metrics.streaming.read_accumulator import measure_state

CARRIED = (
    "mean_energy_ratio",
    "isoscore_debiased",
    "participation_ratio_debiased",
    "effective_rank_debiased",
)


def gaussian(n, d, falling=0.0, seed=0):
    spread = np.arange(1, d + 1) ** (-falling / 2)
    return np.random.default_rng(seed).standard_normal((n, d)) * spread + 0.3


def long_rows(n, d):
    """Log-normal lengths: of 200 rows with less of it intervals held .85 of the time where they claim .95."""
    return gaussian(n, d) * np.exp(0.9 * np.random.default_rng(1).standard_normal((n, 1)))


def measured(x):
    return measure_state(State.of(x, Setting(seed=0)))


@pytest.mark.parametrize(("d", "keys"), [(8, CARRIED), (40, CARRIED[:3])])
def test_few_long_rows_have_no_interval_and_say_why(d, keys):
    found = measured(long_rows(150, d))
    for key in keys:
        estimate = found[key].estimate
        assert estimate.value is not None, key
        assert estimate.ci95 is None, key
        assert "rows in effect: an interval may be far too short" in estimate.note
    assert found["mean_cosine"].estimate.ci95 is not None  # directions have no length
    assert found["isoscore_debiased"].judged.ci95 is not None


@pytest.mark.parametrize(("n", "d", "falling"), [(25, 8, 0.0), (200, 8, 0.0), (200, 40, 3.0), (60, 40, 3.0)])
def test_gaussian_rows_keep_theirs_whatever_their_covariance(n, d, falling):
    for seed in range(5):
        assert few_of_rows(gaussian(n, d, falling, seed)) is None
    assert all(measured(gaussian(n, d, falling))[key].estimate.ci95 for key in CARRIED[:3])


@pytest.mark.parametrize("centred", [False, True])
def test_it_is_told_beside_the_table(centred):
    told = "a few long rows carry the spread: what they decide has no ±"
    for rows, expected in ((long_rows(150, 8), True), (gaussian(150, 8), False)):
        x = rows - rows.mean(axis=0) if centred else rows
        assert (told in measure_cloud(state_of(x, seed=0)).of_rows) == expected


def test_many_rows_with_long_ones_keep_theirs():
    assert all(measured(long_rows(5000, 8))[key].estimate.ci95 for key in CARRIED)


@pytest.mark.parametrize("key", ["mean_energy_ratio", "mmd2"])
def test_the_same_where_a_metric_is_called_alone(key):
    assert METRICS[key].function(gaussian(150, 8)).ci95 is not None
    alone = METRICS[key].function(long_rows(150, 8))
    assert alone.ci95 is None
    assert "in effect" in alone.note


@pytest.mark.parametrize(("dtype", "size"), [(np.float16, 1e-3), (np.float32, 1e-25), (np.float64, 1e-180)])
def test_small_numbers_are_no_mean_of_zero(dtype, size):
    x = (np.random.default_rng(0).standard_normal((500, 64)) * size).astype(dtype)
    assert METRICS["mean_cosine"].function(x).ci95 is not None


@pytest.mark.parametrize("key", ["mean_cosine", "mean_energy_ratio"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("zero", [0, 3])
def test_rows_less_their_mean_have_none_where_a_metric_is_called_alone(key, dtype, zero):
    x = gaussian(150, 8)
    x = np.concatenate([x - x.mean(axis=0), np.zeros((zero, 8))]).astype(dtype)
    estimate = METRICS[key].function(x)
    assert estimate.ci95 is None
    assert CENTRED in estimate.note
    x += np.float32(0.5)
    assert METRICS[key].function(x).se is not None
