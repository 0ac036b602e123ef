"""Rows that repeat others: seen where they are, not seen where they are not, and out of neighbour lists."""

import numpy as np
import pytest

from latentlab.metrics.intrinsic import mle_id, scales, twonn
from latentlab.metrics.statistics.copies import Copies, distinct_rows, repeats, spacing
from latentlab.metrics.streaming.neighbours import nearest
from latentlab.metrics.streaming.sampled import measure_sample


def gaussian(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def sentences(n=800, d=96, seed=0):
    """Directions with a falling spectrum, a mean and topics, as a sentence encoder gives them."""
    rng = np.random.default_rng(seed)
    falling = np.arange(1, d + 1) ** -0.4
    x = (rng.standard_normal((12, d))[rng.integers(0, 12, n)] + rng.standard_normal((n, d))) * falling + 0.2
    return x / np.linalg.norm(x, axis=1, keepdims=True)


SMOOTH = {
    "Gaussian": gaussian(800, 32),
    "curve": np.outer(gaussian(800, 1)[:, 0], [1.0, 2.0, -1.0]),
    "plane": np.random.default_rng(1).uniform(size=(800, 2)),
    "two dimensions": gaussian(800, 2),
    "three dimensions": gaussian(800, 3) @ gaussian(3, 20),
    "sentences": sentences(),
    "far away": gaussian(800, 16) + 1000,
    "lengths": gaussian(800, 8) * np.exp(gaussian(800, 1, 1)),
    "clusters of unlike density": gaussian(8, 32)[np.arange(800) % 8] * 3
    + gaussian(800, 32, 1) * np.array([0.3, 1, 2])[np.arange(800) % 3, None],
}


@pytest.mark.parametrize("name", SMOOTH)
def test_no_copies_are_seen_where_there_are_none(name):
    x = SMOOTH[name]
    found = nearest(x, 32)
    kept, copies = distinct_rows(x, found)
    assert copies.exact <= 1
    assert copies.near / len(x) < 0.02
    assert kept.sum() >= len(x) - 1
    assert not copies.telling
    # Nor where the sample stands for many more rows.
    assert name == "curve" or not distinct_rows(x, found, 40 * len(x))[1].telling


@pytest.mark.parametrize("share", [0.05, 0.2, 0.44])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
def test_copies_leave_the_dimension_as_it_is(share, kind):
    x = gaussian(600, 8) + 0.3
    count = round(share * len(x) / (1 - share))
    at = np.random.default_rng(1).choice(len(x), count, replace=count > len(x))
    copied = np.concatenate([x, x[at].astype(kind).astype(np.float64)])
    for measure in (twonn, mle_id):
        assert measure(copied).value == pytest.approx(measure(x).value, rel=0.05)
        assert f"{count} of {600 + count} rows left out" in measure(copied).note
    sample = measure_sample(copied, seed=0, keys=("twonn", "hubness_skewness", "ks_max"))
    assert len(sample.distinct) == 600
    # What half precision rounds away may be more than rounding.
    assert sample.copies.exact >= count - 5
    assert sample.copies.telling
    assert sample.metrics["hubness_skewness"].n == 600
    assert sample.metrics["ks_max"].n == 600 + count


def test_a_copy_of_each_at_some_distance_is_a_near_copy():
    x = gaussian(300, 12)
    near = np.concatenate([x, x + 0.05 * gaussian(300, 12, 1)])
    copies = measure_sample(near, seed=0, keys=()).copies
    assert copies.exact == 0
    assert copies.near > 0.95 * 600
    assert copies.telling


@pytest.mark.parametrize("of_each", [2, 5, 10, 20, 30, 100])
def test_near_copies_are_seen_however_many_there_are_of_each(of_each):
    x = gaussian(max(1200 // of_each, 12), 32)
    near = np.repeat(x, of_each, axis=0)
    near += 0.05 * gaussian(*near.shape, 1)
    kept, copies = distinct_rows(near, nearest(near, 32))
    assert copies.near > 0.99 * len(near)
    assert copies.telling
    assert kept.sum() == len(x)


def test_a_second_copy_of_each_is_seen_in_a_sample_that_seldom_has_both():
    x = gaussian(100_000, 8)
    rng = np.random.default_rng(1)
    drawn = rng.choice(200_000, 3000, replace=False)
    near = x[drawn // 2] + 0.01 * rng.standard_normal((3000, 8))
    assert distinct_rows(near, nearest(near, 32), 200_000)[1].telling
    alone = gaussian(3000, 8)
    assert not distinct_rows(alone, nearest(alone, 32), 200_000)[1].telling


def test_copies_in_one_place_take_no_rows_from_a_dense_one():
    """A fifth of the wide rows have a near copy; a narrow cluster has none, and keeps its rows."""
    wide, narrow = gaussian(600, 6), 0.02 * gaussian(300, 6, 1) + 3
    near = np.concatenate([wide, narrow, wide[:200] * (1 + 1e-3 * gaussian(200, 6, 2))])
    kept, copies = distinct_rows(near, nearest(near, 32))
    assert copies.telling
    assert kept[600:900].mean() > 0.95
    assert kept.sum() == pytest.approx(900, abs=15)


@pytest.mark.parametrize("noise", [1e-7, 1e-3, 1e-2])
@pytest.mark.parametrize("share", [0.05, 0.44])
def test_near_copies_leave_the_dimension_as_it_is(share, noise):
    x = gaussian(700, 8) + 0.3
    at = np.random.default_rng(1).permutation(len(x))[: round(share * len(x) / (1 - share))]
    near = np.concatenate([x, x[at] * (1 + noise * gaussian(len(at), 8, 2))])
    for measure in (twonn, mle_id):
        assert measure(near).value == pytest.approx(measure(x).value, rel=0.05)


def test_the_spacing_does_not_see_copies():
    x = gaussian(900, 6)
    assert spacing(np.repeat(x, 20, axis=0)).dimension == pytest.approx(spacing(x).dimension, rel=0.05)
    assert spacing(np.ones((40, 3))) is None


def test_many_rows_of_one_point_are_one_row():
    x = np.concatenate([gaussian(100, 3), np.ones((80, 3))])
    assert repeats(x, nearest(x, 14)).sum() == 79


def test_what_is_telling_is_a_share_of_all_rows():
    assert Copies(sampled=100, exact=3, near=2, rows=100).telling
    assert not Copies(sampled=100, exact=2, near=2, rows=100).telling  # four rows are no pattern
    assert not Copies(sampled=1000, exact=5, near=40, rows=1000).telling
    # What chance gives does not count, and is not extrapolated.
    assert not Copies(sampled=1000, exact=0, near=30, rows=100_000, chance=0.01).telling
    # A tenth of the rows drawn shows a tenth of the pairs.
    assert Copies(sampled=1000, exact=5, near=0, rows=10_000).telling


def test_the_dimension_is_told_at_every_scale():
    x = gaussian(640, 3)
    found = scales(x)
    assert found["n"] == [80, 160, 320, 640]
    assert found["twonn"][-1] == pytest.approx(twonn(x).value)
    assert found["mle_id"][0] == pytest.approx(mle_id(x[::8]).value)
    assert scales(x[:60])["n"] == [30, 60]
    assert scales(x[:5]) == {"n": [], "twonn": [], "mle_id": []}
