"""What a path or a checkpoint may be given as in Python. Light: the command line imports it for --help."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from latentlab.errors import UsageError

if TYPE_CHECKING:
    from latentlab.models.sentence_model import SentenceModel

SENTENCES = "encode the sentences first, or give a model and texts=[...]"
LONGEST = 200
"""Characters of a name, and of a text that might be a path."""


def path_of(x: object) -> Path:
    """A path, with `~` for the home; UsageError where it can be none."""
    if not isinstance(x, str | os.PathLike):
        raise UsageError(f"a {type(x).__name__} is no path", "give a str or a Path")
    text = os.fspath(x)
    sentence = isinstance(x, str) and (not text.isprintable() or (len(text) > LONGEST and " " in text))
    if not text or sentence:
        raise UsageError(f"{text[:60]!a} is no path", SENTENCES)
    path = Path(text).expanduser()
    if isinstance(x, str) and " " in text and not exists(path):
        raise UsageError(f"{text[:60]!a} is no path, and vectors are measured", SENTENCES)
    if max(map(len, path.parts)) > 255:
        raise UsageError(f"{text[:60]!a}… is no path: a name of {max(map(len, path.parts))} characters")
    return path


def is_model(x: object) -> "TypeGuard[SentenceModel]":
    """Whether it is a checkpoint that is loaded."""
    return hasattr(x, "encoder_key") and hasattr(x, "kind")


def exists(path: Path) -> bool:
    """Whether there is such a file; a name that no system takes is none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def local_path(path: str | os.PathLike[str] | None) -> Path | None:
    """A path where one is given."""
    return None if path is None else path_of(path)


def models_of(
    checkpoints: object, encoder: str | os.PathLike[str] | None, offline: bool
) -> "tuple[list[SentenceModel], list[Path | str]]":
    """Checkpoints loaded, from paths, models or a list of both; and how a report names what was given.

    Raises:
        UsageError: There is none, or something else.
        CheckpointError: One cannot be loaded.
    """
    from latentlab.analysis import loading

    given = list(checkpoints) if isinstance(checkpoints, list | tuple) else [checkpoints]
    if not given or checkpoints is None:
        raise UsageError("there is no checkpoint", "give a folder, or what `load` gave")
    local = local_path(encoder)
    named: list[Path | str] = [x.name if is_model(x) else path_of(x) for x in given]
    paths = [path for path in named if isinstance(path, Path)]
    if len(paths) == len(given):
        return loading.load_models(paths, encoder=local, offline=offline), named
    models: list[SentenceModel] = []
    for x in given:
        models += [x] if is_model(x) else loading.load_models([path_of(x)], encoder=local, offline=offline)
    loading.share_encoders(models)
    return models, named
