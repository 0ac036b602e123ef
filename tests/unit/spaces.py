"""Spaces that were built to be something, and a fast way to have them read.

Only the streaming metrics are taken, with their shards: no pairs of rows, no encoder. What reads them is the
code of the two commands.
"""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from latentlab.analysis.anisotropy.cloud import Cloud, state_of
from latentlab.analysis.anisotropy.posterior_report import aggregates, measure_posterior
from latentlab.analysis.anisotropy.spaces_report import Item
from latentlab.analysis.clouds import sample
from latentlab.analysis.comparison.comparisons import compare
from latentlab.metrics import collapse_gate, mean_cosine_centred
from latentlab.metrics.streaming.read_accumulator import Measured, measure_state

N, D, SEED = 600, 32, 7
"""The seed of z is none that a cloud is drawn with."""
TEXTS = [f"this is sentence number {i} of them" for i in range(N)]
FALLING = 1.5 * 0.85 ** np.arange(D)
"""Standard deviations of a power-law spectrum; its IsoScore is .16."""

UNEVEN = np.linspace(0.2, 2.0, D)
"""Standard deviations of a spectrum that is far from empty; its IsoScore is .6."""
FILLING = np.sqrt(4.2 - UNEVEN**2)
"""Those of noise that makes it round."""


def gaussian(seed=0, n=N, d=D):
    return np.random.default_rng(seed).standard_normal((n, d))


def hadamard():
    """A rotation that spreads an axis over all others evenly."""
    h = np.ones((1, 1))
    while len(h) < D:
        h = np.block([[h, h], [h, -h]])
    return h / np.sqrt(D)


def rotation(d=D):
    return np.linalg.qr(np.random.default_rng(99).standard_normal((d, d)))[0]


@dataclass
class Space:
    """Means, and standard deviations of the posterior: a number, one a dimension, or None without one."""

    name: str
    mu: np.ndarray
    sigma: float | np.ndarray | None = None
    right: float | None = None
    """Share of the sentences that come back; with None nothing is decoded."""
    ignores: bool = False
    """The decoder writes one sentence, whatever z is."""
    path = step = None
    encoder_key = ("encoder",)

    @property
    def kind(self):
        return "deterministic" if self.sigma is None else "vib"

    @property
    def fingerprint(self):
        return f"weights of {self.name}"

    def pool(self, texts):
        return np.arange(len(texts), dtype=np.float64)[:, None] + [[0.0, 1.0]]

    def encode_pooled(self, pooled, texts):
        return SimpleNamespace(mu=pooled[:, 0], logvar=None)

    def decode(self, z):
        """`z` are row numbers here."""
        if self.ignores:
            return [TEXTS[0]] * len(z)
        return [TEXTS[int(i)] if i < self.right * N else "quite another one" for i in z]

    def logvar(self):
        return None if self.sigma is None else np.full(self.mu.shape, 2 * np.log(self.sigma))

    def item(self):
        """Measured as `measure_models` does it, without what needs pairs of rows."""
        logvar = self.logvar()
        clouds, posterior = {"mu": cloud(self.mu)}, None
        if logvar is not None:
            z = sample(self.mu, logvar, rng=np.random.default_rng(SEED))
            clouds["z"] = cloud(z)
            rows = slice(0, 50)
            parts = aggregates(self.mu, logvar, seed=SEED)
            posterior = measure_posterior(parts, self.mu[rows], logvar[rows], z[rows])
        gate = collapse_gate(None) if posterior is None else posterior.gate
        return Item(self.name, None, self.kind, clouds, gate, posterior, self.fingerprint, mu=self.mu)


def cloud(x):
    measured = measure_state(state_of(x, seed=SEED))
    measured["mean_cosine_centred"] = Measured(mean_cosine_centred(x))
    return Cloud(len(x), x.shape[1], len(x), measured, {}, {})


def read(space):
    """Words of `latentlab anisotropy`."""
    item = space.item()
    verdict = item.to_json()["verdict"]
    return {"gate": item.gate.verdict} | {axis: found.verdict for axis, found in verdict.items()}


def judged(a, b, *more, control=None):
    """The comparison of `latentlab compare`: b against a."""
    models = [a, b, *more]
    task = TEXTS if all(model.right is not None for model in models) else None
    items = [model.item() for model in models]
    report = compare(models, TEXTS, seed=SEED, items=items, task=task, control=control)
    return report.to_dict()["results"]["comparisons"][0]


def words(entry):
    """Axes, answers and the claim."""
    axes = {axis: found["verdict"] for axis, found in entry["axes"].items()}
    answers = {f"{question}?": found["verdict"] for question, found in entry["answers"].items()}
    return axes | answers | {"claim": entry["claim"]["verdict"]}
