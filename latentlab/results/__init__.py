"""What is kept and is not a weight: reports, statistics, latents. Written atomically, never pickled."""

from latentlab.results.latents import Latents
from latentlab.results.latex import to_latex
from latentlab.results.plain import plain
from latentlab.results.report import SCHEMA, Report, versions
from latentlab.results.statistics import Statistics
from latentlab.results.tables import rows, to_csv

__all__ = ["SCHEMA", "Latents", "Report", "Statistics", "plain", "rows", "to_csv", "to_latex", "versions"]
