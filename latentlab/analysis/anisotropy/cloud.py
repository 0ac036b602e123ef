"""One cloud measured: every metric with its interval, the isotropic reference, and what figures need.

The streaming metrics come from the state of a pass over all rows, the others from the sample of rows that
the state kept. Centring a cloud needs no second pass: what a shift does not change is taken over, the rest
comes from the kept rows minus the mean of all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, UInt64

from latentlab.errors import LatentsError
from latentlab.metrics import METRICS, Estimate, isotropic_reference
from latentlab.metrics.cosine import told_by_construction
from latentlab.metrics.intrinsic import scales
from latentlab.metrics.isotropic import OF_ANY_ROWS, row_lengths
from latentlab.metrics.rogue import cosine_contributions, varying
from latentlab.metrics.statistics.by_construction import centred, is_whitened, without_intervals
from latentlab.metrics.statistics.copies import SAME_ROW, Copies
from latentlab.metrics.statistics.curves import cosine_histogram, normal_quantiles
from latentlab.metrics.statistics.means import FEWEST_GROUPS
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.column_sums import Columns
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.metrics.streaming.read_accumulator import Measured, measure_state
from latentlab.metrics.streaming.sampled import measure_sample
from latentlab.metrics.streaming.wide import fits_in_span, spectrum_of_state

DOUBLE_BELOW = 1 << 24
"""Numbers in a cloud below which it is computed in double precision, which is then as good as free."""

SAME = 1e-12
"""Root mean square distance from the mean, over that from zero: less is rounding of double precision."""
FAR = 2e-5
"""The same: of less, single precision keeps hardly a digit."""
TOO_FAR = (
    "the rows differ by less than 2e-5 of their length, of which single precision keeps hardly a digit: if "
    "they are exact to double precision, subtract their mean and measure again"
)


@dataclass(frozen=True)
class Cloud:
    """What is said of one cloud."""

    n: int
    d: int
    sampled: int
    """Rows behind the metrics that need rows themselves."""
    measured: Mapping[str, Measured]
    reference: Mapping[str, Estimate]
    """What an isotropic Gaussian of this n and d gives, for metrics where that is known; where rows come in
    groups only for metrics that do not depend on n."""
    curves: Mapping[str, object]
    """What figures are drawn from: see `results.reports.space_results.CloudCurves`."""
    note: str | None = None
    copies: Copies | None = None
    """What the sample says of repeated rows; None where rows come in groups, of which one each is sampled,
    and where the cloud is too far from zero for its size."""
    groups: int | None = None
    """How many groups the rows come in, where these were told."""
    groups_estimated: bool = False
    """Whether that number is an estimate: there are more groups than rows in the sample."""
    of_rows: tuple[str, ...] = ()
    """Zero rows, copies, dimensions that do not vary: once what the notes of many metrics say."""

    @property
    def metrics(self) -> dict[str, Estimate]:
        """The estimates alone, in the order of the register."""
        return {key: self.measured[key].estimate for key in METRICS if key in self.measured}

    def to_json(self) -> dict[str, Any]:
        """The cloud as it stands in a report."""
        return {
            "n": self.n,
            "d": self.d,
            "sampled": self.sampled,
            "note": self.note,
            "copies": self.copies,
            "groups": self.groups,
            "groups_estimated": self.groups_estimated,
            "metrics": self.metrics,
            "reference": self.reference,
            "curves": self.curves,
        }


def state_of(
    x: Float[np.ndarray, "n d"],
    *,
    seed: int,
    setting: Setting | None = None,
    groups: UInt64[np.ndarray, " n"] | None = None,
) -> State:
    """The state of an array that is in memory; `groups` are the labels of its rows' groups."""
    setting = replace(setting or Setting(seed=seed), grouped=groups is not None)
    if fits_in_span(len(x), x.shape[1], setting):
        setting = replace(setting, products=False, directions=False)
    return State.of(x.astype(np.float64) if x.size < DOUBLE_BELOW else x, setting, groups=groups)


