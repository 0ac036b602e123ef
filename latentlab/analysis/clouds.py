"""From loaded checkpoints and sentences to clouds of vectors.

A checkpoint is anything with the attributes of `LoadedModel`. Models with the same encoder key see the same
pooled vectors: they are computed once. Here z is sampled with numpy from the seed, so that it depends on the
posterior and the seed alone.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from latentlab.errors import CheckpointError
from latentlab.metrics import check_cloud, check_posterior

Progress = Callable[[str, int, int], None]


@runtime_checkable
class LoadedModel(Protocol):
    """What is asked of a checkpoint here."""

    @property
    def name(self) -> str:
        """How reports call it."""
        ...

    @property
    def path(self) -> Path | None:
        """Where it was loaded from."""
        ...

    @property
    def kind(self) -> str:
        """`vib` or `deterministic`."""
        ...

    @property
    def fingerprint(self) -> str:
        """sha256 of its weights file."""
        ...

    @property
    def step(self) -> int | None:
        """Training step of the weights, where it was recorded."""
        ...

    @property
    def encoder_key(self) -> tuple[Hashable, ...]:
        """Equal keys, equal pooled vectors for the same text."""
        ...

    def pool(self, texts: Sequence[str]) -> np.ndarray:
        """Pooled vectors (n, p)."""
        ...

    def encode_pooled(self, pooled: np.ndarray, texts: Sequence[str]) -> Any:
        """An encoding with `mu`, and `logvar` or None."""
        ...


@dataclass(frozen=True)
class LatentClouds:
    """The latents of one model for n sentences, float64."""

    mu: Float[np.ndarray, "n d"]
    """The latent point: the posterior mean, or what a deterministic head gives."""
    logvar: Float[np.ndarray, "n d"] | None
    """None for a deterministic head."""
    z: Float[np.ndarray, "n d"] | None
    """A sample from the posterior; None where there is none."""


def pooled_once(
    models: Sequence[LoadedModel], texts: Sequence[str], *, progress: Progress | None = None
) -> Mapping[Hashable, Float[np.ndarray, "n p"]]:
    """Pooled vectors by encoder key; each distinct encoder runs once over the sentences."""
    owners: dict[Hashable, LoadedModel] = {}
    for model in models:
        owners.setdefault(model.encoder_key, model)
    pooled: dict[Hashable, np.ndarray] = {}
    for key, model in owners.items():
        pooled[key] = check_cloud(model.pool(texts), f"{model.name}, pooled")
        if progress:
            progress("encoding sentences", len(pooled), len(owners))
    return pooled


def latent_clouds(
    model: LoadedModel, pooled: Float[np.ndarray, "n p"], texts: Sequence[str], *, seed: int
) -> LatentClouds:
    """Latents of one model; LatentsError names the model and the cloud where a number is not finite.

    Raises:
        CheckpointError: The model has no fingerprint, so its weights were never loaded from anywhere.
    """
    if not model.fingerprint:
        raise CheckpointError(f"{model.name}: its weights come from no file, so nothing can be said of them")
    encoding = model.encode_pooled(pooled.astype(np.float32), texts)
    if encoding.logvar is None:
        return LatentClouds(check_cloud(encoding.mu, f"{model.name}, mu"), None, None)
    mu, logvar = check_posterior(encoding.mu, encoding.logvar, model.name)
    z = sample(mu, logvar, rng=np.random.default_rng(seed))
    return LatentClouds(mu, logvar, check_cloud(z, f"{model.name}, z"))


def sample(
    mu: Float[np.ndarray, "n d"], logvar: Float[np.ndarray, "n d"], *, rng: np.random.Generator
) -> Float[np.ndarray, "n d"]:
    """One sample a row from N(mu, diag exp(logvar))."""
    return np.asarray(mu + np.exp(0.5 * logvar) * rng.standard_normal(mu.shape))
