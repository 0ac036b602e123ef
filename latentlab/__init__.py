"""latentlab: the lab bench for sentence latent spaces.

import latentlab as ll

r = ll.measure(x)            # an array, a tensor, a column, a file, a checkpoint
r["mean_cosine"], r.verdict
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "AnisotropyReport",
    "ComparisonReport",
    "Estimate",
    "LatentlabError",
    "LatentlabWarning",
    "MoveReport",
    "__version__",
    "compare",
    "convert",
    "encode",
    "export",
    "info",
    "info_all",
    "load",
    "load_all",
    "load_checkpoint",
    "measure",
    "measure_layers",
    "merge_states",
    "move",
    "project",
    "read",
    "study",
    "train",
]

if TYPE_CHECKING:
    from latentlab.api.anisotropy_report import AnisotropyReport, read
    from latentlab.api.compare import compare
    from latentlab.api.comparison_report import ComparisonReport
    from latentlab.api.layers import measure_layers
    from latentlab.api.making.checkpoint_files import convert, export, info, info_all
    from latentlab.api.making.encode import encode
    from latentlab.api.making.paper import study
    from latentlab.api.making.project import project
    from latentlab.api.making.train import train
    from latentlab.api.measure import measure, merge_states
    from latentlab.api.models import load, load_all
    from latentlab.api.move import move
    from latentlab.api.move_report import MoveReport
    from latentlab.checkpoints import load_checkpoint
    from latentlab.errors import LatentlabError, LatentlabWarning
    from latentlab.metrics import Estimate

_CALLS = {
    "compare": "api.compare",
    "convert": "api.making.checkpoint_files",
    "encode": "api.making.encode",
    "export": "api.making.checkpoint_files",
    "info": "api.making.checkpoint_files",
    "info_all": "api.making.checkpoint_files",
    "load": "api.models",
    "load_all": "api.models",
    "measure": "api.measure",
    "measure_layers": "api.layers",
    "merge_states": "api.measure",
    "move": "api.move",
    "project": "api.making.project",
    "read": "api.anisotropy_report",
    "study": "api.making.paper",
    "train": "api.making.train",
}
_OTHERS = {
    "AnisotropyReport": "api.anisotropy_report",
    "ComparisonReport": "api.comparison_report",
    "Estimate": "metrics",
    "LatentlabError": "errors",
    "LatentlabWarning": "errors",
    "MoveReport": "api.move_report",
    "load_checkpoint": "checkpoints",
}


def __getattr__(name: str) -> Any:
    # Importing the package must stay cheap: what is heavy is loaded by the first use, not by the import.
    import importlib

    if name in _OTHERS:
        found = getattr(importlib.import_module(f"latentlab.{_OTHERS[name]}"), name)
    elif name in _CALLS:
        from latentlab.api.support.spelling import for_python

        found = for_python(getattr(importlib.import_module(f"latentlab.{_CALLS[name]}"), name))
    else:
        raise AttributeError(f"module 'latentlab' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
