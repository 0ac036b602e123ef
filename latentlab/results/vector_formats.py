"""The formats of vector files: .npy, .safetensors and .parquet, each as a size and a way to read batches.

What is no cloud of vectors is refused before a row is read; the rows of a .parquet are checked as they come.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from latentlab.errors import LatentsError
from latentlab.results.mapped import (
    STATE_KEY,
    Stored,
    column_batches,
    from_bfloat16,
    map_array,
    mapped_batches,
    read_header,
)

_FLOATS = {"F16": np.float16, "F32": np.float32, "F64": np.float64}
_BUFFER = 1 << 20
_SHOWN = 5
"""So many names are listed in a message."""
_NOTHING = "nothing where a vector was expected"
_FLOATING = "floating-point vectors were expected"


@dataclass(frozen=True)
class Source:
    """The size of a cloud in a file, and its rows."""

    n: int
    d: int
    dtype: np.dtype
    blocks: Callable[[int], Iterator[np.ndarray]]
    """Consecutive rows, at most so many at a time."""


def npy(path: Path, column: str | None) -> Source:
    """A .npy, memory-mapped; `column` has no meaning there. Objects are refused, never unpickled."""
    readers: dict[Any, Any] = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    with path.open("rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            shape, fortran, dtype = readers[version](file)
        except (ValueError, KeyError) as error:
            raise LatentsError(f"{path} is not a whole .npy file", "write it with numpy.save") from error
        start = file.tell()
    _check_type(path, dtype)
    _check_shape(path, shape)
    if path.stat().st_size < start + int(np.prod(shape, dtype=object)) * dtype.itemsize:
        raise LatentsError(
            f"{path} is cut short: its header says {shape}", "write it again, or copy it again"
        )
    n, d = shape
    if fortran and d > 1:
        return Source(n, d, dtype, lambda size: column_batches(path, dtype, (n, d), start, size))
    array = map_array(path, dtype, (n, d), start)
    return Source(n, d, dtype, lambda size: mapped_batches(array, size))


def safetensors(path: Path, column: str | None) -> Source:
    """One tensor of a .safetensors, memory-mapped: `column`, or `vectors`, or the only one with two axes."""
    header = read_header(path)
    if column is None and STATE_KEY in header.metadata:
        raise LatentsError(f"{path} holds a state, not vectors", "latentlab merge prints its report")
    name = _chosen(path, column, header.arrays)
    stored, where = header.arrays[name], f"{path}, {name}"
    if stored.code not in (*_FLOATS, "BF16"):
        raise LatentsError(f"{where}: {stored.code} numbers where {_FLOATING}", "convert them to F32")
    _check_shape(where, stored.shape)
    n, d = stored.shape
    if stored.code != "BF16":
        dtype = np.dtype(_FLOATS[stored.code]).newbyteorder("<")
        array = map_array(path, dtype, (n, d), stored.start)
        return Source(n, d, dtype, lambda size: mapped_batches(array, size))
    bits = map_array(path, np.dtype("<u2"), (n, d), stored.start)
    # numpy has no bfloat16; in float32 every one of its numbers is exact.
    single = np.dtype(np.float32)
    return Source(n, d, single, lambda size: map(from_bfloat16, mapped_batches(bits, size)))


def parquet(path: Path, column: str | None) -> Source:
    """A column of a .parquet with lists of numbers, all of one length: `column`, or the only such one."""
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            schema, n = file.schema_arrow, file.metadata.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(path) from error
    lists = [field.name for field in schema if _is_list(field.type)]
    if column is None and len(lists) != 1:
        raise LatentsError(_which(path, lists, schema), "name one with --column")
    name = lists[0] if column is None else column
    if schema.get_field_index(name) < 0:
        raise LatentsError(f"{path}: no column {name}; there are {_listed(schema.names)}", "name one of them")
    field = schema.field(name)
    if not _is_list(field.type):
        raise LatentsError(f"{path}, {name}: {_kind(field.type)} where vectors were expected", _other(lists))
    if not pyarrow.types.is_floating(field.type.value_type):
        raise LatentsError(f"{path}, {name}: {field.type} where {_FLOATING}", "convert them to float")
    if not n:
        _check_shape(f"{path}, {name}", (0, 1))
    first = next(_lists(path, name, 1))
    d = len(first.flatten())
    if first.null_count:
        raise _in_row(f"{path}, {name}", 0, _NOTHING)
    _check_shape(f"{path}, {name}", (n, d))

    def blocks(size: int) -> Iterator[np.ndarray]:
        done = 0
        for array in _lists(path, name, size):
            yield _rows(f"{path}, {name}", array, done, d)
            done += len(array)

    return Source(n, d, np.dtype(field.type.value_type.to_pandas_dtype()), blocks)


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
        raise LatentsError(f"{where}: {dtype} numbers where {_FLOATING}", "convert them: x.astype('float32')")


def _check_shape(where: object, shape: Sequence[int]) -> None:
    if len(shape) != 2:
        hint = "x.reshape(-1, d) makes rows of d numbers" if len(shape) < 2 else "keep one vector a sentence"
        raise LatentsError(f"{where}: expected vectors of shape (n, d), got shape {tuple(shape)}", hint)
    if 0 in shape:
        what = "rows" if not shape[0] else "numbers in a row"
        raise LatentsError(f"{where}: there are no {what}, the shape is {tuple(shape)}", "give another file")


def _chosen(path: Path, column: str | None, arrays: Mapping[str, Stored]) -> str:
    if column is not None:
        if column not in arrays:
            raise LatentsError(f"{path}: no tensor {column}; there are {_listed(arrays)}", "name one of them")
        return column
    if "vectors" in arrays:
        return "vectors"
    flat = [name for name, stored in arrays.items() if len(stored.shape) == 2]
    if len(flat) != 1 and len(arrays) != 1:
        raise LatentsError(
            f"{path}: no tensor `vectors`, and {len(flat)} of shape (n, d): {_listed(flat)}",
            "name one with --column",
        )
    return flat[0] if flat else next(iter(arrays))


def _lists(path: Path, name: str, size: int) -> Iterator[Any]:
    """Arrays of lists, as the file gives them: at most `size` rows, and less at the end of a row group."""
    import pyarrow
    import pyarrow.parquet

    try:
        # Any other setting holds a whole row group in memory, and a file may be a single one.
        with pyarrow.parquet.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False) as file:
            for batch in file.iter_batches(size, columns=[name]):
                yield batch.column(0)
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(path) from error


def _rows(where: str, array: Any, first: int, d: int) -> np.ndarray:
    """Lists as rows; LatentsError names the first row that has another length, or lacks something."""
    import pyarrow.compute

    missing = pyarrow.compute.is_null(array).to_numpy(zero_copy_only=False)
    if missing.any():
        raise _in_row(where, first + int(missing.argmax()), _NOTHING)
    lengths = pyarrow.compute.list_value_length(array).to_numpy(zero_copy_only=False)
    if (lengths != d).any():
        at = int((lengths != d).argmax())
        raise _in_row(where, first + at, f"{lengths[at]} numbers, the first row has {d}")
    numbers = array.flatten()
    if numbers.null_count:
        at = int(pyarrow.compute.is_null(numbers).to_numpy(zero_copy_only=False).argmax())
        raise _in_row(where, first + at // d, "a number is missing")
    rows: np.ndarray = numbers.to_numpy(zero_copy_only=False).reshape(-1, d)
    return rows


def _in_row(where: str, row: int, what: str) -> LatentsError:
    return LatentsError(
        f"{where}, row {row} (from 0): {what}", "every row needs as many numbers, none missing"
    )


def _damaged(path: Path) -> LatentsError:
    return LatentsError(f"{path} is not a whole .parquet file", "write it again, or copy it again")


def _is_list(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _kind(kind: Any) -> str:
    from pyarrow import types

    return "text" if types.is_string(kind) or types.is_large_string(kind) else f"{kind}"


def _which(path: Path, lists: Sequence[str], schema: Any) -> str:
    if lists:
        return f"{path}: {len(lists)} columns hold lists: {_listed(lists)}"
    kinds = {_kind(field.type) for field in schema}
    what = "text where vectors were expected" if kinds == {"text"} else "no column holds lists of numbers"
    return f"{path}: {what}; there are {_listed([f'{field.name} ({_kind(field.type)})' for field in schema])}"


def _other(lists: Sequence[str]) -> str:
    return f"columns of vectors: {_listed(lists)}" if lists else "the file has no column of vectors"


def _listed(names: Sequence[str] | Mapping[str, Stored]) -> str:
    shown = list(names)
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return (", ".join(shown[:_SHOWN]) or "none") + more
