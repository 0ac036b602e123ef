"""From the state of one pass to every streaming metric, with standard errors from the same pass.

Each metric comes with its values on the cloud without one shard at a time. They give its standard error
(delete-a-group jackknife, Kott 2001, J. Official Statistics 17:521), and, since a sentence lies in the same
shard of every cloud, that of a difference between two clouds too. The mean cosine alone has its exact
delete-one-row jackknife beside them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from latentlab.errors import LatentsError
from latentlab.metrics.cosine import jackknife_of_mean_cosine, repeated
from latentlab.metrics.records.metric_record import Stage
from latentlab.metrics.register import CLOUD_METRICS, METRICS
from latentlab.metrics.statistics.between_groups import between_shards
from latentlab.metrics.statistics.by_construction import without_intervals
from latentlab.metrics.statistics.debiased_rank import debiased_rank, entropy
from latentlab.metrics.statistics.estimate import PLUG_IN, Estimate, undefined
from latentlab.metrics.statistics.jackknife import of_one_size
from latentlab.metrics.statistics.leaving_out import (
    mean_cosine_left_out,
    mean_energy_ratio_left_out,
    participation_ratio_left_out,
)
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.column_sums import Columns
from latentlab.metrics.streaming.spectra import Spectra, first_order, rankme_of, spectra
from latentlab.metrics.streaming.wide import in_span

_STATIONARY = ("mean_cosine", "mean_energy_ratio", "participation_ratio_debiased", "isoscore_debiased")
"""Metrics that are stationary where there is nothing to see."""
_OF_COPIES = (*_STATIONARY, "effective_rank_debiased")
"""Metrics that say how many rows are copies."""
_ELSEWHERE = ("effective_rank_debiased",)
"""Metrics that no single spectrum gives."""
_OF_SQUARES = ("participation_ratio", "participation_ratio_debiased", "isoscore", "isoscore_debiased")
LARGEST_SHARD = 0.2
"""Share of the rows of grouped clouds: with a larger shard what is left out is no small change."""


@dataclass(frozen=True)
class Measured:
    """An estimate, and its value without each shard."""

    estimate: Estimate
    replicates: tuple[float | None, ...] = ()
    """In the order of the shards that have rows; empty where none were computed."""
    interval_left_out: bool = False
    """Whether the estimate lost its interval: these rows were made to have the value, or few carry it."""

    @property
    def judged(self) -> Estimate:
        """What a verdict goes by: a value that lost its interval keeps the jackknife's range."""
        return self.jackknifed if self.interval_left_out else self.estimate

    @property
    def jackknifed(self) -> Estimate:
        """The estimate with the jackknife's interval about its value, plug-in values too: for verdicts."""
        return (
            self.estimate if self.estimate.se is not None else self.estimate.with_jackknife(self.replicates)
        )


SMALLEST = 1e-140
"""Sum of variances; the squares of smaller ones leave the range in which a double has all its digits."""


