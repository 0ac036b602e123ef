"""Paths from one latent to another. Both ends are exact, every point is finite.

`slerp_radius`, the default, turns the direction at constant speed and lets the length go linearly: it neither
cuts through the middle, as the straight line does, nor changes length on the way, as `slerp` does between
ends of different length. Directions mean something about the centre of the cloud only: centre or whiten first
(`transforms`).
"""

from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError, UsageError

Kind = Literal["linear", "slerp", "slerp_radius", "norm_corrected"]
_SAME = 1e-9
"""Directions closer than this, in radians, are one direction; as close to opposite, opposite."""

Vector = Float[np.ndarray, " d"]
Path = Float[np.ndarray, "steps d"]


def interpolate(a: Vector, b: Float[np.ndarray, " _d"], steps: int, kind: str = "slerp_radius") -> Path:
    """`steps` points from a to b, both included, at equal parts of the path.

    >>> interpolate(np.array([1.0, 0.0]), np.array([0.0, 3.0]), 3).round(6).tolist()
    [[1.0, 0.0], [1.414214, 1.414214], [0.0, 3.0]]
    """
    if kind not in PATHS:
        raise UsageError(f"no path is called {kind!r}", f"there are {', '.join(get_args(Kind))}")
    if steps < 2:
        raise UsageError(f"a path has at least 2 points, got {steps}")
    if a.ndim != 1 or a.shape != b.shape:
        raise LatentsError(f"expected two vectors of one length, got shapes {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise LatentsError("an end of the path has NaN or infinity")
    start, end = a.astype(np.float64), b.astype(np.float64)
    path = PATHS[kind](start, end, np.linspace(0, 1, steps))
    path[0], path[-1] = start, end
    return path


def linear(a: Vector, b: Vector, t: Float[np.ndarray, " steps"]) -> Path:
    """The straight line.

    >>> linear(np.array([0.0]), np.array([2.0]), np.array([0.0, 0.5])).tolist()
    [[0.0], [1.0]]
    """
    return np.outer(1 - t, a) + np.outer(t, b)


def slerp(a: Vector, b: Vector, t: Float[np.ndarray, " steps"]) -> Path:
    r"""Spherical interpolation as it is usually written, on vectors of any length.

    .. math:: \frac{\sin((1-t)\omega)}{\sin\omega} a + \frac{\sin(t\omega)}{\sin\omega} b

    Where sin ω vanishes or an end is zero it is `slerp_radius`.
    Source: Shoemake 1985, SIGGRAPH.

    >>> slerp(np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([0.5])).round(6).tolist()
    [[0.707107, 0.707107]]
    """
    omega = _angle(a, b)
    if omega is None or omega < _SAME or np.pi - omega < _SAME:
        return slerp_radius(a, b, t)
    weighted = np.outer(np.sin((1 - t) * omega), a) + np.outer(np.sin(t * omega), b)
    return np.asarray(weighted / np.sin(omega))


def slerp_radius(a: Vector, b: Vector, t: Float[np.ndarray, " steps"]) -> Path:
    """Direction by slerp, length linear.

    Along one direction, or with an end at zero, it is the straight line. Between opposite directions every
    half circle is as good as another: it goes by the coordinate axis that a is least along.

    >>> slerp_radius(np.array([1.0, 0.0]), np.array([-1.0, 0.0]), np.array([0.5])).round(6).tolist()
    [[0.0, 1.0]]
    """
    omega = _angle(a, b)
    if omega is None or omega < _SAME or len(a) == 1:
        return linear(a, b, t)
    u = _unit(a)
    opposite = np.pi - omega < _SAME
    towards = np.eye(len(a))[np.argmin(np.abs(u))] if opposite else _unit(b)
    w = _unit(towards - (towards @ u) * u)
    direction = np.outer(np.cos(t * omega), u) + np.outer(np.sin(t * omega), w)
    radius = (1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b)
    return np.asarray(direction * radius[:, None])


def norm_corrected(a: Vector, b: Vector, t: Float[np.ndarray, " steps"]) -> Path:
    """The straight line, each point stretched to the length that lies linearly between those of the ends.

    The arc is that of `slerp_radius`; it is walked fast in the middle and slowly at the ends. Where the line
    goes through zero, it is `slerp_radius`.

    >>> norm_corrected(np.array([2.0, 0.0]), np.array([0.0, 2.0]), np.array([0.5])).round(6).tolist()
    [[1.414214, 1.414214]]
    """
    omega = _angle(a, b)
    line = linear(a, b, t)
    largest = np.max(np.abs(line), axis=1, keepdims=True)
    if omega is None or np.pi - omega < _SAME or not largest.all():
        return slerp_radius(a, b, t)
    direction = line / largest  # the squares of what is tiny would vanish
    radius = (1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b)
    return np.asarray(direction * (radius / np.linalg.norm(direction, axis=1))[:, None])


PATHS = {"linear": linear, "slerp": slerp, "slerp_radius": slerp_radius, "norm_corrected": norm_corrected}


def _unit(x: Vector) -> Vector:
    scaled = x / np.max(np.abs(x))
    return np.asarray(scaled / np.linalg.norm(scaled))


def _angle(a: Vector, b: Vector) -> float | None:
    """In radians, accurate at both ends of its range; None if a vector is zero."""
    if not a.any() or not b.any():
        return None
    u, v = _unit(a), _unit(b)
    return 2 * float(np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))
