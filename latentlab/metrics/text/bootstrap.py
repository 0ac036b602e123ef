"""Intervals of what is computed from rows, from rows that are drawn again and again."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Int

from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.statistics.means import (
    FEWEST_GROUPS,
    NO_SPREAD,
    ONE_GROUP,
    group_rows,
    one_value,
    rule_of_three,
)
from latentlab.metrics.streaming.sharding import Labels

RESAMPLES = 1000


def bootstrap(
    estimate: Estimate,
    statistic: Callable[[Int[np.ndarray, " m"]], float],
    n: int,
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    groups: Labels | None = None,
) -> Estimate:
    """The estimate with the standard error and percentile interval of its statistic on resampled rows.

    The statistic takes row numbers. Right for means and ratios of sums over sentences; wrong for metrics of
    pairs or neighbours, which repeated rows distort. With groups, as many groups are drawn as there are, each
    with all of its rows; the number of rows then varies. Fewer than ten rows or groups leave no interval, and
    neither do resamples that all give one value: the note says how many may differ, by the rule of three.
    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13; for groups Davison &
    Hinkley 1997, Bootstrap Methods and their Application, section 3.8.

    >>> x = np.random.default_rng(0).standard_normal(100)
    >>> def mean(rows):
    ...     return float(x[rows].mean())
    >>> e = bootstrap(Estimate(mean(range(100))), mean, 100, rng=np.random.default_rng(1))
    >>> bool(abs(e.se - 0.1) < 0.02)
    True
    """
    if estimate.value is None:
        return estimate
    pieces = None if groups is None else group_rows(groups, n)
    count = n if pieces is None else len(pieces)
    if count < FEWEST_GROUPS:
        what = "rows" if pieces is None else "groups"
        few = f"{count} {what}: no interval, a bootstrap needs {FEWEST_GROUPS}"
        one = "a single row: no interval" if pieces is None else ONE_GROUP
        return estimate.with_note(few if count > 1 else one)
    if pieces is None:
        values = np.array([statistic(rng.integers(n, size=n)) for _ in range(resamples)])
    else:
        draws = (rng.integers(count, size=count) for _ in range(resamples))
        values = np.array([statistic(np.concatenate([pieces[g] for g in drawn])) for drawn in draws])
    if one_value(values):
        what = "sentences" if pieces is None else "groups"
        return estimate.with_note(f"{NO_SPREAD}; at most {100 * rule_of_three(count):.2g} % of {what} differ")
    low, high = np.quantile(values, [0.025, 0.975])
    return Estimate(estimate.value, float(values.std(ddof=1)), (float(low), float(high)), estimate.note)
