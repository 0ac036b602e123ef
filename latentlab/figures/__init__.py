"""One function a figure, from a report to a matplotlib Figure: for command line, app and notebook alike."""

from latentlab.figures import _matplotlib  # noqa: F401  first: what follows imports matplotlib itself
from latentlab.figures.constellation_figure import constellation
from latentlab.figures.figure_register import FIGURES, available
from latentlab.figures.output.style import house_style, save, to_bytes
from latentlab.figures.path_figures import edit_ladder, norm_profile, path_strips
from latentlab.figures.spaces.cosines import cosine_histogram
from latentlab.figures.spaces.dimensions import normal_quantiles, rogue_dimensions
from latentlab.figures.spaces.latent_maps import latent_map
from latentlab.figures.spaces.layer_profile import layer_profile
from latentlab.figures.spaces.overview import anisotropy_overview
from latentlab.figures.spaces.rates import kl_per_dimension, mean_against_noise
from latentlab.figures.spaces.spectrum import spectrum
from latentlab.figures.training_curves import training_curves
from latentlab.figures.waterfall import waterfall

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
    "path_strips",
    "rogue_dimensions",
    "save",
    "spectrum",
    "to_bytes",
    "training_curves",
    "waterfall",
]
