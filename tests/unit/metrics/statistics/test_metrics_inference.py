"""Tests and intervals against scipy, against enumeration in exact fractions, and against simulation."""

import itertools
import tracemalloc
from fractions import Fraction
from math import comb, gamma, hypot, inf, nan, sqrt

import numpy as np
import pytest
from scipy import stats

from latentlab.errors import LatentsError, UsageError
from latentlab.metrics import Estimate
from latentlab.metrics.statistics.inference import (  # fmt: skip
    PValue,
    cliffs_delta,
    condition_difference,
    hedges_g,
    holm,
    paired_difference,
    paired_sign_flip,
    permutation_test,
    sign_flip_test,
)


def unit_rows(n, d, shift=0.0, seed=0):
    x = np.random.default_rng(seed).standard_normal((n, d)) + shift
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def scipy_p(x, y, kind):
    # "two-sided" of scipy doubles the smaller tail; the absolute difference is the test meant here.
    settings = {"permutation_type": kind, "n_resamples": inf, "alternative": "greater"}
    return stats.permutation_test((x, y), lambda x, y: abs(np.mean(x) - np.mean(y)), **settings).pvalue


def shards(x, groups):
    parts = np.array_split(x, groups)
    return [float(np.mean(np.concatenate(parts[:g] + parts[g + 1 :]))) for g in range(groups)]


def test_paired_difference_is_the_jackknife_of_the_differences():
    rng = np.random.default_rng(0)
    common = rng.standard_normal(400)
    x, y = common + 0.1 * rng.standard_normal(400), common + 0.3 + 0.1 * rng.standard_normal(400)
    left_x, left_y = shards(x, 20), shards(y, 20)
    paired = paired_difference(Estimate(float(x.mean())), Estimate(float(y.mean())), left_x, left_y)
    direct = Estimate(float((y - x).mean())).with_jackknife(shards(y - x, 20))
    assert (paired.value, paired.se) == pytest.approx((direct.value, direct.se))
    assert paired.ci95 == pytest.approx(direct.ci95)
    # What both sides share cancels; two separate standard errors would keep it.
    apart = [Estimate(0.0).with_jackknife(left).se for left in (left_x, left_y)]
    assert paired.se < 0.25 * hypot(*apart)


def test_paired_difference_covers():
    rng, covered = np.random.default_rng(1), 0
    for _ in range(200):
        x = rng.standard_normal((2, 100)) + rng.standard_normal(100)
        sides = [Estimate(float(row.mean())) for row in x] + [shards(row, 25) for row in x]
        low, high = paired_difference(*sides).ci95
        covered += low <= 0 <= high
    assert 0.9 <= covered / 200 <= 0.99


@pytest.mark.parametrize("bad", [None, nan, inf])
def test_an_undefined_replicate_leaves_the_difference_without_error(bad):
    estimate = paired_difference(Estimate(1.0), Estimate(2.5), [1.0, bad, 1.0], [2.0, bad, 3.0])
    assert (estimate.value, estimate.se) == (1.5, None)
    assert "left out" in estimate.note


def test_paired_difference_refuses_what_does_not_pair():
    with pytest.raises(LatentsError, match="one replicate a shard, got 2 and 3"):
        paired_difference(Estimate(1.0), Estimate(1.0), [1.0, 1.0], [1.0, 1.0, 1.0])
    for pair in itertools.permutations([Estimate(None, note="every row is zero"), Estimate(1.0)]):
        estimate = paired_difference(*pair, [1.0, 1.0], [1.0, 1.0])
        assert (estimate.value, "every row is zero" in estimate.note) == (None, True)


@pytest.mark.parametrize(("n", "d"), [(2, 3), (5, 1), (7, 4), (12, 2)])
def test_sign_flip_enumerates_small_clouds(n, d):
    u = unit_rows(n, d, shift=0.3, seed=n)
    signs = np.array(list(itertools.product([1, -1], repeat=n)))
    lengths = np.linalg.norm(signs @ u, axis=1)
    result = sign_flip_test(u, seed=0)
    assert result.p == pytest.approx(np.mean(lengths >= lengths[0] * (1 - 1e-9)))
    assert result.attainable == pytest.approx(np.mean(lengths >= lengths.max() * (1 - 1e-9)))
    assert (result.exact, result.arrangements) == (True, 2 ** (n - 1))


