"""Appendix of the covariance axis: two ranks that other work reports, each with its own conventions.

Both are here for comparison with published numbers, not for a verdict: RankMe moves with the mean, and the
slope of alpha-ReQ with the range of ranks that is fitted.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from latentlab.metrics._checks import check_cloud
from latentlab.metrics.covariance import Cloud, spectrum
from latentlab.metrics.statistics.estimate import Estimate, undefined

FIRST_RANK, LAST_RANK, FEWEST_RANKS = 11, 100, 6


@dataclass(frozen=True)
class Singular:
    """Singular values of a cloud as it is, nothing subtracted, and its number of rows."""

    values: Float[np.ndarray, " d"]
    """Descending; min(n, d) of them are not zero at most."""
    n: int


def rankme(x: Float[np.ndarray, "n d"] | Singular) -> Estimate:
    r"""RankMe: exponential of the entropy of the singular values of the uncentred cloud.

    .. math:: \exp(-\sum_k p_k \ln p_k), \quad p_k = s_k / \sum s + 10^{-7}

    Range [1, min(n, d)] up to the added constant; d when isotropic. Not centred: a mean alone brings it
    down, so it is blind to whether the cause is a cone or a thin covariance.
    Source: Garrido et al. 2023, arXiv:2210.02885, equation 1.

    >>> round(rankme(np.eye(3)).value, 4)
    3.0
    """
    if not isinstance(x, Singular):
        x = check_cloud(x)
        x = Singular(np.linalg.svd(x, compute_uv=False), len(x))
    values = x.values[: min(x.n, len(x.values))]
    if not values.sum():
        return undefined("every row is zero")
    p = values / values.sum() + 1e-7
    return Estimate(float(np.exp(-np.sum(p * np.log(p)))))


def alpha_req(x: Cloud) -> Estimate:
    r"""alpha-ReQ: how fast the eigenvalues of the covariance fall, as the exponent of a power law.

    .. math:: \ln \lambda_r \approx c - \alpha \ln r,\quad r = 11 \dots \min(100, d, n - 1)

    with weights 1 / r on the squared residuals.

    Range [0, inf); near 0 when isotropic with many rows, larger for a faster fall. Blind to the ten leading
    directions and to everything behind rank 100. Undefined with fewer than 6 ranks.
    Source: Agrawal et al. 2022, NeurIPS, with the range and weights stated here.

    >>> scale = np.arange(1, 41) ** -0.5  # variances 1 / r: alpha = 1
    >>> round(alpha_req(np.vstack([np.diag(scale), -np.diag(scale)])).value, 6)
    1.0
    """
    s = spectrum(x)
    last = min(LAST_RANK, s.d, s.n - 1)
    ranks = np.arange(FIRST_RANK, last + 1)
    if len(ranks) < FEWEST_RANKS:
        return undefined(f"{max(len(ranks), 0)} ranks from {FIRST_RANK} on, {FEWEST_RANKS} are needed")
    values = s.eigenvalues[FIRST_RANK - 1 : last]
    if not (values > 0).all():
        return undefined(f"an eigenvalue below rank {last} is zero")
    log_rank, weight = np.log(ranks), 1 / ranks
    at = log_rank - np.average(log_rank, weights=weight)
    return Estimate(-float(np.sum(weight * at * np.log(values)) / np.sum(weight * at**2)), note=s.note)
