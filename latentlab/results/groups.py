"""Which rows of a file of vectors belong together: a column beside the vectors, or a file of labels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt64

from latentlab.corpora.labels import as_label, no_label
from latentlab.errors import LatentsError
from latentlab.metrics.streaming.sharding import group_labels
from latentlab.results.vectors.npy_header import npy_header
from latentlab.results.vectors.vector_file import Vectors
from latentlab.untrusted import NUMPY_ERRORS, check_size, one_line, parse_json, read_small

LARGEST = 1 << 30
"""Bytes of a file of labels."""
_HINT = "--group takes a column of a .parquet, or a .txt or .npy with one label a row"


def row_groups(group: str, vectors: Vectors, first_row: int = 0) -> UInt64[np.ndarray, " n"]:
    """A label for the group of each row.

    Args:
        group: A .txt with one label a line or a .npy with one a row, else the name of a column of the
            .parquet that the vectors are from, or of the rows in the .json beside them that
            `latentlab encode` writes. What can be a label is in `corpora.labels`; they are compared as text.
        vectors: The open file.
        first_row: Number of its first row, where it is a piece of a larger cloud.

    Raises:
        LatentsError: There is no such file or column, or it has not one label for each row.
    """
    path = Path(group)
    if path.is_file():
        labels = _labels(path)
        where = str(path)
    elif vectors.path is None:
        raise LatentsError(
            f"{vectors.where} is in memory and has no column '{group}'", "give the labels themselves"
        )
    elif vectors.path.suffix == ".parquet":
        labels, where = _column(vectors.path, group), f"{vectors.path}, column '{group}'"
    else:
        labels, where = _beside(vectors.path, group)
    return _compared(labels, vectors, where, first_row)


def labels_of(group: Sequence[object], vectors: Vectors) -> UInt64[np.ndarray, " n"]:
    """The same from labels in memory, one a row; LatentsError where they are more, fewer or no labels."""
    array = np.asarray(group, dtype=object)
    if array.ndim != 1:
        raise LatentsError(f"group has shape {array.shape}", "give one label a row of the vectors")
    labels = [label.item() if isinstance(label, np.generic) else label for label in array]
    return _compared(labels, vectors, "group", 0)


def _compared(
    labels: Sequence[object], vectors: Vectors, where: str, first_row: int
) -> UInt64[np.ndarray, " n"]:
    if len(labels) != vectors.n:
        raise LatentsError(f"{where}: {len(labels)} labels for {vectors.n} rows of {vectors.where}", _HINT)
    texts = [as_label(label) for label in labels]
    if None in texts:
        at = texts.index(None)
        raise LatentsError(*no_label(labels[at], f"{where}, row {at} (from 0)"))
    # No label of a file begins with NUL, so a row on its own never joins a group.
    return group_labels([text or f"\0{first_row + i}" for i, text in enumerate(texts)])


def _labels(path: Path) -> Sequence[object]:
    check_size(path, LatentsError, _HINT, limit=LARGEST)
    try:
        if path.suffix == ".npy":
            npy_header(path).check_whole()
            array = np.load(path, allow_pickle=False)
            if array.ndim != 1 or array.dtype.kind not in "biufSU":
                raise LatentsError(f"{path} holds {array.dtype} of shape {array.shape}, no labels", _HINT)
            return list(array.tolist())
        if path.suffix == ".txt":
            text = path.read_text(encoding="utf-8-sig").removesuffix("\n")
            return text.split("\n") if text else []
    except NUMPY_ERRORS as error:
        raise LatentsError(f"cannot read {path}: {one_line(error)}", _HINT) from error
    raise LatentsError(f"{path} is no file of labels", _HINT)


def _beside(path: Path, name: str) -> tuple[Sequence[object], str]:
    """The labels in the description beside a file of vectors, and where they are."""
    file = path.with_name(path.name + ".json")
    if not file.is_file():
        raise LatentsError(f"{name} is no file, and {path} has no columns", _HINT)
    tree = parse_json(read_small(file, LatentsError, _HINT, limit=LARGEST), str(file), LatentsError, _HINT)
    rows = tree.get("rows") if isinstance(tree, dict) else None
    labels = rows.get(name) if isinstance(rows, dict) else None
    if not isinstance(labels, list):
        raise LatentsError(f"{name} is no file, and {file} has no labels of that name", _HINT)
    return labels, f"{file}, rows.{name}"


def _column(path: Path, name: str) -> Sequence[object]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            if name not in schema.names:
                there = ", ".join(schema.names[:20])
                raise LatentsError(f"{path} has no column '{name}'; there are: {there}", _HINT)
            return list(file.read(columns=[name]).column(0).to_pylist())
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise LatentsError(f"cannot read {path}: {str(error).splitlines()[0]}", "write it again") from error
