"""What changed: each verdict is reached, and each boundary is on its side."""

import itertools
import json
import math
from typing import get_args

import numpy as np
import pytest
from scipy import stats

from latentlab.errors import UsageError
from latentlab.metrics import Estimate
from latentlab.metrics.statistics.inference import difference_p, equivalence
from latentlab.metrics.verdicts.grades import anisotropy_grade, cone_grade
from latentlab.metrics.verdicts.verdict import (
    AnisotropyWord,
    Axis,
    Change,
    RogueWord,
    anisotropy_verdict,
    change,
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


@pytest.mark.parametrize(("delta", "verdict"), CHANGES)
def test_change_and_its_mirror(delta, verdict):
    assert change(delta, 0.05) == verdict
    if delta.value is not None:
        low, high = delta.ci95 or (None, None)
        mirrored = Estimate(-delta.value, ci95=None if low is None else (-high, -low))
        assert change(mirrored, 0.05) == MIRROR.get(verdict, verdict)


def test_unchanged_is_equivalence_at_half_of_five_percent():
    words = set()
    for value, se in itertools.product(np.linspace(-0.1, 0.1, 41), (0.001, 0.01, 0.0249, 0.03)):
        delta = Estimate(float(value)).with_se(se)
        verdict = change(delta, 0.05)
        words.add(verdict)
        assert (verdict == "UNCHANGED") == (equivalence(delta, 0.05) < 0.025)
        if verdict in ("REDUCED", "INCREASED"):
            assert difference_p(delta) < 0.05
    assert words == set(get_args(Change)) - {"UNDEFINED"}


@pytest.mark.parametrize("margin", [0.0, -0.05, math.nan])
def test_a_margin_is_positive(margin):
    with pytest.raises(UsageError, match="margin above 0"):
        change(FALL, margin)


def test_the_cone_changes_between_two_grades():
    a, b = (cone_grade(between(low, low + 0.01)) for low in (0.4, 0.01))
    axis = cone_verdict(FALL, a, b)
    assert (axis.verdict, axis.numbers["grade_a"], axis.numbers["grade_b"]) == ("REDUCED", "MODERATE", "NONE")
    assert axis.numbers["thresholds"] == ".1 .25 .5"


@pytest.mark.parametrize(
    ("isoscore", "rank", "verdict"),
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
def test_anisotropy_is_the_mirror_of_isoscore(isoscore, rank, verdict):
    assert anisotropy_verdict(isoscore, rank).verdict == verdict


def test_anisotropy_changes_between_two_grades():
    a, b = (anisotropy_grade(between(low, low + 0.01)) for low in (0.2, 0.95))
    axis = anisotropy_verdict(RISE, RISE, (a, b))
    assert (axis.verdict, axis.numbers["grade_a"], axis.numbers["grade_b"]) == ("REDUCED", "MODERATE", "NONE")
    assert anisotropy_verdict(RISE).verdict == "REDUCED"


CONE, FLAT = between(0.2, 0.3), between(0.0, 0.02)
ROGUES = [
    # changes of the shares of variance and cosine, the two mean cosines
    (FALL, RISE, (FLAT, FLAT), "REDUCED"),
    (SAME, FALL, (CONE, FLAT), "UNCHANGED"),  # B has nothing to share
    (SAME, FALL, (FLAT, CONE), "UNCHANGED"),
    (SAME, FALL, (CONE, CONE), "REDUCED"),
    (SAME, RISE, (CONE, CONE), "INCREASED"),
    (RISE, FALL, (CONE, CONE), "MIXED"),
    (SAME, WIDE, (CONE, CONE), "INCONCLUSIVE"),
    (SAME, FALL, (between(0.1, 0.2), CONE), "UNCHANGED"),  # touches .1: not surely a cone
    (NONE, FALL, (FLAT, FLAT), "UNDEFINED"),
    (NONE, FALL, (CONE, CONE), "UNDEFINED"),
    (RISE, NONE, (NONE, CONE), "INCREASED"),
]


@pytest.mark.parametrize(("variance", "cosine", "cosines", "verdict"), ROGUES)
def test_rogue_shares_of_the_cosine_count_where_both_have_a_cone(variance, cosine, cosines, verdict):
    axis = rogue_verdict(variance, cosine, cosines, ("NONE", "ROGUE IN BOTH"))
    assert axis.verdict == verdict
    assert (axis.numbers["rogue_a"], axis.numbers["rogue_b"]) == ("NONE", "ROGUE IN BOTH")
    assert (axis.numbers["delta_cc_share_top1"] is None) == ("not both" in axis.reason)


def test_the_words_are_the_closed_lists():
    deltas = [FALL, RISE, SAME, WIDE, NONE]
    assert {change(delta, 0.05) for delta in deltas} == set(get_args(Change))
    pairs = list(itertools.product(deltas, repeat=2))
    assert {anisotropy_verdict(*pair).verdict for pair in pairs} == set(get_args(AnisotropyWord))
    few = rogue_verdict(FALL, FALL, (FLAT, FLAT), ("NOT APPLICABLE", "NOT APPLICABLE")).verdict
    assert {verdict for *_, verdict in ROGUES} | {few} == set(get_args(RogueWord))


def test_a_verdict_is_plain_json_with_its_numbers():
    axis = rogue_verdict(SAME, FALL, (FLAT, FLAT), ("NONE", "NONE"))
    assert json.loads(json.dumps(axis.to_json())) == {
        "verdict": "UNCHANGED",
        "numbers": {
            "delta_variance_share_top1": SAME.bare().to_json(),
            "delta_cc_share_top1": None,
            "rogue_a": "NONE",
            "rogue_b": "NONE",
            "margin": 0.05,
        },
        "reason": axis.reason,
    }
    assert isinstance(axis, Axis)