def test_drawn_signs_agree_with_all_of_them(monkeypatch):
    u, signs = unit_rows(13, 3, shift=0.25, seed=1), np.array(list(itertools.product([1, -1], repeat=13)))
    lengths = np.linalg.norm(signs @ u, axis=1)
    exact = np.mean(lengths >= lengths[0] * (1 - 1e-9))
    assert 0.02 < exact < 0.5
    monkeypatch.setattr("latentlab.metrics.statistics.inference.BLOCK", 20_000)  # several blocks of rows
    drawn = sign_flip_test(u, draws=3999, seed=0)
    assert drawn.p == pytest.approx(exact, abs=4 * sqrt(exact * (1 - exact) / 3999))
    assert (drawn.exact, drawn.arrangements, drawn.attainable) == (False, 4000, 1 / 4000)


def test_sign_flip_counts_as_phipson_and_smyth():
    aligned = np.ones((40, 3)) / sqrt(3)
    assert sign_flip_test(aligned, draws=99, seed=0).p == 0.01  # nothing drawn is as long, and never 0
    x = unit_rows(40, 3)
    assert sign_flip_test(x - x.mean(axis=0), draws=99, seed=0).p == 1
    assert sign_flip_test(np.zeros((40, 3)), draws=99, seed=0).p == 1


def test_sign_flip_is_seeded_and_takes_float32():
    u = unit_rows(60, 4, shift=0.1)
    first = sign_flip_test(u, seed=1)
    assert first == sign_flip_test(u, seed=1) == sign_flip_test(u.astype(np.float32), seed=1)
    assert first != sign_flip_test(u, seed=2)
    # Zero rows carry no sign worth flipping.
    padded = np.concatenate([u[:6], np.zeros((4, 4))])
    assert sign_flip_test(padded, seed=0).p == sign_flip_test(u[:6], seed=0).p


def test_sign_flip_size_and_power():
    found = {0.0: [], 0.1: []}
    for shift, seed in itertools.product(found, range(250)):
        found[shift].append(sign_flip_test(unit_rows(100, 16, shift, seed), draws=99, seed=seed).p <= 0.05)
    assert 0.02 <= np.mean(found[0.0]) <= 0.085
    assert np.mean(found[0.1]) > 0.6


def test_sign_flip_memory_does_not_grow_with_the_signs():
    u = unit_rows(100_000, 4)
    tracemalloc.start()
    sign_flip_test(u, draws=99, seed=0)
    assert tracemalloc.get_traced_memory()[1] < 45e6  # all signs at once would be 80 MB
    tracemalloc.stop()


def test_sign_flip_names_the_rows_it_cannot_use(monkeypatch):
    monkeypatch.setattr("latentlab.metrics.statistics.inference.BLOCK", 1_000)
    u = unit_rows(30, 2)
    u[25, 1] = np.nan
    with pytest.raises(LatentsError, match=r"u from row 20: .* NaN or infinity in 1 of 10 rows, .* row 5"):
        sign_flip_test(u, draws=99, seed=0)
    with pytest.raises(LatentsError, match="at least 2 rows"):
        sign_flip_test(u[25:26], seed=0)


@pytest.mark.parametrize(("n", "attainable"), [(1, 1), (2, 0.5), (5, 0.0625), (6, 0.03125), (8, 0.0078125)])
def test_paired_sign_flip_against_scipy(n, attainable):
    differences = np.random.default_rng(n).standard_normal(n) + 0.5
    result = paired_sign_flip(differences.tolist())
    if n > 1:
        assert result.p == pytest.approx(scipy_p(differences, np.zeros(n), "samples"))
    assert result.attainable == attainable
    assert paired_sign_flip([1.0] * n).p == attainable


def test_paired_sign_flip_zeros_ties_and_many_pairs():
    # A pair without a difference is no evidence, so six pairs with two of them reach what four do.
    assert paired_sign_flip([0.1, 0.2, 0.3, 0.4, 0.0, 0.0]).attainable == 0.125
    assert paired_sign_flip([0.0, 0.0]).p == 1
    assert paired_sign_flip([0.1, 0.2, 0.3, -0.4]).p == 0.875  # .75 with rounding errors taken at their word
    many = [1.0] * 12 + [-1.0] * 7
    drawn = paired_sign_flip(many, draws=1999, seed=0)
    assert (drawn.exact, drawn.arrangements) == (False, 2000)
    assert drawn.p == pytest.approx(stats.binomtest(7, 19).pvalue, abs=0.05)
    assert paired_sign_flip(many[:18]).exact


