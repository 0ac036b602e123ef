"""Where a path leads through the cloud: in which space it is straight, and how far out it comes.

A deterministic latent lies off the origin, often in a cone: about the origin hardly anything turns. Its paths
are drawn where the training cloud has mean 0, or mean 0 and covariance I, and are mapped back. A straight
line is the same line in every such space, so what is drawn there turns.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from latentlab.errors import UsageError
from latentlab.geometry.paths import PATHS, interpolate
from latentlab.geometry.transforms import Affine, centring, whitening

Vector = Float[np.ndarray, " d"]
Path = Float[np.ndarray, "steps d"]

SPACES = ("centred", "whitened")
"""Paths that turn, as `slerp_radius` does, about the mean of the training cloud."""
KINDS = (*PATHS, *SPACES)


@dataclass(frozen=True)
class LatentStatistics:
    """What is known of the cloud that a path leads through."""

    mean: Vector
    covariance: Float[np.ndarray, "d d"]
    prior: bool
    """Whether training pulled the cloud to N(0, I), so that a density under it means something."""

    def space(self, kind: str) -> Affine:
        """The map into the space of a path kind of SPACES."""
        return centring(self.mean) if kind == "centred" else self._whitened

    @cached_property
    def _whitened(self) -> Affine:
        return whitening(self.mean, self.covariance)


@dataclass(frozen=True)
class Profile:
    """What a path is like, point by point: arrays of (steps,)."""

    norm: Float[np.ndarray, " steps"]
    """Euclidean length."""
    mahalanobis: Float[np.ndarray, " steps"] | None
    """Distance from the training cloud's mean in its own deviations, about √d for a training sentence; None
    where nothing is known of the cloud."""
    prior_log_density: Float[np.ndarray, " steps"] | None
    """log N(z; 0, I), nats; None without a prior."""


def draw_path(a: Vector, b: Vector, steps: int, kind: str, cloud: LatentStatistics | None) -> Path:
    """A path of any kind of KINDS; both ends are exact."""
    if kind not in KINDS:
        raise UsageError(f"no path is called {kind!r}", f"there are {', '.join(KINDS)}")
    if kind not in SPACES:
        return interpolate(a, b, steps, kind)
    if cloud is None:
        raise UsageError(f"a {kind} path needs the statistics of the training cloud", "use another path")
    space = cloud.space(kind)
    ends = space.apply(np.stack([a, b]).astype(np.float64))
    path = space.invert(interpolate(ends[0], ends[1], steps))
    path[0], path[-1] = a, b
    return path


def profile(path: Path, cloud: LatentStatistics | None) -> Profile:
    r"""Length, Mahalanobis distance and prior log-density of every point.

    .. math:: \lVert z \rVert,\quad \sqrt{(z-m)^\top C^{-1} (z-m)},\quad
        -\tfrac12 \lVert z \rVert^2 - \tfrac d2 \ln 2\pi

    C is the training covariance with the shrinkage of `whitening`, so no direction is infinitely far away.

    >>> profile(np.array([[3.0, 4.0]]), None).norm.tolist()
    [5.0]
    """
    z = np.asarray(path, dtype=np.float64)
    norm = np.linalg.norm(z, axis=1)
    if cloud is None:
        return Profile(norm, None, None)
    distance = np.linalg.norm(cloud.space("whitened").apply(z), axis=1)
    density = -0.5 * norm**2 - 0.5 * z.shape[1] * np.log(2 * np.pi) if cloud.prior else None
    return Profile(norm, distance, density)
