"""Other moves than a path between two points: mixtures of several, arithmetic, steps along an axis, samples.

All take and give numpy rows in float64. What is drawn is drawn from the generator that is passed.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError, UsageError

Vector = Float[np.ndarray, " d"]
Points = Float[np.ndarray, "n d"]


def centre_of_gravity(
    points: Points, weights: Float[np.ndarray, " n"], *, mean: Vector | None = None
) -> Vector:
    r"""A weighted mixture that is distributed like the points it is made of.

    .. math:: z = m + \frac{\sum_k w_k (x_k - m)}{\sqrt{\sum_k w_k^2}}, \quad \sum_k w_k = 1

    `points` (n, d), `weights` (n,), `mean` m (d,), zero where it is not given. For independent points of one
    Gaussian the result has its covariance, where the plain average is too short by the root. A single weight
    gives that point exactly. Similar points overshoot: n copies of x come out √n times as long.
    Source: Bodin et al. 2024, arXiv:2408.08558 (linear combinations of Gaussian latents).

    >>> centre_of_gravity(np.eye(2), np.array([0.5, 0.5])).round(6).tolist()
    [0.707107, 0.707107]
    """
    x, w = _points(points), np.asarray(weights, dtype=np.float64)
    if w.shape != (len(x),) or not np.isfinite(w).all() or abs(w.sum() - 1) > 1e-6:
        raise UsageError(f"expected {len(x)} weights that sum to 1, got {np.round(w, 4).tolist()}")
    m = np.zeros(x.shape[1]) if mean is None else np.asarray(mean, dtype=np.float64)
    return np.asarray(m + w @ (x - m) / np.sqrt(w @ w))


def arithmetic(a: Vector, b: Vector, c: Vector) -> Vector:
    """A − B + C: what A has and B lacks, put on C.

    Source: Mikolov et al. 2013, N13-1090 (vector offsets).

    >>> arithmetic(np.array([2.0, 1.0]), np.array([2.0, 0.0]), np.array([5.0, 5.0])).tolist()
    [5.0, 6.0]
    """
    rows = _points(np.stack([a, b, c]))
    return np.asarray(rows[0] - rows[1] + rows[2])


def attribute_vector(with_it: Points, without: Float[np.ndarray, "_m d"]) -> Vector:
    r"""The direction of an attribute: mean of the sentences that have it minus mean of those that do not.

    .. math:: v = \tfrac1n \sum_i x_i - \tfrac1m \sum_j y_j

    The two groups should differ in nothing else, for whatever else differs is in it too.
    Source: Radford, Metz & Chintala 2016, arXiv:1511.06434.

    >>> attribute_vector(np.array([[1.0, 2.0], [1.0, 4.0]]), np.array([[0.0, 3.0]])).tolist()
    [1.0, 0.0]
    """
    return np.asarray(_points(with_it).mean(axis=0) - _points(without).mean(axis=0))


def traversal(
    z: Vector, dimension: int, deviation: Float[np.ndarray, " d"], *, steps: int = 7, reach: float = 3.0
) -> Points:
    """Copies of z (steps, d) with one coordinate moved from −reach to +reach of its own deviations.

    `deviation` is σ, not σ² and not log σ²: that of the cloud, or for the noise of one sentence that of its
    posterior, exp(logvar / 2). The middle row is z where `steps` is odd.

    >>> traversal(np.array([1.0, 5.0]), 0, np.array([0.5, 9.0]), steps=3, reach=2.0).tolist()
    [[0.0, 5.0], [1.0, 5.0], [2.0, 5.0]]
    """
    row = _points(z[None])[0]
    if not 0 <= dimension < len(row):
        raise UsageError(f"there is no dimension {dimension}", f"they go from 0 to {len(row) - 1}")
    if steps < 2 or not 0 < reach < np.inf:
        raise UsageError(
            f"a traversal has at least 2 steps and a finite reach above 0, got {steps} and {reach}"
        )
    if deviation.shape != row.shape or not (deviation >= 0).all():
        raise LatentsError(f"expected {len(row)} deviations, none negative, got shape {deviation.shape}")
    moved = np.repeat(row[None], steps, axis=0)
    moved[:, dimension] += np.linspace(-reach, reach, steps) * deviation[dimension]
    return moved


def neighbourhood(
    z: Vector, deviation: Float[np.ndarray, " d"], n: int, *, scale: float = 1.0, rng: np.random.Generator
) -> Points:
    """N draws (n, d) from N(z, scale² diag(deviation²)): the blur around a point.

    >>> neighbourhood(np.zeros(2), np.zeros(2), 1, rng=np.random.default_rng(0)).tolist()
    [[0.0, 0.0]]
    """
    row = _points(z[None])[0]
    if n < 1 or not 0 <= scale < np.inf:
        raise UsageError(f"expected at least 1 draw and a finite scale of 0 or more, got {n} and {scale}")
    return np.asarray(row + scale * np.asarray(deviation) * rng.standard_normal((n, len(row))))


def prior_samples(n: int, d: int, *, rng: np.random.Generator) -> Points:
    """N draws (n, d) from the prior N(0, I).

    >>> prior_samples(2, 3, rng=np.random.default_rng(0)).shape
    (2, 3)
    """
    if n < 1 or d < 1:
        raise UsageError(f"expected at least 1 draw of at least 1 dimension, got {n} and {d}")
    return rng.standard_normal((n, d))


def _points(x: np.ndarray | Sequence[np.ndarray]) -> Points:
    rows = np.asarray(x, dtype=np.float64)
    if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
        raise LatentsError(f"expected finite vectors of shape (n, d), got shape {rows.shape}")
    return rows
