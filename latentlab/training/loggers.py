"""Where logged steps go: always `training.jsonl`, and optionally TensorBoard or Weights & Biases.

A logger is anything with `log(step, values)` and `close()`. The JSON lines are the record that the rest of
latentlab reads; the others are views of the same stream.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from latentlab.checkpoints.folder import LOG
from latentlab.errors import ConfigError, ResourceError
from latentlab.files import atomic_write
from latentlab.training.train_config import TrainConfig
from latentlab.untrusted import LARGEST_DOCUMENT, json_lines, read_small


class Logger(Protocol):
    """Receives every logged step."""

    def log(self, step: int, values: Mapping[str, float | str]) -> None:
        """Record `values` at `step`."""

    def close(self) -> None:
        """Flush and let go."""


def lines_before(path: Path, step: int) -> list[tuple[int, str]]:
    """The lines of a log before `step` with their steps, whole ones alone; none where there is no log."""
    kept: list[tuple[int, str]] = []
    if path.exists():
        # What is no object is a line that a killed run left unfinished, or is writing.
        for row in json_lines(read_small(path, limit=LARGEST_DOCUMENT)):
            if type(row.get("step")) is int and row["step"] < step:
                kept.append((row["step"], json.dumps(row) + "\n"))
    return kept


class JsonLines:
    """One JSON object a step, flushed at once: what is on disk is what has happened."""

    def __init__(self, path: Path, resume_at: int) -> None:
        """Lines at or after step `resume_at` are dropped: the resumed run writes them again."""
        kept = lines_before(path, resume_at)
        atomic_write(
            path, "".join(line for _, line in kept)
        )  # a kill at this moment must not lose the log of hours
        self._file = path.open("a", encoding="utf-8")
        self.steps = [step for step, _ in kept]
        """Of the rows in the file."""

    def log(self, step: int, values: Mapping[str, float | str]) -> None:
        """Record `values` at `step`. ResourceError on a full disk."""
        try:
            self._file.write(json.dumps({"step": step, **values}) + "\n")
            self._file.flush()
            self.steps.append(step)
        except OSError as error:
            with suppress(OSError):  # it would try once more, and tell only that
                self._file.close()
            raise ResourceError(
                f"cannot write {self._file.name}: {error.strerror}",
                "free some space and add --resume; the last saved state is whole",
            ) from error

    def close(self) -> None:
        """Flush and let go."""
        self._file.close()


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """ResourceError for what the system says of a writer that is not ours."""
    try:
        yield
    except OSError as error:
        raise ResourceError(
            f"cannot write {folder}: {error.strerror or error}",
            "move it away, or leave the logger out: --set 'loggers=[]'; the last saved state is whole",
        ) from error


class TensorBoard:
    """Scalars as TensorBoard events below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ConfigError(
                "the tensorboard logger needs tensorboard", "pip install 'latentlab[tensorboard]'"
            ) from error
        with _told(folder):
            self._writer: Any = SummaryWriter(str(folder))

    def log(self, step: int, values: Mapping[str, float | str]) -> None:
        """Record the numbers among `values`."""
        for key, value in values.items():
            if isinstance(value, int | float):
                with _told(self._folder):
                    self._writer.add_scalar(key, value, step)

    def close(self) -> None:
        """Flush and let go."""
        with _told(self._folder):
            self._writer.close()


class WandB:
    """Scalars to Weights & Biases; `WANDB_MODE=offline` keeps them on this machine."""

    def __init__(self, folder: Path, config: TrainConfig) -> None:
        self._folder = folder
        try:
            import wandb
        except ImportError as error:
            raise ConfigError("the wandb logger needs wandb", "pip install 'latentlab[wandb]'") from error
        try:
            self._run: Any = wandb.init(
                project="latentlab",
                name=config.name,
                dir=str(folder),
                config=config.model_dump(mode="json"),
            )
        except (wandb.errors.Error, OSError) as error:
            reason = " ".join(str(error).split())
            raise ConfigError(
                f"wandb did not start: {reason}", "set WANDB_MODE=offline, or log in"
            ) from error

    def log(self, step: int, values: Mapping[str, float | str]) -> None:
        """Record `values` at `step`."""
        with _told(self._folder):
            self._run.log({k: v for k, v in values.items() if isinstance(v, int | float)}, step=step)

    def close(self) -> None:
        """Flush and let go."""
        with _told(self._folder):
            self._run.finish()


class Loggers:
    """Several loggers as one."""

    def __init__(self, config: TrainConfig, folder: Path, resume_at: int) -> None:
        self._lines = JsonLines(folder / LOG, resume_at)
        self._all: list[Logger] = [self._lines]
        if "tensorboard" in config.loggers:
            self._all.append(TensorBoard(folder / "state" / "tensorboard"))
        if "wandb" in config.loggers:
            self._all.append(WandB(folder / "state", config))

    def rows_before(self, step: int) -> int:
        """Rows of `training.jsonl` before a step: those that a resume there keeps."""
        return sum(logged < step for logged in self._lines.steps)

    def log(self, step: int, values: Mapping[str, float | str]) -> None:
        """Record `values` everywhere."""
        for logger in self._all:
            logger.log(step, values)

    def close(self) -> None:
        """Close every logger."""
        for logger in self._all:
            logger.close()
