"""Error curves and what is read off them: known answers, coverage, and the cases without an answer."""

import numpy as np
import pytest
from scipy.special import expit

from latentlab.errors import LatentsError
from latentlab.metrics import Estimate
from latentlab.metrics.text.noise_curves import (
    ErrorCurve,
    half_error,
    noise_deviation,
    snr_db,
    total_variance,
    with_replicates,
)

SNR = np.arange(-10, 30.1, 2.5)
N, LENGTH = 60, 8


def curve_of(rates, clean=0.0, chance=1.0, snr=SNR, n=4, resamples=50):
    """Every sentence has exactly these rates: no resample differs from another."""
    lengths = np.full(n, 10.0)
    return ErrorCurve.of(
        list(snr),
        np.outer(rates, lengths),
        clean * lengths,
        chance * lengths,
        lengths,
        rng=np.random.default_rng(0),
        resamples=resamples,
    )


def test_a_shift_is_no_signal_and_noise_has_the_power_it_is_asked_for():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((50, 12)) * np.linspace(0.1, 3, 12)
    power = total_variance(z)
    assert total_variance(z + 100) == pytest.approx(power)
    assert power == pytest.approx(np.trace(np.cov(z.T)))
    for snr in (-7.5, 0.0, 30.0):
        noise = noise_deviation(power, 12, snr) * rng.standard_normal((20_000, 12))
        assert snr_db(power, (noise**2).sum(axis=1).mean()) == pytest.approx(snr, abs=0.05)
    assert noise_deviation(power, 12, np.inf) == 0


@pytest.mark.parametrize("powers", [(0.0, 1.0), (1.0, 0.0), (np.nan, 1.0), (np.inf, 1.0)])
def test_powers_that_have_no_ratio(powers):
    with pytest.raises(LatentsError, match="powers above 0"):
        snr_db(*powers)


def test_half_error_and_slope_of_a_straight_fall():
    """From 1 at -10 dB to 0 at 30 dB: half at 10, a fortieth a dB."""
    found = half_error(curve_of(1 - (SNR + 10) / 40))
    assert found.side == "inside"
    assert found.snr.value == pytest.approx(10)
    assert found.slope.value == pytest.approx(1 / 40)
    assert found.snr.ci95 is None  # all sentences are alike: nothing is seen of their spread
    assert found.replicates == pytest.approx(10)


def test_half_is_between_floor_and_ceiling():
    found = half_error(curve_of(0.2 + 0.6 * expit(-(SNR - 6.25)), clean=0.2, chance=0.8))
    assert found.snr.value == pytest.approx(6.25)


def test_the_crossing_at_the_highest_snr_counts():
    rates = np.where(SNR < 0, 0.9, np.where(SNR < 10, 0.1, np.where(SNR < 20, 0.9, 0.1)))
    assert 17.5 < half_error(curve_of(rates)).snr.value < 20


@pytest.mark.parametrize(
    ("rates", "side", "note"),
    [
        (np.full(17, 0.1), "below", "below -10 dB"),
        (np.full(17, 0.9), "above", "above 30 dB"),
    ],
)
def test_half_outside_the_sweep_is_undefined_and_says_where(rates, side, note):
    found = half_error(curve_of(rates))
    assert (found.side, found.snr.value, found.slope.value) == (side, None, None)
    assert note in found.snr.note


def test_no_half_where_chance_is_as_good():
    found = half_error(curve_of(np.full(17, 0.9), clean=0.9, chance=0.9))
    assert found.side == "nowhere"
    assert "as by chance" in found.snr.note


def test_a_cliff_is_steeper_than_a_slope():
    cliff, slope = (half_error(curve_of(expit(-(SNR - 5) / width))).slope.value for width in (0.3, 4))
    assert cliff > 3 * slope > 0


def test_slope_without_three_quarters_is_undefined():
    found = half_error(curve_of(np.where(SNR < 10, 0.6, 0.1)))
    assert found.side == "inside"
    assert found.slope.value is None


def test_intervals_cover():
    """Sentences of their own difficulty, two seeds each; half error known from a large simulation."""

    def draw(n, seeds, rng):
        difficulty = rng.normal(0, 1.5, n)
        p = expit(-(SNR[:, None] - 5 - difficulty) / 2)
        edits = rng.binomial(LENGTH, p[None].repeat(seeds, 0)).mean(axis=0)
        length = np.full(n, float(LENGTH))
        return ErrorCurve.of(list(SNR), edits, 0 * length, length, length, rng=rng, resamples=200)

    truth = draw(40_000, 1, np.random.default_rng(9))
    half = half_error(truth).snr.value
    rng = np.random.default_rng(1)
    point = int(np.abs(SNR - 5).argmin())
    hits = np.zeros(2)
    for _ in range(200):
        curve = draw(N, 2, rng)
        low, high = curve.estimates()[point].ci95
        hits[0] += low <= truth.values[point] <= high
        low, high = half_error(curve).snr.ci95
        hits[1] += low <= half <= high
    # A percentile bootstrap of 60 sentences is a little narrow; under .88 is 4 deviations off .95.
    assert (hits / 200 > 0.88).all(), hits / 200
    assert (hits / 200 < 1).all(), hits / 200


def test_more_sentences_narrower_interval_and_seeds_are_not_sentences():
    rng = np.random.default_rng(0)
    widths = []
    for n in (20, 320):
        edits = rng.binomial(8, 0.4, (1, n)).astype(float)
        lengths = np.full(n, 8.0)
        curve = ErrorCurve.of([0.0], edits, 0 * lengths, lengths, lengths, rng=rng)
        low, high = curve.estimates()[0].ci95
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0] / 4, rel=0.4)


@pytest.mark.parametrize(
    ("snr", "shape", "lengths"),
    [
        ([0.0, 0.0], (2, 3), [1, 1, 1]),
        ([0.0], (2, 3), [1, 1, 1]),
        ([0.0], (1, 3), [1, 0, 1]),
        ([], (0, 3), [1] * 3),
    ],
)
def test_curves_that_are_none(snr, shape, lengths):
    with pytest.raises(LatentsError):
        ErrorCurve.of(
            snr,
            np.zeros(shape),
            np.zeros(shape[1]),
            np.ones(shape[1]),
            np.array(lengths, dtype=float),
            rng=np.random.default_rng(0),
        )


def test_a_few_undefined_resamples_are_borne_many_are_not():
    values = np.linspace(0, 1, 1000)
    values[:25] = np.nan
    assert with_replicates(0.5, values).ci95 is not None
    values[:26] = np.nan
    assert with_replicates(0.5, values) == Estimate(
        0.5, note="no interval: undefined on 26 of 1000 resamples"
    )
    assert with_replicates(np.nan, values).value is None
