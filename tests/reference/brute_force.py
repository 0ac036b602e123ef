"""Every metric, written straight from its definition in float64: the tables of keys; slow on purpose.

`CLOUD` maps a key to its function of x, `IN_REPORT` to that of a report, `POSTERIOR` to its function of
(mu, logvar), and of z too for `mi_sampled`. Practical up to about 3000 rows. A metric that is undefined on
its input is None.
"""

from collections.abc import Callable

import numpy as np

from . import brute_force_posterior as posterior
from . import brute_force_shape as shape
from . import brute_force_vectors as vectors
from .brute_force_vectors import mean_cosine_se

__all__ = ["CLOUD", "IN_REPORT", "POSTERIOR", "mean_cosine_se"]

CLOUD: dict[str, Callable[[np.ndarray], float | None]] = {
    "mean_cosine": vectors.mean_cosine,
    "mean_cosine_centred": vectors.mean_cosine_centred,
    "mean_energy_ratio": vectors.mean_energy_ratio,
    "resultant_length": vectors.resultant_length,
    "isoscore": vectors.isoscore,
    "isoscore_debiased": vectors.isoscore_debiased,
    "participation_ratio": vectors.participation_ratio,
    "participation_ratio_debiased": vectors.participation_ratio_debiased,
    "effective_rank": vectors.effective_rank,
    "effective_rank_debiased": lambda x: vectors.effective_rank_debiased(x, vectors.dealt(len(x))),
    "effective_rank_sv": vectors.effective_rank_sv,
    "top1_variance_share": lambda x: vectors.top_share(x, 1),
    "top10_variance_share": lambda x: vectors.top_share(x, 10),
    "dims_90": vectors.dims_90,
    "condition_number": vectors.condition_number,
    "cc_share_top1": lambda x: vectors.cc_share(x, 1),
    "cc_share_top3": lambda x: vectors.cc_share(x, 3),
    "variance_share_top1": vectors.variance_share_top1,
    "n_outlier_dims_mean3sd": vectors.n_outlier_dims_mean3sd,
    "n_outlier_dims_var5x": vectors.n_outlier_dims_var5x,
    "kurtosis_median": vectors.kurtosis_median,
    "kurtosis_max": vectors.kurtosis_max,
    "uniformity": shape.uniformity,
    "uniformity_gap": shape.uniformity_gap,
    "twonn": shape.twonn,
    "mle_id": shape.mle_id,
    "hubness_skewness": shape.hubness_skewness,
    "hubness_robinhood": shape.hubness_robinhood,
    "hubness_skewness_cosine": lambda x: shape.hubness_skewness(vectors.unit_rows(x)),
    "hubness_robinhood_cosine": lambda x: shape.hubness_robinhood(vectors.unit_rows(x)),
    "ks_median": lambda x: float(np.median(shape.ks_distances(x))),
    "ks_max": lambda x: max(shape.ks_distances(x)),
    "mmd2": shape.mmd2,
    "partition_isotropy": shape.partition_isotropy,
    "rankme": shape.rankme,
    "alpha_req": shape.alpha_req,
}

IN_REPORT = {
    **CLOUD,
    "effective_rank_debiased": lambda x: vectors.effective_rank_debiased(x, vectors.hashed(len(x))),
    **{
        key: lambda x, measure=CLOUD[key]: measure(shape.distinct(shape.directed(x)))
        for key in CLOUD
        if key.startswith("hub") or key in ("twonn", "mle_id")
    },
}
"""The same as a report has them: parts are shards, and neighbours are those of distinct rows
that are not zero."""

POSTERIOR: dict[str, Callable[..., float | int | np.ndarray | dict[str, int] | None]] = {
    "kl_per_dim": posterior.kl_per_dim,
    "kl_total": posterior.kl_total,
    "kl_total_bits": posterior.kl_total_bits,
    "active_units": posterior.active_units,
    "kl_dims_95": posterior.kl_dims_95,
    "information_per_dim": posterior.information_per_dim,
    "information_dimwise": posterior.information_dimwise,
    "information_dims_95": posterior.information_dims_95,
    "collapsed_dims": posterior.collapsed_dims,
    "signal_share": posterior.signal_share,
    "agg_kl_gaussian": posterior.agg_kl_gaussian,
    "agg_tc_gaussian": posterior.agg_tc_gaussian,
    "agg_dimwise_kl_gaussian": posterior.agg_dimwise_kl_gaussian,
    "mi_upper_bound": posterior.mi_upper_bound,
    "mi_sampled": posterior.mi_sampled,
    "bnvae_kl_lower_bound": posterior.bnvae_kl_lower_bound,
}
