"""Axes, and grades of cone and anisotropy: NONE, SLIGHT, MODERATE, STRONG, one vocabulary everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.verdicts.rules import reason_for
from latentlab.metrics.verdicts.thresholds import ANISOTROPY_BELOW, CONE_FROM, short

Grade = Literal[
    "NONE",
    "NONE TO SLIGHT",
    "SLIGHT",
    "SLIGHT TO MODERATE",
    "MODERATE",
    "MODERATE TO STRONG",
    "STRONG",
    "INCONCLUSIVE",
    "UNDEFINED",
]
_LEVELS: tuple[Grade, ...] = ("NONE", "SLIGHT", "MODERATE", "STRONG")
_BETWEEN: tuple[Grade, ...] = ("NONE TO SLIGHT", "SLIGHT TO MODERATE", "MODERATE TO STRONG")

W = TypeVar("W", bound=str)
Numbers = Mapping[str, Estimate | float | str | None]


@dataclass(frozen=True)
class Axis(Generic[W]):
    """A word, the numbers and thresholds behind it, and the rule that gave it.

    >>> Axis("UNCHANGED", {"delta": Estimate(0.0), "margin": 0.05}, "why").to_json()["numbers"]["margin"]
    0.05
    """

    verdict: W
    numbers: Numbers
    reason: str

    def to_json(self) -> dict[str, object]:
        """Plain values for a report."""
        numbers = {
            key: value.to_json() if isinstance(value, Estimate) else value
            for key, value in self.numbers.items()
        }
        return {"verdict": self.verdict, "numbers": numbers, "reason": self.reason}


def cone_grade(mean_cosine: Estimate) -> Axis[Grade]:
    """How much of a cone, by the mean cosine with its 95 % interval.

    >>> [cone_grade(Estimate(value).with_se(0.001)).verdict for value in (0.053, 0.1, 0.617)]
    ['NONE', 'NONE TO SLIGHT', 'STRONG']
    """
    word = _grade(mean_cosine, CONE_FROM, 1)
    numbers: Numbers = {"mean_cosine": mean_cosine, "thresholds": " ".join(map(short, CONE_FROM))}
    return Axis(word, numbers, reason_for("cone", word))


def anisotropy_grade(isoscore_debiased: Estimate) -> Axis[Grade]:
    """How anisotropic, by the debiased IsoScore with its 95 % interval.

    >>> [anisotropy_grade(Estimate(value).with_se(0.01)).verdict for value in (0.99, 0.6, 0.3, 0.05)]
    ['NONE', 'SLIGHT', 'MODERATE', 'STRONG']
    """
    word = _grade(isoscore_debiased, ANISOTROPY_BELOW, -1)
    cuts = " ".join(map(short, ANISOTROPY_BELOW))
    return Axis(
        word, {"isoscore_debiased": isoscore_debiased, "thresholds": cuts}, reason_for("anisotropy", word)
    )


def _grade(estimate: Estimate, cuts: tuple[float, ...], sign: int) -> Grade:
    """An interval that touches a threshold holds it."""
    if estimate.value is None or estimate.ci95 is None:
        return "UNDEFINED"
    low, high = sorted(sign * end for end in estimate.ci95)
    first = sum(sign * cut < low for cut in cuts)
    last = sum(sign * cut <= high for cut in cuts)
    if first == last:
        return _LEVELS[first]
    return _BETWEEN[first] if last == first + 1 else "INCONCLUSIVE"
