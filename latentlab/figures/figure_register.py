"""Every figure by its name, which is the name of its file."""

from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.figure import Figure

from latentlab.figures.constellation_figure import constellation
from latentlab.figures.path_figures import edit_ladder, norm_profile, path_strips
from latentlab.figures.report_items import constellations, path_curves, posteriors, profiles, sweeps
from latentlab.figures.spaces.cosines import cosine_histogram, with_cosines
from latentlab.figures.spaces.dimensions import (
    normal_quantiles,
    rogue_dimensions,
    with_contributions,
    with_quantiles,
)
from latentlab.figures.spaces.latent_maps import latent_map, with_maps
from latentlab.figures.spaces.layer_profile import layer_profile
from latentlab.figures.spaces.overview import anisotropy_overview, with_measures
from latentlab.figures.spaces.rates import kl_per_dimension, mean_against_noise, with_variances
from latentlab.figures.spaces.spectrum import spectrum, with_eigenvalues
from latentlab.figures.training_curves import training_curves, with_logs
from latentlab.figures.waterfall import waterfall
from latentlab.results import Report

FIGURES: dict[str, Callable[[Report[Any]], Figure]] = {
    "overview": anisotropy_overview,
    "cosine_histogram": cosine_histogram,
    "spectrum": spectrum,
    "kl_per_dimension": kl_per_dimension,
    "mean_against_noise": mean_against_noise,
    "rogue_dimensions": rogue_dimensions,
    "normal_quantiles": normal_quantiles,
    "layer_profile": layer_profile,
    "path_strips": path_strips,
    "edit_ladder": edit_ladder,
    "norm_profile": norm_profile,
    "waterfall": waterfall,
    "constellation": constellation,
    "training_curves": training_curves,
    "latent_map": latent_map,
}
"""Each takes a report and raises a UsageError where the report has nothing for it."""

_DRAWN: dict[str, Callable[[Report[Any]], Sequence[object]]] = {
    "overview": with_measures,
    "cosine_histogram": with_cosines,
    "spectrum": with_eigenvalues,
    "kl_per_dimension": posteriors,
    "mean_against_noise": with_variances,
    "rogue_dimensions": with_contributions,
    "normal_quantiles": with_quantiles,
    "layer_profile": profiles,
    "path_strips": path_curves,
    "edit_ladder": path_curves,
    "norm_profile": path_curves,
    "waterfall": sweeps,
    "constellation": constellations,
    "training_curves": with_logs,
    "latent_map": with_maps,
}


def available(report: Report[Any]) -> list[str]:
    """Names of the figures that a report has data for; nothing is drawn to find out."""
    return [name for name in FIGURES if _DRAWN[name](report)]
