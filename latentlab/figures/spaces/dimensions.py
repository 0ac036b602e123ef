"""Single dimensions: which of them make the cone, and how far they are from the standard normal."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator

from latentlab.figures.output.style import BLACK, CLOUDS, GREY, PALE, house_style
from latentlab.figures.panels import (
    multiples,
    name_panel,
    numbers,
    outer_labels,
    rank_axis,
    say_nothing_to_draw,
    unlisted,
    upper_legend,
)
from latentlab.figures.report_items import Drawn, clouds, require
from latentlab.results import Report
from latentlab.results.reports.space_results import CloudResult, Quantiles

LABELLED = 3
"""As many dimensions as `cc_share_top3` is about."""
_UNLIKE = 2
"""Ratio of two ranges from which on they are not drawn on one scale."""
_ABOVE = 0.8
"""Room above the highest line, of what the lines take: as high as the labels."""
_AGAIN = "measure the clouds with this version"


def rogue_dimensions(report: Report[Any]) -> Figure:
    """Draw what each dimension adds to the mean cosine, by size: a panel for each encoder and each item.

    The contributions CC_j of a cloud sum to its mean cosine; drawn is |CC_j|, largest first, with the indices
    of the largest three and their shares of the sum over |CC|. The dotted line is an equal share for every
    dimension. A line that starts far above it and falls at once is a cone that a few dimensions make. The
    shares say little where the whole line is low: then there is no cone. Of items the latent point is drawn,
    μ or the vectors of a file.
    """
    found = require(with_contributions(report), "contributions of dimensions to the mean cosine", _AGAIN)
    with house_style():
        figure, panels = multiples(len(found), 3, 1.8, extra=0.3)
        for axes, entry in zip(panels, found, strict=True):
            _contributions(axes, entry)
            name_panel(axes, entry, kind=CLOUDS[entry.kind][2])
        _one_scale(panels)
        outer_labels(panels, "dimension, by |CC|", "|CC|")
        handles = [
            Line2D(
                [], [], color=GREY, lw=1.2, marker="o", ms=3.5, label="|CC|, the largest with index and share"
            ),
            Line2D([], [], color=GREY, lw=0.9, ls=":", label="equal shares"),
        ]
        upper_legend(figure, handles, 2)
    return figure


def normal_quantiles(report: Report[Any]) -> Figure:
    """Draw the quantiles of the dimensions against N(0, 1): a panel for each latent cloud.

    The line is the median over dimensions and the band reaches from the least to the largest; dashed is the
    dimension that is farthest from normal, with its index. On the grey diagonal a dimension is standard
    normal, which is what a variational head is trained towards for z; a flatter line has a smaller variance.
    Pooled vectors are left out, for nothing asks them to be normal.
    """
    found = require(with_quantiles(report), "quantiles of any latent cloud", _AGAIN)
    with house_style():
        figure, panels = multiples(len(found), 3, 1.75, extra=0.3)
        for axes, entry in zip(panels, found, strict=True):
            _quantiles(axes, entry)
            name_panel(axes, entry, kind=CLOUDS[entry.kind][2])
        _one_height(panels)
        outer_labels(panels, "quantile of N(0, 1)", "quantile")
        handles = [
            Line2D([], [], color=BLACK, lw=1.3, label="median dimension"),
            Patch(facecolor=GREY, alpha=0.3, label="all dimensions"),
            Line2D([], [], color=BLACK, lw=1, ls="--", label="farthest from normal"),
            Line2D([], [], color=GREY, lw=0.8, label="N(0, 1)"),
        ]
        upper_legend(figure, handles, 4)
    return figure


def with_contributions(report: Report[Any]) -> list[Drawn[CloudResult]]:
    """Clouds whose mean cosine is split over dimensions."""
    return clouds(report, ("pooled", "mu", "latents"), lambda cloud: cloud.curves.cosine_contributions)


def with_quantiles(report: Report[Any]) -> list[Drawn[Quantiles]]:
    """Quantiles of latent clouds."""
    found = clouds(report, ("mu", "z", "latents"), lambda cloud: cloud.curves.quantiles)
    return [entry.of(curve) for entry in found if (curve := entry.content.curves.quantiles)]


def _contributions(axes: Axes, entry: Drawn[CloudResult]) -> None:
    values = np.abs(numbers(entry.content.curves.cosine_contributions or ()))
    marker, colour, _ = CLOUDS[entry.kind]
    order = np.argsort(-values, kind="stable")
    drawn = values[order]
    axes.set_yscale("log")
    axes.grid(axis="y", color=PALE, lw=0.4)
    axes.set_axisbelow(True)
    # Zeros have no place on a logarithmic axis; they are the last ones.
    ranks = np.arange(1, len(drawn) + 1)[drawn > 0]
    drawn = drawn[drawn > 0]
    if not len(drawn):
        say_nothing_to_draw(axes, "no contributions")
        return
    face = "white" if entry.collapsed else colour
    total, top = drawn.sum(), min(LABELLED, len(drawn))
    axes.plot(ranks, drawn, color=colour, lw=1.2, zorder=3, label=unlisted("by size"))
    style: dict[str, Any] = {"ls": "none", "marker": marker, "color": colour, "mfc": face, "ms": 4}
    for place in range(top):
        name = unlisted(f"dimension {order[place]}")
        axes.plot(ranks[place], drawn[place], zorder=4, label=name, **style)
    axes.axhline(total / len(values), color=GREY, lw=0.9, ls=":", zorder=2, label=unlisted("equal shares"))
    for place in range(top):
        axes.annotate(
            f"{order[place]}: {100 * drawn[place] / total:.0f} %",
            (ranks[place], drawn[place]),
            xytext=(0.5, 0.95 - 0.13 * place),
            textcoords="axes fraction",
            va="center",
            arrowprops={
                "arrowstyle": "-",
                "color": GREY,
                "lw": 0.5,
                "relpos": (0, 0.5),
                "shrinkA": 1,
                "shrinkB": 3,
            },
        )


def _one_scale(panels: list[Axes]) -> None:
    """The same axes for all panels, with room for the labels above the highest line.

    The small contributions run out below: what is a ten-thousandth of the largest decides nothing.
    """
    lines = [line for axes in panels for line in axes.lines if line.get_linestyle() == "-"]
    if not lines:
        return
    levels = [np.asarray(line.get_ydata(), float) for line in lines]
    high = max(float(level[0]) for level in levels)
    low = min(max(min(float(level[-1]) for level in levels), 1e-4 * high), 1e-3 * high)
    longest = max(len(level) for level in levels)
    for axes in panels:
        rank_axis(axes, longest)
        axes.set_ylim(low / 2, high * (high / low) ** _ABOVE)
        axes.yaxis.set_minor_locator(NullLocator())


def _quantiles(axes: Axes, entry: Drawn[Quantiles]) -> None:
    curve = entry.content
    normal = numbers(curve.normal)
    colour = CLOUDS[entry.kind][1]
    axes.plot(normal, normal, color=GREY, lw=0.8, zorder=2, label=unlisted("N(0, 1)"))
    low, high = numbers(curve.low), numbers(curve.high)
    axes.fill_between(normal, low, high, color=colour, alpha=0.25, lw=0, label=unlisted("all dimensions"))
    axes.plot(normal, numbers(curve.median), color=colour, lw=1.3, zorder=4, label=unlisted("median"))
    text = f"dimension {curve.worst_dim}"
    axes.plot(normal, numbers(curve.worst), color=BLACK, lw=1, ls="--", zorder=3, label=unlisted(text))
    axes.text(0.04, 0.95, text, transform=axes.transAxes, va="top")


def _one_height(panels: list[Axes]) -> None:
    """One scale for all panels, unless that would press the flattest of them into a line."""
    reach = [float(np.abs(axes.dataLim.intervaly).max()) for axes in panels]
    if max(reach) > _UNLIKE * min(reach):
        return
    for axes in panels:
        axes.set_ylim(-1.05 * max(reach), 1.05 * max(reach))
