"""`load` and `load_all`: checkpoints from a path."""

from os import PathLike
from typing import TYPE_CHECKING

from latentlab.api.support.path_inputs import path_of
from latentlab.errors import CheckpointError

if TYPE_CHECKING:
    from latentlab.models.sentence_model import SentenceModel


def load(
    path: str | PathLike[str], *, encoder: str | PathLike[str] | None = None, offline: bool = False
) -> "SentenceModel":
    """Load the one checkpoint at a path, or in a folder.

    Args:
        path: A checkpoint folder, a `.pt` file of SGDD, or a folder with one checkpoint below it.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for the encoder.

    Raises:
        CheckpointError: There is none or more than one, or it cannot be loaded.

    >>> import latentlab as ll
    >>> ll.load("data/checkpoints/vib").kind
    'vib'
    """
    models = load_all(path, encoder=encoder, offline=offline)
    if len(models) > 1:
        names = ", ".join(model.name for model in models)
        raise CheckpointError(f"{path} has {len(models)} checkpoints: {names}", "load_all loads all of them")
    return models[0]


def load_all(
    *paths: str | PathLike[str], encoder: str | PathLike[str] | None = None, offline: bool = False
) -> "list[SentenceModel]":
    """Load every checkpoint below every path, once each; those of one name are called by their folder too.

    Args:
        paths: Checkpoint folders, `.pt` files of SGDD, folders with checkpoints somewhere below.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for the encoder.

    Raises:
        CheckpointError: A path holds no checkpoint, or one of them cannot be loaded.

    >>> import latentlab as ll
    >>> [model.name for model in ll.load_all("data/checkpoints")]
    ['baseline', 'bottleneck', 'centred', 'vib']
    """
    from latentlab.analysis.loading import load_models

    several = paths[0] if len(paths) == 1 and isinstance(paths[0], list | tuple) else paths
    found = [path_of(path) for path in several]
    return load_models(found, encoder=None if encoder is None else path_of(encoder), offline=offline)
