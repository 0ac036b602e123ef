"""Rows that repeat others, exactly or nearly: found by distance in the neighbour lists of a sample.

A copy is no evidence of its own: intervals that count it are too narrow, and it stays among the neighbours of
others, where it spoils what is read from distances. Rows within rounding of each other are one row. Near
copies are told by a gap in a row's neighbour list that no smooth cloud of that dimension would have.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from latentlab.metrics.neighbours import Found

ROUNDING = 2e-6
"""Of the root mean square norm: what single precision makes of equal vectors."""
TINY = 1e-3
"""Of the median distance to the last neighbour listed: half precision rounds coarser than `ROUNDING`."""
GAP = 4.0
"""How many times farther the next neighbour is than a near copy, at least."""
CHANCE = 0.01
"""Share of rows with such a gap in a smooth cloud, at most: in few dimensions the gap has to be wider."""
TELLING = 0.05
"""Share of rows with copies from which on intervals suffer: a twentieth doubled widens them by 5 %."""
FEWEST, LISTED = 5, 16


@dataclass(frozen=True)
class Copies:
    """What a sample says of repeated rows."""

    sampled: int
    """Rows looked at."""
    exact: int
    """Of these, rows that repeat another up to rounding."""
    near: int
    """Of the others, rows that have a near copy among them."""
    rows: int
    """In all."""

    @property
    def telling(self) -> bool:
        """Whether, in all rows, `TELLING` of them or more would have a copy."""
        found = self.exact + self.near
        return found >= FEWEST and found / self.sampled * self.rows / self.sampled >= TELLING


def repeats(x: Float[np.ndarray, "rows d"], found: Found) -> Bool[np.ndarray, " rows"]:
    """Rows that repeat an earlier one up to rounding; `found` are Euclidean lists of the same rows.

    >>> from latentlab.metrics.neighbours import nearest
    >>> x = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1e-9], [2.0, 2.0]])
    >>> repeats(x, nearest(x, 2)).tolist()
    [False, False, True, False]
    """
    distances, indices = found
    norm = math.sqrt(float(np.mean(np.sum(x**2, axis=1))))
    close = distances <= max(ROUNDING * norm, TINY * float(np.median(distances[:, -1])))
    result = np.zeros(len(x), dtype=bool)
    if not close.any():
        return result
    from scipy.sparse import coo_array  # rarely needed, and slow to import
    from scipy.sparse.csgraph import connected_components

    row, column = np.nonzero(close)
    links = coo_array((np.ones(len(row)), (row, indices[row, column])), shape=(len(x), len(x)))
    labels = connected_components(links, directed=False)[1]
    result[:] = True
    result[np.unique(labels, return_index=True)[1]] = False
    return result


def near_copies(found: Found) -> Int[np.ndarray, " m"]:
    """Rows with a near copy: somewhere in their list the next neighbour is `GAP` times farther, or more.

    Where the local dimension D is low the gap has to be wider, for a ratio above g then comes by chance, with
    probability g to the power of -D. D is read from the far half of the lists.
    """
    distances = found[0]
    k = distances.shape[1]
    if k < LISTED:
        return np.zeros(0, dtype=np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        far = float(np.median(np.log(distances[:, -1] / distances[:, k // 2])))
        ratios = distances[:, 1:] / distances[:, :-1]
    if not far > 0 or not math.isfinite(far):
        return np.zeros(0, dtype=np.int64)
    dimension = math.log((k - 1) / (k // 2)) / far
    gap = max(GAP, CHANCE ** (-1 / dimension)) if dimension > 0.1 else math.inf
    return np.flatnonzero(np.any(ratios > gap, axis=1))
