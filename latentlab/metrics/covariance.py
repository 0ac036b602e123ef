r"""The covariance axis: over how many directions the spread is shared.

All of them are functions of the eigenvalues λ of the centred covariance (ddof 1), p = λ / Σλ, and so blind to
the mean direction: a perfect cone with round spread scores as isotropic here. They do not change under
rotation, scaling or translation. A cloud that is one point has no spread to share and no value; at n <= d the
covariance has rank n - 1 at most, which holds every plug-in value down, and the note says so.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from latentlab.metrics._checks import NOISE, centre
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.streaming.moments import Moments


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of a centred covariance and the size of the cloud that they come from."""

    eigenvalues: Float[np.ndarray, " d"]
    """Descending; zero where they are rounding, all zero for a single point."""
    n: int
    squares: float | None = None
    """Σ λ² where it is known better than from the eigenvalues, which may be approximate."""
    quartic: float | None = None
    """Σ ‖x − x̄‖⁴ over the rows, where they were seen."""

    @property
    def d(self) -> int:
        """Number of dimensions."""
        return len(self.eigenvalues)

    @property
    def note(self) -> str | None:
        """What is to be said about every metric of it."""
        few = f"n = {self.n} <= d = {self.d} bounds the rank by n - 1" if self.n <= self.d else None
        line = "the cloud is a line" if self.d > 1 and np.count_nonzero(self.eigenvalues) == 1 else None
        return "; ".join(note for note in (few, line) if note) or None


Cloud = Float[np.ndarray, "n d"] | Moments | Spectrum
"""Vectors, or a later stage of them: whoever needs several metrics computes the spectrum once."""


def spectrum(x: Cloud) -> Spectrum:
    """Eigenvalues of the covariance; what is rounding, and nothing else, is set to zero.

    >>> spectrum(np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])).eigenvalues.round(6).tolist()
    [2.666667, 0.666667]
    """
    if isinstance(x, Spectrum):
        return x
    if isinstance(x, Moments):
        return decomposed(x, vectors=False)[0]
    length = np.sum(centre(x) ** 2, axis=1)
    few = x.shape[0] < x.shape[1]
    of_all = _of_few_rows(x) if few else decomposed(Moments.of(x), vectors=False)[0]
    return replace(of_all, quartic=float(length @ length))


def decomposed(moments: Moments, *, vectors: bool = True) -> tuple[Spectrum, Float[np.ndarray, "d k"]]:
    """The spectrum and, in its order, the eigenvectors as columns (empty if they are not wanted)."""
    d = len(moments.mean)
    if float(np.trace(moments.scatter)) / moments.n <= NOISE**2 * moments.energy:
        return Spectrum(np.zeros(d), moments.n), np.eye(d)
    if vectors:
        eigenvalues, columns = np.linalg.eigh(moments.covariance)
    else:
        eigenvalues, columns = np.linalg.eigvalsh(moments.covariance), np.zeros((d, 0))
    eigenvalues = eigenvalues[::-1]
    rounding = d * np.finfo(np.float64).eps * eigenvalues[0]
    eigenvalues = np.where(eigenvalues > rounding, eigenvalues, 0.0)
    eigenvalues[moments.n - 1 :] = 0.0  # n rows span no more, whatever single precision makes of it
    return Spectrum(eigenvalues, moments.n), columns[:, ::-1]


def widened(spectrum: Spectrum, d: int) -> Spectrum:
    """The same in d dimensions: the others hold nothing."""
    missing = np.zeros(max(d - spectrum.d, 0))
    return replace(spectrum, eigenvalues=np.concatenate([spectrum.eigenvalues, missing]))


def _of_few_rows(x: Float[np.ndarray, "n d"]) -> Spectrum:
    """Spectrum of n < d rows, from the n × n products of the rows with each other.

    >>> x = np.random.default_rng(0).standard_normal((5, 9))
    >>> found = _of_few_rows(x).eigenvalues
    >>> bool(np.allclose(found, np.linalg.eigvalsh(np.cov(x.T))[::-1]))
    True
    """
    n, d = x.shape
    y = centre(x)
    values = np.linalg.eigvalsh(y @ y.T)[::-1] / (n - 1)
    values = np.where(values > d * np.finfo(np.float64).eps * max(values[0], 0.0), values, 0.0)
    values[n - 1 :] = 0.0
    return widened(Spectrum(values, n), d)


def effective_rank(x: Cloud) -> Estimate:
    r"""Exponential of the entropy of the covariance eigenvalues.

    .. math:: \exp(-\sum_j p_j \ln p_j), \quad p = \lambda / \sum \lambda

    Range [1, d]; d when isotropic, 1 on a line, k for k equal directions. Blind to the mean. Too low at
    finite n; the reference in a report says how much. Not the variant of Roy & Vetterli, which takes singular
    values.
    Source: entropy as in Roy & Vetterli 2007, EUSIPCO, of the eigenvalues.

    >>> round(effective_rank(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])).value, 12)
    2.0
    """
    s = spectrum(x)
    return Estimate(_perplexity(_shares(s)), note=s.note) if s.eigenvalues.any() else point()


