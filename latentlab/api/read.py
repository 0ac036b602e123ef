"""`read`: reports from files."""

from importlib import import_module
from os import PathLike
from typing import Any

from latentlab import REPORTS
from latentlab.api.support.document import CommandReport
from latentlab.api.support.path_inputs import path_of
from latentlab.errors import InputError
from latentlab.results import Report

_READERS = {kind: reader for kind, (_, reader) in REPORTS.items() if reader}


def read(path: str | PathLike[str]) -> CommandReport[Any]:
    """The report that a report's `save`, or a command with --out, wrote to `report.json`.

    Args:
        path: The file; of this version or of 0.1.0.

    Returns:
        A report of the class that the call gives; equal to it.

    Raises:
        InputError: It is no report, damaged, or one of a command that has no reader here.

    >>> import latentlab as ll, numpy as np, tempfile
    >>> report = ll.measure(np.random.default_rng(0).standard_normal((100, 4)))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     names = report.save(folder)
    ...     ll.read(f"{folder}/report.json") == report
    True
    """
    report = Report.read(path_of(path))
    if report.command not in _READERS:
        there = ", ".join(_READERS)
        raise InputError(f"{path} is a report of {report.command}", f"there are readers for {there}")
    module, name = _READERS[report.command].split(".")
    kind: type[CommandReport[Any]] = getattr(import_module(f"latentlab.api.{module}"), name)
    return kind(report)
