"""What the figures take from a report, and the small multiples that they draw it in.

A report may lack anything: clouds, curves, posteriors, single numbers. What is there is drawn; where nothing
is, a UsageError names what is missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
from jaxtyping import Float, Int
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from latentlab.errors import InputError, UsageError
from latentlab.figures.names import short_names
from latentlab.figures.output.style import BLACK, GREY, NARROW, VERMILION, HouseFigure, page_width
from latentlab.figures.report_parts import check_items
from latentlab.metrics.statistics.intervals import interval
from latentlab.metrics.verdicts.gate import SILENT, GateVerdict
from latentlab.untrusted import shown

ROUNDING = 1e-6
"""So far below its least value a number may come out by rounding."""
_LETTER, _BESIDE = 0.072, 0.35
"""Inches of a letter of a title, and of a panel's width that is beside the axes where its title begins."""
_FEW = 30
"""Ranks up to here have more numbers on their axis than powers of ten."""


@dataclass(frozen=True)
class Drawn:
    """A part of an item that a figure draws: one of its clouds, or its posterior."""

    owner: str
    """Whose it is, as it is printed."""
    index: int
    """Place of the item in the report, which decides on its colour."""
    kind: str
    """Key of the cloud, or `posterior`."""
    content: Mapping[str, Any]
    collapsed: str
    """What the gate calls a posterior that says nothing, else empty."""
    d: int | None = None


def clouds(report: Mapping[str, Any], curve: str | None, kinds: Sequence[str]) -> list[Drawn]:
    """Clouds of these kinds that have the curve; pooled vectors once for each encoder, before all others."""
    found = list(_pooled(report)) if "pooled" in kinds else []
    for index, (owner, item) in enumerate(_named(report)):
        for kind in kinds:
            if kind != "pooled" and kind in item.get("clouds", {}):
                content = item["clouds"][kind]
                found.append(Drawn(owner, index, kind, content, _collapsed(item), _width(content)))
    return [entry for entry in found if curve is None or entry.content.get("curves", {}).get(curve)]


def posteriors(report: Mapping[str, Any], *curves: str) -> list[Drawn]:
    """Posteriors that have rates for each dimension, and the curves."""
    found = []
    for index, (owner, item) in enumerate(_named(report)):
        posterior = item.get("posterior") or {}
        if posterior.get("kl_per_dim") and all(posterior.get("curves", {}).get(key) for key in curves):
            d = len(posterior["kl_per_dim"])
            found.append(Drawn(owner, index, "posterior", posterior, _collapsed(item), d))
    return found


def profiles(report: Mapping[str, Any]) -> list[Drawn]:
    """Items that were measured layer by layer."""
    return items_with(report, "layers")


def walked(report: Mapping[str, Any]) -> list[Drawn]:
    """Items with curves along paths between sentences."""
    found = [entry for entry in items_with(report, "curves") if entry.content["curves"].get("alpha")]
    return [replace(entry, content=entry.content["curves"]) for entry in found]


def sent(report: Mapping[str, Any]) -> list[Drawn]:
    """Items that were sent through noise: with points, what chance gives, half error, posterior."""
    items = enumerate(_named(report))
    return [Drawn(owner, i, "noise", item, "") for i, (owner, item) in items if item.get("points")]


def items_with(report: Mapping[str, Any], key: str) -> list[Drawn]:
    """Items that have something under this key."""
    items = enumerate(_named(report))
    return [Drawn(owner, i, key, item, "") for i, (owner, item) in items if item.get(key)]


def with_constellation(report: Mapping[str, Any]) -> list[Drawn]:
    """Items of which the surroundings of a few sentences were decoded."""
    found = [(e, e.content.get("constellation")) for e in sent(report)]
    return [Drawn(e.owner, e.index, "constellation", content, "") for e, content in found if content]


def require(found: list[Drawn], what: str, hint: str) -> list[Drawn]:
    """What was found; UsageError where it is nothing."""
    if not found:
        raise UsageError(f"there is nothing to draw: the report has no {what}", hint)
    return found


