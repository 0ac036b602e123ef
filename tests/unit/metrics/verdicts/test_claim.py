"""The four answers, the two checks, and the claim: every verdict is reached, what decides is listed."""

import itertools
from typing import get_args

import pytest

from latentlab.metrics import Estimate
from latentlab.metrics.text import table_tests
from latentlab.metrics.verdicts import answers, claim, gate, grades, reading, verdict
from latentlab.metrics.verdicts.answers import (
    Centring,
    ConeGone,
    Control,
    Cost,
    Covariance,
    Decoder,
    centring,
    cone_gone,
    control_as_good,
    cost,
    covariance_rounder,
    decoder_uses,
)
from latentlab.metrics.verdicts.claim import Case, ClaimVerdict
from latentlab.metrics.verdicts.grades import Axis
from latentlab.metrics.verdicts.rules import RULES, markdown, reason_for
from latentlab.metrics.verdicts.white_noise import noisy_isoscore

NONE = Estimate(None)
FALL, RISE = Estimate(-0.3).with_se(0.01), Estimate(0.3).with_se(0.01)
SAME, WIDE = Estimate(0.001).with_se(0.002), Estimate(-0.1).with_se(0.5)


def at(value, half=0.01):
    return Estimate(value, ci95=(value - half, value + half))


GONE = [
    (at(0.976), at(0.0), FALL, "GONE"),
    (at(0.6), at(0.3), FALL, "REDUCED"),
    (at(0.6), at(0.1), FALL, "REDUCED"),  # less, and not shown to be gone
    (at(0.6), at(0.6), SAME, "STILL THERE"),
    (at(0.6), at(0.9), RISE, "GREW"),
    (at(0.0), at(0.9), RISE, "GREW"),
    (at(0.053), at(0.014), SAME, "NO CONE BEFORE"),
    (at(0.053), at(0.014), WIDE, "NO CONE BEFORE"),  # neither has one
    (at(0.053), at(0.1), WIDE, "INCONCLUSIVE"),
    (at(0.1), at(0.0), FALL, "INCONCLUSIVE"),  # was there one?
    (at(0.13), at(0.085), at(-0.04, 0.005), "INCONCLUSIVE"),  # below the threshold, by less than the margin
    (at(0.6), at(0.5), WIDE, "INCONCLUSIVE"),
    (at(0.6), NONE, NONE, "INCONCLUSIVE"),
]


@pytest.mark.parametrize(("a", "b", "delta", "verdict"), GONE)
def test_is_the_cone_gone(a, b, delta, verdict):
    assert cone_gone(a, b, delta).verdict == verdict


CENTRED = [
    ("GONE", Estimate(-0.001), "NOT ROUNDER", "YES"),
    ("GONE", Estimate(-0.001), "ROUNDER", "FOR THE CONE ONLY"),
    ("GONE", Estimate(0.049), "ROUNDER IN Z ONLY", "YES"),
    ("GONE", Estimate(0.05), "ROUNDER", "INCONCLUSIVE"),  # exactly the margin
    ("GONE", Estimate(0.051), "ROUNDER", "NO"),
    ("STILL THERE", Estimate(-0.6), "LESS ROUND", "YES"),  # it would have done better
    ("GONE", Estimate(-0.001), "INCONCLUSIVE", "INCONCLUSIVE"),
    ("GONE", at(0.04, 0.02), "ROUNDER", "INCONCLUSIVE"),
    ("GONE", NONE, "ROUNDER", "INCONCLUSIVE"),
    ("NO CONE BEFORE", Estimate(-0.05), "ROUNDER", "NOT APPLICABLE"),
]


@pytest.mark.parametrize(("gone", "gap", "covariance", "verdict"), CENTRED)
def test_would_centring_have_done_the_same(gone, gap, covariance, verdict):
    assert centring(gone, gap, covariance).verdict == verdict


def axis(verdict):
    return None if verdict is None else Axis(verdict, {}, "")


