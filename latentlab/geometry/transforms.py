"""Affine maps of latent space from a mean and a covariance: centring, standardising, whitening, and back.

Mean and covariance come from training. Taken from the sentences at hand they would depend on which these are.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError

SHRINKAGE = 1e-3


@dataclass(frozen=True)
class Affine:
    """x -> (x - shift) @ matrix, and its inverse.

    >>> double = Affine(np.array([1.0]), np.array([[2.0]]), np.array([[0.5]]))
    >>> double.apply(np.array([[3.0]])).tolist(), double.invert(np.array([[4.0]])).tolist()
    ([[4.0]], [[3.0]])
    """

    shift: Float[np.ndarray, " d"]
    matrix: Float[np.ndarray, "d d"]
    inverse: Float[np.ndarray, "d d"]

    def apply(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Into the transformed space."""
        return np.asarray((_checked(x, self.shift) - self.shift) @ self.matrix)

    def invert(self, y: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Back; `invert(apply(x))` is x."""
        return np.asarray(_checked(y, self.shift) @ self.inverse + self.shift)


def centring(mean: Float[np.ndarray, " d"]) -> Affine:
    """Subtract the mean."""
    identity = np.eye(len(mean))
    return Affine(_finite(mean), identity, identity)


def standardising(mean: Float[np.ndarray, " d"], covariance: Float[np.ndarray, "d d"]) -> Affine:
    """Mean 0 and variance 1 in every dimension; a dimension without variance is only centred."""
    deviation = np.sqrt(np.diagonal(_finite(covariance)))
    deviation = np.where(deviation > 0, deviation, 1.0)
    return Affine(_finite(mean), np.diag(1 / deviation), np.diag(deviation))


def whitening(
    mean: Float[np.ndarray, " d"], covariance: Float[np.ndarray, "d d"], *, shrinkage: float = SHRINKAGE
) -> Affine:
    r"""Covariance to the identity without turning the axes more than needed (ZCA).

    .. math:: W = C_\alpha^{-1/2}, \quad C_\alpha = (1 - \alpha) C + \alpha\, \tfrac{\mathrm{tr}\, C}{d} I

    Shrinkage bounds how much a direction with hardly any variance is blown up; with α = 0 the covariance must
    have full rank. Of all whitenings this one stays closest to the original vectors.
    Source: Kessy, Lewin & Strimmer 2018, The American Statistician 72:309; shrinkage Ledoit & Wolf 2004.

    >>> whitening(np.zeros(2), np.diag([4.0, 0.25]), shrinkage=0.0).matrix.round(6).tolist()
    [[0.5, 0.0], [0.0, 2.0]]
    """
    if not 0 <= shrinkage <= 1:
        raise LatentsError(f"expected a shrinkage from 0 to 1, got {shrinkage}")
    d = len(mean)
    average = float(np.trace(_finite(covariance))) / d
    eigenvalues, vectors = np.linalg.eigh((1 - shrinkage) * covariance + shrinkage * average * np.eye(d))
    if average <= 0 or eigenvalues[0] <= d * np.finfo(np.float64).eps * eigenvalues[-1]:
        raise LatentsError(
            "the covariance has no full rank and cannot be whitened",
            "use more sentences than dimensions, or a shrinkage above 0",
        )
    roots = np.sqrt(eigenvalues)
    return Affine(_finite(mean), (vectors / roots) @ vectors.T, (vectors * roots) @ vectors.T)


def _finite(values: np.ndarray) -> np.ndarray:
    if not np.isfinite(values).all():
        raise LatentsError("mean or covariance has NaN or infinity")
    return np.asarray(values, dtype=np.float64)


def _checked(x: np.ndarray, shift: Float[np.ndarray, " d"]) -> Float[np.ndarray, "n d"]:
    if x.ndim != 2 or x.shape[1] != len(shift):
        raise LatentsError(f"expected vectors of shape (n, {len(shift)}), got {x.shape}")
    return np.asarray(x, dtype=np.float64)
