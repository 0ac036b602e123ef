"""Finding checkpoints below a folder, of every format."""

import os
import re
import shlex
import struct
from pathlib import Path

from latentlab.checkpoints.folder import STATE, reading
from latentlab.checkpoints.formats import FORMATS, is_file_of_a_format
from latentlab.errors import CheckpointError, LatentlabError, NoCheckpointError
from latentlab.untrusted import LARGEST_TEXT, parse_json, read_small

_TRAINER = Path(STATE) / "trainer.safetensors"


def find_checkpoints(path: str | Path) -> list[Path]:
    """Every checkpoint at or below `path`, in natural order (`run2` before `run10`).

    Hidden files and folders, trainer states and links to folders below `path` are passed over. A damaged
    checkpoint counts: loading it says what is wrong.

    Raises:
        NoCheckpointError: Nothing is there (it says what was looked for).
        CheckpointError: `path` is missing or another file, or a link leads in a circle.
    """
    root = Path(path)
    with reading(root):
        if os.path.lexists(root) and not root.is_dir() and is_file_of_a_format(root):
            _check_link(root)
            return [root]
        if not root.exists():
            raise CheckpointError(f"{root} does not exist", "check the path")
        if not root.is_dir():
            raise CheckpointError(
                f"{root} is a file; a checkpoint is a folder", "give the folder that holds it"
            )
        found, runs = [], []
        for name, below, files in os.walk(root, onerror=_raise):
            below[:] = [entry for entry in below if not entry.startswith(".") and entry != STATE]
            if any(entry.suffix is None and entry.detect(Path(name)) for entry in FORMATS):
                found.append(Path(name))
            if (Path(name) / _TRAINER).is_file():
                runs.append(Path(name))
            found += [
                Path(name, file) for file in files if file[0] != "." and is_file_of_a_format(Path(name, file))
            ]
    for path in found:
        _check_link(path)
    if not found and runs:
        raise _unfinished(min(runs))
    if not found:
        raise NoCheckpointError(
            f"no checkpoint at or below {root}: looked for "
            f"{', '.join(entry.looked_for for entry in FORMATS)}",
            "give a folder written by `latentlab train`, or a .pt file of SGDD",
        )
    return sorted(found, key=lambda folder: [_natural(part) for part in folder.relative_to(root).parts])


def _unfinished(run: Path) -> NoCheckpointError:
    """The error for a folder of `latentlab train` whose training is not done, with how far it is."""
    step = steps = None
    try:
        with (run / _TRAINER).open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            header = parse_json(file.read(min(size, LARGEST_TEXT)), "the header")
        step = parse_json(header["__metadata__"]["progress"], "the progress")["step"]
        record = parse_json(read_small(run / STATE / "run.json", CheckpointError, ""), "the run")
        steps = record["config"]["optim"]["steps"]
    except (OSError, ValueError, KeyError, TypeError, struct.error, LatentlabError):
        pass  # damaged or another version's: `export` and `--resume` say so themselves
    known = isinstance(step, int) and isinstance(steps, int)
    far = f": its state is of step {step} of {steps}" if known else ""
    folder = shlex.quote(str(run))
    return NoCheckpointError(
        f"{run} is a run whose training is not done, and holds no checkpoint yet{far}",
        f"latentlab export {folder} makes one of that state; latentlab train --out {folder} --resume goes on",
    )


def _check_link(path: Path) -> None:
    try:
        path.resolve()
    except RuntimeError as error:
        raise CheckpointError(f"{path} is a link in a circle", "put the file itself there") from error


def _natural(name: str) -> list[tuple[int, str]]:
    """Numbers by value, the rest by letters; the text breaks ties between 7 and 07."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", name)]


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):  # a folder that was removed meanwhile holds nothing
        raise error
