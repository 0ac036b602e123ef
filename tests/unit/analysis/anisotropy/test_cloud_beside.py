"""What stands beside a cloud's measures: the isotropic reference, the number of groups, rows too far out."""

import numpy as np
import pytest

from latentlab.analysis.anisotropy.cloud import TOO_FAR, measure_cloud, state_of
from latentlab.metrics.isotropic import OF_ANY_ROWS
from latentlab.metrics.streaming.pass_settings import Setting


def gaussian(n, d):
    return np.random.default_rng(0).standard_normal((n, d))


def test_with_groups_only_what_does_not_depend_on_n_has_a_reference():
    x, groups = gaussian(200, 6), np.repeat(np.arange(40, dtype=np.uint64), 5)
    alone = measure_cloud(state_of(x, seed=0)).reference
    grouped = measure_cloud(state_of(x, seed=0, groups=groups)).reference
    assert set(grouped) == set(OF_ANY_ROWS)
    assert set(alone) > set(grouped)
    assert {key: alone[key] for key in OF_ANY_ROWS} == grouped


@pytest.mark.parametrize("key", OF_ANY_ROWS)
def test_these_references_are_the_same_at_every_n(key):
    few, many = (measure_cloud(state_of(gaussian(n, 6), seed=0)).reference[key].value for n in (60, 600))
    assert few == many


def test_the_number_of_groups_is_exact_or_called_an_estimate():
    x, groups = gaussian(2000, 3), np.arange(2000, dtype=np.uint64) // 2
    counted = measure_cloud(state_of(x, seed=0, groups=groups))
    assert (counted.groups, counted.groups_estimated) == (1000, False)
    few = Setting(seed=0, subsample=100)
    estimated = measure_cloud(state_of(x, seed=0, setting=few, groups=groups))
    assert estimated.groups == pytest.approx(1000, rel=0.35)
    assert estimated.groups_estimated


def test_there_are_never_more_groups_than_rows():
    x = gaussian(120, 3)
    for seed in range(8):
        few = Setting(seed=seed, subsample=20)
        state = state_of(x, seed=seed, setting=few, groups=np.arange(120, dtype=np.uint64))
        assert state.groups <= 120


def test_rows_too_far_from_zero_are_no_copies():
    x = gaussian(500, 32)
    far = measure_cloud(state_of(x + 1e6, seed=0))
    assert far.of_rows == (TOO_FAR,)
    assert far.copies is None
    near = measure_cloud(state_of(x + 1e3, seed=0))
    assert near.of_rows == ()
    assert not near.copies.telling


@pytest.mark.parametrize(("value", "told"), [(0.0, "50 rows are zero"), (0.1, "dimensions do not vary")])
def test_rows_that_are_all_one_are_not_far(value, told):
    cloud = measure_cloud(state_of(np.full((50, 4), value), seed=0))
    assert TOO_FAR not in cloud.of_rows
    assert any(told in warning for warning in cloud.of_rows)
