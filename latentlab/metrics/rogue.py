r"""Rogue dimensions: a few coordinates that hold the cosine, the mean, the variance or the tails.

These metrics belong to the coordinate axes on purpose: a rotation changes all of them, and none of them says
anything of a direction that is not an axis. They are blind to what the dimension means for a decoder, which
may well use it.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float

from latentlab.metrics._checks import NOISE
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.streaming.column_sums import Columns, columns

Input = Float[np.ndarray, "n d"] | Columns
FAR_MEAN = 3.0
"""Standard deviations over dimensions."""
LARGE_VARIANCE = 5.0
"""Times the mean variance."""


def cosine_contributions(x: Input) -> Float[np.ndarray, " d"] | None:
    r"""Contribution of each dimension to the mean cosine, which is their sum; None without two directions.

    .. math:: CC_j = \frac{S_j^2 - \sum_i u_{ij}^2}{n (n - 1)}, \quad S = \sum_i u_i

    Source: Timkey & van Schijndel 2021, arXiv:2109.04404, equation 3, over all pairs.

    >>> cosine_contributions(np.array([[1.0, 0.0], [1.0, 1.0]])).round(3).tolist()  # cos 45° from one axis
    [0.707, 0.0]
    """
    c = columns(x)
    if c.directed < 2:
        return None
    return np.asarray((c.unit_total**2 - c.unit_square) / (c.directed * (c.directed - 1)))


def cc_share_top1(x: Input) -> Estimate:
    r"""Share of the summed absolute contributions to the mean cosine that the largest dimension holds.

    .. math:: \max_j |CC_j| / \sum_j |CC_j|

    Range [1/d, 1]; for an isotropic cloud of many dimensions the contributions are noise and the share that
    of the largest of d noise terms. Read it only where the mean cosine is not zero. Not rotation invariant:
    blind to a direction that is no axis.
    Source: as `cosine_contributions`; shares of absolute values, which need no cone to be defined.

    >>> cc_share_top1(np.array([[1.0, 0.0], [1.0, 1.0]])).value
    1.0
    """
    return _share(x, 1)


def cc_share_top3(x: Input) -> Estimate:
    r"""Share of the summed absolute contributions that the three largest dimensions hold.

    .. math:: \sum_{j \in top 3} |CC_j| / \sum_j |CC_j|

    Range [3/d, 1]; 1 at d <= 3. Blind to what `cc_share_top1` is blind to.
    Source: as `cc_share_top1`.

    >>> round(cc_share_top3(np.eye(4) + 1).value, 12)
    0.75
    """
    return _share(x, 3)


def variance_share_top1(x: Input) -> Estimate:
    r"""Share of the total variance that the coordinate with the largest one holds.

    .. math:: \max_j v_j / \sum_j v_j

    Range [1/d, 1]; 1/d when isotropic, and a little more at few rows. Blind to the mean, and to a direction
    that is no axis; `top1_variance_share` is that of the leading direction, whichever it is.
    Source: rogue dimensions by variance, as in Rudman et al. 2023, arXiv:2310.17715.

    >>> variance_share_top1(np.array([[3.0, 1.0], [-3.0, -1.0]])).value
    0.9
    """
    variance = columns(x).variance
    if not variance.any():
        return undefined("no dimension varies")
    note = "one by definition at d = 1" if len(variance) == 1 else None
    return Estimate(min(float(variance.max() / variance.sum()), 1.0), note=note)


def n_outlier_dims_mean3sd(x: Input) -> Estimate:
    r"""Number of dimensions whose mean is far from the means of the others.

    .. math:: \#\{j : |m_j - \bar m| > 3\, sd(m)\} \quad (\text{ddof } 0 \text{ over dimensions})

    Range 0 to d/9; near 0.0027 d when isotropic. The published criterion is on LayerNorm weights; here it is
    on activations. Blind to variances, and to an outlier in fewer than 11 dimensions: none can be so far.
    Source: Kovaleva et al. 2021, arXiv:2105.06990.

    >>> n_outlier_dims_mean3sd(np.array([[5.0] + [0.0] * 19, [6.0] + [0.0] * 19])).value
    1.0
    """
    c = columns(x)
    spread = float(c.mean.std())
    if spread <= NOISE * float(np.abs(c.mean).max(initial=0.0)):
        return Estimate(0.0, note="all dimensions have one mean")
    return Estimate(float(np.sum(np.abs(c.mean - c.mean.mean()) > FAR_MEAN * spread)))


def n_outlier_dims_var5x(x: Input) -> Estimate:
    r"""Number of dimensions with more than five times the mean variance.

    .. math:: \#\{j : v_j > 5 \bar v\} \quad (\text{ddof } 1)

    Range 0 to d/5; 0 when isotropic. Blind to means.
    Source: the criterion of Rudman et al. 2023, arXiv:2310.17715.

    >>> n_outlier_dims_var5x(np.array([[9.0] + [1.0] * 9, [-9.0] + [-1.0] * 9])).value
    1.0
    """
    c = columns(x)
    if not c.variance.any():
        return Estimate(0.0, note="no dimension varies")
    # The factor n / (n - 1) is on both sides.
    return Estimate(float(np.sum(c.variance > LARGE_VARIANCE * c.variance.mean())))


def kurtosis_median(x: Input) -> Estimate:
    r"""Median over dimensions of the excess kurtosis.

    .. math:: m_4 / m_2^2 - 3

    Range [-2, n); 0 for a Gaussian. Blind to rare dimensions. Dimensions that do not vary are left out.
    Source: moment coefficient of kurtosis, Joanes & Gill 1998 (g2).

    >>> kurtosis_median(np.array([[1.0], [-1.0]])).value
    -2.0
    """
    return _kurtosis(x, np.median)


def kurtosis_max(x: Input) -> Estimate:
    r"""Largest excess kurtosis of a dimension.

    .. math:: \max_j m_{4j} / m_{2j}^2 - 3

    Range [-2, n); for an isotropic Gaussian that of the largest of d noise terms. Finds one heavy tail and is
    blind to how many there are.
    Source: as `kurtosis_median`.

    >>> kurtosis_max(np.array([[1.0, 1.0], [-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])).value.__round__(3)
    -0.667
    """
    return _kurtosis(x, np.max)


def varying(x: Input) -> Bool[np.ndarray, " d"]:
    """Dimensions that vary by more than rounding.

    >>> varying(np.array([[1.0, 2.0], [1.0, 3.0]])).tolist()
    [False, True]
    """
    c = columns(x)
    return np.asarray(c.variance > (NOISE * np.sqrt(c.mean**2 + c.variance)) ** 2)


def _share(x: Input, k: int) -> Estimate:
    contributions = cosine_contributions(x)
    if contributions is None:
        return undefined("fewer than two rows have a direction")
    sizes = np.sort(np.abs(contributions))[::-1]
    if not sizes.sum():
        return undefined("no dimension contributes to the mean cosine")
    note = f"one by definition at d <= {k}" if len(sizes) <= k else None
    return Estimate(min(float(sizes[:k].sum() / sizes.sum()), 1.0), note=note)


def _kurtosis(x: Input, over: Callable[[np.ndarray], float]) -> Estimate:
    c = columns(x)
    varies = varying(c)
    if not varies.any():
        return undefined("no dimension varies")
    square = c.variance[varies] ** 2
    if (c.fourth[varies] < 0.5 * square).any() or not square.all():
        return undefined("numbers too small for fourth powers, scale the vectors up")
    excess = c.fourth[varies] / square - 3
    still = int(np.sum(~varies))
    note = f"{still} dimensions that do not vary left out" if still else None
    return Estimate(float(over(excess)), note=note)
