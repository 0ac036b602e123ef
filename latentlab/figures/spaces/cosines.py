"""The cone as a distribution: cosines of all pairs of sentences, against those of random directions."""

from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy.special import betaln

from latentlab.figures.output.style import CLOUDS, GREY, house_style
from latentlab.figures.panels import (
    multiples,
    name_panel,
    outer_labels,
    say_nothing_to_draw,
    signed,
    unlisted,
    upper_legend,
    value_of,
)
from latentlab.figures.report_items import Drawn, by_owner, clouds, require
from latentlab.results import Report
from latentlab.results.reports.space_results import CloudResult

KINDS = ("pooled", "mu", "z", "latents")
_GRID = 2001
_TEXT = 0.4
"""Width of a number with its label, of a panel."""
_STRIP = 0.22
"""Height of a line of text, of the height of the panel's curves."""
_TAIL = 1e-3
"""Share of the pairs that may lie outside the window on either side."""


def isotropic_cosine_density(cosine: Float[np.ndarray, " m"], d: int) -> Float[np.ndarray, " m"]:
    r"""Density of the cosine of two independent random directions in d ≥ 2 dimensions.

    .. math:: p(c) = (1 - c^2)^{(d - 3) / 2} / B(\tfrac12, \tfrac{d - 1}2), \quad -1 < c < 1

    Mean 0, variance 1 / d. Source: Muirhead 1982, theorem 1.5.7, of a coordinate of a point on the sphere.

    >>> isotropic_cosine_density(np.array([-0.5, 0.0, 0.5]), 3).round(12).tolist()
    [0.5, 0.5, 0.5]
    """
    log_density = (d - 3) / 2 * np.log1p(-(cosine**2)) - betaln(0.5, (d - 1) / 2)
    return np.asarray(np.exp(log_density))


def cosine_histogram(report: Report[Any]) -> Figure:
    """Draw the cosines of all pairs of rows: one panel for each encoder and each item, every area 1.

    Dashed is the density for directions drawn at random in the same d. A cloud to its right is a cone; one
    that is wider has fewer directions than d. The upright line is the mean of its cloud, with its number. The
    histogram of z is an outline, as its noise is no property of the sentences.
    """
    found = require(with_cosines(report), "cosines of any cloud", "measure the clouds with this version")
    groups = by_owner(found)
    with house_style():
        figure, panels = multiples(len(groups), 3, 1.45, extra=0.35)
        window = _window(found)
        for axes, group in zip(panels, groups, strict=True):
            _panel(axes, group, window)
            axes.set_xlim(window)
            name_panel(axes, group[0])
        outer_labels(panels, "cosine of two rows", "density")
        upper_legend(figure, _handles(found), 5)
    return figure


def with_cosines(report: Report[Any]) -> list[Drawn[CloudResult]]:
    """Clouds that have a histogram of cosines."""
    return clouds(report, KINDS, lambda cloud: cloud.curves.cosines)


def _panel(axes: Axes, group: list[Drawn[CloudResult]], window: tuple[float, float]) -> None:
    highest = 0.0
    for d in dict.fromkeys(entry.content.d for entry in group):
        if d > 1:
            grid = np.linspace(-1, 1, _GRID)[1:-1]
            density = isotropic_cosine_density(grid, d)
            name = unlisted(f"random directions, d = {d}")
            axes.plot(grid, density, color=GREY, lw=1, ls=(0, (4, 2)), zorder=3, label=name)
            # In one or two dimensions the density has no bound at the ends.
            highest = max(highest, float(density[_GRID // 2 - 1]))
    means = []
    for entry in group:
        histogram = _density(entry)
        if histogram is None:
            continue
        edges, heights = histogram
        _, colour, label = CLOUDS[entry.kind]
        if entry.kind == "z":
            axes.stairs(heights, edges, color=colour, lw=1.1, zorder=4, label=unlisted(label))
        else:
            area: dict[str, Any] = {"fill": True, "alpha": 0.45, "lw": 0, "zorder": 2}
            axes.stairs(heights, edges, color=colour, label=unlisted(label), **area)
        highest = max(highest, float(heights.max()))
        mean = value_of(entry.content.metrics.get("mean_cosine"))
        if mean is not None:
            means.append((mean, f"{label} {signed(mean)}", colour))
    if not any(_density(entry) for entry in group):
        say_nothing_to_draw(axes, "no pair of rows has an angle")
    _means(axes, means, highest or 1.0, window)


def _means(
    axes: Axes, means: list[tuple[float, str, str]], highest: float, window: tuple[float, float]
) -> None:
    """Upright lines with their numbers, in a strip of its own that no curve reaches."""
    whole = 1.05 + _STRIP * len(means)
    axes.set_ylim(0, highest * whole)
    means = sorted(means)
    places = [(mean - window[0]) / (window[1] - window[0]) for mean, _, _ in means]
    # Two numbers stand on the outer sides of their lines, if there is room.
    sides = ["left" if place < 1 - _TEXT else "right" for place in places]
    if len(means) > 1 and places[0] > _TEXT:
        sides[0] = "right"
    # The line of the lower number ends below the upper one; on one side the inner number is the upper.
    order = reversed(range(len(means))) if set(sides) == {"right"} else range(len(means))
    for i, place in enumerate(order):
        (mean, text, colour), side = means[place], sides[place]
        height = 1 - _STRIP / whole * i
        axes.axvline(mean, ymax=height, color=colour, lw=1, zorder=5, label=unlisted(f"mean: {text}"))
        axes.annotate(
            text,
            (mean, height * highest * whole),
            xytext=(-3 if side == "right" else 3, 0),
            textcoords="offset points",
            color=colour,
            ha=side,
            va="top",
        )


def _density(entry: Drawn[CloudResult]) -> tuple[Float[np.ndarray, " _e"], Float[np.ndarray, " _b"]] | None:
    """Edges and heights of area 1; nothing where there is no pair."""
    curve = entry.content.curves.cosines
    if curve is None or not any(curve.counts):
        return None
    edges, counts = np.array(curve.edges), np.array(curve.counts)
    return edges, counts / (counts.sum() * np.diff(edges))


def _window(found: list[Drawn[CloudResult]]) -> tuple[float, float]:
    """From where the pairs and the random directions begin to where they end, one for all panels."""
    lows, highs = [-0.1], [0.1]
    for entry in found:
        width = min(3.5 / np.sqrt(entry.content.d), 1.0)
        lows.append(-width)
        highs.append(width)
        histogram = _density(entry)
        if histogram is None:
            continue
        edges, heights = histogram
        reached = np.cumsum(heights * np.diff(edges))
        lows.append(float(edges[np.searchsorted(reached, _TAIL)]))
        highs.append(float(edges[1:][np.searchsorted(reached, 1 - _TAIL)]))
    return max(min(lows) - 0.02, -1.02), min(max(highs) + 0.02, 1.02)


def _handles(found: list[Drawn[CloudResult]]) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = []
    for kind in KINDS:
        if any(entry.kind == kind for entry in found):
            _, colour, label = CLOUDS[kind]
            if kind == "z":
                handles.append(Patch(facecolor="none", edgecolor=colour, label=label))
            else:
                handles.append(Patch(facecolor=colour, alpha=0.45, label=label))
    if any(entry.content.d > 1 for entry in found):
        handles.append(Line2D([], [], color=GREY, lw=1, ls=(0, (4, 2)), label="random directions, same d"))
    return handles
