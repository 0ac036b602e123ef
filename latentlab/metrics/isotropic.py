"""What each cloud measure reads on an isotropic Gaussian of the same n and d.

Most measures are far from their limit at a few thousand rows: an unstructured cloud of 64 rows in 64
dimensions has an IsoScore of 0.5, not 1. A number in a report stands beside this one. Closed forms where
there are any; otherwise the mean of a few simulated covariances, with the standard error of that mean.
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
from latentlab.metrics.estimate import Estimate
from latentlab.metrics.moments import Moments
from latentlab.metrics.rank import alpha_req
from latentlab.metrics.uniformity import on_the_sphere

DRAWS = 8
_SIMULATED = {
    "effective_rank": effective_rank,
    "effective_rank_sv": effective_rank_sv,
    "top1_variance_share": top1_variance_share,
    "top10_variance_share": top10_variance_share,
    "dims_90": dims_90,
    "condition_number": condition_number,
    "alpha_req": alpha_req,
}


@lru_cache(maxsize=32)
def isotropic_reference(n: int, d: int, *, seed: int) -> dict[str, Estimate]:
    r"""Expected value of each cloud measure on n rows of N(0, I_d).

    Exact: `mean_cosine` 0, its centred form -1/(n-1) for large d, `mean_energy_ratio` 1/n (a Beta mean).
    `participation_ratio` :math:`(d\nu + 2)/(d + \nu + 1)`, ν = n - 1, is E tr(S)² / E tr(S²) from the Wishart
    moments and good to 1e-4 at n = 1000; the often used d n / (n + d) is 1e-3 off there. The debiased forms
    are d and 1, `uniformity` is that of the sphere. `resultant_length` is the mean of a χ_d variable over
    √(nd), the limit for many rows. What hangs on the whole spectrum is simulated; other measures have no
    reference.

    >>> round(isotropic_reference(1000, 256, seed=0)["isoscore"].value, 4)
    0.7946
    """
    if n < 2 or d < 1:
        raise LatentsError(f"expected n >= 2 and d >= 1, got n = {n} and d = {d}")
    closed = "closed form"
    nu = n - 1
    ratio = (d * nu + 2) / (d + nu + 1)
    chi = math.sqrt(2) * math.exp(math.lgamma((d + 1) / 2) - math.lgamma(d / 2))
    expected = {
        "mean_cosine": 0.0,
        "mean_cosine_centred": -1 / nu,
        "mean_energy_ratio": 1 / n,
        "resultant_length": chi / math.sqrt(n * d),
        "participation_ratio": ratio,
        "participation_ratio_debiased": float(d),
        "uniformity": on_the_sphere(d),
        "uniformity_gap": 0.0,
    }
    if d > 1:
        expected |= {"isoscore": (ratio - 1) / (d - 1), "isoscore_debiased": 1.0}
    rng = np.random.default_rng([seed, n, d])
    spectra = [_wishart_spectrum(n, d, rng) for _ in range(DRAWS)]
    references = {key: Estimate(value, note=closed) for key, value in expected.items()}
    for key, measure in _SIMULATED.items():
        values = [measure(s).value for s in spectra]
        if None in values:  # not defined at this n and d
            continue
        draws = np.array(values, dtype=np.float64)
        mean = Estimate(float(draws.mean()), note=f"mean of {DRAWS} simulated covariances")
        references[key] = mean.with_se(float(draws.std(ddof=1)) / math.sqrt(DRAWS))
    return references


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
