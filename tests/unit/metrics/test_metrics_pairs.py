"""Neighbours, intrinsic dimension and hubness against full distance matrices and published numbers."""

import math
import tracemalloc

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist
from scipy.special import gammainc

from latentlab.errors import LatentsError
from latentlab.metrics.hubness import (
    hubness_robinhood,
    hubness_robinhood_cosine,
    hubness_skewness,
    hubness_skewness_cosine,
)
from latentlab.metrics.intrinsic import mle_id, twonn
from latentlab.metrics.statistics.jackknife import deal
from latentlab.metrics.streaming.neighbours import SPARE, gaussian_sums, lists_left_out, nearest


def cloud(n=200, d=12, seed=0):
    """A mean, an uneven spectrum, rows of unequal length."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) * np.arange(1, d + 1) ** -0.6 + rng.uniform(0.2, 1, d)
    return x * rng.uniform(0.5, 2, (n, 1))


def naive_lists(x, k, metric="euclidean"):
    between = cdist(x, x, metric)
    np.fill_diagonal(between, np.inf)
    order = np.argsort(between, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(between, order, axis=1), order


def naive_twonn(x):
    ratios = sorted(r2 / r1 for r1, r2 in naive_lists(x, 2)[0] if r1 > 0)
    n, top, bottom = len(ratios), 0.0, 0.0
    for i in range(1, math.floor(0.9 * n + 1e-9) + 1):
        top += -math.log(1 - i / n) * math.log(ratios[i - 1])
        bottom += math.log(ratios[i - 1]) ** 2
    return top / bottom


def naive_mle(x):
    rows = [row for row in naive_lists(x, 20)[0] if row[0] > 0]
    return 1 / np.mean([np.mean([math.log(row[-1] / t) for t in row[:-1]]) for row in rows])


def occurrence(x, metric="euclidean"):
    counts = [0] * len(x)
    for row in naive_lists(x, 10, metric)[1]:
        for j in row:
            counts[j] += 1
    return np.array(counts)


NAIVE = {
    twonn: naive_twonn,
    mle_id: naive_mle,
    hubness_skewness: lambda x: stats.skew(occurrence(x)),
    hubness_robinhood: lambda x: sum(abs(c - 10) for c in occurrence(x)) / (20 * len(x)),
    hubness_skewness_cosine: lambda x: stats.skew(occurrence(x, "cosine")),
    hubness_robinhood_cosine: lambda x: np.abs(occurrence(x, "cosine") - 10).sum() / (20 * len(x)),
}


DIMENSIONS = (twonn, mle_id)


def ball(n=300, d=5):
    """Uniform in a ball: Gaussian directions, lengths by the distribution of theirs."""
    x = np.random.RandomState(0).normal(size=(n, d))
    square = np.sum(x**2, axis=1, keepdims=True)
    return np.pad(x / np.sqrt(square) * gammainc(d / 2, square / 2) ** (1 / d), [(0, 0), (0, 5)])


def sphere(n=300, d=4):
    x = np.random.RandomState(1).normal(size=(n, d + 1))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def lattice(n=150):
    """Few distinct distances, many copies."""
    return np.random.default_rng(1).integers(0, 4, (n, 3)).astype(float)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize(("n", "d", "k"), [(300, 12, 20), (300, 200, 5), (40, 3, 39), (2, 2, 1)])
@pytest.mark.parametrize("block", [7, 1024])
def test_neighbours_are_those_of_the_full_distance_matrix(metric, n, d, k, block):
    x = cloud(n, d)
    distances, indices = nearest(x, k, metric=metric, block=block)
    expected_distances, expected_indices = naive_lists(x, k, metric)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-9)
    assert (distances.dtype, indices.dtype) == (np.float64, np.int64)


@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("k", [1, 10, 149])
def test_ties_go_to_the_lowest_index_and_copies_are_neighbours(k, offset):
    # Whole numbers: their distances are exact and equal to the last bit.
    x = lattice() + offset
    distances, indices = nearest(x, k)
    np.testing.assert_array_equal(indices, naive_lists(x, k)[1])
    np.testing.assert_array_equal(distances, naive_lists(x, k)[0])
    assert np.sum(distances[:, 0] == 0) > 100
    assert not np.any(indices == np.arange(150)[:, None])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rounding_does_not_hide_a_neighbour(dtype):
    # Two tight groups far apart and one row far from both: in float32 products all of a group is one point.
    rng = np.random.default_rng(2)
    x = 1e-3 * rng.standard_normal((200, 30))
    x[:100] += 50
    x[0] = 1e4
    x = x.astype(dtype)
    distances, indices = nearest(x, 6)
    expected_distances, expected_indices = naive_lists(x.astype(float), 6)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-9)


def test_equal_rows_and_very_small_rows_have_neighbours():
    distances, indices = nearest(np.full((5, 3), 0.1), 2)
    assert not distances.any()
    assert indices.tolist() == [[1, 2], [0, 2], [0, 1], [0, 1], [0, 1]]
    for small in (1e-200, 1e-30):
        distances, indices = nearest(cloud() * small, 4)
        np.testing.assert_array_equal(indices, naive_lists(cloud(), 4)[1])
        np.testing.assert_allclose(distances, naive_lists(cloud(), 4)[0] * small, rtol=1e-9)


def test_cosine_distance_keeps_its_digits_between_near_directions():
    x = np.array([[1.0, 0.0], [1.0, 1e-9], [0.0, 1.0]])
    assert nearest(x, 1, metric="cosine")[0][0, 0] == pytest.approx(5e-19, rel=1e-9)


def test_unusable_requests_are_named():
    with pytest.raises(LatentsError, match="from 1 to n - 1 = 4, got 5"):
        nearest(np.eye(5), 5)
    with pytest.raises(LatentsError, match="2 rows of zeros"):
        nearest(np.concatenate([np.eye(5), np.zeros((2, 5))]), 2, metric="cosine")
    with pytest.raises(LatentsError, match="at least 20 neighbours of 200 rows"):
        mle_id(cloud(), found=nearest(cloud(), 19))
    for metric in NAIVE:
        with pytest.raises(LatentsError, match="the first is row 3"):
            metric(np.where(np.arange(30)[:, None] == 3, np.nan, cloud(30)))


def test_memory_does_not_grow_with_the_square_of_the_rows():
    x = np.random.default_rng(0).standard_normal((6000, 4))
    for work in (lambda: nearest(x, 10), lambda: gaussian_sums(x, 1.0)):
        tracemalloc.start()
        work()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 70e6  # all pairs in float32 are 144 MB


@pytest.mark.parametrize("metric", NAIVE)
@pytest.mark.parametrize(("n", "d"), [(200, 12), (60, 90), (300, 2)])
def test_value_is_the_naive_one(metric, n, d):
    x = cloud(n, d)
    assert metric(x).value == pytest.approx(NAIVE[metric](x), rel=1e-9)
    low = metric in DIMENSIONS and NAIVE[metric](x) >= 8
    assert metric(x).note == ("a lower bound: so many dimensions are read too low at this n" if low else None)


@pytest.mark.parametrize("metric", NAIVE)
def test_float32_is_measured_in_float64(metric):
    x = cloud().astype(np.float32)
    assert metric(x).value == pytest.approx(NAIVE[metric](x.astype(float)), rel=1e-5)


@pytest.mark.parametrize("metric", DIMENSIONS)
@pytest.mark.parametrize("n", [260, 61])
def test_standard_error_leaves_out_one_shard_at_a_time(metric, n):
    x = cloud(n)
    shards = deal(n, 50, rng=np.random.default_rng(3))
    left_out = [NAIVE[metric](np.delete(x, rows, axis=0)) for rows in shards]
    expected = math.sqrt(len(shards) - 1) * np.std(left_out)
    assert metric(x, seed=3).se == pytest.approx(expected, rel=1e-8)
    assert metric(x, seed=3) == metric(x, seed=3)
    assert metric(x, seed=4).se != metric(x, seed=3).se
    # Copies are left out before the rows are dealt.
    assert metric(np.concatenate([x, x[:10]]), seed=3).se == metric(x, seed=3).se


@pytest.mark.parametrize("metric", [metric for metric in NAIVE if metric not in DIMENSIONS])
def test_hubs_have_no_interval(metric):
    assert metric(cloud()).se is None
    assert metric(cloud()).ci95 is None


@pytest.mark.parametrize("metric", NAIVE)
def test_lists_may_come_from_outside_and_be_longer(metric):
    distance = "cosine" if "cosine" in metric.__name__ else "euclidean"
    assert metric(cloud(), found=nearest(cloud(), 40, metric=distance)) == metric(cloud())


def test_a_row_with_too_short_a_list_sits_out():
    found = nearest(cloud(60, 3), 5)
    short = [len(near) < len(rows) for rows, _, near in lists_left_out(found, 5, seed=0)]
    assert any(short)
    for rows, distances, near in lists_left_out(found, 4, seed=0):
        assert np.isin(near, rows).all()
        assert distances.shape == near.shape


@pytest.mark.parametrize("metric", DIMENSIONS)
def test_standard_error_is_too_wide_rather_than_too_narrow(metric):
    rng = np.random.default_rng(5)
    estimates = [metric(rng.standard_normal((200, 4))) for _ in range(60)]
    ratio = np.mean([e.se for e in estimates]) / np.std([e.value for e in estimates])
    assert 1 < ratio < 2.2


@pytest.mark.parametrize(
    ("metric", "of_ball", "of_sphere"),
    [
        (twonn, 4.362176532655, 3.221205130439),  # DADApy, base estimator
        (mle_id, 4.435823456943, 3.771250564547),  # R package intrinsicDimension, k = 20, mean of inverses
    ],
)
def test_published_dimensions(metric, of_ball, of_sphere):
    assert metric(ball()).value == pytest.approx(of_ball, rel=1e-11)
    assert metric(sphere()).value == pytest.approx(of_sphere, rel=1e-11)


@pytest.mark.parametrize("metric", NAIVE)
@pytest.mark.parametrize(
    "x",
    [
        np.zeros((40, 3)),
        np.full((40, 3), 0.1, dtype=np.float32),
        (1 + 3e-8 * np.random.default_rng(0).standard_normal((40, 3))).astype(np.float32),
        cloud(2),
        cloud(10),
    ],
    ids=["zeros", "point", "rounding noise", "two rows", "ten rows"],
)
def test_a_cloud_without_neighbourhoods_has_no_value(metric, x):
    if metric is twonn and len(x) == 10:
        assert metric(x).value == pytest.approx(naive_twonn(x))
        return
    estimate = metric(x)
    assert (estimate.value, estimate.se) == (None, None)
    assert estimate.note


def test_copies_and_equal_distances_say_nothing_about_dimension():
    copied = np.repeat(cloud(), 2, axis=0)
    for metric in DIMENSIONS:
        assert "200 of 400 rows left out: copies of others" in metric(copied).note
        assert metric(copied).value == pytest.approx(NAIVE[metric](cloud()), rel=1e-9)
        assert metric(np.eye(30)).value is None
        assert "distinct rows, there are 2" in metric(np.repeat(cloud(2), 40, axis=0)).note


def test_degenerate_neighbourhoods_do_not_flatter():
    line = np.outer(np.arange(1.0, 41.0), [1.0, 2.0])
    assert "point the same way" in hubness_skewness_cosine(line).note
    # Eleven rows are all neighbours of each other, at any shape.
    assert hubness_robinhood(cloud(11)).value is None
    # Equal distances make hubs of the first rows: eleven of them hold all places.
    assert hubness_robinhood(np.eye(110)).value == pytest.approx(0.9, abs=0.005)
    assert "10 of 210 rows repeat another" in hubness_skewness(np.concatenate([cloud(), cloud()[:10]])).note
    assert hubness_skewness_cosine(np.concatenate([cloud(), np.zeros((2, 12))])) == (
        hubness_skewness_cosine(cloud()).with_note("2 zero rows dropped")
    )


def test_spare_neighbours_are_enough():
    assert stats.binom.sf(SPARE, 20 + SPARE, 1 / 50) < 1e-13
