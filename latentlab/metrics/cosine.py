"""The cone: how much all vectors point the same way.

All four metrics see the mean direction alone and are blind to the covariance: a cloud that is a thin line
through the origin has no cone. The covariance family is blind the other way round. Each standard error is the
exact delete-one jackknife, from sums, in O(n d). Zero rows have no direction: the direction metrics drop
them and count them in the note. Repeated rows are counted in the note too, for they count as evidence twice.
"""

import math

import numpy as np
from jaxtyping import Float

from latentlab.metrics._checks import centre, check_cloud, check_finite, check_shape
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.statistics.row_lengths import CENTRED, about_own_mean, few_of_rows
from latentlab.metrics.streaming.column_sums import Columns
from latentlab.metrics.streaming.directions import directions, spread_along, sum_of_directions

Input = Float[np.ndarray, "n d"] | Columns
"""Vectors, or their moments by dimension, which give the value without an interval."""


def mean_cosine(x: Input) -> Estimate:
    r"""Mean cosine over all unordered pairs of different rows.

    .. math:: U = \frac{\lVert S \rVert^2 - n}{n (n - 1)}, \quad S = \sum_i u_i,\ u_i = x_i / \lVert x_i
    \rVert

    Range [-1/(n-1), 1]; 0 when isotropic, 1 for a ray. Blind to the covariance, and not translation
    invariant: a shift of the origin makes or removes it. The jackknife interval is conservative where there
    is no mean direction at all.
    Source: Ethayarajh 2019, arXiv:1909.00512, there from 1000 random pairs; here from every pair.

    >>> mean_cosine(np.eye(2)).value
    0.0
    """
    if isinstance(x, Columns):
        pairs = x.directed * (x.directed - 1)
        if not pairs:
            return _too_few(_zero_rows(x.n - x.directed))
        value = (float(x.unit_total @ x.unit_total) - float(x.unit_square.sum())) / pairs
        return Estimate(min(value, 1.0), note=_zero_rows(x.n - x.directed))
    estimate, norms = _over_pairs(x)
    if estimate.se is None:
        return estimate
    return estimate.without_interval(CENTRED) if _about_own_mean(x, norms) else estimate


def mean_cosine_centred(x: Float[np.ndarray, "n d"]) -> Estimate:
    r"""Mean cosine after the sample mean is subtracted.

    .. math:: U(x_1 - \bar x, \dots, x_n - \bar x)

    Range [-1/(n-1), 1]; about -1/(n-1) by construction for rows of similar length, whatever the cloud: it
    shows that centring removes any cone for free, and is blind to all else. No interval: the centre is
    estimated.
    Source: Mu & Viswanath 2018, arXiv:1702.01417, on centring.

    >>> round(mean_cosine_centred(np.eye(3)).value, 12)  # -1/(3-1)
    -0.5
    """
    estimate, _ = _over_pairs(centre(x))
    if estimate.value is None:
        return undefined("after centring fewer than two rows have a direction")
    return Estimate(estimate.value, note=estimate.note).with_note(
        told_by_construction(estimate.value, len(x))
    )


def told_by_construction(value: float, n: int) -> str:
    """What is to be said of a mean cosine of centred rows."""
    if abs(value + 1 / (n - 1)) < 0.01:
        return "near -1/(n-1) by construction"
    return "-1/(n-1) by construction, were all rows of one length"


def mean_energy_ratio(x: Input) -> Estimate:
    r"""Mean product of two different rows over the mean squared norm: the cone weighted by length.

    .. math:: \frac{\lVert \sum_i x_i \rVert^2 - \sum_i \lVert x_i \rVert^2}{(n - 1) \sum_i \lVert x_i
        \rVert^2}

    Range [-1/(n-1), 1]; 0 in the mean where the mean vector is zero, at any n, and 1 for a single point. In
    the limit the share of the mean squared norm that the mean vector holds. Blind to the covariance around
    the mean; a few long rows can hold it up. With equal norms it is the mean cosine.
    Source: the mean direction against the spread, Mardia & Jupp 2000, Directional Statistics; without the
    products of rows with themselves, which make the plug-in ratio 1/n too large.

    >>> mean_energy_ratio(np.array([[1.0, 1.0], [1.0, -1.0]])).value
    0.0
    """
    if isinstance(x, Columns):
        if not x.energy:
            return _all_zero()
        ratio = float(x.mean @ x.mean) / x.energy
        return Estimate(min((x.n * ratio - 1) / (x.n - 1), 1.0))
    x = check_cloud(x)
    n = len(x)
    total, energy = x.sum(axis=0), np.sum(x**2, axis=1)
    if not energy.any():
        return _all_zero()
    value = (float(total @ total) / float(energy.sum()) - 1) / (n - 1)
    estimate = Estimate(min(value, 1.0), note=repeated(x))
    if n < 3:
        return estimate.with_note("no standard error from a single pair")
    # Norms of the sums that lack one row, by the cosine rule.
    squares = np.maximum(float(total @ total) - 2 * (x @ total) + energy, 0)
    remaining = energy.sum() - energy
    if not remaining.all():
        return estimate.with_note("no standard error: a single row holds all of the length")
    why = CENTRED if about_own_mean(n, total / n, float(energy.sum()) / n) else few_of_rows(x)
    if why:
        return estimate.with_note(why)
    return estimate.with_jackknife(((squares / remaining - 1) / (n - 2)).tolist())


