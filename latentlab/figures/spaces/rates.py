"""Posteriors dimension by dimension: what each costs, and whether its mean moves or only its noise."""

from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from latentlab.figures.output.style import BLACK, BLUE, GREY, PALE, house_style
from latentlab.figures.panels import (
    multiples,
    name_panel,
    numbers,
    outer_labels,
    unlisted,
    upper_legend,
    value_of,
)
from latentlab.figures.report_items import Drawn, posteriors, require
from latentlab.metrics.posterior import ACTIVE
from latentlab.results import Report
from latentlab.results.reports.space_results import PosteriorResult

LOW_RATE = 0.01
"""Nats: the smaller ε of the (ε, δ)-collapse."""
FLOOR, VARIANCE_FLOOR = 1e-4, 1e-6
"""What is smaller, zero included, lies on the floor of a logarithmic axis."""
_MISSING = "posterior: none of its items has a variational head"
_HINT = "these figures are about heads that give mu and logvar"


def kl_per_dimension(report: Report[Any]) -> Figure:
    """Draw the rate of each dimension, largest first: a panel for each variational item, on one scale.

    The dimensions left of the vertical line carry 95 % of the KL. Below the dashed line a dimension costs
    less than 0.01 nats. A rate of zero lies on the floor.
    """
    found = require(posteriors(report), _MISSING, _HINT)
    with house_style():
        figure, panels = multiples(len(found), 3, 1.7, extra=0.3)
        for axes, entry in zip(panels, found, strict=True):
            _rates(axes, entry)
            most = _most(entry)
            name_panel(
                axes,
                entry,
                note="" if most is None else f"95 % in {most:.0f} of {len(entry.content.kl_per_dim)}",
            )
        longest = max(len(entry.content.kl_per_dim) for entry in found)
        for axes in panels:
            axes.set_xlim(0, longest + 1)
        _same_limits(panels, "y", LOW_RATE)
        outer_labels(panels, "dimension, by KL", "KL (nats)")
        handles = [
            Line2D([], [], color=BLUE, lw=1.3, marker="o", ms=2, label="KL per dimension"),
            Line2D([], [], color=BLACK, lw=0.8, label="95 % of the KL is left of it"),
            Line2D([], [], color=GREY, lw=0.8, ls=(0, (4, 3)), label=f"{LOW_RATE} nats"),
        ]
        upper_legend(figure, handles, 3)
    return figure


def mean_against_noise(report: Report[Any]) -> Figure:
    """Draw the mean noise σ² of each dimension against the variance of its mean: a panel for each item.

    On the dashed curve the two sum to 1, the variance that the prior asks for. A dimension on its left end is
    noise alone; one at the lower right is a point for each sentence, almost without noise. Left of the dotted
    line, Var(μ) ≤ 0.01, dimensions are inactive and hollow. Values below 1e-6 lie on the edge.
    """
    found = require(with_variances(report), _MISSING, _HINT)
    with house_style():
        figure, panels = multiples(len(found), 3, 1.85, extra=0.3)
        for axes, entry in zip(panels, found, strict=True):
            _scatter(axes, entry)
            name_panel(axes, entry)
        for name in ("x", "y"):
            _same_limits(panels, name, ACTIVE)
        outer_labels(panels, "variance of the mean, Var(μ)", "mean σ²")
        marks: dict[str, Any] = {"marker": "o", "ls": "none", "ms": 3.5, "mew": 0.8, "color": BLUE}
        handles = [
            Line2D([], [], **marks, label="active dimension"),
            Line2D([], [], **{**marks, "mfc": "white"}, label="inactive"),
            Line2D([], [], color=GREY, lw=0.8, ls=(0, (4, 3)), label="Var(μ) + σ² = 1"),
            Line2D([], [], color=BLACK, lw=0.8, ls=":", label=f"Var(μ) = {ACTIVE}"),
        ]
        upper_legend(figure, handles, 4)
    return figure


