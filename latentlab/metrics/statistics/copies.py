"""Rows that repeat others, exactly or nearly: found by distance in a sample.

A copy is no evidence of its own: intervals that count it are too narrow, and it stays among the neighbours of
others, where it spoils what is read from distances. Rows within rounding of each other are one row. A near
copy is much nearer than rows of a smooth cloud of that size and dimension come to each other; both are read
from the distances to a tenth and to three tenths of all rows, which no copies of a few rows can reach.
"""

import math
from dataclasses import asdict, dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from latentlab.metrics.streaming.neighbours import Found

ROUNDING = 2e-6
"""Of the root mean square norm: what single precision makes of equal vectors."""
TINY = 2e-3
"""Of the usual distance to the nearest row: half precision rounds coarser than `ROUNDING`."""
GAPS = (2.5, 10.0)
"""How many times nearer than usual a near copy is, at least. Of the larger gap chance gives next to none: few
copies that are so near are seen among many rows that are no copies."""
CHANCE = 0.01
"""Share of rows of a smooth cloud that are so near another, at most: few dimensions take a larger gap."""
TELLING = 0.05
"""Share of rows with copies from which on intervals suffer: a twentieth doubled widens them by 5 %."""
FEWEST = 5
COPIES = "copies of others, exactly or nearly"
SAME_ROW = ", exactly or to .2 % of the usual distance"
"""What is said of a row within `ROUNDING` or `TINY` of another."""
CROWD = 5.0
"""How many times nearer than usual a row is than the end of a list of neighbours that are all its copies."""
ANCHORS, NEAR_SHARE, FAR_SHARE = 200, 0.1, 0.3


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
    chance: float = 0.0
    """Share of rows that would be as near another in a smooth cloud."""

    def to_json(self) -> dict[str, object]:
        """Plain values for a report."""
        return asdict(self)

    @property
    def telling(self) -> bool:
        """Whether, in all rows, `TELLING` of them or more would have a copy, beyond what chance gives."""
        found = self.exact + self.beyond_chance
        return found >= FEWEST and found / self.sampled * self.rows / self.sampled >= TELLING

    @property
    def beyond_chance(self) -> float:
        """Rows with a near copy beyond three times what chance gives."""
        return max(self.near - 3 * self.chance * self.sampled, 0.0)


@dataclass(frozen=True)
class Spacing:
    """How near rows of a smooth cloud come to each other."""

    nearest: float
    """Usual distance of a row to its nearest neighbour."""
    dimension: float

    def near(self, gap: float) -> tuple[float, float]:
        """Distance below which another row is a near copy, and the share of rows that have one by chance."""
        part = min(1 / gap, CHANCE ** (1 / self.dimension))
        return part * self.nearest, part**self.dimension

    def dense(self, ordered: Float[np.ndarray, "rows k"], distance: float) -> Float[np.ndarray, "rows 1"]:
        """The same distance row by row, less where all that is around a row is near.

        A cloud may be denser in one place than in another. Only where the list of neighbours ends far inside
        what is usual, as in a crowd of more copies than the list is long, does the usual distance stand.
        """
        last, k = ordered[:, -1:], ordered.shape[1]
        around = last * (1 / k) ** (1 / self.dimension) * (distance / self.nearest)
        crowd = last <= CHANCE ** (1 / self.dimension) * self.nearest / CROWD
        return np.where(crowd, distance, np.minimum(distance, around))


def spacing(x: Float[np.ndarray, "rows d"]) -> Spacing | None:
    """From the distances of some rows to a tenth and three tenths of all; None where these do not show it.

    The share of rows within a distance r grows as r to the power of the dimension, and the nearest of n rows
    is where one n-th of them lies.

    >>> x = np.random.default_rng(0).uniform(size=(1000, 2))
    >>> round(spacing(x).dimension, 1), round(spacing(np.repeat(x, 3, axis=0)).dimension, 1)
    (1.7, 1.7)
    """
    n = len(x)
    anchors = np.arange(0, n, max(1, n // ANCHORS))
    squares = np.sum(x**2, axis=1)
    between = squares[anchors, None] + squares - 2 * x[anchors] @ x.T
    between[np.arange(len(anchors)), anchors] = np.inf
    ranks = [max(int(share * (n - 1)), 1) for share in (NEAR_SHARE, FAR_SHARE)]
    if ranks[0] == ranks[1]:
        return None
    ordered = np.partition(np.maximum(between, 0.0), ranks, axis=1)[:, ranks]
    near, far = np.median(np.sqrt(ordered), axis=0)
    if not 0 < near < far:
        return None
    dimension = math.log(ranks[1] / ranks[0]) / math.log(far / near)
    return Spacing(float(near) * (1 / ranks[0]) ** (1 / dimension), dimension)


def repeats(
    x: Float[np.ndarray, "rows d"], found: Found, within: Float[np.ndarray, "rows 1"] | None = None
) -> Bool[np.ndarray, " rows"]:
    """Rows that repeat an earlier one up to rounding; `found` are Euclidean lists of the same rows.

    With `within`, a distance for each row, rows so near another repeat it too, directly or over others.

    >>> from latentlab.metrics.streaming.neighbours import nearest
    >>> x = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1e-9], [2.0, 2.0]])
    >>> repeats(x, nearest(x, 2)).tolist()
    [False, False, True, False]
    """
    distances, indices = found
    norm = math.sqrt(float(np.mean(np.sum(x**2, axis=1))))
    usual = spacing(x) if within is None else None
    if usual is not None:
        within = np.full((len(x), 1), min(TINY, CHANCE ** (2 / usual.dimension)) * usual.nearest)
    close = distances <= np.maximum(ROUNDING * norm, 0.0 if within is None else within)
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


def distinct_rows(
    x: Float[np.ndarray, "rows d"], found: Found, rows: int | None = None
) -> tuple[Bool[np.ndarray, " rows"], Copies]:
    """Which rows to keep so that none repeats another, and what was seen; `rows` is how many there are.

    Copies up to rounding go always; near copies where there are so many that they are no chance.

    >>> from latentlab.metrics.streaming.neighbours import nearest
    >>> x = np.random.default_rng(0).standard_normal((300, 6))
    >>> both = np.concatenate([x, x[:100] * 1.01])
    >>> kept, copies = distinct_rows(both, nearest(both, 32))
    >>> int(kept.sum()), copies.exact, copies.near, copies.telling
    (300, 0, 200, True)
    """
    kept = ~repeats(x, found)
    copies, within = Copies(len(x), int(np.sum(~kept)), 0, len(x) if rows is None else rows), None
    usual = spacing(x[kept])
    if usual is not None:
        for gap in GAPS:
            distance, chance = usual.near(gap)
            limit = usual.dense(found[0], distance)
            # A copy up to rounding is no near copy.
            close = (found[0] <= limit) & (found[0] > 0) & kept[found[1]]
            seen = replace(copies, near=int(np.sum(close.any(axis=1) & kept)), chance=chance)
            if within is None or seen.beyond_chance > copies.beyond_chance:
                copies, within = seen, limit
    if copies.beyond_chance >= FEWEST and copies.telling:
        kept = ~repeats(x, found, within)
    return kept, copies
