"""What is kept and is not a weight: reports, statistics, latents. Written atomically, never pickled."""

from latentlab.results.jsonable import to_jsonable
from latentlab.results.latents import Latents
from latentlab.results.report import SCHEMA, Inputs, Report, versions
from latentlab.results.statistics import Statistics
from latentlab.results.tables.latex import to_latex
from latentlab.results.tables.metric_rows import rows, to_csv

__all__ = [
    "SCHEMA",
    "Inputs",
    "Latents",
    "Report",
    "Statistics",
    "rows",
    "to_csv",
    "to_jsonable",
    "to_latex",
    "versions",
]
