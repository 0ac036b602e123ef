"""Means over sentences and their standard errors, for rows that are independent and for rows in groups.

Sentences of one group (near copies, translations of one text, answers of one person) resemble each other, so
n of them say less than n independent ones. The group is then the unit of every interval. With groups the
degrees of freedom are those of the groups, and a single group leaves no interval. Groups of one row each give
the standard error of independent rows, with Student's interval in place of the normal one.
"""

import math
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int
from scipy import special

from latentlab.errors import LatentsError
from latentlab.metrics.statistics.estimate import Z95, Estimate, undefined
from latentlab.metrics.streaming.sharding import Labels

FEWEST_GROUPS = 10
"""Fewer leave nothing to be said of clouds, and no interval of a bootstrap."""
ONE_GROUP = "a single group: no interval"
NO_SPREAD = "the same in every one: no interval"
COSINES = (-1.0, 1.0)
"""Range of a cosine, and of a difference of two shares."""
_ROUNDING = 1e-12
"""Of their size, within which values are one value."""


def group_rows(labels: Labels, n: int) -> list[Int[np.ndarray, " _"]]:
    """Numbers of the n rows by group, ascending; groups in the order of their labels.

    Raises:
        LatentsError: There is not one label for each row.

    >>> [rows.tolist() for rows in group_rows(np.array([7, 3, 7]), 3)]
    [[1], [0, 2]]
    """
    if len(labels) != n:
        raise LatentsError(f"{n} rows, and the groups of {len(labels)} are named", "one label a row")
    order = np.argsort(labels, kind="stable")
    _, starts = np.unique(labels[order], return_index=True)
    return np.split(order, starts[1:])


def group_sums(u: Float[np.ndarray, "n d"], labels: Labels) -> Float[np.ndarray, "g d"]:
    """The sum of each group's rows, groups in the order of their labels; sums are taken in float64.

    What a test that flips signs of rows needs where rows come in groups: a whole group has one sign.

    >>> group_sums(np.array([[1.0], [2.0], [3.0]]), np.array([7, 3, 7])).tolist()
    [[2.0], [4.0]]
    """
    return np.array([u[rows].sum(axis=0, dtype=np.float64) for rows in group_rows(labels, len(u))])


def rule_of_three(units: int | float) -> float:
    r"""Share of all that may be otherwise where none of so many units is, at 95 %: about 3 / units.

    .. math:: 1 - 0.05^{1 / n}

    Source: Hanley & Lippman-Hand 1983, JAMA 249:1743; exact as Clopper & Pearson 1934.

    >>> round(rule_of_three(100), 4)
    0.0295
    """
    return 1 - math.pow(0.05, 1 / units)


def one_value(values: Float[np.ndarray, " n"]) -> bool:
    """Whether all values are one, up to rounding: nothing is then seen of their spread.

    >>> one_value(np.array([0.3, 0.1 + 0.2])), one_value(np.array([0.3, 0.4]))
    (True, False)
    """
    return float(np.ptp(values)) <= _ROUNDING * float(np.abs(values).max())


def mean_estimate(
    values: Float[np.ndarray, " n"],
    groups: Labels | None = None,
    *,
    within: tuple[float, float] | None = None,
) -> Estimate:
    r"""Mean over sentences with the normal interval, or over groups with Student's.

    .. math:: SE = s / \sqrt n, \qquad SE^2_{groups} = \frac{G}{G - 1} \frac{1}{n^2}
        \sum_g \Big( \sum_{i \in g} (x_i - \bar x) \Big)^2

    with G - 1 degrees of freedom for the second, which holds whatever the rows of a group share and however
    sizes differ, for many groups. No interval from a single value or group. Undefined without values.

    Where all values are one, none of that is an interval: it would have no width. Values that cannot leave
    the range `within` then get what the rule of three leaves, a share :math:`1 - 0.05^{1/n}` of them at
    either end of it; others get none.
    Source: Liang & Zeger 1986, Biometrika 73:13; G/(G - 1) and t as in Cameron & Miller 2015, J. Human
    Resources 50:317.

    >>> x = np.array([0.0, 0.0, 1.0, 1.0])
    >>> round(mean_estimate(x).se, 4), round(mean_estimate(x, np.array([1, 1, 2, 2])).se, 4)
    (0.2887, 0.5)
    """
    n = len(values)
    if not n:
        return undefined("no values")
    mean = Estimate(float(values.mean()))
    if n < 2:
        return mean.with_note("a single value: no interval")
    variance, count = (0.0, n) if groups is None else _of_groups(values, groups)
    if count > 1 and one_value(values):
        return _without_spread(mean, _copies_of_one(n, groups), within)
    if groups is None:
        return mean.with_se(float(values.std(ddof=1) / np.sqrt(n)))
    return mean.with_note(ONE_GROUP) if count < 2 else mean.with_se(math.sqrt(variance), df=count - 1)


