"""Values that rows have by how they were made: of their own mean or covariance. None of them has an interval.

Rows less their own mean have a mean energy ratio of exactly -1/(n-1), whatever the space: an interval about
it would hold nothing of any other sample. The same goes for all that a shift changes, and for the spectrum of
rows that were whitened by their own covariance.
"""

from collections.abc import Mapping

from latentlab.metrics.covariance import Spectrum
from latentlab.metrics.register import METRICS
from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.streaming.column_sums import Columns

CENTRED = "by construction: these rows are about their own mean"
WHITENED = "by construction: the covariance of these very rows is round, as after whitening"
ONE_WIDE = "by construction: there is one dimension"
_OF_MEAN = 1e-6
"""n times the share of the mean squared norm that the mean holds: about 1 by chance, less is by construction.
Numbers in half precision that were centred in full have about 1e-8."""
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
    return columns.energy > 0 and columns.n * float(columns.mean @ columns.mean) < _OF_MEAN * columns.energy


def is_whitened(spectrum: Spectrum) -> bool:
    """Whether all directions that the rows span have one variance, more evenly than chance makes it."""
    held = spectrum.eigenvalues[spectrum.eigenvalues > 0]
    return len(held) > 1 and float(held.max() - held.min()) < _OF_SPREAD * float(held.max())


def centred(key: str, estimate: Estimate) -> Estimate:
    """A measure of rows about their own mean: what a shift changes has no interval."""
    fixed = estimate.ci95 is not None and "translate" not in METRICS[key].invariances
    return estimate.without_interval(CENTRED) if fixed else estimate


def without_intervals(
    measures: Mapping[str, Estimate], columns: Columns, spectrum: Spectrum | None = None
) -> dict[str, Estimate]:
    """The measures, those without their interval that the rows have by construction."""
    if is_centred(columns):
        measures = {key: centred(key, estimate) for key, estimate in measures.items()}
    why = ONE_WIDE if len(columns.mean) == 1 else WHITENED
    if spectrum is None or (why == WHITENED and not is_whitened(spectrum)):
        return dict(measures)
    return {
        key: e.without_interval(why) if METRICS[key].family == "covariance" and e.ci95 is not None else e
        for key, e in measures.items()
    }
