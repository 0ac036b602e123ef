"""Scores of paths as CSV and as a LaTeX table; without scores, the texts as CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from latentlab.results.report import Report
from latentlab.results.reports.decoding_results import InterpolationResults, PathsResult
from latentlab.results.tables.escape import escape
from latentlab.results.tables.latex import notes, plus_minus
from latentlab.results.tables.metric_rows import NUMBER_COLUMNS, number_columns

SCORE_COLUMNS = ("name", "kind", "path_kind", "source", "pairs", "metric", *NUMBER_COLUMNS)
TEXT_COLUMNS = (
    "name",
    "kind",
    "path_kind",
    "a",
    "b",
    "point",
    "text",
    "norm",
    "mahalanobis",
    "prior_log_density",
)
LABELS = {
    "fluency": r"perplexity ratio",
    "monotone_shift": r"monotone shift",
    "largest_step_share": r"largest step share",
    "distinct": r"distinct sentences",
    "endpoint_fidelity": r"endpoint fidelity",
    "kept": r"right middle",
    "round_trip": r"round trip",
    "detour_ratio": r"detour ratio",
    "length_drift": r"length drift",
    "repetition": r"repetition",
}
"""Score -> what a paper's table calls it, in its order."""


def paths_csv(report: Report[InterpolationResults]) -> str:
    """One line a score of a checkpoint or one of its baselines; one line a point where nothing was scored."""
    scored = bool(report.results.scores)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, SCORE_COLUMNS if scored else TEXT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(paths_rows(report))
    return text.getvalue()


def paths_rows(report: Report[InterpolationResults]) -> Iterator[dict[str, Any]]:
    """One dict a score, or a point where nothing was scored, as `paths_csv` writes them."""
    rows = _scores if report.results.scores else _texts
    for item in report.results.items:
        head = {"name": item.name, "kind": item.kind, "path_kind": item.path_kind}
        yield from (head | row for row in rows(item))


def _scores(item: PathsResult) -> Iterator[dict[str, Any]]:
    for source, groups in {"checkpoint": item.scores or {}, **(item.baselines or {})}.items():
        for group, scores in groups.items():
            for key, estimate in scores.items():
                yield {"source": source, "pairs": group, "metric": key, **number_columns(estimate)}


def _texts(item: PathsResult) -> Iterator[dict[str, Any]]:
    for path in item.paths:
        nothing = (None,) * len(path.texts)
        points = zip(
            path.texts,
            path.norm,
            path.mahalanobis or nothing,
            path.prior_log_density or nothing,
            strict=True,
        )
        for point, (text, norm, mahalanobis, density) in enumerate(points):
            yield {
                "a": path.a,
                "b": path.b,
                "point": point,
                "text": text,
                "norm": norm,
                "mahalanobis": mahalanobis,
                "prior_log_density": density,
            }


def paths_latex(report: Report[InterpolationResults]) -> str:
    r"""A booktabs tabular of all pairs: checkpoints, baselines of the first; intervals as in `intervals`."""
    items = report.results.items
    kinds = ", ".join(f"{item.name} {item.path_kind}" for item in items)
    n, points = report.inputs["pairs"], report.inputs["steps"]
    about = f"{n} pair{'' if n == 1 else 's'}, {points} points; kinds of path: {kinds}"
    columns = {item.name: (item.scores or {})["all pairs"] for item in items}
    columns |= {f"({name})": groups["all pairs"] for name, groups in (items[0].baselines or {}).items()}
    lines = [rf"\begin{{tabular}}{{@{{}}l*{{{len(columns)}}}{{r}}@{{}}}}", r"\toprule"]
    lines += [" & ".join(["score", *(escape(name) for name in columns)]) + r" \\", r"\midrule"]
    for key, label in LABELS.items():
        cells = [plus_minus(scores[key]) for scores in columns.values()]
        lines.append(" & ".join([label, *cells]) + r" \\")
    return "\n".join([*notes(f"Over {escape(about)}."), *lines, r"\bottomrule", r"\end{tabular}", ""])