def resultant_length(x: Input) -> Estimate:
    r"""Length of the mean unit vector.

    .. math:: R = \lVert \tfrac1n \sum_i u_i \rVert

    Range [0, 1]; about 1/sqrt(n) when isotropic, so it depends on n where the mean cosine does not; 1 for a
    ray. Blind to the covariance. R² is the mean cosine with the n self-pairs included.
    Source: Mardia & Jupp 2000, Directional Statistics, section 9.2.

    >>> resultant_length(np.array([[2.0, 0.0], [1.0, 0.0]])).value
    1.0
    """
    if isinstance(x, Columns):
        if x.directed < 2:
            return _too_few(_zero_rows(x.n - x.directed))
        length = float(np.linalg.norm(x.unit_total)) / x.directed
        return Estimate(min(length, 1.0), note=_zero_rows(x.n - x.directed))
    u, note = unit_rows(check_cloud(x))
    n = len(u)
    if n < 2:
        return _too_few(note)
    total = u.sum(axis=0)
    length = float(np.linalg.norm(total))
    left_out = np.sqrt(np.maximum(length**2 - 2 * (u @ total) + 1, 0)) / (n - 1)
    return Estimate(min(length / n, 1.0), note=note).with_jackknife(left_out.tolist())


def _about_own_mean(x: Float[np.ndarray, "n d"], norms: Float[np.ndarray, " m"]) -> bool:
    """Whether the rows have no mean; in units of their largest number, whose square may be out of range."""
    n, half = len(x), x.dtype.itemsize < 4
    mean = x.mean(axis=0, dtype=np.float64) if half else np.full(n, 1 / n, x.dtype) @ x
    first = float(np.linalg.norm(x[0].astype(np.float64)))
    if len(norms) == n and math.isclose(first, float(norms[0]), rel_tol=0.01):
        scale = float(norms.max())
        energy = float(np.square(norms / scale).sum()) / n
    else:  # with rows of zeros, or squares out of range, the norms have a factor
        scale = float(np.abs(x).max())
        energy = float(np.sum(np.square(x / scale, dtype=np.float64))) / n
    return about_own_mean(n, mean.astype(np.float64) / scale, energy)


def _over_pairs(x: Float[np.ndarray, "n d"]) -> tuple[Estimate, Float[np.ndarray, " m"]]:
    """The mean over pairs of rows with its jackknife, and the norms of the rows that are not zero."""
    check_shape(x)
    if x.dtype.itemsize > 4:
        check_finite(x)
    total, norms = sum_of_directions(x)
    if not np.isfinite(total).all():
        check_finite(x)  # raises; before the sums it would be one more look at every number
    n = len(norms)
    note = _warnings(x, n)
    if n < 2:
        return _too_few(note), norms
    pairs = n * (n - 1)
    value = (float(total @ total) - n) / pairs
    estimate = Estimate(min(value, 1.0), note=note)
    se = jackknife_of_mean_cosine(n, spread_along(x, total, norms))
    if se is None:
        return estimate.with_note("no standard error from a single pair"), norms
    return estimate.with_se(se), norms


def jackknife_of_mean_cosine(n: int, row_spread: float) -> float | None:
    r"""Exact delete-one standard error of the mean cosine from the spread of u_i · S; None under three rows.

    .. math:: U_{(-i)} = \frac{n (n - 1) U - 2 r_i}{(n - 1)(n - 2)}, \quad r_i = S \cdot u_i - 1,\quad
       SE^2 = \frac{n - 1}{n} \sum_i (U_{(-i)} - \overline{U_{(-\cdot)}})^2

    Only the r_i vary: `row_spread` is the sum of their squared distances from their mean.
    """
    if n < 3:
        return None
    return 2 * math.sqrt(max(row_spread, 0.0) * (n - 1) / n) / ((n - 1) * (n - 2))


def repeated(x: Float[np.ndarray, "n d"]) -> str | None:
    """A warning about rows that repeat another one, or None."""
    # Equal rows have equal first entries, so the comparison of whole rows is for few of them.
    _, group, size = np.unique(x[:, 0], return_inverse=True, return_counts=True)
    suspects = x[size[group] > 1]
    repeats = len(suspects) - len({row.tobytes() for row in suspects})
    return f"{repeats} of {len(x)} rows repeat another" if repeats else None


def unit_rows(x: Float[np.ndarray, "n d"]) -> tuple[Float[np.ndarray, "m d"], str | None]:
    """Unit vectors of the rows that are not zero, and the warning that goes with them."""
    u = directions(x)
    return u, _warnings(x, len(u))


def _warnings(x: Float[np.ndarray, "n d"], directed: int) -> str | None:
    """On zero rows and on repeated ones."""
    kept = x if directed == len(x) else x[x.any(axis=1)]
    notes = [_zero_rows(len(x) - directed), repeated(kept)]
    return "; ".join(note for note in notes if note) or None


def _zero_rows(count: int) -> str | None:
    return f"{count} zero rows dropped" if count else None


def _too_few(note: str | None) -> Estimate:
    return undefined(note or "fewer than two rows have a direction")


def _all_zero() -> Estimate:
    return undefined("every row is zero")
