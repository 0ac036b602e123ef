r"""A sweep through noise as CSV, one line a number, and as a LaTeX table."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from latentlab.metrics import Estimate
from latentlab.results.report import Report
from latentlab.results.reports.noise_results import (
    DecodedMetrics,
    NoisePoint,
    NoiseResult,
    NoiseResults,
    PosteriorPoint,
)
from latentlab.results.tables.escape import escape
from latentlab.results.tables.latex import notes, plus_minus
from latentlab.results.tables.metric_rows import NUMBER_COLUMNS, number_columns

COLUMNS = ("name", "kind", "noise", "snr_db", "metric", *NUMBER_COLUMNS)
NOISE_METRICS = {
    "ter": "token error rate",
    "exact_match": "exact match",
    "cosine": "cosine",
}
_EVERY = 5.0
"""Decibels between the points that a LaTeX table shows."""


def noise_csv(report: Report[NoiseResults]) -> str:
    """`noise` is `white`, `none`, `posterior` or `chance`; of the whole curve, `half_error` and `slope`."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(noise_rows(report))
    return text.getvalue()


def noise_rows(report: Report[NoiseResults]) -> Iterator[dict[str, Any]]:
    """One dict a number, as `noise_csv` writes them."""
    for item in report.results.items:
        for noise, snr, metrics in _groups(item):
            head = {"name": item.name, "kind": item.kind, "noise": noise, "snr_db": snr}
            for key, estimate in metrics.items():
                yield head | {"metric": key, **number_columns(estimate)}


def noise_latex(report: Report[NoiseResults]) -> str:
    r"""A booktabs tabular with a column a checkpoint; intervals as `intervals.parts`."""
    items = report.results.items
    lines = [rf"\begin{{tabular}}{{@{{}}l*{{{len(items)}}}{{r}}@{{}}}}", r"\toprule"]
    lines += [_joined(["", *(escape(item.name) for item in items)])]
    points = items[0].points
    shown = [i for i, point in enumerate(points) if float(point.snr_db / _EVERY).is_integer()]
    shown = shown or list(range(len(points)))
    for key, label in NOISE_METRICS.items():
        lines += [r"\midrule", rf"\multicolumn{{{len(items) + 1}}}{{@{{}}l}}{{{label}}} \\"]
        lines.append(_joined(["no noise", *(plus_minus(_decoded(item.clean)[key]) for item in items)]))
        for i in reversed(shown):
            cells = [plus_minus(_decoded(item.points[i])[key]) for item in items]
            lines.append(_joined([f"${points[i].snr_db:g}$ dB", *cells]))
        if any(item.posterior for item in items):
            own = [item.posterior for item in items]
            cells = [plus_minus(_decoded(point)[key]) if point else "--" for point in own]
            lines.append(_joined(["own posterior", *cells]))
    lines.append(r"\midrule")
    halves = [plus_minus(item.half_error.snr) for item in items]
    slopes = [plus_minus(item.half_error.slope) for item in items]
    lines.append(_joined(["half error at (dB)", *halves]))
    lines.append(_joined(["slope (per dB)", *slopes]))
    about = f"Over {report.inputs['n']} sentences; SNR over the latents' own variance."
    return "\n".join([*notes(about), *lines, r"\bottomrule", r"\end{tabular}", ""])


def _groups(item: NoiseResult) -> Iterator[tuple[str, float | None, dict[str, Estimate]]]:
    """Noise, its ratio, and the numbers there."""
    yield "none", None, _decoded(item.clean)
    for point in item.points:
        yield "white", point.snr_db, _decoded(point)
    yield "chance", None, {"ter": item.chance.ter, "cosine": item.chance.cosine}
    if own := item.posterior:
        yield "posterior", own.snr_db, _decoded(own) | {"ter_white": own.ter_white}
    yield "white", None, {"half_error": item.half_error.snr, "slope": item.half_error.slope}


def _decoded(found: DecodedMetrics | NoisePoint | PosteriorPoint) -> dict[str, Estimate]:
    return {"ter": found.ter, "exact_match": found.exact_match, "cosine": found.cosine}


def _joined(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"
