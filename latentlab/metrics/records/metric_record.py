"""The record of a metric."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Family = Literal["cone", "covariance", "rogue", "shape", "normality", "appendix", "posterior", "text"]
Stage = Literal["columns", "spectrum", "gram", "rows"]
Interval = Literal["unbiased", "plug-in", "sampling", "none"]
Invariance = Literal["permute", "rotate", "scale", "translate", "repeat"]
Place = Literal["table", "layers", "compare", "paper", "overview", "geometry"]
"""Tables of the commands, LaTeX, and pages of the dashboard; JSON and CSV have every metric."""
ROWS: frozenset[Invariance] = frozenset({"permute", "repeat"})
SHAPE: frozenset[Invariance] = frozenset({"permute", "rotate", "scale", "translate"})
CLOUD: frozenset[Invariance] = SHAPE | {"repeat"}
DIRECTIONS: frozenset[Invariance] = SHAPE - {"translate"}
AXES: frozenset[Invariance] = CLOUD - {"rotate"}


@dataclass(frozen=True)
class Measure:
    """What a metric is and how to read it."""

    function: Callable[..., Any]
    family: Family
    direction: Literal["up", "down", "none"]
    """Of a more isotropic cloud; of a better text. A posterior has no good direction."""
    range: str
    invariances: frozenset[Invariance]
    """What may be done to all rows at once without changing the value; "scale" is by a positive number,
    "repeat" takes every row twice. A posterior's means are rotated and moved, its variances only scaled."""
    limit: Callable[[int], float] | None = None
    """Value on an isotropic Gaussian with many rows, by d; None where there is no such limit."""
    stage: Stage = "rows"
    """Of metrics of a cloud: what they are read from in a report. `columns`, `spectrum` and `gram` (singular
    values) come from one pass over all rows; `rows` needs rows themselves and gets a random sample."""
    interval: Interval = "none"
    """What a report's ± is. `unbiased`: an interval for the space. `plug-in`: none is printed, for the
    value depends on n. `sampling`: of the value at this n, biased as it is. `none`: no ± at all."""
    label: str = ""
    """What tables and figures call it; of those without one the key."""
    latex: str = ""
    """The same in LaTeX, where it is not the label."""
    unit: str = ""
    shown: frozenset[Place] = frozenset()
    """Where it is shown beside the files that have all."""

    @property
    def counts_dimensions(self) -> bool:
        """Whether it is a number of dimensions, of d at most."""
        return self.range.endswith(" d]")

    def name(self, key: str) -> str:
        """The label with its unit."""
        return f"{self.label or key}, {self.unit}" if self.unit else self.label or key


def places(*found: Place) -> frozenset[Place]:
    """Where a metric is shown."""
    return frozenset(found)
