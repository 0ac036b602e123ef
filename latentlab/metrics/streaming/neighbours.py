"""Work on all pairs of rows: the nearest others of every row, and sums of a kernel over all others.

Both are exact, with no random subset, and go block by block: beside copies of the vectors they hold tens of
megabytes at any n. A neighbour list knows order and distance alone: it is blind to where the cloud lies and
to everything beyond its last entry. A row is no neighbour of itself by its number, not by its distance, so
that an exact copy stays a neighbour at distance 0; ties go to the lowest number.

Products of float32 are fast and too coarse to rank by: they only propose candidates. Candidates are ranked by
float64 differences, and a row for which rounding might have hidden a true neighbour is done again.
"""

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from latentlab.errors import LatentsError
from latentlab.metrics._checks import check_cloud
from latentlab.metrics.statistics.jackknife import deal
from latentlab.metrics.streaming.directions import directions
from latentlab.metrics.streaming.sharding import SHARDS

SPARE = 12
"""Neighbours kept beyond the k of a metric, so that k are left without a shard: the chance that more than 12
of 32 are in one given shard of 50 is about 1e-14."""

Metric = Literal["euclidean", "cosine"]
Found = tuple[Float[np.ndarray, "rows k"], Int[np.ndarray, "rows k"]]
"""Distances and row numbers of the nearest others, nearest first."""

_WORK = 48_000_000  # bytes that one block may take
_MORE = 8  # candidates beyond k: enough for the certificate to hold in all but crowded places


def nearest(
    x: Float[np.ndarray, "rows d"], k: int, *, metric: Metric = "euclidean", block: int = 1024
) -> Found:
    r"""The k nearest other rows of every row.

    .. math:: \lVert x_i - x_j \rVert \quad\text{or}\quad 1 - \cos(x_i, x_j) = \lVert u_i - u_j \rVert^2 / 2

    The form on the right keeps its digits where the cosine is near 1. `block` bounds the rows done at once.
    Zero rows have no cosine and are refused: drop them first.

    >>> distances, indices = nearest(np.array([[0.0], [1.0], [3.0], [3.0]]), 2)
    >>> distances.tolist(), indices.tolist()
    ([[1.0, 3.0], [1.0, 2.0], [0.0, 2.0], [0.0, 2.0]], [[1, 2], [0, 2], [3, 1], [2, 1]])
    """
    y = check_cloud(x)
    n = len(y)
    if not 1 <= k < n:
        raise LatentsError(f"expected a number of neighbours from 1 to n - 1 = {n - 1}, got {k}")
    if metric == "cosine":
        y = directions(y)
        if len(y) < n:
            raise LatentsError(f"expected rows with a direction, got {n - len(y)} rows of zeros")
    # A power of two rounds nothing away, and the squares of very small numbers no longer vanish.
    exponent = int(np.frexp(np.max(np.abs(y)))[1])
    y = np.ldexp(y, -exponent)
    distances, indices = np.empty((n, k)), np.empty((n, k), dtype=np.int64)
    todo = np.arange(n)
    for dtype in (np.float32, np.float64):
        todo = _by_products(y, todo, dtype, block, distances, indices)
    _by_differences(y, todo, distances, indices)
    if metric == "cosine":
        return np.ldexp(distances**2 / 2, 2 * exponent), indices
    return np.ldexp(distances, exponent), indices


def listed(
    x: Float[np.ndarray, "rows d"], k: int, found: Found | None, *, metric: Metric = "euclidean"
) -> Found:
    """The neighbour lists that were found already, or new ones with some to spare for the jackknife.

    >>> listed(np.arange(20.0).reshape(20, 1), 2, None)[0].shape
    (20, 14)
    """
    if found is None:
        return nearest(x, min(k + SPARE, len(x) - 1), metric=metric)
    if len(found[0]) != len(x) or found[0].shape[1] < k:
        raise LatentsError(
            f"found: expected at least {k} neighbours of {len(x)} rows, got shape {found[0].shape}"
        )
    return found


def lists_left_out(
    found: Found, k: int, *, seed: int
) -> Iterator[tuple[Int[np.ndarray, " left"], Float[np.ndarray, "m nearest"], Int[np.ndarray, "m nearest"]]]:
    """Row numbers, distances and neighbours of what is left without the first shard, the second, and so on.

    The neighbours without a shard are the rest of a longer list, no second search. A row with fewer than k
    left in its list is not among the lists of that turn; its number is among the rows all the same.

    >>> found = nearest(np.arange(6.0).reshape(6, 1), 5)
    >>> [(rows.tolist(), near[0].tolist()) for rows, _, near in lists_left_out(found, 1, seed=0)]
    [([0, 1, 4, 5], [1]), ([0, 1, 2, 3], [1]), ([2, 3, 4, 5], [3])]
    """
    distances, indices = (part[:, : k + SPARE] for part in found)
    shards = deal(len(distances), SHARDS, rng=np.random.default_rng(seed))
    if len(shards) < 2:
        return
    label = np.empty(len(distances), dtype=np.int64)
    for g, rows in enumerate(shards):
        label[rows] = g
    labels = label[indices]
    for g in range(len(shards)):
        rows = np.flatnonzero(label != g)
        here = labels[rows] != g
        here &= np.cumsum(here, axis=1) <= k
        full = here.sum(axis=1) == k
        chosen = here & full[:, None]
        m = int(full.sum())
        yield rows, distances[rows][chosen].reshape(m, k), indices[rows][chosen].reshape(m, k)


