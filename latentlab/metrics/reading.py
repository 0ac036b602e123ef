"""What one space is called, axis by axis: words from a closed list, with the numbers that gave them.

The gate comes first: of a collapsed posterior nothing else is said. The thresholds are this project's own.

- cone, by the mean cosine with its 95 % interval: CONE if it lies above the margin, NO CONE if it lies inside
  ± the margin, INCONCLUSIVE otherwise.
- anisotropy, by the debiased IsoScore: ANISOTROPIC if the interval lies below 1 - margin, ISOTROPIC if it
  lies above, INCONCLUSIVE otherwise.
- rogue dimensions, by the largest share of the summed |contributions| to the mean cosine: only where the
  interval of the mean cosine excludes 0. ROGUE if the interval lies above `rogue_share(d)`, NONE if it lies
  below, INCONCLUSIVE otherwise.
- noise, for a posterior: NOISE-INDUCED if z scores rounder than mu by more than the margin, intervals apart.
"""

from collections.abc import Mapping
from typing import Literal

from scipy.special import betaincinv

from latentlab.metrics.estimate import Estimate
from latentlab.metrics.gate import Word
from latentlab.metrics.verdict import MARGIN, Axis, Numbers

ROGUE_SHARE = 0.1

Reading = Literal[
    "CONE",
    "NO CONE",
    "ANISOTROPIC",
    "ISOTROPIC",
    "ROGUE",
    "NONE",
    "NOISE-INDUCED",
    "INCONCLUSIVE",
    "UNDEFINED",
    "NOT APPLICABLE",
    "COLLAPSED",
]
Measures = Mapping[str, Estimate]


def rogue_share(d: int) -> float:
    r"""Share of one of d dimensions from which on it stands out.

    .. math:: \max(0.1,\ B^{-1}_{1/2,\,(d - 1)/2}(1 - 0.01/d))

    The second is what the largest squared coordinate of a random direction exceeds once in a hundred times
    (each is Beta(1/2, (d - 1)/2), Bonferroni over d): with few dimensions a large share is nothing special.

    >>> rogue_share(768), round(rogue_share(64), 3), round(rogue_share(8), 3), rogue_share(1)
    (0.1, 0.204, 0.794, 1.0)
    """
    return max(ROGUE_SHARE, float(betaincinv(0.5, (d - 1) / 2, 1 - 0.01 / d))) if d > 1 else 1.0


def read_space(
    gate: Word, measures: Measures, noisy: Measures | None = None, *, d: int
) -> dict[str, Axis[Reading]]:
    """Words for the cloud to judge by (`mu`, or the vectors), d wide; `noisy` are the measures of sampled z.

    >>> cone = Estimate(0.6).with_se(0.01)
    >>> read_space("PASSED", {"mean_cosine": cone}, d=192)["cone"].word
    'CONE'
    >>> list(read_space("COLLAPSED", {"mean_cosine": cone}, d=192))
    ['gate']
    """
    if gate == "COLLAPSED":
        return {"gate": Axis("COLLAPSED", {}, "the posterior is the prior: its geometry says nothing")}
    nothing = Estimate(None)
    cosine = measures.get("mean_cosine", nothing)
    roundness = measures.get("isoscore_debiased", nothing)
    words = {
        "cone": _side(cosine, MARGIN, "CONE", "NO CONE", two_sided=True),
        "anisotropy": _side(roundness, 1 - MARGIN, "ISOTROPIC", "ANISOTROPIC"),
        "rogue": _rogue(cosine, measures.get("cc_share_top1", nothing), rogue_share(d)),
    }
    if noisy is not None:
        words["noise"] = _noise(roundness, noisy.get("isoscore_debiased", nothing))
    return words


def _side(
    estimate: Estimate, threshold: float, above: Reading, below: Reading, *, two_sided: bool = False
) -> Axis[Reading]:
    numbers: Numbers = {"estimate": estimate, "threshold": threshold}
    if estimate.value is None or estimate.ci95 is None:
        return Axis("UNDEFINED", numbers, "there is no value or no interval")
    low, high = estimate.ci95
    if low > threshold:
        return Axis(above, numbers, f"the interval lies above {threshold:g}")
    if high < threshold and (not two_sided or low > -threshold):
        inside = f"inside ± {threshold:g}" if two_sided else f"below {threshold:g}"
        return Axis(below, numbers, f"the interval lies {inside}")
    return Axis("INCONCLUSIVE", numbers, f"the interval is on no side of {threshold:g}")


def _rogue(cosine: Estimate, share: Estimate, threshold: float) -> Axis[Reading]:
    low, high = cosine.ci95 or (0.0, 0.0)
    if low <= 0 <= high:
        numbers: Numbers = {"mean_cosine": cosine, "cc_share_top1": share}
        return Axis("NOT APPLICABLE", numbers, "the mean cosine is not shown to differ from 0")
    if threshold >= 1:
        numbers = {"cc_share_top1": share, "threshold": threshold}
        return Axis("NOT APPLICABLE", numbers, "a single dimension stands out from nothing")
    return _side(share, threshold, "ROGUE", "NONE")


def _noise(mu: Estimate, z: Estimate) -> Axis[Reading]:
    numbers: Numbers = {"isoscore_debiased_mu": mu, "isoscore_debiased_z": z, "margin": MARGIN}
    if mu.value is None or z.value is None or mu.ci95 is None or z.ci95 is None:
        return Axis("UNDEFINED", numbers, "there is no value or no interval")
    if z.value - mu.value > MARGIN and z.ci95[0] > mu.ci95[1]:
        return Axis("NOISE-INDUCED", numbers, "z is rounder than mu by more than the margin")
    return Axis("NONE", numbers, "z is not rounder than mu by more than the margin")
