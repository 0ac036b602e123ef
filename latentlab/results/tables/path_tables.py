"""Scores of paths as CSV and as a LaTeX table; without scores, the texts as CSV."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

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


def paths_csv(report: Mapping[str, Any]) -> str:
    """One line a score of a checkpoint or one of its baselines; one line a point where nothing was scored."""
    scored = bool(report["results"]["scores"])
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, SCORE_COLUMNS if scored else TEXT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(paths_rows(report))
    return text.getvalue()


def paths_rows(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One dict a score, or a point where nothing was scored, as `paths_csv` writes them."""
    return _scores(report) if report["results"]["scores"] else _texts(report)


def _scores(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for item in report["results"]["items"]:
        head = {key: item[key] for key in ("name", "kind", "path_kind")}
        for source, groups in {"checkpoint": item["scores"], **item["baselines"]}.items():
            for group, scores in groups.items():
                for key, cell in scores.items():
                    yield head | {
                        "source": source,
                        "pairs": group,
                        "metric": key,
                        **number_columns(cell),
                    }


def _texts(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for item in report["results"]["items"]:
        for path in item["paths"]:
            for point, text in enumerate(path["texts"]):
                yield {key: item[key] for key in ("name", "kind", "path_kind")} | {
                    "a": path["a"],
                    "b": path["b"],
                    "point": point,
                    "text": text,
                    **{k: (path[k] or [None] * len(path["texts"]))[point] for k in TEXT_COLUMNS[7:]},
                }


def paths_latex(report: Mapping[str, Any]) -> str:
    r"""A booktabs tabular of all pairs: checkpoints, baselines of the first; intervals as in `intervals`."""
    items = report["results"]["items"]
    kinds = ", ".join(f"{item['name']} {item['path_kind']}" for item in items)
    n, points = report["inputs"]["pairs"], report["inputs"]["steps"]
    about = f"{n} pair{'' if n == 1 else 's'}, {points} points; kinds of path: {kinds}"
    columns = {item["name"]: item["scores"]["all pairs"] for item in items}
    columns |= {f"({name})": groups["all pairs"] for name, groups in items[0]["baselines"].items()}
    lines = [rf"\begin{{tabular}}{{@{{}}l*{{{len(columns)}}}{{r}}@{{}}}}", r"\toprule"]
    lines += [" & ".join(["score", *(escape(name) for name in columns)]) + r" \\", r"\midrule"]
    for key, label in LABELS.items():
        cells = [plus_minus(scores[key]) for scores in columns.values()]
        lines.append(" & ".join([label, *cells]) + r" \\")
    return "\n".join([*notes(f"Over {escape(about)}."), *lines, r"\bottomrule", r"\end{tabular}", ""])
