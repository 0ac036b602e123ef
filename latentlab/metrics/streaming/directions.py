"""Directions of the rows, u = x / ‖x‖, and their sums in double precision without a copy of the rows.

Rows of zeros have no direction. Parts are small enough for the processor's cache: what costs is to read the
rows, once for the sum S of all u and once for the products u · S.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Float64

from latentlab.metrics.streaming.threads import each

_PART, _ROWS = 2048, 256
"""Rows a thread takes at a time, and looks at at a time."""
_TINY = 1e-140
"""Squares of smaller norms vanish in double precision."""


def directions(x: Float[np.ndarray, "n d"]) -> Float64[np.ndarray, "m d"]:
    """Unit vectors of the rows that are not zero.

    >>> directions(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8]]
    """
    y, norm = _with_norms(x)
    return np.asarray(y / norm[:, None])


def sum_of_directions(
    x: Float[np.ndarray, "n d"],
) -> tuple[Float64[np.ndarray, " d"], Float64[np.ndarray, " m"]]:
    """Σ u, and the norms of the rows that are not zero (up to a factor where rows of zeros are among them).

    NaN where a row of half or single precision is not finite.

    >>> total, norms = sum_of_directions(np.array([[3.0, 0.0], [0.0, 2.0], [0.0, 0.0]], dtype=np.float32))
    >>> total.tolist(), norms.tolist()
    ([1.0, 1.0], [1.0, 1.0])
    """

    def work(part: Float[np.ndarray, "m d"]) -> tuple[Float64[np.ndarray, " d"], list[np.ndarray]]:
        total, norms = np.zeros(x.shape[1]), []
        with np.errstate(invalid="ignore"):  # infinity times zero
            for y, norm in _looks(part):
                total += (1 / norm) @ y
                norms.append(norm)
        return total, norms

    parts = each(work, _parts(x))
    return np.sum([total for total, _ in parts], axis=0), np.concatenate([v for _, vs in parts for v in vs])


def spread_along(
    x: Float[np.ndarray, "n d"], axis: Float64[np.ndarray, " d"], norms: Float64[np.ndarray, " m"]
) -> float:
    """Sum of squared distances of u · axis from its mean; `norms` are those that `sum_of_directions` gives.

    >>> x = np.array([[3.0, 0.0], [0.0, 2.0]])
    >>> spread_along(x, np.array([2.0, 5.0]), sum_of_directions(x)[1])  # 2 and 5
    4.5
    """
    if x.dtype == np.float32 and len(norms) == len(x):
        with np.errstate(over="ignore", invalid="ignore"):
            values = (x @ axis.astype(np.float32)) / norms
            spread = float(np.sum((values - values.mean()) ** 2))
        # A product has a rounding error of about 1e-6 |axis|, independent from row to row.
        if spread > 1e-6 * len(x) * float(axis @ axis):
            return spread
    values = along(x, axis)
    return float(np.sum((values - values.mean()) ** 2))


def along(x: Float[np.ndarray, "n d"], axis: Float64[np.ndarray, " d"]) -> Float64[np.ndarray, " m"]:
    """Products u · axis of the rows that are not zero.

    >>> along(np.array([[3.0, 0.0], [0.0, 2.0], [0.0, 0.0]]), np.array([2.0, 5.0])).tolist()
    [2.0, 5.0]
    """

    def work(part: Float[np.ndarray, "m d"]) -> Float64[np.ndarray, " k"]:
        return np.concatenate([(y @ axis) / norm for y, norm in _looks(part)])

    return np.concatenate(each(work, _parts(x)) or [np.zeros(0)])


def _parts(x: Float[np.ndarray, "n d"]) -> Iterator[Float[np.ndarray, "m d"]]:
    return (x[at : at + _PART] for at in range(0, len(x), _PART))


def _looks(x: Float[np.ndarray, "n d"]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """`_with_norms` of a few rows at a time; what it gives is overwritten by the next."""
    buffer = np.empty((min(_ROWS, len(x)), x.shape[1]))
    for at in range(0, len(x), _ROWS):
        rows = x[at : at + _ROWS]
        y = buffer[: len(rows)]
        y[:] = rows
        yield _with_norms(y)


def _with_norms(x: Float[np.ndarray, "n d"]) -> tuple[Float64[np.ndarray, "m d"], Float64[np.ndarray, " m"]]:
    """The rows that are not zero in double precision, up to a factor each, and their norms."""
    y = np.asarray(x, dtype=np.float64)
    norm = np.sqrt(np.einsum("ij,ij->i", y, y))
    if norm.size and norm.min() < _TINY:
        y = y[y.any(axis=1)]
        y = y / np.max(np.abs(y), axis=1, keepdims=True)
        norm = np.sqrt(np.einsum("ij,ij->i", y, y))
    return y, norm
