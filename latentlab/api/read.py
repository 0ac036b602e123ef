"""`read`: reports from files."""

from importlib import import_module
from os import PathLike
from typing import Any

from latentlab.api.support.document import CommandReport
from latentlab.api.support.path_inputs import path_of
from latentlab.errors import InputError
from latentlab.results import Report

_KINDS = {
    "anisotropy": ("anisotropy_report", "AnisotropyReport"),
    "noise": ("noise", "NoiseReport"),
    "compare": ("comparison_report", "ComparisonReport"),
    "interpolate": ("interpolate", "InterpolationReport"),
    "layers": ("layers", "LayersReport"),
    "memorisation": ("memorisation", "MemorisationReport"),
    "move": ("move_report", "MoveReport"),
    "reconstruct": ("reconstruct", "ReconstructionReport"),
}
"""Command of a report -> module and class of its reader."""


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
    if report.command not in _KINDS:
        there = ", ".join(_KINDS)
        raise InputError(f"{path} is a report of {report.command}", f"there are readers for {there}")
    module, name = _KINDS[report.command]
    kind: type[CommandReport[Any]] = getattr(import_module(f"latentlab.api.{module}"), name)
    return kind(report)
