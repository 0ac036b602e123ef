"""Values without an interval: those that rows have by how they were made, and those of a few long rows.

Rows less their own mean have a mean energy ratio of exactly -1/(n-1), whatever the space: an interval about
it would hold nothing of any other sample. The same goes for all that a shift changes, and for the spectrum of
rows that were whitened by their own covariance. What few rows carry is said in `row_lengths`.
"""

from collections.abc import Mapping

from latentlab.metrics.covariance import Spectrum, second
from latentlab.metrics.register import METRICS
from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.statistics.row_lengths import CENTRED, about_own_mean, few_in_effect
from latentlab.metrics.streaming.column_sums import Columns

WHITENED = "by construction: the covariance of these very rows is round, as after whitening"
_WEIGHTED = ("mean_energy_ratio",)
"""Measures of other families in which a row counts by its squared length."""
ONE_WIDE = "by construction: there is one dimension"
_OF_SPREAD = 1e-4
"""Of the largest eigenvalue, by which the smallest one that is not zero lies below it."""


def is_centred(columns: Columns) -> bool:
    """Whether the rows have no mean to speak of, less than chance leaves.

    >>> import numpy as np
    >>> from latentlab.metrics.streaming.column_sums import columns
    >>> x = np.random.default_rng(0).standard_normal((50, 4))
    >>> is_centred(columns(x)), is_centred(columns(x - x.mean(axis=0)))
    (False, True)
    """
    return about_own_mean(columns.n, columns.mean, columns.energy)


def is_whitened(spectrum: Spectrum) -> bool:
    """Whether all directions that the rows span have one variance, more evenly than chance makes it."""
    held = spectrum.eigenvalues[spectrum.eigenvalues > 0]
    return len(held) > 1 and float(held.max() - held.min()) < _OF_SPREAD * float(held.max())


def centred(key: str, estimate: Estimate) -> Estimate:
    """A metric of rows about their own mean: what a shift changes has no interval."""
    fixed = estimate.ci95 is not None and "translate" not in METRICS[key].invariances
    return estimate.without_interval(CENTRED) if fixed else estimate


def without_intervals(
    metrics: Mapping[str, Estimate], columns: Columns, spectrum: Spectrum | None = None
) -> dict[str, Estimate]:
    """The metrics, without their interval where rows have the value by construction, or few carry it."""
    if is_centred(columns):
        metrics = {key: centred(key, estimate) for key, estimate in metrics.items()}
    if spectrum is None:
        return dict(metrics)
    few = _few(spectrum)
    of_spread = ONE_WIDE if len(columns.mean) == 1 else WHITENED if is_whitened(spectrum) else few
    found = {}
    for key, e in metrics.items():
        why = of_spread if METRICS[key].family == "covariance" else few if key in _WEIGHTED else None
        found[key] = e.without_interval(why) if why and e.ci95 is not None else e
    return found


def _few(s: Spectrum) -> str | None:
    if s.quartic is None or not s.eigenvalues.any():
        return None
    return few_in_effect(s.n, (s.n - 1) * float(s.eigenvalues.sum()), s.quartic, lambda: 1 / second(s))
