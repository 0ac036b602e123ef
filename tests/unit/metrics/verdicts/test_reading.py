"""Words for one space: grades at their thresholds, rogue coordinates, noise, a gate that silences."""

from typing import get_args

import numpy as np
import pytest

from latentlab.metrics import Estimate, Gate
from latentlab.metrics.streaming.read_accumulator import Measured
from latentlab.metrics.verdicts.grades import Grade, anisotropy_grade, cone_grade
from latentlab.metrics.verdicts.reading import (
    NoiseReading,
    RogueReading,
    noise_reading,
    read_space,
    rogue_reading,
    rogue_share,
    rogue_variance,
)

NOTHING = Estimate(None)


def at(value, half=0.01):
    return Estimate(value, ci95=(value - half, value + half))


def shards(value, step=0.001):
    """A metric with replicates around it; the standard error is 7 steps."""
    replicates = tuple(value + step * sign for sign in (1, -1) * 25)
    return Measured(Estimate(value), replicates)


GRADES = [
    (at(-0.2), "NONE"),
    (at(0.053), "NONE"),
    (at(0.0899), "NONE"),
    (Estimate(0.09, ci95=(0.08, 0.1)), "NONE TO SLIGHT"),  # touches .1
    (at(0.1), "NONE TO SLIGHT"),
    (at(0.11), "NONE TO SLIGHT"),
    (at(0.1101), "SLIGHT"),
    (at(0.2), "SLIGHT"),
    (at(0.25), "SLIGHT TO MODERATE"),
    (at(0.4), "MODERATE"),
    (at(0.5), "MODERATE TO STRONG"),
    (at(0.617), "STRONG"),
    (at(0.2, 0.11), "INCONCLUSIVE"),  # .09 to .31 holds two
    (at(0.3, 0.5), "INCONCLUSIVE"),
    (Estimate(0.3), "UNDEFINED"),
    (NOTHING, "UNDEFINED"),
]


@pytest.mark.parametrize(("cosine", "verdict"), GRADES)
def test_grades_of_the_cone(cosine, verdict):
    axis = cone_grade(cosine)
    assert axis.verdict == verdict
    assert axis.numbers["thresholds"] == ".1 .25 .5"


@pytest.mark.parametrize(
    ("isoscore", "verdict"),
    [
        (at(0.995), "NONE"),
        (at(1.02), "NONE"),
        (at(0.9), "NONE TO SLIGHT"),
        (at(0.6), "SLIGHT"),
        (at(0.5), "SLIGHT TO MODERATE"),
        (at(0.295), "MODERATE"),
        (at(0.1), "MODERATE TO STRONG"),
        (at(0.05), "STRONG"),
        (at(0.3, 0.25), "INCONCLUSIVE"),
        (NOTHING, "UNDEFINED"),
    ],
)
def test_grades_of_anisotropy(isoscore, verdict):
    assert anisotropy_grade(isoscore).verdict == verdict


def test_the_list_of_grades_is_closed():
    assert {verdict for _, verdict in GRADES} == set(get_args(Grade))


ROGUES = [
    # mean cosine, its share, that of the variance, d
    ((at(0.3), at(0.5), at(0.02), 192), "ROGUE IN COSINE"),
    ((at(0.3), at(0.5), at(0.7), 192), "ROGUE IN BOTH"),
    ((at(0.3), at(0.02), at(0.7), 192), "ROGUE IN VARIANCE"),
    ((at(0.0), at(0.5), at(0.7), 192), "ROGUE IN VARIANCE"),
    ((at(0.0), at(0.5), at(0.02), 192), "NONE"),  # a share of next to nothing
    ((at(0.05), at(0.5), at(0.02), 192), "NONE"),  # clear of zero, and no cone
    ((at(0.1), at(0.5), at(0.02), 192), "NONE"),  # not surely a cone
    ((at(0.3), at(0.02), at(0.02), 192), "NONE"),
    ((at(0.3), at(0.1), at(0.02), 192), "INCONCLUSIVE"),
    ((at(0.3), at(0.5), at(0.1), 192), "ROGUE IN COSINE"),  # one is shown, whatever the other
    ((at(0.0), NOTHING, at(0.1), 192), "INCONCLUSIVE"),
    ((at(0.3), NOTHING, at(0.02), 192), "UNDEFINED"),
    ((at(0.3), at(0.02), NOTHING, 192), "UNDEFINED"),
    ((at(0.3), at(0.5), at(0.3), 20), "ROGUE IN BOTH"),
    ((at(0.0), at(0.5), at(0.24), 20), "INCONCLUSIVE"),  # 5/d = .25
    ((at(0.5), at(0.99), at(0.9), 5), "NOT APPLICABLE"),
    ((at(0.5), at(0.2), at(0.2), 48), "ROGUE IN VARIANCE"),  # .2 of the cosine is nothing special at d = 48
]


