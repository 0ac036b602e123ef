"""Mean and covariance of the pooled vectors and of the latents that a checkpoint was trained on.

Centring and whitening at use must take them from training, never from the few sentences at hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError
from latentlab.files import atomic_write
from latentlab.results.tensors import parse_tensors, read_bytes, serialise


@dataclass(frozen=True)
class Statistics:
    """Computed in float64, kept in float32."""

    pooled_mean: Float[np.ndarray, " p"]
    pooled_cov: Float[np.ndarray, "p p"]
    latent_mean: Float[np.ndarray, " d"]
    latent_cov: Float[np.ndarray, "d d"]
    n: int
    """Sentences that they come from."""

    @classmethod
    def of(cls, pooled: Float[np.ndarray, "n p"], latents: Float[np.ndarray, "_n d"]) -> "Statistics":
        """From the vectors of the same sentences."""
        if len(pooled) != len(latents) or len(pooled) < 2:
            raise LatentsError(f"expected the same rows, at least 2, got {len(pooled)} and {len(latents)}")
        return cls(*_mean_and_cov(pooled), *_mean_and_cov(latents), n=len(pooled))

    def to_bytes(self) -> bytes:
        """A safetensors file."""
        arrays = {
            f.name: np.asarray(getattr(self, f.name), np.float32) for f in fields(self) if f.name != "n"
        }
        return serialise(arrays | {"n": np.array([self.n], np.int64)})

    def write(self, path: Path) -> None:
        """Write atomically."""
        atomic_write(path, self.to_bytes())

    @classmethod
    def read(cls, path: Path) -> "Statistics":
        """Read and check; LatentsError names what is wrong with the file."""
        arrays = parse_tensors(read_bytes(path), path)
        expected = {f.name for f in fields(cls)}
        if set(arrays) != expected:
            raise LatentsError(f"{path}: expected {sorted(expected)}, got {sorted(arrays)}")
        _check(arrays, path)
        n = int(arrays.pop("n")[0])
        return cls(**{key: array.astype(np.float64) for key, array in arrays.items()}, n=n)


def _check(arrays: Mapping[str, np.ndarray], path: Path) -> None:
    for kind in ("pooled", "latent"):
        mean, cov = arrays[f"{kind}_mean"], arrays[f"{kind}_cov"]
        if mean.ndim != 1 or cov.shape != (len(mean), len(mean)):
            raise LatentsError(f"{path}: {kind} mean of shape {mean.shape} with covariance {cov.shape}")
        if not (np.isfinite(mean).all() and np.isfinite(cov).all()):
            raise LatentsError(f"{path}: {kind} mean or covariance has NaN or infinity")
        size = np.abs(cov).max(initial=0.0)
        if (np.diag(cov) < 0).any() or np.abs(cov - cov.T).max(initial=0.0) > 1e-5 * size:
            raise LatentsError(f"{path}: the {kind} covariance is none: not symmetric, or a variance below 0")
    if arrays["n"].shape != (1,) or arrays["n"][0] < 2:
        raise LatentsError(f"{path}: expected statistics of at least 2 sentences, got {arrays['n'].tolist()}")


def _mean_and_cov(x: Float[np.ndarray, "n d"]) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, "d d"]]:
    y = np.asarray(x, dtype=np.float64)
    return y.mean(axis=0), np.atleast_2d(np.cov(y.T))