def effective_rank_sv(x: Cloud) -> Estimate:
    r"""Exponential of the entropy of the singular values of the centred cloud.

    .. math:: \exp(-\sum_j p_j \ln p_j), \quad p = \sqrt\lambda / \sum \sqrt\lambda

    Range [1, d]; d when isotropic, 1 on a line. Higher than `effective_rank` on the same cloud, since the
    root flattens the spectrum. Blind to the mean.
    Source: Roy & Vetterli 2007, EUSIPCO, on the centred matrix.

    >>> x = np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> round(effective_rank(x).value, 3), round(effective_rank_sv(x).value, 3)
    (1.649, 1.89)
    """
    s = spectrum(x)
    if not s.eigenvalues.any():
        return point()
    roots = np.sqrt(s.eigenvalues)
    return Estimate(_perplexity(roots / roots.sum()), note=s.note)


def top1_variance_share(x: Cloud) -> Estimate:
    r"""Share of the variance along the leading principal direction.

    .. math:: p_1 = \lambda_1 / \sum_j \lambda_j

    Range [1/d, 1]; 1/d when isotropic, 1 on a line. Blind to the mean and to the rest of the spectrum. Too
    high at finite n.
    Source: principal component analysis, Jolliffe 2002.

    >>> round(top1_variance_share(np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])).value, 12)
    0.8
    """
    return _leading(spectrum(x), 1)


def top10_variance_share(x: Cloud) -> Estimate:
    r"""Share of the variance along the ten leading principal directions.

    .. math:: p_1 + \dots + p_{10}

    Range [10/d, 1]; 10/d when isotropic, 1 in ten dimensions or fewer. Blind to the mean. Too high at finite
    n.
    Source: principal component analysis, Jolliffe 2002.

    >>> round(top10_variance_share(np.eye(12)).value, 12)  # eleven equal directions
    0.909090909091
    """
    return _leading(spectrum(x), 10)


def dims_90(x: Cloud) -> Estimate:
    r"""Number of leading principal directions that hold nine tenths of the variance.

    .. math:: \min \{k : p_1 + \dots + p_k \ge 0.9\}

    Range 1 to d; about 0.9 d when isotropic. Blind to the mean, and to all but one point of the spectrum.
    Source: principal component analysis, Jolliffe 2002.

    >>> dims_90(np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 0.5], [0.0, -0.5]])).value
    1.0
    """
    s = spectrum(x)
    if not s.eigenvalues.any():
        return point()
    # The margin keeps nine tenths made of tenths from failing by its rounding.
    return Estimate(1.0 + float(np.searchsorted(np.cumsum(_shares(s)), 0.9 - 1e-12)), note=s.note)


def condition_number(x: Cloud) -> Estimate:
    r"""Largest over smallest eigenvalue of the covariance.

    .. math:: \lambda_1 / \lambda_d

    Range [1, inf); 1 when isotropic. Undefined where the covariance has no full rank. Blind to the mean, and
    noise where n is not many times d: the smallest eigenvalue of a sample is far too small.
    Source: numerical linear algebra; standard.

    >>> round(condition_number(np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])).value, 12)
    4.0
    """
    s = spectrum(x)
    if not s.eigenvalues.any():
        return point()
    if not s.eigenvalues[-1]:
        return undefined("the covariance is rank deficient, as far as its precision tells").with_note(s.note)
    return Estimate(float(s.eigenvalues[0] / s.eigenvalues[-1]), note=s.note)


def _leading(s: Spectrum, k: int) -> Estimate:
    if not s.eigenvalues.any():
        return point()
    estimate = Estimate(min(float(_shares(s)[:k].sum()), 1.0), note=s.note)
    return estimate.with_note(f"one by definition at d <= {k}") if s.d <= k else estimate


def _shares(s: Spectrum) -> Float[np.ndarray, " d"]:
    return np.asarray(s.eigenvalues / s.eigenvalues.sum())


def second(s: Spectrum) -> float:
    """Σ p² of the shares p = λ / Σ λ."""
    squares = float(s.eigenvalues @ s.eigenvalues) if s.squares is None else s.squares
    return squares / float(s.eigenvalues.sum()) ** 2


def _perplexity(p: Float[np.ndarray, " d"]) -> float:
    p = p[p > 0]
    return float(np.exp(-np.sum(p * np.log(p))))


def point() -> Estimate:
    """What every metric says of a cloud without a spread."""
    return undefined("the cloud is a single point: it has no covariance")
