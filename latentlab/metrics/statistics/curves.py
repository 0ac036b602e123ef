"""What a figure of a cloud needs beside the metrics: histograms and quantiles, small enough for a report."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from latentlab.metrics._checks import check_cloud
from latentlab.metrics.streaming.directions import directions

BINS = 100
PROBABILITIES = 51
_BLOCK = 1024


def cosine_histogram(x: Float[np.ndarray, "n d"]) -> dict[str, Any]:
    """Numbers of pairs of different rows by their cosine, in equal bins of [-1, 1]; zero rows are left out.

    >>> sum(cosine_histogram(np.eye(4))["counts"])
    6
    """
    u = directions(check_cloud(x))
    edges = np.linspace(-1, 1, BINS + 1)
    counts = np.zeros(BINS, dtype=np.int64)
    for at in range(0, len(u), _BLOCK):
        block = u[at : at + _BLOCK]
        cosines = np.clip(block @ u[at:].T, -1, 1)
        counts += np.histogram(cosines[np.triu_indices(len(block), 1, cosines.shape[1])], edges)[0]
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def normal_quantiles(x: Float[np.ndarray, "n d"]) -> dict[str, Any]:
    """Quantiles of the dimensions against those of N(0, 1), at the same probabilities.

    `median`, `low` and `high` are the median, least and largest over dimensions; `worst` are those of
    dimension `worst_dim`, the one that is farthest from the normal ones in the mean square.
    """
    x = check_cloud(x)
    p = (np.arange(PROBABILITIES) + 0.5) / PROBABILITIES
    normal = ndtri(p)
    quantiles = np.quantile(x, p, axis=0)
    worst = int(np.argmax(((quantiles - normal[:, None]) ** 2).mean(axis=0)))
    return {
        "normal": normal.tolist(),
        "median": np.median(quantiles, axis=1).tolist(),
        "low": quantiles.min(axis=1).tolist(),
        "high": quantiles.max(axis=1).tolist(),
        "worst": quantiles[:, worst].tolist(),
        "worst_dim": worst,
    }