ROUNDER = [
    # mu, z against white noise, mu at equal width
    ("REDUCED", "REDUCED", None, "ROUNDER"),
    ("REDUCED", "UNCHANGED", None, "ROUNDER"),
    ("UNCHANGED", "REDUCED", None, "ROUNDER IN Z ONLY"),
    ("INCREASED", "REDUCED", None, "ROUNDER IN Z ONLY"),
    ("UNCHANGED", "UNCHANGED", None, "NOT ROUNDER"),
    ("UNCHANGED", "INCONCLUSIVE", None, "NOT ROUNDER"),
    ("UNCHANGED", None, None, "NOT ROUNDER"),
    ("INCREASED", "UNCHANGED", None, "LESS ROUND"),
    ("MIXED", "REDUCED", None, "MIXED"),
    ("INCONCLUSIVE", "REDUCED", None, "INCONCLUSIVE"),
    ("UNDEFINED", None, None, "INCONCLUSIVE"),
    ("REDUCED", None, "REDUCED", "ROUNDER"),
    ("REDUCED", None, "UNCHANGED", "NOT ROUNDER"),  # a narrower space left the empty dimensions out
    ("UNCHANGED", None, "REDUCED", "INCONCLUSIVE"),
    ("INCREASED", None, "INCREASED", "LESS ROUND"),
]


@pytest.mark.parametrize(("mu", "z", "narrow", "verdict"), ROUNDER)
def test_is_the_covariance_rounder(mu, z, narrow, verdict):
    assert covariance_rounder(axis(mu), axis(z), axis(narrow)).verdict == verdict


COSTS = [
    ((None, None, None), "NOT MEASURED"),
    ((at(0.81), at(0.71), at(-0.1)), "COSTS"),
    ((at(0.81), at(0.41), at(-0.4)), "COSTS"),
    ((at(0.81), at(0.4), at(-0.41)), "LOST"),
    ((at(0.81), at(0.0), at(-0.81)), "LOST"),
    ((at(0.81), at(0.8), at(-0.01)), "NO COST"),
    ((at(0.81), at(0.9), at(0.09)), "BETTER"),
    ((at(0.81), at(0.76), at(-0.05, 0.04)), "INCONCLUSIVE"),
    ((at(0.0), at(0.0), at(0.0)), "INCONCLUSIVE"),  # where nothing comes back, nothing is lost
    ((NONE, at(0.0), NONE), "INCONCLUSIVE"),
]


@pytest.mark.parametrize(("scores", "verdict"), COSTS)
def test_at_what_cost(scores, verdict):
    assert cost(*scores, margin=0.05).verdict == verdict


def test_does_the_decoder_use_z():
    words = {gap: decoder_uses(gap).verdict for gap in (RISE, SAME, FALL, WIDE, NONE)}
    assert list(words.values()) == [
        *("USES Z", "DECODER IGNORES Z", "INCONCLUSIVE", "INCONCLUSIVE", "UNDEFINED")
    ]
    assert set(words.values()) == set(get_args(Decoder))


CONTROLS = [
    (None, None, "NOT COMPARED"),
    (SAME, SAME, "AS GOOD"),
    (FALL, FALL, "AS GOOD"),  # better than B
    (RISE, SAME, "NOT AS GOOD"),
    (SAME, RISE, "NOT AS GOOD"),
    (WIDE, RISE, "NOT AS GOOD"),
    (SAME, WIDE, "INCONCLUSIVE"),
    (NONE, SAME, "INCONCLUSIVE"),
]


@pytest.mark.parametrize(("cosine", "isoscore", "verdict"), CONTROLS)
def test_is_the_control_as_good(cosine, isoscore, verdict):
    assert control_as_good(cosine, isoscore).verdict == verdict


def test_every_word_of_the_answers_is_reached():
    for cases, words in (
        (GONE, ConeGone),
        (CENTRED, Centring),
        (ROUNDER, Covariance),
        (COSTS, Cost),
        (CONTROLS, Control),
    ):
        assert {case[-1] for case in cases} == set(get_args(words))


@pytest.mark.parametrize(("share", "value"), [(1.0, 0.3), (0.5, 0.6320), (0.05, 0.9939)])
def test_white_noise_in_closed_form(share, value):
    assert noisy_isoscore(0.3, share, 192) == pytest.approx(value, abs=2e-3)


