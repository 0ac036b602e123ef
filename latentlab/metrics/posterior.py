r"""What a variational posterior N(μ, diag σ²) carries, against the prior N(0, I). Natural logarithms.

Read `collapse_gate` first: a collapsed posterior scores as a perfectly isotropic space in every other family,
because its samples are the prior. All measures take the posterior means and log variances of the same rows.
None of them knows what a decoder does with z.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from latentlab.metrics._checks import check_posterior
from latentlab.metrics.estimate import Estimate, undefined
from latentlab.metrics.moments import Moments

ACTIVE = 0.01
"""Variance of a posterior mean above which its dimension counts as active."""
COLLAPSE_EPSILONS = (0.01, 0.1)
COLLAPSE_DELTA = 0.01

Vectors = Float[np.ndarray, "n d"]


@dataclass(frozen=True)
class Aggregate:
    """The first two moments of the aggregate posterior, in a form that merges."""

    means: Moments
    """Of the posterior means."""
    variance: Float[np.ndarray, " d"]
    """Mean posterior variance."""

    @classmethod
    def of(cls, mu: Vectors, logvar: Vectors) -> "Aggregate":
        """From the rows."""
        mu, logvar = check_posterior(mu, logvar)
        with np.errstate(over="ignore"):
            return cls(Moments.of(mu), np.exp(logvar).mean(axis=0))

    def merge(self, other: "Aggregate") -> "Aggregate":
        """Of both together."""
        weight = other.means.n / (self.means.n + other.means.n)
        variance = self.variance + (other.variance - self.variance) * weight
        return Aggregate(self.means.merge(other.means), variance)

    def without(self, part: "Aggregate") -> "Aggregate":
        """Of what is left when a part is taken away."""
        weight = part.means.n / (self.means.n - part.means.n)
        variance = self.variance + (self.variance - part.variance) * weight
        return Aggregate(self.means.without(part.means), variance)

    @property
    def covariance(self) -> Float[np.ndarray, "d d"]:
        """Of the mixture, exactly: ddof 0 covariance of the means plus the mean variance."""
        return self.means.scatter / self.means.n + np.diag(self.variance)


def kl_per_dim(mu: Vectors, logvar: Vectors) -> Float[np.ndarray, " d"]:
    r"""Mean KL divergence of each dimension from the prior, in nats.

    .. math:: KL_j = \tfrac1n \sum_i \tfrac12 (\mu_{ij}^2 + e^{l_{ij}} - 1 - l_{ij}), \quad l = \log \sigma^2

    Range [0, inf); 0 where the posterior is the prior. Blind to whether the dimensions say the same thing.
    Source: Kingma & Welling 2014, arXiv:1312.6114, appendix B.

    >>> kl_per_dim(np.array([[1.0, 0.0], [1.0, 0.0]]), np.zeros((2, 2))).tolist()
    [0.5, 0.0]
    """
    return np.asarray(_kl(mu, logvar).mean(axis=0))


def kl_total(mu: Vectors, logvar: Vectors) -> Estimate:
    r"""The rate: mean KL divergence of a row's posterior from the prior, in nats.

    .. math:: \sum_j KL_j

    Range [0, inf); 0 when collapsed. An upper bound on the information that z carries about the sentence.
    Blind to how much of it is spent on moving the aggregate away from the prior.
    Source: Kingma & Welling 2014, arXiv:1312.6114; "rate" as in Alemi et al. 2018, arXiv:1711.00464.

    >>> kl_total(np.array([[1.0, 0.0], [1.0, 0.0]]), np.zeros((2, 2))).value
    0.5
    """
    rows = _kl(mu, logvar).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return Estimate(float(rows.mean())).with_se(float(rows.std(ddof=1)) / math.sqrt(len(rows)))


def kl_total_bits(mu: Vectors, logvar: Vectors) -> Estimate:
    r"""The rate in bits.

    .. math:: \sum_j KL_j / \ln 2

    Range [0, inf); 0 when collapsed. Blind to what `kl_total` is blind to.
    Source: as `kl_total`.

    >>> round(kl_total_bits(np.array([[1.0, 0.0], [1.0, 0.0]]), np.zeros((2, 2))).value, 4)
    0.7213
    """
    nats = kl_total(mu, logvar)
    if nats.value is None or nats.se is None:
        return nats
    return Estimate(nats.value / math.log(2)).with_se(nats.se / math.log(2))


def active_units(mu: Vectors, logvar: Vectors) -> Estimate:
    r"""Number of dimensions whose posterior mean moves with the sentence.

    .. math:: \#\{j : Var_x(\mu_j) > 0.01\} \quad (\text{ddof } 1)

    Range 0 to d; 0 when collapsed. The threshold belongs to a prior of unit variance and means nothing under
    another. Blind to sigma: a mean that moves less than its noise still counts.
    Source: Burda et al. 2016, arXiv:1509.00519, section 4.1.

    >>> active_units(np.array([[1.0, 0.05], [-1.0, -0.05]]), np.zeros((2, 2))).value
    1.0
    """
    mu, _ = check_posterior(mu, logvar)
    return Estimate(float(np.sum(_spread(mu) > ACTIVE)))


def collapsed_dims(mu: Vectors, logvar: Vectors) -> dict[str, int]:
    r"""Number of (ε, δ)-collapsed dimensions for each ε of 0.01 and 0.1, with δ = 0.01.

    .. math:: \#\{j : P_x[KL_{ij} < \varepsilon] \ge 1 - \delta\}

    Range 0 to d; d when collapsed. Blind to a dimension that is constant but far from the prior.
    Source: Lucas et al. 2019, arXiv:1911.02469, section 6.2.

    >>> collapsed_dims(np.array([[0.3, 0.0], [-0.3, 0.0]]), np.zeros((2, 2)))
    {'0.01': 1, '0.1': 2}
    """
    kl = _kl(mu, logvar)
    # A share of exactly 1 - δ counts; the margin keeps 0.99 = 99/100 from failing by its rounding.
    enough = 1 - COLLAPSE_DELTA - 1e-12
    return {f"{e:g}": int(np.sum((kl < e).mean(axis=0) >= enough)) for e in COLLAPSE_EPSILONS}


def signal_share(mu: Vectors | Aggregate, logvar: Vectors | None = None) -> Estimate:
    r"""Share of the aggregate posterior's variance that comes from the means, the rest being noise.

    .. math:: \mathrm{tr}\, Cov(\mu) / \mathrm{tr}\, \Sigma, \quad \Sigma = Cov(\mu) +
    diag(\overline{\sigma^2})

    Range [0, 1]; 0 when collapsed, near 1 when deterministic. Blind to how the signal is spread over
    dimensions.
    Source: the law of total variance; standard.

    >>> signal_share(np.array([[1.0], [-1.0]]), np.zeros((2, 1))).value
    0.5
    """
    a = _aggregate(mu, logvar)
    signal = float(np.trace(a.means.scatter)) / a.means.n
    noise = float(a.variance.sum())
    if not math.isfinite(noise) or signal + noise <= 0:
        return undefined("the posterior variance is zero or not finite")
    return Estimate(max(signal, 0.0) / (signal + noise))


def agg_kl_gaussian(mu: Vectors | Aggregate, logvar: Vectors | None = None) -> Estimate:
    r"""KL divergence from the prior of the Gaussian that has the aggregate posterior's mean and covariance.

    .. math:: \tfrac12 (\mathrm{tr}\, \Sigma + m^\top m - d - \ln\det\Sigma)

    Range [0, inf); 0 when the aggregate's first two moments are the prior's. A lower bound on KL(q(z) ||
    p(z)), blind to every higher moment. Biased upwards by about d (d + 3) / (4 n) where the noise is small,
    so it is undefined at n <= d.
    Source: Hoffman & Johnson 2016, "ELBO surgery", for q(z) against p(z).

    >>> mu = np.array([[1.0], [-1.0]])
    >>> round(agg_kl_gaussian(mu, np.log(np.full((2, 1), 3.0))).value, 4)  # variance 4: (4 - 1 - ln 4) / 2
    0.8069
    """
    a = _aggregate(mu, logvar)
    n, d = a.means.n, len(a.variance)
    if n <= d:
        return undefined(f"n = {n} <= d = {d}: the plug-in bias is as large as the value")
    covariance = a.covariance
    if not np.isfinite(covariance).all():
        return undefined("the posterior variance is not finite")
    sign, logdet = np.linalg.slogdet(covariance)
    if sign <= 0:
        return undefined("the aggregate covariance is singular")
    value = 0.5 * (float(np.trace(covariance)) + float(a.means.mean @ a.means.mean) - d - float(logdet))
    return Estimate(max(value, 0.0), note=f"plug-in, bias up to {d * (d + 3) / (4 * n):.2g} nats")


def _kl(mu: Vectors, logvar: Vectors) -> Vectors:
    mu, logvar = check_posterior(mu, logvar)
    with np.errstate(over="ignore"):
        return np.asarray(0.5 * (mu**2 + np.expm1(logvar) - logvar))


def _spread(mu: Vectors) -> Float[np.ndarray, " d"]:
    return np.asarray((mu - mu[0]).var(axis=0, ddof=1))


def _aggregate(mu: Vectors | Aggregate, logvar: Vectors | None) -> Aggregate:
    if isinstance(mu, Aggregate):
        return mu
    if logvar is None:
        raise TypeError("logvar is needed beside mu")
    return Aggregate.of(mu, logvar)
