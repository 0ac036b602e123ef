"""What the families share: the input check, the estimate, the jackknife, the reference, the register."""

import ast
import math
from pathlib import Path

import numpy as np
import pytest

from latentlab import metrics
from latentlab.errors import LatentsError
from latentlab.metrics import (
    CLOUD_METRICS,
    METRICS,
    Estimate,
    Moments,
    centre,
    check_cloud,
    deal,
    isotropic_reference,
    jackknife,
    left_out,
    merged,
)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones(3), r"shape \(n, d\), got shape \(3,\)"),
        (np.ones((3, 0)), r"got shape \(3, 0\)"),
        (np.ones((1, 3)), "at least 2 rows, got shape"),
        (np.ones((3, 3), dtype=int), "floating-point numbers, got int64"),
        (np.array([["a", "b"]] * 2), "floating-point numbers, got <U1"),
        (np.array([[1.0], [np.nan], [np.inf]]), "NaN or infinity in 2 of 3 rows, the first is row 1"),
        (np.array([[1.0], [1e300]]), r"magnitudes up to 1e\+100, got 1e\+300"),
    ],
)
def test_unusable_vectors_are_named(x, message):
    with pytest.raises(LatentsError, match="cloud: expected .*" + message):
        check_cloud(x, "cloud")


def test_check_returns_a_float64_copy():
    x = np.ones((2, 2), dtype=np.float32)
    y = check_cloud(x)
    assert y.dtype == np.float64
    y[0, 0] = 5
    assert x[0, 0] == 1


def test_centre_is_exact_for_a_point_and_translation_free():
    x = np.random.default_rng(0).standard_normal((30, 4))
    np.testing.assert_allclose(centre(x + 1e3), x - x.mean(axis=0), atol=1e-11)
    assert not centre(np.full((9, 2), 0.1)).any()


def test_an_estimate_is_never_infinite():
    estimate = Estimate(math.inf, 1.0, (0.0, 1.0), "why")
    assert estimate == Estimate(None, note="why; not a finite number")
    assert Estimate(math.nan).with_se(1.0).to_json() == {
        "value": None,
        "se": None,
        "ci95": None,
        "note": "not a finite number",
    }


def test_jackknife_of_the_mean_is_the_textbook_standard_error():
    x = np.random.default_rng(0).standard_normal((30, 1))
    left = [float(np.delete(x, i).mean()) for i in range(30)]
    estimate = Estimate(float(x.mean())).with_jackknife(left)
    assert estimate.se == pytest.approx(x.std(ddof=1) / math.sqrt(30))


def test_an_undefined_replicate_leaves_no_standard_error():
    estimate = Estimate(1.0).with_jackknife([1.0, None])
    assert estimate.se is None
    assert "left out" in estimate.note


def test_shards_are_equal_disjoint_and_seeded():
    shards = deal(1003, 50, rng=np.random.default_rng(0))
    assert sorted(np.concatenate(shards).tolist()) == list(range(1003))
    assert {len(rows) for rows in shards} == {20, 21}
    again = deal(1003, 50, rng=np.random.default_rng(0))
    assert all(np.array_equal(a, b) for a, b in zip(shards, again, strict=True))


def test_shard_jackknife_is_the_recomputed_one():
    x = np.random.default_rng(0).standard_normal((500, 6)) * np.arange(1, 7)
    shards = deal(500, 20, rng=np.random.default_rng(0))
    parts = [Moments.of(x[rows]) for rows in shards]
    recomputed = [METRICS["isoscore"].function(np.delete(x, rows, axis=0)).value for rows in shards]
    direct = [METRICS["isoscore"].function(rest).value for rest in left_out(parts)]
    assert direct == pytest.approx(recomputed, rel=1e-9)
    estimate = jackknife(parts, METRICS["isoscore"].function)
    assert estimate.se == pytest.approx(np.std(recomputed) * math.sqrt(19), rel=1e-9)
    assert estimate.value == pytest.approx(METRICS["isoscore"].function(x).value)
    np.testing.assert_allclose(merged(parts).covariance, np.cov(x.T))


def test_shard_jackknife_covers():
    scale = np.sqrt(1 / np.arange(1, 11))
    truth = ((scale**2).sum() ** 2 / (scale**4).sum() - 1) / 9
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(80):
        x = rng.standard_normal((400, 10)) * scale
        left = [np.delete(x, rows, axis=0) for rows in deal(400, 25, rng=rng)]
        measure = METRICS["isoscore_debiased"].function
        low, high = measure(x).with_jackknife([measure(rest).value for rest in left]).ci95
        covered += low <= truth <= high
    assert 0.88 <= covered / 80 <= 1


def test_a_single_shard_gives_no_replicates():
    assert list(left_out([Moments.of(np.eye(3))])) == []


