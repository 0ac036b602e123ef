"""Sums over the rows of a cloud, around a pilot: what is added in the one pass, and what is read from it.

A `Sums` holds k groups side by side (the shards of a state, or a single group). Groups add and subtract, so
the whole without a shard needs no second look at the data.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float, Float64, Int64


@dataclass(frozen=True)
class Sums:
    """Sums of k groups in d dimensions; y = x - pilot, u = x / ‖x‖ for rows that are not zero."""

    n: Int64[np.ndarray, " k"]
    total: Float64[np.ndarray, "k d"]
    """Σ y."""
    scatter: Float64[np.ndarray, "k d d"]
    """Σ y yᵀ."""
    third: Float64[np.ndarray, "k d"]
    """Σ y³."""
    fourth: Float64[np.ndarray, "k d"]
    """Σ y⁴."""
    directed: Int64[np.ndarray, " k"]
    """Rows that are not zero."""
    unit_total: Float64[np.ndarray, "k d"]
    """Σ u."""
    unit_square: Float64[np.ndarray, "k d"]
    """Σ u²."""

    @classmethod
    def zeros(cls, d: int, groups: int) -> "Sums":
        """Nothing counted yet."""
        flat = [np.zeros((groups, d)) for _ in range(5)]
        counts = [np.zeros(groups, dtype=np.int64) for _ in range(2)]
        square = np.zeros((groups, d, d))
        return cls(counts[0], flat[0], square, flat[1], flat[2], counts[1], flat[3], flat[4])

    def count(self, g: int, x: Float[np.ndarray, "n d"], pilot: Float[np.ndarray, " d"]) -> np.ndarray:
        """Add rows to group g, in place; products in the precision of `x`. Returns the rows' directions."""
        y = x - pilot
        squared = y * y
        self.n[g] += len(x)
        self.total[g] += y.sum(axis=0)
        self.scatter[g] += y.T @ y
        self.third[g] += np.einsum("ij,ij->j", squared, y)
        self.fourth[g] += np.einsum("ij,ij->j", squared, squared)
        norm = np.sqrt(np.einsum("ij,ij->i", x, x))
        self.directed[g] += np.count_nonzero(norm)
        norm[norm == 0] = 1
        u = x / norm[:, None]
        self.unit_total[g] += u.sum(axis=0)
        self.unit_square[g] += np.einsum("ij,ij->j", u, u)
        return np.asarray(u)

    def plus(self, other: "Sums") -> "Sums":
        """Group by group."""
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def added(self) -> "Sums":
        """All groups as one."""
        return Sums(*(getattr(self, f.name).sum(axis=0, keepdims=True) for f in fields(self)))

    @property
    def squares(self) -> Float64[np.ndarray, "k d"]:
        """Σ y²."""
        return np.asarray(np.einsum("kii->ki", self.scatter))

    def filled(self) -> Iterator[int]:
        """Groups that have rows."""
        return iter(np.flatnonzero(self.n).tolist())
