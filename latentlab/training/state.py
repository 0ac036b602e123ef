"""What a run needs to continue as if nothing had happened: one file, no pickle, written atomically.

`state/trainer.safetensors` holds weights, averaged weights and optimiser moments; step, beta and the resolved
configuration are JSON in its header. Randomness needs no state: it is a function of the seed and the step.
"""

import json
import struct
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file, save
from torch import Tensor, nn

from latentlab.errors import CheckpointError
from latentlab.files import atomic_write

FILE = Path("state") / "trainer.safetensors"
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    struct.error,
    MemoryError,
    OverflowError,
    SafetensorError,
)


@dataclass(frozen=True)
class Progress:
    """Where a run stands."""

    step: int
    """Steps done; the next one has this number."""
    beta: float
    kl_average: float
    precision: str
    threads: int
    config: dict[str, Any]
    texts: str
    """Fingerprint of the training texts."""
    seconds: float
    """Spent in the loop so far."""


def save_state(
    folder: Path,
    model: nn.Module,
    average: dict[str, Tensor],
    optimizers: list[torch.optim.Optimizer],
    progress: Progress,
) -> None:
    """Write everything. ResourceError on a full disk; the state before stays whole."""
    tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in average.items()}
    for number, optimizer in enumerate(optimizers):
        for index, moments in optimizer.state_dict()["state"].items():
            for key, value in moments.items():
                tensors[f"optimizer.{number}.{index}.{key}"] = torch.as_tensor(value)
    data = save(
        {k: v.detach().contiguous() for k, v in tensors.items()}, {"progress": json.dumps(asdict(progress))}
    )
    atomic_write(folder / FILE, data)


def has_state(folder: Path) -> bool:
    """Whether there is a run to continue."""
    return (folder / FILE).is_file()


def read_progress(folder: Path) -> Progress:
    """The header alone. CheckpointError when the file is not a trainer state."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            return _progress(json.loads(file.read(size)))
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error


@dataclass(frozen=True)
class State:
    """A state read in one piece, while the run that writes it may be going on."""

    progress: Progress
    average: dict[str, Tensor]
    """Averaged weights, those that a checkpoint has."""


def read_state(folder: Path) -> State:
    """Progress and averaged weights of one and the same moment.

    CheckpointError when the file is not a trainer state.
    """
    path = folder / FILE
    try:
        # One read of one file: a run replaces it, and never writes into it.
        data = path.read_bytes()
        (size,) = struct.unpack("<Q", data[:8])
        progress = _progress(json.loads(data[8 : 8 + size]))
        return State(progress, _below(load(data), "average."))
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error


def restore_state(
    folder: Path, model: nn.Module, average: dict[str, Tensor], optimizers: list[torch.optim.Optimizer]
) -> None:
    """Fill everything from the file. CheckpointError when the file is damaged or of another model."""
    path = folder / FILE
    try:
        tensors = load_file(path)
        model.load_state_dict(_below(tensors, "model."))
        for key, value in _below(tensors, "average.").items():
            average[key].copy_(value)
        for number, optimizer in enumerate(optimizers):
            moments: dict[int, dict[str, Tensor]] = {}
            for key, value in _below(tensors, f"optimizer.{number}.").items():
                index, name = key.split(".", 1)
                moments.setdefault(int(index), {})[name] = value
            state = optimizer.state_dict()
            optimizer.load_state_dict({"state": moments, "param_groups": state["param_groups"]})
    except (SafetensorError, OSError, KeyError, RuntimeError, ValueError) as error:
        raise CheckpointError(
            f"{path} does not fit this run: {' '.join(str(error).split())[:300]}",
            "start the run again without --resume",
        ) from error


def _progress(header: dict[str, Any]) -> Progress:
    return Progress(**json.loads(header["__metadata__"]["progress"]))


def _unreadable(path: Path, error: Exception) -> CheckpointError:
    return CheckpointError(
        f"{path} is not a readable trainer state: {' '.join(str(error).split())[:300]}",
        "start the run again without --resume",
    )


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
