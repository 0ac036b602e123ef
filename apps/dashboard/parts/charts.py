"""Charts that a browser can be asked about: points by row number, curves, a path through a cloud.

Points carry a row number and no hover text, so that twenty thousand of them stay under two megabytes.
A figure is put together from dictionaries in one go: piece by piece plotly takes four times as long.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from parts.show import COLOURS, DASHES, GREY, MARKERS

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442", "#000000")
"""Okabe & Ito 2008, for the values of a factor."""
PALE = "#B0B0B0"
"""Of what is only there to be seen among."""
_MARGIN = {"l": 10, "r": 10, "t": 30, "b": 10}


def plane(
    points: np.ndarray,
    groups: Mapping[str, np.ndarray],
    *,
    chosen: Sequence[int] = (),
    path: np.ndarray | None = None,
    typed: np.ndarray | None = None,
    stars: str = "typed",
    place: int = 0,
    height: int = 460,
) -> go.Figure:
    """A cloud (n, 2) by groups of rows, with chosen rows ringed, a path and typed sentences on top."""
    data: list[dict[str, Any]] = []
    for i, (label, rows) in enumerate(groups.items()):
        colour = PALE if path is not None else PALETTE[i % len(PALETTE)]
        data.append(
            {
                "type": "scattergl",
                "x": points[rows, 0].astype(np.float32),
                "y": points[rows, 1].astype(np.float32),
                "customdata": rows.astype(np.int32),
                "mode": "markers",
                "name": label,
                "marker": {"size": 4, "opacity": 0.6, "color": colour, "symbol": MARKERS[place]},
            }
        )
    if len(chosen):
        data.append(
            {
                "type": "scattergl",
                "x": points[list(chosen), 0],
                "y": points[list(chosen), 1],
                "mode": "markers",
                "name": "selected",
                "marker": {"size": 9, "color": "rgba(0,0,0,0)", "line": {"width": 2, "color": GREY}},
            }
        )
    if path is not None:
        data.append(
            {
                "x": path[:, 0],
                "y": path[:, 1],
                "mode": "lines+markers",
                "name": "path",
                "line": {"color": COLOURS[place], "dash": DASHES[place]},
                "marker": {"symbol": MARKERS[place], "size": 8},
            }
        )
    if typed is not None and len(typed):
        data.append(
            {
                "x": typed[:, 0],
                "y": typed[:, 1],
                "mode": "markers+text",
                "name": stars,
                "text": [str(i + 1) for i in range(len(typed))],
                "textposition": "top center",
                "marker": {"symbol": "star", "size": 13, "color": "#D55E00"},
            }
        )
    bare = {"showticklabels": False, "zeroline": False, "showgrid": False}
    layout = {
        "height": height,
        "margin": _MARGIN,
        "legend": {"orientation": "h", "y": -0.05},
        "dragmode": "lasso",
        "uirevision": "keep",
        "xaxis": bare,
        "yaxis": {**bare, "scaleanchor": "x"},
    }
    return go.Figure([{"hoverinfo": "skip", **trace} for trace in data], layout)


def curves(
    lines: Sequence[tuple[int, str, Sequence[float], Sequence[float]]],
    *,
    x: str,
    y: str,
    at: float | None = None,
    bands: Mapping[int, tuple[Sequence[float], Sequence[float]]] | None = None,
    height: int = 240,
) -> go.Figure:
    """Lines of A and B: (place, name, x, y), with a marker at one x, and bands by the place of a line."""
    data: list[dict[str, Any]] = []
    for place, name, xs, ys in lines:
        if bands and place in bands:
            low, high = bands[place]
            data.append(
                {
                    "x": [*xs, *reversed(xs)],
                    "y": [*high, *reversed(low)],
                    "mode": "lines",
                    "fill": "toself",
                    "line": {"width": 0},
                    "opacity": 0.2,
                    "fillcolor": COLOURS[place],
                    "hoverinfo": "skip",
                    "showlegend": False,
                }
            )
        data.append(
            {
                "x": list(xs),
                "y": list(ys),
                "mode": "lines+markers",
                "name": name,
                "line": {"color": COLOURS[place], "dash": DASHES[place]},
                "marker": {"symbol": MARKERS[place], "size": 7},
            }
        )
    layout: dict[str, Any] = {
        "height": height,
        "margin": _MARGIN,
        "xaxis": {"title": {"text": x}},
        "yaxis": {"title": {"text": y}},
        "legend": {"orientation": "h", "y": 1.15},
        "hovermode": "x",
    }
    if at is not None:
        line = {"color": GREY, "width": 2, "dash": "dot"}
        layout["shapes"] = [
            {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "y domain", "line": line}
        ]
    return go.Figure(data, layout)


def selected_rows(state: Any) -> list[int]:
    """Row numbers of a lasso, whatever trace they are in."""
    points = state["selection"]["points"] if state and state.get("selection") else []
    found = (point.get("customdata") for point in points)
    rows = (value[0] if isinstance(value, list | tuple) else value for value in found if value is not None)
    return sorted({int(row) for row in rows})
