"""The formats of vector files: .npy, .safetensors and .parquet, each as a size and a way to read batches.

What is no cloud of vectors is refused before a row is read; the rows of a .parquet are checked as they come.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from latentlab.errors import LatentsError
from latentlab.results.vectors.memmapped import (
    STATE_KEY,
    Stored,
    column_batches,
    from_bfloat16,
    map_array,
    mapped_batches,
    read_header,
)
from latentlab.results.vectors.npy_header import npy_header
from latentlab.results.vectors.parquet_vectors import parquet
from latentlab.results.vectors.vector_hints import FLOATING, number_hint
from latentlab.results.vectors.vector_source import Source, is_vector, listed, rows_and_width, shown

_FLOATS = {"F16": np.float16, "F32": np.float32, "F64": np.float64}
_BFLOAT16 = "BF16"


def npy(path: Path, column: str | None) -> Source:
    """A .npy, memory-mapped; `column` has no meaning there. Objects are refused, never unpickled."""
    header = npy_header(path)
    dtype, start = header.dtype, header.start
    _check_type(path, dtype)
    n, d = rows_and_width(path, header.shape)
    header.check_whole()
    if header.fortran and d > 1:
        return Source(n, d, dtype, lambda size: column_batches(path, dtype, (n, d), start, size))
    array = map_array(path, dtype, (n, d), start)
    return Source(n, d, dtype, lambda size: mapped_batches(array, size))


def safetensors(path: Path, column: str | None) -> Source:
    """One tensor of a .safetensors, memory-mapped: `column`, or `vectors`, or the only one of floats (n, d).

    Tensors beside it may be of any type and are never touched.
    """
    header = read_header(path)
    if column is None and STATE_KEY in header.metadata:
        raise LatentsError(f"{path} holds a state, not vectors", "latentlab merge prints its report")
    name = _chosen(path, column, header.arrays)
    stored, where = header.arrays[name], f"{path}, {shown(name)}"
    if stored.code not in (*_FLOATS, _BFLOAT16):
        raise LatentsError(
            f"{where}: {shown(stored.code)} numbers where {FLOATING}", number_hint(stored.code)
        )
    n, d = rows_and_width(where, stored.shape)
    if stored.code != _BFLOAT16:
        dtype = np.dtype(_FLOATS[stored.code]).newbyteorder("<")
        array = map_array(path, dtype, (n, d), stored.start)
        return Source(n, d, dtype, lambda size: mapped_batches(array, size))
    bits = map_array(path, np.dtype("<u2"), (n, d), stored.start)
    # numpy has no bfloat16; in float32 every one of its numbers is exact.
    single = np.dtype(np.float32)
    return Source(n, d, single, lambda size: map(from_bfloat16, mapped_batches(bits, size)))


FORMATS: dict[str, Callable[[Path, str | None], Source]] = {
    ".npy": npy,
    ".safetensors": safetensors,
    ".parquet": parquet,
}


def _check_type(where: object, dtype: np.dtype) -> None:
    if dtype.hasobject:
        raise LatentsError(
            f"{where}: Python objects where vectors were expected; objects are never unpickled",
            "save numbers: numpy.save(path, numpy.stack(rows))",
        )
    if dtype.kind in "SUT":
        raise LatentsError(
            f"{where}: text where vectors were expected", "latentlab encode makes vectors of text"
        )
    if dtype.kind != "f":
        kind = "complex" if dtype.kind == "c" else str(dtype)
        raise LatentsError(f"{where}: {dtype} numbers where {FLOATING}", number_hint(kind))


def _chosen(path: Path, column: str | None, arrays: Mapping[str, Stored]) -> str:
    if column is not None:
        if column not in arrays:
            raise LatentsError(
                f"{path}: no tensor {shown(column)}; there are {listed(arrays)}", "name one of them"
            )
        return column
    if "vectors" in arrays:
        return "vectors"
    rows = [name for name, stored in arrays.items() if is_vector(stored.shape[1:])]
    floats = [name for name in rows if arrays[name].code in (*_FLOATS, _BFLOAT16)]
    # Where nothing fits, the one that comes nearest says what is wrong with it.
    nearest = floats or rows or list(arrays)
    if len(nearest) == 1:
        return nearest[0]
    if floats:
        found, hint = f"{len(floats)} of shape (n, d): {listed(floats)}", "name one with --column"
    else:
        what = (f"{name} ({stored.code} {stored.shape})" for name, stored in arrays.items())
        found, hint = f"no floating-point one of shape (n, d); there are {listed(what)}", "save one as F32"
    raise LatentsError(f"{path}: no tensor `vectors`, and {found}", hint)
