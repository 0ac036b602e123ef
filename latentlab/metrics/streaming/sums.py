"""Sums over the rows of a cloud, around a pilot: what is added in the one pass, and what is read from it.

A `Sums` holds k groups side by side (the shards of a state, or a single group). Groups add and subtract, so
the whole without a shard needs no second look at the data.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float, Float64, Int64

_ROWS = 128
"""Looked at at a time, in arrays that stay in a core's own cache."""
_TINY = {4: 1e-15, 8: 1e-140}
"""By bytes a number: norms whose squares have lost digits."""


@dataclass(frozen=True)
class Sums:
    """Sums of k groups in d dimensions; y = x - pilot, u = x / ‖x‖ for rows that are not zero."""

    n: Int64[np.ndarray, " k"]
    total: Float64[np.ndarray, "k d"]
    """Σ y."""
    square: Float64[np.ndarray, "k d"]
    """Σ y²."""
    scatter: Float64[np.ndarray, "k s s"]
    """Σ y yᵀ; of width 0 where it is not summed up."""
    third: Float64[np.ndarray, "k d"]
    """Σ y³."""
    fourth: Float64[np.ndarray, "k d"]
    """Σ y⁴."""
    cubic: Float64[np.ndarray, "k d"]
    """Σ ‖y‖² y."""
    quartic: Float64[np.ndarray, " k"]
    """Σ ‖y‖⁴."""
    directed: Int64[np.ndarray, " k"]
    """Rows that are not zero."""
    unit_total: Float64[np.ndarray, "k d"]
    """Σ u."""
    unit_square: Float64[np.ndarray, "k d"]
    """Σ u²."""

    @classmethod
    def zeros(cls, d: int, groups: int, *, products: bool = True) -> "Sums":
        """Nothing counted yet; without `products` nothing will be as large as d × d."""
        counts = [np.zeros(groups, dtype=np.int64) for _ in range(2)]
        total, square, third, fourth, cubic, units, squares = (np.zeros((groups, d)) for _ in range(7))
        side = d if products else 0
        scatter, quartic = np.zeros((groups, side, side)), np.zeros(groups)
        return cls(
            counts[0], total, square, scatter, third, fourth, cubic, quartic, counts[1], units, squares
        )

    def count(
        self,
        g: int,
        x: Float[np.ndarray, "n d"],
        at: Int64[np.ndarray, " k"],
        pilot: Float[np.ndarray, " d"],
        units: Float[np.ndarray, "k d"] | None = None,
    ) -> None:
        """Add the rows `at` of x to group g, in place, and write their directions to `units` if it is given.

        Products are taken in the precision of `x`.
        """
        dtype, d, products = x.dtype, x.shape[1], bool(self.scatter.shape[1])
        shifted = np.empty((len(at), d), dtype)
        rows, square, power = (np.empty((min(_ROWS, len(at)), d), dtype) for _ in range(3))
        across, down = np.ones(d, dtype), np.ones(_ROWS, dtype)
        with np.errstate(over="ignore", invalid="ignore"):  # whoever calls looks at the sums
            for start in range(0, len(at), _ROWS):
                k = min(_ROWS, len(at) - start)
                r, s, p, y, ones = rows[:k], square[:k], power[:k], shifted[start : start + k], down[:k]
                np.take(
                    x, at[start : start + k], axis=0, out=r, mode="clip"
                )  # the other modes copy once more
                np.subtract(r, pilot, out=y)
                np.multiply(y, y, out=s)
                self.total[g] += ones @ y
                if not products:
                    self.square[g] += ones @ s
                self.third[g] += ones @ np.multiply(s, y, out=p)
                self.fourth[g] += ones @ np.multiply(s, s, out=p)
                length = s @ across
                self.cubic[g] += length @ y
                self.quartic[g] += float(np.sum(np.square(length, dtype=np.float64)))
                np.multiply(r, r, out=s)
                norm = np.sqrt(s @ across)
                if (small := norm < _TINY[dtype.itemsize]).any():
                    # Squares that vanish: as directions, the rows may be multiplied by what they need.
                    largest = np.max(np.abs(r[small]), axis=1, keepdims=True)
                    r[small] = np.divide(r[small], largest, out=np.zeros_like(r[small]), where=largest > 0)
                    s[small] = r[small] ** 2
                    norm = np.sqrt(s @ across)
                inverse = np.divide(1, norm, out=np.zeros_like(norm), where=norm > 0)
                self.directed[g] += np.count_nonzero(norm)
                self.unit_total[g] += inverse @ r
                self.unit_square[g] += inverse**2 @ s
                if units is not None:
                    np.multiply(r, inverse[:, None], out=units[start : start + k])
            if products:
                product = shifted.T @ shifted
                self.scatter[g] += product
                self.square[g] += product.diagonal()
        self.n[g] += len(at)

    def plus(self, other: "Sums") -> "Sums":
        """Group by group."""
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def minus(self, groups: "Sums", g: int) -> "Sums":
        """A single group without group g of others."""
        return Sums(*(getattr(self, f.name) - getattr(groups, f.name)[g] for f in fields(self)))

    def taken(self, groups: list[int]) -> "Sums":
        """Some of the groups as one."""
        return Sums(*(getattr(self, f.name)[groups].sum(axis=0, keepdims=True) for f in fields(self)))

    def added(self) -> "Sums":
        """All groups as one."""
        return Sums(*(getattr(self, f.name).sum(axis=0, keepdims=True) for f in fields(self)))

    def quartic_about_mean(self) -> float:
        """Σ ‖x − x̄‖⁴ of a single group."""
        n, m = int(self.n[0]), self.total[0] / self.n[0]
        square, length = float(m @ m), float(self.square[0].sum())
        bent = float(m @ self.scatter[0] @ m)
        fourth = float(self.quartic[0]) - 4 * float(self.cubic[0] @ m) + 4 * bent
        return max(fourth + 2 * square * length - 3 * n * square**2, 0.0)

    def filled(self) -> Iterator[int]:
        """Groups that have rows."""
        return iter(np.flatnonzero(self.n).tolist())
