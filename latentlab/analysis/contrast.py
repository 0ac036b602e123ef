"""Two sides set against each other: differences of the core measures, a word for each axis, and the claim.

A side is one checkpoint, or one arm of several training seeds. What differs between the two is how a single
measure is compared, and that is an argument here: on sentences (`compare`) or on seeds (`arms`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from latentlab.analysis.core import CORE, MEASURES, OF_ONE_WIDTH, ROGUE
from latentlab.metrics import Estimate, Gate, undefined
from latentlab.metrics.gate import Word as GateWord
from latentlab.metrics.inference import holm
from latentlab.metrics.verdict import (
    REASONS,
    Axis,
    anisotropy_verdict,
    change,
    claim,
    cone_verdict,
    rogue_verdict,
)

R = TypeVar("R")

GATE_REASONS: dict[GateWord, str] = {
    "PASSED": "active units, KL and signal share clear their thresholds",
    "COLLAPSED": "the posterior is the prior: its geometry says nothing",
    "NOT APPLICABLE": "there is no posterior",
}


@dataclass(frozen=True)
class Difference:
    """One measure of side b against side a; the difference is b − a."""

    a: Estimate
    b: Estimate
    delta: Estimate
    margin: float
    p: float | None = None
    p_equivalence: float | None = None
    """Of a difference as large as the margin."""
    p_holm: float | None = None
    """`p` adjusted for the core measures of the same cloud; None for other measures."""
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a report."""
        p_values = {"p": self.p, "p_holm": self.p_holm, "p_equivalence": self.p_equivalence}
        return {"a": self.a, "b": self.b, "delta": self.delta, **p_values, "margin": self.margin, **self.more}


@dataclass(frozen=True)
class Side(Generic[R]):
    """What is compared; R is one measure in the form in which it is compared."""

    name: str
    d: int
    gate: Axis[GateWord]
    mu: Mapping[str, R]
    """The measures of `core.MEASURES`."""
    z: Mapping[str, R] | None
    """Of a sample from the posterior; None where there is none."""
    centred: R
    """The mean cosine of mu after its mean is subtracted."""
    cosine: Estimate
    """The mean cosine of mu."""
    on_principal_axes: Callable[[int], Mapping[str, R]]
    """The core measures of mu on so many of its principal axes."""


def gate_axis(gate: Gate) -> Axis[GateWord]:
    """The collapse gate as an axis."""
    numbers = {
        "active_share": gate.active_share,
        "kl_total": gate.kl_total,
        "signal_share": gate.signal_share,
    }
    short = f" (too small: {', '.join(gate.failed)})" if gate.failed else ""
    return Axis(gate.word, numbers, GATE_REASONS[gate.word] + short)


def contrast(
    a: Side[R],
    b: Side[R],
    difference: Callable[[R, R], Difference],
    *,
    control: Side[R] | None = None,
    task: Difference | None = None,
    margin: float,
) -> dict[str, Any]:
    """One entry of a report's `comparisons`: b against the baseline a.

    Args:
        a: The baseline.
        b: What is said to differ.
        difference: Compares one measure, the first argument being the baseline's.
        control: The same head trained without the bottleneck; not used where it is a side itself.
        task: The difference of a score for which higher is better, where it was measured.
        margin: Smaller is no change.
    """
    measures = _differences(a.mu, b.mu, difference, a.d, b.d)
    noisy = None if b.z is None else _differences(a.z or a.mu, b.z, difference, a.d, b.d)
    narrowed = _at_equal_width(a, b, difference, margin)
    notes = []
    gaps: dict[str, Estimate] = {"centred_gap": difference(b.mu["mean_cosine"], a.centred).delta}
    if control is not None and control.name not in (a.name, b.name):
        if control.gate.word == "COLLAPSED":
            notes.append(f"the control {control.name} has collapsed and is not compared")
        else:
            gaps["control_gap"] = difference(b.mu["mean_cosine"], control.mu["mean_cosine"]).delta
        if control.d != b.d:
            notes.append(f"the control {control.name} has {control.d} dimensions, {b.name} has {b.d}")
    axes, answer = _words(a, b, measures, noisy, gaps, task, margin)
    if narrowed is not None:
        word, alone = narrowed["axes"]["anisotropy"].word, axes.get("anisotropy")
        if alone is not None and alone.word != word:
            notes.append(f"at equal width the anisotropy is {word}, at their own widths {alone.word}")
    return {
        "name": b.name,
        "against": a.name,
        "d": {"a": a.d, "b": b.d},
        "measures": measures,
        "z": None if noisy is None else {"against_cloud": "mu" if a.z is None else "z", "measures": noisy},
        "pca_control": narrowed,
        "task": task,
        "axes": axes,
        "claim": answer,
        "notes": notes,
    }


