"""One posterior measured: what it costs, what it carries, and whether it has collapsed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, UInt64

from latentlab.metrics import (
    Aggregate,
    Estimate,
    Gate,
    active_units,
    agg_dimwise_kl_gaussian,
    agg_kl_gaussian,
    agg_tc_gaussian,
    bnvae_kl_lower_bound,
    collapse_gate,
    collapsed_dims,
    information_dims_95,
    information_dimwise,
    information_per_dim,
    kl_dims_95,
    kl_total,
    kl_total_bits,
    mi_sampled,
    mi_upper_bound,
    signal_share,
)
from latentlab.metrics.statistics.estimate import PLUG_IN
from latentlab.metrics.statistics.jackknife import jackknife, left_out, merged
from latentlab.metrics.streaming.read_accumulator import Measured
from latentlab.metrics.streaming.sharding import SHARDS, shard_of

_UNBIASED = {"information_dimwise": information_dimwise, "bnvae_kl_lower_bound": bnvae_kl_lower_bound}
"""The first next to it."""
_RATES = {"kl_total": kl_total, "kl_total_bits": kl_total_bits}
_PLUG_IN = {
    "agg_kl_gaussian": agg_kl_gaussian,
    "agg_tc_gaussian": agg_tc_gaussian,
    "agg_dimwise_kl_gaussian": agg_dimwise_kl_gaussian,
    "mi_upper_bound": mi_upper_bound,
}


@dataclass(frozen=True)
class Posterior:
    """What is said of one posterior."""

    gate: Gate
    metrics: Mapping[str, Estimate]
    kl_per_dim: Float[np.ndarray, " d"]
    information_per_dim: Float[np.ndarray, " d"]
    collapsed_dims: Mapping[str, int]
    curves: Mapping[str, object]
    share: Measured
    """The signal share, without each shard too."""

    def to_json(self) -> dict[str, Any]:
        """The posterior as it stands in a report."""
        return {
            "metrics": self.metrics,
            "kl_per_dim": self.kl_per_dim,
            "information_per_dim": self.information_per_dim,
            "collapsed_dims": self.collapsed_dims,
            "curves": self.curves,
        }


def aggregates(
    mu: Float[np.ndarray, "n d"],
    logvar: Float[np.ndarray, "n d"],
    *,
    seed: int,
    groups: UInt64[np.ndarray, " n"] | None = None,
) -> dict[int, Aggregate]:
    """Sums by shard, for the shards that have rows; the shards are those of `State`."""
    shard = shard_of(np.arange(len(mu)) if groups is None else groups, seed, SHARDS)
    return {g: Aggregate.of(mu[shard == g], logvar[shard == g]) for g in np.unique(shard).tolist()}


def measure_posterior(
    parts: Mapping[int, Aggregate],
    mu: Float[np.ndarray, "m d"],
    logvar: Float[np.ndarray, "m d"],
    z: Float[np.ndarray, "m d"],
    *,
    groups: UInt64[np.ndarray, " n"] | None = None,
) -> Posterior:
    """Every posterior metric: from the sums of all rows, and `mi_sampled` from m rows with one z each.

    Where rows come in groups, with these labels, the rate has the interval of the shards too, which hold
    whole groups.
    """
    shards = [parts[g] for g in sorted(parts)]  # in the order of a state's shards
    whole = merged(shards)
    without = tuple(signal_share(rest).value for rest in left_out(shards))
    of_all = signal_share(whole).with_jackknife(without).within(0.0, 1.0)
    share = Measured(of_all.from_rows(whole.n), without)
    sized: dict[str, Estimate] = {
        "kl_total": kl_total(whole),
        "kl_total_bits": kl_total_bits(whole),
        "signal_share": share.estimate,
        "active_units": active_units(whole),
        "kl_dims_95": kl_dims_95(whole),
        "information_dims_95": information_dims_95(whole),
        **{key: jackknife(shards, function) for key, function in _UNBIASED.items()},
        **{key: function(whole).with_note(PLUG_IN) for key, function in _PLUG_IN.items()},
    }
    if groups is not None:
        sized |= {key: jackknife(shards, rate) for key, rate in _RATES.items()}
    values = {key: estimate.from_rows(whole.n) for key, estimate in sized.items()}
    values["mi_sampled"] = mi_sampled(mu, logvar, z).from_rows(len(mu))
    curves = {
        "mean_variance": whole.means.scatter.diagonal() / max(whole.n - 1, 1),
        "noise_variance": whole.variance,
    }
    return Posterior(
        gate=collapse_gate(whole, distinct=None if groups is None else len(np.unique(groups))),
        metrics=values,
        kl_per_dim=whole.kl,
        information_per_dim=information_per_dim(whole),
        collapsed_dims=collapsed_dims(whole),
        curves=curves,
        share=share,
    )
