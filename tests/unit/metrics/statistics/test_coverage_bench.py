"""The bench of coverage: what it takes for the truth, what it draws, and what it counts."""

import numpy as np
import pytest

from benchmarks import bench_coverage
from latentlab.analysis.comparison.primary_metrics import CORE
from latentlab.metrics import METRICS


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(bench_coverage, "LARGE", 20_000)
    monkeypatch.setattr(bench_coverage, "PAIRED", 300)


@pytest.mark.parametrize("family", bench_coverage.FAMILIES)
def test_rows_have_the_covariance_that_is_said(family):
    rng = np.random.default_rng(0)
    x = bench_coverage.cloud_of(family, 40_000, 3, rng, rng)
    assert x.shape == (40_000, 3)
    said = bench_coverage.covariance(family, 3)
    if said is None:
        assert family == "unit norm"
        np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1)
        return
    found = np.cov(x.T)
    # Up to a factor, and heavy tails and clusters of ten leave it uncertain.
    np.testing.assert_allclose(found / np.trace(found), said / np.trace(said), atol=0.02)


def test_two_spaces_share_a_part_of_their_rows():
    a, b = (
        bench_coverage.cloud_of("Gaussian", 5000, 2, np.random.default_rng(0), np.random.default_rng(own))
        for own in (1, 2)
    )
    assert np.corrcoef(a[:, 0], b[:, 0])[0, 1] == pytest.approx(0.5, abs=0.05)


def test_the_truth_is_that_of_closed_forms(small):
    t5 = bench_coverage.truth("t5", 4)
    assert (t5["mean_cosine"], t5["isoscore_debiased"], t5["top10_variance_share"]) == (0.0, 1.0, 1.0)
    assert t5["effective_rank_debiased"] == pytest.approx(4)
    power = bench_coverage.truth("power law", 4)
    variances = bench_coverage.powers(4)
    assert power["participation_ratio_debiased"] == pytest.approx(16 / float(variances @ variances))
    assert power["mean_energy_ratio"] == pytest.approx(0.36 / (4 + 0.36), rel=0.05)


@pytest.mark.parametrize("family", ["t5", "clusters", "sorted file"])
def test_a_draw_counts_what_was_printed_and_what_it_held(family, small):
    known = bench_coverage.truth(family, 3)
    counts = bench_coverage.draw(family, 120, 3, known, 1, 0)
    for key in known:
        assert 0 <= counts[f"held {key}"] <= counts[f"printed {key}"] <= 1
    assert counts["printed mean_cosine"] == 1
    # Of these rows too few carry the spread: there is no interval.
    assert counts["printed isoscore_debiased"] == (family != "t5")
    assert counts["compared"] == 1
    assert counts == bench_coverage.draw(family, 120, 3, known, 1, 0)
    assert "compared" not in bench_coverage.draw(family, 120, 3, known, 0, 0)


def test_what_is_outside_is_named():
    held = {f"printed {key}": 100 for key in METRICS} | {f"held {key}": 95 for key in METRICS}
    place = {**held, "draws": 100, "compared": 100, **{f"differs {key}": 4 for key in CORE}, "differs any": 3}
    good = {"clouds": {"here": place}, "copied": {"5%": [1.0, 0.98]}}
    assert [reached for *_, reached in bench_coverage.rows(good)] == [True] * 4
    bad = {**place, "held mean_cosine": 80, "differs mean_cosine": 9, "differs any": 7}
    found = {"clouds": {"here": place, "there": bad}, "copied": {"5%": [1.0, 0.9]}}
    rows = bench_coverage.rows(found)
    assert [reached for *_, reached in rows] == [False] * 4
    cells = 2 * len(METRICS)
    assert rows[0][2] == f"{cells - 1} of {cells} cells"
    (line,) = [line for line in bench_coverage.table(found) if line.startswith("| there")]
    assert " 0.800 |" in line
    assert bench_coverage.rows(None) == bench_coverage.table(None) == []
