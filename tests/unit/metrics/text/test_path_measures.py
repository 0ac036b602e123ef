"""Ways of texts: a ladder beats a step, and the flawed ratio is shown to be flawed."""

from statistics import NormalDist

import numpy as np
import pytest

from latentlab.analysis.interpolation.path_baselines import copied, mixed
from latentlab.analysis.interpolation.path_scores import SCORES, averaged
from latentlab.corpora.pair_files import Pair
from latentlab.metrics.text.path_quality import (
    detour_ratio,
    edit_steps,
    largest_step_share,
    length_drift,
    monotone_shift,
    repetition,
    seed_share,
    smoothness_ratio,
)

A, B = "the old man walked to the river", "my big sister reads in our garden"
STEPS = 11


def bags(texts):
    """Bags of words as vectors: an encoder that nobody trained."""
    words = sorted({word for text in [A, B, *texts] for word in text.split()})
    return np.array([[text.split().count(word) for word in words] for text in texts], dtype=np.float64)


def ladder():
    """Words of A turn into those of B from left to right."""
    left, right = A.split(), B.split()
    return [" ".join((*right[:n], *left[n:])) for n in np.round(np.linspace(0, 7, STEPS)).astype(int)]


def test_a_step_function_does_not_win():
    step, gradual = copied(A, B, STEPS), ladder()
    ends = bags([A, B])

    def score(texts):
        v = bags(texts)
        return {
            "monotone": monotone_shift(v, *ends),
            "largest": largest_step_share(edit_steps(texts)),
            "distinct": len(set(texts)),
            "flawed": smoothness_ratio(v),
        }

    jump, way = score(step), score(gradual)
    assert way["monotone"] > 0.97 > 0.9 > jump["monotone"]
    assert way["largest"] < 0.3 < jump["largest"] == 1
    assert way["distinct"] > jump["distinct"] == 2
    # The ratio from the literature prefers the jump: that is its flaw, and why it is labelled.
    assert jump["flawed"] == pytest.approx(1)
    assert way["flawed"] < 1


@pytest.mark.parametrize("steps", [2, 3, 10, 11, 101])
def test_a_jump_halfway_reads_the_same_however_fine_the_way(steps):
    jump = monotone_shift(bags(copied(A, B, steps)), *bags([A, B]))
    # Two groups of tied ranks: √3/2 in the limit, a little more for few points, 1 for two.
    assert np.sqrt(3) / 2 - 1e-9 <= jump <= 1


def test_backwards_is_minus_one_and_still_is_undefined():
    ends = bags([A, B])
    assert monotone_shift(bags(ladder()[::-1]), *ends) == pytest.approx(
        -monotone_shift(bags(ladder()), *ends)
    )
    assert monotone_shift(bags([A] * 5), *ends) is None
    assert largest_step_share(edit_steps([A] * 5)) is None
    assert detour_ratio(bags([A] * 5)) is None
    assert smoothness_ratio(bags([A] * 5)) is None


def test_a_detour_costs():
    straight, around = np.array([[0.0, 0], [1, 0], [2, 0]]), np.array([[0.0, 0], [1, 1], [2, 0]])
    assert detour_ratio(straight) == pytest.approx(1)
    assert detour_ratio(around) == pytest.approx(np.sqrt(2))
    assert smoothness_ratio(around) == pytest.approx(1 / np.sqrt(2))


def test_lengths_and_repetitions():
    assert length_drift(["a b", "a b c", "a b c d"]) == 0
    assert length_drift(["a b", "a b c d e f", "a b"]) == pytest.approx(2)
    assert length_drift(["a", "b"]) == 0
    assert repetition(["no word twice", "one one"]) == 0.5
    assert repetition([""]) == 0


def test_dice_and_latent_share_the_variance():
    rng = np.random.default_rng(0)
    dice = rng.standard_normal((40, 30, 5))
    assert seed_share(dice) > 0.9  # all points alike: what moves is chance
    points = np.repeat(rng.standard_normal((1, 30, 5)), 40, axis=0)
    assert seed_share(points) == pytest.approx(0, abs=1e-12)
    assert seed_share(points + dice) == pytest.approx(0.5, abs=0.1)
    assert seed_share(dice[:1]) is None
    assert seed_share(np.zeros((3, 4, 5))) is None


@pytest.mark.parametrize("seed", range(5))
def test_word_mixing_goes_from_one_end_to_the_other(seed):
    texts = mixed(A, "we sang", STEPS, rng=np.random.default_rng(seed))
    assert (texts[0], texts[-1]) == (A, "we sang")
    known = {*A.split(), "we", "sang"}
    assert all(set(text.split()) <= known for text in texts)
    assert len(set(texts)) > 4


def test_shares_of_ways_have_a_width_where_all_say_yes_and_means_their_standard_error():
    pairs = [Pair(f"a {i}", f"b {i}") for i in range(20)]
    scores = [dict.fromkeys(SCORES, None) | {"kept": 1.0, "distinct": 2.0 + i % 2} for i in range(20)]
    found = averaged(pairs, scores)["all pairs"]
    low, high = found["kept"].ci95
    z2 = NormalDist().inv_cdf(0.975) ** 2
    assert (found["kept"].value, found["kept"].n, high) == (1.0, 20, pytest.approx(1.0))
    assert low == pytest.approx(20 / (20 + z2))  # Wilson 1927 with 20 of 20
    assert found["distinct"].se == pytest.approx(np.std([2, 3] * 10, ddof=1) / np.sqrt(20))
    assert found["endpoint_fidelity"].value is None