def with_variances(report: Report[Any]) -> list[Drawn[PosteriorResult]]:
    """Posteriors that say how mean and noise of each dimension vary."""
    return [entry for entry in posteriors(report) if entry.content.curves.mean_variance]


def _rates(axes: Axes, entry: Drawn[PosteriorResult]) -> None:
    rates = np.sort(floored(numbers(entry.content.kl_per_dim), FLOOR))[::-1]
    style: dict[str, Any] = {"marker": "o", "ms": 3, "mfc": "white" if entry.collapsed else BLUE, "mew": 0.8}
    # A marker a dimension would be a thick line where there are hundreds.
    style["markevery"] = max(len(rates) // 16, 1)
    style["label"] = unlisted(entry.owner)
    axes.plot(np.arange(1, len(rates) + 1), rates, color=BLUE, lw=1.3, zorder=3, **style)
    low = unlisted(f"{LOW_RATE:g} nats")
    axes.axhline(LOW_RATE, color=GREY, lw=0.8, ls=(0, (4, 3)), zorder=2, label=low)
    most = _most(entry)
    if most is not None:
        axes.axvline(most + 0.5, color=BLACK, lw=0.8, zorder=2, label=unlisted("95 % of the KL"))
    _logarithmic(axes, "y")
    axes.grid(axis="y", color=PALE, lw=0.4)
    axes.set_axisbelow(True)


def _most(entry: Drawn[PosteriorResult]) -> float | None:
    """Dimensions that carry 95 % of the KL; None where there is none to speak of."""
    return None if entry.collapsed else value_of(entry.content.metrics.get("kl_dims_95"))


def _scatter(axes: Axes, entry: Drawn[PosteriorResult]) -> None:
    curves = entry.content.curves
    raw = numbers(curves.mean_variance)
    moves, noise = (floored(values, VARIANCE_FLOOR) for values in (raw, numbers(curves.noise_variance)))
    active = raw > ACTIVE
    for chosen, face, name in ((active, BLUE, "active"), (~active, "white", "inactive")):
        style: dict[str, Any] = {"marker": "o", "ls": "none", "ms": 3, "mec": BLUE, "mew": 0.6, "alpha": 0.7}
        axes.plot(moves[chosen], noise[chosen], zorder=3, mfc=face, label=unlisted(name), **style)
    near = np.geomspace(VARIANCE_FLOOR / 10, 0.5, 200)
    variances = np.concatenate([near, 1 - near[::-1]])
    line: dict[str, Any] = {"color": GREY, "lw": 0.8, "ls": (0, (4, 3)), "zorder": 2}
    axes.plot(variances, 1 - variances, label=unlisted("aggregate variance 1"), **line)
    axes.axvline(ACTIVE, color=BLACK, lw=0.8, ls=":", zorder=2, label=unlisted(f"Var(μ) = {ACTIVE:g}"))
    _logarithmic(axes, "x")
    _logarithmic(axes, "y")


def floored(values: Float[np.ndarray, " m"], least: float) -> Float[np.ndarray, " m"]:
    """What a logarithmic axis can show; undefined numbers stay undefined."""
    return np.asarray(np.maximum(values, least))


def _logarithmic(axes: Axes, name: str) -> None:
    getattr(axes, f"set_{name}scale")("log")
    # Eight strokes between two powers are ink in a panel of this size.
    getattr(axes, f"{name}axis").set_minor_locator(NullLocator())


def _same_limits(panels: list[Axes], name: str, threshold: float) -> None:
    """One scale for all panels, that reaches below the threshold and a little beyond the data and 1."""
    drawn = [line for axes in panels for line in axes.lines if line.get_marker() == "o"]
    values = np.concatenate([np.asarray(getattr(line, f"get_{name}data")(), float) for line in drawn])
    for axes in panels:
        low, high = np.nanmin(values, initial=threshold), np.nanmax(values, initial=1.0)
        getattr(axes, f"set_{name}lim")(low / 2, high * 2)
