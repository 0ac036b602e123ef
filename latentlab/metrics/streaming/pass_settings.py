"""What a pass over a cloud is set to, how its rows are cut into batches, and in what precision it runs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError
from latentlab.metrics.streaming.sharding import SHARDS

SUBSAMPLE = 3000
"""Default number of rows kept for metrics of pairs."""
NUMBERS = 1 << 25
"""In a batch: 134 MB of float32. Smaller ones leave each shard too few rows for a fast product."""


@dataclass(frozen=True)
class Setting:
    """What two states must share to be merged, apart from the pilot."""

    seed: int = 0
    shards: int = SHARDS
    subsample: int = SUBSAMPLE
    directions: bool = True
    """Also sum outer products of directions: the exact jackknife of the mean cosine without a second pass."""
    products: bool = True
    """Sum outer products of the rows. Without them all rows must be kept (`wide.in_span`)."""
    grouped: bool = False
    """Rows come in groups, told with them: whole groups lie in a shard, and one row of each is kept."""


def in_batches(x: Float[np.ndarray, "n d"], size: int = 0) -> Iterator[Float[np.ndarray, "m d"]]:
    """Consecutive rows, `size` at a time, by default `NUMBERS` numbers; nothing is copied."""
    size = size or max(1, NUMBERS // x.shape[1])
    for at in range(0, len(x), size):
        yield x[at : at + size]


def working_precision(dtype: np.dtype) -> np.dtype:
    """float32 for half precision and single, float64 for double."""
    if not np.issubdtype(dtype, np.floating):
        raise LatentsError(f"expected floating-point numbers, got {dtype}")
    return np.dtype(np.float64) if dtype.itemsize > 4 else np.dtype(np.float32)


def joined_ranges(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted half-open ranges of row numbers, with neighbours made one.

    >>> joined_ranges([(0, 3), (3, 5), (7, 8)])
    [(0, 5), (7, 8)]
    """
    joined = [ranges[0]]
    for start, end in ranges[1:]:
        if start == joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
