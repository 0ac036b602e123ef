"""Paths between sentences, averaged over pairs: scores, edits and lengths from one end to the other."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from latentlab.figures.output.style import GREY, PALE, house_style, item_style
from latentlab.figures.panels import (
    Drawn,
    in_a_row,
    lower_legend,
    numbers,
    require,
    unlisted,
    walked,
)

_HINT = "score paths with `latentlab interpolate --pairs`"
_DASHED: Any = {"color": GREY, "lw": 0.9, "ls": (0, (4, 3)), "zorder": 2}
Panel = tuple[str, str, str]
"""Key of the curve, title, label."""

STRIPS = (
    ("shift", "a  Meaning", "nearness to B − to A"),
    ("fluency", "b  Fluency", "perplexity / that of the ends"),
)
NORMS = (
    ("norm", "a  Length", "‖z‖"),
    ("mahalanobis", "b  In the cloud", "Mahalanobis distance"),
)


def path_strips(report: Mapping[str, Any]) -> Figure:
    """Draw how meaning moves from A to B, and how fluent the texts are, point by point with 95 % bands.

    Dashed: a shift at constant speed between the means at the ends, and the fluency of the ends.
    """
    found = require(walked(report), "scored paths", _HINT)

    def reference(axes: Axes, key: str) -> None:
        if key == "fluency":
            axes.axhline(1.0, label=unlisted("as fluent as the ends"), **_DASHED)
            return
        ends = np.mean([numbers([e.content["shift"][0], e.content["shift"][-1]]) for e in found], axis=0)
        axes.plot([0, 1], ends, label=unlisted("constant speed"), **_DASHED)

    return _panels(found, STRIPS, reference, "constant speed; as fluent as the ends")


def edit_ladder(report: Mapping[str, Any]) -> Figure:
    """Draw which share of all word edits has been made up to each point: a ladder, not a cliff.

    Dashed: equal steps, and a single jump halfway.
    """
    found = require(walked(report), "scored paths", _HINT)
    ladders = [
        Drawn(e.owner, e.index, e.kind, {**e.content, "ladder": _ladder(e)}, e.collapsed) for e in found
    ]

    def reference(axes: Axes, key: str) -> None:
        axes.plot([0, 1], [0, 1], label=unlisted("equal steps"), **_DASHED)
        axes.plot([0, 0.5, 0.5, 1], [0, 0, 1, 1], label=unlisted("one jump"), **_DASHED)

    return _panels(ladders, (("ladder", "Edits", "share of edits made"),), reference, "equal steps; one jump")


def norm_profile(report: Mapping[str, Any]) -> Figure:
    """Draw how far from the origin, and how far out in the training cloud, the paths lead."""
    found = require(walked(report), "scored paths", _HINT)
    return _panels(found, NORMS, lambda axes, key: None, "")


def _ladder(entry: Drawn) -> list[float]:
    made = np.concatenate([[0.0], np.cumsum(numbers(entry.content["step"], 0.0))])
    shares: list[float] = (made / (made[-1] or 1.0)).tolist()
    return shares


def _panels(
    found: Sequence[Drawn], panels: Sequence[Panel], reference: Callable[[Axes, str], None], label: str
) -> Figure:
    with house_style():
        figure, row = in_a_row(len(panels), 2.6)
        counts = {entry.content["n"] for entry in found if entry.content.get("n")}
        n = counts.pop() if len(counts) == 1 else None
        pairs = "" if n is None else f", {n} pair{'' if n == 1 else 's'}"
        for place, (key, title, name) in enumerate(panels):
            axes = row[place]
            reference(axes, key)
            for entry in found:
                if entry.content.get(key):
                    values: Float[np.ndarray, " steps"] = numbers(entry.content[key])
                    style = {**item_style(entry.index), "label": unlisted(entry.owner)}
                    _band(axes, entry, key)
                    axes.plot(numbers(entry.content["alpha"], 0.0), values, lw=1.2, ms=3, zorder=3, **style)
            axes.set_title(title, loc="left", fontweight="bold")
            axes.set_xlabel(f"place on the path from A to B{pairs}")
            axes.set_ylabel(name)
            axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
            axes.grid(axis="y", color=PALE, lw=0.4)
            axes.set_axisbelow(True)
        handles: list[Line2D | Patch] = []
        for entry in found:
            handles.append(Line2D([], [], **item_style(entry.index), lw=1.2, ms=3, label=entry.owner))
        if any((e.content.get("ci95") or {}).get(key) for e in found for key, _, _ in panels):
            handles.append(Patch(color=GREY, alpha=0.3, lw=0, label="95 % over pairs"))
        if label:
            handles.append(Line2D([], [], **_DASHED, label=label))
        lower_legend(figure, handles)
    return figure


def _band(axes: Axes, entry: Drawn, key: str) -> None:
    """The 95 % interval over paths, where the report has it."""
    ends = (entry.content.get("ci95") or {}).get(key)
    if ends:
        low, high = (numbers(end) for end in ends)
        colour, name = item_style(entry.index)["color"], unlisted(f"{entry.owner}, 95 % CI")
        axes.fill_between(
            numbers(entry.content["alpha"]), low, high, color=colour, alpha=0.2, lw=0, zorder=1, label=name
        )
