"""From the state of one pass to every streaming measure, with standard errors from the same pass.

Each measure comes with its values on the cloud without one shard at a time. They give its standard error
(delete-a-group jackknife, Kott 2001, J. Official Statistics 17:521), and, since a sentence lies in the same
shard of every cloud, that of a difference between two clouds too. The mean cosine alone has its exact
delete-one-row jackknife beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from latentlab.errors import LatentsError
from latentlab.metrics.columns import Columns
from latentlab.metrics.cosine import jackknife_of_mean_cosine, repeated
from latentlab.metrics.estimate import Estimate
from latentlab.metrics.register import CLOUD_METRICS, METRICS, Stage
from latentlab.metrics.spectra import first_order, rankme_without_each, spectra
from latentlab.metrics.state import State

_NOT_FIRST_ORDER = ("dims_90", "condition_number")
"""A count, and the smallest eigenvalue: what `spectra` gives for wide clouds says nothing of their spread."""
_OF_SQUARES = ("participation_ratio", "participation_ratio_debiased", "isoscore", "isoscore_debiased")


@dataclass(frozen=True)
class Measured:
    """An estimate, and its value without each shard."""

    estimate: Estimate
    replicates: tuple[float | None, ...] = ()
    """In the order of the shards that have rows; empty where none were computed."""

    @property
    def jackknifed(self) -> Estimate:
        """The estimate with the interval that its replicates give, printed or not."""
        return self.estimate.with_jackknife(self.replicates)


def measure_state(state: State) -> dict[str, Measured]:
    """Every streaming measure of the rows counted, by key. LatentsError with fewer than two rows."""
    if state.n < 2:
        raise LatentsError(f"expected at least 2 rows, got {state.n}")
    whole, dtype = state.whole, state.kept.dtype
    sizes = [state.n - int(state.shards.n[g]) for g in state.shards.filled()]
    of_all, of_rests = spectra(state.shards, whole, state.pilot, dtype)
    stages: dict[Stage, tuple[object, Sequence[object]]] = {
        "columns": (
            Columns.of_sums(whole, state.pilot)[0],
            Columns.without_each(state.shards, state.pilot) if min(sizes) > 1 else [],
        ),
        "spectrum": (of_all, of_rests),
    }
    copies = _copies(state)
    measured: dict[str, Measured] = {}
    for key in CLOUD_METRICS:
        measure = METRICS[key]
        if measure.stage not in stages:
            continue
        value, without = stages[measure.stage]
        estimate = measure.function(value)
        if key in _NOT_FIRST_ORDER and first_order(state.d):
            measured[key] = Measured(estimate.with_note("no standard error for so many dimensions"))
            continue
        if key.endswith("_debiased"):
            estimate = estimate.with_note(copies)
        if measure.stage == "spectrum" and key not in _OF_SQUARES:
            estimate = estimate.with_note(_rough(state))
        replicates = tuple(measure.function(rest).value for rest in without)
        measured[key] = Measured(estimate.with_jackknife(replicates), replicates)
    rank, without = rankme_without_each(state.shards, whole, state.pilot, dtype)
    measured["rankme"] = Measured(rank.with_note(_rough(state)).with_jackknife(without), tuple(without))
    measured["mean_cosine"] = _exact(state, stages["columns"][0], measured["mean_cosine"])
    return measured


def _copies(state: State) -> str | None:
    """A remark on repeated rows: each counts as evidence again."""
    note = repeated(state.kept[state.kept.any(axis=1)])
    return f"in a sample {note}" if note and len(state.kept) < state.n else note


def _rough(state: State) -> str | None:
    few = first_order(state.d) and state.n < 10 * state.d
    return "standard error to first order, rough at n < 10 d" if few else None


def _exact(state: State, columns: object, measured: Measured) -> Measured:
    """The mean cosine with the exact jackknife, where the state has what it takes."""
    assert isinstance(columns, Columns)
    spread = state.spread_of_rows()
    estimate = measured.estimate.with_note(_copies(state))
    se = None if spread is None else jackknife_of_mean_cosine(columns.directed, spread)
    return Measured(estimate if se is None else estimate.with_se(se), measured.replicates)
