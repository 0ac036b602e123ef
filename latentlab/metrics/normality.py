"""Distance from the prior: how far the cloud is from N(0, I).

Not isotropy: a round Gaussian of the wrong size or place is far from the prior. The Kolmogorov-Smirnov
distances see one coordinate at a time, so they change with the axes and are blind to every dependence between
dimensions; a rotation of heavy-tailed independent axes makes them look normal. The maximum mean discrepancy
sees the cloud as a whole and is blind to what leaves lengths and pair distances alone, in many dimensions
nearly everything but size and spread. At thousands of rows every real cloud is rejected: the distance is the
message, so no p-value is given.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from latentlab.metrics._checks import check_cloud
from latentlab.metrics.cosine import repeated
from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.statistics.row_lengths import few_of_rows
from latentlab.metrics.statistics.row_pairs import FEWEST, variances_of_pairs, with_interval_of_square
from latentlab.metrics.streaming.neighbours import gaussian_sums

_COLUMNS = 16  # dimensions at a time: few enough to stay in the cache


def ks_median(x: Float[np.ndarray, "n d"]) -> Estimate:
    r"""Median over the dimensions of the Kolmogorov-Smirnov distance from N(0, 1).

    .. math:: \operatorname{median}_j D_j, \quad D_j = \sup_t | F_{n,j}(t) - \Phi(t) |

    Range [1/(2n), 1]; about 0.83/sqrt(n) for rows of N(0, I), 0 in the limit; an isotropic cloud of another
    size stays away from 0, for nothing is fitted. Blind to dependence between dimensions and to the odd
    dimension. There is no interval, for a supremum is not smooth.
    Source: Kolmogorov 1933, Smirnov 1948.

    >>> round(ks_median(np.array([[-1.0], [0.0], [1.0]])).value, 4)  # Φ(1) - 2/3
    0.1747
    """
    return _over_dimensions(x, np.median)


def ks_max(x: Float[np.ndarray, "n d"]) -> Estimate:
    r"""Greatest Kolmogorov-Smirnov distance from N(0, 1) of any dimension.

    .. math:: \max_j \sup_t | F_{n,j}(t) - \Phi(t) |

    Range [1/(2n), 1]; for rows of N(0, I) it falls as 1/sqrt(n) and grows slowly with d, 0 in the limit; an
    isotropic cloud of another size stays away from 0, for nothing is fitted. A constant dimension alone makes
    it 0.5 or more. Blind to dependence between dimensions and to all of them but the worst.
    Source: as `ks_median`.

    >>> round(ks_max(np.array([[-1.0, 5.0], [0.0, 5.0], [1.0, 5.0]])).value, 4)  # the second dimension
    1.0
    """
    return _over_dimensions(x, np.max)


def mmd2(x: Float[np.ndarray, "n d"]) -> Estimate:
    r"""Squared maximum mean discrepancy from N(0, I), without bias.

    .. math:: \operatorname{mean}_{i \ne j} k(x_i, x_j)
       - \frac2n \sum_i \Bigl(\frac{d}{d+1}\Bigr)^{d/2} e^{-\lVert x_i \rVert^2 / (2(d+1))}
       + \Bigl(\frac{d}{d+2}\Bigr)^{d/2}, \quad k(x, y) = e^{-\lVert x - y \rVert^2 / (2d)}

    The terms with the prior are expectations in closed form: nothing is drawn. Range [-1/n, 1.6); 0 in the
    mean for rows of N(0, I), and above 0 for an isotropic cloud of another size. In many dimensions it is
    blind to nearly all but size and spread. The interval is longer upwards (`with_interval_of_square`);
    there is none where few long rows carry the spread (`few_in_effect`).
    Source: Gretton et al. 2012, J. Mach. Learn. Res. 13:723, lemma 6; the expectations are Gaussian
    integrals.

    >>> round(mmd2(np.zeros((5, 2))).value, 4)  # 1 - 2 (2/3) + 2/4
    0.1667
    """
    y = check_cloud(x)
    n, d = y.shape
    row, squares = gaussian_sums(y, 1 / (2 * d))
    # The powers by their logarithms: d/(d+1) keeps its digits where d is large.
    with_prior = np.exp(-d / 2 * np.log1p(1 / d) - np.sum(y**2, axis=1) / (2 * (d + 1)))
    prior = float(np.exp(-d / 2 * np.log1p(2 / d)))
    pairs, cross = float(row.sum()), float(with_prior.sum())
    estimate = Estimate(pairs / (n * (n - 1)) - 2 * cross / n + prior, note=repeated(y))
    if n < FEWEST:
        return estimate.with_note("no standard error from so few rows")
    # h = k(x, y) - g(x) - g(y), squared and summed over pairs.
    own = float(with_prior @ with_prior)
    of_h = squares - 4 * float(row @ with_prior) + 2 * (n - 1) * own + 2 * (cross**2 - own)
    means = (row - cross + with_prior) / (n - 1) - with_prior
    terms = variances_of_pairs(means, of_h / (n * (n - 1)))
    few = few_of_rows(y)
    found = with_interval_of_square(estimate, *terms, df=n - 1)
    return found.without_interval(few) if few else found


def _over_dimensions(
    x: Float[np.ndarray, "n d"], summary: Callable[[Float[np.ndarray, " d"]], np.floating]
) -> Estimate:
    y = check_cloud(x)
    distances = np.empty(y.shape[1])
    for start in range(0, y.shape[1], _COLUMNS):
        part = slice(start, start + _COLUMNS)
        distances[part] = _distance(ndtr(np.sort(np.ascontiguousarray(y[:, part].T), axis=1)))
    return Estimate(float(summary(distances)), note=repeated(y))


def _distance(probability: Float[np.ndarray, "d n"]) -> Float[np.ndarray, " d"]:
    """Greatest distance of the empirical step function from the normal one, at either side of a step."""
    step = np.arange(probability.shape[1] + 1) / probability.shape[1]
    above = np.max(step[1:] - probability, axis=1)
    return np.asarray(np.maximum(above, np.max(probability - step[:-1], axis=1)))
