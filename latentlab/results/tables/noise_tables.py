r"""A sweep through noise as CSV, one line a number, and as a LaTeX table."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

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


def noise_csv(report: Mapping[str, Any]) -> str:
    """`noise` is `white`, `none`, `posterior` or `chance`; of the whole curve, `half_error` and `slope`."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(noise_rows(report))
    return text.getvalue()


def noise_rows(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One dict a number, as `noise_csv` writes them."""
    for item in report["results"]["items"]:
        groups: list[tuple[str, float | None, Mapping[str, Any]]] = [("none", None, item["clean"])]
        groups += [("white", point["snr_db"], point) for point in item["points"]]
        groups += [("chance", None, item["chance"])]
        if item["posterior"]:
            groups.append(("posterior", item["posterior"]["snr_db"], item["posterior"]))
        half = item["half_error"]
        groups.append(("white", None, {"half_error": half["snr"], "slope": half["slope"]}))
        for noise, snr, cells in groups:
            head = {"name": item["name"], "kind": item["kind"], "noise": noise, "snr_db": snr}
            for measure, cell in cells.items():
                if isinstance(cell, Mapping):
                    yield head | {"metric": measure, **number_columns(cell)}


def noise_latex(report: Mapping[str, Any]) -> str:
    r"""A booktabs tabular with a column a checkpoint; intervals as `intervals.parts`."""
    items = report["results"]["items"]
    lines = [rf"\begin{{tabular}}{{@{{}}l*{{{len(items)}}}{{r}}@{{}}}}", r"\toprule"]
    lines += [_joined(["", *(escape(item["name"]) for item in items)])]
    shown = [
        i for i, point in enumerate(items[0]["points"]) if float(point["snr_db"] / _EVERY).is_integer()
    ] or list(range(len(items[0]["points"])))
    for key, label in NOISE_METRICS.items():
        lines += [r"\midrule", rf"\multicolumn{{{len(items) + 1}}}{{@{{}}l}}{{{label}}} \\"]
        lines.append(_joined(["no noise", *(plus_minus(item["clean"][key]) for item in items)]))
        for i in reversed(shown):
            snr = items[0]["points"][i]["snr_db"]
            cells = [plus_minus(item["points"][i][key]) for item in items]
            lines.append(_joined([f"${snr:g}$ dB", *cells]))
        if any(item["posterior"] for item in items):
            cells = [plus_minus(item["posterior"][key]) if item["posterior"] else "--" for item in items]
            lines.append(_joined(["own posterior", *cells]))
    lines.append(r"\midrule")
    halves = [plus_minus(item["half_error"]["snr"]) for item in items]
    slopes = [plus_minus(item["half_error"]["slope"]) for item in items]
    lines.append(_joined(["half error at (dB)", *halves]))
    lines.append(_joined(["slope (per dB)", *slopes]))
    about = f"Over {report['inputs']['n']} sentences; SNR over the latents' own variance."
    return "\n".join([*notes(about), *lines, r"\bottomrule", r"\end{tabular}", ""])


def _joined(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"
