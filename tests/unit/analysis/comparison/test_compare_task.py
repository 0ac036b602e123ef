"""Does a sentence come back, by which of two checkpoints: the interval, the exact test, the word."""

import numpy as np
import pytest
from compare_fakes import SPREAD, TEXTS, Fake, N, Writer, gaussian
from scipy import stats

from latentlab.analysis.comparison.comparisons import compare
from latentlab.analysis.task import task_difference
from latentlab.errors import LatentsError, UsageError
from latentlab.metrics.statistics.paired import disagreements, mcnemar, paired_proportions


def answers(only_a, only_b, both, neither):
    a = [True] * only_a + [False] * only_b + [True] * both + [False] * neither
    b = [False] * only_a + [True] * only_b + [True] * both + [False] * neither
    return a, b


@pytest.mark.parametrize("counts", [(3, 9, 40, 8), (0, 0, 5, 0), (0, 7, 0, 0), (25, 5, 100, 70)])
def test_interval_and_test_against_other_code(counts):
    a, b = answers(*counts)
    only_a, only_b, _, _ = counts
    n = sum(counts)
    estimate = paired_proportions(a, b)
    assert disagreements(a, b) == (only_a, only_b)
    assert estimate.value == pytest.approx(np.mean(b) - np.mean(a))
    # The formula with one sentence more on either side, as scores of a multinomial.
    scores = np.repeat([-1.0, 1.0, 0.0], [only_a + 1, only_b + 1, n - only_a - only_b])
    centre, se = scores.mean(), scores.std() / np.sqrt(n + 2)
    assert estimate.se == pytest.approx(se)
    low, high = max(-1, centre - 1.959964 * se), min(1, centre + 1.959964 * se)
    assert estimate.ci95 == pytest.approx((low, high))
    assert low <= estimate.value <= high
    if only_a + only_b:
        assert mcnemar(a, b).p == pytest.approx(stats.binomtest(only_a, only_a + only_b).pvalue)


def test_agreement_everywhere_is_not_certainty():
    few, many = (paired_proportions([True] * n, [True] * n) for n in (3, 300))
    assert few.value == many.value == 0
    assert few.ci95[1] > 0.5 > 0.02 > many.ci95[1] > 0
    assert mcnemar([True] * 3, [True] * 3).p == 1
    assert paired_proportions([], []).value is None
    with pytest.raises(LatentsError, match="got 1 and 2"):
        paired_proportions([True], [True, False])


def test_the_interval_covers():
    p = np.array([0.06, 0.03, 0.8, 0.11])  # only a, only b, both, neither
    drawn = np.random.default_rng(0).multinomial(80, p, size=2000)
    inside = [low <= -0.03 <= high for low, high in (paired_proportions(*answers(*d)).ci95 for d in drawn)]
    assert 0.94 < np.mean(inside) < 0.99


def writer(name, right, spread, sigma=None):
    """The number of the sentence, small beside a space as wide as `spread`."""
    cloud = np.hstack([np.arange(N, dtype=float)[:, None], gaussian() * 150 * spread])
    return Writer(name, cloud, sigma, right)


def test_a_worse_task_is_a_cost_and_a_lost_one_takes_the_claim_away():
    a, b = writer("a", 90, SPREAD), writer("b", 50, np.ones(8), 40.0)
    said = []
    report = compare([a, b], TEXTS, seed=0, task=TEXTS[:100], progress=lambda *what: said.append(what))
    results = report.to_dict()["results"]
    (comparison,) = results["comparisons"]
    task = comparison["task"]
    assert (task["a"]["value"], task["b"]["value"], task["delta"]["value"]) == (0.9, 0.5, -0.4)
    assert (task["only_a"], task["only_b"], task["delta"]["n"], task["a"]["n"]) == (40, 0, 100, 100)
    assert task["p"] < 1e-9
    assert comparison["axes"]["anisotropy"]["verdict"] == "REDUCED"
    assert comparison["axes"]["task"]["verdict"] == "REDUCED"
    assert comparison["answers"]["cost"]["verdict"] == "COSTS"
    assert comparison["claim"]["verdict"] == "COVARIANCE ONLY"
    lost = compare([a, writer("b", 40, np.ones(8), 40.0)], TEXTS, seed=0, task=TEXTS[:100])
    (comparison,) = lost.to_dict()["results"]["comparisons"]
    assert comparison["answers"]["cost"]["verdict"] == "LOST"
    assert comparison["claim"]["verdict"] == "NOT SUPPORTED"
    assert ("decoding a", 100, 100) in said
    assert report.inputs["n_task"] == 100
    assert set(report.provenance.sentences) == {"measured", "task"}


def test_a_task_as_good_is_said_to_be():
    a, b = writer("a", 300, SPREAD), writer("b", 301, np.ones(8), 40.0)
    comparison = compare([a, b], TEXTS, seed=0, task=TEXTS).to_dict()["results"]["comparisons"][0]
    assert comparison["axes"]["task"]["verdict"] == "UNCHANGED"
    assert comparison["answers"]["cost"]["verdict"] == "NO COST"


def test_a_decoder_that_ignores_z_is_called_so():
    a, b = writer("a", 300, SPREAD), writer("b", 400, np.ones(8), 40.0)
    b.decode = lambda z: [TEXTS[7]] * len(z)
    comparison = compare([a, b], TEXTS, seed=0, task=TEXTS).to_dict()["results"]["comparisons"][0]
    assert comparison["answers"]["decoder"]["verdict"] == "DECODER IGNORES Z"
    assert comparison["decoder"]["a"]["value"] > 0.2 > 0.01 > abs(comparison["decoder"]["b"]["value"])
    assert comparison["claim"]["verdict"] == "NOT SUPPORTED"


def test_a_task_that_cannot_be_measured():
    models = [writer("a", 9, SPREAD), Fake("b", gaussian())]
    with pytest.raises(UsageError, match="b cannot write sentences"):
        compare(models, TEXTS, seed=0, task=TEXTS[:10])
    with pytest.raises(UsageError, match="no held-out sentences"):
        compare(models, TEXTS, seed=0, task=[])


def test_groups_without_a_disagreement_are_no_proof_of_equality():
    same = [True] * 60
    few = task_difference(same, same, 0.05, np.arange(60) // 6)  # ten groups
    assert few.delta.ci95[0] < -0.05 < 0.05 < few.delta.ci95[1]
    assert few.p_equivalence > 0.05
    many = task_difference([True] * 4000, [True] * 4000, 0.05, np.arange(4000) // 4)
    assert -0.05 < many.delta.ci95[0] < many.delta.ci95[1] < 0.05
