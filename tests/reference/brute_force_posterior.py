"""The metrics of a Gaussian posterior from their definitions in float64; slow on purpose.

A posterior is mu and logvar, both [n, L]; each Kullback–Leibler divergence between Gaussians goes through
the one general formula with full covariance matrices.
"""

import math

import numpy as np
from scipy import stats
from scipy.special import logsumexp


def as_matrix(values):
    return np.array(values, dtype=np.float64)


def gaussian_kl(mean0, cov0, mean1, cov1):
    """KL(N(mean0, cov0) ‖ N(mean1, cov1))."""
    shift = mean1 - mean0
    _, logdet0 = np.linalg.slogdet(cov0)
    _, logdet1 = np.linalg.slogdet(cov1)
    trace = np.trace(np.linalg.solve(cov1, cov0))
    return 0.5 * float(trace + shift @ np.linalg.solve(cov1, shift) - len(shift) + logdet1 - logdet0)


def kl_per_dim(mu, logvar):
    """The mean over rows of KL(N(μ, σ²) ‖ N(0, 1)), one per dimension."""
    mu, logvar = as_matrix(mu), as_matrix(logvar)
    n, latent = mu.shape
    return np.array([math.fsum(row_kl(mu[i, j], logvar[i, j]) for i in range(n)) / n for j in range(latent)])


def row_kl(mean, logvar):
    return 0.5 * (mean**2 + math.expm1(logvar) - logvar)


def kl_total(mu, logvar):
    return math.fsum(kl_per_dim(mu, logvar))


def kl_total_bits(mu, logvar):
    return kl_total(mu, logvar) / math.log(2)


def active_units(mu, logvar):
    mu = as_matrix(mu)
    if len(mu) < 2:
        return None
    return int(sum(stats.tvar(column) > 0.01 for column in mu.T))


def collapsed_dims(mu, logvar):
    """Dimensions in which at least 99 of 100 rows have a divergence below ε."""
    mu, logvar = as_matrix(mu), as_matrix(logvar)
    n, latent = mu.shape
    counts = {}
    for name in ("0.01", "0.1"):
        below = [sum(row_kl(mu[i, j], logvar[i, j]) < float(name) for i in range(n)) for j in range(latent)]
        counts[name] = int(sum(100 * count >= 99 * n for count in below))
    return counts


def aggregate(mu, logvar):
    """Mean and covariance of the mixture of the n posteriors, summed row by row: E[zzᵀ] about the mean."""
    mu, logvar = as_matrix(mu), as_matrix(logvar)
    n, latent = mu.shape
    mean = np.array([math.fsum(column) / n for column in mu.T])
    covariance = np.zeros((latent, latent))
    for row, row_logvar in zip(mu, logvar, strict=True):
        covariance += (np.outer(row - mean, row - mean) + np.diag(np.exp(row_logvar))) / n
    return mean, covariance


def signal_share(mu, logvar):
    spread = math.fsum(
        math.fsum((column - math.fsum(column) / len(column)) ** 2) for column in as_matrix(mu).T
    )
    _, covariance = aggregate(mu, logvar)
    return float(spread / len(mu) / np.trace(covariance))


def agg_kl_gaussian(mu, logvar):
    mean, covariance = aggregate(mu, logvar)
    return gaussian_kl(mean, covariance, np.zeros(len(mean)), np.eye(len(mean)))


def agg_tc_gaussian(mu, logvar):
    """The divergence from the Gaussian with the same marginals and no correlations."""
    mean, covariance = aggregate(mu, logvar)
    return gaussian_kl(mean, covariance, mean, np.diag(np.diag(covariance)))


def agg_dimwise_kl_gaussian(mu, logvar):
    mean, covariance = aggregate(mu, logvar)
    return math.fsum(
        gaussian_kl(mean[j : j + 1], covariance[j : j + 1, j : j + 1], np.zeros(1), np.eye(1))
        for j in range(len(mean))
    )


def mi_upper_bound(mu, logvar):
    return kl_total(mu, logvar) - agg_kl_gaussian(mu, logvar)


def information_per_dim(mu, logvar):
    """KL of each dimension less that of one Gaussian with the aggregate's mean and variance there."""
    mean, covariance = aggregate(mu, logvar)
    own = [
        gaussian_kl(mean[j : j + 1], covariance[j : j + 1, j : j + 1], np.zeros(1), np.eye(1))
        for j in range(len(mean))
    ]
    return kl_per_dim(mu, logvar) - np.array(own)


def information_dimwise(mu, logvar):
    return math.fsum(information_per_dim(mu, logvar))


def fewest_with_95_per_cent(values):
    """One more dimension at a time, the largest first."""
    left, held = sorted(values), 0.0
    while held < 0.95 * math.fsum(values):
        held += left.pop()
    return len(values) - len(left)


def kl_dims_95(mu, logvar):
    return fewest_with_95_per_cent(kl_per_dim(mu, logvar))


def information_dims_95(mu, logvar):
    return fewest_with_95_per_cent(information_per_dim(mu, logvar))


def mi_sampled(mu, logvar, z):
    """The row z[i] is a draw from the posterior of row i; every density is evaluated at every draw."""
    mu, scale, z = as_matrix(mu), np.exp(as_matrix(logvar) / 2), as_matrix(z)
    n = len(mu)
    terms = []
    for i in range(n):
        logs = stats.norm.logpdf(z[i], mu, scale).sum(axis=1)
        terms.append(logs[i] - (float(logsumexp(logs)) - math.log(n)))
    return math.fsum(terms) / n


def bnvae_kl_lower_bound(mu, logvar):
    means = [math.fsum(column) / len(column) for column in as_matrix(mu).T]
    variances = [
        math.fsum((column - m) ** 2) / len(column) for column, m in zip(as_matrix(mu).T, means, strict=True)
    ]
    return 0.5 * math.fsum(v + m**2 for v, m in zip(variances, means, strict=True))
