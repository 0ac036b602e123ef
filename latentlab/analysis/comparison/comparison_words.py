"""From the differences of a comparison to words: an axis each, the four answers, and the claim."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from latentlab.analysis.comparison.sides import Difference, Side
from latentlab.metrics import Estimate
from latentlab.metrics.verdicts.answers import (
    centring,
    cone_gone,
    control_as_good,
    cost,
    covariance_rounder,
    decoder_uses,
)
from latentlab.metrics.verdicts.claim import Case, claim
from latentlab.metrics.verdicts.grades import Axis, Grade, Numbers, anisotropy_grade, cone_grade
from latentlab.metrics.verdicts.reading import rogue_reading
from latentlab.metrics.verdicts.rules import reason_for
from latentlab.metrics.verdicts.verdict import anisotropy_verdict, change, cone_verdict, rogue_verdict

Axes = dict[str, Axis[Any]]
Grades = tuple[Axis[Grade], Axis[Grade]]
"""Of A and B."""


@dataclass(frozen=True)
class AtEqualWidth:
    """The wider side on as many principal axes as the other has dimensions."""

    d: int
    projected: str
    """Name of the wider side."""
    metrics: Mapping[str, Difference]
    anisotropy: Axis[Any]

    def to_json(self) -> dict[str, Any]:
        """Plain values for a report."""
        axes = {"anisotropy": self.anisotropy}
        return {"d": self.d, "projected": self.projected, "metrics": self.metrics, "axes": axes}


@dataclass(frozen=True)
class Found:
    """The differences that words are read from."""

    metrics: Mapping[str, Difference]
    like: Difference | None
    """IsoScore of z of B against like."""
    narrowed: AtEqualWidth | None
    """At equal width, where the widths differ."""
    centred_gap: Estimate
    control: tuple[Estimate, Estimate] | None
    task: Difference | None


def worded(a: Side[Any], b: Side[Any], found: Found, margin: float) -> tuple[Axes, Axes, Axis[Any]]:
    """Axes, answers, claim; of a posterior that says nothing no more than that."""
    if b.silent:
        word = b.gate.verdict
        return {"gate": b.gate}, {}, Axis(word, {"gate": word}, reason_for("gate", word))
    if a.silent:
        reason = f"the baseline {a.name} is {a.gate.verdict}: nothing can be compared with it"
        return {"gate": b.gate}, {}, Axis("NOT APPLICABLE", {"gate_of_baseline": a.gate.verdict}, reason)
    cones = cone_grade(a.levels["mean_cosine"]), cone_grade(b.levels["mean_cosine"])
    spreads = tuple(anisotropy_grade(side.levels["isoscore_debiased"]) for side in (a, b))
    axes = _axes(a, b, found, cones, (spreads[0], spreads[1]), margin)
    answers = _answers(a, b, axes, found, margin)
    case = Case(
        gate=b.gate.verdict,
        gone=answers["cone gone"].verdict,
        covariance=answers["covariance"].verdict,
        cost=answers["cost"].verdict,
        control=answers["control"].verdict,
        centring=answers["centring"].verdict,
        decoder=answers["decoder"].verdict if "decoder" in answers else None,
        signal_share=b.signal_share,
        cone_before=cones[0].verdict,
        anisotropy_before=spreads[0].verdict,
    )
    return axes, answers, claim(case)


def _axes(a: Side[Any], b: Side[Any], found: Found, cones: Grades, spreads: Grades, margin: float) -> Axes:
    measures = found.metrics
    isoscore, rank = measures["isoscore_debiased"].delta, measures["effective_rank_over_d"].delta
    axes: Axes = {
        "gate": b.gate,
        "cone": cone_verdict(measures["mean_cosine"].delta, *cones, margin=margin),
        "anisotropy": anisotropy_verdict(isoscore, rank, spreads, margin=margin),
    }
    if found.like is not None:
        axes["anisotropy_z"] = anisotropy_verdict(found.like.delta, margin=margin)
    rogue = [
        rogue_reading(
            side.levels["mean_cosine"],
            side.levels["cc_share_top1"],
            side.levels["variance_share_top1"],
            side.d,
        )
        for side in (a, b)
    ]
    axes["rogue"] = rogue_verdict(
        measures["variance_share_top1"].delta,
        measures["cc_share_top1"].delta,
        (a.levels["mean_cosine"], b.levels["mean_cosine"]),
        (rogue[0].verdict, rogue[1].verdict),
        margin=margin,
    )
    if found.task is not None:
        done = change(found.task.delta, margin)
        numbers: Numbers = {"delta_exact_match": found.task.delta, "margin": margin}
        axes["task"] = Axis(done, numbers, reason_for("change", done))
    return axes


def _answers(a: Side[Any], b: Side[Any], axes: Axes, found: Found, margin: float) -> Axes:
    delta = found.metrics["mean_cosine"].delta
    gone = cone_gone(a.levels["mean_cosine"], b.levels["mean_cosine"], delta, margin=margin)
    narrow = None if found.narrowed is None else found.narrowed.anisotropy
    rounder = covariance_rounder(axes["anisotropy"], axes.get("anisotropy_z"), narrow)
    scores = (None, None, None) if found.task is None else (found.task.a, found.task.b, found.task.delta)
    answers: Axes = {
        "cone gone": gone,
        "centring": centring(gone.verdict, found.centred_gap, rounder.verdict, margin=margin),
        "covariance": rounder,
        "cost": cost(*scores, margin=margin),
    }
    if b.own_less_other is not None:
        answers["decoder"] = decoder_uses(b.own_less_other, margin=margin)
    answers["control"] = control_as_good(*(found.control or (None, None)), margin=margin)
    return answers
