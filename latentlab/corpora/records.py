"""Rows of the file formats that hold sentences, each row with the place it stands at, checked on the way in.

One function a format, all with one shape: a path in, an iterator of (place, {column: value}) out. What a
column means is decided in `readers.py`.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from latentlab.corpora.lines import MAX_ROW_BYTES, lines
from latentlab.corpora.normalisation import is_blank
from latentlab.errors import CorpusError

Record = tuple[str, dict[str, Any]]
Row = tuple[int, list[str]]
"""The number of a row's last line, and its cells."""

_BATCH = 1024
"""Rows of a Parquet file that are in memory at once."""
ID_COLUMNS = ("id", "_id", "idx", "sentence_id")
"""Usual names of a column of ids, in the order in which they are looked for."""


def txt_records(path: Path) -> Iterator[Record]:
    """One sentence a line, in the column `text`."""
    for number, line in lines(path):
        yield f"{path}, line {number}", {"text": line}


def jsonl_records(path: Path) -> Iterator[Record]:
    """One JSON object a line; blank lines are passed over."""
    for number, line in lines(path, MAX_ROW_BYTES):
        if is_blank(line):
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
    yield from _table(path, _quoted(path, ",", lines(path, MAX_ROW_BYTES, any_end=True)))


def tsv_records(path: Path, *, enclose: bool) -> Iterator[Record]:
    """Tab-separated, the first row naming the columns; `enclose` as in `tsv_rows`."""
    yield from _table(path, tsv_rows(path, enclose=enclose))


def tsv_rows(path: Path, *, enclose: bool) -> Iterator[Row]:
    """Cells between tabs. Quotes enclose cells, or are characters like any other (see `quotes.py`)."""
    numbered = lines(path, MAX_ROW_BYTES)
    yield from _quoted(path, "\t", numbered) if enclose else ((n, line.split("\t")) for n, line in numbered)


def _quoted(path: Path, delimiter: str, numbered: Iterable[tuple[int, str]]) -> Iterator[Row]:
    # The limit belongs to the whole process: it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW_BYTES))
    number = begun = 0

    def numbering() -> Iterator[str]:
        nonlocal number
        for number, line in numbered:  # noqa: B007
            # The line end goes back on: inside quotes it is part of the cell.
            yield line + "\n"

    try:
        for cells in csv.reader(numbering(), delimiter=delimiter, strict=True):
            yield number, cells
            begun = number
    except csv.Error as error:
        row = f", in the row that begins in line {begun + 1}" if number > begun + 1 else ""
        raise CorpusError(f"{path}, line {number}: {error}{row}", "check the quotes") from error


def _table(path: Path, rows: Iterable[Row]) -> Iterator[Record]:
    header: list[str] | None = None
    for number, cells in rows:
        place = f"{path}, line {number}"
        if len(cells) < 2 and is_blank("".join(cells)):
            if header is None or len(header) > 1:
                continue
            cells = [""]
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


def parquet_records(path: Path, wanted: str | None = None) -> Iterator[Record]:
    """The columns of strings and of whole numbers of a Parquet file, those of nulls alone, and `wanted`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = None
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            names = [field.name for field in schema if field.name == wanted or _is_label(field.type)]
            row = 0
            for batch in file.iter_batches(_BATCH, columns=names):
                for values in batch.to_pylist():
                    row += 1
                    yield f"{path}, row {row}", values
    except UnicodeDecodeError as error:
        where = "the name of a column" if row is None else f"after row {row}"
        raise CorpusError(f"{path}, {where}: not UTF-8", "write the file again") from error
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise CorpusError(f"cannot read {path} as Parquet: {reason}", "write the file again") from error


def _is_label(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_null,
        pa.types.is_integer,
    )
    return any(test(kind) for test in tests)


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
