"""`export`, `convert` and `info`: checkpoints as files, as the commands of these names have them."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentlab.api.support.path_inputs import is_model, path_of
from latentlab.errors import CheckpointError, UsageError

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.checkpoints import CheckpointInfo


def export(
    run: str | PathLike[str],
    out: str | PathLike[str] | None = None,
    *,
    encoder: str | PathLike[str] | None = None,
    offline: bool = False,
    progress: "Progress | None" = None,
    note: Callable[[str], None] | None = None,
) -> Path:
    """Write a checkpoint from a training run that is not finished; the run is only read.

    Args:
        run: Folder of a training run, going on or stopped.
        out: Folder to write, missing or empty; default: RUN-step-N.
        encoder: A local folder with the frozen encoder; default: what the run has.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.
        note: Called with a line about the state; default: the log.

    Returns:
        The folder that was written.

    Raises:
        InputError: It is no run, or has saved nothing yet.
        UsageError: `out` has something in it, or lies in the run.
    """
    from latentlab.training.export import export_run
    from latentlab.training.prepare import quietly

    told: dict[str, Any] = {} if note is None else {"note": note}
    return export_run(
        path_of(run),
        None if out is None else path_of(out),
        encoder=None if encoder is None else path_of(encoder),
        offline=offline,
        report=progress or quietly,
        **told,
    )


def convert(
    old: str | PathLike[str],
    out: str | PathLike[str],
    *,
    encoder: str | PathLike[str] | None = None,
    offline: bool = False,
) -> str:
    """Write a `.pt` checkpoint of SGDD as a native folder, with the same latents and logits bit for bit.

    Args:
        old: The file.
        out: Folder to write; missing or empty.
        encoder: A local folder with the frozen encoder and its tokenizer.
        offline: Never ask the hub for them.

    Returns:
        The fingerprint of the new folder: sha256 of its `model.safetensors`.

    Raises:
        CheckpointError: The file cannot be used; nothing is written.
        InputError: `out` has something in it, or cannot be written.
    """
    from latentlab.checkpoints import convert_checkpoint

    local = None if encoder is None else path_of(encoder)
    return convert_checkpoint(path_of(old), path_of(out), local, offline=offline)


def info(checkpoint: object) -> "CheckpointInfo":
    """Describe the one checkpoint at or below a path, from its files alone.

    Args:
        checkpoint: A checkpoint folder, a `.pt` file of SGDD, a folder with one below, or what `load` gave.

    Returns:
        Its description, `.to_dict()` as `latentlab info --json` has it; `.problems` of a damaged one.

    Raises:
        CheckpointError: There is none or more than one.

    >>> import latentlab as ll
    >>> found = ll.info("data/checkpoints/vib")
    >>> found.layout, found.problems
    ('native', [])
    """
    found = info_all(checkpoint)
    if len(found) > 1:
        names = ", ".join(item.name for item in found)
        raise CheckpointError(
            f"{checkpoint} has {len(found)} checkpoints: {names}", "info_all describes all of them"
        )
    return found[0]


def info_all(*checkpoints: object) -> "list[CheckpointInfo]":
    """Describe every checkpoint at or below every path, from their files alone.

    Args:
        checkpoints: Folders, `.pt` files of SGDD, folders with some below, or what `load` gave.

    Returns:
        A description each; damaged ones have `.problems`.

    Raises:
        CheckpointError: There is none at or below a path.
        UsageError: Nothing is given.
    """
    from latentlab.checkpoints import find_checkpoints, read_info

    several = (
        checkpoints[0] if len(checkpoints) == 1 and isinstance(checkpoints[0], list | tuple) else checkpoints
    )
    if not several:
        raise UsageError("there is no checkpoint", "give a folder, or what `load` gave")
    return [read_info(folder) for path in map(_path, several) for folder in find_checkpoints(path)]


def _path(checkpoint: object) -> Path:
    if not is_model(checkpoint):
        return path_of(checkpoint)
    if checkpoint.path is None:
        raise CheckpointError(f"{checkpoint.name} was never saved", "save it, and give the folder")
    return checkpoint.path
