"""A latent sent through noise: signal-to-noise ratios, error curves, and where half is lost.

The signal is a cloud of latents (n, d), its power the total variance tr C about its mean: a shift of all
latents carries no message, and both kinds of head are measured on one scale. White noise of variance σ² in
each of d dimensions has the power d σ². The unit of every interval is the sentence, or the group of
sentences that belong together; the noise seeds of a sentence are averaged before anything is resampled.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError
from latentlab.metrics._checks import check_cloud
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.statistics.means import NO_SPREAD, one_value
from latentlab.metrics.streaming.sharding import Labels
from latentlab.metrics.text.bootstrap import RESAMPLES

Side = Literal["inside", "below", "above", "nowhere"]
"""Where half is lost: inside the sweep, below its lowest SNR, above its highest, or nowhere."""
_QUANTILES = (2.5, 97.5)


def total_variance(z: Float[np.ndarray, "n d"]) -> float:
    r"""Power of a cloud about its mean.

    .. math:: \mathrm{tr}\, C = \tfrac{1}{n - 1} \sum_i \lVert z_i - \bar z \rVert^2

    Range [0, inf). Blind to the shape: white noise drowns the small directions of a cloud first.

    >>> total_variance(np.array([[0.0, 1.0], [2.0, 1.0]]))
    2.0
    """
    return float(check_cloud(z).var(axis=0, ddof=1).sum())


def snr_db(signal: float, noise: float) -> float:
    r"""Ratio of two powers in decibels, :math:`10 \log_{10}(signal / noise)`.

    >>> snr_db(100.0, 1.0)
    20.0
    """
    if not (0 < signal < math.inf and 0 < noise < math.inf):
        raise LatentsError(f"expected two powers above 0, got a signal of {signal:g}, noise of {noise:g}")
    return 10 * math.log10(signal / noise)


def noise_deviation(signal: float, d: int, snr: float) -> float:
    r"""Standard deviation in each of d dimensions of the white noise that gives an SNR in dB.

    .. math:: \sigma = \sqrt{\mathrm{tr}\, C \cdot 10^{-SNR / 10} / d}

    >>> noise_deviation(8.0, 2, 0.0)
    2.0
    """
    return math.sqrt(signal * 10 ** (-snr / 10) / d)


@dataclass(frozen=True)
class ErrorCurve:
    """Error rates at the points of a sweep, without noise and by chance, also of resampled sentences."""

    snr: Float[np.ndarray, " points"]
    """dB, ascending."""
    values: Float[np.ndarray, " points"]
    clean: float
    """Without noise: the floor."""
    chance: float
    """Of answers to other sentences: the ceiling."""
    counts: Float[np.ndarray, "resamples n"]
    """How often each resample has each sentence."""
    resampled: Float[np.ndarray, "resamples rates"]
    """The points, then clean, then chance."""

    @classmethod
    def of(
        cls,
        snr: Sequence[float],
        edits: Float[np.ndarray, "points n"],
        clean: Float[np.ndarray, " n"],
        chance: Float[np.ndarray, " n"],
        lengths: Float[np.ndarray, " n"],
        *,
        rng: np.random.Generator,
        resamples: int = RESAMPLES,
        groups: Labels | None = None,
    ) -> "ErrorCurve":
        r"""Edits by point and sentence, averaged over noise seeds, over the tokens of the sentences.

        .. math:: TER(s) = \sum_i \bar e_{si} / \sum_i L_i

        One resampling serves all points, so what is read off several of them has the right interval. With
        groups, labels of the sentences, whole groups are drawn, and there are at least two.

        >>> e = np.array([[2.0, 1.0], [0.0, 0.0]])
        >>> one, two = np.ones(2), np.full(2, 2.0)
        >>> ErrorCurve.of([0.0, 10.0], e, 0 * one, two, two, rng=np.random.default_rng(0)).values.tolist()
        [0.75, 0.0]
        """
        points = np.asarray(snr, dtype=np.float64)
        n = len(lengths)
        if edits.shape != (len(points), n) or not (np.diff(points) > 0).all() or not len(points):
            raise LatentsError(
                f"expected edits of shape ({len(points)}, {n}) and ascending SNR, got {edits.shape}"
            )
        if not n or not (lengths > 0).all():
            raise LatentsError("expected sentences of at least one token")
        rows = np.vstack([edits, clean, chance])
        rates = rows.sum(axis=1) / lengths.sum()
        if groups is None:
            counts = rng.multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)
        else:
            counts = _group_counts(groups, resamples, rng)
        resampled = (counts @ rows.T) / (counts @ lengths)[:, None]
        return cls(points, rates[:-2], float(rates[-2]), float(rates[-1]), counts, resampled)

    def estimates(self) -> list[Estimate]:
        """The points, then clean, then chance: percentile intervals over sentences."""
        rates = [*self.values.tolist(), self.clean, self.chance]
        return [
            with_replicates(rate, self.resampled[:, i]).from_rows(self.counts.shape[1])
            for i, rate in enumerate(rates)
        ]


def _group_counts(
    groups: Labels, resamples: int, rng: np.random.Generator
) -> Float[np.ndarray, "resamples n"]:
    """How often each resample of whole groups has each sentence."""
    labels, places = np.unique(groups, return_inverse=True)
    count = len(labels)
    if count < 2:
        raise LatentsError("expected sentences of at least two groups")
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    return np.asarray(drawn[:, places], dtype=np.float64)


@dataclass(frozen=True)
class HalfError:
    """Where a code loses half of what it can lose, and how fast."""

    snr: Estimate
    """dB; undefined where the sweep does not show it."""
    slope: Estimate
    """Share of the way from floor to ceiling that is lost with each dB less."""
    side: Side
    replicates: Float[np.ndarray, " resamples"]
    """Its SNR on resampled sentences, NaN where there is none."""


def half_error(curve: ErrorCurve) -> HalfError:
    r"""SNR at which the error rate is halfway between clean and chance, and the slope about it.

    .. math:: TER(s_q) = TER_{clean} + q\,(TER_{chance} - TER_{clean}),\quad
        SNR_{50} = s_{.5},\quad slope = \frac{.5}{s_{.25} - s_{.75}}

    Linear between the points of the sweep; where a curve crosses a level more than once, the crossing at the
    highest SNR counts. Lower is better: more noise is borne. A cliff has a large slope. Undefined where the
    sweep does not cross the level (`side` says beyond which end it lies), or where the model errs as much
    without noise as by chance.
    """
    n = curve.counts.shape[1]
    if curve.chance <= curve.clean:
        nothing = undefined("without noise there are as many errors as by chance").from_rows(n)
        return HalfError(nothing, nothing, "nowhere", np.full(len(curve.resampled), np.nan))
    half = _crossing(curve.snr, curve.values, _level(curve.clean, curve.chance, 0.5))
    slope = _slope(curve.snr, curve.values, curve.clean, curve.chance)
    halves, slopes = [], []
    for *values, clean, chance in curve.resampled.tolist():
        halves.append(_crossing(curve.snr, np.array(values), _level(clean, chance, 0.5)))
        slopes.append(_slope(curve.snr, np.array(values), clean, chance))
    replicates = np.array(halves)
    if math.isnan(half):
        above = curve.values[-1] >= _level(curve.clean, curve.chance, 0.5)
        edge = f"above {curve.snr[-1]:g} dB" if above else f"below {curve.snr[0]:g} dB"
        missing = undefined(f"half is lost {edge}, outside the sweep").from_rows(n)
        return HalfError(missing, missing, "above" if above else "below", replicates)
    steepness = with_replicates(slope, np.array(slopes)).from_rows(n)
    return HalfError(with_replicates(half, replicates).from_rows(n), steepness, "inside", replicates)


def with_replicates(value: float, replicates: Float[np.ndarray, " resamples"]) -> Estimate:
    """An estimate with standard error and percentile interval of its value on resampled sentences.

    NaN is a resample on which it is undefined; with more than 2.5 % of them there is no interval, nor where
    all resamples give one value, as those of sentences without any error do.

    >>> with_replicates(0.5, np.array([0.4, 0.6, np.nan])).note
    'no interval: undefined on 1 of 3 resamples'
    """
    if math.isnan(value):
        return undefined("the sweep does not cross the levels that it needs")
    defined = replicates[~np.isnan(replicates)]
    missing = len(replicates) - len(defined)
    if missing > len(replicates) * _QUANTILES[0] / 100:
        return Estimate(value, note=f"no interval: undefined on {missing} of {len(replicates)} resamples")
    if one_value(defined):
        return Estimate(value, note=NO_SPREAD)
    low, high = np.percentile(defined, _QUANTILES)
    return Estimate(value, float(defined.std(ddof=1)), (float(low), float(high)))


def _level(clean: float, chance: float, share: float) -> float:
    return clean + share * (chance - clean)


def _slope(
    snr: Float[np.ndarray, " points"], values: Float[np.ndarray, " points"], clean: float, chance: float
) -> float:
    quarter, most = (_crossing(snr, values, _level(clean, chance, share)) for share in (0.25, 0.75))
    return 0.5 / (quarter - most) if quarter > most else math.nan


def _crossing(snr: Float[np.ndarray, " points"], values: Float[np.ndarray, " points"], level: float) -> float:
    """The highest SNR at which a falling curve comes down through the level; NaN where it never does."""
    over = np.flatnonzero(values >= level)
    if not len(over) or over[-1] == len(values) - 1:
        return math.nan
    i = over[-1]
    share = (values[i] - level) / (values[i] - values[i + 1])
    return float(snr[i] + share * (snr[i + 1] - snr[i]))
