"""The text family against recursion, hand counts and sacrebleu's own sentences."""

from functools import cache

import numpy as np
import pytest
import sacrebleu
from scipy.stats import binomtest

from latentlab.errors import LatentsError
from latentlab.metrics import (
    Estimate,
    bleu,
    bootstrap,
    chrf,
    exact_match,
    length_accuracy,
    levenshtein,
    ter,
    token_accuracy,
)

REFERENCES = [
    "We went to the beach yesterday .",
    "I do not like cold coffee .",
    "The dog is running in the park .",
    "She has never been to Paris .",
]
ANSWERS = [
    "We went to the beach yesterday .",
    "I do not like coffee .",
    "The cat is running in the big park .",
    "Nobody knows .",
]


def tokens(texts):
    return [text.split() for text in texts]


def recursive_levenshtein(a, b):
    @cache
    def distance(i, j):
        if i == 0 or j == 0:
            return i + j
        same = a[i - 1] == b[j - 1]
        return min(distance(i - 1, j) + 1, distance(i, j - 1) + 1, distance(i - 1, j - 1) + (not same))

    return distance(len(a), len(b))


def test_levenshtein_is_the_recursive_one():
    rng = np.random.default_rng(0)
    for _ in range(200):
        a, b = (rng.integers(0, 4, size=rng.integers(0, 9)).tolist() for _ in range(2))
        assert levenshtein(a, b) == recursive_levenshtein(tuple(a), tuple(b)) == levenshtein(b, a)


def test_hand_counts():
    # edits 0, 1 (cold), 2 (dog -> cat, big), 6 (7 tokens against 3 that share the full stop)
    assert ter(tokens(ANSWERS), tokens(REFERENCES)).value == pytest.approx(9 / 29)
    # positions 7/7, 4/7, 5/9 (the, is running in the), 0/7
    assert token_accuracy(tokens(ANSWERS), tokens(REFERENCES)).value == pytest.approx(16 / 30)
    assert length_accuracy(tokens(ANSWERS), tokens(REFERENCES)).value == 0.25
    assert exact_match(ANSWERS, REFERENCES).value == 0.25


def test_bleu_and_chrf_are_sacrebleu():
    assert bleu(ANSWERS, REFERENCES).value == sacrebleu.corpus_bleu(ANSWERS, [REFERENCES]).score
    assert chrf(ANSWERS, REFERENCES).value == sacrebleu.corpus_chrf(ANSWERS, [REFERENCES]).score


def test_the_interval_of_a_low_bleu_is_smoothed_as_its_value_is():
    references = [f"one two three number {i} of all" for i in range(40)]
    answers = [f"another {i} one here{i % 3 * ' two'}" for i in range(40)]  # not two words in a row are right
    found = bleu(answers, references, rng=np.random.default_rng(0))
    assert 0 < found.ci95[0] <= found.value <= found.ci95[1] < 10


def test_a_bootstrap_of_few_groups_has_no_interval():
    answers, references = ["a b c"] * 30 + ["a b d"] * 30, ["a b c"] * 60
    groups = np.arange(60) // 20
    found = chrf(answers, references, rng=np.random.default_rng(0), groups=groups)
    assert (found.ci95, found.note) == (None, "3 groups: no interval, a bootstrap needs 10")


@pytest.mark.parametrize(("n", "said"), [(1, "a single row: no"), (9, "9 rows: no"), (10, None)])
def test_a_bootstrap_of_few_rows_has_no_interval(n, said):
    answers, references = [["a", "b", "c"]] * n, [["a", "b", "d"]] * (n - 1) + [["a", "b", "c"]]
    found = token_accuracy(answers, references, rng=np.random.default_rng(0))
    assert (found.ci95 is None) == (said is not None)
    assert (found.note or "").startswith(said or "")


@pytest.mark.parametrize("metric", [bleu, chrf])
def test_perfect_answers_score_a_hundred_and_have_no_interval(metric):
    estimate = metric(REFERENCES * 3, REFERENCES * 3, rng=np.random.default_rng(0))
    assert estimate.value == pytest.approx(100)
    assert estimate.ci95 is None
    assert "at most" in estimate.note


def test_bleu_resamples_the_corpus_score():
    answers, references = ANSWERS * 3, REFERENCES * 3

    def corpus_score(rows):
        return sacrebleu.corpus_bleu([answers[i] for i in rows], [[references[i] for i in rows]]).score

    direct = bootstrap(Estimate(1.0), corpus_score, 12, rng=np.random.default_rng(5))
    estimate = bleu(answers, references, rng=np.random.default_rng(5))
    assert estimate.se == pytest.approx(direct.se)
    assert estimate.ci95 == pytest.approx(direct.ci95)
    assert estimate.ci95[0] < estimate.value < estimate.ci95[1]


def test_wilson_interval_is_that_of_scipy():
    hypotheses = ["x"] * 37 + ["y"] * 3
    estimate = exact_match(hypotheses, ["x"] * 40)
    interval = binomtest(37, 40).proportion_ci(method="wilson")
    assert estimate.ci95 == pytest.approx((interval.low, interval.high), rel=1e-6)
    # All right is not certainty.
    assert exact_match(["x"] * 10, ["x"] * 10).ci95[0] < 0.75


def test_the_bootstrap_is_seeded_and_about_right():
    rng = np.random.default_rng(0)
    references = [[1] * 10 for _ in range(400)]
    hypotheses = [[int(rng.random() < 0.7) for _ in range(10)] for _ in range(400)]
    first, second, other = (
        token_accuracy(hypotheses, references, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert first == second != other
    assert first.se == pytest.approx(np.sqrt(0.7 * 0.3 / 4000), rel=0.2)
    assert first.ci95[0] < first.value < first.ci95[1]


def test_length_errors_are_never_rewarded():
    assert token_accuracy([["a", "b", "c"]], [["a", "b"]]).value == pytest.approx(2 / 3)
    assert token_accuracy([["a"]], [["a", "b"]]).value == pytest.approx(1 / 2)
    assert ter([["a", "b", "c", "d", "e"]], [["a"]]).value == 4


def test_empty_texts():
    assert ter([[]], [[]]).value is None
    assert token_accuracy([[], []], [[], []]).value is None
    assert ter([[]], [["a"]]).value == 1
    assert exact_match([""], [""]).value == 1
    assert bleu([""], ["a word"]).value == 0
    estimate = ter([[], ["a"]] * 5, [[], ["b"]] * 5, rng=np.random.default_rng(0))
    assert (estimate.value, estimate.ci95) == (1, None)


def test_lists_must_match():
    with pytest.raises(LatentsError, match="got 1 and 2"):
        exact_match(["a"], ["a", "b"])
    with pytest.raises(LatentsError, match="got none"):
        bleu([], [])
