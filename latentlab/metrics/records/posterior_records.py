"""Metrics of posteriors, from means and log variances."""

from latentlab.metrics import aggregate, posterior
from latentlab.metrics.records.metric_record import CLOUD, ROWS, Measure, places

OF_POSTERIORS: dict[str, Measure] = {
    "kl_per_dim": Measure(posterior.kl_per_dim, "posterior", "none", "[0, inf)", ROWS),
    "kl_total": Measure(
        posterior.kl_total,
        "posterior",
        "none",
        "[0, inf)",
        ROWS | {"rotate"},
        label="KL",
        unit="nats a sentence",
        shown=places("table", "paper"),
    ),
    "kl_total_bits": Measure(
        posterior.kl_total_bits,
        "posterior",
        "none",
        "[0, inf)",
        ROWS | {"rotate"},
        label="KL",
        unit="bits a sentence",
        shown=places("table", "paper"),
    ),
    "active_units": Measure(
        posterior.active_units,
        "posterior",
        "none",
        "[0, d]",
        frozenset({"permute", "translate"}),
        label="active units",
        shown=places("table", "paper"),
    ),
    "kl_dims_95": Measure(
        posterior.kl_dims_95,
        "posterior",
        "none",
        "[1, d]",
        ROWS,
        label="95 % of KL in",
        latex=r"dimensions with 95\,\% of the KL",
        shown=places("table", "paper"),
    ),
    "information_per_dim": Measure(
        aggregate.information_per_dim, "posterior", "none", "[0, inf)", ROWS | {"scale", "translate"}
    ),
    "information_dimwise": Measure(
        aggregate.information_dimwise,
        "posterior",
        "none",
        "[0, rate]",
        ROWS | {"scale", "translate"},
        label="MI by dimension, upper bound",
        unit="nats",
        shown=places("paper"),
    ),
    "information_dims_95": Measure(
        posterior.information_dims_95,
        "posterior",
        "none",
        "[1, d]",
        ROWS | {"scale", "translate"},
        label="95 % of information in",
        latex=r"dimensions with 95\,\% of the information",
        shown=places("table", "paper"),
    ),
    "collapsed_dims": Measure(
        posterior.collapsed_dims,
        "posterior",
        "none",
        "[0, d]",
        ROWS,
        label="collapsed dimensions",
        shown=places("paper"),
    ),
    "signal_share": Measure(
        aggregate.signal_share,
        "posterior",
        "none",
        "[0, 1]",
        CLOUD,
        label="signal share",
        shown=places("table", "paper"),
    ),
    "agg_kl_gaussian": Measure(
        aggregate.agg_kl_gaussian,
        "posterior",
        "none",
        "[0, inf)",
        ROWS,
        label="aggregate KL, Gaussian",
        unit="nats",
        shown=places("paper"),
    ),
    "agg_tc_gaussian": Measure(
        aggregate.agg_tc_gaussian,
        "posterior",
        "none",
        "[0, inf)",
        ROWS | {"scale", "translate"},
        label="total correlation, Gaussian",
        unit="nats",
        shown=places("paper"),
    ),
    "agg_dimwise_kl_gaussian": Measure(
        aggregate.agg_dimwise_kl_gaussian, "posterior", "none", "[0, inf)", ROWS
    ),
    "mi_upper_bound": Measure(
        aggregate.mi_upper_bound,
        "posterior",
        "none",
        "(-inf, rate]",
        ROWS | {"scale", "translate"},
        label="MI, upper bound",
        unit="nats",
        shown=places("paper"),
    ),
    "bnvae_kl_lower_bound": Measure(
        aggregate.bnvae_kl_lower_bound, "posterior", "none", "[0, rate]", ROWS | {"rotate"}
    ),
}
