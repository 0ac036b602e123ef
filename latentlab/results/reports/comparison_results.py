"""What `compare` finds: every space against the baseline."""

from dataclasses import dataclass, field
from typing import Any

from latentlab.metrics import Estimate
from latentlab.results.reports.space_results import GateResult, SpaceResult, VerdictResult
from latentlab.results.reports.typed import Part, Values


@dataclass(frozen=True)
class DifferenceResult(Part):
    """One metric of b against a."""

    a: Estimate
    b: Estimate
    delta: Estimate
    """b − a."""
    p: float | None
    p_holm: float | None
    p_equivalence: float | None
    margin: float
    only_a: int | None = None
    """Of a task: sentences that only a has right."""
    only_b: int | None = None
    p_attainable: float | None = None
    """This and the rest where the unit is the training seed."""
    arrangements: int | None = None
    exact: bool | None = None
    hedges_g: Estimate | None = None
    cliffs_delta: Estimate | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields as they are written, without those of another unit."""
        optional = ("only_a", "only_b", "p_attainable", "arrangements", "exact", "hedges_g", "cliffs_delta")
        return {k: v for k, v in super().to_json().items() if v is not None or k not in optional}


Differences = dict[str, DifferenceResult]


@dataclass(frozen=True)
class OfBoth(Part):
    """One number of each side."""

    a: Estimate | None
    b: Estimate | None


@dataclass(frozen=True)
class Widths(Part):
    """Dimensions of both sides."""

    a: int
    b: int


@dataclass(frozen=True)
class SampleComparison(Part):
    """z, a sample from the posterior of b."""

    against_cloud: str
    metrics: Differences
    """Against mu of a with as much noise."""
    against_z: Differences | None = None
    """Against z of a."""


@dataclass(frozen=True)
class EqualWidth(Part):
    """The wider side on as many principal axes as the other has dimensions."""

    d: int
    projected: str
    metrics: Differences
    axes: dict[str, VerdictResult]


@dataclass(frozen=True)
class ComparisonResult(Part):
    """One space against the baseline."""

    name: str
    against: str
    d: Widths
    metrics: Differences
    """Of mu."""
    z: SampleComparison | None
    pca_control: EqualWidth | None
    task: DifferenceResult | None
    """Exact match of held-out sentences."""
    axes: dict[str, VerdictResult]
    claim: VerdictResult
    notes: tuple[str, ...]
    answers: dict[str, VerdictResult] = field(default_factory=dict)
    decoder: OfBoth | None = None
    """Token positions right of a sentence less those of another."""


@dataclass(frozen=True)
class SignFlip(Part):
    """Test of a mean direction."""

    p: float | None
    attainable: float | None
    arrangements: int
    exact: bool
    note: str | None
    n: int


@dataclass(frozen=True)
class RunResult(Part):
    """One checkpoint of a condition."""

    name: str
    path: str | None
    kind: str
    fingerprint: str | None
    step: int | None
    gate: GateResult
    exact_match: float | None


@dataclass(frozen=True)
class ConditionResult(Part):
    """Several training seeds of one method."""

    seeds: int
    d: int
    gate: VerdictResult
    checkpoints: tuple[RunResult, ...]
    values: dict[str, dict[str, Values]]
    """By cloud and metric, one value a checkpoint."""


@dataclass(frozen=True)
class ComparisonResults(Part):
    """The results of `compare`."""

    unit: str
    """`sentences` or `seeds`."""
    says: str
    baseline: str
    control: str | None
    margin: float
    comparisons: tuple[ComparisonResult, ...]
    notes: tuple[str, ...]
    items: tuple[SpaceResult, ...] = ()
    """Where the unit is the sentence."""
    sign_flip: dict[str, SignFlip] | None = None
    conditions: dict[str, ConditionResult] | None = None
    """Where the unit is the training seed."""
