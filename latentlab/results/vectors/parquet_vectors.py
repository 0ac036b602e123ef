"""Vectors in a .parquet: which columns hold them, and their rows in batches.

A row is a list of numbers in one column, in any of Arrow's kinds of list, also a tensor or lists in lists as
long as only one axis is longer than 1; or it is spread over float columns, one a dimension.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from latentlab.errors import LatentsError
from latentlab.results.vectors.arrow_fields import Field, dtype_of, is_text, refusal
from latentlab.results.vectors.vector_hints import HOW_TO_WRITE, ONE_VECTOR, TEXT
from latentlab.results.vectors.vector_source import Source, listed, rows_and_width, shown

_BUFFER = 1 << 20
"""Bytes read at once, of all columns together; of one at least a page of the disk."""
_LEAST_BUFFER = 1 << 14
_NOTHING = "nothing where a vector was expected"
_WHOLE_ROWS = "every row needs as many numbers, none missing"
_NUMBERED = re.compile(r"(.*?)(\d{1,9})")
_INDEX = re.compile(r"__index_level_\d+__")
"""Columns in which pandas keeps the labels of rows."""


def parquet(path: Path, column: str | None) -> Source:
    """The vectors of a .parquet: `column`, or the column `vectors`, or the only ones that can be meant."""
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            n = file.metadata.num_rows
            fields = [Field.of(field) for field in file.schema_arrow]
    except UnicodeDecodeError as error:
        raise LatentsError(f"{path} has a column whose name is not UTF-8", "rename it") from error
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(path) from error
    chosen = _chosen(path, column, fields)
    _check_once(path, chosen, fields)
    names = [field.name for field in chosen]
    where = f"{path}, {_called(names)}"
    if not n:
        rows_and_width(where, (0, 1))
    dtype = np.result_type(*(dtype_of(field.leaf) for field in chosen))
    if not chosen[0].depth:
        counted = all(_NUMBERED.fullmatch(name) for name in names)
        doubt = None if counted or column else f"its columns {listed(names)} were taken for the dimensions"
        return Source(n, len(names), dtype, lambda size: _wide(path, names, size), doubt)
    first, shape = _numbers(where, next(_columns(path, names, 1))[0], 0, None)
    d = rows_and_width(where, (n, *shape))[1]

    def blocks(size: int) -> Iterator[np.ndarray]:
        done = 0
        for (array,) in _columns(path, names, size):
            yield _numbers(where, array, done, shape)[0].reshape(-1, d)
            done += len(array)

    return Source(n, d, first.dtype, blocks)


def _chosen(path: Path, column: str | None, fields: Sequence[Field]) -> list[Field]:
    """The one column of lists, or the columns of single numbers in the order of the dimensions."""
    lists = [field for field in fields if field.holds_vectors]
    _check_once(path, lists, fields)
    groups = _groups(fields)
    if column is not None:
        named = [field for field in fields if field.name == column]
        if not named:
            there = listed(field.name for field in fields)
            raise LatentsError(f"{path}: no column {shown(column)}; there are {there}", "name one of them")
        if named[0] in lists:
            return named[:1]
        for group in groups or _whole(path, fields):
            if named[0] in group:
                return group
        raise refusal(path, named[0], lists)
    flat = [field for field in lists if field.depth == 1]
    for found in ([field for field in flat if field.name == "vectors"], flat, lists):
        if len(found) == 1:
            return found
        if found:
            names = listed(field.name for field in found)
            raise LatentsError(
                f"{path}: {len(found)} columns hold vectors: {names}", "name one with --column"
            )
    groups = groups or _whole(path, fields)
    if len(groups) == 1:
        return groups[0]
    if groups:
        called = listed(_called([field.name for field in group]) for group in groups)
        hint = f"name a column of one with --column, such as --column {shown(groups[0][0].name)}"
        raise LatentsError(f"{path}: {len(groups)} groups of columns hold numbers: {called}", hint)
    raise _none_fits(path, fields)


def _check_once(path: Path, named: Sequence[Field], fields: Sequence[Field]) -> None:
    """LatentsError where one of these columns has a name that another column has too."""
    counts = Counter(field.name for field in fields)
    for name in (field.name for field in named):
        if counts[name] > 1:
            raise LatentsError(
                f"{path}: there are {counts[name]} columns {shown(name)}", "rename one of them"
            )


def _groups(fields: Sequence[Field]) -> list[list[Field]]:
    """Float columns that are numbered without a gap from 0 or 1, by what stands before the number."""
    return [
        [group[at] for at in sorted(group)]
        for group in _numbered(fields).values()
        if sorted(group) in _countings(len(group))
    ]


def _whole(path: Path, fields: Sequence[Field]) -> list[list[Field]]:
    """All columns as one group, in the order of the file, where they are floats; LatentsError for a gap.

    Columns that are numbered but for a few were meant as the dimensions, and others beside them were not.
    """
    fields = [field for field in fields if not _INDEX.fullmatch(field.name)]
    _check_gaps(path, fields)
    return [fields] if len(fields) > 1 and all(field.is_float for field in fields) else []


def _numbered(fields: Sequence[Field]) -> dict[str, dict[int, Field]]:
    """Float columns by what stands before their number, two or more with numbers that are all different."""
    numbered: dict[str, dict[int, Field]] = {}
    twice: set[str] = set()
    for field in fields:
        match = _NUMBERED.fullmatch(field.name)
        if field.is_float and match:
            group = numbered.setdefault(match[1], {})
            if int(match[2]) in group:
                twice.add(match[1])
            group[int(match[2])] = field
    return {prefix: group for prefix, group in numbered.items() if prefix not in twice and len(group) > 1}


def _check_gaps(path: Path, fields: Sequence[Field]) -> None:
    """LatentsError where numbered columns would be a group but for a few."""
    for prefix, group in _numbered(fields).items():
        first = min(*group, 1)
        missing = [at for at in range(first, max(group)) if at not in group]
        if not 0 < len(missing) <= len(group):
            continue
        there = [group[at].name for at in sorted(group)]
        digits = len(there[0]) - len(prefix)  # leading zeros
        gone = listed(f"{prefix}{at:0{digits}d}" for at in missing)
        raise LatentsError(
            f"{path}: {gone} {'are' if len(missing) > 1 else 'is'} missing of the columns {_called(there)}",
            "write the file again with all dimensions, or number those that there are from 0 on",
        )


def _countings(size: int) -> tuple[list[int], list[int]]:
    return list(range(size)), list(range(1, size + 1))


def _none_fits(path: Path, fields: Sequence[Field]) -> LatentsError:
    # A number or a text beside is usual; what else there is may be what was meant.
    unusual = [field for field in fields if field.is_unusual]
    if len(unusual) == 1:
        return refusal(path, unusual[0], [])
    there = listed(f"{field.name} ({field.kind})" for field in fields)
    if fields and all(is_text(field.leaf) and not field.depth for field in fields):
        return LatentsError(f"{path}: text where vectors were expected; there are {there}", TEXT)
    hint = "--column NAME says what one of them lacks" if unusual else HOW_TO_WRITE
    return LatentsError(f"{path}: no column holds lists of floating-point numbers; there are {there}", hint)


def _columns(path: Path, names: Sequence[str], size: int) -> Iterator[list[Any]]:
    """Arrays of the columns, as the file gives them: at most `size` rows, and less where a row group ends."""
    import pyarrow
    import pyarrow.parquet

    buffer = max(_LEAST_BUFFER, _BUFFER // len(names))
    try:
        # Any other setting holds a whole row group in memory, and a file may be a single one.
        with pyarrow.parquet.ParquetFile(path, buffer_size=buffer, pre_buffer=False) as file:
            for batch in file.iter_batches(size, columns=list(names)):
                # By name: older versions of pyarrow give a column a.b along with a.
                yield [batch.column(batch.schema.get_field_index(name)) for name in names]
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(path) from error


def _wide(path: Path, names: Sequence[str], size: int) -> Iterator[np.ndarray]:
    done = 0
    for arrays in _columns(path, names, size):
        columns = [
            _floats(f"{path}, {shown(name)}", array, done, 1)
            for name, array in zip(names, arrays, strict=True)
        ]
        yield np.stack(columns, axis=1)
        done += len(arrays[0])


def _numbers(
    where: str, array: Any, first: int, shape: Sequence[int] | None
) -> tuple[np.ndarray, tuple[int, ...]]:
    """All numbers of rows one after the other, and the shape of each row.

    LatentsError names the first row that has another shape than `shape`, or lacks something.
    """
    import pyarrow
    import pyarrow.compute

    lists = array.storage if isinstance(array.type, pyarrow.BaseExtensionType) else array
    found: list[int] = []
    each = 1
    while Field.is_list(lists.type) and each:
        missing = pyarrow.compute.is_null(lists).to_numpy(zero_copy_only=False)
        if missing.any():
            raise _in_row(where, first + int(missing.argmax()) // each, _NOTHING, _WHOLE_ROWS)
        lengths = pyarrow.compute.list_value_length(lists).to_numpy(zero_copy_only=False)
        wanted = int(shape[len(found)] if shape else lengths[0])
        inner = lists.flatten()
        if (lengths != wanted).any():
            at = int((lengths != wanted).argmax())
            if Field.is_list(inner.type):
                said, hint = "{} lists of numbers, the first row has {}", ONE_VECTOR
            elif found:
                said, hint = "a list of {} numbers, the first one has {}", ONE_VECTOR
            else:
                said, hint = "{} numbers, the first row has {}", _WHOLE_ROWS
            raise _in_row(where, first + at // each, said.format(lengths[at], wanted), hint)
        found.append(wanted)
        lists, each = inner, each * wanted
    return _floats(where, lists, first, each) if each else np.empty(0), tuple(found)


def _floats(where: str, numbers: Any, first: int, each: int) -> np.ndarray:
    """Numbers as numpy has them, `each` of them a row; LatentsError names the first row that lacks one."""
    import pyarrow.compute

    if numbers.null_count:
        at = int(pyarrow.compute.is_null(numbers).to_numpy(zero_copy_only=False).argmax())
        raise _in_row(where, first + at // each, "a number is missing", _WHOLE_ROWS)
    if pyarrow.types.is_decimal(numbers.type):
        numbers = numbers.cast(pyarrow.float64())
    floats: np.ndarray = numbers.to_numpy(zero_copy_only=False)
    return floats


def _called(names: Sequence[str]) -> str:
    return shown(names[0]) if len(names) == 1 else f"{shown(names[0])} … {shown(names[-1])}"


def _in_row(where: str, row: int, what: str, hint: str) -> LatentsError:
    return LatentsError(f"{where}, row {row} (from 0): {what}", hint)


def _damaged(path: Path) -> LatentsError:
    return LatentsError(f"{path} is not a whole .parquet file", "write it again, or copy it again")
