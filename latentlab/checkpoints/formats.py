"""Every format of a checkpoint: how it is recognised, described and loaded.

Nothing else asks which formats there are: a new one is its own file and one entry of FORMATS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentlab.checkpoints.folder import CONFIG, WEIGHTS, is_checkpoint
from latentlab.checkpoints.sgdd.pt_file import SUFFIX, is_pt

if TYPE_CHECKING:
    from latentlab.checkpoints.info import CheckpointInfo
    from latentlab.models.sentence_model import SentenceModel


@dataclass(frozen=True)
class Format:
    """One format. Functions that need torch are named, and imported when they are called."""

    looked_for: str
    """What a checkpoint of it is, as an error says it."""
    suffix: str | None
    """Of the file that a checkpoint is; None where it is a folder."""
    detect: Callable[[Path], bool]
    """Whether a path is to be read as this format, also where it is damaged. Reads a few bytes at most."""
    describer: str
    """`module:function` from a path to a CheckpointInfo."""
    loader: str
    """`module:function` from a path, `encoder` (a local folder or None) and `offline` to a SentenceModel."""

    def describe(self, path: Path) -> "CheckpointInfo":
        """Configuration, sizes, provenance and faults. CheckpointError where nothing is at `path`."""
        found: CheckpointInfo = _named(self.describer)(path)
        return found

    def load(self, path: Path, encoder: Path | None, offline: bool) -> "SentenceModel":
        """The model, ready for use. CheckpointError where the checkpoint is damaged."""
        found: SentenceModel = _named(self.loader)(path, encoder=encoder, offline=offline)
        return found


FOLDER = Format(
    f"folders with {CONFIG} and {WEIGHTS}",
    suffix=None,
    detect=is_checkpoint,
    describer="latentlab.checkpoints.info:folder_info",
    loader="latentlab.checkpoints.load:load_folder",
)
PT_FILE = Format(
    f"{SUFFIX} files",
    suffix=SUFFIX,
    detect=is_pt,
    describer="latentlab.checkpoints.info:pt_info",
    loader="latentlab.checkpoints.sgdd.sgdd_load:load_pt",
)
FORMATS: tuple[Format, ...] = (FOLDER, PT_FILE)
"""The first that recognises a path reads it."""
SUFFIXES = tuple(entry.suffix for entry in FORMATS if entry.suffix)
"""Of checkpoints that are files."""


def format_of(path: Path) -> Format:
    """The format of a path; the native folder where none recognises it, whose reader says what is missing."""
    return next((entry for entry in FORMATS if entry.detect(path)), FOLDER)


def read_info(path: str | Path) -> "CheckpointInfo":
    """Describe the checkpoint at `path`, also a damaged one.

    Everything is checked that `load_checkpoint` checks; for a folder, which needs no torch here, except the
    values of the weights and the shapes that only the modules know.

    Raises:
        CheckpointError: `path` is missing or is not a checkpoint folder. Any other fault is in `problems`.
    """
    return format_of(Path(path)).describe(Path(path))


def is_file_of_a_format(path: Path) -> bool:
    """Whether a path is to be read as a checkpoint that is one file."""
    return any(entry.suffix and entry.detect(path) for entry in FORMATS)


def _named(place: str) -> Callable[..., Any]:
    module, name = place.split(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
