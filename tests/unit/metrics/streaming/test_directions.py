"""Sums of directions without a copy of the rows: exact, in any precision, whatever stands in the rows."""

import threading

import numpy as np
import pytest

from latentlab.errors import LatentsError
from latentlab.metrics import mean_cosine
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.directions import along, directions, spread_along, sum_of_directions
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.metrics.streaming.threads import cores, each


def naive(x):
    y = x.astype(np.longdouble)
    y = y[(y != 0).any(axis=1)]
    return y / np.sqrt((y**2).sum(axis=1, keepdims=True))


def cloud(n=5000, d=24, offset=0.3, dtype=np.float32):
    rng = np.random.default_rng(1)
    return (rng.standard_normal((n, d)) + offset).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_more_rows_than_a_part_and_zero_rows_among_them(dtype):
    x = cloud(dtype=dtype)
    x[[0, 2500, 4999]] = 0
    u = naive(x)
    total, norms = sum_of_directions(x)
    assert len(norms) == len(x) - 3
    np.testing.assert_allclose(total, u.sum(axis=0).astype(float), rtol=1e-12)
    np.testing.assert_allclose(along(x, total), (u @ total).astype(float), rtol=1e-12)
    np.testing.assert_allclose(directions(x), u.astype(float), rtol=1e-12)


@pytest.mark.parametrize("spread", [1.0, 1e-2, 1e-4, 3e-6])
def test_the_spread_along_the_mean_keeps_its_digits_in_a_narrow_cone(spread):
    x = (np.random.default_rng(2).standard_normal((4000, 24)) * spread + 1).astype(np.float32)
    total, norms = sum_of_directions(x)
    values = naive(x) @ total
    exact = float(((values - values.mean()) ** 2).sum())
    assert spread_along(x, total, norms) == pytest.approx(exact, rel=1e-5)


def test_rows_too_small_to_be_squared_have_their_direction():
    x = cloud(400)
    small = x.copy()
    small[::3] *= np.float32(1e-24)
    expected = mean_cosine(x.astype(np.float64)).value
    assert mean_cosine(small).value == pytest.approx(expected, rel=1e-6)
    for directed in (False, True):
        state = State.of(small, Setting(directions=directed))
        assert int(state.whole.directed[0]) == 400
        np.testing.assert_allclose(state.whole.unit_total[0], naive(x).sum(axis=0).astype(float), rtol=1e-5)


def test_numbers_too_large_for_the_sums_are_refused_instead_of_becoming_infinite():
    x = cloud(100)
    x[7, 3] = 1e12
    with pytest.raises(LatentsError, match="too large for fourth powers in float32"):
        State.of(x)
    State.of(x.astype(np.float64))


def test_nan_is_found_although_nobody_looked_for_it():
    for bad in (np.nan, np.inf, -np.inf):
        x = cloud(3000)
        x[2900, 5] = bad
        with pytest.raises(LatentsError, match="NaN or infinity in 1 of 3000 rows, the first is row 2900"):
            mean_cosine(x)


def test_parts_keep_their_order_and_run_side_by_side():
    if cores() < 2:
        pytest.skip("one processor")
    met = threading.Barrier(2, timeout=20)

    def work(i):
        if i < 2:
            met.wait()
        return i

    assert each(work, range(10)) == list(range(10))
