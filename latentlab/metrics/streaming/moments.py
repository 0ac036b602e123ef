"""Count, mean and scatter of a cloud: all that the covariance measures need, and it merges.

Two clouds' moments give those of both together, and those of all parts but one the rest, so a jackknife needs
no second look at the data.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from latentlab.metrics._checks import check_cloud


@dataclass(frozen=True)
class Moments:
    """Sufficient statistics in float64.

    >>> x = np.arange(12.0).reshape(6, 2) ** 2
    >>> a, b = Moments.of(x[:2]), Moments.of(x[2:])
    >>> bool(np.allclose(a.merge(b).scatter, Moments.of(x).scatter))
    True
    """

    n: int
    mean: Float[np.ndarray, " d"]
    scatter: Float[np.ndarray, "d d"]
    """Sum of the outer products of the centred rows."""

    @classmethod
    def of(cls, x: Float[np.ndarray, "n d"]) -> "Moments":
        """The moments of the rows of one array; a part of a cloud may be a single one."""
        x = check_cloud(x, least=1)
        # Relative to the first row: a large common offset costs no digits, and a single point gives zero.
        y = x - x[0]
        shift = y.mean(axis=0)
        y -= shift
        return cls(len(x), x[0] + shift, y.T @ y)

    def merge(self, other: "Moments") -> "Moments":
        """Of both clouds together (Chan, Golub & LeVeque 1979)."""
        n = self.n + other.n
        step = other.mean - self.mean
        scatter = self.scatter + other.scatter + np.outer(step, step) * (self.n * other.n / n)
        return Moments(n, self.mean + step * (other.n / n), scatter)

    @property
    def covariance(self) -> Float[np.ndarray, "d d"]:
        """Sample covariance, ddof 1."""
        return self.scatter / (self.n - 1)

    @property
    def energy(self) -> float:
        """Mean squared norm of the rows, about the origin."""
        return float(self.mean @ self.mean) + float(np.trace(self.scatter)) / self.n
