"""The spread as a spectrum: how the variance falls over directions, against what sampling alone gives."""

from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from latentlab.figures.output.style import (
    CLOUDS,
    GREY,
    NARROW,
    PALE,
    VERMILION,
    house_style,
    item_style,
    page_width,
)
from latentlab.figures.panels import (
    is_outer,
    lower_legend,
    multiples,
    numbers,
    outer_labels,
    rank_axis,
    say_nothing_to_draw,
    unlisted,
)
from latentlab.figures.report_items import Drawn, clouds, require
from latentlab.metrics.statistics.marchenko_pastur import marchenko_pastur
from latentlab.results import Report
from latentlab.results.reports.space_results import CloudResult

KINDS = ("pooled", "mu", "z", "latents")
_ROUNDING = 1e-12
"""Share of the largest eigenvalue below which one is zero, and has no place on a logarithmic axis."""


def spectrum(report: Report[Any]) -> Figure:
    """Draw the share of the variance of each principal direction, largest first: a panel for each cloud.

    Dashed grey is an isotropic Gaussian of the same n and d, whose sample eigenvalues follow the
    Marchenko-Pastur law. A line above it on the left has directions that hold too much; where it falls below,
    directions are unused. Only the distance from that curve is structure. Where rows come in groups it is not
    drawn: how many rows these are worth is not known. Eigenvalues of zero are left out, so a line ends at the
    rank.
    """
    found = require(
        with_eigenvalues(report), "eigenvalues of any cloud", "measure the clouds with this version"
    )
    kinds = [kind for kind in KINDS if any(entry.kind == kind for entry in found)]
    with house_style():
        figure, panels = multiples(len(kinds), 4, 2.25, extra=0.4)
        for letter, axes, kind in zip("abcd", panels, kinds, strict=False):
            _panel(axes, [entry for entry in found if entry.kind == kind])
            axes.set_title(f"{letter}  {CLOUDS[kind][2]}", loc="left", fontweight="bold")
        _one_scale(panels)
        # Two labels beside one another on a narrow sheet would touch.
        outer_labels(
            panels, "rank of the eigenvalue" if page_width() > NARROW else "rank", "share of the variance"
        )
        _legend(figure, found)
    return figure


def with_eigenvalues(report: Report[Any]) -> list[Drawn[CloudResult]]:
    """Clouds that have a spectrum."""
    return clouds(report, KINDS, lambda cloud: cloud.curves.eigenvalues)


def shares(eigenvalues: Float[np.ndarray, " d"]) -> Float[np.ndarray, " r"]:
    """Of the sum, without those that are zero up to rounding."""
    positive = eigenvalues[eigenvalues > _ROUNDING * np.nanmax(eigenvalues, initial=0.0)]
    return np.asarray(positive / positive.sum())


def _panel(axes: Axes, found: list[Drawn[CloudResult]]) -> None:
    for n, d in dict.fromkeys(size for entry in found if (size := _expected(entry))):
        expected = shares(marchenko_pastur(n, d))
        style: dict[str, Any] = {"color": GREY, "lw": 1, "ls": (0, (4, 2)), "zorder": 4}
        name = unlisted(f"isotropic, n = {n}, d = {d}")
        axes.plot(np.arange(1, len(expected) + 1), expected, label=name, **style)
    spectra = [(entry, shares(numbers(entry.content.curves.eigenvalues or ()))) for entry in found]
    for entry, drawn in spectra:
        ranks = np.arange(1, len(drawn) + 1)
        axes.plot(ranks, drawn, label=unlisted(entry.owner), **_style(entry, len(drawn)))
    if not any(len(drawn) for _, drawn in spectra):
        say_nothing_to_draw(axes, "no variance")
    axes.set_yscale("log")
    axes.grid(color=PALE, lw=0.4)
    axes.set_axisbelow(True)


def _expected(entry: Drawn[CloudResult]) -> tuple[int, int] | None:
    """The n and d of the isotropic Gaussian beside a cloud; None where rows come in groups."""
    cloud = entry.content
    return None if cloud.n < 2 or cloud.groups is not None else (cloud.n, cloud.d)


def _style(entry: Drawn[CloudResult], length: int) -> dict[str, Any]:
    """Line of an item; its markers stand a factor of two apart, which a logarithmic axis spaces evenly."""
    marks = sorted({min(2**i, length) - 1 for i in range(length.bit_length() + 1)}) if length else []
    style: dict[str, Any] = {"color": CLOUDS["pooled"][1], "ls": "-", "marker": "s"}
    if entry.kind != "pooled":
        style = item_style(entry.index)
    face = "white" if entry.collapsed else style["color"]
    return {**style, "lw": 1.2, "ms": 3.2, "mfc": face, "mew": 0.8, "markevery": marks}


def _one_scale(panels: list[Axes]) -> None:
    """The same axes for all panels, so that the clouds can be compared."""
    lows, highs = zip(*(axes.get_ylim() for axes in panels), strict=True)
    longest = int(max(axes.dataLim.x1 for axes in panels))
    low, high = min(lows), max(highs)
    if np.floor(np.log10(high)) <= np.ceil(np.log10(low)):
        # Only powers of ten have a number on the axis, and two of them are needed to read it.
        low, high = 10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high))
    for axes in panels:
        axes.set_ylim(low, high)
        rank_axis(axes, longest)
        axes.yaxis.set_minor_formatter(NullFormatter())
    for axes in panels:
        axes.tick_params(labelleft=is_outer(axes))


def _entries(found: list[Drawn[CloudResult]]) -> list[Drawn[CloudResult]]:
    """One for each line that means something else: encoders, then items."""
    return list({(entry.kind == "pooled", entry.owner, entry.index): entry for entry in found}.values())


def _legend(figure: Figure, found: list[Drawn[CloudResult]]) -> None:
    entries = _entries(found)
    handles = []
    for entry in entries:
        label = f"{entry.owner}, {entry.collapsed}" if entry.collapsed else entry.owner
        handles.append(Line2D([], [], label=label, **_style(entry, 0)))
    if any(_expected(entry) for entry in found):
        label = "isotropic Gaussian, same n and d"
        handles.append(Line2D([], [], color=GREY, lw=1, ls=(0, (4, 2)), label=label))
    legend = lower_legend(figure, handles)
    for text, entry in zip(legend.get_texts(), entries, strict=False):
        if entry.collapsed:
            text.set_color(VERMILION)