def by_owner(found: Iterable[Drawn]) -> list[list[Drawn]]:
    """Clouds of one item together, encoders apart from items, in the order of the report."""
    groups: dict[tuple[bool, int], list[Drawn]] = {}
    for entry in found:
        groups.setdefault((entry.kind != "pooled", entry.index), []).append(entry)
    return list(groups.values())


def numbers(values: Sequence[Any], least: float = -np.inf) -> Float[np.ndarray, " m"]:
    """As an array; NaN where a report has None, which leaves a gap in a line.

    Raises:
        InputError: One is no number, which numpy or matplotlib might take for one, or is below `least`.
    """
    for value in values:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise damaged(value, "a number")
        if value is not None and value < least - ROUNDING:
            raise damaged(value, f"a number of at least {least:g}")
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def whole(values: Sequence[Any], below: int | None = None) -> Int[np.ndarray, " m"]:
    """Whole numbers from 0 as an array; InputError for another one: numpy counts -1 from the end."""
    for value in values:
        if type(value) is not int or value < 0 or (below is not None and value >= below):
            raise damaged(value, "a whole number from 0" + (f" to {below - 1}" if below is not None else ""))
    return np.array(values, dtype=np.int64)


def damaged(value: object, wanted: str) -> InputError:
    """The error for what a report cannot have."""
    return InputError(
        f"the report is damaged: {shown(repr(value))} where {wanted} belongs",
        "give the file as the command wrote it, or measure again",
    )


def intervals(
    estimates: Sequence[Mapping[str, Any] | None],
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """Lower and upper ends; NaN for an estimate without an interval."""
    spans = [(None, None) if cell is None else interval(cell) or (None, None) for cell in estimates]
    return numbers([low for low, _ in spans]), numbers([high for _, high in spans])


def unlisted(name: str) -> str:
    """A label that the legend leaves out, for it has entries of its own; the figure's CSV has it."""
    return f"_{name}"


def value_of(estimate: Mapping[str, Any] | None) -> float | None:
    """Of an estimate that may be missing, or undefined."""
    value = None if estimate is None else estimate.get("value")
    return None if value is None else float(numbers([value])[0])


def multiples(count: int, columns: int, height: float, *, extra: float = 0.0) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels, at most `columns` beside one another, each `height` inches high."""
    across = min(count, columns if page_width() > NARROW else max(columns // 2, 1))
    # Four are two and two rather than three and one.
    if count > across > 1 and -(-count // (across - 1)) == -(-count // across):
        across -= 1
    down = -(-count // across)
    # A single panel is as wide as the page.
    height *= 1.4 if across == 1 else 1
    figure = HouseFigure(width=page_width(), height=down * height + extra)
    grid = figure.add_gridspec(down, across)
    return figure, [figure.add_subplot(grid[i // across, i % across]) for i in range(count)]


def in_a_row(count: int, height: float) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels beside one another; below one another where the sheet is narrow."""
    narrow = page_width() < NARROW
    rows, columns = (count, 1) if narrow else (1, count)
    figure = HouseFigure(width=page_width(), height=0.75 * height * count if narrow else height)
    return figure, [figure.add_subplot(rows, columns, place + 1) for place in range(count)]


def name_panel(axes: Axes, entry: Drawn, *, kind: str = "", note: str = "") -> None:
    """Whose panel it is; a collapsed item is called so in words and in colour."""
    title = f"{entry.owner}  {kind}" if kind else entry.owner
    rest = [part for part in (entry.collapsed, note) if part]
    if kind and _LETTER * len(title) > page_width() / _columns(axes) - _BESIDE:
        title, rest = entry.owner, [kind, *rest]
    below = ", ".join(rest)
    colour = VERMILION if entry.collapsed else BLACK
    axes.set_title(f"{title}\n{below}" if below else title, loc="left", color=colour)


def outer_labels(panels: Sequence[Axes], x: str, y: str) -> None:
    """Labels along the left and below the lowest panel of each column; few ticks on linear axes."""
    across = _columns(panels[0])
    for i, axes in enumerate(panels):
        if is_outer(axes):
            axes.set_ylabel(y)
        if i + across >= len(panels):
            axes.set_xlabel(x)
        for axis in (axes.xaxis, axes.yaxis):
            if axis.get_scale() == "linear":
                axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))


