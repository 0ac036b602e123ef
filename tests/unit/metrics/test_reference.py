"""The slow reference itself, against closed forms and published numbers."""

import math
from itertools import permutations

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from tests.reference.brute_force import CLOUD, IN_REPORT, mean_cosine_se
from tests.reference.brute_force_vectors import dealt, hashed, traces
from tests.reference.clouds import (
    CASES,
    cloud,
    with_moments,
    with_spectrum,
)

SMALL = [case for case in CASES if case[1] <= 64]


def test_every_key_gives_a_plain_number_or_none():
    for case in SMALL:
        for key, measure in CLOUD.items():
            value = measure(cloud(*case))
            assert value is None or (isinstance(value, float | int) and math.isfinite(value)), (key, case)


def test_the_input_is_left_alone_and_float32_is_read():
    x = cloud(*CASES[0])
    kept = x.copy()
    for key, measure in CLOUD.items():
        value, rounded = measure(x), measure(x.astype(np.float32))
        assert rounded == value or rounded == pytest.approx(value, rel=1e-3, abs=1e-4), key
    assert np.array_equal(x, kept)


@pytest.mark.parametrize(("k", "d"), [(1, 6), (2, 6), (4, 10), (9, 9)])
def test_isoscore_of_k_equal_dimensions(k, d):
    x = with_spectrum([1.0] * k + [0.0] * (d - k))
    assert CLOUD["isoscore"](x) == pytest.approx((k - 1) / (d - 1), abs=1e-12)
    assert CLOUD["participation_ratio"](x) == pytest.approx(k)
    assert CLOUD["effective_rank"](x) == pytest.approx(k)
    assert CLOUD["effective_rank_sv"](x) == pytest.approx(k)
    assert CLOUD["rankme"](x) == pytest.approx(k, rel=1e-4)
    assert (CLOUD["condition_number"](x) is None) == (k < d)


@pytest.mark.parametrize("case", CASES)
def test_isoscore_is_the_rescaled_participation_ratio(case):
    x = cloud(*case)
    ratio, d = CLOUD["participation_ratio"](x), x.shape[1]
    if d == 1:
        assert ratio == pytest.approx(1)
        assert CLOUD["isoscore"](x) is None
    else:
        assert CLOUD["isoscore"](x) == pytest.approx((ratio - 1) / (d - 1), abs=1e-12)


def test_one_long_axis_and_a_line():
    long, d = 7.0, 5
    ratio = (long + d - 1) ** 2 / (long**2 + d - 1)
    x = with_spectrum([long] + [1.0] * (d - 1))
    assert CLOUD["participation_ratio"](x) == pytest.approx(ratio)
    assert CLOUD["top1_variance_share"](x) == pytest.approx(long / (long + d - 1))
    assert CLOUD["top10_variance_share"](x) == pytest.approx(1)
    assert CLOUD["condition_number"](x) == pytest.approx(long)
    assert CLOUD["dims_90"](x) == 4  # 10/11 of the variance
    line = np.outer(np.random.default_rng(0).standard_normal(30), np.ones(d))
    assert CLOUD["isoscore"](line) == pytest.approx(0, abs=1e-12)
    assert CLOUD["effective_rank"](line) == pytest.approx(1)
    assert CLOUD["condition_number"](line) is None


def test_a_skewered_meatball_has_two_eigenvalues():
    gauss, line, d, n = 120, 45, 6, 200
    covariance = gauss * np.eye(d) + line * np.ones((d, d))
    x = with_spectrum([1.0] * d, n) @ np.linalg.cholesky(covariance).T
    values = np.array([gauss + line * d] + [gauss] * (d - 1), dtype=float)
    assert CLOUD["top1_variance_share"](x) == pytest.approx(values[0] / values.sum())
    assert CLOUD["condition_number"](x) == pytest.approx(values[0] / gauss)
    ratio = values.sum() ** 2 / (values**2).sum()
    assert CLOUD["isoscore"](x) == pytest.approx((ratio - 1) / (d - 1), abs=1e-12)


