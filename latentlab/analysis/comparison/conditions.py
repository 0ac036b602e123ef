"""Conditions of several training seeds against a baseline: what holds for a method, not for a run.

The unit is the seed: each checkpoint gives one number a metric, and the spread between seeds is the only one
that counts. p-values are exact permutation tests, which few seeds keep from being small: three against three
cannot get below .10. The smallest one possible stands beside each.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from latentlab.analysis.anisotropy.row_warnings import row_warnings
from latentlab.analysis.anisotropy.spaces_report import Item, measure_models
from latentlab.analysis.clouds import LoadedModel, Progress
from latentlab.analysis.comparison.comparisons import narrowed, readings
from latentlab.analysis.comparison.contrast import contrast
from latentlab.analysis.comparison.control_selection import (
    baseline_of,
    check_different,
    control_of,
    encoder_notes,
    seed_notes,
)
from latentlab.analysis.comparison.primary_metrics import PRIMARY_METRICS
from latentlab.analysis.comparison.sides import Difference, Side, Unit
from latentlab.analysis.report_provenance import report_provenance
from latentlab.analysis.task import Written, written
from latentlab.errors import UsageError
from latentlab.metrics import Estimate
from latentlab.metrics.statistics.inference import (
    check_margin,
    cliffs_delta,
    condition_difference,
    hedges_g,
    permutation_test,
)
from latentlab.metrics.streaming.read_accumulator import Measured
from latentlab.metrics.verdicts.gate import SILENT, GateVerdict
from latentlab.metrics.verdicts.grades import Axis
from latentlab.metrics.verdicts.rules import reason_for
from latentlab.metrics.verdicts.thresholds import MARGIN
from latentlab.metrics.verdicts.white_noise import noisy_isoscore
from latentlab.results import Inputs, Report
from latentlab.results.reports.comparison_results import ComparisonResults

Scalars = Sequence[float | None]
MIN_SEEDS = 2
SAYS = "unit: training seeds. This speaks of the methods as they were trained here, on these sentences."


def compare_conditions(
    conditions: Mapping[str, Sequence[LoadedModel]],
    texts: Sequence[str],
    *,
    seed: int,
    baseline: str | None = None,
    control: str | None = None,
    task: Sequence[str] | None = None,
    margin: float = MARGIN,
    inputs: Inputs | None = None,
    progress: Progress | None = None,
) -> Report[ComparisonResults]:
    """Compare every condition with the baseline condition.

    Args:
        conditions: Name of a method to its checkpoints, one a training seed, at least two; conditions may
            differ in how many they have.
        texts: Sentences that every model can take.
        seed: Of the samples z and of the rows that are kept.
        baseline: Name of a condition; if None the one called `baseline`, else the first.
        control: Name of a condition; if None the first whose checkpoints were all trained with β = 0.
        task: Held-out sentences to be reconstructed by every model; without them the task is not measured.
        margin: A smaller difference is no change.
        inputs: What else the report should say was asked for, such as paths.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Report with `results.conditions`, the numbers of every seed, and `results.comparisons` (`contrast`).

    Raises:
        UsageError: Fewer than two conditions or two seeds in one, a checkpoint twice, or unlike spaces in
            one condition.
    """
    check_margin(margin)
    _check_conditions(conditions)
    models = [model for members in conditions.values() for model in members]
    check_different(models)
    against = baseline_of(baseline, list(conditions), "condition")
    simpler, notes = control_of(control, conditions, against, "condition")
    measured = measure_models(models, texts, seed=seed, keep_mu=True, progress=progress)
    back = {} if task is None else written(models, task, progress=progress)
    by_name = {item.name: item for item in measured}
    items = {
        condition: [by_name[model.name] for model in members] for condition, members in conditions.items()
    }
    sides = {condition: _side(condition, members, seed, back) for condition, members in items.items()}
    shares = {
        condition: [float(np.mean(back[m.name].came_back)) for m in members] if back else []
        for condition, members in conditions.items()
    }
    unit = Unit(partial(of_seeds, margin=margin, seed=seed), _noisy)

    def against_baseline(side: Side[Scalars]) -> dict[str, Any]:
        done = unit.difference(shares[against], shares[side.name]) if back else None
        base, beside = sides[against], sides.get(simpler or "")
        return contrast(base, side, unit, control=beside, task=done, margin=margin)

    asked = {"baseline": baseline, "control": control, "margin": margin}
    return Report.of(
        "compare",
        inputs={**(inputs or {}), "n": len(texts), "seed": seed, **asked, "n_task": len(task or ())},
        results={
            "unit": "seeds",
            "says": SAYS,
            "baseline": against,
            "control": simpler,
            "margin": margin,
            "conditions": {
                condition: _condition(members, sides[condition], shares[condition])
                for condition, members in items.items()
            },
            "comparisons": [
                against_baseline(side) for condition, side in sides.items() if condition != against
            ],
            "notes": [*notes, *encoder_notes(models), *seed_notes(conditions), *row_warnings(measured)],
        },
        provenance=report_provenance(
            models, {"measured": texts, **({} if task is None else {"task": task})}, seed, sharded=True
        ),
    )


def of_seeds(a: Scalars, b: Scalars, *, margin: float, seed: int) -> Difference:
    """Mean of b − mean of a: Welch's interval, exact permutation p, effect sizes over seeds."""
    test = permutation_test(a, b, seed=seed)
    n = len(a) + len(b)
    return Difference(
        _mean(a),
        _mean(b),
        condition_difference(a, b).from_rows(n),
        margin,
        test.p,
        more={
            "p_attainable": test.attainable,
            "arrangements": test.arrangements,
            "exact": test.exact,
            "hedges_g": hedges_g(a, b).from_rows(n),
            "cliffs_delta": cliffs_delta(a, b).from_rows(n),
        },
    )


