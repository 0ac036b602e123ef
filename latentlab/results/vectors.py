"""Bare vectors: a file of numbers, one row a sentence, read in batches and never as a whole."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError
from latentlab.results.vector_formats import FORMATS
from latentlab.results.vector_hints import file_hint
from latentlab.results.vector_source import Source

SUFFIXES = tuple(FORMATS)


@dataclass(frozen=True)
class Vectors:
    """A cloud in a file; nothing is read before `batches`."""

    path: Path
    n: int
    d: int
    dtype: np.dtype
    """Of the batches; bfloat16 is read as float32."""
    _source: Source

    @property
    def name(self) -> str:
        """How reports call it."""
        return self.path.name

    @property
    def doubt(self) -> str | None:
        """What should be said of how the file was read."""
        return self._source.doubt

    def batches(self, size: int) -> Iterator[Float[np.ndarray, "m d"]]:
        """Consecutive rows, `size` at a time and what is left at the end; again from the start at each call.

        Raises:
            LatentsError: A row is not like the others, which only a .parquet can have.
        """
        return _regrouped(self._source.blocks(size), size)

    def fingerprint(self) -> str:
        """sha256 of the file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def open_vectors(path: Path, *, column: str | None = None) -> Vectors:
    """Open a .npy, .safetensors or .parquet file.

    Args:
        path: The file.
        column: Tensor or column to take, or any column of a group that has one a dimension; default: what is
            called `vectors`, or the only one that can be meant.

    Raises:
        LatentsError: It is missing, of another kind, damaged, or holds something else than vectors.
    """
    if path.is_dir():
        raise LatentsError(f"{path} is a folder, not a file of vectors", f"give a {_known()} file")
    if not path.exists():
        raise LatentsError(f"{path} does not exist", "check the path")
    if path.suffix not in SUFFIXES:
        raise LatentsError(f"{path} is a file of an unknown kind", file_hint(path, _known()))
    try:
        if not path.stat().st_size:
            raise LatentsError(f"{path} is empty", "write it again, or copy it again")
        source = FORMATS[path.suffix](path, column)
    except OSError as error:
        raise LatentsError(f"cannot read {path}: {error.strerror or error}", "check the file") from error
    return Vectors(path, source.n, source.d, source.dtype, source)


def _known() -> str:
    return f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"


def _regrouped(blocks: Iterable[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """The same rows, `size` at a time: a .parquet gives fewer at the end of each of its row groups."""
    waiting: list[np.ndarray] = []
    count = 0
    for block in blocks:
        if not waiting and len(block) == size:
            yield block
            continue
        waiting.append(block)
        count += len(block)
        if count >= size:
            rows = np.concatenate(waiting)
            yield rows[:size]
            waiting, count = [rows[size:]], count - size
    if count:
        yield waiting[0] if len(waiting) == 1 else np.concatenate(waiting)
