"""An encoder layer by layer: where the cone and the loss of directions come from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from latentlab.figures.output.style import GREY, PALE, house_style, item_style
from latentlab.figures.panels import in_a_row, intervals, lower_legend, numbers, unlisted, value_of
from latentlab.figures.report_items import Drawn, profiles, require
from latentlab.results import Report
from latentlab.results.reports.space_results import EncoderResult, LayerResult

PANELS = (
    ("mean_cosine", "a  Cone", "mean cosine", False),
    ("isoscore_debiased", "b  Spread", "IsoScore, debiased", False),
    ("effective_rank", "c  Rank", "effective rank / d", True),
)
"""Key, title, label, and whether the value is divided by d."""


def layer_profile(report: Report[Any]) -> Figure:
    """Draw cone, spread and rank of each layer of each encoder, with 95 % intervals.

    Layer 0 is the embedding. Dashed grey is an isotropic Gaussian of the same n and d. A layer whose value is
    undefined leaves a gap.
    """
    found = require(
        profiles(report), "layers", "measure an encoder layer by layer with `latentlab anisotropy --layers`"
    )
    with house_style():
        figure, row = in_a_row(len(PANELS), 2.4)
        for place, (key, title, label, relative) in enumerate(PANELS):
            axes = row[place]
            for entry in found:
                _reference(axes, entry, key, relative)
                _profile(axes, entry, key, relative)
            axes.set_title(title, loc="left", fontweight="bold")
            axes.set_xlabel("layer")
            axes.set_ylabel(label)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            axes.grid(axis="y", color=PALE, lw=0.4)
            axes.set_axisbelow(True)
        _legend(figure, found)
    return figure


def _profile(axes: Axes, entry: Drawn[EncoderResult], key: str, relative: bool) -> None:
    layers = entry.content.layers
    estimates = [layer.metrics.get(key) for layer in layers]
    scale = np.array([layer.d if relative else 1 for layer in layers])
    at, values = _places(layers), numbers([value_of(estimate) for estimate in estimates]) / scale
    low, high = (ends / scale for ends in intervals(estimates))
    known = np.isfinite(low)
    style = item_style(entry.index)
    spans = unlisted(f"{entry.owner}, 95 % CI")
    if known.any():
        axes.vlines(at[known], low[known], high[known], color=style["color"], lw=1.2, zorder=3, label=spans)
    axes.plot(at, values, **style, lw=1.2, ms=3.2, zorder=4, label=unlisted(entry.owner))


def _reference(axes: Axes, entry: Drawn[EncoderResult], key: str, relative: bool) -> None:
    layers = entry.content.layers
    values = [value_of(layer.reference.get(key)) for layer in layers]
    scale = np.array([layer.d if relative else 1 for layer in layers])
    drawn = numbers(values) / scale
    if not np.isnan(drawn).all():
        name = unlisted(f"isotropic, for {entry.owner}")
        axes.plot(_places(layers), drawn, color=GREY, lw=0.9, ls=(0, (4, 3)), zorder=2, label=name)


def _places(layers: Sequence[LayerResult]) -> np.ndarray:
    return np.array([layer.layer for layer in layers])


def _legend(figure: Figure, found: list[Drawn[EncoderResult]]) -> None:
    handles = [
        Line2D([], [], **item_style(entry.index), lw=1.2, ms=3.2, label=entry.owner) for entry in found
    ]
    label = "isotropic Gaussian, same n and d"
    handles.append(Line2D([], [], color=GREY, lw=0.9, ls=(0, (4, 3)), label=label))
    lower_legend(figure, handles)
