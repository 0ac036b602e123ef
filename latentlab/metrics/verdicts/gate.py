"""The collapse gate: is there anything in this posterior whose geometry could be read?

A posterior that has become the prior gives means at the origin and samples from a perfect Gaussian. Its mean
cosine is 0 and its IsoScore 1, and nothing of that is a property of sentences. A posterior far from the prior
that is the same for every sentence says as little. So the gate comes before every geometric measure of a
variational space, and it goes by information: a count of active units is what free bits make of it, and five
per cent of a width is no criterion. Its words are a closed list, `rules.GATE`.
"""

import math
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from latentlab.metrics.aggregate import (
    Aggregate,
    Input,
    Vectors,
    aggregate,
    information_dimwise,
    information_per_dim,
    mi_upper_bound,
    signal_share,
)
from latentlab.metrics.posterior import kl_total
from latentlab.metrics.verdicts.rules import reason_for
from latentlab.metrics.verdicts.thresholds import FEW_DIMS, FEWEST_ROWS, MIN_NATS

GateVerdict = Literal[
    "TOO FEW ROWS",
    "PASSED",
    "COLLAPSED",
    "NO INFORMATION",
    "FEW ACTIVE UNITS",
    "LOW INFORMATION",
    "NOT APPLICABLE",
]
SILENT: tuple[GateVerdict, ...] = ("COLLAPSED", "NO INFORMATION")
"""Words after which nothing is said of the geometry."""


@dataclass(frozen=True)
class Gate:
    """A word and the numbers behind it; None where there is no posterior, or the number is not finite."""

    verdict: GateVerdict
    kl_total: float | None = None
    """Nats."""
    information: float | None = None
    """`information_dimwise`, nats: what the rule goes by, for it is defined and next to unbiased at any n."""
    mi_upper_bound: float | None = None
    """Beside it, tighter where dimensions say the same, and too tight where n is not many times d."""
    ln_n: float | None = None
    """What it takes to tell n rows apart."""
    signal_share: float | None = None
    effective_dims: float | None = None
    """`effective_dims` of the information: a floor of little in each dimension does not fill it."""
    d: int | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing is to be read from the geometry."""
        return self.verdict in SILENT

    def to_json(self) -> dict[str, object]:
        """Plain values for a report, the rule and its thresholds beside them."""
        thresholds = {
            "kl_total": MIN_NATS,
            "information": MIN_NATS,
            "low_information": self.ln_n,
            "effective_dims_over_d": FEW_DIMS,
        }
        return {**asdict(self), "reason": reason_for("gate", self.verdict), "thresholds": thresholds}


def collapse_gate(mu: Input | None, logvar: Vectors | None = None, *, distinct: int | None = None) -> Gate:
    """The gate's word: the first rule of `rules.GATE` that fits.

    Takes means and log variances or their `Aggregate`. Without either the head is deterministic and the
    gate NOT APPLICABLE. A number that is not finite carries nothing. `distinct` is how many rows there are
    that are no variants of each other, n if None.

    >>> import numpy as np
    >>> collapse_gate(np.zeros((40, 2)), np.zeros((40, 2))).verdict
    'COLLAPSED'
    >>> collapse_gate(np.full((40, 2), 1.5), np.zeros((40, 2))).verdict
    'NO INFORMATION'
    >>> collapse_gate(np.full((9, 2), 1.5), np.zeros((9, 2))).verdict
    'TOO FEW ROWS'
    """
    if mu is None or (logvar is None and not isinstance(mu, Aggregate)):
        return Gate("NOT APPLICABLE")
    a = aggregate(mu, logvar)
    d = len(a.kl)
    rate, information = kl_total(a).value, information_dimwise(a).value
    dims = effective_dims(information_per_dim(a))
    return Gate(
        _word(a.n, distinct or a.n, rate, information, dims, d),
        kl_total=rate,
        information=information,
        mi_upper_bound=mi_upper_bound(a).value,
        ln_n=math.log(distinct or a.n),
        signal_share=signal_share(a).value,
        effective_dims=dims,
        d=d,
    )


def effective_dims(values: Float[np.ndarray, " d"]) -> float | None:
    r"""How many dimensions hold a sum of nonnegative terms, if they held equal shares of it.

    .. math:: (\sum_j I_j)^2 / \sum_j I_j^2

    Range [1, d]; None where the sum is 0 or not finite. Unlike a count of the dimensions that hold 95 % it
    hardly moves when many dimensions get a little each, as free bits give them.
    Source: Hill 1973, Ecology 54:427, the number of order 2.

    >>> floor = np.full(64, 0.015)
    >>> floor[:3] = 3.5
    >>> round(effective_dims(floor), 1)
    3.5
    """
    total = float(values.sum())
    if not (math.isfinite(total) and total > 0):
        return None
    shares = values / total
    return float(1 / (shares @ shares))


def _word(
    n: int, distinct: int, rate: float | None, information: float | None, dims: float | None, d: int
) -> GateVerdict:
    if n < FEWEST_ROWS:
        return "TOO FEW ROWS"
    if rate is not None and rate < MIN_NATS:
        return "COLLAPSED"
    if rate is None or information is None or dims is None or information < MIN_NATS:
        return "NO INFORMATION"
    if dims < FEW_DIMS * d:
        return "FEW ACTIVE UNITS"
    return "LOW INFORMATION" if information < math.log(distinct) else "PASSED"
