"""Every measure by its key in a report, with what is claimed about it.

The claims are tested: declared invariances hold, the others fail, and the limit is reached on a large
isotropic Gaussian. `function` takes vectors (n, d), or the means and log variances of a posterior, or answers
and references, as its family says.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from latentlab.metrics import (
    aggregate,
    cosine,
    covariance,
    hubness,
    intrinsic,
    normality,
    participation,
    partition,
    posterior,
    rank,
    rogue,
    uniformity,
)
from latentlab.metrics.statistics import debiased_rank
from latentlab.metrics.text import reconstruction

Family = Literal["cone", "covariance", "rogue", "shape", "normality", "appendix", "posterior", "text"]
Stage = Literal["columns", "spectrum", "gram", "rows"]
Interval = Literal["unbiased", "plug-in", "sampling", "none"]
Invariance = Literal["permute", "rotate", "scale", "translate", "repeat"]
ROWS: frozenset[Invariance] = frozenset({"permute", "repeat"})
SHAPE: frozenset[Invariance] = frozenset({"permute", "rotate", "scale", "translate"})
CLOUD: frozenset[Invariance] = SHAPE | {"repeat"}
DIRECTIONS: frozenset[Invariance] = SHAPE - {"translate"}
AXES: frozenset[Invariance] = CLOUD - {"rotate"}


@dataclass(frozen=True)
class Measure:
    """What a measure is and how to read it."""

    function: Callable[..., Any]
    family: Family
    direction: Literal["up", "down", "none"]
    """Of a more isotropic cloud; of a better text. A posterior has no good direction."""
    range: str
    invariances: frozenset[Invariance]
    """What may be done to all rows at once without changing the value; "scale" is by a positive number,
    "repeat" takes every row twice. A posterior's means are rotated and moved, its variances only scaled."""
    limit: Callable[[int], float] | None = None
    """Value on an isotropic Gaussian with many rows, by d; None where there is no such limit."""
    stage: Stage = "rows"
    """Of measures of a cloud: what they are read from in a report. `columns`, `spectrum` and `gram` (singular
    values) come from one pass over all rows; `rows` needs rows themselves and gets a random sample."""
    interval: Interval = "none"
    """What a report's ± is. `unbiased`: an interval for the space. `plug-in`: none is printed, for the
    value depends on n. `sampling`: of the value at this n, biased as it is. `none`: no ± at all."""


def _spectral(
    function: Callable[..., Any],
    range_: str,
    limit: Callable[[int], float],
    interval: Interval = "none",
    *,
    direction: Literal["up", "down"] = "up",
    invariances: frozenset[Invariance] = CLOUD,
) -> Measure:
    """A measure of the covariance's eigenvalues."""
    return Measure(function, "covariance", direction, range_, invariances, limit, "spectrum", interval)


