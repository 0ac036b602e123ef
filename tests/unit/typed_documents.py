"""Reports as their types, from plain values that a test has changed."""

from typing import Any

from latentlab.results import Report
from latentlab.results.report import results_type
from latentlab.results.reports.provenance import Provenance
from latentlab.results.reports.typed import parse


def typed(document: dict[str, Any]) -> Report[Any]:
    """The report of a document, as `Report.read` gives it."""
    command = document["command"]
    results = parse(results_type(command), document["results"], command)
    return Report(command, document["inputs"], results, parse(Provenance, document["provenance"], command))