def measure_state(state: State) -> dict[str, Measured]:
    """Every streaming metric of the rows counted, by key. LatentsError with fewer than two rows."""
    if state.n < 2:
        raise LatentsError(f"expected at least 2 rows, got {state.n}", "a cloud is of two vectors or more")
    whole, shards = state.whole, state.shards
    sizes = [state.n - int(shards.n[g]) for g in shards.filled()]
    turned = state if state.setting.products else in_span(state)
    of_turned, dtype = turned.whole, turned.kept.dtype
    found = spectra(turned.shards, of_turned, turned.pilot, dtype, d=state.d)
    columns = Columns.of_sums(whole, state.pilot)[0]
    if 0 < (spread := float(columns.variance.sum())) < SMALLEST:
        raise LatentsError(
            f"the rows differ by {spread**0.5:.1g}, whose fourth power is no number in double precision",
            "multiply all vectors by one constant: directions and shares stay what they are",
        )
    stages: dict[Stage, tuple[object, Sequence[object]]] = {
        "columns": (columns, Columns.without_each(shards, state.pilot) if min(sizes) > 1 else []),
        "spectrum": (found.whole, found.rests),
    }
    narrowing = _narrowing(turned)
    measured: dict[str, Measured] = {}
    for key in CLOUD_METRICS:
        measure = METRICS[key]
        if measure.stage not in stages or key in _ELSEWHERE:
            continue
        value, without = stages[measure.stage]
        estimate = measure.function(value)
        replicates = tuple(measure.function(rest).value for rest in without)
        if measure.interval == "plug-in":
            replicates = of_one_size(replicates, estimate.value, sizes, state.n)
        if measure.interval == "unbiased":
            estimate = estimate.with_jackknife(replicates, narrowing=narrowing.get(key, 1.0))
        elif measure.interval == "plug-in":
            estimate = estimate if estimate.value is None else estimate.with_note(PLUG_IN)
        if measure.stage == "spectrum" and key not in _OF_SQUARES and estimate.se is not None:
            estimate = estimate.with_note(_rough(state))
        measured[key] = Measured(estimate, replicates)
    if state.setting.grouped and min(sizes) < (1 - LARGEST_SHARD) * state.n:
        held = f"{100 * (1 - min(sizes) / state.n):.0f} % of the rows are in one group or a few"
        measured["effective_rank_debiased"] = Measured(undefined(f"{held}: its bias cannot be seen"))
    else:
        measured["effective_rank_debiased"] = _rank(found, sizes, narrowing["isoscore_debiased"])
    measured["rankme"] = Measured(rankme_of(of_turned, turned.pilot, dtype))
    if state.setting.grouped:
        measured |= _between(state)
    else:
        measured["mean_cosine"] = _exact(turned, columns, measured["mean_cosine"], narrowing["mean_cosine"])
    copies = _copies(state)
    for key in _OF_COPIES:
        measured[key] = replace(measured[key], estimate=measured[key].estimate.with_note(copies))
    shown = without_intervals({k: v.estimate for k, v in measured.items()}, columns, found.whole)
    return {
        key: replace(one, estimate=shown[key], interval_left_out=shown[key].ci95 != one.estimate.ci95)
        for key, one in measured.items()
    }


def _narrowing(state: State) -> dict[str, float]:
    """By metric: what its jackknife standard error is multiplied by, less than 1 at a stationary point."""
    if state.setting.grouped or len(list(state.shards.filled())) < 3:
        return dict.fromkeys(_STATIONARY, 1.0)
    ratio = participation_ratio_left_out(state.shards).narrowing()
    return {
        "mean_cosine": mean_cosine_left_out(state.shards).narrowing(),
        "mean_energy_ratio": mean_energy_ratio_left_out(state.shards, state.pilot).narrowing(),
        "participation_ratio_debiased": ratio,
        "isoscore_debiased": ratio,
    }


def _rank(found: Spectra, sizes: Sequence[int], narrowing: float) -> Measured:
    whole = entropy(found.whole)
    estimate, factor = debiased_rank(whole, [entropy(block) for block in found.blocks])
    rests = of_one_size([entropy(rest) for rest in found.rests], whole, sizes, found.whole.n)
    replicates = tuple(None if rest is None else factor * math.exp(rest) for rest in rests)
    estimate = estimate.with_note(found.whole.note)
    return Measured(estimate.with_jackknife(replicates, narrowing=narrowing), replicates)


def _between(state: State) -> dict[str, Measured]:
    """Where rows come in groups: from products of rows in different shards, and so in different groups."""
    measured = {}
    for key, (whole, each) in between_shards(state.shards, state.pilot).items():
        replicates = tuple(value.value for value in each)
        measured[key] = Measured(whole.with_jackknife(replicates), replicates)
    return measured


def _copies(state: State) -> str | None:
    """A warning about repeated rows: each counts as evidence again."""
    note = repeated(state.kept[state.kept.any(axis=1)])
    return f"in a sample {note}" if note and len(state.kept) < state.n else note


def _rough(state: State) -> str | None:
    few = first_order(state.d) and state.n < 10 * state.d
    return "standard error to first order, rough at n < 10 d" if few else None


def _exact(state: State, columns: Columns, measured: Measured, narrowing: float) -> Measured:
    """The mean cosine with the exact jackknife, where the state has what it takes."""
    spread = state.spread_of_rows()
    se = None if spread is None else jackknife_of_mean_cosine(columns.directed, spread)
    if se is None:
        return measured
    # How much to narrow is known from the shards alone.
    df = columns.directed - 1 if narrowing == 1 else len(measured.replicates) - 1
    estimate = measured.estimate.with_se(se * narrowing, df=df)
    return Measured(estimate, measured.replicates)
