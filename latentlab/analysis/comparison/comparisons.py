"""Checkpoints against a baseline, on the same sentences: what differs, how surely, and what it is called.

Every space is measured on the same sentences in the same jackknife shards, so what two spaces share cancels
in the interval of their difference. The unit is the sentence: all of this speaks of these very checkpoints.
For a method there is `conditions`, where the unit is the training seed.

A difference is treated − baseline, on the latent point mu; z, a sample from the posterior, is compared with
like: the baseline's mu plus white noise of the same signal-to-noise ratio, and its z where it has one. The
treatment is also set against what is simpler: the baseline with its mean subtracted, and a control trained
with β = 0. Verdicts, answers and
the claim come from `metrics.verdicts`.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Int64, UInt64

from latentlab.analysis.anisotropy.row_warnings import copy_warnings, row_warnings
from latentlab.analysis.anisotropy.spaces_report import Item, measure_models
from latentlab.analysis.clouds import LoadedModel, Progress
from latentlab.analysis.comparison.contrast import contrast
from latentlab.analysis.comparison.control_selection import (
    baseline_of,
    check_different,
    control_of,
    encoder_notes,
)
from latentlab.analysis.comparison.primary_metrics import OF_ONE_WIDTH, core_of, core_on_principal_axes
from latentlab.analysis.comparison.sides import Difference, Side, Unit, gate_axis
from latentlab.analysis.report_provenance import report_provenance
from latentlab.analysis.task import Written, task_difference, written
from latentlab.metrics import Estimate
from latentlab.metrics.statistics.inference import (
    PValue,
    check_margin,
    difference_p,
    equivalence,
    paired_difference,
    sign_flip_test,
)
from latentlab.metrics.statistics.means import group_sums
from latentlab.metrics.streaming.directions import directions
from latentlab.metrics.streaming.read_accumulator import Measured
from latentlab.metrics.streaming.sharding import Labels
from latentlab.metrics.verdicts.thresholds import MARGIN
from latentlab.metrics.verdicts.white_noise import noisy_roundness
from latentlab.results import Inputs, Report
from latentlab.results.reports.comparison_results import ComparisonResults

ROUNDING = 1e-6
"""Latents come in single precision: a smaller difference of numbers up to 1 is no difference."""
SAYS = "unit: sentences. This speaks of these checkpoints; another training seed may differ by more."


def compare(
    models: Sequence[LoadedModel],
    texts: Sequence[str],
    *,
    seed: int,
    baseline: str | None = None,
    control: str | None = None,
    task: Sequence[str] | None = None,
    margin: float = MARGIN,
    groups: Labels | None = None,
    task_groups: Int64[np.ndarray, " t"] | UInt64[np.ndarray, " t"] | None = None,
    items: Sequence[Item] | None = None,
    inputs: Inputs | None = None,
    progress: Progress | None = None,
) -> Report[ComparisonResults]:
    """Compare every model with the baseline.

    Args:
        models: Loaded checkpoints, at least two, all different.
        texts: Sentences that every model can take.
        seed: Of the sample z, the shards, the signs and the rows that are kept.
        baseline: Name of the model that the others are compared with; the first if None.
        control: Name of the model with the treatment's head and without its bottleneck; if None the first
            one whose training configuration says β = 0.
        task: Held-out sentences to be reconstructed by every model; without them the task is not measured.
        margin: A smaller difference is no change.
        groups: Labels of the groups that the sentences come in: whole groups move in every interval.
        task_groups: The same of the sentences of `task`.
        items: What `measure_models(…, keep_mu=True)` gave for just these; measured here if None.
        inputs: What else the report should say was asked for, such as paths.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Report whose `results.comparisons` has one entry for every model but the baseline, see `contrast`.

    Raises:
        UsageError: Fewer than two models, two that are one, or a name that none has.
    """
    check_margin(margin)
    check_different(models)
    names = [model.name for model in models]
    against = baseline_of(baseline, names, "checkpoint")
    simpler, notes = control_of(control, {m.name: [m] for m in models}, against, "checkpoint")
    if items is None:
        items = measure_models(models, texts, seed=seed, keep_mu=True, groups=groups, progress=progress)
    back = {} if task is None else written(models, task, groups=task_groups, progress=progress)
    sides = {item.name: _side(item, seed, back.get(item.name), groups) for item in items}
    unit = Unit(partial(of_sentences, margin=margin), noisy_roundness, OF_ONE_WIDTH)

    def against_baseline(side: Side[Measured]) -> dict[str, Any]:
        done = None
        if back:
            a, b = back[against].came_back, back[side.name].came_back
            done = task_difference(a, b, margin, task_groups)
        base, beside = sides[against], sides.get(simpler or "")
        return contrast(base, side, unit, control=beside, task=done, margin=margin)

    asked = {"baseline": baseline, "control": control, "margin": margin}
    return Report.of(
        "compare",
        inputs={**(inputs or {}), "n": len(texts), "seed": seed, **asked, "n_task": len(task or ())},
        results={
            "unit": "sentences",
            "says": SAYS if groups is None else SAYS.replace("sentences", "groups of sentences"),
            "baseline": against,
            "control": simpler,
            "margin": margin,
            "items": items,
            "sign_flip": {item.name: mean_direction(item, seed, groups) for item in items},
            "comparisons": [against_baseline(sides[name]) for name in names if name != against],
            "notes": [*notes, *encoder_notes(models), *row_warnings(items), *copy_warnings(items)],
        },
        provenance=report_provenance(
            models, {"measured": texts, **({} if task is None else {"task": task})}, seed, sharded=True
        ),
    )


def of_sentences(a: Measured, b: Measured, *, margin: float) -> Difference:
    """B − a with the interval of the shards that both share; without shards on one side there is none."""
    if a.replicates and b.replicates:
        delta = paired_difference(a.estimate, b.estimate, a.replicates, b.replicates)
    else:
        known = a.estimate.value is not None and b.estimate.value is not None
        value = (b.estimate.value or 0.0) - (a.estimate.value or 0.0) if known else None
        delta = Estimate(value, note="one side has no shards, so there is no interval")
    p = difference_p(delta)
    if p is not None and abs(delta.value or 0.0) < ROUNDING:
        p, delta = 1.0, delta.with_note("not more than rounding")
    rows = [estimate.n for estimate in (a.estimate, b.estimate) if estimate.n is not None]
    delta = delta.from_rows(min(rows)) if rows else delta
    return Difference(a.estimate, b.estimate, delta, margin, p, equivalence(delta, margin))


def mean_direction(item: Item, seed: int, groups: Labels | None = None) -> dict[str, Any]:
    """Has mu a mean direction at all? Its directions against random signs, with groups one for each."""
    mu = np.zeros((0, 1)) if item.mu is None else item.mu
    u = directions(mu)
    rows = u if groups is None or not len(u) else group_sums(u, groups[mu.any(axis=1)])
    test = sign_flip_test(rows, seed=seed) if len(u) else PValue(None, note="no row has a direction")
    return {**test.to_json(), "n": len(u)}


def readings(item: Item, cloud: str) -> dict[str, Measured]:
    """The core metrics of one cloud of an item."""
    return core_of(item.clouds[cloud].measured, item.clouds[cloud].d)


def narrowed(item: Item, seed: int, groups: Labels | None, k: int) -> dict[str, Measured]:
    """The core metrics of mu on k of its principal axes."""
    assert item.mu is not None
    return core_on_principal_axes(item.mu, k, seed=seed, groups=groups)


def level(key: str, measured: Measured) -> Estimate:
    """A metric as a value with an interval; the mean cosine has an exact one of its own."""
    return measured.judged if key == "mean_cosine" else measured.jackknifed


def _side(item: Item, seed: int, back: Written | None, groups: Labels | None) -> Side[Measured]:
    mu = readings(item, "mu")
    share = None if item.posterior is None else item.posterior.share
    return Side(
        name=item.name,
        d=item.clouds["mu"].d,
        gate=gate_axis(item.gate),
        mu=mu,
        z=readings(item, "z") if "z" in item.clouds else None,
        centred=item.clouds["mu"].measured["mean_cosine_centred"],
        levels={key: level(key, measured) for key, measured in mu.items()},
        on_principal_axes=partial(narrowed, item, seed, groups),
        share=share,
        signal_share=None if share is None else share.estimate.value,
        own_less_other=None if back is None else back.own_less_other,
    )
