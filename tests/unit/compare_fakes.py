"""Models whose latents are given: what a comparison must say of them is known beforehand."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

N, D = 400, 8
TEXTS = [f"sentence number {i}" for i in range(N)]
SPREAD = np.linspace(0.2, 2.0, D)


@dataclass
class Fake:
    """A checkpoint with these latents; without `sigma` the head is deterministic."""

    name: str
    mu: np.ndarray
    sigma: float | None = None
    right: int | None = None
    """So many of the first sentences come back; with None it cannot write."""
    encoder_key: tuple = ("encoder", 3, "mean")
    path: Path | None = None
    step: int = 7

    @property
    def kind(self) -> str:
        return "deterministic" if self.sigma is None else "vib"

    @property
    def fingerprint(self) -> str:
        return f"weights of {self.name}"

    def pool(self, texts):
        return np.random.default_rng(len(self.encoder_key[0])).standard_normal((len(texts), 5))

    def encode_pooled(self, pooled, texts):
        mu = self.mu[: len(texts)].astype(np.float32)
        logvar = None if self.sigma is None else np.full_like(mu, 2 * np.log(self.sigma))
        return SimpleNamespace(mu=mu, logvar=logvar)


class Writer(Fake):
    """Its latents' first number is the number of the sentence."""

    def decode(self, z):
        return [TEXTS[int(i)] if int(i) < (self.right or 0) else "another" for i in z[:, 0]]


def gaussian(seed: int = 0, n: int = N, d: int = D) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


def rotation(d: int = D) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(99).standard_normal((d, d)))[0]
