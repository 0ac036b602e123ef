"""What a run was started with: enough to continue it, and to export it, without being told again.

`state/run.json` is written when sentences and encoder are known, before the long work, and again by every
resume. It stays in `state/`: paths of this machine are in no file of a checkpoint.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentlab.checkpoints.folder import LOG, STATE, is_checkpoint
from latentlab.errors import CheckpointError, ConfigError, InputError, UsageError
from latentlab.files import atomic_write
from latentlab.training.kept_texts import FILE as TEXTS
from latentlab.training.kept_texts import found_again
from latentlab.training.train_config import TrainConfig, parse_config
from latentlab.training.trainer_state import Progress, State, has_state, read_progress, read_state
from latentlab.untrusted import parse_json, read_small, shown

FILE = Path(STATE) / "run.json"
_BY_HAND = "give --preset, --corpus, --set and --encoder as on the first start"


@dataclass(frozen=True)
class Run:
    """A run as its folder knows it."""

    config: TrainConfig
    """The encoder has its name, its hash and a layer in numbers; paths are absolute."""
    encoder: Path | None = None
    """Local folder with the frozen encoder; None where it came from cache, package or hub, or is unknown."""
    offline: bool = False

    def source(self, encoder: Path | None, offline: bool) -> tuple[Path | None, bool]:
        """Where the encoder comes from: what is given now, else what the first start was given."""
        known = self.encoder if self.encoder and self.encoder.is_dir() else None
        return encoder or known, offline or self.offline


def write_run(out: Path, run: Run) -> None:
    """Write `run.json`. ResourceError on a full disk."""
    tree = {
        "config": run.config.model_dump(mode="json"),
        "encoder": None if run.encoder is None else str(run.encoder),
        "offline": run.offline,
    }
    atomic_write(out / FILE, json.dumps(tree, indent=2) + "\n")


def find_run(out: Path) -> Run | None:
    """The run in a folder; None where there is none.

    A state of an older version knows the configuration and not the encoder's folder.

    Raises:
        CheckpointError: What is there cannot be read.
    """
    if not (out / FILE).is_file():
        if not has_state(out):
            return None
        return Run(saved_config(read_progress(out).config, out))
    try:
        tree: dict[str, Any] = parse_json(read_small(out / FILE), str(FILE))
        folder, offline = tree["encoder"], tree["offline"]
        if type(offline) is not bool:
            raise ValueError(f"offline is {shown(repr(offline))}")
        return Run(saved_config(tree["config"], out), None if folder is None else Path(folder), offline)
    except (InputError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{out / FILE} is not readable: {' '.join(str(error).split())[:200]}",
            f"delete it, and {_BY_HAND}",
        ) from error


def run_to_continue(out: Path) -> Run:
    """The run in a folder that is to be continued with what the folder knows.

    Raises:
        UsageError: There is none, or it does not know its configuration; the hint says what to give.
        CheckpointError: What is there cannot be read.
    """
    run = find_run(out)
    if run is not None:
        return run
    if is_checkpoint(out):
        raise _no_state(out)
    if (out / LOG).is_file():
        raise UsageError(
            f"the run in {out} has no saved state and no record of its configuration",
            _BY_HAND,
        )
    raise UsageError(f"there is no run in {out} to continue", "leave --resume away to begin one")


def saved_state(run: Path) -> State:
    """What a run has saved last, which may be going on.

    Raises:
        InputError: `run` is missing, is no folder of a run, or nothing was saved yet.
        CheckpointError: The state cannot be read.
    """
    if not run.exists():
        raise InputError(f"{run} does not exist", "give the --out of a `latentlab train`")
    if not run.is_dir():
        raise InputError(f"{run} is not a folder", "give the --out of a `latentlab train`")
    if has_state(run):
        return read_state(run)
    if is_checkpoint(run):
        raise InputError(f"{run} is a checkpoint without the state of its run", "it can be used as it is")
    if (run / FILE).is_file() or (run / LOG).is_file():
        known = find_run(run)
        when = f"after step {known.config.save_every}, and " if known else ""
        raise InputError(f"the run in {run} has saved no state yet", f"it does {when}when it is stopped")
    raise InputError(f"{run} is not the folder of a run", "give the --out of a `latentlab train`")


def previous_progress(out: Path, *, resume: bool) -> Progress | None:
    """Where the run in `out` stands; None where it begins.

    Raises:
        InputError: `out` is not a folder.
        UsageError: It holds a run or something else, and `resume` was not asked for.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is not a folder", "give another --out")
    if not has_state(out):
        if out.exists() and any(out.iterdir()) and not resume and _begun(out):
            raise UsageError(f"{out} is not empty", "give another --out, or --resume")
        if is_checkpoint(out):
            raise _no_state(out)
        return None
    if not resume:
        raise UsageError(f"{out} already holds a run", "add --resume to continue it, or give another --out")
    return read_progress(out)


def _no_state(out: Path) -> UsageError:
    return UsageError(
        f"{out} is a checkpoint without the state of a run: there is nothing to continue",
        "give another --out",
    )


def saved_config(tree: Any, out: Path) -> TrainConfig:
    """The configuration that the run in `out` saved; CheckpointError where it is none."""
    try:
        return found_again(parse_config(tree, f"the run in {out}"), out)
    except ConfigError as error:
        raise CheckpointError(error.message, "continue it with the latentlab that wrote it") from error


def _begun(out: Path) -> bool:
    """Whether a folder holds more of a run than the record of a start that came to nothing."""
    inside = {path for path in out.rglob("*") if not path.name.startswith(".") and path != out / STATE}
    return bool(inside - {out / FILE, out / TEXTS})
