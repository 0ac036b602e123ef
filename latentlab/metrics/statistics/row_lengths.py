r"""How many rows carry the spread of a cloud, and whether rows lie about their own mean.

A few long rows carry the covariance of a cloud with heavy tails: a jackknife over the rows then sees too
little of what another sample would hold, and its interval is too short.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from latentlab.metrics._checks import centre

FEWEST_IN_EFFECT = 150
"""Rows in effect, of which the intervals of log-normal lengths hold (benchmarks/bench_coverage.py)."""
HEAVY = 2.0
"""Rows over rows in effect: Gaussian rows have 1, Student's t with five degrees of freedom 2 in a few hundred
rows and 3 in many."""
CENTRED = "by construction: these rows are about their own mean"
_OF_MEAN = 1e-6
"""n times the share of the mean squared norm that the mean holds: about 1 by chance, less is by construction.
Numbers in half precision that were centred in full have about 1e-8."""


def few_in_effect(
    n: int, squares: float, quartic: float, participation_ratio: Callable[[], float]
) -> str | None:
    r"""What to say instead of an interval where too few of n rows carry the spread; None where enough do.

    .. math:: n_e = (1 + 2 / PR) \frac{(\sum_i \lVert y_i \rVert^2)^2}{\sum_i \lVert y_i \rVert^4},
        \quad y_i = x_i - \bar x

    `squares` and `quartic` are the two sums, PR the participation ratio of the covariance, which is asked for
    only where it can matter. n_e is n in the limit for Gaussian rows, whatever their covariance: the
    effective sample size of Kish 1965, Survey Sampling, section 11.7, with squared lengths as weights.

    >>> few_in_effect(100, 100.0, 100.0, lambda: 8.0)  # rows of one length
    >>> few_in_effect(100, 100.0, 1000.0, lambda: 8.0)  # n_e = 1.25 * 100**2 / 1000
    'the spread comes from 12 of 100 rows in effect: an interval may be far too short'
    """
    if not quartic:
        return None
    plain = squares**2 / quartic
    if plain >= min(FEWEST_IN_EFFECT, n / HEAVY):
        return None
    found = min(plain * (1 + 2 / participation_ratio()), float(n))
    if found >= min(FEWEST_IN_EFFECT, n / HEAVY):
        return None
    return f"the spread comes from {int(found)} of {n} rows in effect: an interval may be far too short"


def few_of_rows(x: Float[np.ndarray, "n d"]) -> str | None:
    """`few_in_effect` of rows.

    >>> x = np.random.default_rng(0).standard_normal((60, 8))
    >>> few_of_rows(x), few_of_rows(x * np.geomspace(1, 1e4, 60)[:, None])
    (None, 'the spread comes from 7 of 60 rows in effect: an interval may be far too short')
    """
    y = centre(x)
    lengths = np.sum(y**2, axis=1)

    def ratio() -> float:
        products = y @ y.T if len(y) < y.shape[1] else y.T @ y
        return float(np.trace(products) ** 2 / np.sum(products**2))

    return few_in_effect(len(x), float(lengths.sum()), float(lengths @ lengths), ratio)


def about_own_mean(n: int, mean: Float[np.ndarray, " d"], energy: float) -> bool:
    """Whether n rows of this mean and mean squared norm have no mean to speak of, less than chance leaves."""
    return energy > 0 and n * float(mean @ mean) < _OF_MEAN * energy
