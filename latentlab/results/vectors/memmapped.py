"""Arrays that stay on the disk: where they lie in a .npy or a .safetensors file, and their rows in batches.

Headers are read and checked against the size of the file before anything is mapped: memory that is mapped
beyond the end of a file would kill the process when it is touched. Pages that were read are given back after
each batch, so that a file larger than the memory does not push everything else out.
"""

import math
import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from latentlab.errors import LatentsError
from latentlab.untrusted import check_regular, parse_json

_ITEM_BITS = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8,
    "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
"""Types that a safetensors file may name. A later one is no damage: its tensors lie where the file says."""
STATE_KEY = "latentlab.state"
"""In the metadata of a .safetensors that holds a state and no vectors; the value is JSON."""
_LARGEST_HEADER = 100_000_000
"""What the safetensors library itself allows."""


@dataclass(frozen=True)
class Stored:
    """An array in a file: its type as the file spells it, and where it lies."""

    code: str
    shape: tuple[int, ...]
    start: int
    """Byte in the file."""
    end: int


@dataclass(frozen=True)
class Tensors:
    """The header of a safetensors file."""

    arrays: Mapping[str, Stored]
    metadata: Mapping[str, str]
    end: int
    """Byte after the last of them."""


def read_header(path: Path) -> Tensors:
    """The header of a safetensors file; LatentsError unless every tensor in it is there as a whole."""
    damaged = LatentsError(f"{path} is not a whole safetensors file", "write it again, or copy it again")
    total = check_regular(path, LatentsError)
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if total < 8 or not 0 < length <= min(total - 8, _LARGEST_HEADER):
            raise damaged
        try:
            document = parse_json(file.read(length), "the header", LatentsError)
            metadata = document.pop("__metadata__", {})
            arrays = {name: _stored(entry, 8 + length, total) for name, entry in document.items()}
        except (LatentsError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise damaged from error
    if not isinstance(metadata, dict):
        raise damaged
    return Tensors(arrays, metadata, max((stored.end for stored in arrays.values()), default=8 + length))


def map_array(path: Path, dtype: np.dtype, shape: tuple[int, int], start: int) -> np.ndarray:
    """An array of rows that is read from the file when it is looked at."""
    return np.memmap(path, dtype, "r", start, shape)


def mapped_batches(array: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Consecutive rows of such an array, `size` at a time."""
    mapping = array.base
    for at in range(0, len(array), size):
        yield np.asarray(array[at : at + size])
        if isinstance(mapping, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            mapping.madvise(mmap.MADV_DONTNEED)


def column_batches(
    path: Path, dtype: np.dtype, shape: tuple[int, int], start: int, size: int
) -> Iterator[np.ndarray]:
    """Consecutive rows, `size` at a time, of an array that lies column after column.

    A batch is a piece of every column. Mapped, the pieces would bring most of the file into memory with them.
    """
    n, d = shape
    with path.open("rb") as file:
        for at in range(0, n, size):
            columns = np.empty((d, min(size, n - at)), dtype)
            for j in range(d):
                file.seek(start + (j * n + at) * dtype.itemsize)
                columns[j] = np.fromfile(file, dtype, columns.shape[1])
            yield np.ascontiguousarray(columns.T)


def from_bfloat16(bits: np.ndarray) -> np.ndarray:
    """float32 of the bits of bfloat16, which are the upper half of it.

    >>> from_bfloat16(np.array([0x3F80, 0xC000], dtype=np.uint16)).tolist()
    [1.0, -2.0]
    """
    return (bits.astype(np.uint32) << 16).view(np.float32)


def _stored(entry: Any, data: int, total: int) -> Stored:
    """One entry of a header; ValueError where it contradicts itself or the size of the file."""
    shape, (start, end) = tuple(entry["shape"]), entry["data_offsets"]
    if not all(type(number) is int and number >= 0 for number in (*shape, start, end)):
        raise ValueError("a size is not a number")
    code = entry["dtype"]
    if not isinstance(code, str):
        raise TypeError("a type is not a name")
    bits = _ITEM_BITS.get(code)
    if bits is not None and math.prod(shape) * bits != (end - start) * 8:
        raise ValueError("a tensor has not the bytes of its shape")
    if end < start or data + end > total:
        raise ValueError("a tensor is cut short")
    return Stored(code, shape, data + start, data + end)
