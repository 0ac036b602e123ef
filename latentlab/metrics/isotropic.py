"""What each cloud metric reads on an isotropic cloud of the same n and d.

Most metrics are far from their limit at a few thousand rows: an unstructured cloud of 64 rows in 64
dimensions has an IsoScore of 0.5, not 1. A number in a report stands beside this one. Closed forms where
there are any; otherwise the mean of a few simulated covariances, with the standard error of that mean. Where
the rows' lengths vary otherwise than a Gaussian's, the reference has their lengths in random directions.
"""

import math
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError
from latentlab.metrics.covariance import (
    Spectrum,
    condition_number,
    dims_90,
    effective_rank,
    effective_rank_sv,
    spectrum,
    top1_variance_share,
    top10_variance_share,
)
from latentlab.metrics.rank import alpha_req
from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.streaming.moments import Moments
from latentlab.metrics.streaming.second_moments import FEWEST, unbiased_traces
from latentlab.metrics.uniformity import on_the_sphere

DRAWS, FEW_DRAWS = 8, 3
BINS = 32
"""Of row lengths."""
LIKE_GAUSSIAN = 0.1
"""Relative difference of the fourth moment of the row lengths that is no matter."""
OF_ANY_ROWS = (
    "mean_cosine",
    "mean_energy_ratio",
    "participation_ratio_debiased",
    "effective_rank_debiased",
    "isoscore_debiased",
    "uniformity",
    "uniformity_gap",
)
"""What does not depend on n: known as well where rows come in groups, and count for an unknown number."""
_SIMULATED = {
    "effective_rank": effective_rank,
    "effective_rank_sv": effective_rank_sv,
    "top1_variance_share": top1_variance_share,
    "top10_variance_share": top10_variance_share,
    "dims_90": dims_90,
    "condition_number": condition_number,
    "alpha_req": alpha_req,
}


def row_lengths(x: Float[np.ndarray, "n d"], ratio: float | None) -> tuple[float, ...] | None:
    """Squared lengths of centred rows over their mean, `BINS` of them; None where they vary as a Gaussian's.

    Those of a Gaussian of participation ratio PR, isotropic or not, have a relative fourth moment 1 + 2 / PR;
    `ratio` is an estimate of it without bias, None where there is none.

    Heavy-tailed lengths leave fewer rows that count: an isotropic cloud with them has a lower plug-in rank
    and a larger leading share than a Gaussian of the same n and d.

    >>> row_lengths(np.random.default_rng(0).standard_normal((500, 8)), 8.0) is None
    True
    """
    squares = np.sort(np.sum((x - x.mean(axis=0)) ** 2, axis=1))
    if len(x) < BINS or not squares.any() or not ratio or ratio < 1:
        return None
    squares = squares / squares.mean()
    gaussian = 1 + 2 / ratio
    if abs(float(np.mean(squares**2)) / gaussian - 1) < LIKE_GAUSSIAN:
        return None
    # Bins of exactly equal weight, so that their mean is 1.
    sums = np.concatenate([[0.0], np.cumsum(squares)])
    edges = np.interp(np.linspace(0, len(x), BINS + 1), np.arange(len(x) + 1), sums)
    return tuple(round(float(length), 3) for length in np.diff(edges) * BINS / len(x))


