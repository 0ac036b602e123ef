"""Arms of several training seeds against a baseline arm: what can be said of a method and not of a run.

The unit is the seed: each checkpoint gives one number a measure, and the spread between seeds is the only one
that counts. p-values are exact permutation tests, which few seeds keep from being small: three against three
cannot get below .10. The smallest one possible stands beside each.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from latentlab.analysis.anisotropy.row_warnings import row_remarks
from latentlab.analysis.anisotropy.spaces_report import Item, measure_models, provenance
from latentlab.analysis.clouds import LoadedModel, Progress
from latentlab.analysis.comparison.comparisons import narrowed, readings, task_provenance
from latentlab.analysis.comparison.contrast import contrast
from latentlab.analysis.comparison.control_selection import (
    baseline_of,
    check_different,
    control_of,
    encoder_notes,
    seed_notes,
)
from latentlab.analysis.comparison.primary_metrics import MEASURES
from latentlab.analysis.comparison.sides import Difference, Side, Unit
from latentlab.analysis.task import Written, written
from latentlab.errors import UsageError
from latentlab.metrics import Estimate
from latentlab.metrics.statistics.inference import (
    arm_difference,
    check_margin,
    cliffs_delta,
    hedges_g,
    permutation_test,
)
from latentlab.metrics.streaming.read_accumulator import Measured
from latentlab.metrics.verdicts.gate import SILENT
from latentlab.metrics.verdicts.gate import Word as GateWord
from latentlab.metrics.verdicts.grades import Axis
from latentlab.metrics.verdicts.rules import because
from latentlab.metrics.verdicts.thresholds import MARGIN
from latentlab.metrics.verdicts.white_noise import noisy_isoscore
from latentlab.results import Report

Scalars = Sequence[float | None]
MIN_SEEDS = 2
SAYS = "unit: training seeds. This speaks of the methods as they were trained here, on these sentences."


def compare_arms(
    arms: Mapping[str, Sequence[LoadedModel]],
    texts: Sequence[str],
    *,
    seed: int,
    baseline: str | None = None,
    control: str | None = None,
    task: Sequence[str] | None = None,
    margin: float = MARGIN,
    inputs: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Compare every arm with the baseline arm.

    Args:
        arms: Name of a method to its checkpoints, one a training seed, at least two; the arms may differ in
            how many they have.
        texts: Sentences that every model can take.
        seed: Of the samples z and of the rows that are kept.
        baseline: Name of an arm; if None the one called `baseline`, else the first.
        control: Name of an arm; if None the first whose checkpoints were all trained with β = 0.
        task: Held-out sentences to be reconstructed by every model; without them the task is not measured.
        margin: A smaller difference is no change.
        inputs: What else the report should say was asked for, such as paths.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Report with `results.arms`, the numbers of every seed, and `results.comparisons`, see `contrast`.

    Raises:
        UsageError: Fewer than two arms or two seeds in one, a checkpoint twice, or an arm of unlike spaces.
    """
    check_margin(margin)
    _check_arms(arms)
    models = [model for members in arms.values() for model in members]
    check_different(models)
    against = baseline_of(baseline, list(arms), "arm")
    simpler, notes = control_of(control, arms, against, "arm")
    measured = measure_models(models, texts, seed=seed, keep_mu=True, progress=progress)
    back = {} if task is None else written(models, task, progress=progress)
    by_name = {item.name: item for item in measured}
    items = {arm: [by_name[model.name] for model in members] for arm, members in arms.items()}
    sides = {arm: _side(arm, members, seed, back) for arm, members in items.items()}
    shares = {
        arm: [float(np.mean(back[m.name].came_back)) for m in members] if back else []
        for arm, members in arms.items()
    }
    unit = Unit(partial(of_seeds, margin=margin, seed=seed), _noisy)

    def against_baseline(side: Side[Scalars]) -> dict[str, Any]:
        done = unit.difference(shares[against], shares[side.name]) if back else None
        base, beside = sides[against], sides.get(simpler or "")
        return contrast(base, side, unit, control=beside, task=done, margin=margin)

    asked = {"baseline": baseline, "control": control, "margin": margin}
    return Report(
        command="compare",
        inputs={**(inputs or {}), "n": len(texts), "seed": seed, **asked, "n_task": len(task or ())},
        results={
            "unit": "seeds",
            "says": SAYS,
            "baseline": against,
            "control": simpler,
            "margin": margin,
            "arms": {arm: _arm(members, sides[arm], shares[arm]) for arm, members in items.items()},
            "comparisons": [against_baseline(side) for arm, side in sides.items() if arm != against],
            "notes": [*notes, *encoder_notes(models), *seed_notes(arms), *row_remarks(measured)],
        },
        provenance={**provenance(models, texts, seed), **task_provenance(task)},
    )