def measure_cloud(state: State) -> Cloud:
    """Every metric of the rows that a state has seen."""
    seed = state.setting.seed
    if state.setting.grouped and state.groups < FEWEST_GROUPS:
        raise LatentsError(
            f"the rows come in {state.groups} groups, and {FEWEST_GROUPS} are needed for anything to be said",
            "--group names what belongs together: a finer column, or none",
        )
    streamed = {
        key: replace(value, estimate=value.estimate.from_rows(state.n))
        for key, value in measure_state(state).items()
    }
    sample = measure_sample(state.kept, seed=seed, rows=state.n)
    columns = Columns.of_sums(state.whole, state.pilot)[0]
    sampled = {key: Measured(e) for key, e in without_intervals(sample.metrics, columns).items()}
    contributions, spectrum = cosine_contributions(columns), spectrum_of_state(state)
    curves = {
        "eigenvalues": spectrum.eigenvalues,
        "mean": columns.mean,
        "cosine_contributions": contributions,
        "intrinsic": scales(sample.distinct),
        **_of_rows(state.kept),
    }
    ratio = streamed["participation_ratio_debiased"].estimate.value
    grouped = state.setting.grouped
    lengths = None if grouped else row_lengths(state.kept.astype(np.float64), ratio)
    isotropic = isotropic_reference(state.n, state.d, seed=seed, lengths=lengths)
    # Beside these two nothing but a few long rows takes that interval.
    few = streamed["isoscore_debiased"].interval_left_out and state.d > 1 and not is_whitened(spectrum)
    # Rows that are all one, up to rounding, are copies and not far.
    spread = float(columns.variance.sum())
    far = SAME**2 * columns.energy < spread <= FAR**2 * columns.energy
    copies = None if grouped or far else sample.copies
    return Cloud(
        n=state.n,
        d=state.d,
        sampled=len(state.kept),
        measured=streamed | sampled,
        reference={k: isotropic[k] for k in OF_ANY_ROWS if k in isotropic} if grouped else isotropic,
        curves=curves,
        note=_note(state),
        copies=copies,
        groups=state.groups if grouped else None,
        groups_estimated=grouped and not state.groups_counted,
        of_rows=(TOO_FAR,) if far else told_of_rows(state, columns, copies, few=few),
    )


def centred_cloud(state: State, raw: Cloud) -> Cloud:
    """The same cloud with its mean subtracted; `raw` is what `measure_cloud` gave.

    What needs a second look (directions, cosines) comes from the kept rows and says from how many. It has no
    interval: the centre is that of these rows, so the values say nothing of another sample.
    """
    mean = Columns.of_sums(state.whole, state.pilot)[0].mean
    rows = state.kept.astype(np.float64) - mean
    again = [key for key in raw.measured if "translate" not in METRICS[key].invariances]
    groups = state.kept_groups if state.setting.grouped else None
    streamed = measure_state(
        State.of(
            rows, replace(state.setting, subsample=1 if state.setting.products else len(rows)), groups=groups
        )
    )
    moved = {k: replace(streamed[k], estimate=streamed[k].estimate.from_rows(len(rows))) for k in streamed}
    cosine = moved["mean_cosine"]
    if cosine.estimate.value is not None:
        said = told_by_construction(cosine.estimate.value, len(rows))
        moved["mean_cosine"] = replace(cosine, estimate=cosine.estimate.with_note(said))
    sample = measure_sample(rows, seed=state.setting.seed, keys=again, rows=state.n)
    moved |= {key: Measured(value) for key, value in sample.metrics.items()}
    moved = {key: replace(m, estimate=centred(key, m.estimate)) for key, m in moved.items()}
    curves = {
        **raw.curves,
        "mean": np.zeros(state.d),
        "cosine_contributions": cosine_contributions(rows),
        **_of_rows(rows),
    }
    return replace(raw, measured={**raw.measured, **{key: moved[key] for key in again}}, curves=curves)


def _of_rows(rows: Float[np.ndarray, "m d"]) -> dict[str, Any]:
    return {"cosines": cosine_histogram(rows), "quantiles": normal_quantiles(rows)}


def told_of_rows(
    state: State, columns: Columns, copies: Copies | None, *, few: bool = False
) -> tuple[str, ...]:
    """Zero rows, a few copies, dimensions that do not vary, a few long rows; each in words."""
    zero, still = state.n - columns.directed, int(np.sum(~varying(columns)))
    told = []
    if zero:
        told.append(f"{zero} of {state.n} rows are zero: they have no direction, and cosines leave them out")
    if copies is not None and copies.exact and not copies.telling:  # more of them are a warning of their own
        drawn = "" if copies.sampled == state.n else f" drawn from {state.n}"
        told.append(
            f"{copies.exact} of {copies.sampled} rows{drawn} repeat another{SAME_ROW}: metrics of "
            "neighbours leave them out"
        )
    if still:
        told.append(f"{still} of {state.d} dimensions do not vary")
    if few:
        told.append("a few long rows carry the spread: what they decide has no ±")
    return tuple(told)


def _note(state: State) -> str | None:
    notes = [
        f"{state.nonfinite} rows with NaN or infinity left out" if state.nonfinite else None,
        f"n = {state.n} < d = {state.d}: are rows and columns swapped?" if state.n < state.d else None,
    ]
    return "; ".join(note for note in notes if note) or None
