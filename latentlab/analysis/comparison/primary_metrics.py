"""The few metrics that a comparison rests on, in a form in which two spaces can be set against each other.

Two core metrics of the cone and two of the covariance are tested together; over seeds the share of the
leading direction is too, which depends on the number of sentences and has no interval over them. The shares
that one dimension has of the mean cosine and of the variance go with them, but are no core metrics. The
effective rank is taken over d.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from latentlab.analysis.anisotropy.cloud import state_of
from latentlab.metrics import Moments
from latentlab.metrics.streaming.read_accumulator import Measured, measure_state
from latentlab.metrics.streaming.sharding import Labels

CORE = (
    "mean_cosine",
    "mean_energy_ratio",
    "isoscore_debiased",
    "effective_rank_over_d",
    "top1_variance_share",
)
"""P-values are adjusted for having looked at these, and at no others."""
ROGUE = ("cc_share_top1", "variance_share_top1")
PRIMARY_METRICS = (*CORE, *ROGUE)
OF_ONE_WIDTH = ("top1_variance_share", *ROGUE)
"""These start at 1/d: spaces of different width are not compared by them."""


def core_of(measured: Mapping[str, Measured], d: int) -> dict[str, Measured]:
    """The metrics above, from all metrics of a cloud of width d."""
    known = {**measured, "effective_rank_over_d": _scaled(measured["effective_rank_debiased"], 1 / d)}
    return {key: known[key] for key in PRIMARY_METRICS}


def core_on_principal_axes(
    mu: Float[np.ndarray, "n d"], k: int, *, seed: int, groups: Labels | None = None
) -> dict[str, Measured]:
    """The core metrics of a cloud on its k axes of largest variance.

    Nothing is subtracted, so what the mean has along these axes stays. The axes are those of all rows in
    every replicate. A share of one dimension has no meaning on such axes and is left out.
    """
    _, vectors = np.linalg.eigh(Moments.of(mu).covariance)
    state = state_of(mu @ vectors[:, ::-1][:, :k], seed=seed, groups=groups)
    measured = {
        key: replace(value, estimate=value.estimate.from_rows(state.n))
        for key, value in measure_state(state).items()
    }
    return {key: value for key, value in core_of(measured, k).items() if key not in ROGUE}


def _scaled(measured: Measured, factor: float) -> Measured:
    e = measured.estimate
    scaled = replace(
        e,
        value=None if e.value is None else e.value * factor,
        se=None if e.se is None else e.se * factor,
        ci95=None if e.ci95 is None else (e.ci95[0] * factor, e.ci95[1] * factor),
    )
    return Measured(scaled, tuple(None if r is None else r * factor for r in measured.replicates))
