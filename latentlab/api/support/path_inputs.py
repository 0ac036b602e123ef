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
    if not text or not text.isprintable() or (isinstance(x, str) and len(text) > LONGEST and " " in text):
        raise UsageError(f"{text[:60]!a} is no path", SENTENCES)
    path = Path(text).expanduser()
    if isinstance(x, str) and " " in text and not _exists(path):
        raise UsageError(f"{text[:60]!a} is no path, and vectors are measured", SENTENCES)
    if max(map(len, path.parts)) > 255:
        raise UsageError(f"{text[:60]!a}… is no path: a name of {max(map(len, path.parts))} characters")
    return path


def is_model(x: object) -> "TypeGuard[SentenceModel]":
    """Whether it is a checkpoint that is loaded."""
    return hasattr(x, "encoder_key") and hasattr(x, "kind")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
