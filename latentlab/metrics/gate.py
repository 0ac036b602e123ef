"""The collapse gate: is there anything in this posterior whose geometry could be read?

A posterior that has become the prior gives means at the origin and samples from a perfect Gaussian. Its mean
cosine is 0 and its IsoScore 1, and nothing of that is a property of sentences. So the gate comes before every
geometric measure of a variational space. Its words are a closed list.
"""

from dataclasses import asdict, dataclass
from typing import Literal

from latentlab.metrics.aggregate import Aggregate, Input, Vectors, aggregate, signal_share
from latentlab.metrics.posterior import active_units, kl_total

Word = Literal["PASSED", "COLLAPSED", "NOT APPLICABLE"]
MIN_ACTIVE_SHARE = 0.05
MIN_KL = 0.1
"""Nats."""
MIN_SIGNAL_SHARE = 0.05


@dataclass(frozen=True)
class Gate:
    """A word and the numbers behind it; None where there is no posterior, or the number is not finite."""

    word: Word
    active_share: float | None = None
    """Active units over dimensions."""
    kl_total: float | None = None
    signal_share: float | None = None
    failed: tuple[str, ...] = ()
    """Which of the three fell short of its threshold."""

    def to_json(self) -> dict[str, object]:
        """Plain values for a report, the thresholds beside them."""
        thresholds = {
            "active_share": MIN_ACTIVE_SHARE,
            "kl_total": MIN_KL,
            "signal_share": MIN_SIGNAL_SHARE,
        }
        return {**asdict(self), "failed": list(self.failed), "thresholds": thresholds}


def collapse_gate(mu: Input | None, logvar: Vectors | None = None) -> Gate:
    """COLLAPSED if active units < 5 % of d, rate < 0.1 nat or signal share < 0.05; PASSED otherwise.

    Takes means and log variances or their `Aggregate`. Without either the head is deterministic and the gate
    NOT APPLICABLE. A number that is not finite does not pass.

    >>> import numpy as np
    >>> collapse_gate(np.zeros((4, 2)), np.zeros((4, 2))).word
    'COLLAPSED'
    """
    if mu is None or (logvar is None and not isinstance(mu, Aggregate)):
        return Gate("NOT APPLICABLE")
    a = aggregate(mu, logvar)
    active = active_units(a).value
    numbers = {
        "active_share": None if active is None else active / len(a.kl),
        "kl_total": kl_total(a).value,
        "signal_share": signal_share(a).value,
    }
    least = {"active_share": MIN_ACTIVE_SHARE, "kl_total": MIN_KL, "signal_share": MIN_SIGNAL_SHARE}
    failed = tuple(key for key, value in numbers.items() if value is None or value < least[key])
    return Gate("COLLAPSED" if failed else "PASSED", **numbers, failed=failed)