def test_the_debiased_ratio_is_a_mean_over_different_rows():
    x = cloud("cone", 9, 4, 1)
    # Half the product of two differences of different rows has the covariance's own moments.
    both, square = [], []
    for i, j, k, m in permutations(range(len(x)), 4):
        a, b = x[i] - x[j], x[k] - x[m]
        both.append((a @ a) * (b @ b) / 4)
        square.append((a @ b) ** 2 / 4)
    assert traces(x) == pytest.approx((np.mean(both), np.mean(square)), rel=1e-9)
    assert CLOUD["participation_ratio_debiased"](x) == pytest.approx(np.mean(both) / np.mean(square))
    rng = np.random.default_rng(2)
    clouds = [rng.standard_normal((50, 20)) for _ in range(200)]
    assert np.mean([CLOUD["isoscore"](c) for c in clouds]) == pytest.approx(
        ((20 * 49 + 2) / 70 - 1) / 19, abs=0.004
    )
    assert np.mean([CLOUD["isoscore_debiased"](c) for c in clouds]) == pytest.approx(1, abs=0.02)


def test_the_debiased_rank_is_the_rank_without_its_bias():
    x = np.random.default_rng(8).standard_normal((240, 12))
    assert CLOUD["effective_rank"](x) < 11.8
    for table in (CLOUD, IN_REPORT):
        assert table["effective_rank_debiased"](x) == pytest.approx(12, abs=0.12)
        assert table["effective_rank_debiased"](x[:12]) is None
    for parts in (dealt(240), hashed(240)):
        assert sorted(np.concatenate(parts)) == list(range(240))
    assert (len(dealt(240)), len(dealt(9)), len(hashed(240, 7))) == (20, 4, 7)


def test_copies_are_no_neighbours():
    x = cloud("cone", 40, 7, 3)
    for key in ("twonn", "mle_id"):
        assert CLOUD[key](np.repeat(x, 2, axis=0)) == CLOUD[key](x)
    assert IN_REPORT["hubness_skewness"](np.repeat(x, 2, axis=0)) == CLOUD["hubness_skewness"](x)


def test_power_law_spectra():
    ranks = np.arange(1, 41)
    assert CLOUD["alpha_req"](with_spectrum(ranks**-1.3)) == pytest.approx(1.3)
    assert CLOUD["alpha_req"](with_spectrum(ranks[:15] ** -1.3)) is None
    assert CLOUD["alpha_req"](with_spectrum(ranks[:16] ** -1.3)) == pytest.approx(1.3)


def test_the_cone_of_three_rows():
    x = [[2.0, 0.0], [0.0, 3.0], [5.0, 5.0], [0.0, 0.0]]
    half = math.sqrt(0.5)
    assert CLOUD["mean_cosine"](x) == pytest.approx(2 * half / 3)
    assert CLOUD["resultant_length"](x) == pytest.approx((1 + half) * math.sqrt(2) / 3)
    # Of six pairs two have a product: 10 and 15; the mean squared norm is 63 / 4.
    assert CLOUD["mean_energy_ratio"](x) == pytest.approx(25 / 6 / (63 / 4))
    assert CLOUD["cc_share_top1"](x) == pytest.approx(0.5)
    assert CLOUD["cc_share_top3"](x) == pytest.approx(1)
    # The pairs have cosines 0, half and half, each of which is left when one row goes.
    assert mean_cosine_se(x) == pytest.approx(
        math.sqrt(2 / 3 * np.sum((np.array([half, half, 0]) - 2 * half / 3) ** 2))
    )
    turned_round = [[1.0, 2.0], [-1.0, -2.0]]
    assert CLOUD["mean_cosine"](turned_round) == pytest.approx(-1)
    assert CLOUD["mean_energy_ratio"](turned_round) == pytest.approx(-1)


@pytest.mark.parametrize("case", SMALL[:4])
def test_the_jackknife_has_a_closed_form(case):
    x = cloud(*case)
    u = x / np.linalg.norm(x, axis=1, keepdims=True)
    n, total = len(u), u.sum(0)
    row = u @ total - 1
    assert CLOUD["mean_cosine"](x) == pytest.approx((total @ total - n) / (n * (n - 1)))
    left = (n * (n - 1) * CLOUD["mean_cosine"](x) - 2 * row) / ((n - 1) * (n - 2))
    assert mean_cosine_se(x) == pytest.approx(math.sqrt((n - 1) ** 2 / n * left.var(ddof=1)))


def test_rogue_dimensions_are_counted():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((200, 20))
    x[:, 3] += 40.0
    x[:, 8] *= 30.0
    assert CLOUD["n_outlier_dims_mean3sd"](x) == 1
    assert CLOUD["n_outlier_dims_var5x"](x) == 1
    assert CLOUD["cc_share_top1"](with_moments([50.0, 0, 0, 0], [1e-6] * 4)) == pytest.approx(1, abs=1e-6)


