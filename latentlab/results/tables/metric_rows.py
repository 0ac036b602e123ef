"""The numbers of a report as a table that every tool reads: one line a number."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from latentlab.metrics import Estimate
from latentlab.metrics.posterior import ActiveUnits
from latentlab.results.report import Report
from latentlab.results.reports.comparison_results import ComparisonResults
from latentlab.results.reports.space_results import (
    AnisotropyResults,
    CloudResult,
    EncoderResult,
    LayerResult,
    LayersResults,
    PosteriorResult,
    SpaceResult,
)

COLUMNS = (
    "name",
    "kind",
    "gate",
    "cloud",
    "rows",
    "d",
    "metric",
    "n",
    "value",
    "se",
    "ci95_low",
    "ci95_high",
    "reference",
    "note",
)
NUMBER_COLUMNS = ("n", "value", "se", "ci95_low", "ci95_high", "note")
"""The last columns of every table of estimates."""
_POSTERIOR = "posterior"
_GAP = ("below", "above")
MeasuredReport = Report[AnisotropyResults] | Report[ComparisonResults] | Report[LayersResults]
"""A report whose items are spaces or encoders."""


@dataclass(frozen=True)
class MetricRow:
    """One line of the table: what was measured, and of what."""

    cloud: str
    metric: str
    estimate: Estimate
    rows: int | None = None
    """Rows of the cloud; the estimate has those behind it, fewer where it comes from a sample."""
    d: int | None = None
    reference: float | None = None
    """Of an isotropic Gaussian with the same rows and d; the posterior has none."""
    count: bool = False
    """Whether the value is written as a whole number."""


def rows(report: MeasuredReport) -> Iterator[dict[str, Any]]:
    """Each metric of each cloud of each item, then the posterior's, as `to_csv` writes them."""
    for item in report.results.items:
        kind, gate = (item.kind, item.gate.verdict) if isinstance(item, SpaceResult) else (None, None)
        head = dict.fromkeys(COLUMNS) | {"name": item.name, "kind": kind, "gate": gate}
        for number in numbers_of(item):
            yield head | _columns(number)


def to_csv(report: MeasuredReport) -> str:
    """The rows as CSV with a header; an undefined number is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(report))
    return text.getvalue()


def numbers_of(item: SpaceResult | EncoderResult) -> Iterator[MetricRow]:
    """Each metric of each cloud of a space, then of its posterior; of each layer of an encoder."""
    if isinstance(item, EncoderResult):
        for layer in item.layers:
            yield from of_cloud(f"layer {layer.layer}", layer)
        return
    for name, cloud in item.clouds.items():
        yield from of_cloud(name, cloud)
    if item.posterior is not None:
        yield from _of_posterior(item.posterior)


def of_cloud(name: str, cloud: CloudResult | LayerResult) -> Iterator[MetricRow]:
    """Each metric of a cloud, under a name; one that does not say its rows has those of the cloud."""
    for key, found in cloud.metrics.items():
        estimate = found.from_rows(cloud.n) if found.n is None else found
        reference = cloud.reference[key].value if key in cloud.reference else None
        yield MetricRow(name, key, estimate, cloud.n, cloud.d, reference)


def number_columns(estimate: Estimate) -> dict[str, Any]:
    """An estimate as NUMBER_COLUMNS; the note of a bound begins with which bound it is."""
    low, high = estimate.ci95 or (None, None)
    note = f"{estimate.bound}: {estimate.note}" if estimate.bound else estimate.note
    return dict(zip(NUMBER_COLUMNS, (estimate.n, estimate.value, estimate.se, low, high, note), strict=True))


def _columns(number: MetricRow) -> dict[str, Any]:
    found = number_columns(number.estimate)
    if number.count:
        found["value"] = int(found["value"])
    size = {"cloud": number.cloud, "rows": number.rows, "d": number.d}
    return size | {"metric": number.metric, "reference": number.reference} | found


def _of_posterior(posterior: PosteriorResult) -> Iterator[MetricRow]:
    for key, estimate in posterior.metrics.items():
        yield MetricRow(_POSTERIOR, key, estimate)
        if isinstance(estimate, ActiveUnits):
            yield from _beside(key, estimate)
    by_dim = {"kl_per_dim": posterior.kl_per_dim, "information_per_dim": posterior.information_per_dim or ()}
    for key, values in by_dim.items():
        for i, value in enumerate(values):
            yield MetricRow(_POSTERIOR, f"{key}[{i}]", Estimate(value))
    for threshold, collapsed in posterior.collapsed_dims.items():
        yield MetricRow(_POSTERIOR, f"collapsed_dims[{threshold}]", Estimate(float(collapsed)), count=True)


def _beside(key: str, units: ActiveUnits) -> Iterator[MetricRow]:
    """The counts of other thresholds and the nearest dimensions, which are of the same rows."""
    for threshold, active in (units.sweep or {}).items():
        name = f"{key}.sweep[{threshold}]"
        yield MetricRow(_POSTERIOR, name, Estimate(float(active), n=units.n), count=True)
    for side, variance in zip(_GAP, units.gap, strict=True):
        yield MetricRow(_POSTERIOR, f"{key}.gap[{side}]", Estimate(variance, n=units.n))
