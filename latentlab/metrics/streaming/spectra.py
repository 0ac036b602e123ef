r"""Spectra of a cloud, and what is read from them, without each of its shards.

Up to 256 dimensions each is decomposed. Above, that would cost more than the pass over the data, and the
eigenvalues of the covariance C without a shard are taken as :math:`v_j^\top C_{(-g)} v_j`, with v the
eigenvectors of the whole: exact to first order in the change, which is what a jackknife of a smooth function
of the eigenvalues rests on; tests compare the standard errors with those of full decompositions. Their sum of
squares is exact. A count of eigenvalues is not smooth, and small eigenvalues move by more than first order
unless n is many times d.
Source: first-order perturbation of symmetric eigenvalues, Stewart & Sun 1990, section IV.2.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from latentlab.metrics.covariance import Spectrum, decomposed, widened
from latentlab.metrics.rank import Singular, rankme
from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.streaming.moments import Moments
from latentlab.metrics.streaming.sums import Sums
from latentlab.metrics.streaming.threads import each

BLOCKS = 10
"""Parts that are left out one by one, in many dimensions, to see a bias."""
DECOMPOSED = 256
"""Dimensions up to which every rest is decomposed."""
_EPSILON = float(np.finfo(np.float64).eps)


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


@dataclass(frozen=True)
class Spectra:
    """Spectra of the centred covariance of one cloud and of parts of it."""

    whole: Spectrum
    rests: list[Spectrum]
    """Without each shard that has rows, to first order where there are more than `DECOMPOSED` dimensions."""
    blocks: list[Spectrum]
    """Without each of a few larger parts, decomposed: what tells a bias. The rests, where these are exact."""


def spectra(
    shards: Sums, whole: Sums, pilot: Float[np.ndarray, " s"], dtype: np.dtype, *, d: int | None = None
) -> Spectra:
    """Spectra of all rows, and without each shard that has rows; `dtype` is that of the shards' products.

    `d` is how many dimensions there are, where the sums are in coordinates of what the rows span.
    """
    found = _spectra(shards, whole, pilot, dtype)
    if d is None or d == len(pilot):
        return found
    rests, blocks = ([widened(s, d) for s in part] for part in (found.rests, found.blocks))
    return Spectra(widened(found.whole, d), rests, blocks)


def _spectra(shards: Sums, whole: Sums, pilot: Float[np.ndarray, " d"], dtype: np.dtype) -> Spectra:
    moments = moments_of(whole, pilot)
    filled = list(shards.filled())
    of_all, vectors = spectrum_of(moments, dtype)
    of_all = replace(of_all, quartic=whole.quartic_about_mean())
    if min(moments.n - int(shards.n[g]) for g in filled) < 2 or not of_all.eigenvalues.any():
        return Spectra(of_all, [], [])
    rank = int(np.count_nonzero(of_all.eigenvalues))

    def decomposed_rest(left: Sums) -> Spectrum:
        """What is rounding in the whole is zero here."""
        s = decomposed(moments_of(left, pilot), vectors=False)[0]
        s.eigenvalues[rank:] = 0.0
        return replace(s, quartic=left.quartic_about_mean())

    if not first_order(len(pilot)):
        rests = each(lambda g: decomposed_rest(whole.minus(shards, g)), filled)
        return Spectra(of_all, rests, rests)
    parts = [shards.taken(filled[b::BLOCKS]) for b in range(min(BLOCKS, len(filled)))]
    second, first = _projected(shards, vectors, dtype)

    def rough(g: int) -> Spectrum:
        n = moments.n - int(shards.n[g])
        total = first.sum(axis=0) - first[g]
        values = (second.sum(axis=0) - second[g] - total**2 / n) / (n - 1)
        # The second moment needs no eigenvalues, and the metrics of the verdict need no more than that.
        m = (whole.total[0] - shards.total[g]) / n
        left = whole.minus(shards, g)
        scatter = left.scatter[0]
        squares = np.vdot(scatter, scatter) - 2 * n * m @ scatter @ m + (n * m @ m) ** 2
        values = _descending(values, of_all.eigenvalues)
        return Spectrum(values, n, float(squares) / (n - 1) ** 2, left.quartic_about_mean())

    return Spectra(
        of_all, each(rough, filled), each(lambda part: decomposed_rest(whole.minus(part, 0)), parts)
    )


def spectrum_of(moments: Moments, dtype: np.dtype) -> tuple[Spectrum, Float[np.ndarray, "d d"]]:
    r"""Spectrum and eigenvectors of moments whose products were taken in `dtype`.

    What those products cannot tell from zero is zero: eigenvalues below
    :math:`8 \varepsilon \sum_k v_{jk}^2 C_{kk}`, the rounding error of :math:`v_j^\top C v_j` when that of an
    entry is a few :math:`\varepsilon \sqrt{C_{kk} C_{ll}}`. A large coordinate spoils its own alone.
    """
    of_all, vectors = decomposed(moments)
    if not of_all.eigenvalues.any():
        return of_all, vectors
    kept = of_all.eigenvalues > _rounding(vectors, np.diagonal(moments.covariance), dtype)
    return Spectrum(np.where(kept, of_all.eigenvalues, 0.0), of_all.n), vectors


def _rounding(
    vectors: Float[np.ndarray, "d d"], diagonal: Float[np.ndarray, " d"], dtype: np.dtype
) -> Float[np.ndarray, " d"]:
    return np.asarray(8 * np.finfo(dtype).eps * (diagonal @ vectors**2))


def rankme_of(whole: Sums, pilot: Float[np.ndarray, " d"], dtype: np.dtype) -> Estimate:
    """RankMe of all rows, from the sums of one group; `dtype` is that of their products."""
    squares, vectors = np.linalg.eigh(gram_of(whole, pilot))
    squares, v = squares[::-1], vectors[:, ::-1]
    # Only the products around the pilot were taken in that precision.
    rounding = _rounding(v, np.diagonal(whole.scatter[0]), dtype) + len(squares) * _EPSILON * squares[0]
    return rankme(Singular(np.sqrt(np.where(squares > rounding, squares, 0.0)), int(whole.n[0])))


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
