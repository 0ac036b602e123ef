"""The header of a safetensors file, and whether it agrees with a configuration.

Only names, types and shapes: enough to refuse a file before anything is allocated for it, and to describe one
without torch. Every shape is bounded by the bytes that are really there.
"""

import math
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from latentlab.checkpoints.folder import WEIGHTS, parse_json, reading, regular_file
from latentlab.errors import CheckpointError
from latentlab.models.model_config import ModelConfig
from latentlab.untrusted import LARGEST_TEXT, shown

ITEM_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
    "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8,
}  # fmt: skip
FLOATS = ("F16", "BF16", "F32")
COUNTER = "num_batches_tracked"
"""BatchNorm's own count of batches: the one tensor that is an integer."""
PARTS = ("head", "length_head", "decoder")

_DAMAGED = "restore the file from a copy"


@dataclass(frozen=True)
class TensorInfo:
    """One tensor as the header declares it."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


Header = dict[str, TensorInfo]


def read_header(folder: Path) -> Header:
    """The header of the folder's weights. CheckpointError when it is damaged, or bytes are missing."""
    path = regular_file(folder, WEIGHTS)
    with reading(path), path.open("rb") as file:
        return parse_header(file, path)


def parse_header(file: BufferedIOBase, path: Path) -> Header:
    """Read the header from the start of an open file; `path` is for the messages.

    CheckpointError unless header and data fill the file exactly and every tensor has the bytes of its shape.
    """
    total = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else total
    if length > min(total - 8, LARGEST_TEXT):
        raise CheckpointError(f"{path} is cut short or not safetensors: {total} bytes", _DAMAGED)
    tree = parse_json(file.read(length), f"the header of {path}")
    if not isinstance(tree, dict):
        raise CheckpointError(f"the header of {path} is not a table of tensors", _DAMAGED)
    tree.pop("__metadata__", None)
    header, data = {}, 0
    for name, entry in tree.items():
        header[name], end = _tensor(entry, name, path)
        data = max(data, end)
    if 8 + length + data != total:
        raise CheckpointError(
            f"{path} has {total} bytes, its header speaks of {8 + length + data}: cut short or damaged",
            _DAMAGED,
        )
    return header


def check_dtypes(header: Header, path: Path) -> None:
    """CheckpointError names a tensor whose type is not float16, bfloat16 or float32."""
    for name, tensor in header.items():
        allowed = ("I64",) if name.endswith(COUNTER) else FLOATS
        if tensor.dtype not in allowed:
            raise _wrong_type(path, name, tensor, allowed)


def _wrong_type(path: Path, name: str, tensor: TensorInfo, allowed: Sequence[str]) -> CheckpointError:
    return CheckpointError(
        f"{path}: tensor {shown(name)} is {shown(tensor.dtype)}, wanted {' or '.join(allowed)}",
        "save it again as float32",
    )


def check_sizes(header: Header, config: ModelConfig, path: Path) -> None:
    """CheckpointError names a size in the configuration that the tensors contradict, with both.

    Afterwards every size in the configuration is one that the file has: modules may be built from it.
    """
    blocks = {name.split(".")[2] for name in header if name.startswith("decoder.blocks.")}
    if config.decoder.layers != len(blocks):
        raise CheckpointError(
            f"{path}: model.decoder.layers is {config.decoder.layers}, the file has {len(blocks)} blocks",
            "configuration and weights are not of one model",
        )
    wanted = [
        ("head.width", config.head.width, "head.mu.weight", 0),
        ("decoder.vocab_size", config.decoder.vocab_size, "decoder.token.weight", 0),
        ("decoder.width", config.decoder.width, "decoder.token.weight", 1),
        ("decoder.max_length", config.decoder.max_length, "length_head.out.weight", 0),
    ]
    if config.head.hidden is not None:
        wanted.append(("head.hidden", config.head.hidden, "head.hidden.weight", 0))
    for key, value, name, axis in wanted:
        shape = _matrix(header, name, path)
        if shape[axis] != value:
            raise CheckpointError(
                f"{path}: model.{key} is {value}, but {name} is {shape_text(shape)}",
                "configuration and weights are not of one model",
            )


def pooled_width(header: Header, path: Path) -> int:
    """Dimensions of the pooled vectors that the head takes. CheckpointError when the file does not say."""
    shift = header.get("head.shift")
    if shift is None or len(shift.shape) != 1:
        raise CheckpointError(f"{path}: tensor head.shift is missing or no vector", _DAMAGED)
    return shift.shape[0]


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape for a reader: `8 × 396`."""
    return " × ".join(map(str, shape)) or "a single number"


def _matrix(header: Header, name: str, path: Path) -> tuple[int, ...]:
    tensor = header.get(name)
    if tensor is None:
        raise CheckpointError(f"{path}: tensor {name} is missing", _DAMAGED)
    if len(tensor.shape) != 2:
        raise CheckpointError(
            f"{path}: tensor {name} is {shape_text(tensor.shape)}, wanted a matrix", _DAMAGED
        )
    return tensor.shape


def _tensor(entry: Any, name: str, path: Path) -> tuple[TensorInfo, int]:
    """One header entry and where its data ends."""
    bad = CheckpointError(f"the header of {path} describes tensor {shown(name)} wrongly", _DAMAGED)
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise bad
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or not _counts(shape) or not _counts(offsets) or len(offsets) != 2:
        raise bad
    tensor = TensorInfo(dtype, tuple(shape))
    if dtype not in ITEM_BYTES:
        raise _wrong_type(path, name, tensor, FLOATS)
    # An empty tensor could claim any width without a byte to show for it.
    if tensor.size == 0 or offsets[1] - offsets[0] != tensor.size * ITEM_BYTES[dtype]:
        raise bad
    return tensor, offsets[1]


def _counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(v) is int and 0 <= v < 1 << 63 for v in values)
