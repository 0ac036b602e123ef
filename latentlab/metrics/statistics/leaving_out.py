"""A cloud without one shard, and without two, from products of the shards' sums: no second look at the rows.

What is left without two shards shows how much of a jackknife variance is of second order. Where a metric is
at a stationary point (no mean direction, a round covariance), its first-order part vanishes and the jackknife
is too wide, by a factor up to 1.41.
Source: Efron & Stein 1981, Annals of Statistics 9:586, section 5.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from latentlab.metrics.streaming.products import Products
from latentlab.metrics.streaming.second_moments import unbiased_traces
from latentlab.metrics.streaming.sums import Sums

DEGENERATE = 1 / 3
"""Second-order share of the jackknife variance from which on it is taken off. Below, the standard error is
too wide by 22 % at most, and the share is hardly known."""
MOST = 0.5
"""The share where there is no first-order part at all."""

Out = Literal[0, 1, 2]
"""How many shards are left out."""


@dataclass(frozen=True)
class LeftOut:
    """One statistic of all rows, without each of k shards, and without each pair of them."""

    whole: float
    each: Float[np.ndarray, " k"]
    pairs: Float[np.ndarray, "k k"]
    """The diagonal has no meaning."""

    def narrowing(self) -> float:
        r"""What a jackknife standard error is to be multiplied by: 1, or less where the second order rules.

        .. math:: \sqrt{1 - s}, \quad s = \frac{\sum_{g < h} (Q_{gh} - \bar Q)^2 / (k (k - 1))}{\tfrac{k -
            1}{k} \sum_g (\theta_{(g)} - \bar\theta)^2}, \quad Q_{gh} = k \theta - (k - 1)(\theta_{(g)} +
            \theta_{(h)}) + (k - 2) \theta_{(gh)}
        """
        k = len(self.each)
        with np.errstate(invalid="ignore"):  # where one is not defined
            q = k * self.whole - (k - 1) * (self.each[:, None] + self.each) + (k - 2) * self.pairs
            variance = (k - 1) / k * float(np.sum((self.each - self.each.mean()) ** 2))
        q = q[np.triu_indices(k, 1)]
        if k < 3 or not np.isfinite(q).all() or not variance > 0:
            return 1.0
        share = float(q.var()) / 2 / variance
        return 1.0 if share < DEGENERATE else math.sqrt(1 - min(share, MOST))


def mean_cosine_left_out(shards: Sums) -> LeftOut:
    """The mean cosine; shards without rows are passed over."""
    at = list(shards.filled())
    units, count = shards.unit_total[at], shards.directed[at].astype(np.float64)
    gram = units @ units.T

    def value(out: Out) -> np.ndarray:
        n = _rest(count, out)
        return np.asarray((_rest_product(gram, out) - n) / (n * (n - 1)))

    return _left_out(value)


def mean_energy_ratio_left_out(shards: Sums, pilot: Float[np.ndarray, " d"]) -> LeftOut:
    """The mean energy ratio."""
    at = list(shards.filled())
    count = shards.n[at].astype(np.float64)
    total = shards.total[at] + count[:, None] * pilot
    energy = shards.square[at].sum(axis=1) + 2 * shards.total[at] @ pilot + count * float(pilot @ pilot)
    gram = total @ total.T

    def value(out: Out) -> np.ndarray:
        n, e = _rest(count, out), _rest(energy, out)
        return np.asarray((_rest_product(gram, out) - e) / ((n - 1) * e))

    return _left_out(value)


def participation_ratio_left_out(shards: Sums) -> LeftOut:
    """The debiased participation ratio, without what is of third order in a shard."""
    p = Products.of(shards)
    n, length, quartic, inner = p.n, p.length, p.quartic, p.inner
    scatter = shards.scatter.sum(axis=0) - n.sum() * np.outer(p.centre, p.centre)
    totals, thirds, forms = p.total @ p.total.T, p.cubic @ p.total.T, p.total @ scatter @ p.total.T

    def value(out: Out) -> np.ndarray:
        rows = _rest(n, out)
        square = _of_out(totals, out)
        mean = square / rows**2
        squares = _rest_product(inner, out) - 2 * _of_out(forms, out) / rows + square**2 / rows**2
        beside = (_of_out(thirds, out) - _out(thirds.sum(axis=0), out)) / rows
        fourth = _rest(quartic, out) - 4 * beside + 4 * _of_out(forms, out) / rows**2
        fourth += 2 * mean * _rest(length, out) - 3 * rows * mean**2
        spread = (_rest(length, out) - square / rows) / (rows - 1)
        up, down = unbiased_traces(rows, spread, squares / (rows - 1) ** 2, fourth)
        return np.asarray(up / down)

    return _left_out(value)


def _left_out(value: Callable[[Out], np.ndarray]) -> LeftOut:
    # Not finite where too few rows are left, or where these do not vary.
    with np.errstate(divide="ignore", invalid="ignore"):
        return LeftOut(float(value(0)), value(1), value(2))


def _out(by_shard: Float[np.ndarray, " k"], out: Out) -> np.ndarray:
    """The sum over what is left out."""
    if out == 0:
        return np.zeros(())
    return by_shard if out == 1 else by_shard[:, None] + by_shard


def _of_out(products: Float[np.ndarray, "k k"], out: Out) -> np.ndarray:
    """The product of what is left out with itself."""
    own = np.diagonal(products)
    return _out(own, out) + products + products.T if out == 2 else _out(own, out)


def _rest(by_shard: Float[np.ndarray, " k"], out: Out) -> np.ndarray:
    """The sum over what is left."""
    return np.asarray(by_shard.sum() - _out(by_shard, out))


def _rest_product(products: Float[np.ndarray, "k k"], out: Out) -> np.ndarray:
    """The product of what is left with itself, of a symmetric table."""
    return np.asarray(products.sum() - 2 * _out(products.sum(axis=0), out) + _of_out(products, out))