def gaussian_sums(
    x: Float[np.ndarray, "n d"], gamma: float, *, block: int = 1024
) -> tuple[Float[np.ndarray, " n"], float]:
    r"""For every row, the sum of a Gaussian kernel over all others; and its squares summed over all pairs.

    .. math:: \sum_{j \ne i} k_{ij}, \quad \sum_{i \ne j} k_{ij}^2, \quad k_{ij} = \exp(-\gamma \lVert x_i -
        x_j \rVert^2)

    >>> sums, squares = gaussian_sums(np.array([[0.0], [1.0], [1.0]]), 1.0)
    >>> sums.round(4).tolist(), round(squares, 4)
    ([0.7358, 1.3679, 1.3679], 2.5413)
    """
    # As in `_by_products`.
    z = (x - x.mean(axis=0)) * math.sqrt(2 * gamma)
    half = np.einsum("nd,nd->n", z, z) / 2
    sums, squares = np.zeros(len(z)), 0.0
    starts = range(0, len(z), block)
    for i in (slice(start, start + block) for start in starts):
        for j in (slice(start, start + block) for start in starts if start >= i.start):
            kernel = z[i] @ z[j].T
            kernel -= half[i, None]
            kernel -= half[j]
            np.exp(np.minimum(kernel, 0, out=kernel), out=kernel)
            if i == j:
                np.fill_diagonal(kernel, 0)
            else:
                sums[j] += kernel.sum(axis=0)
            sums[i] += kernel.sum(axis=1)
            squares += float(np.vdot(kernel, kernel)) * (1 if i == j else 2)
    return sums, squares


def _by_products(
    y: Float[np.ndarray, "rows d"],
    todo: Int[np.ndarray, " todo"],
    dtype: type[np.float32] | type[np.float64],
    block: int,
    distances: Float[np.ndarray, "rows k"],
    indices: Int[np.ndarray, "rows k"],
) -> Int[np.ndarray, " rest"]:
    """Fill in the lists that products of this precision prove; return the rows for which they do not."""
    (n, d), k = y.shape, indices.shape[1]
    # About any point the distances are the same; about one in the middle their products cancel least.
    centred = y - y.mean(axis=0)
    if not centred.any():
        return todo  # a single point: all candidates are as good as each other
    # The bound on the error of a product holds for any order of summation (Higham 2002, section 3.1). With
    # norms shorter by it, norms - 2 products is never above the true squared distance: it proves what is far.
    error = (d + 8) * float(np.finfo(dtype).eps)
    short = (1 - error) * np.einsum("nd,nd->n", centred, centred) - 4 * d * float(np.finfo(dtype).tiny)
    fast, fast_short = centred.astype(dtype, copy=False), short.astype(dtype)
    del centred
    m = min(k + _MORE, n - 1)
    rows_at_once = max(1, min(block, _WORK // (16 * n)))
    rest = [np.empty(0, dtype=np.int64)]
    for start in range(0, len(todo), rows_at_once):
        rows = todo[start : start + rows_at_once]
        below = (-2 * fast[rows]) @ fast.T
        below += fast_short
        below[np.arange(len(rows)), rows] = np.inf
        near = np.argpartition(below, m - 1, axis=1)[:, :m]
        edge = short[rows] + np.take_along_axis(below, near[:, -1:], axis=1)[:, 0]
        exact = _distances(y, rows, near)
        order = np.lexsort((near, exact), axis=1)[:, :k]
        exact, near = np.take_along_axis(exact, order, axis=1), np.take_along_axis(near, order, axis=1)
        rounding = 1 + 4 * (d + 8) * float(np.finfo(np.float64).eps)
        proved = (exact[:, -1] ** 2 * rounding < edge) | (m == n - 1)
        distances[rows[proved]], indices[rows[proved]] = exact[proved], near[proved]
        rest.append(rows[~proved])
    return np.concatenate(rest)


def _distances(
    y: Float[np.ndarray, "rows d"], rows: Int[np.ndarray, " some"], near: Int[np.ndarray, "some m"]
) -> Float[np.ndarray, "some m"]:
    """Distances of some rows to their candidates, from differences: these do not cancel."""
    result = np.empty(near.shape)
    step = max(1, _WORK // (32 * near.shape[1] * y.shape[1]))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        difference = y[near[part]]
        difference -= y[rows[part], None]
        result[part] = np.sqrt(np.einsum("smd,smd->sm", difference, difference))
    return result


def _by_differences(
    y: Float[np.ndarray, "rows d"],
    todo: Int[np.ndarray, " todo"],
    distances: Float[np.ndarray, "rows k"],
    indices: Int[np.ndarray, "rows k"],
) -> None:
    """Fill in the lists of rows in crowded places, from the distances to all others."""
    # Crowds are mostly copies of one point, which need their distances only once.
    groups: dict[bytes, list[int]] = {}
    for row in todo.tolist():
        groups.setdefault(y[row].tobytes(), []).append(row)
    for group in groups.values():
        difference = y - y[group[0]]
        to_all = np.sqrt(np.einsum("nd,nd->n", difference, difference))
        for row in group:
            others = to_all.copy()
            others[row] = np.inf
            indices[row] = np.argsort(others, kind="stable")[: indices.shape[1]]
            distances[row] = others[indices[row]]