METRICS: dict[str, Measure] = {
    "mean_cosine": Measure(
        cosine.mean_cosine,
        "cone",
        "down",
        "[-1/(n-1), 1]",
        frozenset({"permute", "rotate", "scale"}),
        lambda d: 0.0,
        "columns",
        interval="unbiased",
    ),
    "mean_cosine_centred": Measure(
        cosine.mean_cosine_centred,
        "cone",
        "none",
        "[-1/(n-1), 1]",
        SHAPE,
        lambda d: 0.0,
    ),
    "mean_energy_ratio": Measure(
        cosine.mean_energy_ratio,
        "cone",
        "down",
        "[-1/(n-1), 1]",
        frozenset({"permute", "rotate", "scale"}),
        lambda d: 0.0,
        "columns",
        interval="unbiased",
    ),
    "resultant_length": Measure(
        cosine.resultant_length,
        "cone",
        "down",
        "[0, 1]",
        frozenset({"permute", "rotate", "scale", "repeat"}),
        lambda d: 0.0,
        "columns",
        interval="plug-in",
    ),
    "participation_ratio": _spectral(participation.participation_ratio, "[1, d]", lambda d: d, "plug-in"),
    "participation_ratio_debiased": _spectral(
        participation.participation_ratio_debiased, "[1, d]", lambda d: d, "unbiased", invariances=SHAPE
    ),
    "isoscore": _spectral(participation.isoscore, "[0, 1]", lambda d: 1.0, "plug-in"),
    "isoscore_debiased": _spectral(
        participation.isoscore_debiased, "[0, 1]", lambda d: 1.0, "unbiased", invariances=SHAPE
    ),
    "effective_rank": _spectral(covariance.effective_rank, "[1, d]", lambda d: d, "plug-in"),
    "effective_rank_debiased": _spectral(
        debiased_rank.effective_rank_debiased,
        "[1, d]",
        lambda d: d,
        "unbiased",
        invariances=SHAPE - {"permute"},
    ),
    "effective_rank_sv": _spectral(covariance.effective_rank_sv, "[1, d]", lambda d: d, "plug-in"),
    "top1_variance_share": _spectral(
        covariance.top1_variance_share, "[1/d, 1]", lambda d: 1 / d, "plug-in", direction="down"
    ),
    "top10_variance_share": _spectral(
        covariance.top10_variance_share, "[10/d, 1]", lambda d: min(10 / d, 1.0), "plug-in", direction="down"
    ),
    "dims_90": _spectral(covariance.dims_90, "[1, d]", lambda d: math.ceil(0.9 * d - 1e-9)),
    "condition_number": _spectral(covariance.condition_number, "[1, inf)", lambda d: 1.0, direction="down"),
    "cc_share_top1": Measure(
        rogue.cc_share_top1, "rogue", "down", "[1/d, 1]", AXES - {"translate", "repeat"}, None, "columns"
    ),
    "cc_share_top3": Measure(
        rogue.cc_share_top3, "rogue", "down", "[3/d, 1]", AXES - {"translate", "repeat"}, None, "columns"
    ),
    "variance_share_top1": Measure(
        rogue.variance_share_top1, "rogue", "down", "[1/d, 1]", AXES, lambda d: 1 / d, "columns"
    ),
    "n_outlier_dims_mean3sd": Measure(
        rogue.n_outlier_dims_mean3sd, "rogue", "down", "[0, d/9)", AXES - {"translate"}, None, "columns"
    ),
    "n_outlier_dims_var5x": Measure(
        rogue.n_outlier_dims_var5x, "rogue", "down", "[0, d/5]", AXES, lambda d: 0.0, "columns"
    ),
    "kurtosis_median": Measure(
        rogue.kurtosis_median, "rogue", "none", "[-2, n)", AXES, lambda d: 0.0, "columns"
    ),
    "kurtosis_max": Measure(rogue.kurtosis_max, "rogue", "none", "[-2, n)", AXES, lambda d: 0.0, "columns"),
    "uniformity": Measure(
        uniformity.uniformity,
        "shape",
        "down",
        "[-8, 0]",
        DIRECTIONS,
        uniformity.on_the_sphere,
        interval="unbiased",
    ),
    "uniformity_gap": Measure(
        uniformity.uniformity_gap, "shape", "down", "[-8, 4]", DIRECTIONS, lambda d: 0.0, interval="unbiased"
    ),
    "twonn": Measure(intrinsic.twonn, "shape", "none", "(0, inf)", CLOUD, interval="sampling"),
    "mle_id": Measure(intrinsic.mle_id, "shape", "none", "(0, inf)", CLOUD, interval="sampling"),
    "hubness_skewness": Measure(hubness.hubness_skewness, "shape", "none", "(-sqrt(n), sqrt(n))", SHAPE),
    "hubness_robinhood": Measure(hubness.hubness_robinhood, "shape", "none", "[0, 1)", SHAPE),
    "hubness_skewness_cosine": Measure(
        hubness.hubness_skewness_cosine, "shape", "none", "(-sqrt(n), sqrt(n))", DIRECTIONS
    ),
    "hubness_robinhood_cosine": Measure(
        hubness.hubness_robinhood_cosine, "shape", "none", "[0, 1)", DIRECTIONS
    ),
    "ks_median": Measure(normality.ks_median, "normality", "none", "[0, 1]", ROWS, lambda d: 0.0),
    "ks_max": Measure(normality.ks_max, "normality", "none", "[0, 1]", ROWS, lambda d: 0.0),
    "mmd2": Measure(
        normality.mmd2,
        "normality",
        "none",
        "[-1/n, 1.6)",
        frozenset({"permute", "rotate"}),
        lambda d: 0.0,
        interval="unbiased",
    ),
    "partition_isotropy": Measure(
        partition.partition_isotropy, "appendix", "up", "[0, 1]", frozenset({"permute", "rotate", "repeat"})
    ),
    "rankme": Measure(rank.rankme, "appendix", "up", "[1, d]", CLOUD - {"translate"}, lambda d: d, "gram"),
    "alpha_req": Measure(rank.alpha_req, "appendix", "down", "[0, inf)", CLOUD, lambda d: 0.0, "spectrum"),
    "kl_per_dim": Measure(posterior.kl_per_dim, "posterior", "none", "[0, inf)", ROWS),
    "kl_total": Measure(posterior.kl_total, "posterior", "none", "[0, inf)", ROWS | {"rotate"}),
    "kl_total_bits": Measure(posterior.kl_total_bits, "posterior", "none", "[0, inf)", ROWS | {"rotate"}),
    "active_units": Measure(
        posterior.active_units, "posterior", "none", "[0, d]", frozenset({"permute", "translate"})
    ),
    "kl_dims_95": Measure(posterior.kl_dims_95, "posterior", "none", "[1, d]", ROWS),
    "information_per_dim": Measure(
        aggregate.information_per_dim, "posterior", "none", "[0, inf)", ROWS | {"scale", "translate"}
    ),
    "information_dimwise": Measure(
        aggregate.information_dimwise, "posterior", "none", "[0, rate]", ROWS | {"scale", "translate"}
    ),
    "information_dims_95": Measure(
        posterior.information_dims_95, "posterior", "none", "[1, d]", ROWS | {"scale", "translate"}
    ),
    "collapsed_dims": Measure(posterior.collapsed_dims, "posterior", "none", "[0, d]", ROWS),
    "signal_share": Measure(
        aggregate.signal_share,
        "posterior",
        "none",
        "[0, 1]",
        CLOUD,
    ),
    "agg_kl_gaussian": Measure(aggregate.agg_kl_gaussian, "posterior", "none", "[0, inf)", ROWS),
    "agg_tc_gaussian": Measure(
        aggregate.agg_tc_gaussian, "posterior", "none", "[0, inf)", ROWS | {"scale", "translate"}
    ),
    "agg_dimwise_kl_gaussian": Measure(
        aggregate.agg_dimwise_kl_gaussian, "posterior", "none", "[0, inf)", ROWS
    ),
    "mi_upper_bound": Measure(
        aggregate.mi_upper_bound, "posterior", "none", "(-inf, rate]", ROWS | {"scale", "translate"}
    ),
    "bnvae_kl_lower_bound": Measure(
        aggregate.bnvae_kl_lower_bound, "posterior", "none", "[0, rate]", ROWS | {"rotate"}
    ),
    "exact_match": Measure(reconstruction.exact_match, "text", "up", "[0, 1]", ROWS),
    "length_accuracy": Measure(reconstruction.length_accuracy, "text", "up", "[0, 1]", ROWS),
    "token_accuracy": Measure(reconstruction.token_accuracy, "text", "up", "[0, 1]", ROWS),
    "ter": Measure(reconstruction.ter, "text", "down", "[0, inf)", ROWS),
    "bleu": Measure(reconstruction.bleu, "text", "up", "[0, 100]", ROWS),
    "chrf": Measure(reconstruction.chrf, "text", "up", "[0, 100]", ROWS),
}

CLOUD_METRICS = tuple(key for key, m in METRICS.items() if m.family not in ("posterior", "text"))
"""Keys of the measures that take vectors."""
