"""What rows have by how they were made has no ±: nothing of another sample would lie in it."""

import numpy as np
import pytest

from latentlab.analysis.anisotropy.cloud import centred_cloud, measure_cloud, state_of
from latentlab.metrics import METRICS, Gate
from latentlab.metrics.streaming.read_accumulator import measure_state
from latentlab.metrics.verdicts.reading import read_space


def power_law(n=200, d=32, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d)) * np.arange(1, d + 1) ** -0.5


def with_interval(metrics):
    return {key for key, estimate in metrics.items() if estimate.ci95 is not None}


MOVED = {"mean_cosine", "mean_energy_ratio", "uniformity", "uniformity_gap", "mmd2"}
SPECTRAL = {"participation_ratio_debiased", "isoscore_debiased", "effective_rank_debiased"}


@pytest.mark.parametrize("grouped", [False, True])
def test_a_centred_cloud_has_no_interval_for_what_a_shift_changes(grouped):
    x = power_law() + 0.3
    groups = np.arange(len(x), dtype=np.uint64) // 2 if grouped else None
    state = state_of(x, seed=0, groups=groups)
    raw = measure_cloud(state)
    assert with_interval(raw.metrics) >= MOVED
    metrics = centred_cloud(state, raw).metrics
    assert all("translate" in METRICS[key].invariances for key in with_interval(metrics))
    assert "by construction" in metrics["mean_energy_ratio"].note
    assert with_interval(metrics) >= SPECTRAL


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
def test_rows_that_come_centred_are_found_out(kind):
    x = power_law()
    centred = (x - x.mean(axis=0)).astype(kind)
    assert measure_state(state_of(centred, seed=0))["mean_cosine"].estimate.ci95 is None
    metrics = measure_cloud(state_of(centred, seed=0)).metrics
    assert with_interval(metrics) & MOVED == set()
    assert with_interval(metrics) >= SPECTRAL


def test_rows_with_the_mean_that_chance_leaves_keep_their_intervals():
    for seed in range(40):
        assert with_interval(measure_cloud(state_of(power_law(seed=seed), seed=0)).metrics) >= MOVED


def test_a_covariance_made_round_has_no_interval():
    x = power_law()
    u, _, _ = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    metrics = measure_cloud(state_of(u * np.sqrt(len(x)) + 0.3, seed=0)).metrics
    assert with_interval(metrics) & SPECTRAL == set()
    assert with_interval(metrics) >= MOVED


def test_one_dimension_has_no_interval_about_its_only_rank():
    metrics = measure_cloud(state_of(power_law(d=1) + 0.3, seed=0)).metrics
    assert with_interval(metrics) & SPECTRAL == set()
    assert metrics["effective_rank_debiased"].value == 1


def test_the_words_stay_and_show_no_interval():
    x = power_law()
    measured = measure_cloud(state_of(x - x.mean(axis=0), seed=0)).measured
    words = read_space(Gate("NOT APPLICABLE"), measured, d=32)
    assert words["cone"].verdict == "NONE"
    for axis in ("cone", "rogue"):
        shown = words[axis].numbers["mean_cosine"]
        assert shown.ci95 is None
        assert "jackknife" in shown.note