def _mean(values: Scalars) -> Estimate:
    """Mean over seeds with Student's interval: Welch's, against a condition that is always zero."""
    return condition_difference([0.0, 0.0], values).from_rows(len(values))


def _check_conditions(conditions: Mapping[str, Sequence[LoadedModel]]) -> None:
    if len(conditions) < 2:
        raise UsageError(
            f"a comparison needs two conditions, got {', '.join(conditions) or 'none'}",
            "--condition NAME=DIR for each of them",
        )
    for condition, models in conditions.items():
        if len(models) < MIN_SEEDS:
            raise UsageError(
                f"condition {condition} has {len(models) or 'no'} checkpoint, and one seed has no spread",
                "train it with another --seed, or compare two checkpoints: latentlab compare A B",
            )
        if len(kinds := {model.kind for model in models}) > 1:
            raise UsageError(
                f"condition {condition} has {' and '.join(sorted(kinds))} checkpoints",
                "a condition is one method",
            )


def _noisy(isoscore: Scalars, signal_share: Scalars, d: int) -> Scalars:
    """Each seed's, with as much noise as the mean of the other condition."""
    known = [share for share in signal_share if share is not None]
    mean = sum(known) / len(known) if known and len(known) == len(signal_share) else None
    return [noisy_isoscore(value, mean, d) for value in isoscore]


def _side(condition: str, items: Sequence[Item], seed: int, back: Mapping[str, Written]) -> Side[Scalars]:
    widths = sorted({item.clouds["mu"].d for item in items})
    if len(widths) > 1:
        raise UsageError(
            f"condition {condition} has latents of {' and '.join(map(str, widths))} dimensions",
            "a condition is one method",
        )
    mu = _by_measure([readings(item, "mu") for item in items])
    sampled = all("z" in item.clouds for item in items)
    share = [None if item.posterior is None else item.posterior.share.estimate.value for item in items]
    apart = [back[item.name].own_less_other.value for item in items] if back else None
    return Side(
        name=condition,
        d=widths[0],
        gate=_gate(items),
        mu=mu,
        z=_by_measure([readings(item, "z") for item in items]) if sampled else None,
        centred=[item.clouds["mu"].metrics["mean_cosine_centred"].value for item in items],
        levels={key: _mean(values) for key, values in mu.items()},
        on_principal_axes=lambda k: _by_measure([narrowed(item, seed, None, k) for item in items]),
        share=share if sampled else None,
        signal_share=_mean(share).value if sampled else None,
        own_less_other=None if apart is None else _mean(apart),
    )


def _gate(items: Sequence[Item]) -> Axis[GateVerdict]:
    """That of the worst seed: a silent one can neither be averaged in nor be dropped."""
    judged: tuple[GateVerdict, ...] = ("FEW ACTIVE UNITS", "LOW INFORMATION", "PASSED", "NOT APPLICABLE")
    order: tuple[GateVerdict, ...] = ("TOO FEW ROWS", *SILENT, *judged)
    word = min((item.gate.verdict for item in items), key=order.index)
    theirs = [item.name for item in items if item.gate.verdict == word]
    who = f" ({', '.join(theirs)})" if len(theirs) < len(items) else ""
    numbers = {"with_this_verdict": float(len(theirs)), "seeds": float(len(items))}
    return Axis(word, numbers, reason_for("gate", word) + who)


def _by_measure(readings: Sequence[Mapping[str, Measured]]) -> dict[str, Scalars]:
    return {
        key: [reading[key].estimate.value for reading in readings]
        for key in PRIMARY_METRICS
        if key in readings[0]
    }


def _condition(items: Sequence[Item], side: Side[Scalars], shares: Scalars) -> dict[str, Any]:
    """The numbers of every seed, in the order of `checkpoints`."""
    clouds = {"mu": side.mu, "z": side.z}
    return {
        "seeds": len(items),
        "d": side.d,
        "gate": side.gate,
        "checkpoints": [
            {
                "name": item.name,
                "path": item.path,
                "kind": item.kind,
                "fingerprint": item.fingerprint,
                "step": item.step,
                "gate": item.gate,
                "exact_match": share,
            }
            for item, share in zip(items, list(shares) or [None] * len(items), strict=True)
        ],
        "values": {cloud: values for cloud, values in clouds.items() if values is not None},
    }
