"""Paths between sentences, averaged over pairs: scores, edits and lengths from one end to the other."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from latentlab.figures.output.style import GREY, PALE, house_style, item_style
from latentlab.figures.panels import in_a_row, lower_legend, numbers, unlisted
from latentlab.figures.report_items import Drawn, path_curves, require
from latentlab.results import Report
from latentlab.results.reports.decoding_results import Ends, PathBands, PathCurves
from latentlab.results.reports.typed import Values

_HINT = "score paths with `latentlab interpolate --pairs`"
_DASHED: Any = {"color": GREY, "lw": 0.9, "ls": (0, (4, 3)), "zorder": 2}


class Panel(NamedTuple):
    """One panel: a curve of each item, with the ends of its intervals."""

    title: str
    label: str
    curve: Callable[[PathCurves], Values | None]
    ends: Callable[[PathBands], Ends | None]
    reference: Callable[[Axes, Sequence[Drawn[PathCurves]]], None] = lambda axes, found: None
    """Draws what the curves are compared with."""


def _constant_speed(axes: Axes, found: Sequence[Drawn[PathCurves]]) -> None:
    shifts = [numbers(curve) for entry in found if (curve := entry.content.shift)]
    if shifts:
        ends = np.mean([[shift[0], shift[-1]] for shift in shifts], axis=0)
        axes.plot([0, 1], ends, label=unlisted("constant speed"), **_DASHED)


def _as_the_ends(axes: Axes, found: Sequence[Drawn[PathCurves]]) -> None:
    axes.axhline(1.0, label=unlisted("as fluent as the ends"), **_DASHED)


def _steps(axes: Axes, found: Sequence[Drawn[PathCurves]]) -> None:
    axes.plot([0, 1], [0, 1], label=unlisted("equal steps"), **_DASHED)
    axes.plot([0, 0.5, 0.5, 1], [0, 0, 1, 1], label=unlisted("one jump"), **_DASHED)


def _ladder(curves: PathCurves) -> Values | None:
    """Share of all edits that has been made up to each point."""
    if curves.step is None:
        return None
    made = np.concatenate([[0.0], np.cumsum(numbers(curves.step))])
    shares: list[float] = (made / (made[-1] or 1.0)).tolist()
    return tuple(shares)


STRIPS = (
    Panel("a  Meaning", "nearness to B − to A", lambda c: c.shift, lambda b: b.shift, _constant_speed),
    Panel(
        "b  Fluency", "perplexity / that of the ends", lambda c: c.fluency, lambda b: b.fluency, _as_the_ends
    ),
)
LADDER = (Panel("Edits", "share of edits made", _ladder, lambda b: None, _steps),)
NORMS = (
    Panel("a  Length", "‖z‖", lambda c: c.norm, lambda b: b.norm),
    Panel("b  In the cloud", "Mahalanobis distance", lambda c: c.mahalanobis, lambda b: b.mahalanobis),
)


def path_strips(report: Report[Any]) -> Figure:
    """Draw how meaning moves from A to B, and how fluent the texts are, point by point with 95 % bands.

    Dashed: a shift at constant speed between the means at the ends, and the fluency of the ends.
    """
    return _panels(_scored(report), STRIPS, "constant speed; as fluent as the ends")


def edit_ladder(report: Report[Any]) -> Figure:
    """Draw which share of all word edits has been made up to each point: a ladder, not a cliff.

    Dashed: equal steps, and a single jump halfway.
    """
    return _panels(_scored(report), LADDER, "equal steps; one jump")


def norm_profile(report: Report[Any]) -> Figure:
    """Draw how far from the origin, and how far out in the training cloud, the paths lead."""
    return _panels(_scored(report), NORMS, "")


def _scored(report: Report[Any]) -> list[Drawn[PathCurves]]:
    return require(path_curves(report), "scored paths", _HINT)


def _panels(found: Sequence[Drawn[PathCurves]], panels: Sequence[Panel], label: str) -> Figure:
    with house_style():
        figure, row = in_a_row(len(panels), 2.6)
        counts = {entry.content.n for entry in found if entry.content.n}
        n = counts.pop() if len(counts) == 1 else None
        pairs = "" if n is None else f", {n} pair{'' if n == 1 else 's'}"
        for axes, panel in zip(row, panels, strict=True):
            panel.reference(axes, found)
            for entry in found:
                values = panel.curve(entry.content)
                if values:
                    style = {**item_style(entry.index), "label": unlisted(entry.owner)}
                    _band(axes, entry, panel)
                    x = numbers(entry.content.alpha)
                    axes.plot(x, numbers(values), lw=1.2, ms=3, zorder=3, **style)
            axes.set_title(panel.title, loc="left", fontweight="bold")
            axes.set_xlabel(f"place on the path from A to B{pairs}")
            axes.set_ylabel(panel.label)
            axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
            axes.grid(axis="y", color=PALE, lw=0.4)
            axes.set_axisbelow(True)
        handles: list[Line2D | Patch] = []
        for entry in found:
            handles.append(Line2D([], [], **item_style(entry.index), lw=1.2, ms=3, label=entry.owner))
        if any(panel.ends(entry.content.ci95) for entry in found for panel in panels):
            handles.append(Patch(color=GREY, alpha=0.3, lw=0, label="95 % over pairs"))
        if label:
            handles.append(Line2D([], [], **_DASHED, label=label))
        lower_legend(figure, handles)
    return figure


def _band(axes: Axes, entry: Drawn[PathCurves], panel: Panel) -> None:
    """The 95 % interval over paths, where the report has it."""
    ends = panel.ends(entry.content.ci95)
    if ends:
        low, high = (numbers(end) for end in ends)
        colour, name = item_style(entry.index)["color"], unlisted(f"{entry.owner}, 95 % CI")
        x = numbers(entry.content.alpha)
        axes.fill_between(x, low, high, color=colour, alpha=0.2, lw=0, zorder=1, label=name)
