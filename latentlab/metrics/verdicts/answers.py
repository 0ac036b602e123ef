"""Four questions to a bottleneck that is set against its baseline, and two checks; each has its own word.

Is the cone gone? Would centring have done the same? Is the covariance rounder, in mu and not only in z? What
did it cost? Then: does the decoder use z, and is a control without a bottleneck as good? The rules are
`rules.ANSWERS`.
"""

from typing import Literal

from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.verdicts.grades import Axis, Numbers
from latentlab.metrics.verdicts.rules import reason_for
from latentlab.metrics.verdicts.thresholds import CONE_FROM, LOST_BELOW, MARGIN
from latentlab.metrics.verdicts.verdict import AnisotropyWord, Change, change

ConeGone = Literal["GONE", "REDUCED", "NO CONE BEFORE", "STILL THERE", "GREW", "INCONCLUSIVE"]
Centring = Literal["YES", "FOR THE CONE ONLY", "NO", "NOT APPLICABLE", "INCONCLUSIVE"]
Covariance = Literal["ROUNDER", "ROUNDER IN Z ONLY", "NOT ROUNDER", "LESS ROUND", "MIXED", "INCONCLUSIVE"]
Cost = Literal["NO COST", "COSTS", "LOST", "BETTER", "NOT MEASURED", "INCONCLUSIVE"]
Decoder = Literal["USES Z", "DECODER IGNORES Z", "INCONCLUSIVE", "UNDEFINED"]
Control = Literal["AS GOOD", "NOT AS GOOD", "NOT COMPARED", "INCONCLUSIVE"]

_ROUNDER: dict[AnisotropyWord, Covariance] = {
    "REDUCED": "ROUNDER",
    "INCREASED": "LESS ROUND",
    "UNCHANGED": "NOT ROUNDER",
    "MIXED": "MIXED",
}


def cone_gone(
    cosine_a: Estimate, cosine_b: Estimate, delta: Estimate, *, margin: float = MARGIN
) -> Axis[ConeGone]:
    """Is the cone gone?

    >>> a, b = Estimate(0.976).with_se(0.001), Estimate(0.0).with_se(0.001)
    >>> cone_gone(a, b, Estimate(-0.976).with_se(0.001)).verdict
    'GONE'
    """
    changed = change(delta, margin)
    before, after = _cone(cosine_a), _cone(cosine_b)
    word: ConeGone
    if changed == "INCREASED":
        word = "GREW"
    elif before is False and (changed != "INCONCLUSIVE" or after is False):
        word = "NO CONE BEFORE"
    elif not before or changed in ("INCONCLUSIVE", "UNDEFINED"):
        word = "INCONCLUSIVE"
    elif changed == "REDUCED":
        word = "GONE" if after is False else "REDUCED"
    else:
        # From above the first threshold to below it, by less than the margin: neither gone nor still there.
        word = "INCONCLUSIVE" if after is False else "STILL THERE"
    numbers: Numbers = {
        "mean_cosine_a": cosine_a,
        "mean_cosine_b": cosine_b,
        "delta": delta,
        "cone_from": CONE_FROM[0],
        "margin": margin,
    }
    return Axis(word, numbers, reason_for("cone gone", word))


def centring(
    gone: ConeGone, centred_gap: Estimate, covariance: Covariance, *, margin: float = MARGIN
) -> Axis[Centring]:
    """Would centring have done the same?

    `centred_gap` is the mean cosine of the centred baseline − that of B. A gap without an interval counts by
    its value: the centred cosine has none. The rule has one side: a centred cloud that is lower than B has
    done as much.

    >>> [centring("GONE", Estimate(gap), "ROUNDER").verdict for gap in (-0.001, 0.3)]
    ['FOR THE CONE ONLY', 'NO']
    """
    numbers: Numbers = {"centred_gap": centred_gap, "margin": margin}
    word: Centring
    if gone == "NO CONE BEFORE":
        word = "NOT APPLICABLE"
    elif (as_low := _below(centred_gap, margin)) is None:
        word = "INCONCLUSIVE"
    elif not as_low:
        word = "NO"
    elif covariance == "INCONCLUSIVE":
        word = "INCONCLUSIVE"
    else:
        word = "FOR THE CONE ONLY" if covariance == "ROUNDER" else "YES"
    return Axis(word, numbers, reason_for("centring", word))


