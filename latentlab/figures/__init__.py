"""One function a figure, from a report to a matplotlib Figure: for command line, app and notebook alike."""

from latentlab.figures import _matplotlib  # noqa: F401  first: what follows imports matplotlib itself
from latentlab.figures.anisotropy import anisotropy_overview
from latentlab.figures.channel import waterfall
from latentlab.figures.constellation import constellation
from latentlab.figures.cosines import cosine_histogram
from latentlab.figures.dimensions import normal_quantiles, rogue_dimensions
from latentlab.figures.layers import layer_profile
from latentlab.figures.maps import latent_map
from latentlab.figures.rates import kl_per_dimension, mean_against_noise
from latentlab.figures.register import FIGURES, available
from latentlab.figures.spectrum import spectrum
from latentlab.figures.style import house_style, save, to_bytes
from latentlab.figures.training import training_curves
from latentlab.figures.ways import edit_ladder, norm_profile, way_strips

__all__ = [
    "FIGURES",
    "anisotropy_overview",
    "available",
    "constellation",
    "cosine_histogram",
    "edit_ladder",
    "house_style",
    "kl_per_dimension",
    "latent_map",
    "layer_profile",
    "mean_against_noise",
    "norm_profile",
    "normal_quantiles",
    "rogue_dimensions",
    "save",
    "spectrum",
    "to_bytes",
    "training_curves",
    "waterfall",
    "way_strips",
]
