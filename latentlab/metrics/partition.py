"""The partition function: whether the rows fill all directions alike, weighted by an exponential.

It sees the mean and the covariance at once and cannot tell which of the two it sees. It is blind to all but
the most extreme directions, and it moves with the scale: the same cloud is near 1 when its rows are short and
near 0 when they are long. To be reported, not to be decided on.
"""

import math

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

from latentlab.metrics._checks import check_cloud
from latentlab.metrics.cosine import repeated
from latentlab.metrics.statistics.estimate import Estimate, undefined

NOT_PUBLISHED = "both signs of every direction: published values take one, and are not comparable"


def partition_isotropy(x: Float[np.ndarray, "n d"]) -> Estimate:
    r"""Least over greatest partition function among the principal directions about the origin.

    .. math:: \min_c Z(c) / \max_c Z(c), \quad Z(c) = \sum_i e^{c \cdot x_i}, \quad c \in \{\pm v_1, \dots,
       \pm v_d\}

    with v the eigenvectors of :math:`X^\top X`, uncentred. Both signs of each are taken: an eigenvector has
    no sign of its own, and with one of them the value would be the linear algebra library's. Where
    eigenvalues are equal the directions themselves are arbitrary and the value is ill-defined; the note says
    so.

    Range [0, 1]; 1 when isotropic, at a number of rows that grows with the scale. Blind to all but two
    directions, and not scale invariant: any cloud reaches 1 if its rows are short enough, so the note gives
    their length. Published values take one sign of each vector, whichever the library gave, on vectors of
    their own scale: this number is not comparable with them. A ratio too small for a number is 0, with its
    logarithm in the note. No interval: an extreme over estimated directions is not smooth, and a jackknife of
    it says nothing.
    Source: Mu & Viswanath 2018, arXiv:1702.01417, section 2, there with one sign; Arora et al. 2016.

    >>> x = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -2.0]])
    >>> round(partition_isotropy(x).value, 12) == round((math.cosh(1) + 1) / (math.cosh(2) + 1), 12)
    True
    """
    y = check_cloud(x)
    d = y.shape[1]
    largest = float(np.max(np.abs(y)))
    if largest == 0:
        return undefined("every row is zero")
    scaled = y / largest
    n = len(y)
    if n < d:  # in all directions that n rows do not span, Z is n
        rows, singular, directions = np.linalg.svd(scaled, full_matrices=False)
        eigenvalues, along, others = singular[::-1] ** 2, largest * rows * singular, [math.log(n)]
    else:
        eigenvalues, directions = np.linalg.eigh(scaled.T @ scaled)
        along, others = y @ directions, []
    log_z = np.concatenate([logsumexp(along, axis=0), logsumexp(-along, axis=0), others])
    log_ratio = float(log_z.min() - log_z.max())
    value = math.exp(log_ratio)
    length = math.sqrt(float(np.mean(np.sum(scaled**2, axis=1)))) * largest
    estimate = Estimate(value, note=repeated(y))
    if value == 0:
        estimate = estimate.with_note(f"too small for a number: its logarithm is {log_ratio:.6g}")
    # Equal eigenvalues of zero do no harm: Z is n in all directions that the cloud lacks.
    rounding = d * np.finfo(np.float64).eps * eigenvalues[-1]
    if np.any(np.diff(eigenvalues[eigenvalues > rounding]) <= rounding):
        estimate = estimate.with_note("some eigenvalues are equal: the directions are arbitrary there")
    estimate = estimate.with_note(
        f"depends on the scale: the rows have a root mean square length of {length:.3g}"
    )
    return estimate.with_note(NOT_PUBLISHED)
