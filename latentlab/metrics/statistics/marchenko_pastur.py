"""Eigenvalues that a covariance has by sampling alone: where the spectrum of an isotropic Gaussian lies.

The sample covariance of n rows of N(0, I_d) has no equal eigenvalues. They spread over an interval that only
d / n decides, so a spectrum that falls is no structure yet: it has to fall away from this one.
"""

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError

_HALVINGS = 60
"""Of the interval [0, π]: below one unit in the last place of any angle."""


def marchenko_pastur(n: int, d: int) -> Float[np.ndarray, " d"]:
    r"""Typical eigenvalues, descending, of the covariance (ddof 1) of n rows of N(0, I_d).

    The quantiles of the Marchenko-Pastur law with ratio :math:`\gamma = d / \nu`, ν = n - 1, at the
    probabilities (j - 1/2) / d. On :math:`\lambda = 1 + \gamma - 2 \sqrt\gamma \cos\theta`, 0 ≤ θ ≤ π, its
    distribution function is elementary, and is inverted by bisection:

    .. math:: F(\theta) = \frac{1}{2 \pi \gamma} \Big[ (1 + \gamma) \theta + 2 \sqrt\gamma \sin\theta
       - 2 |1 - \gamma| \arctan\Big( \frac{1 + \sqrt\gamma}{|1 - \sqrt\gamma|} \tan\frac\theta2 \Big) \Big]

    With n ≤ d the covariance has rank ν, and the other d - ν eigenvalues are 0. Range
    [0, (1 + √γ)²], mean 1; all near 1 for many rows. It is the limit of large n and d at one ratio: at a few
    dimensions the extreme eigenvalues of a sample lie off their quantiles by order :math:`\nu^{-2/3}`.
    Source: Marchenko & Pastur 1967, Math. USSR-Sbornik 1:457, for unit variance; ν in place of n for the mean
    that is subtracted.

    >>> marchenko_pastur(101, 4).round(2).tolist()
    [1.26, 1.07, 0.91, 0.75]
    """
    if n < 2 or d < 1:
        raise LatentsError(f"expected n >= 2 and d >= 1, got n = {n} and d = {d}")
    nu = n - 1
    gamma, rank = d / nu, min(d, nu)
    # Of the part above zero alone; its mass is min(1, 1/γ) = rank / d.
    target = (np.arange(rank, 0, -1) - 0.5) / d
    low, high = np.zeros(rank), np.full(rank, np.pi)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = _distribution(middle, gamma) < target
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    eigenvalues = np.zeros(d)
    # 1 + γ - 2√γ cos θ without the cancellation that it has at γ = 1 and small θ.
    eigenvalues[:rank] = (1 - np.sqrt(gamma)) ** 2 + 4 * np.sqrt(gamma) * np.sin(low / 2) ** 2
    return eigenvalues


def _distribution(theta: Float[np.ndarray, " m"], gamma: float) -> Float[np.ndarray, " m"]:
    """Mass above zero up to the angle θ."""
    root = np.sqrt(gamma)
    half = theta / 2
    angle = np.arctan2((1 + root) * np.sin(half), abs(1 - root) * np.cos(half))
    inside = (1 + gamma) * theta + 2 * root * np.sin(theta) - 2 * abs(1 - gamma) * angle
    return np.asarray(inside / (2 * np.pi * gamma))