@pytest.mark.parametrize(("given", "verdict"), ROGUES)
def test_rogue_coordinates(given, verdict):
    assert rogue_reading(*given).verdict == verdict


def test_the_list_of_rogue_words_is_closed():
    assert {verdict for _, verdict in ROGUES} == set(get_args(RogueReading))


@pytest.mark.parametrize("d", [3, 16, 64])
def test_random_directions_pass_the_threshold_once_in_a_hundred_times(d):
    x = np.random.default_rng(0).standard_normal((40_000, d))
    largest = (x**2 / (x**2).sum(axis=1, keepdims=True)).max(axis=1)
    assert 0.008 < (largest > rogue_share(d)).mean() < 0.0115


def test_a_share_of_the_variance_stands_out_from_five_times_its_even_share():
    assert [rogue_variance(d) for d in (5, 25, 50, 768)] == [1.0, 0.2, 0.1, 0.1]


# Half of z is signal, so white noise makes .3 of 192 dimensions into .632.
NOISES = [
    (shards(0.3), shards(0.31), "NONE"),
    (shards(0.3), shards(0.2), "NONE"),
    (shards(0.3), shards(0.632), "AS WHITE NOISE"),
    (shards(0.3), shards(0.5), "AS WHITE NOISE"),  # rounder than mu, less than white noise
    (shards(0.3), shards(0.75), "SHAPED NOISE"),
    (shards(0.3), shards(0.35), "INCONCLUSIVE"),
    (shards(0.3), shards(0.68, 0.01), "INCONCLUSIVE"),
    (shards(0.3), Measured(Estimate(0.9)), "UNDEFINED"),
    (shards(0.3), Measured(NOTHING), "UNDEFINED"),
]


@pytest.mark.parametrize(("mu", "z", "verdict"), NOISES)
def test_what_noise_does(mu, z, verdict):
    assert noise_reading(mu, z, shards(0.5), 192).verdict == verdict


def test_the_list_of_noise_words_is_closed_and_needs_the_share_of_signal():
    assert {verdict for _, _, verdict in NOISES} == set(get_args(NoiseReading))
    assert noise_reading(shards(0.3), shards(0.9), Measured(NOTHING), 192).verdict == "UNDEFINED"


@pytest.mark.parametrize("verdict", ["COLLAPSED", "NO INFORMATION"])
def test_a_posterior_that_says_nothing_has_no_other_word(verdict):
    measured = {"mean_cosine": Measured(at(0.6))}
    words = read_space(Gate(verdict), measured, measured, d=192)
    assert {axis: reading.verdict for axis, reading in words.items()} == {"gate": verdict}
    assert "prior" in words["gate"].reason


def test_few_active_units_are_read_like_any_others():
    measured = {"mean_cosine": Measured(at(0.6)), "isoscore_debiased": shards(0.3)}
    words = read_space(Gate("FEW ACTIVE UNITS"), measured, d=192)
    assert {axis: reading.verdict for axis, reading in words.items()} == {
        "cone": "STRONG",
        "anisotropy": "UNDEFINED",  # printed without an interval
        "rogue": "UNDEFINED",
    }
    assert "noise" in read_space(Gate("PASSED"), measured, measured, shards(0.5), d=192)
