"""What a run needs to continue as if nothing had happened: one file, no pickle, written atomically.

`state/trainer.safetensors` holds weights, averaged weights and optimiser moments; step, beta and the resolved
configuration are JSON in its header. Randomness needs no state: it is a function of the seed and the step.

A digest in the header is of the header itself and of all numbers, so that no bit of either changes unseen.
That of earlier versions was of the numbers alone, or there was none: their states are read all the same.
"""

import hashlib
import json
import os
import re
import struct
from dataclasses import asdict, dataclass
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from latentlab.errors import CheckpointError, InputError
from latentlab.files import atomic_write
from latentlab.training.train_config import MOST_THREADS
from latentlab.untrusted import LARGEST_TEXT, check_regular, one_line, parse_json, shown

FILE = Path("state") / "trainer.safetensors"
_WHOLE = "2:"
"""How a digest begins that is of header and numbers."""
_OF_NUMBERS = re.compile("[0-9a-f]{64}")
_MOST, _LARGEST = 1 << 48, 1e18
"""A count, and a number, that no run reaches."""
_KEYS = {"progress", "sha256"}
_CHANGED = "its numbers are not those that were written"
_AWAY = "move it away, or give another --out"
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
    told = {"progress": json.dumps(asdict(progress))}
    # What is said of the tensors, and their data, do not depend on what else is said.
    file = BytesIO(save(tensors, told))
    told["sha256"] = _sha256(file, _header(file), _WHOLE)
    atomic_write(folder / FILE, save(tensors, told))


def has_state(folder: Path) -> bool:
    """Whether there is a run to continue. CheckpointError where something else lies in its place."""
    path = folder / FILE
    if path.parent.exists() and not path.parent.is_dir():
        raise CheckpointError(f"{path.parent} is not a folder: the state of a run lies there", _AWAY)
    if not os.path.lexists(path):
        return False
    check_regular(path, CheckpointError, _AWAY)
    return True


def read_progress(folder: Path) -> Progress:
    """What the header says. CheckpointError when the file is not a trainer state, or has changed."""
    path = folder / FILE
    try:
        return _progress(_read(path)[1])
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error


def is_vouched(folder: Path) -> bool:
    """Whether a readable state has a digest of all that is in it: those of earlier versions have not."""
    with (folder / FILE).open("rb") as file:
        return str(_header(file)["__metadata__"].get("sha256")).startswith(_WHOLE)


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
    """All bytes and the header; ValueError where they are not those that were written.

    Size and digest are looked at before all of it is in memory.
    """
    check_regular(path, CheckpointError)
    with path.open("rb") as file:
        header = _header(file)
        wanted = header["__metadata__"].get("sha256")  # states of 0.1.0 have none
        if wanted is not None:
            form = _WHOLE if wanted.startswith(_WHOLE) else ""
            if not _OF_NUMBERS.fullmatch(wanted.removeprefix(form)) or _sha256(file, header, form) != wanted:
                raise ValueError(_CHANGED)
        file.seek(0)
        return file.read(), header


def _header(file: BufferedIOBase) -> dict[str, Any]:
    """The header of an open file, which then stands at the data; ValueError where the size is not its own."""
    total = file.seek(0, os.SEEK_END)
    file.seek(0)
    (size,) = struct.unpack("<Q", file.read(8))
    if size > min(total - 8, LARGEST_TEXT):
        raise ValueError(f"a header of {size} bytes")
    header: dict[str, Any] = parse_json(file.read(size), "the header")
    told = header["__metadata__"]
    if not told.keys() <= _KEYS or not all(isinstance(value, str) for value in told.values()):
        raise ValueError(f"its header tells {shown(', '.join(map(str, told)))}")
    end = max((entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"), default=0)
    if total != 8 + size + end:
        raise ValueError(f"it has {total} bytes, its header is that of {8 + size + end}")
    return header


def _sha256(file: BufferedIOBase, header: dict[str, Any], form: str) -> str:
    """The digest of that form, of a file that stands at its data."""
    digest = hashlib.sha256()
    if form:
        told = {key: value for key, value in header["__metadata__"].items() if key != "sha256"}
        digest.update(json.dumps({**header, "__metadata__": told}, sort_keys=True).encode() + b"\n")
    while block := file.read(1 << 20):
        digest.update(block)
    return form + digest.hexdigest()


def _finite(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{name} has values that are not finite")
    return tensors


def _progress(header: dict[str, Any]) -> Progress:
    """What the header tells; ValueError for what no run has."""
    told = {"rows": 0, **parse_json(header["__metadata__"]["progress"], "the progress")}
    possible = {
        "step": _is_count(told["step"], 0, _MOST),
        "rows": _is_count(told["rows"], 0, _MOST),
        "threads": _is_count(told["threads"], 1, MOST_THREADS),
        "beta": _is_number(told["beta"]) and told["beta"] >= 0,
        # There is no average before the first step.
        "kl_average": _is_number(told["kl_average"])
        or (told["step"] == 0 and type(told["kl_average"]) is float),
        "seconds": _is_number(told["seconds"]) and told["seconds"] >= 0,
        "precision": told["precision"] in ("float32", "bfloat16"),
        "config": isinstance(told["config"], dict),
        "texts": isinstance(told["texts"], str),
    }
    for key, fine in possible.items():
        if not fine:
            raise ValueError(f"{key} is {shown(repr(told[key]))}")
    return Progress(**told)


def _is_count(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= _LARGEST


def _unreadable(path: Path, error: Exception) -> CheckpointError:
    return CheckpointError(
        f"{path} is not a readable trainer state: {one_line(error)}",
        _again(path),
    )


def _again(path: Path) -> str:
    return f"it cannot be continued: give another --out, or delete {path.parent.parent} and begin again"


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
