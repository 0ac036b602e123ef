"""What white noise makes of a cloud's roundness, in closed form: what a sampled z is compared with."""

from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.streaming.read_accumulator import Measured


def noisy_isoscore(isoscore: float | None, signal_share: float | None, d: int) -> float | None:
    r"""IsoScore of a cloud after white noise that leaves it this share of the variance.

    .. math:: PR_+ = \frac{(\mathrm{tr}\,\Sigma + d s^2)^2}
        {\mathrm{tr}\,\Sigma^2 + 2 s^2 \mathrm{tr}\,\Sigma + d s^4}
        = \frac{(1 + r)^2}{1 / PR + 2 r / d + r^2 / d}, \quad r = \frac{d s^2}{\mathrm{tr}\,\Sigma}

    with r = (1 - share) / share. Range [isoscore, 1]: any noise makes a cloud rounder. None where a number is
    missing, the share is not above 0, or d is below 2.
    Source: every eigenvalue grows by s²; participation ratio as in `covariance`.

    >>> round(noisy_isoscore(0.3, 1.0, 50), 9), round(noisy_isoscore(0.3, 0.25, 50), 3)
    (0.3, 0.877)
    """
    if isoscore is None or signal_share is None or not signal_share > 0 or d < 2:
        return None
    ratio = 1 + isoscore * (d - 1)
    if not ratio > 0:
        return None
    r = (1 - signal_share) / signal_share
    return float(((1 + r) ** 2 / (1 / ratio + 2 * r / d + r**2 / d) - 1) / (d - 1))


def noisy_roundness(isoscore: Measured, signal_share: Measured, d: int) -> Measured:
    """The same with replicates, shard by shard: both leave out the same rows.

    >>> half = Measured(Estimate(0.5), (0.5, 0.5))
    >>> round(noisy_roundness(half, half, 9).estimate.value, 3)
    0.812
    """
    value = noisy_isoscore(isoscore.estimate.value, signal_share.estimate.value, d)
    if value is None:
        return Measured(undefined("there is no value of the cloud or of its share of the variance"))
    if len(isoscore.replicates) != len(signal_share.replicates):
        return Measured(Estimate(value))
    pairs = zip(isoscore.replicates, signal_share.replicates, strict=True)
    replicates = tuple(noisy_isoscore(a, b, d) for a, b in pairs)
    return Measured(Estimate(value).with_jackknife(replicates), replicates)