def _differences(
    a: Mapping[str, R], b: Mapping[str, R], difference: Callable[[R, R], Difference], d_a: int, d_b: int
) -> dict[str, Difference]:
    found = {key: difference(a[key], b[key]) for key in MEASURES if key in a and key in b}
    if d_a != d_b:
        reason = undefined(f"not compared: its range depends on the width, {d_a} against {d_b}")
        for key in OF_ONE_WIDTH:
            one = found[key]
            found[key] = Difference(one.a, one.b, reason, one.margin)
    adjusted = holm({key: found[key].p for key in CORE})
    return {key: replace(one, p_holm=adjusted.get(key)) for key, one in found.items()}


def _at_equal_width(
    a: Side[R], b: Side[R], difference: Callable[[R, R], Difference], margin: float
) -> dict[str, Any] | None:
    """The wider side on as many of its principal axes as the other has dimensions; None at equal width."""
    if a.d == b.d:
        return None
    k, wider = (a.d, b) if a.d < b.d else (b.d, a)
    core = wider.on_principal_axes(k)
    sides = (a.mu, core) if wider is b else (core, b.mu)
    measures = _differences(*sides, difference, k, k)
    anisotropy = anisotropy_verdict(
        measures["isoscore_debiased"].delta, measures["effective_rank_over_d"].delta, margin=margin
    )
    return {"d": k, "projected": wider.name, "measures": measures, "axes": {"anisotropy": anisotropy}}


def _words(
    a: Side[R],
    b: Side[R],
    measures: Mapping[str, Difference],
    noisy: Mapping[str, Difference] | None,
    gaps: Mapping[str, Estimate],
    task: Difference | None,
    margin: float,
) -> tuple[dict[str, Axis[Any]], Axis[Any]]:
    """A word for each axis and the claim; of a collapsed posterior nothing but that it is one."""
    if b.gate.word == "COLLAPSED":
        return {"gate": b.gate}, claim("COLLAPSED", "UNDEFINED", "UNDEFINED", None)
    if a.gate.word == "COLLAPSED":
        reason = f"the baseline {a.name} has collapsed: nothing can be compared with it"
        return {"gate": b.gate}, Axis("NOT APPLICABLE", {"gate_of_baseline": a.gate.word}, reason)
    cone = cone_verdict(measures["mean_cosine"].delta, **gaps, margin=margin)
    on_mu = anisotropy_verdict(
        measures["isoscore_debiased"].delta, measures["effective_rank_over_d"].delta, margin=margin
    )
    axes: dict[str, Axis[Any]] = {"gate": b.gate, "cone": cone, "anisotropy": on_mu}
    on_z = done = None
    if noisy is not None:
        axes["anisotropy_z"] = of_z = anisotropy_verdict(
            noisy["isoscore_debiased"].delta, noisy["effective_rank_over_d"].delta, margin=margin
        )
        on_z = of_z.word
    axes["rogue"] = rogue_verdict(measures[ROGUE].delta, a.cosine, margin=margin)
    if task is not None:
        done = change(task.delta, margin)
        axes["task"] = Axis(done, {"delta_exact_match": task.delta, "margin": margin}, REASONS[done])
    return axes, claim(b.gate.word, cone.word, on_mu.word, on_z, done)
