r"""A comparison as a LaTeX table: booktabs rules, siunitx columns, plain ASCII; one tabular a comparison."""

from collections.abc import Iterator
from itertools import groupby

from latentlab.metrics.statistics.intervals import interval, is_bound, rounded
from latentlab.results.report import Report
from latentlab.results.reports.comparison_results import ComparisonResult, ComparisonResults
from latentlab.results.tables.comparison_rows import Compared, Said, lines_of
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


def comparison_latex(report: Report[ComparisonResults]) -> str:
    r"""Tabulars from the report of a comparison, to be put into table environments with \input.

    A row a difference, under the cloud that it is of: A, B, B - A with half its interval, the adjusted p and
    the word that is read from it. Where the unit is the training seed, A and B are means over seeds.
    """
    unit = f"The unit is the {'training seed' if report.results.unit == 'seeds' else 'sentence'}."
    comments = [f"% {line}" for line in (*_COMMENT, unit)]
    return "\n".join([*comments, *map(_tabular, report.results.comparisons)])


def _tabular(entry: ComparisonResult) -> str:
    lines = list(lines_of(entry))
    compared = [line for line in lines if isinstance(line, Compared)]
    text = [rf"\begin{{tabular}}{{@{{}}l*{{4}}{{{_COLUMN}}}l@{{}}}}", r"\toprule"]
    text.append(
        _joined(
            [
                "metric",
                f"{{$A$: {escape(entry.against)}}}",
                f"{{$B$: {escape(entry.name)}}}",
                "{$B - A$}",
                "{p}",
                "verdict",
            ]
        )
    )
    for cloud, group in groupby(compared, key=lambda line: line.cloud):
        of = list(group)
        n = of[0].difference.delta.n
        size = f", $n = {n}$" if n else ""
        heading = rf"\multicolumn{{6}}{{@{{}}l}}{{{_CLOUDS.get(cloud, escape(cloud))}{size}}} \\"
        text += [r"\midrule", heading]
        text += [_joined(list(_cells(line))) for line in of]
    text += [r"\midrule"]
    text += [
        rf"{escape(line.metric)} & \multicolumn{{5}}{{l@{{}}}}{{{escape(line.verdict)}}} \\"
        for line in lines
        if isinstance(line, Said)
    ]
    return "\n".join([*text, r"\bottomrule", r"\end{tabular}", ""])


def _cells(line: Compared) -> Iterator[str]:
    difference, delta = line.difference, line.difference.delta
    yield _LABELS.get(line.metric, name_of(line.metric))
    span = interval(delta)
    half = None if span is None else max(float(delta) - span[0], span[1] - float(delta))
    for value in (difference.a.value, difference.b.value):
        number = None if value is None else rounded(value, half)[0]
        yield "{--}" if number is None else f"{{${tex(number)}$}}" if "e" in number else number
    yield in_column(delta)
    yield tex_p(difference.p_holm, bound=is_bound(difference.p, difference.p_attainable))
    yield escape(line.verdict or "")


def _joined(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"
