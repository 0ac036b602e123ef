r"""Spectra of a cloud, and what is read from them, without each of its shards.

Up to 256 dimensions each is decomposed. Above, that would cost more than the pass over the data, and the
eigenvalues of the covariance C without a shard are taken as :math:`v_j^\top C_{(-g)} v_j`, with v the
eigenvectors of the whole: exact to first order in the change, which is what a jackknife of a smooth function
of the eigenvalues rests on; a test compares the standard errors with those of full decompositions. A count
of eigenvalues is not smooth, and the smallest eigenvalue moves by more than first order unless n is many
times d.
Source: first-order perturbation of symmetric eigenvalues, Stewart & Sun 1990, section IV.2.
"""

import numpy as np
from jaxtyping import Float

from latentlab.metrics.covariance import Spectrum, decomposed, spectrum
from latentlab.metrics.estimate import Estimate
from latentlab.metrics.moments import Moments
from latentlab.metrics.rank import Singular, rankme, rankme_slope
from latentlab.metrics.sums import Sums
from latentlab.metrics.threads import each

DECOMPOSED = 256
"""Dimensions up to which every rest is decomposed."""


def first_order(d: int) -> bool:
    """Whether rests of this width are not decomposed."""
    return d > DECOMPOSED


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
    filled = list(shards.filled())
    if min(moments.n - int(shards.n[g]) for g in filled) < 2:
        return spectrum(moments), []
    # Of a flat cloud in single precision, the directions without a spread come out at 1e-8 of the largest.
    precision = float(np.finfo(dtype).eps)
    of_all, vectors = decomposed(moments, vectors=first_order(len(pilot)), precision=precision)
    if not of_all.eigenvalues.any():
        return of_all, []
    if not first_order(len(pilot)):

        def rest(g: int) -> Spectrum:
            without = moments_of(whole.minus(shards, g), pilot)
            return decomposed(without, vectors=False, precision=precision)[0]

        return of_all, each(rest, filled)
    second, first = _projected(shards, vectors, dtype)
    of_rests = []
    for g in filled:
        n = moments.n - int(shards.n[g])
        total = first.sum(axis=0) - first[g]
        values = (second.sum(axis=0) - second[g] - total**2 / n) / (n - 1)
        of_rests.append(Spectrum(_descending(values, of_all.eigenvalues), n))
    return of_all, of_rests


def rankme_without_each(
    shards: Sums, whole: Sums, pilot: Float[np.ndarray, " d"], dtype: np.dtype
) -> tuple[Estimate, list[float | None]]:
    """RankMe of all rows and without each shard that has rows; above `DECOMPOSED` to first order."""
    n, filled, gram = int(whole.n[0]), list(shards.filled()), gram_of(whole, pilot)
    if not first_order(len(pilot)):

        def rest(g: int) -> float | None:
            without = gram_of(whole.minus(shards, g), pilot)
            return rankme(_singular(np.linalg.eigvalsh(without), n - int(shards.n[g]), dtype)).value

        return rankme(_singular(np.linalg.eigvalsh(gram), n, dtype)), each(rest, filled)
    squares, vectors = np.linalg.eigh(gram)
    of_all = _singular(squares, n, dtype)
    estimate = rankme(of_all)
    if estimate.value is None:
        return estimate, []
    v = vectors[:, ::-1]
    slope = (v * rankme_slope(of_all)) @ v.T
    change = shards.scatter.reshape(len(shards.n), -1) @ slope.ravel()
    change += 2 * shards.total @ (slope @ pilot) + shards.n * float(pilot @ slope @ pilot)
    return estimate, [estimate.value - float(change[g]) for g in filled]


def _singular(squares: Float[np.ndarray, " d"], n: int, dtype: np.dtype) -> Singular:
    """Singular values from ascending eigenvalues of Σ x xᵀ; what is rounding of the products is zero."""
    squares = np.where(squares > np.finfo(dtype).eps * squares[-1], squares, 0.0)
    return Singular(np.sqrt(squares[::-1]), n)


def _projected(
    shards: Sums, vectors: Float[np.ndarray, "d d"], dtype: np.dtype
) -> tuple[Float[np.ndarray, "k d"], Float[np.ndarray, "k d"]]:
    """By shard and eigenvector: Σ (v · y)² and Σ v · y."""
    v = np.ascontiguousarray(vectors, dtype=dtype)
    second = np.zeros_like(shards.total)
    filled = list(shards.filled())
    second[filled] = each(lambda g: _forms(shards.scatter[g].astype(v.dtype), v), filled)
    return second, shards.total @ vectors


def _forms(s: Float[np.ndarray, "d d"], v: Float[np.ndarray, "d k"]) -> Float[np.ndarray, " k"]:
    """v_jᵀ S v_j by column; S is symmetric, so a block beside the diagonal stands for its mirror image."""
    if len(s) <= 128:
        return np.asarray(np.einsum("ij,ij->j", v, s @ v))
    h = len(s) // 2
    beside = np.einsum("ij,ij->j", v[:h], s[:h, h:] @ v[h:])
    return np.asarray(_forms(s[:h, :h], v[:h]) + _forms(s[h:, h:], v[h:]) + 2 * beside)


def _descending(values: Float[np.ndarray, " d"], whole: Float[np.ndarray, " d"]) -> Float[np.ndarray, " d"]:
    """Sorted; what is zero in the whole, being rounding, is zero here."""
    return np.sort(np.where(whole > 0, np.maximum(values, 0.0), 0.0))[::-1]
