"""Columns of equal length on disk: `.parquet` for programs, `.csv` for everything else."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from latentlab.errors import UsageError
from latentlab.files import Data, atomic_files

SUFFIXES = (".parquet", ".csv")


def check_columns_path(path: Path) -> None:
    """UsageError unless the name ends in a known suffix: to be asked before hours of work, not after."""
    if path.suffix not in SUFFIXES:
        raise UsageError(f"{path}: a table is written to a name that ends in {' or '.join(SUFFIXES)}")


def write_columns(tables: Mapping[Path, Mapping[str, Sequence[Any]]]) -> None:
    """Write named columns to each path; the format is that of the suffix. ResourceError on a full disk."""
    atomic_files({path: _in_format(path, columns) for path, columns in tables.items()})


def _in_format(path: Path, columns: Mapping[str, Sequence[Any]]) -> Data:
    check_columns_path(path)
    return to_csv_text(columns) if path.suffix == ".csv" else to_parquet(columns)


def to_csv_text(columns: Mapping[str, Sequence[Any]]) -> str:
    """Named columns of equal length as comma-separated lines, their names in the first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def to_parquet(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Named columns of equal length as a parquet file."""
    import pyarrow
    import pyarrow.parquet

    buffer = io.BytesIO()
    pyarrow.parquet.write_table(
        pyarrow.table({name: list(column) for name, column in columns.items()}), buffer
    )
    return buffer.getvalue()
