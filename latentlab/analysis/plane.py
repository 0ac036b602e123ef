"""A latent cloud on its two principal axes, and where more points lie there: linear, so a path stays one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from latentlab.metrics import Moments
from latentlab.models.sentence_model import SentenceModel


@dataclass(frozen=True)
class Plane:
    """Sentences of one model on the plane of largest variance."""

    texts: list[str]
    z: Float[np.ndarray, "n d"]
    mean: Float[np.ndarray, " d"]
    axes: Float[np.ndarray, "d 2"]
    share: float
    """Of the variance that lies in the plane."""

    @classmethod
    def of(cls, model: SentenceModel, texts: Sequence[str]) -> "Plane":
        """At z = mu; at least 2 sentences that the model can take."""
        z = model.encode(texts).mu.astype(np.float64)
        moments = Moments.of(z)
        values, vectors = np.linalg.eigh(moments.covariance)
        axes = vectors[:, ::-1][:, :2]
        # Signs are free: the largest entry of each axis is made positive, so that a map repeats itself.
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
        return cls(list(texts), z, moments.mean, axes, float(values[-2:].sum() / max(values.sum(), 1e-300)))

    def place(self, z: Float[np.ndarray, "m _d"]) -> Float[np.ndarray, "m 2"]:
        """Coordinates of any latents of the model."""
        return np.asarray((np.asarray(z, dtype=np.float64) - self.mean) @ self.axes)

    def near(self, z: Float[np.ndarray, " d"], k: int) -> Int[np.ndarray, " k"]:
        """Rows of the k nearest sentences in the whole latent space, nearest first."""
        gaps = np.linalg.norm(self.z - z, axis=1)
        return np.argsort(gaps, kind="stable")[:k]
