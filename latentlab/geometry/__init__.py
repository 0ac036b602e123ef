"""Moving in latent space: affine maps, paths between two points, maps for the eye."""

from latentlab.geometry.paths import PATHS, interpolate, linear, slerp, slerp_radius
from latentlab.geometry.projection import project
from latentlab.geometry.transforms import Affine, centring, standardising, whitening

__all__ = [
    "PATHS",
    "Affine",
    "centring",
    "interpolate",
    "linear",
    "project",
    "slerp",
    "slerp_radius",
    "standardising",
    "whitening",
]
