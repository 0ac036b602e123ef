"""What every format of vectors comes down to: a size, a way to read batches, and the shapes of vectors."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from latentlab.errors import LatentsError
from latentlab.results.vectors.vector_hints import ONE_VECTOR

_SHOWN = 5
"""So many names are listed in a message."""
_LONGEST = 120
"""Characters of a name in a message."""


@dataclass(frozen=True)
class Source:
    """The size of a cloud in a file, and its rows."""

    n: int
    d: int
    dtype: np.dtype
    blocks: Callable[[int], Iterator[np.ndarray]]
    """Consecutive rows, at most so many at a time."""
    doubt: str | None = None
    """What should be said of how the file was read."""


def is_vector(shape: Sequence[int]) -> bool:
    """Whether an array of this shape has one meaning as a vector: at most one axis is longer than 1.

    The order of its numbers is then the same whatever the order of the axes.

    >>> is_vector((384,)), is_vector((1, 384)), is_vector((12, 384)), is_vector(())
    (True, True, False, False)
    """
    return len(shape) > 0 and sum(size != 1 for size in shape) <= 1


def rows_and_width(where: object, shape: Sequence[int]) -> tuple[int, int]:
    """(n, d) of an array whose rows are vectors: (n, d), or with further axes of length 1.

    Raises:
        LatentsError: Rows are no vectors, or there are none; `where` is named.
    """
    if 0 in shape:
        what = "rows" if not shape[0] else "numbers in a row"
        raise LatentsError(f"{where}: there are no {what}, the shape is {tuple(shape)}", "give another file")
    if not is_vector(shape[1:]):
        if len(shape) < 2:
            hint = "x.reshape(-1, d) makes rows of d numbers"
        else:
            hint = "x[0] is what a batch of one holds" if shape[0] == 1 else ONE_VECTOR
        raise LatentsError(f"{where}: expected vectors of shape (n, d), got shape {tuple(shape)}", hint)
    return shape[0], max(shape[1:])


def shown(name: str) -> str:
    """A name out of a file, fit for one line of a message."""
    short = name if len(name) <= _LONGEST else name[:_LONGEST] + "…"
    return short if short.isprintable() else ascii(short)


def listed(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return (", ".join(map(shown, every[:_SHOWN])) or "none") + more
