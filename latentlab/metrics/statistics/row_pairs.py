"""Pairs of rows: standard errors of means over all of them, and pairs that share nothing."""

import math
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int
from scipy.special import stdtrit

from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.statistics.means import group_rows
from latentlab.metrics.streaming.sharding import Labels

FEWEST = 5
"""Rows of which a mean over pairs has a standard error."""


def standard_error_of_pairs(row_means: Float[np.ndarray, " n"], mean_square: float) -> float:
    r"""Standard error of the mean of a symmetric h(x_i, x_j) over all pairs of n >= 5 different rows.

    .. math:: SE^2 = \frac{4 (n - 2)}{n (n - 1)} \hat\zeta_1 + \frac{2}{n (n - 1)} \hat\zeta_2, \quad
        \hat\zeta_2 = \overline{h^2} - \bar h^2, \quad \hat\zeta_1 = \max\Bigl(0,\ \frac{(n - 1)^2 s_r^2 /
        (n - 2) - \hat\zeta_2}{n - 4}\Bigr)

    with s_r² the variance of the rows' own means and `mean_square` the mean of h² over pairs. The jackknife
    leaves the second term twice too large, which matters where the first vanishes: no mean direction, a
    uniform sphere, the prior itself. Source: Hoeffding 1948, Annals of Mathematical Statistics 19:293.

    >>> x = np.random.default_rng(0).standard_normal((2000, 20))  # h = x + y: its mean is twice theirs
    >>> total = x.sum(axis=1)
    >>> square = [(np.add.outer(r, r)[~np.eye(20, dtype=bool)] ** 2).mean() for r in x]
    >>> means = [(18 * r + t) / 19 for r, t in zip(x, total, strict=True)]
    >>> found = [standard_error_of_pairs(m, s) ** 2 for m, s in zip(means, square, strict=True)]
    >>> round(float(np.mean(found)), 2), 4 / 20
    (0.2, 0.2)
    """
    return math.sqrt(sum(variances_of_pairs(row_means, mean_square)))


def variances_of_pairs(row_means: Float[np.ndarray, " n"], mean_square: float) -> tuple[float, float]:
    """The two terms of that square: what rows add on their own, and what only pairs of them do."""
    n = len(row_means)
    of_pairs = max(mean_square - float(row_means.mean()) ** 2, 0.0)
    of_rows = max(((n - 1) ** 2 * float(row_means.var(ddof=1)) / (n - 2) - of_pairs) / (n - 4), 0.0)
    return 4 * (n - 2) * of_rows / (n * (n - 1)), 2 * of_pairs / (n * (n - 1))


def with_interval_of_square(estimate: Estimate, first: float, second: float, *, df: int) -> Estimate:
    r"""An estimate of a squared distance, with the values that it does not contradict as its interval.

    .. math:: (v - v_0)^2 \le t^2 \Bigl(V_1 \frac{v_0}{\max(v, \sqrt{V_2})} + V_2\Bigr)

    with V_1 and V_2 the terms of `variances_of_pairs` and t Student's. A mean over pairs that cannot be below
    0 is like a squared mean: V_1 grows with the value itself, so that v ± t SE is too narrow wherever v came
    out too small. The idea is the score interval's: Wilson 1927, J. American Statistical Association 22:209.

    >>> e = with_interval_of_square(Estimate(0.04), 0.0004, 0.0, df=1000)
    >>> [round(end, 3) for end in e.ci95], round(e.se, 3)  # and not .0008 to .0792
    ([0.016, 0.103], 0.02)
    """
    if estimate.value is None:
        return estimate
    v, t = estimate.value, float(stdtrit(df, 0.975))
    scale = first / max(v, math.sqrt(second)) if first else 0.0
    middle = v + t**2 * scale / 2
    half = t * math.sqrt(max(t**2 * scale**2 / 4 + scale * v + second, 0.0))
    return replace(estimate, se=math.sqrt(first + second), ci95=(middle - half, middle + half), df=df)


def disjoint_pairs(
    n: int, groups: Labels | None = None
) -> tuple[Int[np.ndarray, " m"], Int[np.ndarray, " m"], Int[np.ndarray, " m"] | None]:
    """Pairs of n rows, each row in one pair at most: first members, second members, labels of the pairs.

    Row i is paired with row n // 2 + i. Where rows come in groups a group is paired with the next largest
    one, as far as the smaller of the two reaches, so that pairs of other groups share nothing: the label says
    which two groups a pair is of. A group that is left over is in no pair; of a single group there is none.

    >>> disjoint_pairs(5)
    (array([0, 1]), array([2, 3]), None)
    >>> disjoint_pairs(5, np.array([9, 9, 4, 4, 7]))
    (array([0, 1]), array([2, 3]), array([0, 0]))
    """
    if groups is None:
        first = np.arange(n // 2)
        return first, n // 2 + first, None
    pieces = sorted(group_rows(groups, n), key=lambda rows: (-len(rows), int(rows[0])))
    sides = [(a[: len(b)], b) for a, b in zip(pieces[::2], pieces[1::2], strict=False)]
    if not sides:
        return np.arange(0), np.arange(0), np.arange(0)
    first, second = (np.concatenate(rows) for rows in zip(*sides, strict=True))
    return first, second, np.repeat(np.arange(len(sides)), [len(b) for _, b in sides])
