r"""Spectra of a cloud without each of its shards, at the price of one eigendecomposition.

The eigenvalues of the covariance C without a shard are taken as :math:`v_j^\top C_{(-g)} v_j`, with v the
eigenvectors of the whole. That is exact to first order in the change, which is what a jackknife of a smooth
function of the eigenvalues rests on; a test compares the standard errors with those of full decompositions.
A full decomposition a shard would cost more than the pass over the data.
Source: first-order perturbation of symmetric eigenvalues, Stewart & Sun 1990, section IV.2.
"""

import numpy as np
from jaxtyping import Float

from latentlab.metrics.covariance import Spectrum, spectrum
from latentlab.metrics.moments import Moments
from latentlab.metrics.sums import Sums


def moments_of(sums: Sums, pilot: Float[np.ndarray, " d"]) -> Moments:
    """Count, mean and centred scatter of a single group."""
    n, m = int(sums.n[0]), sums.total[0] / sums.n[0]
    return Moments(n, pilot + m, sums.scatter[0] - n * np.outer(m, m))


def gram_of(sums: Sums, pilot: Float[np.ndarray, " d"]) -> Float[np.ndarray, "d d"]:
    """Σ x xᵀ of a single group, nothing subtracted."""
    cross = np.outer(pilot, sums.total[0])
    return np.asarray(sums.scatter[0] + cross + cross.T + int(sums.n[0]) * np.outer(pilot, pilot))


def spectra(
    shards: Sums, whole: Sums, pilot: Float[np.ndarray, " d"], dtype: np.dtype
) -> tuple[Spectrum, list[Spectrum]]:
    """Spectrum of the centred covariance, of all rows and without each shard that has rows.

    `dtype` is that of the products with the shards' sums.
    """
    moments = moments_of(whole, pilot)
    of_all = spectrum(moments)
    if not of_all.eigenvalues.any():
        return of_all, []
    vectors = np.linalg.eigh(moments.covariance)[1][:, ::-1]
    second, first = _projected(shards, vectors, dtype)
    of_rests = []
    for g in shards.filled():
        n = moments.n - int(shards.n[g])
        total = first.sum(axis=0) - first[g]
        if n < 2:
            return of_all, []
        values = (second.sum(axis=0) - second[g] - total**2 / n) / (n - 1)
        of_rests.append(Spectrum(_descending(values, of_all.eigenvalues), n))
    return of_all, of_rests


def gram_spectra(
    shards: Sums, whole: Sums, pilot: Float[np.ndarray, " d"], dtype: np.dtype
) -> tuple[Float[np.ndarray, " d"], list[Float[np.ndarray, " d"]]]:
    """Eigenvalues of Σ x xᵀ, descending, of all rows and without each shard that has rows."""
    values, vectors = np.linalg.eigh(gram_of(whole, pilot))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    second, first = _projected(shards, vectors, dtype)
    at = vectors.T @ pilot
    raw = second + 2 * at * first + shards.n[:, None] * at**2
    return values, [_descending(raw.sum(axis=0) - raw[g], values) for g in shards.filled()]


def _projected(
    shards: Sums, vectors: Float[np.ndarray, "d d"], dtype: np.dtype
) -> tuple[Float[np.ndarray, "k d"], Float[np.ndarray, "k d"]]:
    """By shard and eigenvector: Σ (v · y)² and Σ v · y."""
    v = vectors.astype(dtype)
    second = np.zeros_like(shards.total)
    for g in shards.filled():
        second[g] = np.einsum("ij,ij->j", v, shards.scatter[g].astype(dtype) @ v)
    return second, shards.total @ vectors


def _descending(values: Float[np.ndarray, " d"], whole: Float[np.ndarray, " d"]) -> Float[np.ndarray, " d"]:
    """Sorted; what is zero in the whole, being rounding, is zero here."""
    return np.sort(np.where(whole > 0, np.maximum(values, 0.0), 0.0))[::-1]