def proportion(values: Float[np.ndarray, " n"], groups: Labels | None = None) -> Estimate:
    r"""Share of hits with the Wilson interval, which has a width also where all or none are hits.

    .. math:: n^* = \min(n, p (1 - p) / SE^2_{groups}) \cdot (z / t_{G - 1})^2

    Values are in [0, 1]; an average of several tries a sentence counts as one try, so that the interval is
    too wide. With groups the interval is Wilson's for the effective number of sentences n*: n over the
    design effect, never more than n, and smaller again where few groups make the standard error of
    `mean_estimate` unsure. Where all or none are hits there is no such standard error; groups then count as
    copies of one sentence, with :math:`n^2 / \sum_g m_g^2` for groups of m_g sentences.
    Source: Wilson 1927; the design effect of Kish 1965, Survey Sampling; n* of Korn & Graubard 1998, Survey
    Methodology 24:193.

    >>> x = np.array([0.0, 0.0, 1.0, 1.0] * 10)
    >>> proportion(x).value, round(proportion(x).se, 4), round(proportion(x, np.arange(40) // 2).se, 4)
    (0.5, 0.0791, 0.1147)
    """
    n = len(values)
    if not n:
        return undefined("no values")
    p = float(values.sum()) / n
    if groups is None:
        return _wilson(p, n, math.sqrt(p * (1 - p) / n))
    variance, count = _of_groups(values, groups)
    if count < 2:
        return Estimate(p, note=ONE_GROUP)
    spread = p * (1 - p)
    if spread > 0:
        effective = min(float(n), spread / variance) if variance > 0 else float(n)
    else:
        effective = _copies_of_one(n, groups)
    estimate = Estimate(p).with_se(math.sqrt(spread / effective), df=count - 1)
    t = float(special.stdtrit(count - 1, 0.975))
    wilson = _wilson(p, effective * (Z95 / t) ** 2, math.sqrt(spread / effective))
    return replace(estimate, ci95=wilson.ci95)


def _without_spread(mean: Estimate, units: float, within: tuple[float, float] | None) -> Estimate:
    if within is None or mean.value is None:
        return mean.with_note(NO_SPREAD)
    value, share = min(max(mean.value, within[0]), within[1]), rule_of_three(units)
    low, high = (value + share * (end - value) for end in within)
    return replace(mean, value=value, ci95=(low, high)).with_note("the same in every one: the rule of three")


def _copies_of_one(n: int, groups: Labels | None) -> float:
    """How many units n rows are, where those of a group are copies."""
    return float(n) if groups is None else n**2 / float(sum(len(rows) ** 2 for rows in group_rows(groups, n)))


def _wilson(p: float, n: int | float, se: float) -> Estimate:
    z2 = Z95**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n**2))
    return Estimate(p, se, (max(middle - half, 0.0), min(middle + half, 1.0)))


def _of_groups(values: Float[np.ndarray, " n"], groups: Labels) -> tuple[float, int]:
    """Cluster-robust variance of the mean, and the number of groups; no variance from a single group."""
    sums = group_sums((values - values.mean())[:, None], groups)
    count = len(sums)
    return (count / (count - 1) * float(np.sum(sums**2)) / len(values) ** 2 if count > 1 else 0.0), count
