"""A posterior from two files: the means of its rows in one, their log variances in the other.

What is said is what is said of a checkpoint's latents: the clouds `mu` and `z`, the posterior and the gate.
z is drawn row after row from one generator, so that it does not depend on how many rows are read at a time,
and is the z of the report on the checkpoint that the files come from.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int64, UInt64

from latentlab.analysis.anisotropy.cloud import measure_cloud
from latentlab.analysis.anisotropy.posterior_report import measure_posterior
from latentlab.analysis.anisotropy.spaces_report import Item
from latentlab.analysis.anisotropy.vector_clouds import Nonfinite, naming, noted, read, setting_of, started
from latentlab.analysis.clouds import Progress, sample
from latentlab.errors import LatentsError
from latentlab.metrics import Aggregate
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.metrics.streaming.sharding import shard_of
from latentlab.results.vectors.vector_file import Vectors

LOWEST = -700.0
"""Of a log variance: below, the variance is zero in double precision, and the rate means nothing."""


def measure_pair(
    mu: Vectors,
    logvar: Vectors,
    *,
    seed: int,
    drop_nonfinite: bool = False,
    setting: Setting | None = None,
    groups: UInt64[np.ndarray, " n"] | None = None,
    progress: Progress | None = None,
) -> Item:
    """Measure a posterior; the files are read once, and the rows of `logvar` that are kept once more.

    Args:
        mu: An open file of means.
        logvar: An open file of log variances, log σ², of the same rows.
        seed: Of z, the shards, the rows that are kept and the simulated references.
        drop_nonfinite: Leave rows out that have NaN or infinity in either file, and count them.
        setting: Instead of the usual one; its seed is that of z too.
        groups: Labels of the rows' groups, where rows resemble each other.
        progress: Called with what is being done, how much is done and of how much.

    Raises:
        LatentsError: The files have different shapes, or one of them is no part of a posterior.
    """
    if (mu.n, mu.d) != (logvar.n, logvar.d):
        raise LatentsError(
            f"{logvar.where} has shape {(logvar.n, logvar.d)}, and {mu.where} has {(mu.n, mu.d)}",
            "mean and log variance are of the same rows",
        )
    if groups is not None and len(groups) != mu.n:
        raise LatentsError(f"{mu.where}: {mu.n} rows, and {len(groups)} groups are named", "one label a row")
    setting = replace(setting or setting_of(mu.d, seed=seed, directions=True), grouped=groups is not None)
    with naming(mu):
        of_mu = started(mu, setting)
    nonfinite = Nonfinite(of_mu.kept.dtype)
    of_z = of_mu.sibling(first_row=0)
    shards: dict[int, Aggregate] = {}
    rng = np.random.default_rng(setting.seed)
    at, lowest = 0, np.inf
    for means, logs in _together(mu, logvar, nonfinite, progress):
        with naming(logvar), np.errstate(over="ignore"):
            z = sample(means, logs, rng=rng)
            finite = np.isfinite(means[:, 0])
            if not (np.abs(z[finite]) <= nonfinite.largest).all():
                raise LatentsError(f"log variances up to {np.nanmax(logs):.4g}", "log σ² is expected, not σ²")
            if (logs[finite] < LOWEST).any():
                raise LatentsError(
                    f"log variances down to {np.nanmin(logs):.4g}: σ² of zero",
                    "log σ² is expected; without noise give the means alone, latentlab anisotropy MU",
                )
        of_batch = None if groups is None else groups[at : at + len(z)]
        of_mu.update(means, groups=of_batch, drop_nonfinite=True)
        of_z.update(z, groups=of_batch, drop_nonfinite=True)
        labels = np.arange(at, at + len(z), dtype=np.uint64) if of_batch is None else of_batch
        _aggregate(shards, means, logs, labels, setting)
        at, lowest = at + len(z), min(lowest, float(np.min(logs[finite], initial=np.inf)))
    try:
        nonfinite.check_allowed(drop_nonfinite)
    except LatentsError as error:  # a row counts that is not finite in one of them
        raise LatentsError(f"{mu.where} or {logvar.where}: {error.message}", error.hint) from error
    with naming(mu):
        clouds = {"mu": measure_cloud(of_mu), "z": measure_cloud(of_z)}
    posterior = measure_posterior(
        shards, of_mu.kept, _rows(logvar, of_mu.kept_rows), of_z.kept, groups=groups
    )
    warning = nonfinite.named() if nonfinite.count else None
    doubt = "no log variance lies below 0, is it σ² instead of log σ²?" if lowest >= 0 else None
    return Item(
        name=mu.name,
        path=None if mu.path is None else str(mu.path),
        kind="vib",
        clouds={
            key: noted(cloud, warning, shards=setting.shards, doubt=doubt) for key, cloud in clouds.items()
        },
        gate=posterior.gate,
        posterior=posterior,
    )


def _together(
    mu: Vectors, logvar: Vectors, nonfinite: Nonfinite, progress: Progress | None
) -> Iterator[tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n d"]]]:
    """Batches of both, float64; a row that is not finite in one of them is NaN in both."""
    double = np.dtype(np.float64)
    both = read(mu, double, progress, at_once=8), read(logvar, double, at_once=8)
    for means, logs in zip(*both, strict=True):
        bad = ~(np.isfinite(means).all(axis=1) & np.isfinite(logs).all(axis=1))
        if bad.any():
            means, logs = (np.where(bad[:, None], np.nan, x) for x in (means, logs))
        with naming(mu):
            nonfinite.look(means)
        yield means, logs


def _aggregate(
    shards: dict[int, Aggregate],
    mu: Float[np.ndarray, "n d"],
    logvar: Float[np.ndarray, "n d"],
    labels: UInt64[np.ndarray, " n"],
    setting: Setting,
) -> None:
    """Add rows to the sums of their shards; those of NaN are in none."""
    shard = np.where(np.isnan(mu[:, 0]), -1, shard_of(labels, setting.seed, setting.shards))
    for g in np.unique(shard[shard >= 0]).tolist():
        part = Aggregate.of(mu[shard == g], logvar[shard == g])
        shards[g] = shards[g].merge(part) if g in shards else part


def _rows(vectors: Vectors, numbers: Int64[np.ndarray, " m"]) -> Float[np.ndarray, "m d"]:
    """The rows of these numbers, which ascend."""
    found, at = [], 0
    for batch in read(vectors, vectors.dtype):
        found.append(batch[numbers[(numbers >= at) & (numbers < at + len(batch))] - at].astype(np.float64))
        at += len(batch)
    return np.concatenate(found)
