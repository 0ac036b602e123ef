"""The overview of an anisotropy report: cone, spread and rate of every checkpoint on one page.

Two dot plots share their rows: one row a cloud, the value with its 95 % interval, and a diamond where an
isotropic Gaussian of the same n and d lies. Centred clouds are left out: their cone is gone by construction,
and their spread is that of the raw cloud. Below, for variational heads, the rate of each dimension.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from latentlab.figures.output.style import (
    BLUE,
    CLOUDS,
    GREY,
    LIGHT,
    NARROW,
    PALE,
    VERMILION,
    HouseFigure,
    house_style,
    item_style,
    page_width,
)
from latentlab.figures.panels import numbers, unlisted, value_of
from latentlab.figures.report_items import Drawn, clouds, posteriors, require
from latentlab.metrics.statistics.intervals import BIG, interval, rounded
from latentlab.results import Report
from latentlab.results.reports.space_results import CloudResult, PosteriorResult

KINDS = ("pooled", "mu", "z", "latents")
_KEYS = ("mean_cosine", "isoscore_debiased")
_COLLAPSED_BELOW = 0.01
_ROW, _FRAME, _RATES = 0.2, 1.15, 2.1


def anisotropy_overview(report: Report[Any]) -> Figure:
    """Draw the overview of a report."""
    rows = require(
        with_measures(report), "clouds", "give the report of `latentlab anisotropy` on checkpoints"
    )
    variational = posteriors(report)
    heights = [_ROW * len(rows) + _FRAME] + ([_RATES] if variational else [])
    with house_style():
        narrow = page_width() < NARROW
        if narrow:  # one below the other
            heights = [heights[0], *heights]
        figure = HouseFigure(width=page_width(), height=sum(heights))
        grid = figure.add_gridspec(len(heights), 1 if narrow else 2, height_ratios=heights)
        left = figure.add_subplot(grid[0, 0])
        right = figure.add_subplot(grid[1, 0] if narrow else grid[0, 1], sharey=left)
        _dots(left, rows, "mean_cosine", "a  Cone", "mean cosine")
        _dots(right, rows, "isoscore_debiased", "b  Spread", "IsoScore, debiased")
        _label_rows(left, rows)
        if not narrow:
            right.tick_params(labelleft=False)
        _legend(figure, rows)
        if variational:
            _rates(figure, figure.add_subplot(grid[-1, :]), variational)
    return figure


def with_measures(report: Report[Any]) -> list[Drawn[CloudResult]]:
    """The rows: clouds whose cone or spread was measured."""
    return clouds(report, KINDS, lambda cloud: set(_KEYS) & set(cloud.metrics))


def _dots(axes: Axes, rows: Sequence[Drawn[CloudResult]], key: str, title: str, label: str) -> None:
    lows, highs = [0.0], [1.0]
    for y, row in enumerate(rows):
        marker, colour, cloud = CLOUDS[row.kind]
        name = f"{row.owner} {cloud}"
        reference = value_of(row.content.reference.get(key))
        if reference is not None:
            style: dict[str, Any] = {"mfc": "white", "mec": GREY, "mew": 0.8, "ms": 5.5, "zorder": 2}
            axes.plot(reference, y, "D", label=unlisted(f"isotropic, for {name}"), **style)
        estimate = row.content.metrics.get(key)
        value = value_of(estimate)
        if estimate is None or value is None:
            axes.annotate(
                "undefined", (0, y), xytext=(9, 0), textcoords="offset points", va="center", color=GREY
            )
            continue
        span = interval(estimate)
        if span:
            bar: dict[str, Any] = {"lw": 1.4, "solid_capstyle": "butt", "zorder": 3}
            axes.plot(span, [y, y], color=colour, label=unlisted(f"{name}, 95 % CI"), **bar)
        face = "white" if row.collapsed else colour
        axes.plot(value, y, marker, color=colour, mfc=face, ms=4.5, mew=1, zorder=4, label=unlisted(name))
        lows.append(min((value, *(span or ()))))
        highs.append(max((value, *(span or ()))))
    margin = 0.04 * (max(highs) - min(lows))
    axes.set_xlim(min(lows) - margin, max(highs) + margin)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="x", color=PALE, lw=0.5, zorder=0)
    axes.set_axisbelow(True)
    axes.set_title(title, loc="left", fontweight="bold")
    axes.set_xlabel(label)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for y in range(1, len(rows)):
        if rows[y].owner != rows[y - 1].owner:
            axes.axhline(y - 0.5, color=LIGHT, lw=0.5, zorder=0)


def _label_rows(axes: Axes, rows: Sequence[Drawn[CloudResult]]) -> None:
    axes.set_yticks(range(len(rows)), [f"{row.owner}  {CLOUDS[row.kind][2]}" for row in rows])
    for text, row in zip(axes.get_yticklabels(), rows, strict=True):
        if row.collapsed:
            text.set_color(VERMILION)


def _legend(figure: Figure, rows: Sequence[Drawn[CloudResult]]) -> None:
    handles = []
    for cloud, (marker, colour, name) in CLOUDS.items():
        measured = [row.content.metrics.get(key) for row in rows if row.kind == cloud for key in _KEYS]
        if measured:
            spans = any(interval(estimate) for estimate in measured if estimate)
            line: dict[str, Any] = {"lw": 1.4, "label": f"{name}, 95 % CI"} if spans else {"ls": "none"}
            handles.append(Line2D([], [], color=colour, marker=marker, ms=4.5, **{"label": name, **line}))
    label = "isotropic Gaussian, same n and d"
    handles.append(Line2D([], [], marker="D", mfc="white", mec=GREY, mew=0.8, ms=5.5, ls="none", label=label))
    for word in dict.fromkeys(row.collapsed for row in rows if row.collapsed):
        handles.append(Line2D([], [], marker="o", color=BLUE, mfc="white", ms=4.5, ls="none", label=word))
    columns = 2 if page_width() < NARROW else len(handles) if len(handles) < 6 else 3
    figure.legend(handles=handles, loc="outside upper center", ncols=columns, columnspacing=1.3)


def _short(number: float) -> str:
    """Three digits; a million and more as the tables print it."""
    return f"{number:.3g}" if abs(number) < BIG else rounded(number, None, 3)[0]


def _rates(figure: Figure, axes: Axes, found: Sequence[Drawn[PosteriorResult]]) -> None:
    longest = 1
    for entry in found:
        kl = sorted(np.nan_to_num(numbers(entry.content.kl_per_dim)), reverse=True)
        total = value_of(entry.content.metrics.get("kl_total"))
        label = entry.owner + ("" if total is None else f": {_short(total)} nats")
        if entry.collapsed:
            label += f", {entry.collapsed}"
        # A dimension without any rate has no place on a logarithmic axis: it lies on the floor.
        floored = [max(value, _COLLAPSED_BELOW / 100) for value in kl]
        style = item_style(entry.index) | {"marker": ""}
        axes.plot(range(1, len(kl) + 1), floored, **style, lw=1.4, label=label)
        longest = max(longest, len(kl))
    label = unlisted(f"{_COLLAPSED_BELOW} nats")
    axes.axhline(_COLLAPSED_BELOW, color=GREY, lw=0.8, ls=(0, (4, 3)), label=label)
    # Outside, where no line can run through it; a narrow sheet has no room there, so it covers the lines.
    narrow = page_width() < NARROW
    axes.annotate(
        f"{_COLLAPSED_BELOW} nats",
        (1, _COLLAPSED_BELOW),
        xycoords=axes.get_yaxis_transform(),
        xytext=(0, 3) if narrow else (3, 0),
        textcoords="offset points",
        ha="right" if narrow else "left",
        va="bottom" if narrow else "center",
        bbox={"fc": "white", "ec": "none", "pad": 0.5},
        color=GREY,
    )
    axes.set_yscale("log")
    axes.set_xlim(0, longest + 1)
    axes.set_title("c  Rate", loc="left", fontweight="bold")
    axes.set_xlabel("dimension, by KL")
    axes.set_ylabel("KL per dimension (nats)")
    columns = 1 if page_width() < NARROW else 2
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside lower center", ncols=columns, handlelength=3
    )
