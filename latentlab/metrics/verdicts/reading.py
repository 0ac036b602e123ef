"""What one space is called, axis by axis: words from a closed list, with the numbers that gave them.

The gate comes first: where the posterior says nothing, nothing else is said. Rules and thresholds are in
`rules`; grades of cone and anisotropy are those of `compare` too.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from scipy.special import betaincinv

from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.statistics.inference import paired_difference
from latentlab.metrics.streaming.read_accumulator import Measured
from latentlab.metrics.verdicts.gate import Gate
from latentlab.metrics.verdicts.grades import Axis, Numbers, W, anisotropy_grade, cone_grade
from latentlab.metrics.verdicts.rules import reason_for
from latentlab.metrics.verdicts.thresholds import CONE_FROM, MARGIN, ROGUE_SHARE, ROGUE_TIMES
from latentlab.metrics.verdicts.verdict import change
from latentlab.metrics.verdicts.white_noise import noisy_roundness

RogueReading = Literal[
    "ROGUE IN COSINE",
    "ROGUE IN VARIANCE",
    "ROGUE IN BOTH",
    "NONE",
    "INCONCLUSIVE",
    "NOT APPLICABLE",
    "UNDEFINED",
]
NoiseReading = Literal["NONE", "AS WHITE NOISE", "SHAPED NOISE", "INCONCLUSIVE", "UNDEFINED"]
Measures = Mapping[str, Measured]
_NOTHING = Measured(Estimate(None))


def rogue_share(d: int) -> float:
    r"""Share of the mean cosine from which on one of d dimensions stands out.

    .. math:: \max(0.1,\ B^{-1}_{1/2,\,(d - 1)/2}(1 - 0.01/d))

    The second is what the largest squared coordinate of a random direction exceeds once in a hundred times
    (each is Beta(1/2, (d - 1)/2), Bonferroni over d): with few dimensions a large share is nothing special.

    >>> rogue_share(768), round(rogue_share(64), 3), round(rogue_share(8), 3), rogue_share(1)
    (0.1, 0.204, 0.794, 1.0)
    """
    return max(ROGUE_SHARE, float(betaincinv(0.5, (d - 1) / 2, 1 - 0.01 / d))) if d > 1 else 1.0


def rogue_variance(d: int) -> float:
    """Share of the variance from which on one of d coordinates stands out.

    >>> rogue_variance(768), rogue_variance(20), rogue_variance(5)
    (0.1, 0.25, 1.0)
    """
    return max(ROGUE_SHARE, ROGUE_TIMES / d)


def read_space(
    gate: Gate,
    measured: Measures,
    noisy: Measures | None = None,
    signal_share: Measured | None = None,
    *,
    d: int,
) -> dict[str, Axis[Any]]:
    """Words for the cloud to judge by (`mu`, or the vectors), d wide.

    `noisy` are the metrics of sampled z, `signal_share` that of the posterior that it comes from.

    >>> cone = Measured(Estimate(0.6).with_se(0.01))
    >>> read_space(Gate("PASSED"), {"mean_cosine": cone}, d=192)["cone"].verdict
    'STRONG'
    >>> list(read_space(Gate("COLLAPSED"), {"mean_cosine": cone}, d=192))
    ['gate']
    """
    if gate.silent:
        return {"gate": Axis(gate.verdict, {}, reason_for("gate", gate.verdict))}
    cone, roundness = (measured.get(key, _NOTHING) for key in ("mean_cosine", "isoscore_debiased"))
    cosine = cone.judged
    words: dict[str, Axis[Any]] = {
        "cone": _shown(cone_grade(cosine), "mean_cosine", cone),
        "anisotropy": _shown(anisotropy_grade(roundness.judged), "isoscore_debiased", roundness),
        "rogue": _shown(
            rogue_reading(
                cosine,
                measured.get("cc_share_top1", _NOTHING).jackknifed,
                measured.get("variance_share_top1", _NOTHING).jackknifed,
                d,
            ),
            "mean_cosine",
            cone,
        ),
    }
    if noisy is not None:
        z = noisy.get("isoscore_debiased", _NOTHING)
        words["noise"] = noise_reading(roundness, z, signal_share or _NOTHING, d)
    return words


def _shown(axis: Axis[W], key: str, measured: Measured) -> Axis[W]:
    """The axis with its number as it is reported: by construction it may have no interval for the space."""
    if not measured.interval_left_out:
        return axis
    return replace(axis, numbers={**axis.numbers, key: measured.judged.bare()})


def rogue_reading(cosine: Estimate, of_cosine: Estimate, of_variance: Estimate, d: int) -> Axis[RogueReading]:
    """Whether one coordinate holds the mean cosine, where there is a cone to hold, or the variance.

    >>> apart = Estimate(0.7).with_se(0.01)
    >>> rogue_reading(Estimate(0.0).with_se(0.01), apart, apart, 64).verdict
    'ROGUE IN VARIANCE'
    """
    cuts = {"cc_share_top1": rogue_share(d), "variance_share_top1": rogue_variance(d)}
    cone = cosine.ci95 is not None and cosine.ci95[0] > CONE_FROM[0]
    numbers: Numbers = {
        "mean_cosine": cosine,
        "cone_from": CONE_FROM[0],
        "cc_share_top1": of_cosine.bare(),
        "cc_share_threshold": cuts["cc_share_top1"],
        "variance_share_top1": of_variance.bare(),
        "variance_share_threshold": cuts["variance_share_top1"],
    }
    variance = _beyond(of_variance, cuts["variance_share_top1"])
    in_cosine = _beyond(of_cosine, cuts["cc_share_top1"]) if cone else False
    word: RogueReading
    if d <= ROGUE_TIMES:
        word = "NOT APPLICABLE"
    elif variance is True:
        word = "ROGUE IN BOTH" if in_cosine is True else "ROGUE IN VARIANCE"
    elif in_cosine is True:
        word = "ROGUE IN COSINE"
    elif "undefined" in (variance, in_cosine):
        word = "UNDEFINED"
    else:
        word = "INCONCLUSIVE" if None in (variance, in_cosine) else "NONE"
    return Axis(word, numbers, reason_for("rogue", word))


def noise_reading(mu: Measured, z: Measured, signal_share: Measured, d: int) -> Axis[NoiseReading]:
    """What the posterior's noise does to the roundness of mu: z against mu, and against white noise on mu."""
    white = noisy_roundness(mu, signal_share, d)
    beyond_mu, beyond_white = _difference(mu, z), _difference(white, z)
    rounder, shaped = change(beyond_mu, MARGIN), change(beyond_white, MARGIN)
    word: NoiseReading
    if "UNDEFINED" in (rounder, shaped):
        word = "UNDEFINED"
    elif rounder in ("UNCHANGED", "REDUCED"):
        word = "NONE"
    elif "INCONCLUSIVE" in (rounder, shaped):
        word = "INCONCLUSIVE"
    else:
        word = "SHAPED NOISE" if shaped == "INCREASED" else "AS WHITE NOISE"
    numbers: Numbers = {
        "isoscore_debiased_mu": mu.estimate,
        "isoscore_debiased_z": z.estimate,
        "isoscore_debiased_mu_and_white_noise": white.estimate,
        "z_less_mu": beyond_mu,
        "z_less_white_noise": beyond_white,
        "margin": MARGIN,
    }
    return Axis(word, numbers, reason_for("noise", word))


def _beyond(estimate: Estimate, threshold: float) -> bool | Literal["undefined"] | None:
    """Whether the interval lies above; None where it holds the threshold."""
    if estimate.value is None or estimate.ci95 is None:
        return "undefined"
    low, high = estimate.ci95
    return True if low > threshold else False if high < threshold else None


def _difference(a: Measured, b: Measured) -> Estimate:
    if not a.replicates or len(a.replicates) != len(b.replicates):
        return Estimate(None, note="one side has no shards, so there is no interval")
    return paired_difference(a.estimate, b.estimate, a.replicates, b.replicates)
