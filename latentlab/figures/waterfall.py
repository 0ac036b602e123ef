"""Sentences through noise: how errors come in as the noise grows."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from latentlab.figures.output.style import GREY, PALE, house_style, item_style
from latentlab.figures.panels import in_a_row, intervals, lower_legend, numbers, unlisted
from latentlab.figures.report_items import Drawn, SweepResult, require, sweeps
from latentlab.metrics import Estimate
from latentlab.results import Report
from latentlab.results.reports.noise_results import NoisePoint, PosteriorPoint

_HINT = "send sentences through noise with `latentlab noise` or `latentlab memorisation`"
_DASHED: Any = {"color": GREY, "lw": 0.9, "ls": (0, (4, 3)), "zorder": 2}
_OWN: Any = {"ms": 7, "mfc": "white", "mew": 1.2}
_TICKS, _MARKERS = 0.12, 0.05
"""Room below zero, of what is above."""
PANELS = (
    ("ter", "a  Errors", "token error rate"),
    ("exact_match", "b  Word for word", "exact match"),
    ("cosine", "c  Meaning", "cosine with the sentence"),
)


def waterfall(report: Report[Any]) -> Figure:
    """Draw token errors, exact matches and meaning against the SNR, a line a checkpoint.

    Bands are 95 % intervals over sentences. A large hollow marker is a checkpoint's own posterior noise at
    its own power; a tick on the lower edge of the first panel is the SNR at half error. Dashed: chance.
    """
    found = require(sweeps(report), "sweep through noise", _HINT)
    with house_style():
        figure, row = in_a_row(len(PANELS), 2.5)
        for place, (key, title, label) in enumerate(PANELS):
            axes = row[place]
            for entry in found:
                _curve(axes, entry, key)
            by_chance = found[0].content.chance
            chance = {"ter": by_chance.ter.value, "cosine": by_chance.cosine.value}.get(key)
            if chance is not None:
                axes.axhline(chance, label=unlisted("chance"), **_DASHED)
            axes.set_title(title, loc="left", fontweight="bold")
            axes.set_xlabel("SNR (dB)")
            axes.set_ylabel(label)
            # Below zero is room for markers on it; of the first panel, for the ticks of half errors too.
            axes.set_ylim(bottom=-(_TICKS if place == 0 else _MARKERS) * axes.get_ylim()[1])
            axes.grid(axis="y", color=PALE, lw=0.4)
            axes.set_axisbelow(True)
        for entry in found:
            half = entry.content.half_error.snr.value
            if half is not None:
                tick: dict[str, Any] = {"color": item_style(entry.index)["color"], "lw": 1.8, "zorder": 4}
                name = unlisted(f"{entry.owner}, half error")
                figure.axes[0].axvline(half, ymax=0.6 * _TICKS / (1 + _TICKS), label=name, **tick)
        handles = [Line2D([], [], **item_style(e.index), lw=1.2, ms=3.5, label=e.owner) for e in found]
        with_own = [entry for entry in found if entry.content.posterior]
        for entry in with_own:
            whose = f"{entry.owner}: its" if len(with_own) > 1 else "its"
            style = item_style(entry.index)
            own: dict[str, Any] = {"marker": style["marker"], "color": style["color"], "ls": "none", **_OWN}
            handles.append(Line2D([], [], **own, label=f"{whose} own posterior noise"))
        handles.append(Line2D([], [], color=GREY, lw=1.8, marker="|", ls="none", label="half error"))
        handles.append(Line2D([], [], **_DASHED, label="chance"))
        lower_legend(figure, handles)
    return figure


def _curve(axes: Axes, entry: Drawn[SweepResult], key: str) -> None:
    points = entry.content.points
    snr = numbers([point.snr_db for point in points])
    style = item_style(entry.index)
    low, high = intervals([_of(point, key) for point in points])
    if np.isfinite(low).any():
        band: dict[str, Any] = {"color": style["color"], "alpha": 0.18, "lw": 0, "zorder": 2}
        axes.fill_between(snr, low, high, label=unlisted(f"{entry.owner}, 95 % CI"), **band)
    values = numbers([_of(point, key).value for point in points])
    axes.plot(snr, values, **style, lw=1.2, ms=3, zorder=3, label=unlisted(entry.owner))
    own = entry.content.posterior
    if own and (value := _of(own, key).value) is not None:
        mark: dict[str, Any] = {"marker": style["marker"], **_OWN}
        mark["label"] = unlisted(f"{entry.owner}, its own posterior noise")
        axes.plot([own.snr_db], [value], color=style["color"], ls="none", zorder=5, **mark)


def _of(point: NoisePoint | PosteriorPoint, key: str) -> Estimate:
    return {"ter": point.ter, "exact_match": point.exact_match, "cosine": point.cosine}[key]
