"""Clouds with fewer rows than dimensions, without anything as large as d × d.

n rows span n directions at most, so they can be turned into n coordinates that keep every length, product and
angle. What no rotation changes is measured there, and eigenvalues that are zero for want of rows are filled
in. What belongs to single dimensions comes from the sums by dimension.
"""

from dataclasses import replace

import numpy as np

from latentlab.metrics.covariance import Spectrum, widened
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.metrics.streaming.spectra import moments_of, spectrum_of


def in_span(state: State) -> State:
    """The state of the same rows, dealt to the same shards, in coordinates of what they span.

    The state must have kept all of its rows.
    """
    _, r = np.linalg.qr(state.kept.astype(np.float64).T)  # as many columns as rows
    rows = np.ascontiguousarray(r.T)
    turned = State.start(rows, replace(state.setting, products=True, directions=True))
    turned.count(rows, state.kept_groups)
    return turned


def spectrum_of_state(state: State) -> Spectrum:
    """Of the centred covariance of all rows that a state has seen."""
    if state.setting.products:
        return spectrum_of(moments_of(state.whole, state.pilot), state.kept.dtype)[0]
    turned = in_span(state)
    moments = moments_of(turned.whole, turned.pilot)
    return widened(spectrum_of(moments, turned.kept.dtype)[0], state.d)


def fits_in_span(n: int, d: int, setting: Setting) -> bool:
    """Whether a state with this setting need not sum up products: it keeps all rows, and these are few."""
    return n < d and n <= setting.subsample and not setting.grouped
