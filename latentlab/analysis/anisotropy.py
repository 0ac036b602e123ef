"""Checkpoints side by side: is the latent space a cone, how many directions does it use, is it alive?

For every checkpoint the clouds `pooled` (the frozen encoder's vectors), `pooled_centred`, `mu` (the latent
point: the posterior mean, or the latent of a deterministic head), `mu_centred`, and for variational heads
`z`, a sample from the posterior. All of them are measured on the same sentences and jackknife shards.

`mu` is the cloud to judge by. The noise in `z` makes any space look rounder, and a collapsed posterior gives
a perfect Gaussian: the gate comes first.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from latentlab.analysis.latents import LatentClouds, LoadedModel, Progress, latent_clouds, pooled_once
from latentlab.corpora import Corpus
from latentlab.errors import InputError, UsageError
from latentlab.metrics import (
    CLOUD_METRICS,
    METRICS,
    SHARDS,
    Aggregate,
    Estimate,
    Moments,
    active_units,
    agg_kl_gaussian,
    centre,
    check_cloud,
    collapse_gate,
    collapsed_dims,
    deal,
    isotropic_reference,
    jackknife,
    kl_per_dim,
    kl_total,
    kl_total_bits,
    left_out,
    merged,
    signal_share,
    spectrum,
)
from latentlab.results import Report, versions

CLOUDS = {
    "pooled": "the frozen encoder's pooled vector",
    "pooled_centred": "the same minus its sample mean",
    "mu": "the latent point: the posterior mean, or the deterministic latent",
    "mu_centred": "the same minus its sample mean",
    "z": "a sample from the posterior; variational heads only",
}
"""Key in the report -> what it is."""

_CONE = tuple(key for key in CLOUD_METRICS if METRICS[key].family == "cone")
_COVARIANCE = tuple(key for key in CLOUD_METRICS if METRICS[key].family == "covariance")


def anisotropy(
    models: Sequence[LoadedModel],
    texts: Sequence[str],
    *,
    seed: int,
    inputs: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Measure every model on the same sentences.

    Args:
        models: Loaded checkpoints, at least one.
        texts: Sentences that every model can take, at least two.
        seed: Of the sample z, the jackknife shards and the simulated references.
        inputs: What else the report should say was asked for, such as paths.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Report whose `results.items` has one entry a model: `name`, `path`, `kind`, `fingerprint`, `step`,
        `gate`, `clouds` and `posterior` (None for a deterministic head).
    """
    if not models:
        raise UsageError("there is no checkpoint to measure", "give a folder with checkpoints")
    if len(texts) < 2:
        raise InputError(f"expected at least 2 sentences, got {len(texts)}", "give a larger corpus")
    pooled = pooled_once(models, texts, progress=progress)
    encoders = {key: _raw_and_centred("pooled", vectors, seed) for key, vectors in pooled.items()}
    items = []
    for done, model in enumerate(models, start=1):
        latents = latent_clouds(model, pooled[model.encoder_key], texts, seed=seed)
        items.append(_item(model, latents, encoders[model.encoder_key], seed))
        if progress:
            progress("measuring checkpoints", done, len(models))
    return Report(
        command="anisotropy",
        inputs={**(inputs or {}), "n": len(texts), "seed": seed},
        results={"items": items},
        provenance={
            "checkpoints": {model.name: model.fingerprint for model in models},
            "encoders": {model.name: list(model.encoder_key) for model in models},
            "corpus": Corpus(tuple(texts), "sentences").fingerprint,
            "seed": seed,
            "shards": SHARDS,
            "versions": versions(),
        },
    )


def measure_cloud(x: Float[np.ndarray, "n d"], *, seed: int, shards: int = SHARDS) -> dict[str, Estimate]:
    """Every cone and covariance measure of a cloud, with the standard errors that it has.

    The cone measures bring their exact jackknife; the covariance measures get the delete-one-shard jackknife.
    """
    x = check_cloud(x)
    parts = [Moments.of(x[rows]) for rows in deal(len(x), shards, rng=np.random.default_rng(seed))]
    moments = merged(parts)
    whole, rests = spectrum(moments), [spectrum(rest) for rest in left_out(parts, moments)]
    measures = {key: METRICS[key].function(x) for key in _CONE}
    for key in _COVARIANCE:
        measure = METRICS[key].function
        measures[key] = measure(whole).with_jackknife([measure(rest).value for rest in rests])
    return measures


def measure_posterior(
    mu: Float[np.ndarray, "n d"], logvar: Float[np.ndarray, "n d"], *, seed: int, shards: int = SHARDS
) -> dict[str, Any]:
    """Every posterior measure: estimates, `kl_per_dim` as d numbers in nats, `collapsed_dims` as a table."""
    deals = deal(len(mu), shards, rng=np.random.default_rng(seed))
    parts = [Aggregate.of(mu[rows], logvar[rows]) for rows in deals]
    return {
        "kl_total": kl_total(mu, logvar),
        "kl_total_bits": kl_total_bits(mu, logvar),
        "active_units": active_units(mu, logvar),
        "collapsed_dims": collapsed_dims(mu, logvar),
        "signal_share": jackknife(parts, signal_share),
        "agg_kl_gaussian": jackknife(parts, agg_kl_gaussian),
        "kl_per_dim": kl_per_dim(mu, logvar),
    }


def _item(
    model: LoadedModel, latents: LatentClouds, of_encoder: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    clouds = {**of_encoder, **_raw_and_centred("mu", latents.mu, seed)}
    posterior = None
    if latents.logvar is not None and latents.z is not None:
        clouds["z"] = _cloud(latents.z, measure_cloud(latents.z, seed=seed), seed)
        posterior = measure_posterior(latents.mu, latents.logvar, seed=seed)
    return {
        "name": model.name,
        "path": model.path,
        "kind": model.kind,
        "fingerprint": model.fingerprint,
        "step": model.step,
        "gate": collapse_gate(latents.mu, latents.logvar),
        "clouds": clouds,
        "posterior": posterior,
    }


def _raw_and_centred(name: str, x: Float[np.ndarray, "n d"], seed: int) -> dict[str, Any]:
    raw = measure_cloud(x, seed=seed)
    centred = centre(x)
    # Centring leaves the covariance as it is: only the cone measures are other numbers.
    moved = {key: METRICS[key].function(centred) for key in _CONE}
    moved["mean_cosine"] = moved["mean_cosine"].with_note("near -1/(n-1) by algebra")
    return {name: _cloud(x, raw, seed), f"{name}_centred": _cloud(centred, raw | moved, seed)}


def _cloud(x: Float[np.ndarray, "n d"], measures: Mapping[str, Estimate], seed: int) -> dict[str, Any]:
    n, d = x.shape
    return {"n": n, "d": d, "measures": measures, "reference": isotropic_reference(n, d, seed=seed)}
