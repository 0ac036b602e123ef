"""Products of the sums of shards, about the mean of all rows, without a second look at the rows."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from latentlab.metrics.streaming.sums import Sums


@dataclass(frozen=True)
class Products:
    """Sums of the k shards that have rows; y = x - mean of all rows."""

    n: Float[np.ndarray, " k"]
    centre: Float[np.ndarray, " d"]
    """The mean of all rows, from the pilot."""
    total: Float[np.ndarray, "k d"]
    """Σ y."""
    length: Float[np.ndarray, " k"]
    """Σ ‖y‖²."""
    quartic: Float[np.ndarray, " k"]
    """Σ ‖y‖⁴."""
    cubic: Float[np.ndarray, "k d"]
    """Σ ‖y‖² y."""
    inner: Float[np.ndarray, "k k"]
    """Inner product of the matrices Σ y yᵀ of two shards."""

    @classmethod
    def of(cls, shards: Sums) -> "Products":
        """About the mean of all rows, whatever pilot the sums are about."""
        at = list(shards.filled())
        n, total, scatter = shards.n[at].astype(np.float64), shards.total[at], shards.scatter[at]
        trace = shards.square[at].sum(axis=1)
        c = total.sum(axis=0) / n.sum()
        cc, along, bent = float(c @ c), total @ c, scatter @ c
        length = trace - 2 * along + n * cc
        quartic = shards.quartic[at] - 4 * shards.cubic[at] @ c + 4 * bent @ c
        quartic += 2 * cc * trace - 4 * cc * along + n * cc**2
        cubic = shards.cubic[at] - 2 * bent + cc * total - np.outer(length, c)
        flat, cross, mixed = scatter.reshape(len(n), -1), bent @ total.T, bent @ c - 2 * cc * along
        inner = flat @ flat.T - 2 * (cross + cross.T) + 2 * cc * (total @ total.T)
        inner += 2 * np.outer(along, along) + np.outer(mixed, n) + np.outer(n, mixed)
        inner += cc**2 * np.outer(n, n)
        return cls(n, c, total - np.outer(n, c), length, quartic, cubic, inner)
