"""Sentences as a constellation: which text is decoded where, and where noise takes a sentence."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from latentlab.figures.names import label
from latentlab.figures.output.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION, house_style
from latentlab.figures.panels import multiples, outer_labels, unlisted
from latentlab.figures.report_items import constellations, require
from latentlab.results import Report
from latentlab.results.reports.noise_results import ConstellationResult, Points

_HINT = "`latentlab noise --out DIR` computes it"
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, VERMILION)
_MARKERS = ("o", "s", "^", "D", "v")
_GREYS = (0.93, 0.885, 0.84)
"""Of other sentences: neighbours are told apart by the lines between them."""
_TINT = 0.4
_LONGEST = 48
"""Letters of a sentence in the legend."""
_SEAM: Any = {"color": BLACK, "linestyle": (0, (1, 2)), "linewidth": 0.7}


def constellation(report: Report[Any]) -> Figure:
    """Draw a few sentences on the two principal axes of each checkpoint's latents.

    Coloured is where a chosen sentence itself is decoded, grey where any other text is; white lines lie
    between different texts. A point of the plane has the latent of the nearest chosen sentence, moved along
    the axes; at a dotted seam the nearest one changes, and with it all the other dimensions. Small marks are
    a sentence plus noise, filled where it is still decoded; the noise is in all dimensions, so it may err
    inside a region and be right outside. Dots are the other sentences of the sample.
    """
    found = require(constellations(report), "constellation", _HINT)
    with house_style():
        figure, panels = multiples(len(found), 2, 2.6, extra=0.2)
        for axes, entry in zip(panels, found, strict=True):
            content = entry.content
            _regions(axes, content)
            _noise(axes, content)
            right = content.noise.right
            axes.set_title(
                f"{entry.owner}\n{content.snr_db:g} dB: {sum(right)} of {len(right)} right".replace("-", "−"),
                loc="left",
            )
        outer_labels(panels, "first principal axis", "second principal axis")
        handles = [
            Line2D(
                [], [], marker=_MARKERS[k], color=_COLOURS[k], mec=BLACK, ls="none", ms=6, label=_cut(text)
            )
            for k, text in enumerate(found[0].content.sentences)
        ]
        small: dict[str, Any] = {"marker": "o", "ls": "none", "color": GREY, "ms": 3}
        handles += [
            Line2D([], [], **small, label="with noise: decoded"),
            Line2D([], [], **{**small, "mfc": "white"}, label="with noise: not decoded"),
            Line2D([], [], marker=".", ls="none", color=BLACK, ms=2, label="other sentences"),
            Line2D([], [], **_SEAM, label="seam of two slices"),
        ]
        figure.set_figheight(figure.get_figheight() + 0.16 * -(-len(handles) // 2))
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _cut(text: str) -> str:
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
    return label(text)


def _regions(axes: Axes, content: ConstellationResult) -> None:
    regions: Int[np.ndarray, "grid grid"] = np.array(content.regions)
    chosen = len(content.sentences)
    colours = np.empty((len(content.texts), 3))
    for i in range(len(colours)):
        pale = np.full(3, _GREYS[i % len(_GREYS)])
        colours[i] = 1 - _TINT * (1 - np.array(to_rgb(_COLOURS[i]))) if i < chosen else pale
    left, right, bottom, top = content.edges
    # The edges are the outermost points, so a cell reaches half a step beyond them.
    step = (right - left) / (len(regions) - 1), (top - bottom) / (len(regions) - 1)
    box = (left - step[0] / 2, right + step[0] / 2, bottom - step[1] / 2, top + step[1] / 2)
    axes.imshow(colours[regions], origin="lower", extent=box, aspect="auto", interpolation="nearest")
    axes.add_collection(LineCollection(_borders(regions, box), colors="white", linewidths=0.4))
    x, y = np.linspace(left, right, len(regions)), np.linspace(bottom, top, len(regions))
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    owner = np.linalg.norm(grid[:, :, None] - _points(content.at), axis=3).argmin(axis=2)
    axes.add_collection(LineCollection(_borders(owner, box), **_SEAM))
    axes.set_xlim(box[0], box[1])
    axes.set_ylim(box[2], box[3])


def _borders(
    regions: Int[np.ndarray, "grid grid"], box: tuple[float, float, float, float]
) -> Sequence[Float[np.ndarray, "2 2"]]:
    """The sides of cells between two texts."""
    size = len(regions)
    x, y = np.linspace(box[0], box[1], size + 1), np.linspace(box[2], box[3], size + 1)
    upright = [
        np.array([[x[j + 1], y[i]], [x[j + 1], y[i + 1]]])
        for i, j in np.argwhere(regions[:, 1:] != regions[:, :-1])
    ]
    level = [
        np.array([[x[j], y[i + 1]], [x[j + 1], y[i + 1]]])
        for i, j in np.argwhere(regions[1:] != regions[:-1])
    ]
    return upright + level


def _points(rows: Points) -> Float[np.ndarray, "n 2"]:
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _noise(axes: Axes, content: ConstellationResult) -> None:
    cloud = _points(content.cloud)
    dots: dict[str, Any] = {"ls": "none", "marker": ".", "ms": 1.2, "color": BLACK, "alpha": 0.6, "zorder": 2}
    axes.plot(cloud[:, 0], cloud[:, 1], label=unlisted("sentences"), **dots)
    at, sentence = _points(content.noise.at), np.array(content.noise.sentence)
    right = np.array(content.noise.right)
    for k, place in enumerate(_points(content.at)):
        style: dict[str, Any] = {"marker": _MARKERS[k], "color": _COLOURS[k], "ls": "none"}
        for decoded in (False, True):
            rows = (sentence == k) & (right == decoded)
            face: dict[str, Any] = {} if decoded else {"mfc": "white"}
            name = unlisted(f"sentence {k + 1} with noise, decoded {'right' if decoded else 'wrong'}")
            axes.plot(at[rows, 0], at[rows, 1], ms=2.6, mew=0.6, zorder=3, label=name, **style, **face)
        name = unlisted(f"sentence {k + 1}")
        axes.plot([place[0]], [place[1]], ms=7, mec=BLACK, mew=0.8, zorder=4, label=name, **style)