@pytest.mark.parametrize(("n", "d"), [(200, 16), (40, 24), (20, 30)])
def test_reference_is_what_gaussians_score(n, d):
    rng = np.random.default_rng(7)
    clouds = [rng.standard_normal((n, d)) for _ in range(100)]
    reference = isotropic_reference(n, d, seed=0)
    assert set(reference) <= set(CLOUD_METRICS)
    assert {"mean_cosine", "isoscore_debiased", "effective_rank", "uniformity"} <= set(reference)
    assert ("condition_number" in reference) == (n > d)
    for key, expected in reference.items():
        if key == "effective_rank_debiased" and METRICS[key].function(clouds[0]).value is None:
            assert n < 2 * d
            continue
        values = np.array([METRICS[key].function(x).value for x in clouds], dtype=float)
        # The debiased ratio is unbiased in both of its parts, not in itself; the resultant is a large-n form.
        slack = {"participation_ratio_debiased": 0.2 * d, "isoscore_debiased": 0.2}.get(key, 0.0)
        slack += 0.005 * abs(expected.value) + 4 * (expected.se or 0) + 1e-3
        assert values.mean() == pytest.approx(
            expected.value, abs=4 * values.std() / math.sqrt(100) + slack
        ), key


def test_the_closed_form_of_the_participation_ratio_is_better_than_the_usual_one():
    n, d, rng = 24, 30, np.random.default_rng(0)
    ratios = []
    for _ in range(3000):
        c = np.cov(rng.standard_normal((n, d)).T)
        ratios.append(np.trace(c) ** 2 / np.sum(c * c))
    mean, error = np.mean(ratios), np.std(ratios) / math.sqrt(3000)
    closed = isotropic_reference(n, d, seed=0)["participation_ratio"].value
    assert abs(closed - mean) < 4 * error + 0.002 * mean
    assert abs(d * n / (n + d) - mean) > 10 * error


def test_reference_is_seeded():
    assert isotropic_reference(50, 5, seed=1) == isotropic_reference(50, 5, seed=1)
    isotropic_reference.cache_clear()
    first = isotropic_reference(50, 5, seed=1)
    isotropic_reference.cache_clear()
    assert first == isotropic_reference(50, 5, seed=1) != isotropic_reference(50, 5, seed=2)
    with pytest.raises(LatentsError, match="n >= 2"):
        isotropic_reference(1, 5, seed=0)


def test_the_limits_are_reached_on_a_large_gaussian():
    x = np.random.default_rng(0).standard_normal((20_000, 16))
    # So far from its limit a sample is: the edges of the Marchenko-Pastur law, the largest of 16 kurtoses.
    slack = {"condition_number": 0.13, "kurtosis_max": 0.12, "kurtosis_median": 0.03, "alpha_req": 0.2}
    for key in CLOUD_METRICS:
        measure = METRICS[key]
        if measure.limit is not None:
            rows = x[:2000] if measure.stage == "rows" else x
            near = slack.get(key, 0.04 if measure.stage == "rows" else 0.01)
            assert measure.function(rows).value == pytest.approx(measure.limit(16), rel=0.05, abs=near), key


def test_no_measure_is_forgotten():
    families = ("cosine", "covariance", "rogue", "rank", "uniformity", "intrinsic", "hubness", "normality")
    families += ("participation", "debiased_rank", "partition", "posterior", "aggregate", "reconstruction")
    helpers = {"spectrum", "bootstrap", "levenshtein", "jackknife_of_mean_cosine", "repeated", "aggregate"}
    helpers |= {
        "point",
        "second",
        "ratio_of_traces",
        "on_unit_scale",
        "entropy",
        "debiased_rank",
        "scales",
        "widened",
    }
    helpers |= {
        "proportion",
        "ratio_of_sums",
        "unit_rows",
        "decomposed",
        "told_by_construction",
        "varying",
        "own_less_other",
    }
    # Kept apart: it takes a sample of z beside the posterior.
    helpers |= {"cosine_contributions", "on_the_sphere", "kl_by_row", "mi_sampled"}
    registered = {measure.function.__name__ for measure in METRICS.values()}
    for family in families:
        (file,) = Path(metrics.__file__).parent.rglob(f"{family}.py")
        tree = ast.parse(file.read_text(encoding="utf-8"))
        public = {f.name for f in tree.body if isinstance(f, ast.FunctionDef) and not f.name.startswith("_")}
        assert public - helpers <= registered
    assert all(key == measure.function.__name__ for key, measure in METRICS.items())


def test_every_docstring_has_formula_range_blindness_source_and_example():
    for key, measure in METRICS.items():
        doc = " ".join(measure.function.__doc__.split())
        for part in (".. math::", "Range", "lind to", "Source:", ">>> "):
            assert part in doc, (key, part)
