"""Checkpoints: what a trained autoencoder leaves on disk, written atomically and read without trust.

The names are resolved on first use: `read_info` and `find_checkpoints` must not pull torch in.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latentlab.checkpoints.card import model_card
    from latentlab.checkpoints.find import find_checkpoints
    from latentlab.checkpoints.formats import read_info
    from latentlab.checkpoints.info import CheckpointInfo
    from latentlab.checkpoints.load import load_checkpoint
    from latentlab.checkpoints.save import save_checkpoint
    from latentlab.checkpoints.sgdd.convert import convert_checkpoint

__all__ = [
    "CheckpointInfo",
    "convert_checkpoint",
    "find_checkpoints",
    "load_checkpoint",
    "model_card",
    "read_info",
    "save_checkpoint",
]

_HOME = {
    "CheckpointInfo": "info",
    "convert_checkpoint": "sgdd.convert",
    "find_checkpoints": "find",
    "load_checkpoint": "load",
    "model_card": "card",
    "read_info": "formats",
    "save_checkpoint": "save",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'latentlab.checkpoints' has no attribute {name!r}")
    return getattr(import_module(f"latentlab.checkpoints.{_HOME[name]}"), name)
