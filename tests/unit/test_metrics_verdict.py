"""The words: each is reached, each boundary is on its side, and the table of claims is what is coded."""

import itertools
import json
import math
from typing import get_args

import numpy as np
import pytest
from scipy import stats

from latentlab.errors import UsageError
from latentlab.metrics import Estimate, mean_cosine, mean_cosine_centred, verdict
from latentlab.metrics.gate import Word as GateWord
from latentlab.metrics.inference import difference_p, equivalence
from latentlab.metrics.verdict import (
    MARGIN,
    AnisotropyWord,
    Axis,
    Change,
    ClaimWord,
    ConeWord,
    RogueWord,
    anisotropy_verdict,
    change,
    claim,
    cone_verdict,
    rogue_verdict,
)

FALL, RISE = Estimate(-0.3).with_se(0.01), Estimate(0.3).with_se(0.01)
SAME, WIDE = Estimate(0.001).with_se(0.002), Estimate(-0.1).with_se(0.5)
NONE = Estimate(None, note="not measured")


def between(low, high, value=None):
    return Estimate((low + high) / 2 if value is None else value, ci95=(low, high))


@pytest.mark.parametrize("value", [-0.31, -0.05, 0.0, 0.02, 0.05, 0.4])
def test_normal_p_values_against_scipy(value):
    estimate, margin = Estimate(value).with_se(0.03), 0.05
    assert difference_p(estimate) == pytest.approx(2 * stats.norm.sf(abs(value) / 0.03))
    below = stats.norm.sf((value + margin) / 0.03)
    above = stats.norm.cdf((value - margin) / 0.03)
    assert equivalence(estimate, margin) == pytest.approx(max(below, above))


def test_equivalence_holds_its_level_at_the_margin():
    values = np.random.default_rng(0).normal(0.05, 0.01, size=2000)
    p = np.array([equivalence(Estimate(float(value), se=0.01), 0.05) for value in values])
    assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.02)


def test_normal_p_values_without_error_or_spread():
    for estimate in (Estimate(None), Estimate(0.3)):
        assert difference_p(estimate) is equivalence(estimate, 0.05) is None
    points = [Estimate(value, se=0.0) for value in (0.0, 0.04, 0.05, -0.2)]
    assert [difference_p(point) for point in points] == [1, 0, 0, 0]
    assert [equivalence(point, 0.05) for point in points] == [0, 0, 1, 1]
    for margin in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(UsageError, match="margin above 0"):
            equivalence(points[0], margin)


CHANGES = [
    (between(-0.4, -0.2), "REDUCED"),
    (between(-0.4, -1e-12), "REDUCED"),
    (between(-0.4, 0.0), "INCONCLUSIVE"),  # touches 0
    (between(-0.09, -0.01, value=-0.05), "INCONCLUSIVE"),  # exactly the margin
    (between(-0.09, -0.01, value=-0.0501), "REDUCED"),
    (between(-0.049, -0.01), "UNCHANGED"),  # shown, and shown to be small
    (between(-0.06, -0.01), "INCONCLUSIVE"),  # shown, but neither small nor larger than the margin
    (between(-0.049, 0.049), "UNCHANGED"),
    (between(-0.05, 0.04), "INCONCLUSIVE"),  # touches the margin
    (between(-0.04, 0.05), "INCONCLUSIVE"),
    (between(-0.2, 0.2), "INCONCLUSIVE"),
    (Estimate(0.0).with_se(0.0), "UNCHANGED"),
    (Estimate(-0.2).with_se(0.0), "REDUCED"),
    (Estimate(-0.2), "UNDEFINED"),  # no interval
    (NONE, "UNDEFINED"),
]
MIRROR = {"REDUCED": "INCREASED", "INCREASED": "REDUCED"}


@pytest.mark.parametrize(("delta", "word"), CHANGES)
def test_change_and_its_mirror(delta, word):
    assert change(delta, 0.05) == word
    if delta.value is not None:
        low, high = delta.ci95 or (None, None)
        mirrored = Estimate(-delta.value, ci95=None if low is None else (-high, -low))
        assert change(mirrored, 0.05) == MIRROR.get(word, word)


def test_unchanged_is_equivalence_at_half_of_five_percent():
    words = set()
    for value, se in itertools.product(np.linspace(-0.1, 0.1, 41), (0.001, 0.01, 0.0249, 0.03)):
        delta = Estimate(float(value)).with_se(se)
        word = change(delta, 0.05)
        words.add(word)
        assert (word == "UNCHANGED") == (equivalence(delta, 0.05) < 0.025)
        if word in ("REDUCED", "INCREASED"):
            assert difference_p(delta) < 0.05
    assert words == set(get_args(Change)) - {"UNDEFINED"}


