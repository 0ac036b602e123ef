"""The numbers that a figure shows, read back from what was drawn: one row a point.

What is plotted can then be plotted again elsewhere, and checked without an eye.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, StepPatch

COLUMNS = ("panel", "title", "series", "kind", "x", "y")


def plotted(figure: Figure) -> Iterator[dict[str, Any]]:
    """Rows of COLUMNS: lines, points, outlines of bands, ends of intervals, bars by their middle.

    `panel` counts from 1; `series` says what is drawn, empty where it is only there to be seen among. `x` and
    `y` are in the units of the axes. A `level` or a `place` is a line across its panel. Pictures, such
    as the regions of a constellation, are not in it.
    """
    for number, axes in enumerate(figure.axes, start=1):
        title = " ".join(axes.get_title(loc="left").split())
        for series, kind, x, y in _of_axes(axes):
            head = {"panel": number, "title": title, "series": series, "kind": kind}
            yield from ({**head, "x": float(a), "y": float(b)} for a, b in zip(x, y, strict=True))


def plotted_csv(figure: Figure) -> str:
    """The same as CSV, nine digits a number."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in plotted(figure):
        writer.writerow({**row, "x": f"{row['x']:.9g}", "y": f"{row['y']:.9g}"})
    return text.getvalue()


def _of_axes(axes: Axes) -> Iterator[tuple[str, str, Any, Any]]:
    for line in axes.get_lines():
        x, y = (np.asarray(values, dtype=np.float64) for values in line.get_data())
        in_x, in_y = line.get_transform().contains_branch_seperately(axes.transData)
        # A line across the panel has one coordinate in its units, the other in parts of its width or height.
        if not len(x):
            continue
        if in_x and in_y:
            yield _label(line.get_label()), "line", x, y
        elif (in_x or in_y) and _label(line.get_label()):
            on_page = line.get_transform().transform(np.stack([x, y], axis=1))
            there = axes.transData.inverted().transform(on_page).T
            kind, x, y = ("level", there[0], y) if in_y else ("place", x, there[1])
            yield _label(line.get_label()), kind, x, y
    for collection in axes.collections:
        if isinstance(collection, PathCollection):
            x, y = np.asarray(collection.get_offsets(), dtype=np.float64).T
            yield _label(collection.get_label()), "points", x, y
        elif isinstance(collection, PolyCollection):
            for path in collection.get_paths():
                x, y = np.asarray(path.vertices, dtype=np.float64).T
                yield _label(collection.get_label()), "band", x, y
        elif isinstance(collection, LineCollection) and _label(collection.get_label()):
            x, y = np.concatenate(collection.get_segments()).astype(np.float64).T
            yield _label(collection.get_label()), "interval", x, y
    for patch in axes.patches:
        if isinstance(patch, StepPatch):
            heights, edges, _ = patch.get_data()
            yield _label(patch.get_label()), "bar", (edges[1:] + edges[:-1]) / 2, heights
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    if bars:
        middles = [bar.get_x() + bar.get_width() / 2 for bar in bars]
        yield "", "bar", middles, [bar.get_y() + bar.get_height() for bar in bars]


def _label(label: object) -> str:
    """Of the legend, or what stands for it there (`panels.unlisted`); matplotlib's own names are none."""
    text = str(label)
    return "" if re.fullmatch(r"_child\d+|_nolegend_", text) else text.removeprefix("_")
