"""Seeded clouds and posteriors to compare measures on: uneven, shifted, heavy-tailed, degenerate.

`CASES` lists (kind, n, d, seed) and `cloud(*case)` draws one; `POSTERIOR_CASES` lists (n, latent, seed) and
`posterior(*case)` draws mu and logvar.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import gammainc
from scipy.stats import ortho_group


def turned(x, rng):
    """Rotated at random, so that no axis is special."""
    return x @ ortho_group.rvs(x.shape[1], random_state=rng) if x.shape[1] > 1 else x


def cone(n, d, rng):
    """A mean far from the origin, a spectrum that falls as a power law, rows of unequal length."""
    spread = turned(rng.standard_normal((n, d)) * np.arange(1, d + 1) ** -0.7, rng)
    return (spread + 1.3 * rng.standard_normal(d) / np.sqrt(d)) * rng.lognormal(0, 0.5, (n, 1))


def isotropic(n, d, rng):
    return rng.standard_normal((n, d))


def rogue_mean(n, d, rng):
    """One coordinate sits far from zero and two less far, on opposite sides."""
    x = rng.standard_normal((n, d)) * rng.uniform(0.5, 1.5, d)
    x[:, d // 2] += 11.0
    x[:, 0] -= 2.5
    x[:, d - 1] += 2.0
    return x


def rogue_variance(n, d, rng):
    """One coordinate varies far more than the rest; the mean is small but not zero."""
    x = rng.standard_normal((n, d)) + 0.1 * rng.standard_normal(d)
    x[:, d // 3] *= 9.0
    return x


def heavy_tailed(n, d, rng):
    return turned(rng.standard_t(3, (n, d)) * np.linspace(0.4, 2.0, d), rng) + 0.3


def clustered(n, d, rng):
    """Five clusters of unequal size and width."""
    centres = 2.0 * rng.standard_normal((5, d))
    label = rng.choice(5, n, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    return centres[label] + rng.standard_normal((n, d)) * rng.uniform(0.2, 0.9, 5)[label, None]


def low_rank(n, d, rng):
    """A fifth of the dimensions carry the cloud, the rest a hundredth of it."""
    rank = max(2, d // 5)
    return rng.standard_normal((n, rank)) @ rng.standard_normal((rank, d)) + 0.01 * rng.standard_normal(
        (n, d)
    )


def duplicates(n, d, rng):
    """Every fourth row is an exact copy of an earlier one, some of them many times over."""
    x = cone(n, d, rng)
    copies = np.arange(3, n, 4)
    x[copies] = x[rng.integers(0, 3, len(copies))]
    x[copies[::2]] = x[copies[::2] - 1]
    return x


def zero_rows(n, d, rng):
    """A few rows have no direction."""
    x = heavy_tailed(n, d, rng)
    x[:: max(2, n // 4)] = 0.0
    return x


KINDS: dict[str, Callable[[int, int, np.random.Generator], np.ndarray]] = {
    "cone": cone,
    "isotropic": isotropic,
    "rogue_mean": rogue_mean,
    "rogue_variance": rogue_variance,
    "heavy_tailed": heavy_tailed,
    "clustered": clustered,
    "low_rank": low_rank,
    "duplicates": duplicates,
    "zero_rows": zero_rows,
}

SIZES = [(40, 7), (150, 24), (600, 33)]

CASES = [(kind, n, d, 100 * place + n) for place, kind in enumerate(KINDS) for n, d in SIZES] + [
    ("cone", 20, 48, 7001),
    ("isotropic", 25, 40, 7002),
    ("clustered", 30, 30, 7003),
    ("heavy_tailed", 64, 1, 7004),
    ("cone", 250, 2, 7005),
]

POSTERIOR_CASES = [(40, 5, 8001), (300, 16, 8002), (500, 33, 8003), (12, 20, 8004)]


def cloud(kind, n, d, seed):
    """The cloud [n, d] of one case, float64."""
    return KINDS[kind](n, d, np.random.default_rng(seed))


def posterior(n, latent, seed):
    """Mu and logvar [n, latent]: dimensions in use, collapsed ones, and some near .01 in variance or rate."""
    rng = np.random.default_rng(seed)
    kind = np.arange(latent) % 5
    scale = np.choose(kind, [1.8, 0.6, 1e-3, 0.1, 0.13]) * rng.uniform(0.9, 1.1, latent)
    mu = rng.standard_normal((n, latent)) * scale + np.where(kind < 2, rng.normal(0, 0.4, latent), 0.0)
    mu[:, kind == 1] += 0.5 * mu[:, [0]]
    level = np.choose(kind, [-2.5, -1.0, 0.0, -0.02, 0.03])
    logvar = level + np.choose(kind, [0.6, 0.3, 1e-3, 0.02, 0.02]) * rng.standard_normal((n, latent))
    return mu, logvar


def draws(mu, logvar, seed):
    """One draw of z from each row's posterior."""
    return mu + np.exp(logvar / 2) * np.random.default_rng(seed).standard_normal(mu.shape)


def with_spectrum(eigenvalues, n=200, seed=3):
    """A cloud whose covariance (ddof 1) has exactly these eigenvalues on the axes, and mean zero."""
    noise = np.random.default_rng(seed).standard_normal((n, len(eigenvalues)))
    basis = np.linalg.qr(noise - noise.mean(0))[0]
    return basis * np.sqrt((n - 1) * np.asarray(eigenvalues, dtype=float))


def with_moments(mean, variances, n=60, seed=5):
    """Columns whose mean and population variance are exactly these, uncorrelated."""
    return with_spectrum(np.asarray(variances) * n / (n - 1), n, seed) + np.asarray(mean)


def ball():
    """Uniform in a ball of dimension 5, as scikit-dimension 0.5.0 draws it, in the first 5 of 10."""
    x = np.random.RandomState(0).normal(size=(300, 5))
    square = (x**2).sum(1, keepdims=True)
    return np.pad(x * gammainc(2.5, square / 2) ** 0.2 / np.sqrt(square), ((0, 0), (0, 5)))


def sphere():
    """Uniform on a sphere of dimension 4, likewise."""
    x = np.random.RandomState(1).randn(300, 5)
    return x / np.linalg.norm(x, axis=1, keepdims=True)
