"""The metrics: pure functions on arrays and lists, one family a file, `METRICS` the register of all of them.

Nothing here sees a model, a path or a tokenizer.
"""

from latentlab.metrics._checks import centre, check_cloud, check_posterior, check_shape
from latentlab.metrics.aggregate import (
    Aggregate,
    agg_dimwise_kl_gaussian,
    agg_kl_gaussian,
    agg_tc_gaussian,
    bnvae_kl_lower_bound,
    information_dimwise,
    information_per_dim,
    mi_sampled,
    mi_upper_bound,
    signal_share,
)
from latentlab.metrics.cosine import mean_cosine, mean_cosine_centred, mean_energy_ratio, resultant_length
from latentlab.metrics.covariance import (
    Spectrum,
    effective_rank,
    effective_rank_sv,
    spectrum,
    top1_variance_share,
    top10_variance_share,
)
from latentlab.metrics.isotropic import isotropic_reference
from latentlab.metrics.participation import (
    isoscore,
    isoscore_debiased,
    participation_ratio,
    participation_ratio_debiased,
)
from latentlab.metrics.posterior import (
    active_units,
    collapsed_dims,
    information_dims_95,
    kl_dims_95,
    kl_per_dim,
    kl_total,
    kl_total_bits,
)
from latentlab.metrics.records.metric_record import Measure
from latentlab.metrics.register import CLOUD_METRICS, METRICS
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.statistics.jackknife import deal, jackknife, left_out, merged
from latentlab.metrics.streaming.moments import Moments
from latentlab.metrics.streaming.sharding import SHARDS
from latentlab.metrics.text.bootstrap import bootstrap
from latentlab.metrics.text.reconstruction import (
    bleu,
    chrf,
    exact_match,
    length_accuracy,
    levenshtein,
    ter,
    token_accuracy,
)
from latentlab.metrics.verdicts.gate import Gate, collapse_gate

__all__ = [
    "CLOUD_METRICS",
    "METRICS",
    "SHARDS",
    "Aggregate",
    "Estimate",
    "Gate",
    "Measure",
    "Moments",
    "Spectrum",
    "active_units",
    "agg_dimwise_kl_gaussian",
    "agg_kl_gaussian",
    "agg_tc_gaussian",
    "bleu",
    "bnvae_kl_lower_bound",
    "bootstrap",
    "centre",
    "check_cloud",
    "check_posterior",
    "check_shape",
    "chrf",
    "collapse_gate",
    "collapsed_dims",
    "deal",
    "effective_rank",
    "effective_rank_sv",
    "exact_match",
    "information_dims_95",
    "information_dimwise",
    "information_per_dim",
    "isoscore",
    "isoscore_debiased",
    "isotropic_reference",
    "jackknife",
    "kl_dims_95",
    "kl_per_dim",
    "kl_total",
    "kl_total_bits",
    "left_out",
    "length_accuracy",
    "levenshtein",
    "mean_cosine",
    "mean_cosine_centred",
    "mean_energy_ratio",
    "merged",
    "mi_sampled",
    "mi_upper_bound",
    "participation_ratio",
    "participation_ratio_debiased",
    "resultant_length",
    "signal_share",
    "spectrum",
    "ter",
    "token_accuracy",
    "top1_variance_share",
    "top10_variance_share",
    "undefined",
]
