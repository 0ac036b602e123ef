"""What changed between two spaces: a word for each axis from a closed list, with the numbers that gave it.

The cone is the mean direction, anisotropy is the covariance; each is blind to the other, so each has a word.
A change is treated − baseline. Its interval comes from whoever measured it: over sentences it speaks of two
checkpoints, over training seeds of the method. Every rule needs a strict crossing: an interval that touches 0
does not exclude it, and one that touches the margin is not inside it. What the changes come to is asked in
`answers`, and what may be claimed in `claim`.
"""

from typing import Literal

from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.statistics.inference import check_margin
from latentlab.metrics.verdicts.grades import Axis, Grade, Numbers
from latentlab.metrics.verdicts.rules import OF_ANISOTROPY, reason_for
from latentlab.metrics.verdicts.thresholds import CONE_FROM, MARGIN

Change = Literal["REDUCED", "INCREASED", "UNCHANGED", "INCONCLUSIVE", "UNDEFINED"]
AnisotropyWord = Literal[Change, "MIXED"]
RogueWord = Literal[Change, "MIXED", "NOT APPLICABLE"]

OPPOSITE: dict[Change, Change] = {"REDUCED": "INCREASED", "INCREASED": "REDUCED"}


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
    delta_cosine: Estimate, a: Axis[Grade], b: Axis[Grade], *, margin: float = MARGIN
) -> Axis[Change]:
    """The change of the mean cosine, between the grades of A and B.

    >>> from latentlab.metrics.verdicts.grades import cone_grade
    >>> a, b = (cone_grade(Estimate(cosine).with_se(0.001)) for cosine in (0.053, 0.014))
    >>> verdict = cone_verdict(Estimate(-0.039).with_se(0.001), a, b)
    >>> verdict.verdict, verdict.numbers["grade_a"], verdict.numbers["grade_b"]
    ('UNCHANGED', 'NONE', 'NONE')
    """
    word = change(delta_cosine, margin)
    numbers: Numbers = {
        "delta_cosine": delta_cosine,
        "grade_a": a.verdict,
        "grade_b": b.verdict,
        "thresholds": a.numbers["thresholds"],
        "margin": margin,
    }
    return Axis(word, numbers, reason_for("change", word))


def anisotropy_verdict(
    delta_isoscore_debiased: Estimate,
    delta_effective_rank_over_d: Estimate | None = None,
    grades: tuple[Axis[Grade], Axis[Grade]] | None = None,
    *,
    margin: float = MARGIN,
) -> Axis[AnisotropyWord]:
    """The change of anisotropy: REDUCED where the debiased IsoScore increases.

    MIXED if IsoScore is REDUCED or INCREASED and the effective rank over d goes the other way: its interval
    is on the other side of 0, by however little. An effective rank without an interval contradicts nothing.

    >>> up, down = Estimate(0.2).with_se(0.01), Estimate(-0.02).with_se(0.001)
    >>> [anisotropy_verdict(*pair).verdict for pair in ((up, up), (up, down), (down, up))]
    ['REDUCED', 'MIXED', 'UNCHANGED']
    """
    isoscore = change(delta_isoscore_debiased, margin)
    numbers: dict[str, Estimate | float | str | None] = {
        "delta_isoscore_debiased": delta_isoscore_debiased,
        "delta_effective_rank_over_d": delta_effective_rank_over_d,
        "margin": margin,
    }
    if grades is not None:
        a, b = grades
        numbers |= {"grade_a": a.verdict, "grade_b": b.verdict, "thresholds": a.numbers["thresholds"]}
    low, high = (delta_effective_rank_over_d and delta_effective_rank_over_d.ci95) or (0.0, 0.0)
    if (isoscore == "INCREASED" and high < 0) or (isoscore == "REDUCED" and low > 0):
        return Axis("MIXED", numbers, reason_for(OF_ANISOTROPY, "MIXED"))
    word = OPPOSITE.get(isoscore, isoscore)
    return Axis(word, numbers, reason_for(OF_ANISOTROPY, word))


def rogue_verdict(
    delta_variance_share: Estimate,
    delta_cosine_share: Estimate,
    cosines: tuple[Estimate, Estimate],
    words: tuple[str, str],
    *,
    margin: float = MARGIN,
) -> Axis[RogueWord]:
    """The change of the share that one coordinate has of the variance, and of the mean cosine.

    That of the cosine counts only where both sides have a cone: a share of next to nothing means nothing.
    `words` are the readings of A and B. NOT APPLICABLE where neither has enough dimensions.

    >>> fall, none = Estimate(-0.3).with_se(0.02), Estimate(0.001).with_se(0.002)
    >>> rogue_verdict(none, fall, (none, none), ("NONE", "NONE")).verdict
    'UNCHANGED'
    """
    both = all(cosine.ci95 is not None and cosine.ci95[0] > CONE_FROM[0] for cosine in cosines)
    counted = {change(delta_variance_share, margin), *([change(delta_cosine_share, margin)] if both else [])}
    numbers: Numbers = {
        "delta_variance_share_top1": delta_variance_share.bare(),
        "delta_cc_share_top1": delta_cosine_share.bare() if both else None,
        "rogue_a": words[0],
        "rogue_b": words[1],
        "margin": margin,
    }
    if words == ("NOT APPLICABLE", "NOT APPLICABLE"):
        return Axis("NOT APPLICABLE", numbers, reason_for("rogue", "NOT APPLICABLE"))
    if counted >= {"REDUCED", "INCREASED"}:
        return Axis("MIXED", numbers, reason_for("change", "MIXED"))
    order: tuple[Change, ...] = ("UNDEFINED", "REDUCED", "INCREASED", "INCONCLUSIVE", "UNCHANGED")
    word = next(one for one in order if one in counted)
    of = "of the shares of variance and cosine" if both else "of the share of variance (not both have a cone)"
    return Axis(word, numbers, f"{of}: {reason_for('change', word)}")
