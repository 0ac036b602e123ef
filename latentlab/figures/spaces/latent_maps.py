"""Two-dimensional maps of latent clouds, one panel a checkpoint."""

from typing import Any

from matplotlib.figure import Figure

from latentlab.figures.names import short_names
from latentlab.figures.output.style import BLACK, house_style, item_style
from latentlab.figures.panels import multiples, numbers
from latentlab.figures.report_items import Drawn, items_of, require
from latentlab.results import Report
from latentlab.results.reports.log_results import MapResult

_AXES = {
    "pca": ("first principal axis", "second principal axis"),
    "umap": ("UMAP 1", "UMAP 2"),
    None: ("x of the map", "y of the map"),
}
"""Names of both axes, by the method; None where the file does not say it."""


def latent_map(report: Report[Any]) -> Figure:
    """Draw every point of the maps; axes of two panels are not comparable, so they have no numbers."""
    found = require(with_maps(report), "map", "make one with `latentlab project`")
    with house_style():
        figure, panels = multiples(len(found), 2, 2.6)
        for axes, entry in zip(panels, found, strict=True):
            content = entry.content.map
            colour = item_style(entry.index)["color"]
            axes.scatter(
                numbers(content.x),
                numbers(content.y),
                s=1.5,
                color=colour,
                alpha=0.5,
                linewidths=0,
                rasterized=True,  # thousands of points as vectors make a file that no viewer likes
            )
            cloud = {"mu": "μ"}.get(content.cloud) or short_names([content.cloud])[0]
            axes.set_title(f"{entry.owner}  {cloud}, n = {len(content.x)}", loc="left", color=BLACK)
            for axis, name in zip((axes.xaxis, axes.yaxis), _AXES[content.method], strict=True):
                axis.set_label_text(name)
            axes.set_xticks([])
            axes.set_yticks([])
    return figure


def with_maps(report: Report[Any]) -> list[Drawn[MapResult]]:
    """Maps of checkpoints."""
    return items_of(report, MapResult)
