"""What training logged, run by run: losses, rate and health of the latent."""

from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from latentlab.figures.output.style import PALE, house_style, item_style
from latentlab.figures.panels import lower_legend, multiples, numbers
from latentlab.figures.report_items import Drawn, items_of, require
from latentlab.results import Report
from latentlab.results.reports.log_results import LogColumn, LogResult

CURVES = (
    ("reconstruction", "Reconstruction", "nats a masked token"),
    ("ce", "Held out", "nats a token"),
    ("kl", "KL", "nats a sentence"),
    ("beta", "β", "weight of the KL"),
    ("train_gap", "Gap", "held out − training, nats"),
    ("kl_dims_95", "95 % of the KL", "dimensions"),
    ("active_units", "Active units", "dimensions"),
)
"""Key in the log, title, label."""
_SMOOTH = 25
"""Logged steps that a noisy curve is averaged over."""


def training_curves(report: Report[Any]) -> Figure:
    """Draw the curves of CURVES that any run has; what is logged at every step is averaged over 25 lines."""
    found = require(with_logs(report), "training log", "give runs with a training.jsonl")
    panels = [curve for curve in CURVES if any(_moves(e.content.log.get(curve[0])) for e in found)]
    with house_style():
        figure, axes = multiples(len(panels), 3, 1.75, extra=0.3)
        for panel, (key, title, label) in zip(axes, panels, strict=True):
            for entry in found:
                column = entry.content.log.get(key)
                if column and _moves(column):
                    x, y = numbers(column.step), numbers(column.value)
                    style = {**item_style(entry.index), "marker": ""}
                    panel.plot(x, _averaged(y), lw=1.1, label=entry.owner, **style)
            panel.set_title(title, loc="left", fontweight="bold")
            panel.set_ylabel(label)
            panel.set_xlabel("step")
            panel.grid(axis="y", color=PALE, lw=0.5)
        handles = [
            Line2D([], [], **{**item_style(e.index), "marker": ""}, lw=1.2, label=e.owner) for e in found
        ]
        lower_legend(figure, handles)
    return figure


def with_logs(report: Report[Any]) -> list[Drawn[LogResult]]:
    """Runs that have a log."""
    return [entry for entry in items_of(report, LogResult) if entry.content.log]


def _moves(column: LogColumn | None) -> bool:
    return column is not None and any(column.value)


def _averaged(values: Any) -> Any:
    """A running mean over the last lines, as far as there are any."""
    import numpy as np

    if len(values) < 4 * _SMOOTH:
        return values
    sums = np.cumsum(np.insert(values, 0, 0.0))
    starts = np.maximum(np.arange(len(values)) - _SMOOTH + 1, 0)
    ends = np.arange(len(values)) + 1
    return (sums[ends] - sums[starts]) / (ends - starts)
