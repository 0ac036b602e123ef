r"""The aggregate posterior q(z), the mean of all rows' N(μ, diag σ²), by its first two moments; information.

The covariance Σ = Cov(μ) + diag(mean σ²) is exact for the mixture (ddof 0). What is computed from it treats
q(z) as the Gaussian with that mean and covariance, and is blind to every higher moment. Natural logarithms.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64
from scipy import special

from latentlab.metrics._checks import check_posterior
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.streaming.moments import Moments

COLLAPSE_EPSILONS = (0.01, 0.1)

Vectors = Float[np.ndarray, "n d"]


@dataclass(frozen=True)
class Aggregate:
    """What is added up over the rows of a posterior, in a form that merges."""

    means: Moments
    """Of the posterior means."""
    variance: Float[np.ndarray, " d"]
    """Mean posterior variance."""
    logvar: Float[np.ndarray, " d"]
    """Mean of its logarithm."""
    kl: Float[np.ndarray, " d"]
    """Mean KL divergence from the prior by dimension, nats."""
    row_kl_square: float
    """Mean over rows of the squared KL of the row."""
    below: Int64[np.ndarray, "e d"]
    """Rows whose KL in a dimension is below each of `COLLAPSE_EPSILONS`."""

    @property
    def n(self) -> int:
        """Rows."""
        return self.means.n

    @classmethod
    def of(cls, mu: Vectors, logvar: Vectors) -> "Aggregate":
        """From the rows; a part of a cloud may be a single one."""
        mu, logvar = check_posterior(mu, logvar, least=1)
        kl = kl_by_row(mu, logvar)
        with np.errstate(over="ignore"):
            return cls(
                Moments.of(mu),
                np.exp(logvar).mean(axis=0),
                logvar.mean(axis=0),
                kl.mean(axis=0),
                float(np.mean(kl.sum(axis=1) ** 2)),
                np.stack([(kl < epsilon).sum(axis=0) for epsilon in COLLAPSE_EPSILONS]),
            )

    def merge(self, other: "Aggregate") -> "Aggregate":
        """Of both together."""
        weight = other.n / (self.n + other.n)
        return Aggregate(
            self.means.merge(other.means),
            self.variance + (other.variance - self.variance) * weight,
            self.logvar + (other.logvar - self.logvar) * weight,
            self.kl + (other.kl - self.kl) * weight,
            self.row_kl_square + (other.row_kl_square - self.row_kl_square) * weight,
            self.below + other.below,
        )

    @property
    def covariance(self) -> Float[np.ndarray, "d d"]:
        """Of the mixture, exactly: ddof 0 covariance of the means plus the mean variance."""
        return self.means.scatter / self.means.n + np.diag(self.variance)


Input = Vectors | Aggregate


def kl_by_row(mu: Vectors, logvar: Vectors) -> Vectors:
    r"""KL(N(μ_ij, σ_ij²) || N(0, 1)) of each row and dimension, nats.

    .. math:: KL_{ij} = \tfrac12 (\mu_{ij}^2 + e^{l_{ij}} - 1 - l_{ij}), \quad l = \log \sigma^2

    Source: Kingma & Welling 2014, arXiv:1312.6114, appendix B.
    """
    with np.errstate(over="ignore"):
        return np.asarray(0.5 * (mu**2 + np.expm1(logvar) - logvar))


def aggregate(mu: Input, logvar: Vectors | None) -> Aggregate:
    """The arguments of a metric as an Aggregate."""
    if isinstance(mu, Aggregate):
        return mu
    if logvar is None:
        raise TypeError("logvar is needed beside mu")
    check_posterior(mu, logvar)
    return Aggregate.of(mu, logvar)


def signal_share(mu: Input, logvar: Vectors | None = None) -> Estimate:
    r"""Share of the aggregate posterior's variance that comes from the means, the rest being noise.

    .. math:: \mathrm{tr}\, Cov(\mu) / \mathrm{tr}\, \Sigma, \quad \Sigma = Cov(\mu) +
    diag(\overline{\sigma^2})

    Range [0, 1]; 0 when collapsed, near 1 when deterministic. Blind to how the signal is spread over
    dimensions.
    Source: the law of total variance; standard.

    >>> signal_share(np.array([[1.0], [-1.0]]), np.zeros((2, 1))).value
    0.5
    """
    a = aggregate(mu, logvar)
    signal = float(np.trace(a.means.scatter)) / a.means.n
    noise = float(a.variance.sum())
    if not math.isfinite(noise) or signal + noise <= 0:
        return undefined("the posterior variance is zero or not finite")
    return Estimate(max(signal, 0.0) / (signal + noise))


def agg_kl_gaussian(mu: Input, logvar: Vectors | None = None) -> Estimate:
    r"""KL divergence from the prior of the Gaussian that has the aggregate posterior's mean and covariance.

    .. math:: \tfrac12 (\mathrm{tr}\, \Sigma + m^\top m - d - \ln\det\Sigma)

    Range [0, inf); 0 when the aggregate's first two moments are the prior's. A lower bound on KL(q(z) ||
    p(z)), blind to every higher moment. The sum of `agg_tc_gaussian` and `agg_dimwise_kl_gaussian`. Biased
    upwards by about d (d + 3) / (4 n) where the noise is small, so it is undefined at n <= d.
    Source: Hoffman & Johnson 2016, "ELBO surgery", for q(z) against p(z).

    >>> mu = np.array([[1.0], [-1.0]])
    >>> round(agg_kl_gaussian(mu, np.log(np.full((2, 1), 3.0))).value, 4)  # variance 4: (4 - 1 - ln 4) / 2
    0.8069
    """
    return _gaussian(mu, logvar, lambda a, tc: tc + _dimwise(a))


def agg_tc_gaussian(mu: Input, logvar: Vectors | None = None) -> Estimate:
    r"""Total correlation of that Gaussian: how far its dimensions are from independent.

    .. math:: \tfrac12 (\sum_j \ln \Sigma_{jj} - \ln\det\Sigma)

    Range [0, inf); 0 when the dimensions are uncorrelated. A rotation changes it. Blind to dependence
    without correlation. Bias as `agg_kl_gaussian`.
    Source: Watanabe 1960, IBM J. Res. Dev. 4:66; Chen et al. 2018, arXiv:1802.04942, of q(z).

    >>> mu = np.linalg.cholesky([[1.0, 0.9], [0.9, 1.0]]) @ np.array([[1, -1, 1, -1], [1, 1, -1, -1.0]])
    >>> round(agg_tc_gaussian(mu.T, np.full((4, 2), -60.0)).value, 4)  # -ln(1 - .81) / 2
    0.8304
    """
    return _gaussian(mu, logvar, lambda _, tc: tc)


def agg_dimwise_kl_gaussian(mu: Input, logvar: Vectors | None = None) -> Estimate:
    r"""KL divergence of each dimension of that Gaussian from N(0, 1), summed.

    .. math:: \tfrac12 \sum_j (\Sigma_{jj} + m_j^2 - 1 - \ln \Sigma_{jj})

    Range [0, inf); 0 when every dimension has mean 0 and variance 1. Blind to correlation.
    Source: Chen et al. 2018, arXiv:1802.04942, "dimension-wise KL".

    >>> round(agg_dimwise_kl_gaussian(np.array([[1.0], [-1.0]]), np.log(np.full((2, 1), 3.0))).value, 4)
    0.8069
    """
    return _gaussian(mu, logvar, lambda a, _: _dimwise(a))


def mi_upper_bound(mu: Input, logvar: Vectors | None = None) -> Estimate:
    r"""Upper bound on the information between sentence and latent: the rate less the aggregate's own KL.

    .. math:: I(x; z) = R - KL(q(z) \Vert p(z)) \le R - KL_G = \tfrac12 (\ln\det\Sigma - \sum_j
        \overline{\ln \sigma_j^2}), \quad R = \sum_j KL_j

    Range (-inf, R]. The information of a sample of n rows cannot exceed ln n either; the note gives it. The
    plug-in bias of KL_G makes the bound too tight at small n. Blind to what a decoder can use.
    Source: Hoffman & Johnson 2016, "ELBO surgery".

    >>> mu, sigma2 = np.array([[2.0], [-2.0]]), np.full((2, 1), 0.2)
    >>> round(mi_upper_bound(mu, np.log(sigma2)).value, 4)  # ln(4.2 / 0.2) / 2
    1.5223
    """
    a = aggregate(mu, logvar)
    # The difference of R and KL_G would keep no digit of it where one variance is extreme.
    bound = _gaussian(a, None, lambda a, tc: float(information_per_dim(a).sum()) - tc)
    if bound.value is None:
        return bound
    return Estimate(bound.value, note=f"ln n = {math.log(a.n):.4g} bounds a sample of {a.n} rows")


def information_per_dim(mu: Input, logvar: Vectors | None = None) -> Float[np.ndarray, " d"]:
    r"""Upper bound on the information between sentence and each single dimension of z, in nats.

    .. math:: I_j \le KL_j - KL(N(m_j, \Sigma_{jj}) \Vert N(0, 1)) = \tfrac12 (\ln \Sigma_{jj} -
        \overline{\ln \sigma_j^2})

    Range [0, inf); 0 where mean and variance are the same for all sentences, wherever they lie. Defined at
    any n. Blind to whether two dimensions say the same thing.
    Source: Hoffman & Johnson 2016, "ELBO surgery", dimension by dimension.

    >>> information_per_dim(np.array([[1.5, 2.0], [1.5, -2.0]]), np.zeros((2, 2))).round(4).tolist()
    [0.0, 0.8047]
    """
    a = aggregate(mu, logvar)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(a.means.scatter.diagonal() / a.n + a.variance)
        own = 0.5 * (logs - a.logvar)
        # Two numbers of one size are subtracted: what is left below their rounding is nothing.
        least = 1e-12 * np.maximum(np.abs(logs), 1.0)
    return np.where(own > least, own, np.where(np.isnan(own), np.nan, 0.0))


def information_dimwise(mu: Input, logvar: Vectors | None = None) -> Estimate:
    r"""Sum over dimensions of `information_per_dim`, an upper bound that needs no determinant.

    .. math:: \sum_j I_j \ge R - KL_G

    Range [0, rate]; at least `mi_upper_bound`, and by their total correlation more where dimensions say the
    same. Unlike that bound it is defined, and next to unbiased, at n <= d. Blind to whether the dimensions
    say the same thing.
    Source: as `information_per_dim`.

    >>> round(information_dimwise(np.array([[2.0], [-2.0]]), np.log(np.full((2, 1), 0.2))).value, 4)
    1.5223
    """
    return Estimate(float(information_per_dim(mu, logvar).sum()))


def mi_sampled(mu: Vectors, logvar: Vectors, z: Vectors) -> Estimate:
    r"""Monte Carlo estimate of the information between sentence and latent, from one z a row.

    .. math:: \tfrac1n \sum_i \Big[\ln q(z_i | x_i) - \ln \tfrac1n \sum_j q(z_i | x_j)\Big]

    Range (-inf, ln n]: it saturates at ln n, which the note gives, whatever the true value. O(n² d). The SE
    is that of a mean of n terms and ignores that they share their mixture. Blind to anything beyond ln n.
    Source: Hoffman & Johnson 2016; the estimator of He et al. 2019, arXiv:1901.05534, over all rows at once.

    >>> mu = np.array([[50.0], [-50.0], [0.0]])
    >>> round(mi_sampled(mu, np.zeros((3, 1)), mu).value, 4)  # ln 3: three rows told apart
    1.0986
    """
    mu, logvar = check_posterior(mu, logvar)
    n = len(mu)
    with np.errstate(over="ignore", invalid="ignore"):
        precision = np.exp(-logvar)
        finite = np.isfinite(mu**2 * precision).all()
    if not finite:
        return undefined("1/σ² overflows double precision")
    # ln q(z|x_j) = const_j - 1/2 Σ_k (z_k² p_jk - 2 z_k μ_jk p_jk): two products instead of n² d differences.
    constant = -0.5 * (logvar + mu**2 * precision).sum(axis=1)
    terms = np.empty(n)
    for at in range(0, n, 1024):
        block = z[at : at + 1024].astype(np.float64)
        log_q = constant - 0.5 * (block**2) @ precision.T + block @ (mu * precision).T
        own = log_q[np.arange(len(block)), np.arange(at, at + len(block))]
        terms[at : at + 1024] = own - special.logsumexp(log_q, axis=1) + math.log(n)
    estimate = Estimate(float(terms.mean()), note=f"cannot exceed ln n = {math.log(n):.4g}")
    return estimate.with_se(float(terms.std(ddof=1)) / math.sqrt(n)) if n > 1 else estimate


def bnvae_kl_lower_bound(mu: Input, logvar: Vectors | None = None) -> Estimate:
    r"""What the means alone cost: a lower bound on the rate that no variance can go below.

    .. math:: \tfrac12 \sum_j (Var(\mu_j) + \bar\mu_j^2) \quad (\text{ddof } 0)

    Range [0, rate]; 0 when collapsed. Since σ² - ln σ² >= 1. With BatchNorm on μ at scale γ it is d γ² / 2.
    Blind to σ.
    Source: Zhu et al. 2020, arXiv:2004.12585, equation 8.

    >>> bnvae_kl_lower_bound(np.array([[1.0], [-1.0]]), np.zeros((2, 1))).value
    0.5
    """
    a = aggregate(mu, logvar)
    second = float(np.trace(a.means.scatter)) / a.n + float(a.means.mean @ a.means.mean)
    return Estimate(0.5 * second)


def _gaussian(mu: Input, logvar: Vectors | None, of: Callable[[Aggregate, float], float]) -> Estimate:
    """A function of the Gaussian with q(z)'s moments and of its total correlation."""
    a = aggregate(mu, logvar)
    n, d, covariance = a.n, len(a.variance), a.covariance
    if n <= d:
        return undefined(f"n = {n} <= d = {d}: the plug-in bias is as large as the value")
    if not np.isfinite(covariance).all():
        return undefined("the posterior variance is not finite")
    deviations = np.sqrt(covariance.diagonal())
    # Of the correlations, whose determinant keeps its digits whatever the scales of the dimensions.
    scale = np.where(deviations > 0, deviations, 1.0)
    sign, logdet = np.linalg.slogdet(covariance / scale[:, None] / scale)
    if sign <= 0:
        return undefined("the aggregate covariance is singular")
    tc = max(-0.5 * float(logdet), 0.0)
    return Estimate(of(a, tc), note=f"plug-in, bias up to {d * (d + 3) / (4 * n):.2g} nats")


def _dimwise(a: Aggregate) -> float:
    v = a.covariance.diagonal()
    return max(0.5 * float((v + a.means.mean**2 - 1 - np.log(v)).sum()), 0.0)
