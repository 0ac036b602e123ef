r"""The numbers of a report as a LaTeX table: booktabs rules, siunitx columns, plain ASCII.

Items are columns and metrics are rows, cloud by cloud; beside them stands an isotropic Gaussian of the same
size. By default it has the metrics of a paper; `table.csv` has all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from latentlab.metrics import Estimate
from latentlab.metrics.register import METRICS, shown_in
from latentlab.metrics.statistics.intervals import bound, p_value, parts
from latentlab.metrics.verdicts.gate import SILENT
from latentlab.results.reports.space_results import SpaceResult
from latentlab.results.tables.escape import escape
from latentlab.results.tables.metric_rows import MeasuredReport, MetricRow, numbers_of

_SWEPT = {"collapsed_dims": "collapsed_dims[0.01]"}
"""Of metrics at several thresholds the one that is shown."""
SHOWN = tuple(_SWEPT.get(key, key) for key in shown_in("paper"))
"""The default rows, in this order."""
CLOUDS = {
    "pooled": "pooled encoder vectors",
    "pooled_centred": "pooled encoder vectors, centred",
    "mu": r"latent points $\mu$",
    "z": r"samples $z$",
    "latents": "vectors",
    "posterior": "posterior",
}
_ZERO_WHEN_CENTRED = ("mean_energy_ratio",)
_ARROWS = {"up": r" $\uparrow$", "down": r" $\downarrow$"}
# Below one another stand different metrics, whose decimal points have nothing to do with one another.
_COLUMN = "S[separate-uncertainty, detect-weight, group-digits=none, table-alignment-mode=none]"
_DAGGER = r"\textsuperscript{\textdagger}"
Cell = MetricRow | None
"""None where a column has no such number."""
Groups = Mapping[str, Mapping[str, Sequence[Cell]]]
"""Cloud -> metric -> a cell a column."""


@dataclass(frozen=True)
class Column:
    """An item of a table."""

    name: str
    numbers: tuple[MetricRow, ...]
    collapsed: bool = False
    """Whether its posterior says nothing."""


def to_latex(report: MeasuredReport, *, metrics: Sequence[str] = SHOWN) -> str:
    r"""A tabular with a column an item of the report, to be put into a table environment with \input."""
    columns = []
    for item in report.results.items:
        silent = isinstance(item, SpaceResult) and item.gate.verdict in SILENT
        columns.append(Column(item.name, tuple(numbers_of(item)), silent))
    return tabular(columns, metrics)


def tabular(columns: Sequence[Column], metrics: Sequence[str]) -> str:
    r"""A tabular of these columns, a row a metric that one of them has.

    ± or [ ] is the 95 % interval, where there is one. An arrow shows the direction of a more isotropic cloud,
    and the best value is bold where the intervals support it, see `best`. Of centred clouds only what
    centring changes is shown.
    """
    collapsed = [column.collapsed for column in columns]
    groups = _groups(columns, metrics)
    body = {
        cloud: [
            [_label(key), *_numbers(cells, best(key, cells, collapsed)), _reference(cells)]
            for key, cells in lines.items()
        ]
        for cloud, lines in groups.items()
    }
    names = [f"{{{escape(column.name)}{_DAGGER if column.collapsed else ''}}}" for column in columns]
    text = [f"% {line}" for line in _comment(groups)]
    text += [rf"\begin{{tabular}}{{@{{}}l*{{{len(columns) + 1}}}{{{_COLUMN}}}@{{}}}}", r"\toprule"]
    text += [_joined(["metric", *names, "{isotropic}"])]
    for cloud, lines in body.items():
        heading = f"{CLOUDS.get(cloud, escape(cloud))}{_size(groups[cloud])}"
        text += [r"\midrule", rf"\multicolumn{{{len(columns) + 2}}}{{@{{}}l}}{{{heading}}} \\"]
        text += [_joined(line) for line in lines]
    text += [r"\bottomrule"]
    if any(collapsed):
        note = f"{_DAGGER} collapsed, or without information: its isotropy says nothing about its inputs"
        text += [rf"\multicolumn{{{len(columns) + 2}}}{{@{{}}l}}{{{note}}} \\"]
    return "\n".join([*text, r"\end{tabular}", ""])


def best(key: str, cells: Sequence[Cell], collapsed: Sequence[bool]) -> int | None:
    """Place of the best value, or None where the numbers do not support that there is one.

    They do where the metric has a direction, at least two items that have not collapsed have a value, all
    values have an interval and come from clouds of one size, and the interval of the best overlaps no other.
    That is stricter than a test of the difference. An interval without width is none: it is that of a count
    which no left-out shard moves.
    """
    direction = METRICS[key].direction if key in METRICS else "none"
    there = {place: cell for place, cell in enumerate(cells) if cell and cell.estimate.value is not None}
    alive = [place for place in there if not collapsed[place]]
    sizes = {(cell.rows, cell.estimate.n, cell.d) for cell in there.values()}
    spans = {place: cell.estimate.ci95 for place, cell in there.items()}
    known = {place: span for place, span in spans.items() if span and span[0] != span[1]}
    if direction == "none" or len(alive) < 2 or len(sizes) > 1 or len(known) < len(there):
        return None
    sign = 1 if direction == "up" else -1
    winner = max(alive, key=lambda place: sign * float(there[place].estimate))
    low, high = known.pop(winner)
    return winner if all(span[1] < low or high < span[0] for span in known.values()) else None


def notes(about: str) -> list[str]:
    """Comments above a tabular of `plus_minus`: what it needs, and what its caption should say."""
    return [
        r"% Needs \usepackage{booktabs} in the preamble. For the caption:",
        f"% {about}",
        r"% \pm, or [ ] where it is not even, is the 95 \% interval; a number without either has none;",
        "% -- is undefined.",
    ]


def tex(number: str) -> str:
    r"""A number of `intervals` for mathematics, its power of ten written out.

    >>> print(tex("0.617"), tex("1.23e7"))
    0.617 1.23\times 10^{7}
    """
    digits, e, power = number.partition("e")
    return rf"{digits}\times 10^{{{power}}}" if e else number


def tex_p(p: float | None, *, bound: bool) -> str:
    r"""A p-value in a column of siunitx, `intervals.p_value`.

    >>> print(tex_p(0.001, bound=True), tex_p(0.0312, bound=False))
    {$\leq 0.001$} 0.031
    """
    if p is None:
        return "{--}"
    text = p_value(p, bound=bound).replace("≤", r"\leq")
    return text if text[0].isdigit() else f"{{${text}$}}"


def plus_minus(estimate: Estimate) -> str:
    """An estimate and its interval in mathematics, `intervals.parts`; -- where it is undefined."""
    value, error, span = parts(estimate)
    if value is None:
        return "--"
    if span:
        return f"${tex(value)}$ $[{tex(span[0])}, {tex(span[1])}]$"
    if error is None:
        sign = {"≥": r"\geq ", "≤": r"\leq ", "": ""}[bound(estimate)]
        return f"${sign}{tex(value)}$"
    digits, e, power = value.partition("e")
    if not e:
        return rf"${value} \pm {error}$"
    return rf"$({digits} \pm {error.partition('e')[0]})\times 10^{{{power}}}$"


def in_column(estimate: Estimate, *, bold: bool = False) -> str:
    r"""An estimate in a column of siunitx; what its numbers cannot be, as text in braces.

    >>> print(in_column(Estimate(0.617, ci95=(0.613, 0.621))), in_column(Estimate(2e7)))
    0.617 \pm 0.004 {$2.0\times 10^{7}$}
    """
    value, error, span = parts(estimate)
    if value is None:
        return "{--}"
    if span or "e" in value:
        weight = r"\boldmath" if bold else ""
        return f"{{{weight}{plus_minus(estimate)}}}"
    text = value if error is None else rf"{value} \pm {error}"
    return rf"\bfseries {text}" if bold else text


def _groups(columns: Sequence[Column], metrics: Sequence[str]) -> Groups:
    """What the columns have of these metrics, without lines that would be empty."""
    numbers = [{(n.cloud, n.metric): n for n in column.numbers} for column in columns]
    clouds = dict.fromkeys(cloud for of in numbers for cloud, _ in of)
    # The posterior comes last, after the clouds of items that have none.
    ordered = sorted(clouds, key=lambda cloud: cloud == "posterior")
    groups: dict[str, dict[str, list[Cell]]] = {}
    for cloud in ordered:
        for key in metrics:
            unmoved = key in METRICS and "translate" in METRICS[key].invariances
            told = cloud == "pooled_centred" and (unmoved or key in _ZERO_WHEN_CENTRED)
            cells: list[Cell] = [of.get((cloud, key)) for of in numbers]
            if any(cells) and not told:
                groups.setdefault(cloud, {})[key] = cells
    return groups


def _label(key: str) -> str:
    direction = METRICS[key].direction if key in METRICS else "none"
    return name_of(key) + _ARROWS.get(direction, "")


def name_of(key: str) -> str:
    r"""What a table calls a metric, in LaTeX; of a threshold in brackets it is ε.

    >>> name_of("collapsed_dims[0.01]"), name_of("kl_total")
    ('collapsed dimensions, $\\varepsilon = 0.01$', 'KL, nats a sentence')
    """
    base, _, at = key.partition("[")
    if base not in METRICS:
        return escape(key)
    metric = METRICS[base]
    name = metric.latex or (metric.name(base) if metric.label else escape(base))
    return rf"{name}, $\varepsilon = {at.removesuffix(']')}$" if at else name


def _numbers(cells: Sequence[Cell], bold: int | None) -> list[str]:
    return [
        "{}" if cell is None else in_column(cell.estimate, bold=place == bold)
        for place, cell in enumerate(cells)
    ]


def _reference(cells: Sequence[Cell]) -> str:
    values = {cell.reference for cell in cells if cell and cell.reference is not None}
    if len(values) != 1:
        return "{varies}" if values else "{}"
    return in_column(Estimate(values.pop()))


def _size(lines: Mapping[str, Sequence[Cell]]) -> str:
    """The n and d of a group of lines, where they are one for all items."""
    cells = [cell for line in lines.values() for cell in line if cell]
    n = _distinct(cell.rows for cell in cells) or _distinct(cell.estimate.n for cell in cells)
    sizes = {"n": n, "d": _distinct(cell.d for cell in cells)}
    return "".join(f", ${key} = {' / '.join(map(str, found))}$" for key, found in sizes.items() if found)


def _distinct(sizes: Iterable[int | None]) -> list[int]:
    return list(dict.fromkeys(size for size in sizes if size is not None))


def _comment(groups: Groups) -> list[str]:
    r"""What the preamble needs, and what a caption has to say."""
    cells = [(key, cell) for lines in groups.values() for key, line in lines.items() for cell in line if cell]
    sampled: dict[int, dict[str, None]] = {}
    for key, cell in cells:
        n = cell.estimate.n
        if cell.rows is not None and n is not None and n != cell.rows:
            sampled.setdefault(n, {})[name_of(key)] = None
    fewer = [f"n = {n} for {', '.join(labels)}, which need pairs of rows." for n, labels in sampled.items()]
    sampling = [name_of(key) for key in dict(cells) if key in METRICS and METRICS[key].interval == "sampling"]
    low = f"That of {', '.join(sampling)} is of sampling alone; 8 dimensions or more read too low."
    return [
        r"Needs \usepackage{booktabs} and \usepackage{siunitx} of version 3 in the preamble.",
        r"separate-uncertainty, set in each column, prints 0.617 \pm 0.004; without it that is 0.617(4).",
        "For the caption:",
        r"\pm, or [ ] where it is not even, is the 95 \% interval; a number without either has none.",
        *([low] if sampling else []),
        "n is the number of rows that a cloud has.",
        *fewer,
        "An arrow shows the direction of a more isotropic cloud. Bold is the best value of a row, where its",
        r"95 \% interval overlaps that of no other item; collapsed items do not compete.",
        "isotropic is an isotropic Gaussian of the same n and d; -- is undefined.",
    ]


def _joined(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"