@pytest.mark.parametrize("margin", [0.0, -0.05, math.nan])
def test_a_margin_is_positive(margin):
    for call in (lambda: change(FALL, margin), lambda: cone_verdict(FALL, margin=margin)):
        with pytest.raises(UsageError, match="margin above 0"):
            call()


@pytest.mark.parametrize(
    ("centred", "control", "word"),
    [
        (None, None, "REDUCED"),
        (NONE, NONE, "REDUCED"),  # nothing to compare with
        (Estimate(0.001), None, "MEAN-SHIFT ONLY"),
        (Estimate(-0.2), None, "MEAN-SHIFT ONLY"),  # centring does better: not less of a reason
        (Estimate(0.049), None, "MEAN-SHIFT ONLY"),
        (Estimate(0.05), None, "INCONCLUSIVE"),  # exactly the margin
        (Estimate(0.051), None, "REDUCED"),
        (None, between(-0.01, 0.049), "MEAN-SHIFT ONLY"),
        (None, between(-0.01, 0.05), "INCONCLUSIVE"),
        (None, between(0.05, 0.4), "INCONCLUSIVE"),
        (None, between(0.051, 0.4), "REDUCED"),
        (Estimate(0.2), between(0.0, 0.4), "INCONCLUSIVE"),
        (Estimate(0.0), between(0.0, 0.4), "MEAN-SHIFT ONLY"),
        (Estimate(0.2), between(-0.02, 0.02), "MEAN-SHIFT ONLY"),
    ],
)
def test_cone_against_what_is_simpler(centred, control, word):
    axis = cone_verdict(FALL, centred_gap=centred, control_gap=control)
    assert axis.word == word
    # Only a reduction can be downgraded.
    for delta in (RISE, SAME, WIDE, NONE):
        assert cone_verdict(delta, centred_gap=centred, control_gap=control).word == change(delta, MARGIN)


def test_cone_says_what_it_was_compared_with():
    axis = cone_verdict(FALL, centred_gap=Estimate(0.3), control_gap=between(0.0, 0.01))
    assert axis.because == "as low without the treatment: control_gap"
    assert "nothing simpler" in cone_verdict(FALL).because
    kept = cone_verdict(FALL, centred_gap=Estimate(0.3), control_gap=NONE)
    assert kept.because.endswith("higher without the treatment: centred_gap")


def test_a_mean_shift_is_called_one_however_far_it_goes():
    # The treatment takes away a share of the mean vector and does nothing else.
    x = np.random.default_rng(0).standard_normal((400, 16)) + 1
    centred = mean_cosine_centred(x).value
    for share in (0.5, 0.7, 0.9, 1.0):
        treated = mean_cosine(x - share * x.mean(axis=0)).value
        delta = Estimate(treated - mean_cosine(x).value).with_se(0.01)
        assert cone_verdict(delta, centred_gap=Estimate(centred - treated)).word == "MEAN-SHIFT ONLY"
    # A rule with two sides would have let the smaller shift pass for more than a shift.
    assert abs(centred - mean_cosine(x - 0.5 * x.mean(axis=0)).value) > MARGIN


@pytest.mark.parametrize(
    ("isoscore", "rank", "word"),
    [
        (RISE, RISE, "REDUCED"),
        (RISE, SAME, "REDUCED"),
        (RISE, NONE, "REDUCED"),
        (RISE, Estimate(-0.3), "REDUCED"),  # no interval, so no contradiction
        (RISE, between(-0.1, 0.0), "REDUCED"),  # touches 0
        (RISE, between(-0.1, -1e-9), "MIXED"),
        (RISE, between(-0.002, -0.001), "MIXED"),  # by however little
        (FALL, FALL, "INCREASED"),
        (FALL, between(0.0, 0.1), "INCREASED"),
        (FALL, between(1e-9, 0.1), "MIXED"),
        (SAME, FALL, "UNCHANGED"),
        (WIDE, FALL, "INCONCLUSIVE"),
        (NONE, FALL, "UNDEFINED"),
        (between(0.01, 0.09), FALL, "INCONCLUSIVE"),  # exactly the margin
    ],
)
def test_anisotropy_is_the_mirror_of_isoscore(isoscore, rank, word):
    assert anisotropy_verdict(isoscore, rank).word == word


@pytest.mark.parametrize(
    ("cosine", "word"),
    [
        (between(0.01, 0.2), "REDUCED"),
        (between(-0.2, -0.01), "REDUCED"),
        (between(0.0, 0.2), "NOT APPLICABLE"),  # touches 0
        (between(-0.1, 0.2), "NOT APPLICABLE"),
        (Estimate(0.4), "NOT APPLICABLE"),  # no interval
        (NONE, "NOT APPLICABLE"),
    ],
)
def test_rogue_needs_a_cosine_to_share(cosine, word):
    assert rogue_verdict(FALL, cosine).word == word
    for delta in (RISE, SAME, WIDE, NONE):
        expected = word if word == "NOT APPLICABLE" else change(delta, MARGIN)
        assert rogue_verdict(delta, cosine).word == expected


