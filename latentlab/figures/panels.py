"""The small multiples that figures draw in: panels, their titles, axes and legends."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from latentlab.figures.output.style import BLACK, GREY, NARROW, VERMILION, HouseFigure, page_width
from latentlab.figures.report_items import Drawn
from latentlab.metrics import Estimate
from latentlab.metrics.statistics.intervals import interval

_LETTER, _BESIDE = 0.072, 0.35
"""Inches of a letter of a title, and of a panel's width that is beside the axes where its title begins."""
_FEW = 30
"""Ranks up to here have more numbers on their axis than powers of ten."""


def numbers(values: Sequence[float | int | None]) -> Float[np.ndarray, " m"]:
    """As an array; NaN where a report has None, which leaves a gap in a line."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def value_of(estimate: Estimate | None) -> float | None:
    """Of an estimate that may be missing, or undefined."""
    return None if estimate is None else estimate.value


def intervals(
    estimates: Sequence[Estimate | None],
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """Lower and upper ends; NaN for an estimate without an interval."""
    spans = [(None, None) if cell is None else interval(cell) or (None, None) for cell in estimates]
    return numbers([low for low, _ in spans]), numbers([high for _, high in spans])


def unlisted(name: str) -> str:
    """A label that the legend leaves out, for it has entries of its own; the figure's CSV has it."""
    return f"_{name}"


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


def name_panel(axes: Axes, entry: Drawn[Any], *, kind: str = "", note: str = "") -> None:
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
