"""A comparison as a table that every tool reads: one line a difference, with the word read from it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from latentlab.results.report import Report
from latentlab.results.reports.comparison_results import (
    ComparisonResult,
    ComparisonResults,
    DifferenceResult,
    Differences,
)
from latentlab.results.reports.space_results import VerdictResult

COLUMNS = (
    *("name", "against", "unit", "cloud", "metric", "a", "b", "delta", "se", "ci95_low", "ci95_high", "n"),
    *("p", "p_holm", "p_equivalence", "p_attainable", "hedges_g", "cliffs_delta", "verdict", "note"),
)
_NARROWED = "mu on principal axes"
AXES = {
    ("mu", "mean_cosine"): "cone",
    ("mu", "isoscore_debiased"): "anisotropy",
    ("z against white noise", "isoscore_debiased"): "anisotropy_z",
    (_NARROWED, "isoscore_debiased"): "anisotropy",
    ("mu", "variance_share_top1"): "rogue",
    ("text", "exact_match"): "task",
}
"""The cloud and the metric that a word is read from."""


@dataclass(frozen=True)
class Compared:
    """A difference in a cloud, and the word that is read from it."""

    cloud: str
    metric: str
    difference: DifferenceResult
    verdict: str | None


@dataclass(frozen=True)
class Said:
    """A verdict without a number of its own."""

    metric: str
    """What it is on: `gate`, `answer: ...` or `claim`."""
    verdict: str
    note: str


def comparison_rows(report: Report[ComparisonResults]) -> Iterator[dict[str, Any]]:
    """The lines of every comparison, as `comparison_csv` writes them."""
    for entry in report.results.comparisons:
        head = {"name": entry.name, "against": entry.against, "unit": report.results.unit}
        for line in lines_of(entry):
            if isinstance(line, Said):
                yield head | {"metric": line.metric, "verdict": line.verdict, "note": line.note}
            else:
                word = {"cloud": line.cloud, "metric": line.metric, "verdict": line.verdict}
                yield head | word | _numbers(line.difference)


def comparison_csv(report: Report[ComparisonResults]) -> str:
    """The rows as CSV with a header; what is undefined is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(comparison_rows(report))
    return text.getvalue()


def lines_of(entry: ComparisonResult) -> Iterator[Compared | Said]:
    """The gate, every difference, the answers, and the claim.

    Where a posterior says nothing, every line says so: nothing is to be read from its numbers.
    """
    claim, silent = entry.claim, "cone" not in entry.axes
    yield Said("gate", entry.axes["gate"].verdict, entry.axes["gate"].reason)
    for cloud, differences, axes in _blocks(entry):
        for key, difference in differences.items():
            found = axes.get(AXES.get((cloud, key), ""))
            word = None if found is None else found.verdict
            yield Compared(cloud, key, difference, claim.verdict if silent else word)
    for key, answer in entry.answers.items():
        yield Said(f"answer: {key}", answer.verdict, answer.reason)
    yield Said("claim", claim.verdict, claim.reason)


def _blocks(entry: ComparisonResult) -> Iterator[tuple[str, Differences, dict[str, VerdictResult]]]:
    """Cloud, differences there, and the axes that words are read from."""
    yield "mu", entry.metrics, entry.axes
    if entry.z:
        yield "z against white noise", entry.z.metrics, entry.axes
        yield "z", entry.z.against_z or {}, entry.axes
    if entry.pca_control:
        yield _NARROWED, entry.pca_control.metrics, entry.pca_control.axes
    if entry.task:
        yield "text", {"exact_match": entry.task}, entry.axes


def _numbers(difference: DifferenceResult) -> dict[str, Any]:
    delta, g, cliff = difference.delta, difference.hedges_g, difference.cliffs_delta
    low, high = delta.ci95 or (None, None)
    return {
        "a": difference.a.value,
        "b": difference.b.value,
        "delta": delta.value,
        "se": delta.se,
        "ci95_low": low,
        "ci95_high": high,
        "n": delta.n,
        "p": difference.p,
        "p_holm": difference.p_holm,
        "p_equivalence": difference.p_equivalence,
        "p_attainable": difference.p_attainable,
        "hedges_g": None if g is None else g.value,
        "cliffs_delta": None if cliff is None else cliff.value,
        "note": delta.note,
    }