def table():
    """The rows of the module's docstring, as sets of words."""
    lines = [line.strip("| ") for line in verdict.__doc__.splitlines() if line.startswith("| ")]
    words = {"open": ["INCONCLUSIVE", "UNDEFINED"]}
    for line in lines[1:]:
        cells = [cell.strip() for cell in line.split("|")]
        yield [[w for part in cell.split(", ") for w in words.get(part, [part])] for cell in cells]


def test_every_claim_is_the_first_row_of_the_table_that_fits():
    rows, used = list(table()), set()
    options = [get_args(GateWord), get_args(ConeWord), get_args(AnisotropyWord)]
    options += [(*get_args(AnisotropyWord), None), (*get_args(Change), None)]
    for words in itertools.product(*options):
        fits = [
            i
            for i, row in enumerate(rows)
            if all(cell == ["-"] or word in cell for cell, word in zip(row[:5], words, strict=True))
        ]
        used.add(fits[0])
        assert [claim(*words).word] == rows[fits[0]][5], words
    assert used == set(range(len(rows)))
    assert {row[5][0] for row in rows} == set(get_args(ClaimWord))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("COLLAPSED", "REDUCED", "REDUCED", "REDUCED", "UNCHANGED"), "COLLAPSED"),
        (("NOT APPLICABLE", "REDUCED", "REDUCED", None, "UNCHANGED"), "NOT APPLICABLE"),
        (("PASSED", "REDUCED", "REDUCED", "REDUCED", "UNCHANGED"), "SUPPORTED ON MU"),
        (("PASSED", "REDUCED", "REDUCED", None, "INCREASED"), "SUPPORTED ON MU"),
        (("PASSED", "REDUCED", "REDUCED", "REDUCED", "REDUCED"), "NOT SUPPORTED"),
        (("PASSED", "REDUCED", "REDUCED", "REDUCED", "INCONCLUSIVE"), "INCONCLUSIVE"),
        (("PASSED", "INCONCLUSIVE", "REDUCED", "REDUCED", None), "INCONCLUSIVE"),
        (("PASSED", "REDUCED", "INCONCLUSIVE", "REDUCED", None), "INCONCLUSIVE"),
        (("PASSED", "REDUCED", "MIXED", "UNCHANGED", None), "NOT SUPPORTED"),
        (("PASSED", "UNCHANGED", "UNCHANGED", "REDUCED", None), "NOISE-INDUCED"),
        (("PASSED", "REDUCED", "UNCHANGED", "UNCHANGED", None), "MEAN-SHIFT ONLY"),
        (("PASSED", "MEAN-SHIFT ONLY", "REDUCED", "REDUCED", None), "COVARIANCE ONLY"),
        (("PASSED", "UNCHANGED", "UNCHANGED", "UNCHANGED", None), "NOT SUPPORTED"),
    ],
)
def test_claims_as_they_were_meant(words, expected):
    assert claim(*words).word == expected


def test_a_claim_shows_the_words_behind_it_unless_collapsed():
    assert claim("COLLAPSED", "REDUCED", "REDUCED", "REDUCED").numbers == {"gate": "COLLAPSED"}
    axis = claim("PASSED", "REDUCED", "REDUCED", None)
    assert "not measured" in axis.because
    assert axis.numbers["cone"] == axis.numbers["anisotropy_on_mu"] == "REDUCED"


def test_the_words_are_the_closed_list():
    gaps = [None, Estimate(0.0), between(-0.1, 0.4)]
    deltas = [FALL, RISE, SAME, WIDE, NONE]
    assert {change(delta, MARGIN) for delta in deltas} == set(get_args(Change))
    cones = {cone_verdict(delta, control_gap=gap).word for delta in deltas for gap in gaps}
    assert cones == set(get_args(ConeWord))
    pairs = list(itertools.product(deltas, repeat=2))
    assert {anisotropy_verdict(*pair).word for pair in pairs} == set(get_args(AnisotropyWord))
    assert {rogue_verdict(*pair).word for pair in pairs} == set(get_args(RogueWord))


def test_a_verdict_is_plain_json_with_its_numbers():
    axis = rogue_verdict(FALL, SAME)
    assert json.loads(json.dumps(axis.to_json())) == {
        "word": "NOT APPLICABLE",
        "numbers": {
            "delta_cc_share_top1": FALL.to_json(),
            "baseline_mean_cosine": SAME.to_json(),
            "margin": 0.05,
        },
        "because": axis.because,
    }
    assert isinstance(axis, Axis)