@lru_cache(maxsize=64)
def isotropic_reference(
    n: int, d: int, *, seed: int, lengths: tuple[float, ...] | None = None
) -> dict[str, Estimate]:
    r"""Expected value of each cloud metric on n isotropic rows: of N(0, I_d), or with lengths as given.

    Exact: `mean_cosine` and `mean_energy_ratio` 0, the centred cosine -1/(n-1) for large d.
    `participation_ratio` is E tr(S)² / E tr(S²), for a Gaussian :math:`(d\nu + 2)/(d + \nu + 1)`, ν = n - 1,
    from the Wishart moments and good to 1e-4 at n = 1000; the often used d n / (n + d) is 1e-3 off there. The
    debiased forms are d and 1, `uniformity` is that of the sphere. `resultant_length` is the mean of a χ_d
    variable over √(nd), the limit for many rows. What depends on the whole spectrum is simulated; other
    metrics have no reference. `lengths` is what `row_lengths` gives.

    >>> round(isotropic_reference(1000, 256, seed=0)["isoscore"].value, 4)
    0.7946
    """
    if n < 2 or d < 1:
        raise LatentsError(f"expected n >= 2 and d >= 1, got n = {n} and d = {d}")
    closed = "closed form" + ("" if lengths is None else ", with these row lengths")
    nu = n - 1
    ratio = (d * nu + 2) / (d + nu + 1) if lengths is None or n < FEWEST else _ratio(n, d, lengths)
    chi = math.sqrt(2) * math.exp(math.lgamma((d + 1) / 2) - math.lgamma(d / 2))
    expected = {
        "mean_cosine": 0.0,
        "mean_cosine_centred": -1 / nu,
        "mean_energy_ratio": 0.0,
        "resultant_length": chi / math.sqrt(n * d),
        "participation_ratio": ratio,
        "participation_ratio_debiased": float(d),
        "effective_rank_debiased": float(d),
        "uniformity": on_the_sphere(d),
        "uniformity_gap": 0.0,
    }
    if d > 1:
        expected |= {"isoscore": (ratio - 1) / (d - 1), "isoscore_debiased": 1.0}
    rng = np.random.default_rng([seed, n, d])
    draws_of = DRAWS if lengths is None else FEW_DRAWS
    if lengths is None:
        spectra = [_wishart_spectrum(n, d, rng) for _ in range(draws_of)]
    else:
        spectra = [_spectrum_of_lengths(n, d, lengths, rng) for _ in range(draws_of)]
    references = {key: Estimate(value, note=closed) for key, value in expected.items()}
    for key, measure in _SIMULATED.items():
        values = [measure(s).value for s in spectra]
        if None in values:  # not defined at this n and d
            continue
        draws = np.array(values, dtype=np.float64)
        mean = Estimate(float(draws.mean()), note=f"mean of {draws_of} simulated covariances")
        references[key] = mean.with_se(float(draws.std(ddof=1)) / math.sqrt(draws_of))
    return references


def _ratio(n: int, d: int, lengths: tuple[float, ...]) -> float:
    """Expected plug-in participation ratio: `unbiased_traces` of Σ = I, solved for what goes in."""
    quartic = (n - 1) ** 2 / n * d**2 * float(np.mean(np.square(lengths)))
    # Both estimates are linear in (tr S)² and tr S²: of 1 and 0, of 0 and 1, of 0 and 0.
    none = unbiased_traces(float(n), 0.0, 0.0, quartic)
    square, trace = (unbiased_traces(float(n), t, s, quartic) for t, s in ((1.0, 0.0), (0.0, 1.0)))
    system = np.array([[square[i] - none[i], trace[i] - none[i]] for i in (0, 1)])
    square_of_trace, of_square = np.linalg.solve(system, np.array([d**2 - none[0], d - none[1]]))
    return float(square_of_trace / of_square)


def _spectrum_of_lengths(n: int, d: int, lengths: tuple[float, ...], rng: np.random.Generator) -> Spectrum:
    """Spectrum of the covariance of n rows in random directions, whose squared lengths are these times d."""
    if n < d:
        rows = rng.standard_normal((n, d))
        squares = np.concatenate(
            [np.full(len(part), square) for square, part in zip(lengths, _bins(n, lengths), strict=True)]
        )
        rows *= np.sqrt(squares * d)[:, None] / np.linalg.norm(rows, axis=1, keepdims=True)
        return spectrum(rows)
    scatter = np.zeros((d, d))
    for square, rows in zip(lengths, _bins(n, lengths), strict=True):
        if len(rows) > d:
            factor = _bartlett(len(rows), d, rng)
            scatter += square * (factor @ factor.T)
        elif len(rows):
            x = rng.standard_normal((len(rows), d))
            x *= math.sqrt(square * d) / np.linalg.norm(x, axis=1, keepdims=True)
            scatter += x.T @ x
    return spectrum(Moments(n, np.zeros(d), scatter))


def _bins(n: int, lengths: tuple[float, ...]) -> list[np.ndarray]:
    """Rows of each length."""
    return np.array_split(np.arange(n), len(lengths))


def _wishart_spectrum(n: int, d: int, rng: np.random.Generator) -> Spectrum:
    """Spectrum of the sample covariance of n rows, drawn without the rows where n > d."""
    if n <= d:
        return spectrum(rng.standard_normal((n, d)))
    factor = _bartlett(n - 1, d, rng)
    return spectrum(Moments(n, np.zeros(d), factor @ factor.T))


def _bartlett(nu: int, d: int, rng: np.random.Generator) -> Float[np.ndarray, "d d"]:
    """Cholesky factor of a Wishart matrix with ν degrees of freedom (Bartlett 1933)."""
    factor = np.tril(rng.standard_normal((d, d)), k=-1)
    factor[np.diag_indices(d)] = np.sqrt(rng.chisquare(nu - np.arange(d)))
    return factor
