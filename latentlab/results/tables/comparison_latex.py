r"""A comparison as a LaTeX table: booktabs rules, siunitx columns, plain ASCII; one tabular a comparison."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from latentlab.metrics.statistics.intervals import interval, is_bound, rounded
from latentlab.results.tables.comparison_rows import comparison_rows
from latentlab.results.tables.escape import escape
from latentlab.results.tables.latex import CLOUDS, in_column, name_of, tex, tex_p

_CLOUDS = CLOUDS | {
    "z against white noise": r"samples $z$ of $B$ against $\mu$ of $A$ plus white noise of equal power",
    "z": r"samples $z$ of both",
    "mu on principal axes": r"latent points $\mu$ on as many principal axes",
    "text": "task",
}
_LABELS = {"effective_rank_over_d": "effective rank / $d$"}
_COLUMN = "S[separate-uncertainty, group-digits=none, table-alignment-mode=none]"
_COMMENT = (
    r"Needs \usepackage{booktabs} and \usepackage{siunitx} of version 3 in the preamble.",
    "For the caption:",
    r"B - A with its 95 \% interval, \pm, or [ ] where it is not even; p is that of no difference,",
    r"Holm-adjusted over the rows of a cloud that have one; \leq where the test can give no smaller one;",
    "-- is none. A word is that of an axis: anisotropy is REDUCED where IsoScore rises.",
)


def comparison_latex(report: Mapping[str, Any]) -> str:
    r"""Tabulars from the report of a comparison as a dict, to be put into table environments with \input.

    A row a difference, under the cloud that it is of: A, B, B - A with half its interval, the adjusted p and
    the word that is read from it. Where the unit is the training seed, A and B are means over seeds.
    """
    lines = list(comparison_rows(report))
    pairs = groupby(lines, key=lambda line: (line["against"], line["name"]))
    tabulars = [_tabular(*names, list(rows)) for names, rows in pairs]
    unit = f"The unit is the {'training seed' if report['results']['unit'] == 'seeds' else 'sentence'}."
    return "\n".join([*(f"% {line}" for line in (*_COMMENT, unit)), *tabulars])


def _tabular(against: str, name: str, rows: list[dict[str, Any]]) -> str:
    numbers = [row for row in rows if row.get("cloud")]
    words = {row["metric"]: row["verdict"] for row in rows if not row.get("cloud")}
    text = [rf"\begin{{tabular}}{{@{{}}l*{{4}}{{{_COLUMN}}}l@{{}}}}", r"\toprule"]
    text.append(
        _joined(
            [
                "metric",
                f"{{$A$: {escape(against)}}}",
                f"{{$B$: {escape(name)}}}",
                "{$B - A$}",
                "{p}",
                "verdict",
            ]
        )
    )
    for cloud, group in groupby(numbers, key=lambda row: row["cloud"]):
        of = list(group)
        n = of[0]["n"]
        size = f", $n = {n}$" if n else ""
        heading = rf"\multicolumn{{6}}{{@{{}}l}}{{{_CLOUDS.get(cloud, escape(cloud))}{size}}} \\"
        text += [r"\midrule", heading]
        text += [_joined(list(_cells(row))) for row in of]
    text += [r"\midrule"]
    text += [
        rf"{escape(what)} & \multicolumn{{5}}{{l@{{}}}}{{{escape(words[what] or '--')}}} \\" for what in words
    ]
    return "\n".join([*text, r"\bottomrule", r"\end{tabular}", ""])


def _cells(row: Mapping[str, Any]) -> Iterator[str]:
    yield _LABELS.get(row["metric"], name_of(row["metric"]))
    delta = {"value": row["delta"], "ci95": (row["ci95_low"], row["ci95_high"])}
    span = interval(delta)
    half = None if span is None else max(row["delta"] - span[0], span[1] - row["delta"])
    for key in ("a", "b"):
        number = None if row[key] is None else rounded(row[key], half)[0]
        yield "{--}" if number is None else f"{{${tex(number)}$}}" if "e" in number else number
    yield in_column(delta)
    yield tex_p(row["p_holm"], bound=is_bound(row["p"], row["p_attainable"]))
    yield escape(row["verdict"] or "")


def _joined(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"
