"""The cone family against double loops, and against what is known on paper."""

import itertools
import math

import numpy as np
import pytest

from latentlab.metrics import (
    METRICS,
    mean_cosine,
    mean_cosine_centred,
    mean_energy_ratio,
    resultant_length,
)

CONE = [key for key, measure in METRICS.items() if measure.family == "cone"]


def cloud(n=40, d=7, shift=0.4, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d)) * np.arange(1, d + 1) + shift


def naive_mean_cosine(x):
    values = []
    for i in range(len(x)):
        for j in range(i):
            values.append(float(np.dot(x[i], x[j])) / math.sqrt(np.dot(x[i], x[i]) * np.dot(x[j], x[j])))
    return math.fsum(values) / len(values)


def naive_centred(x):
    return naive_mean_cosine(x - np.array([math.fsum(column) / len(x) for column in x.T]))


def naive_energy_ratio(x):
    products = [float(np.dot(x[i], x[j])) for i in range(len(x)) for j in range(i)]
    return math.fsum(products) / len(products) / (math.fsum((x**2).ravel()) / len(x))


def naive_resultant(x):
    units = [row / math.sqrt(math.fsum(row**2)) for row in x]
    return math.sqrt(math.fsum((math.fsum(column) / len(x)) ** 2 for column in zip(*units, strict=True)))


NAIVE = {
    "mean_cosine": naive_mean_cosine,
    "mean_cosine_centred": naive_centred,
    "mean_energy_ratio": naive_energy_ratio,
    "resultant_length": naive_resultant,
}


def naive_jackknife(x, statistic):
    left_out = [statistic(np.delete(x, i, axis=0)) for i in range(len(x))]
    mean = math.fsum(left_out) / len(x)
    return math.sqrt((len(x) - 1) / len(x) * math.fsum((value - mean) ** 2 for value in left_out))


@pytest.mark.parametrize("key", CONE)
@pytest.mark.parametrize(("n", "d"), [(40, 7), (3, 2), (5, 30)])
def test_value_is_the_naive_one(key, n, d):
    x = cloud(n, d)
    assert METRICS[key].function(x).value == pytest.approx(NAIVE[key](x), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("key", ["mean_cosine", "mean_energy_ratio", "resultant_length"])
def test_standard_error_is_the_delete_one_jackknife(key):
    x = cloud()
    estimate = METRICS[key].function(x)
    assert estimate.se == pytest.approx(naive_jackknife(x, NAIVE[key]), rel=1e-9)
    # Student's t with 39 degrees of freedom; the mean cosine's own form is that of a normal distribution.
    half = (1.959964 if key == "mean_cosine" else 2.0226909) * estimate.se
    assert estimate.ci95 == pytest.approx((estimate.value - half, estimate.value + half))
    assert estimate.df == (None if key == "mean_cosine" else 39)


@pytest.mark.parametrize("key", CONE)
def test_float32_is_summed_in_float64(key):
    x = cloud(2000, 16, shift=30.0)
    measure = METRICS[key].function
    assert measure(x.astype(np.float32)).value == pytest.approx(measure(x).value, rel=1e-5, abs=1e-7)


def test_interval_covers_the_truth():
    # A known population: the mean cosine of N(shift, I) from a very large sample.
    rng = np.random.default_rng(1)
    shift = np.full(8, 0.3)
    truth = mean_cosine(rng.standard_normal((400_000, 8)) + shift).value
    intervals = [mean_cosine(rng.standard_normal((100, 8)) + shift).ci95 for _ in range(300)]
    covered = np.mean([low <= truth <= high for low, high in intervals])
    assert 0.91 <= covered <= 0.99


def test_a_ray_is_one_and_opposite_points_are_minus_one():
    ray = np.outer([1.0, 2.0, 5.0], [1.0, 2.0, 2.0])
    assert mean_cosine(ray).value == pytest.approx(1)
    assert resultant_length(ray).value == pytest.approx(1)
    opposite = np.array([[1.0, 2.0], [-2.0, -4.0]])
    assert mean_cosine(opposite).value == pytest.approx(-1)
    assert resultant_length(opposite).value == pytest.approx(0, abs=1e-12)


def test_resultant_and_mean_cosine_are_tied_by_the_self_pairs():
    x = cloud()
    n = len(x)
    assert resultant_length(x).value ** 2 == pytest.approx((1 + (n - 1) * mean_cosine(x).value) / n)


def test_centring_gives_minus_one_over_n_minus_one_where_lengths_are_equal():
    simplex = np.eye(12)  # all rows are equally far from their mean
    assert mean_cosine_centred(simplex).value == pytest.approx(-1 / 11)


def test_zero_rows_are_dropped_and_counted():
    x = cloud()
    with_zeros = np.concatenate([x, np.zeros((3, x.shape[1]))])
    for measure in (mean_cosine, resultant_length):
        assert measure(with_zeros).value == pytest.approx(measure(x).value)
        assert "3 zero rows dropped" in measure(with_zeros).note
    assert mean_energy_ratio(with_zeros).value == pytest.approx(naive_energy_ratio(with_zeros))


@pytest.mark.parametrize("key", CONE)
def test_only_zeros_have_no_cone(key):
    estimate = METRICS[key].function(np.zeros((5, 3)))
    assert (estimate.value, estimate.se, estimate.ci95) == (None, None, None)
    assert estimate.note


def test_a_single_point_is_a_perfect_cone_that_centring_leaves_undefined():
    point = np.full((6, 3), 0.1, dtype=np.float32)
    assert mean_cosine(point).value == pytest.approx(1)
    assert "5 of 6 rows repeat another" in mean_cosine(point).note
    assert mean_energy_ratio(point).value == pytest.approx(1)
    assert mean_cosine_centred(point).value is None


def test_rounding_noise_around_a_point_is_not_a_cloud():
    rng = np.random.default_rng(0)
    almost = (np.full((50, 4), 0.1) * (1 + 3e-8 * rng.standard_normal((50, 4)))).astype(np.float32)
    assert mean_cosine_centred(almost).value is None


def test_two_rows_have_a_value_and_no_standard_error():
    estimate = mean_cosine(np.array([[1.0, 0.0], [1.0, 1.0]]))
    assert estimate.value == pytest.approx(math.sqrt(0.5))
    assert estimate.se is None
    assert "single pair" in estimate.note


def test_one_row_with_all_the_length_has_no_standard_error():
    estimate = mean_energy_ratio(np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]))
    assert estimate.value == pytest.approx(0)
    assert estimate.se is None


def test_the_energy_ratio_has_no_bias_of_few_rows():
    # Every sample of three rows from three points, with replacement: the mean of both parts is exact.
    points = np.array([[3.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    samples = [points[list(at)] for at in itertools.product(range(3), repeat=3)]
    energy = [float((x**2).sum()) / 3 for x in samples]
    top = [mean_energy_ratio(x).value * e for x, e in zip(samples, energy, strict=True)]
    centre = points.mean(axis=0)
    assert math.fsum(top) / 27 == pytest.approx(float(centre @ centre), rel=1e-12)
    assert math.fsum(energy) / 27 == pytest.approx(float((points**2).sum()) / 3, rel=1e-12)


def test_very_small_rows_keep_their_direction():
    x = cloud()
    assert mean_cosine(x * 1e-170).value == pytest.approx(mean_cosine(x).value)


def test_inputs_are_left_alone():
    x = cloud()
    before = x.copy()
    for key in CONE:
        METRICS[key].function(x)
    assert np.array_equal(x, before)
