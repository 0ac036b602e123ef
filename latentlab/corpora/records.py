"""Rows of the file formats that hold sentences, each row with the place it stands at, checked on the way in.

One function a format, all with one shape: a path in, an iterator of (place, {column: value}) out. What a
column means is decided in `readers.py`.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from latentlab.errors import CorpusError

Record = tuple[str, dict[str, Any]]

ID_COLUMNS = ("id", "_id", "idx", "sentence_id")
"""Usual names of a column of ids, in the order in which they are looked for."""
MAX_LINE_BYTES = 200_000
"""Longest line of a text file, factors included: a file without line breaks must not fill the memory."""


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, line without its end) of a UTF-8 file, plain or gzip.

    Raises:
        CorpusError: the file cannot be read; a line is too long, not UTF-8, or holds a NUL byte.
    """
    opener: Callable[..., Any] = gzip.open if path.suffix.lower() == ".gz" else open
    number = 0
    try:
        with opener(path, "rb") as handle:
            while line := handle.readline(MAX_LINE_BYTES + 1):
                number += 1
                yield number, _decode(line, path, number)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise CorpusError(
            f"{path}, after line {number}: the gzip data are damaged ({error})",
            "fetch or compress the file again",
        ) from error
    except OSError as error:
        raise CorpusError(
            f"cannot read {path}: {error.strerror or error}", "check the file and its permissions"
        ) from error


def _decode(line: bytes, path: Path, number: int) -> str:
    if len(line) > MAX_LINE_BYTES:
        raise CorpusError(
            f"{path}, line {number}: longer than {MAX_LINE_BYTES:,} bytes", "write one sentence a line"
        )
    if b"\0" in line:
        raise CorpusError(
            f"{path}, line {number}: a NUL byte",
            f"binary or UTF-16? for the latter: iconv -f UTF-16 -t UTF-8 {path.name}",
        )
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path}, line {number}: not UTF-8 (byte 0x{error.object[error.start]:02x} at {error.start})",
            f"convert it, for example: iconv -f LATIN1 -t UTF-8 {path.name}",
        ) from error
    return text.removesuffix("\n").removesuffix("\r")


def txt_records(path: Path) -> Iterator[Record]:
    """One sentence a line, in the column `text`."""
    for number, line in lines(path):
        yield f"{path}, line {number}", {"text": line}


def jsonl_records(path: Path) -> Iterator[Record]:
    """One JSON object a line; blank lines are passed over."""
    for number, line in lines(path):
        if not line.strip():
            continue
        place = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"{place}: broken JSON ({error})", "write one JSON object a line") from error
        if not isinstance(row, dict):
            raise CorpusError(f"{place}: not a JSON object", 'write lines like {"text": "Tom is here."}')
        yield place, row


def csv_records(path: Path) -> Iterator[Record]:
    """Comma-separated, quoted with ", the first row naming the columns."""
    yield from _table(path, csv.reader(_csv_lines(path), strict=True))


def tsv_records(path: Path) -> Iterator[Record]:
    """Tab-separated without quoting (a " is a character like any other), the first row naming the columns."""
    yield from _table(path, csv.reader(_csv_lines(path), delimiter="\t", quoting=csv.QUOTE_NONE, strict=True))


def _csv_lines(path: Path) -> Iterator[str]:
    # The line end goes back on: inside quotes it is part of the field.
    return (line + "\n" for _, line in lines(path))


def _table(path: Path, reader: Any) -> Iterator[Record]:
    header: list[str] | None = None
    try:
        for cells in reader:
            place = f"{path}, line {reader.line_num}"
            if not cells:
                continue
            if header is None:
                header = cells
                repeated = sorted({name for name in header if header.count(name) > 1})
                if repeated:
                    raise CorpusError(f"{place}: column '{repeated[0]}' is there twice", "rename one of them")
            elif len(cells) != len(header):
                raise CorpusError(
                    f"{place}: {len(cells)} fields where the header has {len(header)}",
                    "quote fields that hold the separator, or mend the row",
                )
            else:
                yield place, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise CorpusError(f"{path}, line {reader.line_num}: {error}", "check the quotes") from error


def parquet_records(path: Path) -> Iterator[Record]:
    """The string columns of a Parquet file, and whole numbers that are ids."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            names = [field.name for field in schema if _is_string(field.type) or _is_id(field)]
            row = 0
            for batch in file.iter_batches(columns=names):
                for values in batch.to_pylist():
                    row += 1
                    yield f"{path}, row {row}", values
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise CorpusError(f"cannot read {path} as Parquet: {reason}", "write the file again") from error


def _is_string(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_id(field: Any) -> bool:
    import pyarrow as pa

    return field.name in ID_COLUMNS and bool(pa.types.is_integer(field.type))


def hf_records(source: str) -> Iterator[Record]:
    """Rows of the Hugging Face dataset `hf:NAME[:SPLIT]`; the split is `train` unless named.

    Raises:
        CorpusError: the package `datasets` is missing, or it cannot load that dataset.
    """
    name, _, split = source.removeprefix("hf:").partition(":")
    try:
        import datasets
    except ImportError as error:
        raise CorpusError(
            f"{source}: the package 'datasets' is not installed", 'pip install "latentlab[hf]"'
        ) from error
    try:
        table = datasets.load_dataset(name, split=split or "train")
    except (OSError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise CorpusError(
            f"cannot load {source}: {reason}",
            "check name, split and network; the form is hf:NAME or hf:NAME:SPLIT",
        ) from error
    for row, values in enumerate(table, start=1):
        yield f"{source}, row {row}", values