def test_white_noise_is_a_shift_of_every_eigenvalue():
    import numpy as np

    spectrum, d = np.linspace(0.1, 3, 50), 50

    def isoscore(values):
        return (values.sum() ** 2 / (values**2).sum() - 1) / (d - 1)

    for noise in (0.0, 0.3, 4.0):
        share = spectrum.sum() / (spectrum.sum() + d * noise)
        assert noisy_isoscore(isoscore(spectrum), share, d) == pytest.approx(isoscore(spectrum + noise))
    assert noisy_isoscore(0.3, 0.0, 9) is noisy_isoscore(None, 0.5, 9) is noisy_isoscore(0.3, None, 9) is None
    assert noisy_isoscore(0.3, 0.5, 1) is None


# The claim


def case(gate="PASSED", gone="GONE", covariance="ROUNDER", **more):
    return Case(gate, gone, covariance, **more)


CLAIMS = [
    (case(cost="NO COST", control="NOT AS GOOD"), "SUPPORTED"),
    (case(cost="BETTER", control="NOT AS GOOD", decoder="USES Z"), "SUPPORTED"),
    (case("FEW ACTIVE UNITS", cost="NO COST", control="NOT AS GOOD"), "SUPPORTED"),
    (case(cost="COSTS", control="NOT AS GOOD"), "SUPPORTED AT A COST"),
    (case(control="NOT AS GOOD"), "SUPPORTED IN GEOMETRY"),
    (case(cost="NO COST"), "SUPPORTED, NO CONTROL"),
    (case(cost="COSTS"), "SUPPORTED AT A COST, NO CONTROL"),
    (case(), "SUPPORTED IN GEOMETRY, NO CONTROL"),
    (case(gone="NO CONE BEFORE", cost="NO COST", control="NOT AS GOOD"), "SUPPORTED, NO CONE BEFORE"),
    (case(gone="NO CONE BEFORE", cost="NO COST"), "SUPPORTED, NO CONE BEFORE, NO CONTROL"),
    (case(gone="NO CONE BEFORE", cost="COSTS"), "SUPPORTED AT A COST, NO CONE BEFORE, NO CONTROL"),
    (case(gone="NO CONE BEFORE"), "SUPPORTED IN GEOMETRY, NO CONE BEFORE, NO CONTROL"),
    (case(gone="REDUCED", cost="NO COST"), "PARTLY SUPPORTED"),
    (case(gone="STILL THERE", cost="NO COST"), "COVARIANCE ONLY"),
    (case(covariance="NOT ROUNDER", cost="NO COST"), "MEAN-SHIFT ONLY"),
    (case(gone="REDUCED", covariance="NOT ROUNDER"), "MEAN-SHIFT ONLY"),
    (case(gone="STILL THERE", covariance="NOT ROUNDER"), "NOT SUPPORTED"),
    (case(gone="NO CONE BEFORE", covariance="NOT ROUNDER"), "NOT SUPPORTED"),
    (case(covariance="LESS ROUND"), "NOT SUPPORTED"),
    (case(covariance="MIXED"), "NOT SUPPORTED"),
    (case(gone="GREW"), "NOT SUPPORTED"),
    (case(cost="LOST"), "NOT SUPPORTED"),
    (case(cost="NO COST", decoder="DECODER IGNORES Z"), "NOT SUPPORTED"),
    (case(covariance="ROUNDER IN Z ONLY", cost="NO COST"), "NOISE-INDUCED"),
    (case(cost="NO COST", control="AS GOOD"), "NOT THE BOTTLENECK"),
    (case(cost="NO COST", signal_share=0.995), "NOT THE BOTTLENECK"),
    (case("LOW INFORMATION", cost="NO COST", control="NOT AS GOOD"), "SUPPORTED"),
    (case("LOW INFORMATION", control="NOT AS GOOD"), "INCONCLUSIVE"),
    (case("LOW INFORMATION", covariance="LESS ROUND"), "NOT SUPPORTED"),
    (case("COLLAPSED", cost="NO COST"), "COLLAPSED"),
    (case("NO INFORMATION", cost="NO COST"), "NO INFORMATION"),
    (case("NOT APPLICABLE", cost="NO COST"), "NOT APPLICABLE"),
    (case(cost="NO COST", cone_before="NONE", anisotropy_before="NONE"), "NOT APPLICABLE"),
    (case(cost="NO COST", cone_before="NONE", anisotropy_before="NONE TO SLIGHT"), "SUPPORTED, NO CONTROL"),
    (case(cost="INCONCLUSIVE"), "INCONCLUSIVE"),
    (case(gone="INCONCLUSIVE", cost="NO COST"), "INCONCLUSIVE"),
    (case(covariance="INCONCLUSIVE", cost="NO COST"), "INCONCLUSIVE"),
    (case(cost="NO COST", control="INCONCLUSIVE"), "INCONCLUSIVE"),
    (case(cost="NO COST", decoder="INCONCLUSIVE"), "INCONCLUSIVE"),
]


