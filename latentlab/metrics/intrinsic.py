"""Intrinsic dimension: how many directions the cloud has around a typical row.

Both estimators see ratios of distances to near neighbours, and so a local scale alone. They are blind to the
mean, to the spectrum as a whole and to isotropy: a thin curved sheet and a round disc both have dimension 2.
They read far too low where the dimension is high, for the rows that it would take grow exponentially with it:
compare at equal n only. Distinct rows are the cloud: a copy, up to rounding or nearly, would stay among the
neighbours of others, and is left out and counted in the note.

The interval is of sampling alone: of the value at this n, not of the true dimension. On 24 benchmark
manifolds (scikit-dimension, n = 2,500) that of TwoNN holds the true dimension of 12, and a 70-dimensional one
reads 40: from `LOW` on the note says that the value is a lower bound. The standard error leaves out one of 50
random shards at a time, from one longer neighbour list. It is too wide rather than too narrow (Efron & Stein
1981), by half on a few hundred Gaussian rows. A bootstrap would draw rows twice, and copies are no rows.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from latentlab.metrics._checks import centre, check_cloud
from latentlab.metrics.statistics.copies import COPIES, distinct_rows
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.streaming.neighbours import Found, listed, lists_left_out, nearest

NEIGHBOURS = 20
"""The k of `mle_id` in a report."""
LOW = 8.0
"""From here on both read too low at a few thousand rows: by a tenth at 10 dimensions, by 40 % at 70."""
SCALES = 4
_READS_LOW = "a lower bound: so many dimensions are read too low at this n"


def twonn(x: Float[np.ndarray, "n d"], *, found: Found | None = None, seed: int = 0) -> Estimate:
    r"""Intrinsic dimension from the ratio of the distances to the first two neighbours.

    .. math:: -\ln(1 - i/N) \approx \hat d \ln \mu_{(i)}, \quad \mu = r_2 / r_1, \quad i \le \lfloor 0.9 N
    \rfloor

    The slope is that of least squares through the origin; N counts the distinct rows. Range (0, inf). For
    an isotropic Gaussian d with enough rows, and at a few thousand rows only while d is small. Blind to all
    beyond two neighbours. `found` takes the lists of `neighbours.nearest`, `seed` deals the shards.
    Source: Facco et al. 2017, Sci. Rep. 7:12140, with its fit and its discarded tenth.

    >>> x = np.random.default_rng(0).uniform(size=(1000, 2)) @ np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])
    >>> round(twonn(x).value, 1)
    2.0
    """
    return _dimension(x, 2, _slope, found, seed)


def mle_id(
    x: Float[np.ndarray, "n d"], *, k: int = NEIGHBOURS, found: Found | None = None, seed: int = 0
) -> Estimate:
    r"""Intrinsic dimension of greatest likelihood, from the distances to k neighbours, 20 in a report.

    .. math:: \hat d = \Bigl( \frac1n \sum_i \frac{1}{k-1} \sum_{j<k} \ln \frac{T_k(x_i)}{T_j(x_i)}
       \Bigr)^{-1}

    Range (0, inf). For an isotropic Gaussian d with enough rows, too low before, at edges most. Blind to all
    beyond k neighbours. `found` takes the lists of `neighbours.nearest`, `seed` deals the shards.
    Source: Levina & Bickel 2004, NIPS 17; the mean of inverses is MacKay & Ghahramani 2005, a comment on it.

    >>> x = np.random.default_rng(0).uniform(size=(1000, 2)) @ np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])
    >>> round(mle_id(x).value, 1)
    1.9
    """
    return _dimension(x, k, _inverse_mean, found, seed)


def _dimension(
    x: Float[np.ndarray, "n d"],
    k: int,
    statistic: Callable[[Float[np.ndarray, "m k"]], float | None],
    found: Found | None,
    seed: int,
) -> Estimate:
    y = check_cloud(x)
    if len(y) <= k:
        return undefined(f"{k} neighbours need more than {k} rows, there are {len(y)}")
    if not centre(y).any():
        return undefined("the cloud is a single point: it has no dimension")
    lists = listed(y, k, found)
    kept, _ = distinct_rows(y, lists)
    note = None if kept.all() else f"{int(np.sum(~kept))} of {len(y)} rows left out: {COPIES}"
    if not kept.all():
        y = y[kept]
        if len(y) <= k:
            return undefined(f"{k} neighbours need more than {k} distinct rows, there are {len(y)}")
        lists = listed(y, k, None)
    value = statistic(lists[0][:, :k])
    if value is None:
        return undefined("too few rows whose neighbours are at unequal distances").with_note(note)
    estimate = Estimate(value, note=note).with_note(_READS_LOW if value >= LOW else None)
    return estimate.with_jackknife([statistic(rest) for _, rest, _ in lists_left_out(lists, k, seed=seed)])


def scales(x: Float[np.ndarray, "n d"]) -> dict[str, list[float | None]]:
    """TwoNN and MLE of every eighth, fourth and second row and of all: the dimension against the scale.

    Fewer rows are farther apart. A value that goes on rising towards more rows has not reached its limit.
    Lists by key `n`, `twonn` and `mle_id`; parts with too few rows for neighbours are left out.
    Source: the block analysis of Facco et al. 2017, Sci. Rep. 7:12140.
    """
    parts = [x[:: 2**i] for i in reversed(range(SCALES)) if len(x[:: 2**i]) > NEIGHBOURS + 1]
    found = [nearest(part, NEIGHBOURS) for part in parts]
    slopes = [_slope(distances[:, :2]) for distances, _ in found]
    inverses = [_inverse_mean(distances) for distances, _ in found]
    return {"n": [float(len(part)) for part in parts], "twonn": slopes, "mle_id": inverses}


def _slope(near: Float[np.ndarray, "m k"]) -> float | None:
    near = near[near[:, 0] > 0]  # a very narrow cloud may have distances that vanish
    n = len(near)
    kept = 9 * n // 10
    log_ratio = np.sort(np.log(near[:, 1] / near[:, 0]))[:kept]
    tail = -np.log1p(-np.arange(1, kept + 1) / n) if n else log_ratio
    square = float(log_ratio @ log_ratio)
    return float(log_ratio @ tail) / square if kept > 1 and square > 0 else None


def _inverse_mean(near: Float[np.ndarray, "m k"]) -> float | None:
    near = near[near[:, 0] > 0]
    if not len(near):
        return None
    inverse = float(np.mean(np.log(near[:, -1:] / near[:, :-1])))
    return 1 / inverse if inverse > 0 else None
