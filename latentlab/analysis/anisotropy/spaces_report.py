"""Spaces side by side: is the latent space a cone, how many directions does it use, is it alive?

For every checkpoint the clouds `pooled` (the frozen encoder's vectors), `pooled_centred`, `mu` (the latent
point: the posterior mean, or the latent of a deterministic head), and for variational heads `z`, a sample
from the posterior. All of them are measured on the same sentences and jackknife shards. Vectors from a file
are one cloud, `latents`.

`mu` is the cloud to judge by. The noise in `z` makes any space look rounder, and a collapsed posterior gives
a perfect Gaussian: the gate comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float, UInt64

from latentlab.analysis.anisotropy.cloud import Cloud, centred_cloud, measure_cloud, state_of
from latentlab.analysis.anisotropy.posterior_report import Posterior, aggregates, measure_posterior
from latentlab.analysis.clouds import LatentClouds, LoadedModel, Progress, latent_clouds, pooled_once
from latentlab.analysis.report_provenance import report_provenance
from latentlab.errors import InputError, UsageError
from latentlab.metrics import Gate, collapse_gate
from latentlab.metrics.streaming.pass_settings import SUBSAMPLE, Setting
from latentlab.metrics.verdicts.reading import read_space
from latentlab.results import Inputs, Report
from latentlab.results.reports.space_results import PRIMARY_REPRESENTATION, AnisotropyResults

CLOUDS = {
    "pooled": "the frozen encoder's pooled vector",
    "pooled_centred": "the same minus its sample mean",
    "mu": "the latent point: the posterior mean, or the deterministic latent",
    "z": "a sample from the posterior; variational heads only",
    "latents": "vectors from a file",
}
"""Key in the report -> what it is."""


@dataclass(frozen=True)
class Item:
    """One checkpoint, or one file of vectors, measured."""

    name: str
    path: str | None
    kind: str
    """`vib`, `deterministic` or `vectors`."""
    clouds: Mapping[str, Cloud]
    gate: Gate
    posterior: Posterior | None = None
    fingerprint: str | None = None
    step: int | None = None
    mu: Float[np.ndarray, "n d"] | None = field(default=None, repr=False, compare=False)
    """The latent points, where they were asked to be kept; they stand in no report."""

    @property
    def primary(self) -> Cloud:
        """The cloud that words are about."""
        return next(self.clouds[key] for key in PRIMARY_REPRESENTATION if key in self.clouds)

    def to_json(self) -> dict[str, Any]:
        """The item as it stands in a report."""
        noisy = self.clouds["z"].measured if "z" in self.clouds else None
        share = None if self.posterior is None else self.posterior.share
        return {
            "name": self.name,
            "path": self.path,
            "kind": self.kind,
            "fingerprint": self.fingerprint,
            "step": self.step,
            "gate": self.gate,
            "verdict": read_space(self.gate, self.primary.measured, noisy, share, d=self.primary.d),
            "clouds": self.clouds,
            "posterior": self.posterior,
        }


def anisotropy(
    models: Sequence[LoadedModel],
    texts: Sequence[str],
    *,
    seed: int,
    items: Sequence[Item] | None = None,
    inputs: Inputs | None = None,
    progress: Progress | None = None,
) -> Report[AnisotropyResults]:
    """Measure every model on the same sentences.

    Args:
        models: Loaded checkpoints, at least one.
        texts: Sentences that every model can take, at least two.
        seed: Of the sample z, the jackknife shards, the rows that are kept and the simulated references.
        items: What `measure_models` gave for just these; measured here if None.
        inputs: What else the report should say was asked for, such as paths.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Report whose `results.items` has one entry a model, see `Item.to_json`.
    """
    if items is None:
        items = measure_models(models, texts, seed=seed, progress=progress)
    return Report.of(
        "anisotropy",
        inputs={**(inputs or {}), "n": len(texts), "seed": seed},
        results={"items": items},
        provenance=report_provenance(models, {"measured": texts}, seed, sharded=True),
    )


def measure_models(
    models: Sequence[LoadedModel],
    texts: Sequence[str],
    *,
    seed: int,
    sample: int = SUBSAMPLE,
    keep_mu: bool = False,
    groups: UInt64[np.ndarray, " n"] | None = None,
    progress: Progress | None = None,
) -> list[Item]:
    """Every model measured on the same sentences; UsageError or InputError without models or sentences.

    `sample` is how many rows are kept for the metrics of pairs; `groups` are the labels of the sentences'
    groups (`metrics.streaming.sharding.group_labels`), where these resemble each other.
    """
    if not models:
        raise UsageError("there is no checkpoint to measure", "give a folder with checkpoints")
    if len(texts) < 2:
        raise InputError(f"expected at least 2 sentences, got {len(texts)}", "give a larger corpus")
    setting = Setting(seed=seed, subsample=sample)
    pooled = pooled_once(models, texts, progress=progress)
    encoders = {key: _raw_and_centred(vectors, setting, groups) for key, vectors in pooled.items()}
    items = []
    for done, model in enumerate(models, start=1):
        latents = latent_clouds(model, pooled[model.encoder_key], texts, seed=seed)
        item = _item(model, latents, encoders[model.encoder_key], setting, groups)
        items.append(replace(item, mu=latents.mu) if keep_mu else item)
        if progress:
            progress("measuring checkpoints", done, len(models))
    return items


def measure_latents(
    mu: Float[np.ndarray, "n d"],
    logvar: Float[np.ndarray, "n d"],
    z: Float[np.ndarray, "n d"],
    *,
    seed: int,
    setting: Setting | None = None,
    groups: UInt64[np.ndarray, " n"] | None = None,
) -> tuple[dict[str, Cloud], Posterior]:
    """The clouds `mu` and `z` and the posterior of a variational head."""
    of_mu, of_z = (state_of(x, seed=seed, setting=setting, groups=groups) for x in (mu, z))
    kept, parts = of_mu.kept_rows, aggregates(mu, logvar, seed=seed, groups=groups)
    posterior = measure_posterior(parts, mu[kept], logvar[kept], z[kept], groups=groups)
    return {"mu": measure_cloud(of_mu), "z": measure_cloud(of_z)}, posterior


def _item(
    model: LoadedModel,
    latents: LatentClouds,
    of_encoder: Mapping[str, Cloud],
    setting: Setting,
    groups: UInt64[np.ndarray, " n"] | None,
) -> Item:
    seed = setting.seed
    if latents.logvar is None or latents.z is None:
        of_mu = state_of(latents.mu, seed=seed, setting=setting, groups=groups)
        clouds, posterior = {"mu": measure_cloud(of_mu)}, None
    else:
        clouds, posterior = measure_latents(
            latents.mu, latents.logvar, latents.z, seed=seed, setting=setting, groups=groups
        )
    return Item(
        name=model.name,
        path=None if model.path is None else str(model.path),
        kind=model.kind,
        clouds={**of_encoder, **clouds},
        gate=collapse_gate(None) if posterior is None else posterior.gate,
        posterior=posterior,
        fingerprint=model.fingerprint,
        step=model.step,
    )


def _raw_and_centred(
    x: Float[np.ndarray, "n d"], setting: Setting, groups: UInt64[np.ndarray, " n"] | None
) -> dict[str, Cloud]:
    state = state_of(x, seed=setting.seed, setting=setting, groups=groups)
    raw = measure_cloud(state)
    return {"pooled": raw, "pooled_centred": centred_cloud(state, raw)}
