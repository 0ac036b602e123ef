"""Two sides set against each other: differences of the core metrics, words, four answers, and the claim.

A side is one checkpoint, or one condition of several training seeds. What differs between the two is how a
single metric is compared, and that is an argument here: on sentences (`compare`) or on seeds (`conditions`).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from latentlab.analysis.comparison.comparison_words import AtEqualWidth, Found, worded
from latentlab.analysis.comparison.primary_metrics import CORE, OF_ONE_WIDTH, PRIMARY_METRICS
from latentlab.analysis.comparison.sides import Difference, Side, Unit
from latentlab.metrics import Estimate, undefined
from latentlab.metrics.statistics.inference import holm
from latentlab.metrics.verdicts.grades import Axis
from latentlab.metrics.verdicts.verdict import anisotropy_verdict

R = TypeVar("R")
LIKE = "mu of A and white noise"
"""The cloud that z of B is compared with: as much noise, to its own signal, as B has."""


def contrast(
    a: Side[R],
    b: Side[R],
    unit: Unit[R],
    *,
    control: Side[R] | None = None,
    task: Difference | None = None,
    margin: float,
) -> dict[str, Any]:
    """One entry of a report's `comparisons`: b against the baseline a.

    Args:
        a: The baseline.
        b: What is said to differ.
        unit: How one metric is compared.
        control: The same head trained without the bottleneck; not used where it is a side itself.
        task: The difference of a score for which higher is better, where it was measured.
        margin: Smaller is no change.
    """
    found = Found(
        metrics=_differences(a.mu, b.mu, unit, a.d, b.d),
        like=_against_like(a, b, unit),
        narrowed=_at_equal_width(a, b, unit, margin),
        centred_gap=unit.difference(b.mu["mean_cosine"], a.centred).delta,
        control=_against_control(a, b, control, unit),
        task=task,
    )
    axes, answers, claim = worded(a, b, found, margin)
    z = None
    if b.z is not None:
        against_z = None if a.z is None else _shown(_differences(a.z, b.z, unit, a.d, b.d), unit)
        like = {} if found.like is None else {"isoscore_debiased": found.like}
        z = {"against_cloud": LIKE, "metrics": like, "against_z": against_z}
    return {
        "name": b.name,
        "against": a.name,
        "d": {"a": a.d, "b": b.d},
        "metrics": _shown(found.metrics, unit),
        "z": z,
        "pca_control": found.narrowed,
        "task": task,
        "decoder": {"a": a.own_less_other, "b": b.own_less_other},
        "axes": axes,
        "answers": answers,
        "claim": claim,
        "notes": [*_about_control(a, b, control), *_about_widths(found.narrowed, axes)],
    }


def _differences(
    a: Mapping[str, R], b: Mapping[str, R], unit: Unit[R], d_a: int, d_b: int
) -> dict[str, Difference]:
    found = {key: unit.difference(a[key], b[key]) for key in PRIMARY_METRICS if key in a and key in b}
    for key in unit.plug_in:
        if key in found:
            found[key] = replace(found[key], p=None, p_equivalence=None)
    if d_a != d_b:
        reason = undefined(f"not compared: its range depends on the width, {d_a} against {d_b}")
        for key in OF_ONE_WIDTH:
            one = found[key]
            found[key] = Difference(one.a, one.b, reason, one.margin)
    adjusted = holm({key: found[key].p for key in CORE})
    return {key: replace(one, p_holm=adjusted.get(key)) for key, one in found.items()}


def _shown(found: Mapping[str, Difference], unit: Unit[R]) -> dict[str, Difference]:
    """Without the intervals of plug-in values."""
    return {
        key: replace(one, a=one.a.bare(), b=one.b.bare(), delta=one.delta.bare())
        if key in unit.plug_in
        else one
        for key, one in found.items()
    }


def _against_like(a: Side[R], b: Side[R], unit: Unit[R]) -> Difference | None:
    """IsoScore of z of b against mu of a plus white noise of b's signal-to-noise ratio; None at other widths.

    Noise makes every cloud rounder that is not round: z of b against mu of a would say so of any posterior.
    """
    if b.z is None or b.share is None or a.d != b.d or b.silent:
        return None
    like = unit.noisy(a.mu["isoscore_debiased"], b.share, a.d)
    return unit.difference(like, b.z["isoscore_debiased"])


def _against_control(
    a: Side[R], b: Side[R], control: Side[R] | None, unit: Unit[R]
) -> tuple[Estimate, Estimate] | None:
    """Mean cosine of the control − that of b, and IsoScore of b − that of the control."""
    if control is None or control.name in (a.name, b.name) or control.silent or control.d != b.d:
        return None
    cosine = unit.difference(b.mu["mean_cosine"], control.mu["mean_cosine"]).delta
    return cosine, unit.difference(control.mu["isoscore_debiased"], b.mu["isoscore_debiased"]).delta


def _about_control(a: Side[R], b: Side[R], control: Side[R] | None) -> list[str]:
    if control is None or control.name in (a.name, b.name):
        return []
    if control.silent:
        return [f"the control {control.name} is {control.gate.verdict} and is not compared"]
    if control.d != b.d:
        return [f"the control {control.name} has {control.d} dimensions, {b.name} has {b.d}: not compared"]
    return []


def _at_equal_width(a: Side[R], b: Side[R], unit: Unit[R], margin: float) -> AtEqualWidth | None:
    """The wider side on as many of its principal axes as the other has dimensions; None at equal width."""
    if a.d == b.d:
        return None
    k, wider = (a.d, b) if a.d < b.d else (b.d, a)
    core = wider.on_principal_axes(k)
    sides = (a.mu, core) if wider is b else (core, b.mu)
    measures = _differences(*sides, unit, k, k)
    anisotropy = anisotropy_verdict(
        measures["isoscore_debiased"].delta, measures["effective_rank_over_d"].delta, margin=margin
    )
    return AtEqualWidth(k, wider.name, _shown(measures, unit), anisotropy)


def _about_widths(narrowed: AtEqualWidth | None, axes: Mapping[str, Axis[Any]]) -> list[str]:
    if narrowed is None or "anisotropy" not in axes:
        return []
    word, alone = narrowed.anisotropy.verdict, axes["anisotropy"].verdict
    return [f"at equal width the anisotropy is {word}, at their own widths {alone}"] if alone != word else []
