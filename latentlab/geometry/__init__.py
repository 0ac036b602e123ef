"""Moving in latent space: affine maps, paths between two points, other moves, maps for the eye."""

from latentlab.geometry.along import KINDS, SPACES, LatentStatistics, Profile, draw_path, profile
from latentlab.geometry.moves import (
    arithmetic,
    attribute_vector,
    centre_of_gravity,
    neighbourhood,
    prior_samples,
    traversal,
)
from latentlab.geometry.paths import PATHS, interpolate, linear, norm_corrected, slerp, slerp_radius
from latentlab.geometry.projection import project
from latentlab.geometry.transforms import Affine, centring, standardising, whitening

__all__ = [
    "KINDS",
    "PATHS",
    "SPACES",
    "Affine",
    "LatentStatistics",
    "Profile",
    "arithmetic",
    "attribute_vector",
    "centre_of_gravity",
    "centring",
    "draw_path",
    "interpolate",
    "linear",
    "neighbourhood",
    "norm_corrected",
    "prior_samples",
    "profile",
    "project",
    "slerp",
    "slerp_radius",
    "standardising",
    "traversal",
    "whitening",
]
