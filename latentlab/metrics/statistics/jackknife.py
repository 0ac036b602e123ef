"""Standard errors of streaming metrics without a second pass: leave out one random shard at a time.

The rows are dealt at random to G shards; each shard is kept as its sufficient statistics, and those of the
others are added. The same seed deals the same sentence to the same shard in every cloud of the same n, which
is what a paired comparison needs.
Source: the delete-a-group jackknife, Kott 2001, J. Official Statistics 17:521.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import accumulate
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from latentlab.metrics.statistics.estimate import Estimate

T = TypeVar("T")


@runtime_checkable
class Mergeable(Protocol):
    """Sufficient statistics that add."""

    def merge(self: T, other: T) -> T:
        """Both together."""
        ...


S = TypeVar("S", bound=Mergeable)


def deal(n: int, shards: int, *, rng: np.random.Generator) -> list[np.ndarray]:
    """Row numbers of each shard: equal shares, and never fewer than two rows, so maybe fewer shards.

    >>> [len(rows) for rows in deal(7, 50, rng=np.random.default_rng(0))]
    [3, 2, 2]
    """
    return np.array_split(rng.permutation(n), max(1, min(shards, n // 2)))


def merged(parts: Sequence[S]) -> S:
    """All shards together."""
    return reduce(lambda whole, part: whole.merge(part), parts)


def left_out(parts: Sequence[S]) -> Iterator[S]:
    """The whole without the first shard, without the second, and so on; nothing if there is only one.

    The others are merged and nothing is taken away: beside one extreme row a difference would be rounding.
    """
    if len(parts) < 2:
        return
    after = list(accumulate(reversed(parts), lambda rest, part: part.merge(rest)))[-2::-1]
    before: S | None = None
    for part, rest in zip(parts, [*after, None], strict=True):
        both = [one for one in (before, rest) if one is not None]
        yield merged(both)
        before = part if before is None else before.merge(part)


def of_one_size(
    replicates: Sequence[float | None], whole: float | None, sizes: Sequence[int], n: int
) -> tuple[float | None, ...]:
    r"""Replicates as if every part left out had the same size: without what their sizes alone do to a bias.

    .. math:: r_g - b (n / m_g - \overline{n / m}), \quad b = \frac{\bar r - \theta}{\overline{n / m} - 1}

    with m_g the rows that replicate g is of. A plug-in value with a bias b at n rows has one of b n / m at m,
    so that parts of unequal sizes spread the replicates by more than chance does. A value without such a bias
    stays as it is. As given where one is not defined.

    >>> [round(r, 3) for r in of_one_size([9.5, 26 / 3], 10.0, [80, 60], 100)]  # 12 - 200 / m alone
    [9.083, 9.083]
    """
    known = np.array(replicates, dtype=np.float64)  # None becomes NaN
    ratio = n / np.asarray(sizes, dtype=np.float64)
    if whole is None or not len(known) or not np.isfinite(known).all():
        return tuple(replicates)
    bias = (known.mean() - whole) / (ratio.mean() - 1)
    return tuple(float(r) for r in known - bias * (ratio - ratio.mean()))


def jackknife(parts: Sequence[S], statistic: Callable[[S], Estimate]) -> Estimate:
    """The statistic of the whole with its delete-one-shard standard error.

    >>> from latentlab.metrics.streaming.moments import Moments
    >>> x = np.random.default_rng(0).standard_normal((400, 1))
    >>> parts = [Moments.of(x[rows]) for rows in deal(400, 50, rng=np.random.default_rng(0))]
    >>> mean = jackknife(parts, lambda moments: Estimate(moments.mean[0]))
    >>> bool(abs(mean.se - x.std(ddof=1) / 20) < 0.01)
    True
    """
    whole = merged(parts)
    return statistic(whole).with_jackknife([statistic(rest).value for rest in left_out(parts)])