def is_outer(axes: Axes) -> bool:
    """Whether a panel is the first of its row, where the numbers of a common y axis stand."""
    place = axes.get_subplotspec()
    return place is None or place.colspan.start == 0


def _columns(axes: Axes) -> int:
    return 1 if (grid := axes.get_gridspec()) is None else int(grid.ncols)


def rank_axis(axes: Axes, ranks: int) -> None:
    """A logarithmic x axis of ranks from 1, with whole numbers on it."""
    axes.set_xscale("log")
    axes.set_xlim(0.8, 1.3 * max(ranks, 2))
    axes.xaxis.set_major_locator(LogLocator(subs=(1,) if ranks > _FEW else (1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_locator(NullLocator())


def signed(value: float) -> str:
    """Three decimals, with a minus sign where there is one and none before zero."""
    text = f"{value:.3f}"
    return (text.removeprefix("-") if float(text) == 0 else text).replace("-", "−")


def lower_legend(figure: Figure, handles: Sequence[Artist]) -> Legend:
    """A legend below everything, in as many columns as fit, for which the figure grows."""
    columns = legend_columns(handles)
    figure.set_figheight(figure.get_figheight() + 0.16 * -(-len(handles) // columns))
    return figure.legend(handles=handles, loc="outside lower center", ncols=columns, handlelength=3)


def upper_legend(figure: Figure, handles: Sequence[Artist], columns: int) -> Legend:
    """A legend above everything, in that many columns, or as many as a narrow sheet has room for."""
    fitting = columns if page_width() > NARROW else legend_columns(handles, columns)
    return figure.legend(handles=handles, loc="outside upper center", ncols=fitting, columnspacing=1.3)


def legend_columns(handles: Sequence[Artist], most: int = 4) -> int:
    """In how many columns, at most `most`, a legend fits the sheet."""
    lengths = [len(str(handle.get_label())) for handle in handles]
    return next(n for n in range(most, 0, -1) if n == 1 or _legend_width(lengths, n) < page_width())


def _legend_width(lengths: Sequence[int], columns: int) -> float:
    """Inches, from the number of letters; columns are filled one after another."""
    longest = [int(max(part)) for part in np.array_split(np.array(lengths), columns) if len(part)]
    return sum(0.62 + 0.068 * letters for letters in longest)


def say_nothing_to_draw(axes: Axes, why: str) -> None:
    """In the middle of a panel that stays empty."""
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", color=GREY)


def _named(report: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    items = report["results"].get("items", [])
    check_items(items)
    if not all("name" in item for item in items):
        raise InputError("the report is damaged: an item has no name", "measure again")
    return list(zip(short_names([item["name"] for item in items]), items, strict=True))


def _pooled(report: Mapping[str, Any]) -> Iterator[Drawn]:
    encoders = {k: found.get("encoder") for k, found in report["provenance"].get("checkpoints", {}).items()}
    seen: list[Any] = []
    several = len({str(key) for key in encoders.values()}) > 1
    for index, (owner, item) in enumerate(_named(report)):
        if "pooled" not in item.get("clouds", {}):
            continue
        key = encoders.get(item["name"])
        if key not in seen:
            seen.append(key)
            content = item["clouds"]["pooled"]
            owner = f"encoder of {owner}" if several else "encoder"
            yield Drawn(owner, index, "pooled", content, "", _width(content))


def _width(content: Mapping[str, Any]) -> int | None:
    """Dimensions of a cloud, where it says them."""
    d = content.get("d")
    return None if d is None else int(whole([d])[0])


def _collapsed(item: Mapping[str, Any]) -> str:
    word = (item.get("gate") or {}).get("verdict")
    if word is not None and word not in get_args(GateVerdict):
        raise damaged(word, "a word of the gate")
    return word.lower() if word in SILENT else ""
