r"""The participation ratio and IsoScore, plug-in and without the bias of few rows.

IsoScore (Rudman et al. 2022, arXiv:2108.07344) is exactly (PR - 1) / (d - 1) with PR the participation ratio:
step 4 of the paper put into steps 5 to 7. The two are one measure on two scales, never two witnesses.
"""

from latentlab.metrics.covariance import Cloud, point, second, spectrum
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.streaming.second_moments import FEWEST, unbiased_traces

MOST = 2.0
"""Times the number of dimensions: a larger estimate of the ratio is noise."""


def participation_ratio(x: Cloud) -> Estimate:
    r"""Number of dimensions that share the variance, as a ratio of moments of the spectrum.

    .. math:: PR = (\sum_j \lambda_j)^2 / \sum_j \lambda_j^2

    Range [1, d]; d when isotropic, 1 on a line, k for k equal directions. Blind to the mean. Too low at
    finite n: (d ν + 2) / (d + ν + 1) for an isotropic Gaussian, ν = n - 1.
    Source: Bell & Dean 1970, Discuss. Faraday Soc. 50:55.

    >>> import numpy as np
    >>> round(participation_ratio(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])).value, 12)
    2.0
    """
    s = spectrum(x)
    if not s.eigenvalues.any():
        return point()
    return Estimate(1 / second(s), note=s.note)


def participation_ratio_debiased(x: Cloud) -> Estimate:
    r"""Participation ratio from moments without their finite-sample bias; a bias of second order remains.

    .. math:: PR = \widehat{(tr \Sigma)^2} / \widehat{tr \Sigma^2}

    with the estimates of `unbiased_traces`. Range [1, d] in the mean; d when isotropic, and a sample may
    exceed it by chance. Holds for rows of any distribution with fourth moments, heavy-tailed lengths
    included; rows have to be independent: repeated rows count twice. Blind to the mean. Undefined under 4
    rows, where the second moment is not positive, or where the sum of fourth powers is not known.
    Source: Himeno & Yamada 2014, J. Multivariate Analysis 130:27 (the moments).

    >>> import numpy as np
    >>> x = np.random.default_rng(0).standard_normal((60, 40))
    >>> round(participation_ratio(x).value), round(participation_ratio_debiased(x).value)
    (23, 38)
    """
    s = spectrum(x)
    if not s.eigenvalues.any():
        return point()
    if s.n < FEWEST:
        return undefined(f"{s.n} rows do not carry a second moment of the covariance, {FEWEST} do")
    if s.quartic is None:
        return undefined("the fourth powers of the row lengths are not known")
    trace = float(s.eigenvalues.sum())
    # In units of the trace, so that nothing overflows.
    quartic = s.quartic / trace**2
    return ratio_of_traces(*unbiased_traces(float(s.n), 1.0, second(s), quartic), s.d).with_note(s.note)


def ratio_of_traces(square_of_trace: float, trace_of_square: float, d: int) -> Estimate:
    """The participation ratio (tr Σ)² / tr Σ² of two estimates; undefined where one is not positive."""
    if trace_of_square <= 0 or square_of_trace <= 0:
        return undefined("too few rows: the second moment without its bias is not positive")
    ratio = square_of_trace / trace_of_square
    if ratio > MOST * d:
        return undefined("too few rows: the second moment without its bias is next to nothing")
    return Estimate(ratio, note="above d by sampling error" if ratio > d else None)


def isoscore(x: Cloud) -> Estimate:
    r"""IsoScore: the participation ratio on a scale from 0 to 1.

    .. math:: (PR - 1) / (d - 1)

    Range [0, 1]; 1 when isotropic, 0 on a line, (k-1)/(d-1) for k equal directions. Blind to the mean: a
    narrow round cone scores near 1. Too low at finite n, so compare at equal n and d only.
    Source: Rudman et al. 2022, arXiv:2108.07344; rows are sentences here, columns there.

    >>> import numpy as np
    >>> round(isoscore(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])).value, 12)
    1.0
    """
    return on_unit_scale(participation_ratio(x), spectrum(x).d)


def isoscore_debiased(x: Cloud) -> Estimate:
    r"""IsoScore of the debiased participation ratio.

    .. math:: (PR_{debiased} - 1) / (d - 1)

    Range [0, 1] in the mean; 1 when isotropic at any n. Blind to the mean; assumes independent rows, of any
    distribution with fourth moments.
    Source: as `participation_ratio_debiased` and `isoscore`.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).standard_normal((60, 40))
    >>> round(isoscore(x).value, 2), round(isoscore_debiased(x).value, 2)
    (0.56, 0.94)
    """
    return on_unit_scale(participation_ratio_debiased(x), spectrum(x).d)


def on_unit_scale(ratio: Estimate, d: int) -> Estimate:
    """IsoScore from a participation ratio."""
    if d < 2:
        return undefined("one dimension has nothing to share with")
    return ratio if ratio.value is None else Estimate((ratio.value - 1) / (d - 1), note=ratio.note)
