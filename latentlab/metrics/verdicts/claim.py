"""The claim that a variational bottleneck cures anisotropy: the first rule of `rules.CLAIM` that fits.

A perfect cure beside a control without a bottleneck that is not as good gets SUPPORTED; without a control it
gets SUPPORTED, NO CONTROL, for a baseline that was whitened by hand gives the same numbers. What only looks
like a cure gets neither: a shift of the mean, noise in z, a posterior that says nothing, a decoder that
writes nothing, a control that is as good.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from latentlab.metrics.verdicts.answers import Centring, ConeGone, Control, Cost, Covariance, Decoder
from latentlab.metrics.verdicts.gate import GateVerdict
from latentlab.metrics.verdicts.grades import Axis, Grade
from latentlab.metrics.verdicts.rules import NO_CONE, NO_CONTROL, reason_for
from latentlab.metrics.verdicts.thresholds import POINT_SHARE

ClaimVerdict = Literal[
    "COLLAPSED",
    "NO INFORMATION",
    "NOT APPLICABLE",
    "NOISE-INDUCED",
    "NOT SUPPORTED",
    "MEAN-SHIFT ONLY",
    "NOT THE BOTTLENECK",
    "COVARIANCE ONLY",
    "PARTLY SUPPORTED",
    "SUPPORTED",
    "SUPPORTED, NO CONTROL",
    "SUPPORTED, NO CONE BEFORE",
    "SUPPORTED, NO CONE BEFORE, NO CONTROL",
    "SUPPORTED AT A COST",
    "SUPPORTED AT A COST, NO CONTROL",
    "SUPPORTED AT A COST, NO CONE BEFORE",
    "SUPPORTED AT A COST, NO CONE BEFORE, NO CONTROL",
    "SUPPORTED IN GEOMETRY",
    "SUPPORTED IN GEOMETRY, NO CONTROL",
    "SUPPORTED IN GEOMETRY, NO CONE BEFORE",
    "SUPPORTED IN GEOMETRY, NO CONE BEFORE, NO CONTROL",
    "INCONCLUSIVE",
]
_BY_COST: dict[Cost, str] = {
    "NO COST": "SUPPORTED",
    "BETTER": "SUPPORTED",
    "COSTS": "SUPPORTED AT A COST",
    "NOT MEASURED": "SUPPORTED IN GEOMETRY",
}
_WORDS = {str(word): word for word in get_args(ClaimVerdict)}


@dataclass(frozen=True)
class Case:
    """What the claim rests on."""

    gate: GateVerdict
    gone: ConeGone
    covariance: Covariance
    cost: Cost = "NOT MEASURED"
    control: Control = "NOT COMPARED"
    centring: Centring = "INCONCLUSIVE"
    decoder: Decoder | None = None
    """None where nothing was decoded."""
    signal_share: float | None = None
    """Of B."""
    cone_before: Grade = "UNDEFINED"
    anisotropy_before: Grade = "UNDEFINED"
    """Grades of A."""


def claim(case: Case) -> Axis[ClaimVerdict]:
    """Whether the bottleneck cured anisotropy.

    >>> claim(Case("PASSED", "GONE", "ROUNDER", "NO COST", "NOT AS GOOD")).verdict
    'SUPPORTED'
    >>> claim(Case("PASSED", "GONE", "ROUNDER")).verdict, claim(Case("PASSED", "GONE", "NOT ROUNDER")).verdict
    ('SUPPORTED IN GEOMETRY, NO CONTROL', 'MEAN-SHIFT ONLY')
    """
    word = _word(case)
    why = reason_for("claim", word)
    if word.startswith("SUPPORTED") or word in ("PARTLY SUPPORTED", "COVARIANCE ONLY"):
        why += f"; centring: {case.centring}; control with beta = 0: {case.control}"
    elif word == "NOT APPLICABLE":
        why += f"; here: gate {case.gate}, cone {case.cone_before}, anisotropy {case.anisotropy_before}"
    elif word == "INCONCLUSIVE":
        why += f"; here: {', '.join(_open(case))}"
    elif word in ("NOT SUPPORTED", "NOT THE BOTTLENECK"):
        why = f"{_decisive(case)} (the rule: {why}); the answers: {', '.join(_told(case))}"
    return Axis(word, {**vars(case)}, why)


def _word(case: Case) -> ClaimVerdict:
    if case.gate in ("COLLAPSED", "NO INFORMATION", "NOT APPLICABLE", "TOO FEW ROWS"):
        words: dict[str, ClaimVerdict] = {"COLLAPSED": "COLLAPSED", "NO INFORMATION": "NO INFORMATION"}
        return words.get(case.gate, "NOT APPLICABLE")
    if case.cone_before == case.anisotropy_before == "NONE":
        return "NOT APPLICABLE"
    if case.covariance == "ROUNDER IN Z ONLY":
        return "NOISE-INDUCED"
    if case.covariance in ("LESS ROUND", "MIXED") or case.gone == "GREW":
        return "NOT SUPPORTED"
    if case.cost == "LOST" or case.decoder == "DECODER IGNORES Z":
        return "NOT SUPPORTED"
    if case.covariance == "INCONCLUSIVE" or case.gone == "INCONCLUSIVE":
        return "INCONCLUSIVE"
    if case.covariance == "NOT ROUNDER":
        return "MEAN-SHIFT ONLY" if case.gone in ("GONE", "REDUCED") else "NOT SUPPORTED"
    if case.control == "AS GOOD" or (case.signal_share or 0.0) > POINT_SHARE:
        return "NOT THE BOTTLENECK"
    if case.control == "INCONCLUSIVE":
        return "INCONCLUSIVE"
    if case.gone == "STILL THERE":
        return "COVARIANCE ONLY"
    if case.gone == "REDUCED":
        return "PARTLY SUPPORTED"
    if case.cost not in _BY_COST or case.decoder in ("INCONCLUSIVE", "UNDEFINED"):
        return "INCONCLUSIVE"
    if case.gate == "LOW INFORMATION" and case.cost == "NOT MEASURED":
        return "INCONCLUSIVE"
    before = NO_CONE if case.gone == "NO CONE BEFORE" else ""
    beside = NO_CONTROL if case.control == "NOT COMPARED" else ""
    word: ClaimVerdict = _WORDS[_BY_COST[case.cost] + before + beside]
    return word


def _decisive(case: Case) -> str:
    """The answer that a word against the claim goes by, in the order of `_word`."""
    if case.gone == "GREW":
        return "the cone GREW"
    if case.covariance in ("LESS ROUND", "MIXED"):
        return f"the covariance is {case.covariance}"
    if case.cost == "LOST":
        return "the reconstruction is LOST"
    if case.decoder == "DECODER IGNORES Z":
        return "DECODER IGNORES Z"
    if case.covariance == "NOT ROUNDER":
        return f"the covariance is NOT ROUNDER, and the cone: {case.gone}"
    if case.control == "AS GOOD":
        return "the beta = 0 control is AS GOOD"
    return f"B's signal share is {case.signal_share:.4g}, above {POINT_SHARE}"


def _told(case: Case) -> list[str]:
    """The answers that a word against the claim may rest on."""
    told = [f"cone {case.gone}", f"covariance {case.covariance}", f"control {case.control}"]
    told += [f"cost {case.cost}"] if case.cost != "NOT MEASURED" else []
    return told + ([case.decoder] if case.decoder == "DECODER IGNORES Z" else [])


def _open(case: Case) -> list[str]:
    answers = {
        "cone": case.gone,
        "covariance": case.covariance,
        "control": case.control,
        "cost": case.cost,
        "decoder": case.decoder,
    }
    undecided = [f"{key} {word}" for key, word in answers.items() if word in ("INCONCLUSIVE", "UNDEFINED")]
    return undecided or [f"gate {case.gate}, cost {case.cost}: random codes of so little would do the same"]
