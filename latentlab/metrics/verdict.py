"""The verdict: a word for each axis from a closed list, with the numbers that gave it. No overall score.

The cone is the mean direction, anisotropy is the covariance; each is blind to the other, so each has a word.
A change is treated − baseline. Its interval comes from whoever measured it: over sentences it speaks of two
checkpoints, over training seeds of the method. Every rule needs a strict crossing: an interval that touches 0
does not exclude it, and one that touches the margin is not inside it.

The claim is that the variational bottleneck removes anisotropy: the first row that fits. "open" is
INCONCLUSIVE or UNDEFINED, "-" is anything.

| gate | cone on mu | anisotropy on mu | anisotropy on z | task | claim |
|---|---|---|---|---|---|
| COLLAPSED | - | - | - | - | COLLAPSED |
| NOT APPLICABLE | - | - | - | - | NOT APPLICABLE |
| PASSED | - | UNCHANGED, INCREASED, MIXED | REDUCED | - | NOISE-INDUCED |
| PASSED | - | INCREASED, MIXED | - | - | NOT SUPPORTED |
| PASSED | INCREASED | - | - | - | NOT SUPPORTED |
| PASSED | - | open | - | - | INCONCLUSIVE |
| PASSED | REDUCED, MEAN-SHIFT ONLY | UNCHANGED | - | - | MEAN-SHIFT ONLY |
| PASSED | - | UNCHANGED | - | - | NOT SUPPORTED |
| PASSED | - | REDUCED | - | REDUCED | NOT SUPPORTED |
| PASSED | open | REDUCED | - | - | INCONCLUSIVE |
| PASSED | - | REDUCED | - | open | INCONCLUSIVE |
| PASSED | UNCHANGED, MEAN-SHIFT ONLY | REDUCED | - | - | COVARIANCE ONLY |
| PASSED | REDUCED | REDUCED | - | - | SUPPORTED ON MU |

A task that was not measured does not stand in the way, and is said not to have been measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from latentlab.metrics.estimate import Estimate
from latentlab.metrics.gate import Word as GateWord
from latentlab.metrics.inference import check_margin

Change = Literal["REDUCED", "INCREASED", "UNCHANGED", "INCONCLUSIVE", "UNDEFINED"]
ConeWord = Literal[Change, "MEAN-SHIFT ONLY"]
AnisotropyWord = Literal[Change, "MIXED"]
RogueWord = Literal[Change, "NOT APPLICABLE"]
ClaimWord = Literal[
    "COLLAPSED",
    "NOT APPLICABLE",
    "SUPPORTED ON MU",
    "COVARIANCE ONLY",
    "MEAN-SHIFT ONLY",
    "NOISE-INDUCED",
    "NOT SUPPORTED",
    "INCONCLUSIVE",
]
MARGIN = 0.05
"""Of the mean cosine, of IsoScore and of a share, which all live in [0, 1]: smaller is no change."""

W = TypeVar("W", bound=str)
Numbers = Mapping[str, Estimate | float | str | None]

REASONS: dict[Change, str] = {
    "REDUCED": "the interval is below 0 and the change larger than the margin",
    "INCREASED": "the interval is above 0 and the change larger than the margin",
    "UNCHANGED": "the interval is inside the margin",
    "INCONCLUSIVE": "the interval is not inside the margin, and no change larger than the margin is shown",
    "UNDEFINED": "there is no value or no interval",
}
OPPOSITE: dict[Change, Change] = {"REDUCED": "INCREASED", "INCREASED": "REDUCED"}
OPEN = ("INCONCLUSIVE", "UNDEFINED")


@dataclass(frozen=True)
class Axis(Generic[W]):
    """A word, the numbers behind it, and the rule that gave it.

    >>> Axis("UNCHANGED", {"delta": Estimate(0.0), "margin": 0.05}, "why").to_json()["numbers"]["margin"]
    0.05
    """

    word: W
    numbers: Numbers
    because: str

    def to_json(self) -> dict[str, object]:
        """Plain values for a report."""
        numbers = {
            key: value.to_json() if isinstance(value, Estimate) else value
            for key, value in self.numbers.items()
        }
        return {"word": self.word, "numbers": numbers, "because": self.because}


def change(delta: Estimate, margin: float) -> Change:
    r"""What a change is, against a margin below which it would not matter.

    .. math:: \text{REDUCED: } h < 0,\ \Delta < -\epsilon; \ \text{UNCHANGED: } -\epsilon < l, h < \epsilon

    for the 95 % interval (l, h). INCREASED mirrors REDUCED. Anything else is INCONCLUSIVE: also a change that
    is shown, but neither shown to be inside the margin nor found beyond it. UNDEFINED without value or
    interval. UNCHANGED is the equivalence test at the level .025, not .05: that one has the 90 % interval.
    Source: Schuirmann 1987, J. Pharmacokinetics and Biopharmaceutics 15:657.

    >>> change(Estimate(-0.2).with_se(0.05), margin=0.05)
    'REDUCED'
    """
    check_margin(margin)
    if delta.value is None or delta.ci95 is None:
        return "UNDEFINED"
    low, high = delta.ci95
    if high < 0 and delta.value < -margin:
        return "REDUCED"
    if low > 0 and delta.value > margin:
        return "INCREASED"
    return "UNCHANGED" if -margin < low and high < margin else "INCONCLUSIVE"


def cone_verdict(
    delta_cosine: Estimate,
    *,
    centred_gap: Estimate | None = None,
    control_gap: Estimate | None = None,
    margin: float = MARGIN,
) -> Axis[ConeWord]:
    """The change of the mean cosine, and whether something simpler than the treatment does as much.

    The gaps are the mean cosine of another cloud − that of the treated one: the baseline after its mean is
    subtracted, and the deterministic bottleneck of the same width (β = 0). REDUCED becomes MEAN-SHIFT ONLY as
    soon as one of them is as low as the treated cloud or lower, its gap below the margin with its whole
    interval; INCONCLUSIVE if an interval holds the margin. A gap without an interval counts by its value: the
    centred cosine has none. One that is not given, or undefined, is not compared.

    The rule has one side on purpose. With |gap| < margin a treatment that removes a part of the cone would be
    REDUCED and one that removes all of it, as centring does, MEAN-SHIFT ONLY. Against a centred cloud whose
    rows have one length REDUCED cannot stand: its mean cosine is −1/(n−1), and none is lower.

    >>> cone_verdict(Estimate(-0.6).with_se(0.01), centred_gap=Estimate(-0.001)).word
    'MEAN-SHIFT ONLY'
    """
    word = change(delta_cosine, margin)
    gaps = {"centred_gap": centred_gap, "control_gap": control_gap}
    numbers: Numbers = {"delta_cosine": delta_cosine, **gaps, "margin": margin}
    if word != "REDUCED":
        return Axis(word, numbers, REASONS[word])
    spans = {key: _span(gap) for key, gap in gaps.items() if gap is not None and gap.value is not None}
    as_low = [key for key, (_, high) in spans.items() if high < margin]
    unclear = [key for key, (low, high) in spans.items() if low <= margin <= high]
    if as_low:
        return Axis("MEAN-SHIFT ONLY", numbers, f"as low without the treatment: {', '.join(as_low)}")
    if unclear:
        return Axis("INCONCLUSIVE", numbers, f"not clear of the margin: {', '.join(unclear)}")
    compared = f"higher without the treatment: {', '.join(spans)}" if spans else "nothing simpler given"
    return Axis(word, numbers, f"{REASONS[word]}; {compared}")


def anisotropy_verdict(
    delta_isoscore_debiased: Estimate, delta_effective_rank_over_d: Estimate, *, margin: float = MARGIN
) -> Axis[AnisotropyWord]:
    """The change of anisotropy: REDUCED where the debiased IsoScore increases.

    MIXED if IsoScore is REDUCED or INCREASED and the effective rank over d goes the other way: its interval
    is on the other side of 0, by however little. An effective rank without an interval contradicts nothing.

    >>> up, down = Estimate(0.2).with_se(0.01), Estimate(-0.02).with_se(0.001)
    >>> anisotropy_verdict(up, up).word, anisotropy_verdict(up, down).word, anisotropy_verdict(down, up).word
    ('REDUCED', 'MIXED', 'UNCHANGED')
    """
    isoscore = change(delta_isoscore_debiased, margin)
    numbers: Numbers = {
        "delta_isoscore_debiased": delta_isoscore_debiased,
        "delta_effective_rank_over_d": delta_effective_rank_over_d,
        "margin": margin,
    }
    low, high = delta_effective_rank_over_d.ci95 or (0.0, 0.0)
    if (isoscore == "INCREASED" and high < 0) or (isoscore == "REDUCED" and low > 0):
        return Axis("MIXED", numbers, "IsoScore and effective rank change in opposite directions")
    return Axis(OPPOSITE.get(isoscore, isoscore), numbers, f"of IsoScore: {REASONS[isoscore]}")


def rogue_verdict(
    delta_cc_share_top1: Estimate, baseline_mean_cosine: Estimate, *, margin: float = MARGIN
) -> Axis[RogueWord]:
    """The change of the share that one dimension has of the mean cosine.

    NOT APPLICABLE unless the interval of the baseline's mean cosine excludes 0: there is no cosine to share.

    >>> rogue_verdict(Estimate(-0.3).with_se(0.02), Estimate(0.001).with_se(0.002)).word
    'NOT APPLICABLE'
    """
    word = change(delta_cc_share_top1, margin)
    numbers: Numbers = {
        "delta_cc_share_top1": delta_cc_share_top1,
        "baseline_mean_cosine": baseline_mean_cosine,
        "margin": margin,
    }
    low, high = baseline_mean_cosine.ci95 or (0.0, 0.0)
    if low <= 0 <= high:
        return Axis("NOT APPLICABLE", numbers, "the baseline's mean cosine is not shown to differ from 0")
    return Axis(word, numbers, REASONS[word])


def claim(
    gate_word: GateWord,
    cone: ConeWord,
    anisotropy_on_mu: AnisotropyWord,
    anisotropy_on_z: AnisotropyWord | None,
    task: Change | None = None,
) -> Axis[ClaimWord]:
    """Whether the bottleneck removes anisotropy, by the table at the top of this file.

    `task` is the change of a score for which higher is better, such as the exact match of reconstruction.
    With COLLAPSED no other word is shown: the geometry of a collapsed posterior is that of its prior.

    >>> claim("PASSED", "REDUCED", "REDUCED", "REDUCED", task="UNCHANGED").word
    'SUPPORTED ON MU'
    >>> claim("PASSED", "MEAN-SHIFT ONLY", "UNCHANGED", "REDUCED").word
    'NOISE-INDUCED'
    """
    if gate_word == "COLLAPSED":
        return Axis("COLLAPSED", {"gate": gate_word}, "the posterior is the prior")
    words = {
        "gate": gate_word,
        "cone": cone,
        "anisotropy_on_mu": anisotropy_on_mu,
        "anisotropy_on_z": anisotropy_on_z,
        "task": task,
    }
    word, because = _claim(gate_word, cone, anisotropy_on_mu, anisotropy_on_z, task)
    return Axis(word, words, because)


def _claim(
    gate: GateWord, cone: ConeWord, mu: AnisotropyWord, z: AnisotropyWord | None, task: Change | None
) -> tuple[ClaimWord, str]:
    if gate == "NOT APPLICABLE":
        return "NOT APPLICABLE", "there is no posterior"
    if mu in ("UNCHANGED", "INCREASED", "MIXED") and z == "REDUCED":
        return "NOISE-INDUCED", "anisotropy is reduced on z and not on mu"
    if mu in ("INCREASED", "MIXED"):
        return "NOT SUPPORTED", f"anisotropy on mu is {mu}"
    if cone == "INCREASED":
        return "NOT SUPPORTED", "the cone on mu is INCREASED"
    if mu in OPEN:
        return "INCONCLUSIVE", f"anisotropy on mu is {mu}"
    if mu == "UNCHANGED":
        if cone in ("REDUCED", "MEAN-SHIFT ONLY"):
            return "MEAN-SHIFT ONLY", "the cone on mu is reduced and its anisotropy UNCHANGED"
        return "NOT SUPPORTED", "anisotropy on mu is UNCHANGED"
    if task == "REDUCED":
        return "NOT SUPPORTED", "the task is worse"
    if cone in OPEN:
        return "INCONCLUSIVE", f"the cone on mu is {cone}"
    if task in OPEN:
        return "INCONCLUSIVE", f"the task is {task}"
    measured = "the task not measured" if task is None else "the task not worse"
    if cone == "REDUCED":
        return "SUPPORTED ON MU", f"cone and anisotropy are reduced on mu, {measured}"
    return "COVARIANCE ONLY", f"anisotropy is reduced on mu, its cone is {cone}, {measured}"


def _span(gap: Estimate) -> tuple[float, float]:
    """Its interval, or its value where there is none."""
    return gap.ci95 or (gap.value or 0.0, gap.value or 0.0)
