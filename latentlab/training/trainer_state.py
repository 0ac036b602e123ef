"""What a run needs to continue as if nothing had happened: one file, no pickle, written atomically.

`state/trainer.safetensors` holds weights, averaged weights and optimiser moments; step, beta and the resolved
configuration are JSON in its header. Randomness needs no state: it is a function of the seed and the step.
"""

import hashlib
import json
import struct
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from latentlab.errors import CheckpointError, InputError
from latentlab.files import atomic_write
from latentlab.untrusted import LARGEST_TEXT, check_regular, one_line, parse_json, shown

FILE = Path("state") / "trainer.safetensors"
_KINDS = {
    "step": (int,),
    "beta": (float, int),
    "kl_average": (float, int),
    "precision": (str,),
    "threads": (int,),
    "config": (dict,),
    "texts": (str,),
    "seconds": (float, int),
    "rows": (int,),
}
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    struct.error,
    MemoryError,
    OverflowError,
    InputError,
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
    rows: int = 0
    """Of the log before the step; unknown, so 0, in states of 0.1.0."""


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
    tensors = {k: v.detach().contiguous() for k, v in tensors.items()}
    # The data come after the header and do not depend on it.
    told = {"progress": json.dumps(asdict(progress)), "sha256": _body_sha256(save(tensors))}
    atomic_write(folder / FILE, save(tensors, told))


def has_state(folder: Path) -> bool:
    """Whether there is a run to continue."""
    return (folder / FILE).is_file()


def read_progress(folder: Path) -> Progress:
    """The header alone. CheckpointError when the file is not a trainer state."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            if size > LARGEST_TEXT:
                raise ValueError(f"a header of {size} bytes")
            return _progress(parse_json(file.read(size), "the header"))
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
        data, header = _read(path)
        return State(_progress(header), _finite(_below(load(data), "average.")))
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error


def restore_state(
    folder: Path, model: nn.Module, average: dict[str, Tensor], optimizers: list[torch.optim.Optimizer]
) -> None:
    """Fill everything from the file. CheckpointError when the file is damaged or of another model."""
    path = folder / FILE
    try:
        tensors = _finite(load(_read(path)[0]))
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
    except (*_UNREADABLE, RuntimeError) as error:
        raise CheckpointError(f"{path} does not fit this run: {one_line(error)}", _again(path)) from error


def _read(path: Path) -> tuple[bytes, dict[str, Any]]:
    """All bytes and the header; ValueError where the data are not those that were written."""
    check_regular(path, CheckpointError)
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = parse_json(data[8 : 8 + size], "the header")
    wanted = header["__metadata__"].get("sha256")  # states of 0.1.0 have none
    if wanted is not None and _body_sha256(data) != wanted:
        raise ValueError("its numbers are not those that were written")
    return data, header


def _body_sha256(data: bytes) -> str:
    (size,) = struct.unpack("<Q", data[:8])
    return hashlib.sha256(memoryview(data)[8 + size :]).hexdigest()


def _finite(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{name} has values that are not finite")
    return tensors


def _progress(header: dict[str, Any]) -> Progress:
    told = {"rows": 0, **parse_json(header["__metadata__"]["progress"], "the progress")}
    for key, kinds in _KINDS.items():
        if type(told[key]) not in kinds:
            raise ValueError(f"{key} is {shown(repr(told[key]))}")
    return Progress(**told)


def _unreadable(path: Path, error: Exception) -> CheckpointError:
    return CheckpointError(
        f"{path} is not a readable trainer state: {one_line(error)}",
        _again(path),
    )


def _again(path: Path) -> str:
    return f"it cannot be continued: give another --out, or delete {path.parent.parent} and begin again"


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
