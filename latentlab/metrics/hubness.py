"""Hubness: whether a few rows are the near neighbours of very many others.

Hubs spoil retrieval. They are no metric of isotropy: an isotropic cloud in high dimensions has more of them
than one with a steep spectrum, and they grow with n and with the intrinsic dimension, so compare at equal n
and d only. All four see the k-occurrence alone, how often a row is among the 10 nearest of another, and are
blind to distances. Equal distances go to the lowest row, which makes hubs of early copies: repeated
rows are counted in the note. There is no interval: the value belongs to its n, and the jackknife of such
counts is too wide by half or more.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from latentlab.metrics._checks import centre, check_cloud
from latentlab.metrics.cosine import repeated, unit_rows
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.streaming.neighbours import Found, listed

NEIGHBOURS = 10
"""The k of the k-occurrence."""

Statistic = Callable[[Int[np.ndarray, " m"]], float | None]


def hubness_skewness(x: Float[np.ndarray, "n d"], *, found: Found | None = None) -> Estimate:
    r"""Skewness of the k-occurrence in Euclidean distance.

    .. math:: g_1 = m_3 / m_2^{3/2}, \quad m_r = \tfrac1n \sum_i (N_i - \bar N)^r,\ k = 10

    Range (-sqrt(n), sqrt(n)); near 0 in few dimensions, where there are no hubs, and large for an isotropic
    cloud in many. Blind to distances: only their order counts. `found` takes the lists of
    `neighbours.nearest`.
    Source: Radovanović et al. 2010, J. Mach. Learn. Res. 11:2487.

    >>> x = np.random.default_rng(0).standard_normal((500, 64))
    >>> round(hubness_skewness(x[:, :2]).value, 1), round(hubness_skewness(x).value, 1)
    (-0.6, 4.8)
    """
    return _euclidean(x, _skewness, found)


def hubness_robinhood(x: Float[np.ndarray, "n d"], *, found: Found | None = None) -> Estimate:
    r"""Share of all neighbour places that would have to move for every row to hold as many.

    .. math:: \frac{1}{2 n k} \sum_i |N_i - k|, \quad k = 10

    Range [0, 1); near 0 without hubs, and large for an isotropic cloud in many dimensions. Blind to
    distances: only their order counts. `found` takes the lists of `neighbours.nearest`.
    Source: the Hoover index of the k-occurrence, Feldbauer et al. 2018, IEEE ICBK.

    >>> x = np.random.default_rng(0).standard_normal((500, 64))
    >>> round(hubness_robinhood(x[:, :2]).value, 1), round(hubness_robinhood(x).value, 1)
    (0.1, 0.5)
    """
    return _euclidean(x, _robinhood, found)


def hubness_skewness_cosine(x: Float[np.ndarray, "n d"], *, found: Found | None = None) -> Estimate:
    r"""Skewness of the k-occurrence in cosine distance.

    .. math:: g_1 = m_3 / m_2^{3/2}, \quad m_r = \tfrac1n \sum_i (N_i - \bar N)^r,\ k = 10

    Range (-sqrt(n), sqrt(n)); below the Euclidean one on an isotropic cloud, whose short rows are hubs. Blind
    to lengths, so zero rows are dropped and counted; `found` takes the cosine lists of the other rows.
    Source: as `hubness_skewness`.

    >>> x = np.random.default_rng(0).standard_normal((500, 64))
    >>> round(hubness_skewness(x).value, 1), round(hubness_skewness_cosine(x).value, 1)
    (4.8, 0.2)
    """
    return _cosine(x, _skewness, found)


def hubness_robinhood_cosine(x: Float[np.ndarray, "n d"], *, found: Found | None = None) -> Estimate:
    r"""Share of the neighbour places in cosine distance that would have to move.

    .. math:: \frac{1}{2 n k} \sum_i |N_i - k|, \quad k = 10

    Range [0, 1); below the Euclidean one on an isotropic cloud. Blind to lengths, so zero rows are dropped
    and counted; `found` takes the cosine lists of the other rows.
    Source: as `hubness_robinhood`.

    >>> x = np.random.default_rng(0).standard_normal((500, 64))
    >>> round(hubness_robinhood(x).value, 1), round(hubness_robinhood_cosine(x).value, 1)
    (0.5, 0.1)
    """
    return _cosine(x, _robinhood, found)


def _euclidean(x: Float[np.ndarray, "n d"], statistic: Statistic, found: Found | None) -> Estimate:
    y = check_cloud(x)
    note = repeated(y)
    if not centre(y).any():
        return undefined("the cloud is a single point: all neighbours are equally near").with_note(note)
    if len(y) < NEIGHBOURS + 2:
        return _few(len(y), note)
    return _estimate(listed(y, NEIGHBOURS, found), statistic, note)


def _cosine(x: Float[np.ndarray, "n d"], statistic: Statistic, found: Found | None) -> Estimate:
    y = check_cloud(x)
    u, note = unit_rows(y)
    if len(u) < NEIGHBOURS + 2:
        return _few(len(u), note)
    if not centre(u).any():
        return undefined("all rows point the same way: all neighbours are equally near").with_note(note)
    return _estimate(listed(y[y.any(axis=1)], NEIGHBOURS, found, metric="cosine"), statistic, note)


def _few(n: int, note: str | None) -> Estimate:
    # With n = k + 1 every row is a neighbour of every other, which would pass for a cloud without hubs.
    return undefined(f"{NEIGHBOURS} neighbours need {NEIGHBOURS + 2} rows or more, there are {n}").with_note(
        note
    )


def _estimate(found: Found, statistic: Statistic, note: str | None) -> Estimate:
    n = len(found[0])
    value = statistic(np.bincount(found[1][:, :NEIGHBOURS].ravel(), minlength=n))
    if value is None:
        return undefined("every row is a neighbour equally often: no spread to be skewed").with_note(note)
    return Estimate(value, note=note)


def _skewness(occurrence: Int[np.ndarray, " m"]) -> float | None:
    deviation = occurrence - occurrence.mean()
    second = float(np.mean(deviation**2))
    return float(np.mean(deviation**3)) / second**1.5 if second > 0 else None


def _robinhood(occurrence: Int[np.ndarray, " m"]) -> float | None:
    if not occurrence.any():
        return None
    return float(np.abs(occurrence - NEIGHBOURS).sum()) / (2 * NEIGHBOURS * len(occurrence))
