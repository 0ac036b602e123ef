"""What is known of each dimension of a cloud: moments of its values and of the rows' directions.

All metrics of the cone and of rogue dimensions are read from these numbers, whether they come from an array
or from the sums of a pass over a file.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from latentlab.metrics._checks import check_cloud
from latentlab.metrics.streaming.directions import directions
from latentlab.metrics.streaming.sums import Sums


@dataclass(frozen=True)
class Columns:
    """Moments of n rows by dimension; all of length d, population moments (ddof 0)."""

    n: int
    mean: Float[np.ndarray, " d"]
    variance: Float[np.ndarray, " d"]
    third: Float[np.ndarray, " d"]
    """Central."""
    fourth: Float[np.ndarray, " d"]
    """Central."""
    directed: int
    """Rows that are not zero; the next two are sums over them of u = x / ‖x‖."""
    unit_total: Float[np.ndarray, " d"]
    unit_square: Float[np.ndarray, " d"]

    @property
    def energy(self) -> float:
        """Mean squared norm of the rows."""
        return float(self.mean @ self.mean + self.variance.sum())

    @classmethod
    def of_sums(cls, sums: Sums, pilot: Float[np.ndarray, " d"]) -> list["Columns"]:
        """Of each group."""
        flat = (sums.n, sums.total, sums.square, sums.third, sums.fourth)
        units = (sums.directed, sums.unit_total, sums.unit_square)
        return [cls._of(pilot, *(a[g] for a in (*flat, *units))) for g in range(len(sums.n))]

    @classmethod
    def without_each(cls, shards: Sums, pilot: Float[np.ndarray, " d"]) -> list["Columns"]:
        """Of all rows but those of one shard, for each shard that has rows."""
        flat = (shards.n, shards.total, shards.square, shards.third, shards.fourth)
        units = (shards.directed, shards.unit_total, shards.unit_square)
        rests = [(a.sum(axis=0), a) for a in (*flat, *units)]
        return [cls._of(pilot, *(whole - a[g] for whole, a in rests)) for g in shards.filled()]

    @classmethod
    def _of(
        cls,
        pilot: Float[np.ndarray, " d"],
        n: np.int64,
        total: Float[np.ndarray, " d"],
        squares: Float[np.ndarray, " d"],
        third: Float[np.ndarray, " d"],
        fourth: Float[np.ndarray, " d"],
        directed: np.int64,
        unit_total: Float[np.ndarray, " d"],
        unit_square: Float[np.ndarray, " d"],
    ) -> "Columns":
        m, second, third, fourth = total / n, squares / n, third / n, fourth / n
        return cls(
            n=int(n),
            mean=pilot + m,
            variance=np.maximum(second - m**2, 0.0),
            third=third - 3 * m * second + 2 * m**3,
            fourth=np.maximum(fourth - 4 * m * third + 6 * m**2 * second - 3 * m**4, 0.0),
            directed=int(directed),
            unit_total=unit_total,
            unit_square=unit_square,
        )


def columns(x: Float[np.ndarray, "n d"] | Columns) -> Columns:
    """From an array, or as they are.

    >>> columns(np.array([[1.0, 2.0], [3.0, 2.0]])).variance.tolist()
    [1.0, 0.0]
    """
    if isinstance(x, Columns):
        return x
    x = check_cloud(x)
    y = x - x[0]
    y -= y.mean(axis=0)
    u = directions(x)
    return Columns(
        n=len(x),
        mean=x[0] + (x - x[0]).mean(axis=0),
        variance=(y**2).mean(axis=0),
        third=(y**3).mean(axis=0),
        fourth=(y**4).mean(axis=0),
        directed=len(u),
        unit_total=u.sum(axis=0),
        unit_square=(u**2).sum(axis=0),
    )