@pytest.mark.parametrize(("given", "verdict"), CLAIMS)
def test_the_claim(given, verdict):
    assert claim.claim(given).verdict == verdict


def test_only_a_cure_is_supported_whatever_else_is_said():
    """SUPPORTED needs every answer; any other verdict for one of them takes it away."""
    parts = [get_args(words) for words in (ConeGone, Covariance, Cost, Control)]
    for words in itertools.product(("PASSED", "NO INFORMATION"), *parts, (None, "USES Z", "INCONCLUSIVE")):
        got = claim.claim(Case(*words[:5], decoder=words[5])).verdict
        cured = (
            words[0] == "PASSED"
            and words[1:3] == ("GONE", "ROUNDER")
            and words[3] in ("NO COST", "BETTER")
            and words[4] == "NOT AS GOOD"
            and words[5] in (None, "USES Z")
        )
        assert (got == "SUPPORTED") == cured, words


def test_a_claim_says_what_it_rests_on():
    told = claim.claim(case(cost="NO COST", centring="FOR THE CONE ONLY")).reason
    assert "centring: FOR THE CONE ONLY; control with beta = 0: NOT COMPARED" in told
    assert "whitened by hand" in told
    assert "random codes" in claim.claim(case(control="NOT AS GOOD")).reason
    assert claim.claim(case(cost="INCONCLUSIVE")).reason.endswith("here: cost INCONCLUSIVE")
    assert claim.claim(case(gone="GREW")).reason.endswith("covariance ROUNDER, control NOT COMPARED")
    told = claim.claim(case("LOW INFORMATION")).reason
    assert told.endswith(
        "gate LOW INFORMATION, cost NOT MEASURED: random codes of so little would do the same"
    )
    assert "anisotropy NONE" in claim.claim(case(cone_before="NONE", anisotropy_before="NONE")).reason


# The table of rules


def test_the_table_has_a_rule_for_every_word_and_no_other():
    lists = {
        "gate": gate.GateVerdict,
        "cone": grades.Grade,
        "anisotropy": grades.Grade,
        "rogue": reading.RogueReading,
        "noise": reading.NoiseReading,
        "change": verdict.RogueWord,
        "change of anisotropy": verdict.AnisotropyWord,
        "cone gone": answers.ConeGone,
        "centring": answers.Centring,
        "covariance": answers.Covariance,
        "cost": answers.Cost,
        "decoder": answers.Decoder,
        "control": answers.Control,
        "claim": ClaimVerdict,
        "memorisation": table_tests.TableVerdict,
    }
    found = [(rule.axis, rule.verdict) for rule in RULES]
    assert len(set(found)) == len(found)
    assert set(found) == {(key, verdict) for key, words in lists.items() for verdict in _words(words)}
    assert reason_for("gate", "COLLAPSED").endswith("the posterior is the prior")
    assert [rule.axis for rule in RULES if "the posterior is the prior" in rule.when] == ["gate"]
    assert markdown().count("\n") == len(RULES) + 2


def _words(literal):
    return [verdict for part in get_args(literal) for verdict in (get_args(part) or [part])]
