"""Measures that need rows themselves, pairs of them above all: on a sample of rows, neighbours found once."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from latentlab.metrics._checks import check_cloud
from latentlab.metrics.estimate import Estimate
from latentlab.metrics.hubness import NEIGHBOURS as HUB_NEIGHBOURS
from latentlab.metrics.intrinsic import NEIGHBOURS as ID_NEIGHBOURS
from latentlab.metrics.neighbours import SPARE, Found, nearest
from latentlab.metrics.register import CLOUD_METRICS, METRICS

_EUCLIDEAN = ("twonn", "mle_id", "hubness_skewness", "hubness_robinhood")
_COSINE = ("hubness_skewness_cosine", "hubness_robinhood_cosine")
_SEEDED = ("ks_median", "ks_max")


def measure_sample(
    x: Float[np.ndarray, "n d"], *, seed: int, keys: Sequence[str] = CLOUD_METRICS
) -> dict[str, Estimate]:
    """Every measure of the stage `rows` among `keys`; each says from how many rows it comes.

    The seed deals the shards of their jackknife.
    """
    x = check_cloud(x)
    wanted = [key for key in keys if METRICS[key].stage == "rows"]
    near = _lists(x, ID_NEIGHBOURS + SPARE) if set(wanted) & set(_EUCLIDEAN) else None
    near_in_angle = None
    if set(wanted) & set(_COSINE):
        near_in_angle = _lists(x[x.any(axis=1)], HUB_NEIGHBOURS + SPARE, cosine=True)
    measures = {}
    for key in wanted:
        measure = METRICS[key]
        options: dict[str, object] = {}
        if key in _EUCLIDEAN:
            options = {"found": near, "seed": seed}
        elif key in _COSINE:
            options = {"found": near_in_angle, "seed": seed}
        elif key in _SEEDED:
            options = {"seed": seed}
        measures[key] = measure.function(x, **options).from_rows(len(x))
    return measures


def _lists(x: Float[np.ndarray, "n d"], k: int, *, cosine: bool = False) -> Found | None:
    """Neighbour lists, or None where there are too few rows for any; the measures say so themselves."""
    if len(x) < HUB_NEIGHBOURS + 2:
        return None
    return nearest(x, min(k, len(x) - 1), metric="cosine" if cosine else "euclidean")
