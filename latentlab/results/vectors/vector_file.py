"""Bare vectors, one row a sentence: a file, read in batches and never as a whole, or an array."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError
from latentlab.metrics import check_shape
from latentlab.results.vectors.vector_formats import FORMATS
from latentlab.results.vectors.vector_hints import file_hint
from latentlab.results.vectors.vector_source import Source
from latentlab.untrusted import check_regular

SUFFIXES = tuple(FORMATS)
_BLOCK = 1 << 14
"""Rows of an array that are hashed at once."""


@dataclass(frozen=True)
class Vectors:
    """A cloud in a file, of which nothing is read before `batches`, or in memory."""

    path: Path | None
    """None where they are in memory."""
    n: int
    d: int
    dtype: np.dtype
    """Of the batches; bfloat16 is read as float32."""
    _source: Source
    name: str
    """How reports call it."""

    @property
    def where(self) -> str:
        """How messages call it."""
        return self.name if self.path is None else str(self.path)

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
        """sha256 of the file; of an array the numbers in their order, and what they are."""
        if self.path is None:
            digest = hashlib.sha256(f"{self.dtype.str} {self.n} {self.d}".encode())
            for block in self._source.blocks(_BLOCK):
                digest.update(block.tobytes())
            return digest.hexdigest()
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
        if not check_regular(path, LatentsError):
            raise LatentsError(f"{path} is empty", "write it again, or copy it again")
        source = FORMATS[path.suffix](path, column)
    except OSError as error:
        raise LatentsError(f"cannot read {path}: {error.strerror or error}", "check the file") from error
    return Vectors(path, source.n, source.d, source.dtype, source, path.name)


def array_vectors(x: Float[np.ndarray, "n d"], name: str) -> Vectors:
    """Vectors that are in memory; LatentsError where these are no floating-point vectors.

    >>> vectors = array_vectors(np.ones((3, 2), dtype=np.float32), "mine")
    >>> vectors.where, vectors.n, [batch.shape for batch in vectors.batches(2)]
    ('mine', 3, [(2, 2), (1, 2)])
    """
    check_shape(x, name)
    n, d = x.shape

    def blocks(size: int) -> Iterator[np.ndarray]:
        yield from (x[at : at + size] for at in range(0, n, size))

    return Vectors(None, n, d, x.dtype, Source(n, d, x.dtype, blocks), name)


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