def of_seeds(a: Scalars, b: Scalars, *, margin: float, seed: int) -> Difference:
    """Mean of arm b − mean of arm a: Welch's interval, exact permutation p, effect sizes over seeds."""
    test = permutation_test(a, b, seed=seed)
    n = len(a) + len(b)
    return Difference(
        _mean(a),
        _mean(b),
        arm_difference(a, b).from_rows(n),
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
    """Mean over seeds with Student's interval: Welch's, against an arm that is always zero."""
    return arm_difference([0.0, 0.0], values).from_rows(len(values))


def _check_arms(arms: Mapping[str, Sequence[LoadedModel]]) -> None:
    if len(arms) < 2:
        raise UsageError(
            f"a comparison needs two arms, got {', '.join(arms) or 'none'}",
            "--arm NAME=DIR for each of them",
        )
    for arm, models in arms.items():
        if len(models) < MIN_SEEDS:
            raise UsageError(
                f"arm {arm} has {len(models) or 'no'} checkpoint, and one seed has no spread",
                "train it with another --seed, or compare two checkpoints: latentlab compare A B",
            )
        if len(kinds := {model.kind for model in models}) > 1:
            raise UsageError(
                f"arm {arm} has {' and '.join(sorted(kinds))} checkpoints", "an arm is one method"
            )


def _noisy(isoscore: Scalars, signal_share: Scalars, d: int) -> Scalars:
    """Each seed's, with as much noise as the mean of the other arm."""
    known = [share for share in signal_share if share is not None]
    mean = sum(known) / len(known) if known and len(known) == len(signal_share) else None
    return [noisy_isoscore(value, mean, d) for value in isoscore]


def _side(arm: str, items: Sequence[Item], seed: int, back: Mapping[str, Written]) -> Side[Scalars]:
    widths = sorted({item.clouds["mu"].d for item in items})
    if len(widths) > 1:
        raise UsageError(
            f"arm {arm} has latents of {' and '.join(map(str, widths))} dimensions", "an arm is one method"
        )
    mu = _by_measure([readings(item, "mu") for item in items])
    sampled = all("z" in item.clouds for item in items)
    share = [None if item.posterior is None else item.posterior.share.estimate.value for item in items]
    apart = [back[item.name].own_less_other.value for item in items] if back else None
    return Side(
        name=arm,
        d=widths[0],
        gate=_gate(items),
        mu=mu,
        z=_by_measure([readings(item, "z") for item in items]) if sampled else None,
        centred=[item.clouds["mu"].measures["mean_cosine_centred"].value for item in items],
        levels={key: _mean(values) for key, values in mu.items()},
        on_principal_axes=lambda k: _by_measure([narrowed(item, seed, None, k) for item in items]),
        share=share if sampled else None,
        signal_share=_mean(share).value if sampled else None,
        own_less_other=None if apart is None else _mean(apart),
    )


def _gate(items: Sequence[Item]) -> Axis[GateWord]:
    """That of the worst seed: a silent one can neither be averaged in nor be dropped."""
    judged: tuple[GateWord, ...] = ("FEW ACTIVE UNITS", "LOW INFORMATION", "PASSED", "NOT APPLICABLE")
    order: tuple[GateWord, ...] = ("TOO FEW ROWS", *SILENT, *judged)
    word = min((item.gate.word for item in items), key=order.index)
    theirs = [item.name for item in items if item.gate.word == word]
    who = f" ({', '.join(theirs)})" if len(theirs) < len(items) else ""
    numbers = {"with_this_word": float(len(theirs)), "seeds": float(len(items))}
    return Axis(word, numbers, because("gate", word) + who)


def _by_measure(readings: Sequence[Mapping[str, Measured]]) -> dict[str, Scalars]:
    return {
        key: [reading[key].estimate.value for reading in readings] for key in MEASURES if key in readings[0]
    }


def _arm(items: Sequence[Item], side: Side[Scalars], shares: Scalars) -> dict[str, Any]:
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
