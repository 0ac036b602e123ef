"""latentlab: the lab bench for sentence latent spaces.

import latentlab as ll

r = ll.measure(x)            # an array, a tensor, a column, a file, a checkpoint
r["mean_cosine"], r.verdict
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "ABTT",
    "Centring",
    "Estimate",
    "LatentlabError",
    "LatentlabWarning",
    "Whitening",
    "compare",
    "convert",
    "encode",
    "export",
    "info",
    "interpolate",
    "load",
    "load_all",
    "measure",
    "measure_layers",
    "memorisation",
    "merge_states",
    "move",
    "noise",
    "project",
    "read",
    "reconstruct",
    "study",
    "train",
]

if TYPE_CHECKING:
    from latentlab.api.anisotropy_report import AnisotropyReport as AnisotropyReport
    from latentlab.api.compare import compare
    from latentlab.api.comparison_report import ComparisonReport as ComparisonReport
    from latentlab.api.interpolate import interpolate
    from latentlab.api.layers import measure_layers
    from latentlab.api.making.checkpoint_files import convert, export, info
    from latentlab.api.making.checkpoint_files import info_all as info_all
    from latentlab.api.making.encode import encode
    from latentlab.api.making.paper import study
    from latentlab.api.making.project import project
    from latentlab.api.making.train import train
    from latentlab.api.measure import measure, merge_states
    from latentlab.api.memorisation import memorisation
    from latentlab.api.models import load, load_all
    from latentlab.api.move import move
    from latentlab.api.move_report import MoveReport as MoveReport
    from latentlab.api.noise import noise
    from latentlab.api.read import read
    from latentlab.api.reconstruct import reconstruct
    from latentlab.api.transformers import ABTT, Centring, Whitening
    from latentlab.checkpoints import load_checkpoint as load_checkpoint
    from latentlab.errors import LatentlabError, LatentlabWarning
    from latentlab.metrics import Estimate

CALLS = {
    "compare": "api.compare",
    "interpolate": "api.interpolate",
    "convert": "api.making.checkpoint_files",
    "encode": "api.making.encode",
    "export": "api.making.checkpoint_files",
    "info": "api.making.checkpoint_files",
    "info_all": "api.making.checkpoint_files",
    "load": "api.models",
    "load_all": "api.models",
    "measure": "api.measure",
    "memorisation": "api.memorisation",
    "measure_layers": "api.layers",
    "merge_states": "api.measure",
    "noise": "api.noise",
    "read": "api.read",
    "reconstruct": "api.reconstruct",
    "move": "api.move",
    "project": "api.making.project",
    "study": "api.making.paper",
    "train": "api.making.train",
}
_OTHERS = {
    "ABTT": "api.transformers",
    "AnisotropyReport": "api.anisotropy_report",
    "Centring": "api.transformers",
    "ComparisonReport": "api.comparison_report",
    "Estimate": "metrics",
    "LatentlabError": "errors",
    "LatentlabWarning": "errors",
    "MoveReport": "api.move_report",
    "Whitening": "api.transformers",
    "load_checkpoint": "checkpoints",
}

COMMANDS = {
    "anisotropy": "measuring.anisotropy:anisotropy",
    "merge": "measuring.merge:merge",
    "compare": "measuring.compare:compare",
    "reconstruct": "measuring.reconstruct:reconstruct",
    "interpolate": "measuring.interpolate:interpolate",
    "move": "measuring.move:move",
    "noise": "measuring.noise:noise",
    "memorisation": "measuring.memorisation:memorisation",
    "train": "managing.train:train",
    "export": "managing.export:export",
    "encode": "measuring.encode:encode",
    "project": "measuring.project:project",
    "plot": "showing.plot:plot",
    "report": "showing.report:report",
    "app": "showing.app:app",
    "convert": "managing.convert:convert",
    "info": "managing.info:info",
    "doctor": "managing.doctor:doctor",
}
"""Command -> module below `latentlab.cli` and function, in the order of `latentlab --help`."""
REPORTS: dict[str, tuple[str, str | None]] = {
    "anisotropy": ("space_results.AnisotropyResults", "anisotropy_report.AnisotropyReport"),
    "layers": ("space_results.LayersResults", "layers.LayersReport"),
    "compare": ("comparison_results.ComparisonResults", "comparison_report.ComparisonReport"),
    "interpolate": ("decoding_results.InterpolationResults", "interpolate.InterpolationReport"),
    "move": ("decoding_results.MoveResults", "move_report.MoveReport"),
    "reconstruct": ("decoding_results.ReconstructionResults", "reconstruct.ReconstructionReport"),
    "noise": ("noise_results.NoiseResults", "noise.NoiseReport"),
    "memorisation": ("noise_results.MemorisationResults", "memorisation.MemorisationReport"),
    "training": ("log_results.TrainingResults", None),
    "project": ("log_results.MapResults", None),
}
"""Kind of report -> type of its results below `results.reports`, and class below `api` that the call gives.
None for those that are made of other files and never written."""


def __getattr__(name: str) -> Any:
    # Importing the package must stay cheap: what is heavy is loaded by the first use, not by the import.
    import importlib

    if name in _OTHERS:
        found = getattr(importlib.import_module(f"latentlab.{_OTHERS[name]}"), name)
    elif name in CALLS:
        from latentlab.api.support.spelling import for_python

        found = for_python(getattr(importlib.import_module(f"latentlab.{CALLS[name]}"), name))
    else:
        raise AttributeError(f"module 'latentlab' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
