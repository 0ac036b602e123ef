r"""Uniformity: how evenly the directions of the rows cover the sphere, from all pairs of them.

Both metrics see the cone and an uneven spectrum at once, and cannot tell which of the two they see; they are
blind to the lengths of the rows. Zero rows have no direction: they are dropped and counted in the note.
Repeated rows are counted in the note too: a pair of equal rows is the worst pair there is. The standard error
is the exact delete-one jackknife, from the row sums of one pass over the pairs.
"""

import math

import numpy as np
from jaxtyping import Float
from scipy.special import hyp0f1

from latentlab.metrics._checks import check_cloud
from latentlab.metrics.cosine import unit_rows
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.statistics.row_pairs import FEWEST, standard_error_of_pairs
from latentlab.metrics.streaming.neighbours import gaussian_sums


def uniformity(x: Float[np.ndarray, "n d"]) -> Estimate:
    r"""Logarithm of the mean Gaussian potential over all unordered pairs of different rows.

    .. math:: \ln \operatorname{mean}_{i<j} \exp(-2 \lVert u_i - u_j \rVert^2), \quad u_i = x_i / \lVert x_i
    \rVert

    Range [-8, 0]: -8 for two opposite rows, 0 for a ray; lower is more uniform. When isotropic the value on
    the sphere, -4 + ln ₀F₁(; d/2; 4), which is above -4 and depends on d: -3.8752 in 64, -3.9896 in 768
    dimensions. Blind to the lengths, and not translation invariant. The interval is that of the mean over
    pairs, on the scale of its logarithm.
    Source: Wang & Isola 2020, arXiv:2005.10242, with t = 2; there from batches, here from every pair.

    >>> uniformity(np.array([[1.0, 0.0], [-3.0, 0.0]])).value
    -8.0
    """
    u, note = unit_rows(check_cloud(x))
    n = len(u)
    if n < 2:
        return undefined(note or "fewer than two rows have a direction")
    row, squares = gaussian_sums(u, 2.0)
    total, pairs = float(row.sum()), n * (n - 1)
    estimate = Estimate(min(math.log(total / pairs), 0.0), note=note)
    if n < FEWEST:
        return estimate.with_note("no standard error from so few rows")
    se = standard_error_of_pairs(row / (n - 1), squares / pairs)
    return estimate.with_se(se * pairs / total, df=n - 1)


def uniformity_gap(x: Float[np.ndarray, "n d"]) -> Estimate:
    r"""Uniformity above that of the uniform distribution on the sphere of the same dimension.

    .. math:: \ln \operatorname{mean}_{i<j} \exp(-2 \lVert u_i - u_j \rVert^2) + 4 - \ln {}_0F_1(; d/2; 4)

    Range [-4 - ln ₀F₁, 4 - ln ₀F₁], and from 0 in the limit of many rows; 0 when isotropic, in any dimension,
    4 - ln ₀F₁ for a ray. Blind to the lengths; below 0 by sampling error, or where few rows are spread on
    purpose.
    Source: as `uniformity`; the constant is the moment generating function of a uniform direction, Mardia &
    Jupp 2000, section 9.3.

    >>> x = np.random.default_rng(0).standard_normal((500, 64))
    >>> round(uniformity(x).value, 2), round(uniformity_gap(x).value, 2)
    (-3.87, 0.0)
    """
    estimate = uniformity(x)
    if estimate.value is None:
        return estimate
    gap = Estimate(estimate.value - on_the_sphere(x.shape[1]), note=estimate.note)
    return gap if estimate.se is None else gap.with_se(estimate.se, df=estimate.df)


def on_the_sphere(d: int) -> float:
    """Uniformity of the uniform distribution on the unit sphere in d dimensions."""
    # Between ₀F₁(; 1/2; 4) = cosh 4 and 1: nothing here can overflow.
    return -4 + math.log(float(hyp0f1(d / 2, 4.0)))
