"""Sums over all pairs and along fixed directions: uniformity, distance from the prior, partition function."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from latentlab.errors import LatentsError
from latentlab.metrics import normality
from latentlab.metrics.normality import ks_max, ks_median, mmd2
from latentlab.metrics.partition import partition_isotropy
from latentlab.metrics.streaming.neighbours import gaussian_sums
from latentlab.metrics.uniformity import uniformity, uniformity_gap


def cloud(n=200, d=12, seed=0):
    """A mean, an uneven spectrum, rows of unequal length."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) * np.arange(1, d + 1) ** -0.6 + rng.uniform(0.2, 1, d)
    return x * rng.uniform(0.5, 2, (n, 1))


def gaussian(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def naive_uniformity(x):
    u = [row / math.sqrt(math.fsum(row**2)) for row in x]
    terms = [math.exp(-2 * math.fsum((u[i] - u[j]) ** 2)) for i in range(len(u)) for j in range(i)]
    return math.log(math.fsum(terms) / len(terms))


def series_0f1(b, z):
    return math.fsum(z**i / math.prod(j * (b + j - 1) for j in range(1, i + 1)) for i in range(60))


def naive_gap(x):
    return naive_uniformity(x) + 4 - math.log(series_0f1(x.shape[1] / 2, 4.0))


def naive_ks(x):
    return [stats.kstest(column, "norm").statistic for column in x.T]


def naive_mmd2(x):
    n, d = x.shape
    kernel = np.exp(-(cdist(x, x) ** 2) / (2 * d))
    among = math.fsum(kernel[i, j] for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    across = math.fsum((d / (d + 1)) ** (d / 2) * math.exp(-math.fsum(row**2) / (2 * (d + 1))) for row in x)
    return among - 2 * across / n + (d / (d + 2)) ** (d / 2)


def naive_partition(x):
    z = [sum(math.exp(s * (c @ row)) for row in x) for c in np.linalg.svd(x)[2] for s in (1, -1)]
    return min(z) / max(z)


NAIVE = {
    uniformity: naive_uniformity,
    uniformity_gap: naive_gap,
    ks_median: lambda x: np.median(naive_ks(x)),
    ks_max: lambda x: max(naive_ks(x)),
    mmd2: naive_mmd2,
    partition_isotropy: naive_partition,
}


@pytest.mark.parametrize("metric", NAIVE)
@pytest.mark.parametrize(("n", "d"), [(200, 12), (30, 45), (150, 1), (2, 3)])
def test_value_is_the_naive_one(metric, n, d):
    x = cloud(n, d)
    assert metric(x).value == pytest.approx(NAIVE[metric](x), rel=1e-9)


@pytest.mark.parametrize("metric", NAIVE)
def test_float32_is_measured_in_float64(metric):
    x = cloud().astype(np.float32)
    assert metric(x).value == pytest.approx(NAIVE[metric](x.astype(float)), rel=1e-5)


@pytest.mark.parametrize("metric", [uniformity, uniformity_gap, mmd2])
def test_standard_error_is_near_the_jackknife_and_below_it(metric):
    x = cloud(60, 6)
    left_out = [NAIVE[metric](np.delete(x, i, axis=0)) for i in range(60)]
    jackknife = math.sqrt(59) * np.std(left_out)
    # The jackknife takes what is of second order twice.
    assert 0.8 * jackknife < metric(x).se < jackknife
    assert metric(x).df == 59
    assert metric(cloud(4)).se is None
    assert "so few rows" in metric(cloud(4)).note


@pytest.mark.parametrize("metric", [uniformity, mmd2])
def test_standard_error_is_right_where_there_is_nothing_to_see(metric):
    estimates = [metric(np.random.default_rng(seed).standard_normal((60, 8))) for seed in range(300)]
    spread = np.std([estimate.value for estimate in estimates])
    assert np.mean([estimate.se for estimate in estimates]) == pytest.approx(spread, rel=0.2)


@pytest.mark.parametrize("metric", [ks_median, ks_max])
def test_a_supremum_has_no_interval(metric):
    assert metric(cloud()).se is None
    assert metric(cloud()).ci95 is None


@pytest.mark.parametrize("metric", [uniformity, mmd2])
def test_interval_covers_the_truth(metric):
    rng = np.random.default_rng(1)
    spread = np.array([1.5, 1.0, 0.7, 0.5, 0.4])
    truth = metric(rng.standard_normal((6000, 5)) * spread + 0.3).value
    intervals = [metric(rng.standard_normal((80, 5)) * spread + 0.3).ci95 for _ in range(200)]
    assert 0.9 <= np.mean([low <= truth <= high for low, high in intervals]) <= 0.99


def test_the_interval_of_the_discrepancy_covers_a_value_that_is_near_nothing(monkeypatch):
    monkeypatch.setattr(normality, "few_of_rows", lambda x: None)  # of half of these rows none is printed
    # A scale mixture of Gaussians: given the scales, each expectation is a power.
    n, d, rng = 200, 384, np.random.default_rng(2)
    one, two = 5 / rng.chisquare(5, (2, 400_000))
    truth = np.mean((1 + (one + two) / d) ** (-d / 2)) + (1 + 2 / d) ** (-d / 2)
    truth -= 2 * np.mean((1 + (1 + one) / d) ** (-d / 2))
    clouds = (rng.standard_normal((n, d)) * np.sqrt(5 / rng.chisquare(5, (n, 1))) for _ in range(300))
    found = [mmd2(x) for x in clouds]
    assert 0.92 <= np.mean([e.ci95[0] <= truth <= e.ci95[1] for e in found]) <= 0.98
    # Symmetric about the value it would be too narrow where the value came out too small.
    assert np.mean([abs(e.value - truth) < 1.96 * e.se for e in found]) < 0.91


@pytest.mark.parametrize("block", [1, 7, 64])
def test_blocks_do_not_change_sums_of_kernels(block):
    x = cloud(50, 4) + 1e4
    kernel = np.exp(-0.3 * cdist(x, x) ** 2) - np.eye(50)
    sums, squares = gaussian_sums(x, 0.3, block=block)
    np.testing.assert_allclose(sums, kernel.sum(axis=1), rtol=1e-9)
    assert squares == pytest.approx((kernel**2).sum(), rel=1e-9)


@pytest.mark.parametrize(
    ("d", "value"),
    [(1, -4 + math.log(math.cosh(4))), (3, -2.0797771), (64, -3.8752), (768, -3.9896)],
)
def test_uniformity_gap_is_from_the_sphere(d, value):
    x = cloud(4, d)
    constant = uniformity(x).value - uniformity_gap(x).value
    assert constant == pytest.approx(-4 + math.log(series_0f1(d / 2, 4.0)), rel=1e-12)
    assert constant == pytest.approx(value, abs=5e-8 if d == 3 else 5e-5)


@pytest.mark.parametrize("d", [1, 3, 64])
def test_uniform_directions_have_no_gap(d):
    gap = uniformity_gap(gaussian(3000, d))
    assert gap.value == pytest.approx(0, abs=4 * gap.se)
    assert uniformity_gap(gaussian(3000, d) + 3).value > 0.5


def test_uniformity_of_known_clouds():
    assert uniformity(np.eye(9)).value == pytest.approx(-4)
    assert uniformity(np.eye(9)).se == pytest.approx(0, abs=1e-12)
    assert uniformity(np.outer([1.0, 2.0, 5.0], [1.0, 2.0, 2.0])).value == pytest.approx(0, abs=1e-15)
    with_zeros = np.concatenate([cloud(), np.zeros((3, 12)), cloud()[:2]])
    assert uniformity(with_zeros).note == "3 zero rows dropped; 2 of 202 rows repeat another"
    point = uniformity(np.full((6, 3), 0.1, dtype=np.float32))
    assert (point.value, point.note) == (0.0, "5 of 6 rows repeat another")
    assert uniformity_gap(np.zeros((5, 3))) == uniformity(np.zeros((5, 3)))
    assert (uniformity(np.zeros((5, 3))).value, uniformity(np.zeros((5, 3))).note) == (
        None,
        "5 zero rows dropped",
    )


def test_rows_of_the_prior_are_near_it_and_others_are_not():
    x = gaussian(4000, 10)
    assert ks_median(x).value == pytest.approx(0.83 / math.sqrt(4000), rel=0.2)
    assert ks_max(x).value < 2 / math.sqrt(4000)
    assert mmd2(x).value == pytest.approx(0, abs=4 * mmd2(x).se)
    for other in (2 * x, x + 1):
        assert ks_median(other).value > 0.15
        assert mmd2(other).value > 20 * mmd2(other).se


@pytest.mark.parametrize("d", [1, 5, 4096])
def test_expectations_under_the_prior_are_in_closed_form(d):
    # A cloud at the origin: the kernel is 1, and both expectations are powers of numbers near 1.
    value = 1 - 2 * (1 + 1 / d) ** (-d / 2) + (1 + 2 / d) ** (-d / 2)
    assert mmd2(np.zeros((7, d))).value == pytest.approx(value, rel=1e-9)
    far = mmd2(np.full((7, d), 1e4))
    assert far.value == pytest.approx(1 + (1 + 2 / d) ** (-d / 2), rel=1e-9)
    assert far.note == "6 of 7 rows repeat another"


def test_ks_is_blind_to_dependence_and_sees_a_dimension_that_is_constant():
    line = np.outer(gaussian(4000, 1), [1.0, -1.0, 1.0])
    assert ks_max(line).value < 2 / math.sqrt(4000)
    assert mmd2(line).value > 20 * mmd2(line).se
    collapsed = np.concatenate([gaussian(500, 2), np.zeros((500, 1))], axis=1)
    assert ks_max(collapsed).value == pytest.approx(0.5)
    point = ks_median(np.full((6, 3), 0.1))
    assert point.value == pytest.approx(stats.norm.cdf(0.1))
    assert "5 of 6 rows repeat another" in point.note


@pytest.mark.parametrize("sign", [1, -1])
def test_both_sides_of_a_step_count_and_ties_are_one_step(sign):
    for x in (cloud(), np.random.default_rng(0).integers(-1, 4, (80, 4)).astype(float)):
        assert ks_max(sign * x).value == pytest.approx(max(naive_ks(sign * x)), rel=1e-12)
        assert ks_median(sign * x).value == pytest.approx(np.median(naive_ks(sign * x)), rel=1e-12)


def test_partition_takes_both_signs_of_each_direction():
    x = cloud()
    for signs in ([-1] * 12, [1, -1] * 6):
        assert partition_isotropy(x * signs).value == pytest.approx(partition_isotropy(x).value, rel=1e-9)
    one_sign = [np.exp(x @ c).sum() for c in np.linalg.svd(x)[2]]
    assert min(one_sign) / max(one_sign) != pytest.approx(partition_isotropy(x).value, rel=0.01)


def test_partition_has_no_overflow_and_says_what_it_depends_on():
    long = partition_isotropy(cloud() * 1e3)
    assert long.value == 0
    z = np.concatenate(
        [np.logaddexp.reduce(s * 1e3 * cloud() @ np.linalg.svd(cloud())[2].T) for s in (1, -1)]
    )
    assert f"its logarithm is {z.min() - z.max():.6g};" in long.note
    short = partition_isotropy(cloud() * 1e-5)
    assert short.value == pytest.approx(1, abs=1e-3)
    length = math.sqrt(np.mean(np.sum((cloud() * 1e-5) ** 2, axis=1)))
    assert f"a root mean square length of {length:.3g};" in short.note
    assert "both signs of every direction" in short.note
    assert short.se is None


def test_partition_of_degenerate_clouds():
    point = partition_isotropy(np.full((6, 4), 1.0))
    assert point.value == pytest.approx(math.exp(-4))  # e^-2 one way, e^2 the other
    assert "5 of 6 rows repeat another" in point.note
    assert "eigenvalues are equal" in partition_isotropy(np.eye(5)).note
    assert "eigenvalues" not in partition_isotropy(cloud(30, 45)).note  # equal zeros do no harm
    zeros = partition_isotropy(np.zeros((5, 3)))
    assert (zeros.value, zeros.note) == (None, "every row is zero")


@pytest.mark.parametrize("metric", NAIVE)
def test_unusable_rows_are_named_and_inputs_left_alone(metric):
    x = cloud(30)
    before = x.copy()
    metric(x)
    assert np.array_equal(x, before)
    x[3, 2] = np.nan
    with pytest.raises(LatentsError, match="the first is row 3"):
        metric(x)