def covariance_rounder(
    mu: Axis[AnisotropyWord],
    z: Axis[AnisotropyWord] | None,
    at_equal_width: Axis[AnisotropyWord] | None = None,
) -> Axis[Covariance]:
    """Is the covariance rounder, in mu and not only in z?

    `z` is set against mu of A plus white noise of B's signal-to-noise ratio; None where that cannot be said.
    Where the widths differ, mu has to be rounder on as many principal axes too: `at_equal_width`.

    >>> rounder, same = Axis("REDUCED", {}, ""), Axis("UNCHANGED", {}, "")
    >>> covariance_rounder(same, rounder).verdict, covariance_rounder(rounder, None, same).verdict
    ('ROUNDER IN Z ONLY', 'NOT ROUNDER')
    """
    numbers: dict[str, Estimate | float | str | None] = {
        "anisotropy_of_mu": mu.verdict,
        "delta_isoscore_debiased_mu": mu.numbers.get("delta_isoscore_debiased"),
        "anisotropy_of_z_against_white_noise": None if z is None else z.verdict,
        "delta_isoscore_debiased_z": None if z is None else z.numbers.get("delta_isoscore_debiased"),
        "margin": mu.numbers.get("margin"),
    }
    word = _ROUNDER.get(mu.verdict, "INCONCLUSIVE")
    if at_equal_width is not None:
        narrow = _ROUNDER.get(at_equal_width.verdict, "INCONCLUSIVE")
        numbers |= {"anisotropy_at_equal_width": at_equal_width.verdict}
        word = "INCONCLUSIVE" if narrow == "ROUNDER" and word != "ROUNDER" else narrow
    if word in ("NOT ROUNDER", "LESS ROUND") and z is not None and z.verdict == "REDUCED":
        word = "ROUNDER IN Z ONLY"
    return Axis(word, numbers, reason_for("covariance", word))


def cost(a: Estimate | None, b: Estimate | None, delta: Estimate | None, *, margin: float) -> Axis[Cost]:
    """What did it cost, of a score for which higher is better, such as the exact match of reconstruction?

    LOST where less than half of A's score is left: a space of random codes may be as round as it likes. Where
    A itself has less than the margin there is nothing to lose, and nothing is shown.

    >>> cost(Estimate(0.81), Estimate(0.71), Estimate(-0.1).with_se(0.02), margin=0.05).verdict
    'COSTS'
    """
    numbers: Numbers = {"a": a, "b": b, "delta": delta, "lost_below": LOST_BELOW, "margin": margin}
    word: Cost = "INCONCLUSIVE"
    if a is None or b is None or delta is None:
        word = "NOT MEASURED"
    elif a.value is not None and b.value is not None:
        changed = change(delta, margin)
        if changed == "REDUCED":
            word = "LOST" if b.value < LOST_BELOW * a.value else "COSTS"
        elif changed == "INCREASED":
            word = "BETTER"
        elif changed == "UNCHANGED" and a.value >= margin:
            word = "NO COST"
    return Axis(word, numbers, reason_for("cost", word))


def decoder_uses(own_less_other: Estimate, *, margin: float = MARGIN) -> Axis[Decoder]:
    """Whether what is written for a sentence is nearer to that sentence than to another one.

    >>> decoder_uses(Estimate(0.0).with_se(0.001)).verdict
    'DECODER IGNORES Z'
    """
    words: dict[Change, Decoder] = {
        "INCREASED": "USES Z",
        "UNCHANGED": "DECODER IGNORES Z",
        "UNDEFINED": "UNDEFINED",
    }
    word = words.get(change(own_less_other, margin), "INCONCLUSIVE")
    return Axis(word, {"own_less_other": own_less_other, "margin": margin}, reason_for("decoder", word))


def control_as_good(
    cosine_gap: Estimate | None, isoscore_gap: Estimate | None, *, margin: float = MARGIN
) -> Axis[Control]:
    """Whether a control without a bottleneck does as much: its cosine − B's, and B's IsoScore − its own.

    >>> control_as_good(Estimate(0.3).with_se(0.01), Estimate(0.0).with_se(0.01)).verdict
    'NOT AS GOOD'
    """
    numbers: Numbers = {
        "control_less_b_cosine": cosine_gap,
        "b_less_control_isoscore": isoscore_gap,
        "margin": margin,
    }
    word: Control = "NOT COMPARED"
    if cosine_gap is not None and isoscore_gap is not None:
        sides = (_below(cosine_gap, margin), _below(isoscore_gap, margin))
        word = "NOT AS GOOD" if False in sides else "INCONCLUSIVE" if None in sides else "AS GOOD"
    return Axis(word, numbers, reason_for("control", word))


def _cone(cosine: Estimate) -> bool | None:
    """Whether there is one; None where the interval holds the first threshold."""
    if cosine.value is None or cosine.ci95 is None:
        return None
    low, high = cosine.ci95
    return True if low > CONE_FROM[0] else False if high < CONE_FROM[0] else None


def _below(gap: Estimate, margin: float) -> bool | None:
    """On which side of the margin its interval lies, or its value where there is none."""
    if gap.value is None:
        return None
    low, high = gap.ci95 or (gap.value, gap.value)
    return True if high < margin else False if low > margin else None