def exact_p(a, b):
    """Every labelling, in fractions of the decimals as written; n_a n_b times the difference of means."""
    pool, k = [Fraction(str(x)) for x in a + b], len(a)
    values = [abs(len(pool) * sum(chosen) - k * sum(pool)) for chosen in itertools.combinations(pool, k)]
    return sum(value >= values[0] for value in values) / len(values)


@pytest.mark.parametrize("shape", [(3, 3), (4, 4), (2, 5), (5, 3)])
def test_permutation_against_fractions_and_scipy(shape):
    rng = np.random.default_rng(sum(shape))
    for digits in (1, 6):  # one digit makes many ties
        a, b = (np.round(rng.uniform(size=k) + 0.3 * i, digits).tolist() for i, k in enumerate(shape))
        result = permutation_test(a, b)
        assert result.p == pytest.approx(exact_p(a, b))
        assert (result.exact, result.arrangements) == (True, comb(sum(shape), shape[0]))
    assert result.p == pytest.approx(scipy_p(np.array(a), np.array(b), "independent"))
    assert permutation_test(b, a).p == pytest.approx(result.p)


@pytest.mark.parametrize(("k", "printed"), [(1, "1.0000"), (3, "0.1000"), (4, "0.0286"), (5, "0.0079")])
def test_permutation_attainable(k, printed):
    apart = permutation_test([float(i) for i in range(k)], [100.0 + i for i in range(k)])
    assert f"{apart.p:.4f}" == f"{apart.attainable:.4f}" == printed
    mixed = np.random.default_rng(k).standard_normal(2 * k).tolist()
    assert permutation_test(mixed[:k], mixed[k:]).attainable == pytest.approx(apart.p)
    assert permutation_test([5.0] * k, [5.0] * k).attainable == 1
    # Sums of equal numbers in another order differ in the last bit, and are ties all the same.
    assert permutation_test([0.9501, 0.9502, 0.9503], [0.9502, 0.9501, 0.9503]).p == 1


def test_permutation_is_drawn_where_there_are_too_many():
    assert permutation_test([0.0] * 10, [1.0] * 10).arrangements == 184_756
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal(11).tolist(), (rng.standard_normal(11) + 0.6).tolist()
    drawn = permutation_test(a, b, draws=1999, seed=1)
    assert (drawn.exact, drawn.arrangements, drawn.attainable) == (False, 2000, 1 / 2000)
    assert drawn.p == pytest.approx(stats.ttest_ind(a, b).pvalue, abs=0.04)
    assert drawn == permutation_test(a, b, draws=1999, seed=1) != permutation_test(a, b, draws=1999, seed=2)
    assert permutation_test([0.0] * 11, [1.0] * 11, draws=999).p == 0.001


@pytest.mark.parametrize("function", [permutation_test, condition_difference, hedges_g, cliffs_delta])
def test_arms_without_values_are_undefined(function):
    for a, b, why in [([1.0, None], [1.0, 2.0], "1 seeds have no"), ([1.0, 2.0], [], "no seeds")]:
        result = function(a, b)
        assert why in result.note
        assert (result.p if isinstance(result, PValue) else result.value) is None
    assert paired_sign_flip([1.0, nan]) == PValue(None, note="1 seeds have no value")
    assert paired_sign_flip([]).p is None


def test_arm_difference_is_welch():
    a, b = [0.1, 0.4, 0.2], [0.9, 0.3, 0.8, 1.5]
    estimate = condition_difference(a, b)
    reference = stats.ttest_ind(b, a, equal_var=False)
    interval = reference.confidence_interval(0.95)
    assert estimate.value == pytest.approx(np.mean(b) - np.mean(a))
    assert estimate.se == pytest.approx(estimate.value / reference.statistic)
    assert estimate.ci95 == pytest.approx((interval.low, interval.high))
    assert condition_difference([1.0], [2.0, 3.0]).to_json()["ci95"] is None
    assert "no spread" in condition_difference([0.1 + 0.2, 0.3], [0.5, 0.5]).note


