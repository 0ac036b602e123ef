"""What a comparison sets against each other: two sides, metric by metric, and what a difference is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from latentlab.metrics import Estimate, Gate
from latentlab.metrics.verdicts.gate import SILENT, GateVerdict
from latentlab.metrics.verdicts.grades import Axis
from latentlab.metrics.verdicts.rules import reason_for

R = TypeVar("R")


@dataclass(frozen=True)
class Difference:
    """One metric of side b against side a; the difference is b − a."""

    a: Estimate
    b: Estimate
    delta: Estimate
    margin: float
    p: float | None = None
    p_equivalence: float | None = None
    """Of a difference as large as the margin."""
    p_holm: float | None = None
    """`p` adjusted for the core metrics of the same cloud; None for other metrics."""
    more: Mapping[str, object] = field(default_factory=dict)
    """Numbers that only this unit has."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for a report."""
        p_values = {"p": self.p, "p_holm": self.p_holm, "p_equivalence": self.p_equivalence}
        return {"a": self.a, "b": self.b, "delta": self.delta, **p_values, "margin": self.margin, **self.more}


@dataclass(frozen=True)
class Unit(Generic[R]):
    """How metrics are compared where this is the unit."""

    difference: Callable[[R, R], Difference]
    """Of one metric, the first argument being the baseline's."""
    noisy: Callable[[R, R, int], R]
    """IsoScore of a cloud, so wide, after white noise that leaves it this share of the variance."""
    plug_in: tuple[str, ...] = ()
    """Metrics whose differences depend on how many there are of the unit: words may go by what the jackknife
    says of them, but no interval is printed, and none is tested."""


@dataclass(frozen=True)
class Side(Generic[R]):
    """What is compared; R is one metric in the form in which it is compared."""

    name: str
    d: int
    gate: Axis[GateVerdict]
    mu: Mapping[str, R]
    """The metrics of `primary_metrics.PRIMARY_METRICS`."""
    z: Mapping[str, R] | None
    """Of a sample from the posterior; None where there is none."""
    centred: R
    """The mean cosine of mu after its mean is subtracted."""
    levels: Mapping[str, Estimate]
    """The same metrics of mu as values with intervals, from which grades are read."""
    on_principal_axes: Callable[[int], Mapping[str, R]]
    """The core metrics of mu on so many of its principal axes."""
    share: R | None = None
    """Signal share of the posterior."""
    signal_share: float | None = None
    """The same as one number."""
    own_less_other: Estimate | None = None
    """What is decoded for a sentence against it, less against another one; None where nothing was decoded."""

    @property
    def silent(self) -> bool:
        """Whether its posterior says nothing."""
        return self.gate.verdict in SILENT


def gate_axis(gate: Gate) -> Axis[GateVerdict]:
    """The collapse gate as an axis."""
    numbers = {
        "kl_total": gate.kl_total,
        "information": gate.information,
        "mi_upper_bound": gate.mi_upper_bound,
        "ln_n": gate.ln_n,
        "signal_share": gate.signal_share,
        "effective_dims": gate.effective_dims,
        "d": gate.d,
    }
    return Axis(gate.verdict, numbers, reason_for("gate", gate.verdict))
