"""Is a decoder a hash table of its training sentences, or can one move in its latent space?

Five criteria, each a number with a threshold, and a word from a closed list. They are read on sentences that
were held out, by a decoder that can write them: a model with a held-out token error rate of .2 or more breaks
under noise and between sentences because it has not learned to write, and nothing follows from that.

A hash map is a table from points to sentences: right on its points, and next to them any sentence at all. It
shows in

- `gap` ≥ .1: held-out less training token error rate, at equal length. The first rule leaves room for .2.
- `radius` < .5: of the noise at half error, over the distance to the nearest training sentence. Balls of half
  that distance do not touch: who errs inside them errs where no other sentence competes.
- `noisy_meaning` < .25: what wrong decodes at half error keep of the meaning. Half of the words are gone
  there; who loses meaning as words are lost keeps about .5, a hash map keeps 0: halfway between the two.
- `middle_validity` < .5: share of well-formed midpoints over that of decoded ends. Below, most ways lead
  through what is no sentence.
- `middle_meaning` < .5: nearness of midpoints to their ends; 0 is any sentence, 1 is what an end itself has.

The verdict is UNDERTRAINED by the first rule, else HASH-LIKE where at least half of the criteria that have a
value are hash-like (smoothness is the claim that has to be shown), else SMOOTH. A criterion whose interval
holds its threshold counts by its value and is marked as not sure. No criterion will do alone: a table of
sentences is fluent between its points, and one that knows the held-out sentences too has no gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from latentlab.metrics.estimate import Estimate, undefined
from latentlab.metrics.sharding import Labels
from latentlab.metrics.text import ratio_of_sums

Word = Literal["HASH-LIKE", "SMOOTH", "UNDERTRAINED"]
WORDS: tuple[Word, ...] = ("HASH-LIKE", "SMOOTH", "UNDERTRAINED")
UNDERTRAINED_FROM = 0.2
"""Held-out token error rate."""


@dataclass(frozen=True)
class Criterion:
    """A threshold, and the side of it on which a hash map lies."""

    threshold: float
    hash_like: Literal["from", "below"]
    says: str


CRITERIA: dict[str, Criterion] = {
    "gap": Criterion(0.1, "from", "held-out less training token error rate, at equal length"),
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

    word: Word | None
    sure: bool
    """Whether the interval excludes the threshold."""

    def to_json(self) -> dict[str, object]:
        """Plain values for a report."""
        return {"word": self.word, "sure": self.sure}


@dataclass(frozen=True)
class Verdict:
    """A word, the readings that gave it, and the rule in words."""

    word: Word
    readings: Mapping[str, Reading]
    because: str

    def to_json(self) -> dict[str, object]:
        """Plain values for a report."""
        return {"word": self.word, "because": self.because, "readings": self.readings}


def read_criterion(key: str, estimate: Estimate) -> Reading:
    """On which side of its threshold a criterion lies.

    >>> read_criterion("radius", Estimate(0.7, ci95=(0.4, 1.0)))
    Reading(word='SMOOTH', sure=False)
    """
    criterion = CRITERIA[key]
    if estimate.value is None:
        return Reading(None, False)
    hashed = (estimate.value >= criterion.threshold) == (criterion.hash_like == "from")
    interval = estimate.ci95
    sure = interval is not None and not interval[0] <= criterion.threshold <= interval[1]
    return Reading("HASH-LIKE" if hashed else "SMOOTH", sure)


def memorisation_verdict(held_out_ter: Estimate, criteria: Mapping[str, Estimate]) -> Verdict:
    """The word of the module's rule, from the held-out token error rate without noise and the criteria.

    >>> none = {key: undefined("not measured") for key in CRITERIA}
    >>> memorisation_verdict(Estimate(0.05), none | {"radius": Estimate(0.1)}).word
    'HASH-LIKE'
    """
    readings = {key: read_criterion(key, criteria[key]) for key in CRITERIA}
    told = [reading for reading in readings.values() if reading.word is not None]
    hashed = sum(reading.word == "HASH-LIKE" for reading in told)
    unsure = sum(not reading.sure for reading in told)
    error = held_out_ter.value
    if error is None or error >= UNDERTRAINED_FROM:
        rate = "undefined" if error is None else f"{error:.2f}"
        because = (
            f"the held-out token error rate is {rate}, not below {UNDERTRAINED_FROM}: the rest says nothing"
        )
        return Verdict("UNDERTRAINED", readings, because)
    if not told:
        return Verdict("UNDERTRAINED", readings, "no criterion has a value")
    because = f"{hashed} of {len(told)} criteria are hash-like"
    if unsure:
        because += f"; {unsure} interval{'s hold their' if unsure > 1 else ' holds its'} threshold"
    return Verdict("HASH-LIKE" if 2 * hashed >= len(told) else "SMOOTH", readings, because)


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