def test_kurtosis_of_coins():
    fair, rare = np.tile([0.0, 1.0], 50), np.repeat([0.0, 1.0], [90, 10])
    x = np.stack([fair, rare, np.full(100, 0.1)], axis=1)
    unlikely = (1 - 6 * 0.1 * 0.9) / (0.1 * 0.9)
    assert CLOUD["kurtosis_max"](x) == pytest.approx(unlikely)
    assert CLOUD["kurtosis_median"](x) == pytest.approx((unlikely - 2) / 2)


def test_uniformity_of_the_sphere():
    n = 2000
    height, angle = (2 * np.arange(n) + 1) / n - 1, np.arange(n) * math.pi * (3 - math.sqrt(5))
    wide = np.sqrt(1 - height**2)
    x = np.stack([wide * np.cos(angle), wide * np.sin(angle), height], axis=1)
    with_self = (math.exp(CLOUD["uniformity"](x)) * (n - 1) + 1) / n
    assert math.log(with_self) == pytest.approx(-2.0797771, abs=1e-5)
    for d, optimum in [(3, -2.0797771), (64, -3.8752), (768, -3.9896)]:
        y = np.random.default_rng(d).standard_normal((20, d))
        assert CLOUD["uniformity"](y) - CLOUD["uniformity_gap"](y) == pytest.approx(optimum, abs=5e-5)
    assert CLOUD["uniformity"]([[3.0], [-1.0]]) == pytest.approx(-8)


def test_hubs_of_ties_and_of_a_ring():
    same = np.ones((30, 4))  # rows 0 to 9 are taken by all 29 others, row 10 by those ten
    counts = [29] * 10 + [10] + [0] * 19
    for suffix in ("", "_cosine"):
        assert CLOUD[f"hubness_robinhood{suffix}"](same) == pytest.approx(380 / 600)
        assert CLOUD[f"hubness_skewness{suffix}"](same) == pytest.approx(stats.skew(counts))
    angle = 2 * math.pi * np.arange(31) / 31
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (1 + angle[:, None])
    assert CLOUD["hubness_robinhood_cosine"](ring) == 0
    assert CLOUD["hubness_skewness_cosine"](ring) is None
    assert CLOUD["hubness_robinhood"](ring) > 0


def test_normal_quantiles_are_half_a_step_away():
    quantiles = stats.norm.ppf((np.arange(50) + 0.5) / 50)
    x = np.stack([quantiles, quantiles, np.full(50, 0.0), quantiles[::-1]], axis=1)
    assert CLOUD["ks_median"](x) == pytest.approx(0.01)
    assert CLOUD["ks_max"](x) == pytest.approx(0.5)


def test_mmd_against_quadrature():
    x = np.array([[0.3, -1.0], [2.0, 0.5], [-0.4, 0.1]])
    kernel = [[math.exp(-((a - b) @ (a - b)) / 4) for a in x] for b in x]
    among = (np.sum(kernel) - 3) / 6

    def smoothed(t, variance):
        """E exp(−(t − y)²/4) over y ~ N(0, variance)."""
        return quad(lambda y: math.exp(-((t - y) ** 2) / 4) * stats.norm.pdf(y, 0, variance**0.5), -12, 12)[0]

    across = np.mean([smoothed(a, 1) * smoothed(b, 1) for a, b in x])
    assert CLOUD["mmd2"](x) == pytest.approx(among - 2 * across + smoothed(0, 2) ** 2, abs=1e-9)


def test_partition_of_two_axes():
    x = np.array([[3.0, 0], [-3, 0], [0, 2], [0, -2]])
    expected = (2 * math.cosh(2) + 2) / (2 * math.cosh(3) + 2)
    assert CLOUD["partition_isotropy"](x) == pytest.approx(expected)
    assert CLOUD["partition_isotropy"](1000 * x) == 0.0
    wide = np.pad(x, ((0, 0), (0, 6)))
    assert CLOUD["partition_isotropy"](wide) == pytest.approx(4 / (2 * math.cosh(3) + 2))
    y = cloud("cone", 40, 7, 9)
    assert CLOUD["partition_isotropy"](-y) == pytest.approx(CLOUD["partition_isotropy"](y))


def test_undefined_is_none():
    for x in (np.zeros((5, 3)), np.full((5, 3), 0.1)):
        for key in ("isoscore", "effective_rank", "condition_number", "kurtosis_max", "twonn", "mle_id"):
            assert CLOUD[key](x) is None, key
    for key in (
        "mean_cosine",
        "uniformity",
        "cc_share_top1",
        "resultant_length",
        "mean_energy_ratio",
        "rankme",
    ):
        assert CLOUD[key](np.zeros((5, 3))) is None, key
