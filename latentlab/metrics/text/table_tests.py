"""Is a decoder a hash table of its training sentences, or can one move in its latent space?

Held-out sentences are compared with training sentences of equal length first. Where the training ones come
back and the held-out ones so much worse, the decoder is a table, whatever it does under noise: a literal one
of its training sentences, a decoder that writes the nearest of them, and one that has learned them by heart.
Where neither come back it has not learned to write, and nothing follows from anything else.

Then five criteria, each a number with a threshold. A hash map is a table from points to sentences: right on
its points, and next to them any sentence at all. It shows in

- `gap` ≥ .1: held-out less training token error rate, at equal length.
- `radius` < .5: of the noise at half error, over the distance to the nearest training sentence. Balls of half
  that distance do not touch: who errs inside them errs where no other sentence competes.
- `noisy_meaning` < .25: what wrong decodes at half error keep of the meaning. Half of the words are gone
  there; who loses meaning as words are lost keeps about .5, a hash map keeps 0: halfway between the two.
- `middle_validity` < .5: share of well-formed midpoints over that of decoded ends. Below, most ways lead
  through what is no sentence.
- `middle_meaning` < .5: nearness of midpoints to their ends; 0 is any sentence, 1 is what an end itself has.

The verdict is HASH-LIKE where at least half of the criteria that have a value are hash-like (smoothness is
the claim that has to be shown), else SMOOTH. A criterion whose interval holds its threshold counts by its
value and is marked as not sure. No criterion will do alone: a table of sentences is fluent between points,
and one that knows the held-out sentences too has no gap. The rules are `rules.MEMORISATION`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.streaming.sharding import Labels
from latentlab.metrics.text.reconstruction import ratio_of_sums
from latentlab.metrics.verdicts.rules import reason_for
from latentlab.metrics.verdicts.thresholds import GAP_FROM, TABLE_BELOW, UNDERTRAINED_FROM, short

TableVerdict = Literal["HASH-LIKE", "SMOOTH", "UNDERTRAINED", "UNDEFINED"]
WORDS: tuple[TableVerdict, ...] = ("HASH-LIKE", "SMOOTH", "UNDERTRAINED", "UNDEFINED")


@dataclass(frozen=True)
class Criterion:
    """A threshold, and the side of it on which a hash map lies."""

    threshold: float
    hash_like: Literal["from", "below"]
    says: str


CRITERIA: dict[str, Criterion] = {
    "gap": Criterion(GAP_FROM, "from", "held-out less training token error rate, at equal length"),
    "radius": Criterion(0.5, "below", "noise radius at half error over the distance to the nearest sentence"),
    "noisy_meaning": Criterion(0.25, "below", "meaning kept by wrong decodes at half error; 0 any sentence"),
    "middle_validity": Criterion(0.5, "below", "share of well-formed midpoints over that of decoded ends"),
    "middle_meaning": Criterion(
        0.5, "below", "nearness of midpoints to their ends; 0 any sentence, 1 an end"
    ),
}
"""The order of reports and tables."""


@dataclass(frozen=True)
class Reading:
    """What one criterion says; None where it has no value."""

    verdict: TableVerdict | None
    sure: bool
    """Whether the interval excludes the threshold."""

    def to_json(self) -> dict[str, object]:
        """Plain values for a report."""
        return {"verdict": self.verdict, "sure": self.sure}


@dataclass(frozen=True)
class MemorisationVerdict:
    """A word, the readings that gave it, and the rule in words."""

    verdict: TableVerdict
    readings: Mapping[str, Reading]
    reason: str
    numbers: Mapping[str, Estimate | float]
    """What the rules went by, and their thresholds."""

    @property
    def rule(self) -> str:
        """When this is the word."""
        return reason_for("memorisation", self.verdict)

    def to_json(self) -> dict[str, object]:
        """Plain values for a report."""
        told = {"verdict": self.verdict, "reason": self.reason, "rule": self.rule}
        return {**told, "numbers": self.numbers, "readings": self.readings}


def read_criterion(key: str, estimate: Estimate) -> Reading:
    """On which side of its threshold a criterion lies.

    >>> read_criterion("radius", Estimate(0.7, ci95=(0.4, 1.0)))
    Reading(verdict='SMOOTH', sure=False)
    >>> read_criterion("radius", Estimate(0.7, bound="at least"))
    Reading(verdict='SMOOTH', sure=True)
    """
    criterion = CRITERIA[key]
    if estimate.value is None:
        return Reading(None, False)
    hashed = (estimate.value >= criterion.threshold) == (criterion.hash_like == "from")
    interval = estimate.ci95
    if estimate.bound is not None:
        sure = (estimate.bound == "at least") == (estimate.value >= criterion.threshold)
    else:
        sure = interval is not None and not interval[0] <= criterion.threshold <= interval[1]
    return Reading("HASH-LIKE" if hashed else "SMOOTH", sure)


def memorisation_verdict(
    held_out_ter: Estimate, train_ter: Estimate, criteria: Mapping[str, Estimate]
) -> MemorisationVerdict:
    """The word of the module's rules, from token error rates without noise and the criteria.

    `train_ter` is that of training sentences as long as the held-out ones.

    >>> none = {key: undefined("not measured") for key in CRITERIA}
    >>> memorisation_verdict(Estimate(0.05), Estimate(0.04), none | {"radius": Estimate(0.1)}).verdict
    'HASH-LIKE'
    >>> memorisation_verdict(Estimate(0.9), Estimate(0.0), none | {"gap": Estimate(0.9)}).verdict
    'HASH-LIKE'
    """
    readings = {key: read_criterion(key, criteria[key]) for key in CRITERIA}
    word, why = _by_training(held_out_ter.value, train_ter.value, criteria["gap"])
    if word is None:
        word, why = _by_criteria(readings, criteria)
    numbers: dict[str, Estimate | float] = {
        "ter_held_out": held_out_ter,
        "ter_train": train_ter,
        "does_not_come_back_from": UNDERTRAINED_FROM,
        "train_comes_back_below": TABLE_BELOW,
    }
    for key, criterion in CRITERIA.items():
        numbers |= {key: criteria[key], f"{key}_{criterion.hash_like}": criterion.threshold}
    told = [reading.verdict for reading in readings.values() if reading.verdict is not None]
    numbers |= {"hash_like_criteria": told.count("HASH-LIKE"), "criteria_with_a_value": len(told)}
    return MemorisationVerdict(word, readings, why, numbers)


def _by_training(error: float | None, train: float | None, gap: Estimate) -> tuple[TableVerdict | None, str]:
    """The word that training sentences decide, and why; None where the criteria have to."""
    writes = error is not None and error < UNDERTRAINED_FROM
    rate = "undefined" if error is None else f"{error:.2f}"
    # Without an interval the gap counts only beside sentences that do not come back.
    lowest = gap.ci95[0] if gap.ci95 is not None else None if writes else gap.value
    sure = lowest is not None and lowest >= GAP_FROM
    if train is not None and train < TABLE_BELOW and sure:
        return (
            "HASH-LIKE",
            f"the token error rate is {train:.2f} on training sentences, {rate} on held-out ones",
        )
    if writes:
        return None, ""
    held = f"the held-out token error rate is {rate}, not below {short(UNDERTRAINED_FROM)}"
    if train is None:
        return "UNDEFINED", f"{held}, and no training sentence is as long as a held-out one"
    if train >= UNDERTRAINED_FROM:
        return "UNDERTRAINED", f"{held}, and training sentences do not come back either: {train:.2f}"
    return None, ""


def _by_criteria(
    readings: Mapping[str, Reading], criteria: Mapping[str, Estimate]
) -> tuple[TableVerdict, str]:
    told = {key: reading for key, reading in readings.items() if reading.verdict is not None}
    if not told:
        return "UNDEFINED", "no criterion has a value"
    hashed = sum(reading.verdict == "HASH-LIKE" for reading in told.values())
    unsure = [criteria[key] for key, reading in told.items() if not reading.sure]
    bare = sum(one.ci95 is None and one.bound is None for one in unsure)
    held = len(unsure) - bare
    why = f"{hashed} of {len(told)} criteria are hash-like"
    if held:
        why += f"; {held} interval{'s hold their' if held > 1 else ' holds its'} threshold"
    if bare:
        why += f"; {bare} {'have' if bare > 1 else 'has'} no interval"
    return ("HASH-LIKE" if 2 * hashed >= len(told) else "SMOOTH"), why


def kept_share(
    own: Float[np.ndarray, " n"],
    other: Float[np.ndarray, " n"],
    best: Float[np.ndarray, " n"],
    *,
    rng: np.random.Generator | None = None,
    groups: Labels | None = None,
) -> Estimate:
    r"""How far texts are from any sentence (0) towards what they should mean (1).

    .. math:: \frac{\sum_i (a_i - o_i)}{\sum_i (b_i - o_i)}

    a: cosine of a text with its own sentence, o: its mean cosine with other sentences, b: the best that
    could be, 1 where it should be the sentence itself. Sums over the texts of a sentence; the interval is of
    resampled sentences, or of their groups. 0 where nothing is kept, 1 where all is; negative below chance.
    The level of the encoder, its cone, cancels. Undefined where other sentences are as near as could be.

    >>> round(kept_share(np.array([0.6]), np.array([0.2]), np.array([1.0])).value, 9)
    0.5
    """
    if not len(own) or not float((best - other).sum()) > 0:
        return undefined("no text, or every sentence is as near as its own")
    return ratio_of_sums(own - other, best - other, rng, groups)
