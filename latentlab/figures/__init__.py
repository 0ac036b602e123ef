"""One function a figure, from a report to a matplotlib Figure: for command line, app and notebook alike."""

from latentlab.figures.anisotropy import anisotropy_overview
from latentlab.figures.style import house_style, save

__all__ = ["anisotropy_overview", "house_style", "save"]