def test_hedges_g_inverts_the_noncentral_t():
    a, b = [0.1, 0.4, 0.2, 0.3], [0.9, 0.3, 0.8]
    g = hedges_g(a, b)
    reference = stats.ttest_ind(b, a)
    scale = sqrt(1 / len(a) + 1 / len(b))
    correction = sqrt(2 / 5) * gamma(5 / 2) / gamma(2)
    assert g.value == pytest.approx(correction * reference.statistic * scale)
    tails = [stats.nct.cdf(reference.statistic, 5, bound / scale) for bound in g.ci95]
    assert tails == pytest.approx([0.975, 0.025], abs=1e-5)
    mirrored = hedges_g(b, a)
    assert mirrored.value == pytest.approx(-g.value)
    assert mirrored.ci95 == pytest.approx((-g.ci95[1], -g.ci95[0]), rel=1e-5)


def test_hedges_g_is_unbiased_with_its_error_and_its_coverage():
    rng, truth = np.random.default_rng(0), 1.2
    results = [hedges_g(rng.normal(size=4).tolist(), rng.normal(truth, size=4).tolist()) for _ in range(800)]
    g = np.array([result.value for result in results])
    assert g.mean() == pytest.approx(truth, abs=4 * g.std() / sqrt(800))
    # The plug-in variance is convex in g, so its mean is a little above the variance of g.
    assert np.mean([result.se**2 for result in results]) == pytest.approx(g.var(), rel=0.3)
    assert 0.93 <= np.mean([low <= truth <= high for low, high in (r.ci95 for r in results)]) <= 0.97


def test_hedges_g_undefined():
    assert hedges_g([1.0], [2.0, 3.0]).note == "fewer than four seeds in all"
    assert hedges_g([0.1, 0.1, 0.1], [0.3, 0.3]).note == "no spread inside the conditions"
    assert hedges_g([1.0, 2.0], [3.0, 5.0]).to_json()["se"] is None


def test_cliffs_delta_against_mann_whitney():
    rng = np.random.default_rng(0)
    a, b = np.round(rng.uniform(size=7), 1).tolist(), np.round(rng.uniform(size=9) + 0.2, 1).tolist()
    u = stats.mannwhitneyu(b, a).statistic
    assert cliffs_delta(a, b).value == pytest.approx(2 * u / 63 - 1)
    assert (cliffs_delta([1.0, 2.0], [3.0]).value, cliffs_delta([3.0], [1.0, 2.0]).value) == (1, -1)
    assert cliffs_delta([0.1 + 0.2], [0.3]).value == 0


def test_holm_by_hand():
    # Sorted .005 .01 .03 .04 times 4 3 2 1; the last would be .04, but may not fall below the one before.
    adjusted = holm({"a": 0.01, "b": 0.04, "none": None, "c": 0.03, "d": 0.005})
    assert list(adjusted) == ["a", "b", "none", "c", "d"]
    assert adjusted == pytest.approx({"a": 0.03, "b": 0.06, "none": None, "c": 0.06, "d": 0.02})
    assert holm({"a": 0.6, "b": 0.7}) == {"a": 1.0, "b": 1.0}
    assert (holm({}), holm({"a": None})) == ({}, {"a": None})
    for p in (-0.1, 1.1, nan):
        with pytest.raises(UsageError, match="cone: expected a p-value in"):
            holm({"cone": p})


def test_holm_is_the_step_down_procedure():
    rng = np.random.default_rng(0)
    for _ in range(200):
        p = dict(zip("abcde", np.round(rng.uniform(0, 0.1, 5), 3).tolist(), strict=True))
        rejected, left = set(), sorted(p, key=p.get)
        while left and p[left[0]] * len(left) <= 0.05:
            rejected.add(left.pop(0))
        assert {key for key, value in holm(p).items() if value <= 0.05} == rejected


def test_five_axes_need_eight_pairs_or_five_seeds_a_condition():
    pairs = {n: paired_sign_flip([1.0] * n) for n in (6, 7, 8)}
    seeds = {n: permutation_test([0.0] * n, [1.0] * n) for n in (4, 5)}
    best = {n: min(holm(dict.fromkeys("abcde", p.attainable)).values()) for n, p in (pairs | seeds).items()}
    assert best[6] == pytest.approx(0.15625)
    assert best[7] > 0.05 > best[8]
    assert best[4] > 0.05 > best[5]
