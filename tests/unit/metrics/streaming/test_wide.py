"""Fewer rows than dimensions: the same numbers without anything as large as d × d."""

import math
from dataclasses import replace

import numpy as np
import pytest
from vector_files import cloud

from latentlab.analysis.anisotropy.cloud import centred_cloud, measure_cloud, state_of
from latentlab.analysis.anisotropy.vector_clouds import measure_vectors
from latentlab.metrics.covariance import spectrum
from latentlab.metrics.partition import partition_isotropy
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.results.vectors.vector_file import open_vectors


def rows(n=40, d=130, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) * np.arange(1, d + 1) ** -0.4 + rng.uniform(0.1, 0.5, d)


def same(one, other):
    """Estimates that agree to rounding; notes to the letter."""
    assert one.keys() == other.keys()
    for key in one:
        a, b = one[key], other[key]
        assert (a.value is None) == (b.value is None), key
        if a.value is not None:
            assert a.value == pytest.approx(b.value, rel=1e-8, abs=1e-9), key
            assert (a.se is None) == (b.se is None), key
            assert a.se is None or a.se == pytest.approx(b.se, rel=1e-6, abs=1e-9), key
        assert a.note == b.note, key


@pytest.mark.parametrize("n", [2, 3, 12, 40, 129])
def test_every_measure_is_that_of_the_full_sums(n):
    x = rows(n)
    few = state_of(x, seed=3)
    full = State.of(x, replace(few.setting, products=True, directions=True))
    assert few.shards.scatter.size == 0
    assert not few.setting.products
    one, other = measure_cloud(few), measure_cloud(full)
    same(one.metrics, other.metrics)
    same(one.reference, other.reference)
    np.testing.assert_allclose(one.curves["eigenvalues"], other.curves["eigenvalues"], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(one.curves["mean"], other.curves["mean"], rtol=1e-9)
    same(centred_cloud(few, one).metrics, centred_cloud(full, other).metrics)


def test_zero_rows_and_copies_stay_what_they_are():
    x = rows(30)
    x[4] = 0
    x[7] = x[2]
    few = measure_cloud(state_of(x, seed=3))
    full = measure_cloud(State.of(x, Setting(seed=3)))
    same(few.metrics, full.metrics)


def test_a_file_is_summed_up_that_way_unless_its_state_is_wanted(tmp_path):
    np.save(tmp_path / "x.npy", cloud(20, 60))
    vectors = open_vectors(tmp_path / "x.npy")
    state, item = measure_vectors(vectors, seed=0)
    kept, whole = measure_vectors(vectors, seed=0, setting=Setting(directions=True))
    assert state.shards.scatter.size == 0
    assert kept.shards.scatter.shape == (50, 60, 60)
    same(item.clouds["latents"].metrics, whole.clouds["latents"].metrics)
    # Rows that are not kept cannot be turned, and rows in groups are not all kept.
    assert measure_vectors(vectors, seed=0, setting=Setting(subsample=10))[0].setting.products
    groups = np.arange(20, dtype=np.uint64) // 2
    assert measure_vectors(vectors, seed=0, groups=groups)[0].setting.products


def test_the_cost_does_not_grow_with_the_square_of_the_width():
    state = state_of(rows(20, 3000), seed=0)
    largest = max(np.size(getattr(state.shards, name)) for name in state.shards.__dataclass_fields__)
    assert largest <= 50 * 3000
    assert state.unit_scatter is None


def test_the_spectrum_of_few_rows_is_that_of_their_covariance():
    x = rows(9, 30)
    wanted = np.linalg.eigvalsh(np.cov(x.T))[::-1]
    np.testing.assert_allclose(spectrum(x).eigenvalues, np.maximum(wanted, 0), atol=1e-12)
    assert np.count_nonzero(spectrum(x).eigenvalues) == 8
    assert not spectrum(np.full((5, 30), 0.1)).eigenvalues.any()


def test_partition_isotropy_of_few_rows_takes_the_directions_that_they_lack():
    x = rows(9, 30)
    values, directions = np.linalg.eigh(x.T @ x)
    assert np.count_nonzero(values > 1e-9) == 9
    z = [np.exp(sign * x @ c).sum() for c in directions.T for sign in (1, -1)]
    assert partition_isotropy(x).value == pytest.approx(min(z) / max(z), rel=1e-9)
    assert min(z) <= 9 + 1e-9 or math.isclose(min(z), 9)
