"""The covariance family against singular values and traces, closed forms, and Monte Carlo."""

import math

import numpy as np
import pytest
import scipy.linalg
import scipy.stats

from latentlab.metrics import (
    METRICS,
    Moments,
    effective_rank,
    effective_rank_sv,
    isoscore,
    isoscore_debiased,
    left_out,
    participation_ratio,
    participation_ratio_debiased,
    spectrum,
    top1_variance_share,
    top10_variance_share,
)

COVARIANCE = [key for key, measure in METRICS.items() if measure.family == "covariance"]


def cloud(n=300, d=12, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + 3


def with_covariance(variances):
    """Rows whose centred covariance is exactly diagonal: ± each axis."""
    axes = np.diag(np.sqrt(np.asarray(variances, dtype=float)))
    return np.concatenate([axes, -axes])


# The references go by singular values and explicit traces; the code goes by eigvalsh of a scatter matrix.


def singular_variances(x):
    return scipy.linalg.svdvals(x - x.mean(axis=0)) ** 2 / (len(x) - 1)


def naive_participation(x):
    c = np.cov(x.T)
    return np.trace(c) ** 2 / np.trace(c @ c)


def naive_debiased(x):
    """Both moments as sums over different rows, the rows taken one by one."""
    x = x - x.mean(axis=0)
    n, products, lengths = len(x), x @ x.T, (x * x).sum(axis=1)
    pairs = triples = quadruples = crossed = beside = 0.0
    for i in range(n):
        others = np.delete(np.delete(products, i, axis=0), i, axis=1)
        row = np.delete(products[i], i)
        np.fill_diagonal(others, 0.0)
        pairs += float(row @ row)
        triples += float(row.sum() ** 2 - row @ row)
        # Of k and l, neither the j of the pair i j.
        quadruples += float(row @ (others.sum() - 2 * others.sum(axis=0)))
        crossed += float(lengths[i] * np.delete(lengths, i).sum())
        beside += float(lengths[i] * others.sum())
    two, three, four = n * (n - 1), n * (n - 1) * (n - 2), n * (n - 1) * (n - 2) * (n - 3)
    square_of_trace = crossed / two - 2 * beside / three + quadruples / four
    return square_of_trace / (pairs / two - 2 * triples / three + quadruples / four)


def naive_rank_debiased(x):
    shuffled = np.random.default_rng(0).permutation(len(x))
    parts = np.array_split(shuffled, min(20, len(x) // 2))
    entropy = [scipy.stats.entropy(singular_variances(np.delete(x, rows, axis=0))) for rows in parts]
    whole = scipy.stats.entropy(singular_variances(x))
    return math.exp(len(parts) * whole - (len(parts) - 1) * np.mean(entropy))


def naive_isoscore(x):
    """The paper's seven steps, literally."""
    variances = singular_variances(x)
    d = x.shape[1]
    diagonal = np.zeros(d)
    diagonal[: len(variances)] = variances
    normalised = math.sqrt(d) * diagonal / np.linalg.norm(diagonal)
    defect = np.linalg.norm(normalised - np.ones(d)) / math.sqrt(2 * (d - math.sqrt(d)))
    k = (d - defect**2 * (d - math.sqrt(d))) ** 2 / d**2
    return (d * k - 1) / (d - 1)


def entropy_rank(weights):
    return math.exp(scipy.stats.entropy(weights))


def naive_condition(x):
    values = singular_variances(x)
    return values[0] / values[-1]


def naive_dims_90(x):
    shares = singular_variances(x) / singular_variances(x).sum()
    return next(k for k in range(1, len(shares) + 1) if shares[:k].sum() >= 0.9)


NAIVE = {
    "dims_90": naive_dims_90,
    "condition_number": naive_condition,
    "participation_ratio": naive_participation,
    "participation_ratio_debiased": naive_debiased,
    "isoscore": naive_isoscore,
    "isoscore_debiased": lambda x: (naive_debiased(x) - 1) / (x.shape[1] - 1),
    "effective_rank": lambda x: entropy_rank(singular_variances(x)),
    "effective_rank_debiased": naive_rank_debiased,
    "effective_rank_sv": lambda x: entropy_rank(np.sqrt(singular_variances(x))),
    "top1_variance_share": lambda x: singular_variances(x)[0] / singular_variances(x).sum(),
    "top10_variance_share": lambda x: singular_variances(x)[:10].sum() / singular_variances(x).sum(),
}


@pytest.mark.parametrize("key", COVARIANCE)
@pytest.mark.parametrize(("n", "d"), [(300, 12), (1000, 40), (60, 60)])
def test_value_is_the_naive_one(key, n, d):
    x = cloud(n, d)
    if key in ("condition_number", "effective_rank_debiased") and n <= d:
        assert METRICS[key].function(x).value is None
    else:
        assert METRICS[key].function(x).value == pytest.approx(NAIVE[key](x), rel=1e-9)


@pytest.mark.parametrize("key", [key for key in COVARIANCE if "rank_" not in key])
def test_fewer_rows_than_dimensions(key):
    x = cloud(12, 30)
    estimate = METRICS[key].function(x)
    if key == "condition_number":
        assert estimate.value is None
        assert "rank deficient" in estimate.note
    else:
        assert estimate.value == pytest.approx(NAIVE[key](x), rel=1e-9)
    assert "bounds the rank by n - 1" in estimate.note


def test_effective_ranks_stay_below_n_when_rows_are_few():
    x = np.random.default_rng(0).standard_normal((12, 30))
    # The twelfth singular value of a centred matrix of twelve rows is rounding.
    assert effective_rank_sv(x).value == pytest.approx(entropy_rank(np.sqrt(singular_variances(x)[:11])))
    assert effective_rank(x).value < effective_rank_sv(x).value < 11


@pytest.mark.parametrize("k", [1, 3, 7, 20])
def test_k_equal_directions(k):
    d = 20
    x = with_covariance([1.0] * k + [0.0] * (d - k))
    assert isoscore(x).value == pytest.approx((k - 1) / (d - 1), abs=1e-12)
    for measure in (participation_ratio, effective_rank, effective_rank_sv):
        assert measure(x).value == pytest.approx(k)
    assert top1_variance_share(x).value == pytest.approx(1 / k)
    assert top10_variance_share(x).value == pytest.approx(min(10 / k, 1))


def test_one_long_axis():
    x, d = 5.0, 9
    assert participation_ratio(with_covariance([x] + [1.0] * (d - 1))).value == pytest.approx(
        (x + d - 1) ** 2 / (x**2 + d - 1)
    )


def test_a_line_scores_zero_and_the_skewered_meatball_its_closed_form():
    d = 6
    line = np.outer(np.linspace(-1, 1, 50), np.ones(d))
    assert isoscore(line).value == pytest.approx(0, abs=1e-12)
    assert effective_rank(line).value == pytest.approx(1)
    gauss, skewer = 3.0, 2.0
    root = scipy.linalg.sqrtm(gauss * np.eye(d) + skewer * np.ones((d, d)))
    x = np.concatenate([root, -root])
    eigenvalues = np.array([gauss + skewer * d] + [gauss] * (d - 1))
    assert participation_ratio(x).value == pytest.approx(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


def test_isoscore_is_the_participation_ratio_on_another_scale():
    x = cloud()
    assert isoscore(x).value == pytest.approx((participation_ratio(x).value - 1) / (x.shape[1] - 1))


@pytest.mark.parametrize(("n", "d"), [(60, 64), (200, 64)])
def test_the_bias_is_gone_on_average(n, d):
    rng = np.random.default_rng(2)
    clouds = [rng.standard_normal((n, d)) for _ in range(60)]
    debiased = [isoscore_debiased(x).value for x in clouds]
    margin = 3.5 * np.std(debiased) / math.sqrt(len(clouds)) + 0.005
    assert np.mean(debiased) == pytest.approx(1, abs=margin)
    assert np.mean([isoscore(x).value for x in clouds]) < 0.8


def test_most_of_the_bias_is_gone_for_an_uneven_spectrum_too():
    rng = np.random.default_rng(3)
    scale = np.sqrt(1 / np.arange(1, 33))
    truth = (scale**2).sum() ** 2 / (scale**4).sum()
    spectra = [spectrum(rng.standard_normal((200, 32)) * scale) for _ in range(150)]
    plug_in = np.mean([participation_ratio(s).value for s in spectra])
    debiased = np.mean([participation_ratio_debiased(s).value for s in spectra])
    assert plug_in < 0.97 * truth
    # A ratio of two unbiased moments keeps a bias of second order.
    assert debiased == pytest.approx(truth, rel=0.02)


@pytest.mark.parametrize("key", COVARIANCE)
@pytest.mark.parametrize(
    "point",
    [
        np.zeros((6, 4)),
        np.full((6, 4), 0.1),
        np.full((6, 4), 1e6, dtype=np.float32),
        (0.1 * (1 + 3e-8 * np.random.default_rng(0).standard_normal((50, 4)))).astype(np.float32),
    ],
    ids=["zeros", "constant", "large", "rounding"],
)
def test_a_single_point_has_no_covariance(key, point):
    estimate = METRICS[key].function(point)
    assert estimate.value is None
    assert "single point" in estimate.note


def test_one_dimension_has_no_isoscore():
    x = np.random.default_rng(0).standard_normal((10, 1))
    assert isoscore(x).value is None
    assert isoscore_debiased(x).value is None
    assert participation_ratio(x).value == pytest.approx(1)


def test_two_rows():
    x = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    assert participation_ratio(x).value == pytest.approx(1)
    assert participation_ratio_debiased(x).value is None
    assert isoscore_debiased(x).value is None


def test_a_simplex_is_too_small_to_be_debiased():
    # Orthonormal rows: every non-zero eigenvalue is the same, as far from a Gaussian sample as it can be.
    assert "too few rows" in participation_ratio_debiased(np.eye(5)).note
    assert "3 rows do not carry" in participation_ratio_debiased(np.eye(3)).note


def test_without_fourth_powers_there_is_nothing_to_debias_with():
    for measure in (participation_ratio_debiased, isoscore_debiased):
        assert measure(Moments.of(cloud())).value is None
        assert "fourth powers of the row lengths are not known" in measure(Moments.of(cloud())).note


def test_more_than_d_is_said_to_be_chance():
    values = [np.random.default_rng(seed).standard_normal((30, 20)) for seed in range(20)]
    above = [e for e in map(participation_ratio_debiased, values) if e.value > 20]
    assert above
    assert all("sampling error" in e.note for e in above)


def test_a_large_offset_costs_no_digits():
    x = cloud()
    for key in COVARIANCE:
        measure = METRICS[key].function
        assert measure(x + 1e4).value == pytest.approx(measure(x).value, rel=1e-9)


def test_moments_merge():
    x = cloud() + 1e3
    parts = [Moments.of(part) for part in np.split(x, [50, 60, 210])]
    whole = parts[0].merge(parts[1]).merge(parts[2]).merge(parts[3])
    assert whole.n == len(x)
    np.testing.assert_allclose(whole.covariance, np.cov(x.T), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(whole.mean, x.mean(axis=0))
    assert whole.energy == pytest.approx(np.mean(np.sum(x**2, axis=1)))
    rest = list(left_out(parts))[2]
    kept = np.delete(x, slice(60, 210), axis=0)
    np.testing.assert_allclose(rest.covariance, np.cov(kept.T), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(rest.mean, kept.mean(axis=0))


def test_every_stage_gives_the_same_value():
    x = cloud()
    for key in COVARIANCE:
        measure = METRICS[key].function
        if key == "effective_rank_debiased":  # from parts of an array, or of a report's shards
            continue
        assert measure(x) == measure(spectrum(x))
        if not key.endswith("_debiased"):  # moments know no fourth powers
            assert measure(x) == measure(Moments.of(x))
