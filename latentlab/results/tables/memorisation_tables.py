r"""The hash-map test as CSV, one line a number, and as a LaTeX table."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from latentlab.results.report import Report
from latentlab.results.reports.noise_results import MemorisationResults
from latentlab.results.tables.escape import escape
from latentlab.results.tables.latex import plus_minus
from latentlab.results.tables.metric_rows import NUMBER_COLUMNS, number_columns

COLUMNS = ("name", "kind", "verdict", "metric", "threshold", "hash_like", "reading", "sure", *NUMBER_COLUMNS)
LABELS = {
    "gap": "held-out less training errors",
    "radius": "noise radius / nearest distance",
    "noisy_meaning": "meaning kept by noisy decodes",
    "middle_validity": "well-formed midpoints / ends",
    "middle_meaning": "meaning kept by midpoints",
}
"""Criterion -> what tables call it."""


def memorisation_csv(report: Report[MemorisationResults]) -> str:
    """Criteria with their threshold, the side on which a hash map lies and the word; then what is beside."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(memorisation_rows(report))
    return text.getvalue()


def memorisation_rows(report: Report[MemorisationResults]) -> Iterator[dict[str, Any]]:
    """One dict a number, as `memorisation_csv` writes them."""
    asked = report.results.criteria
    for item in report.results.items:
        head = {"name": item.name, "kind": item.kind, "verdict": item.verdict.verdict}
        for key, estimate in item.criteria.items():
            rule = {"threshold": asked[key].threshold, "hash_like": asked[key].hash_like}
            found = item.verdict.readings[key]
            reading = {"reading": found.verdict, "sure": found.sure}
            yield head | {"metric": key, **rule, **reading, **number_columns(estimate)}
        for key, estimate in item.beside.items():
            yield head | {"metric": key, **number_columns(estimate)}


def memorisation_latex(report: Report[MemorisationResults]) -> str:
    r"""A booktabs tabular with a column a checkpoint, the thresholds, and the verdict below."""
    items, asked = report.results.items, report.results.criteria
    lines = [rf"\begin{{tabular}}{{@{{}}l*{{{len(items)}}}{{r}}r@{{}}}}", r"\toprule"]
    lines += [_joined(["", *(escape(item.name) for item in items), "hash-like"]), r"\midrule"]
    errors = [plus_minus(item.beside["ter_held_out"]) for item in items]
    lines.append(_joined(["token error rate, held out", *errors, ""]))
    for key, label in LABELS.items():
        cells = [plus_minus(item.criteria[key]) for item in items]
        sign = r"\geq" if asked[key].hash_like == "from" else "<"
        lines.append(_joined([label, *cells, f"${sign} {asked[key].threshold:g}$"]))
    words = [item.verdict.verdict for item in items]
    lines += [r"\midrule", _joined(["verdict", *words, ""])]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _joined(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"
