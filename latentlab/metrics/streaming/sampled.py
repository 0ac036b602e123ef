"""Metrics that need rows themselves, pairs of them above all: on a sample of rows, neighbours found once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from latentlab.metrics._checks import check_cloud
from latentlab.metrics.hubness import NEIGHBOURS as HUB_NEIGHBOURS
from latentlab.metrics.intrinsic import NEIGHBOURS as ID_NEIGHBOURS
from latentlab.metrics.register import CLOUD_METRICS, METRICS
from latentlab.metrics.statistics.copies import COPIES, Copies, distinct_rows
from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.streaming.neighbours import SPARE, Found, nearest

_EUCLIDEAN = ("twonn", "mle_id", "hubness_skewness", "hubness_robinhood")
_COSINE = ("hubness_skewness_cosine", "hubness_robinhood_cosine")
_SEEDED = ("twonn", "mle_id")


@dataclass(frozen=True)
class Sampled:
    """What a sample of rows says."""

    metrics: dict[str, Estimate]
    distinct: Float[np.ndarray, "m d"]
    """The rows without those that repeat another: metrics of neighbours are of these."""
    copies: Copies | None = None
    """None where there are too few rows for neighbour lists."""


def measure_sample(
    x: Float[np.ndarray, "n d"], *, seed: int, keys: Sequence[str] = CLOUD_METRICS, rows: int | None = None
) -> Sampled:
    """Every metric of the stage `rows` among `keys`; each says from how many rows it comes.

    The seed deals the shards of their jackknife. `rows` is how many rows there are in all, n if None.
    """
    x = check_cloud(x)
    wanted = [key for key in keys if METRICS[key].stage == "rows"]
    directed = x.any(axis=1)
    # Rows of zeros are a special value, and one of them would be the nearest of many.
    distinct = x[directed] if directed.any() else x
    zero = len(x) - len(distinct)
    near, copies = _lists(distinct, ID_NEIGHBOURS + SPARE), None
    if near is not None:
        kept, seen = distinct_rows(distinct, near, rows)
        copies = replace(seen, sampled=len(x))
        if not kept.all():
            distinct = distinct[kept]
            near = _lists(distinct, ID_NEIGHBOURS + SPARE)
    near_in_angle = None
    if set(wanted) & set(_COSINE):
        near_in_angle = _lists(distinct[distinct.any(axis=1)], HUB_NEIGHBOURS, cosine=True)
    metrics = {}
    for key in wanted:
        measure = METRICS[key]
        of_neighbours = key in (*_EUCLIDEAN, *_COSINE)
        cloud = distinct if of_neighbours and len(distinct) > 1 else x
        options: dict[str, object] = {}
        if of_neighbours:
            options["found"] = near if key in _EUCLIDEAN else near_in_angle
        if key in _SEEDED:
            options["seed"] = seed
        estimate = measure.function(cloud, **options)
        of_zero = zero if cloud is not x else 0
        left_out = len(x) - len(cloud) - of_zero
        if of_zero:
            estimate = estimate.with_note(f"{of_zero} of {len(x)} rows left out: they are zero")
        if left_out:
            estimate = estimate.with_note(f"{left_out} of {len(x)} rows left out: {COPIES}")
        metrics[key] = estimate.from_rows(len(cloud))
    return Sampled(metrics, distinct, copies)


def _lists(x: Float[np.ndarray, "n d"], k: int, *, cosine: bool = False) -> Found | None:
    """Neighbour lists, or None where there are too few rows for any; the metrics say so themselves."""
    if len(x) < HUB_NEIGHBOURS + 2:
        return None
    return nearest(x, min(k, len(x) - 1), metric="cosine" if cosine else "euclidean")
