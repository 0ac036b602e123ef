"""What `interpolate`, `move` and `reconstruct` find: decoded texts and their scores."""

from dataclasses import dataclass

from latentlab.metrics import Estimate
from latentlab.results.reports.typed import NonNegative, Part, Values, check_lengths

Scores = dict[str, dict[str, Estimate]]
"""By group of pairs and score."""


@dataclass(frozen=True)
class PathResult(Part):
    """One path between two sentences."""

    a: str
    b: str
    kind: str | None
    """Of the pair."""
    texts: tuple[str, ...]
    other_seeds: tuple[tuple[str, ...], ...]
    unmasking: tuple[tuple[str, ...], ...]
    """The texts after every unmasking step, by point."""
    lengths: tuple[int, ...]
    """Planned tokens at each point."""
    norm: Values
    mahalanobis: Values | None
    prior_log_density: Values | None
    scores: dict[str, float | None] | None


Ends = tuple[Values, Values]
"""Lower and upper ends of intervals, point by point."""


@dataclass(frozen=True)
class PathBands(Part):
    """95 % intervals of the curves; None of a single path."""

    step: Ends | None
    shift: Ends | None
    fluency: Ends | None
    norm: Ends | None
    mahalanobis: Ends | None
    prior_log_density: Ends | None


AT_POINTS = ("shift", "fluency", "norm", "mahalanobis", "prior_log_density")
"""Curves with a number at each point."""


@dataclass(frozen=True)
class PathCurves(Part):
    """Means over paths, point by point; `step` has one entry a gap."""

    alpha: NonNegative
    """Place on the path, 0 to 1."""
    step: NonNegative | None
    shift: Values | None
    fluency: Values | None
    norm: Values | None
    mahalanobis: Values | None
    prior_log_density: Values | None
    ci95: PathBands
    n: int
    """Paths."""

    def __post_init__(self) -> None:
        of_points = {key: getattr(self, key) for key in ("alpha", *AT_POINTS)}
        check_lengths(**of_points)
        for key in AT_POINTS:
            low, high = getattr(self.ci95, key) or (None, None)
            check_lengths(alpha=self.alpha, low=low, high=high)
        if self.step is not None and len(self.step) != len(self.alpha) - 1:
            raise ValueError("there is a step between each two points")


@dataclass(frozen=True)
class PathsResult(Part):
    """One checkpoint: a path for each pair."""

    name: str
    path: str | None
    kind: str
    path_kind: str
    paths: tuple[PathResult, ...]
    scores: Scores | None = None
    baselines: dict[str, Scores] | None = None
    curves: PathCurves | None = None


@dataclass(frozen=True)
class InterpolationResults(Part):
    """The results of `interpolate`."""

    scores: dict[str, str]
    """What each score says."""
    scoring_layer: int | None
    fluency_lm: str | None
    items: tuple[PathsResult, ...]


@dataclass(frozen=True)
class Step(Part):
    """One decoded point."""

    label: str
    text: str


@dataclass(frozen=True)
class Strength(Part):
    """Held-out pairs moved along an attribute vector."""

    strength: float
    right: Estimate
    """Share that is decoded to the second sentence."""
    unmoved: Estimate
    """Share that is still the first."""


@dataclass(frozen=True)
class MoveResult(Part):
    """One checkpoint."""

    name: str
    path: str | None
    kind: str
    steps: tuple[Step, ...]
    scores: tuple[Strength, ...] | None


@dataclass(frozen=True)
class MoveResults(Part):
    """The results of `move`."""

    items: tuple[MoveResult, ...]


@dataclass(frozen=True)
class ExampleResult(Part):
    """A sentence and what came back."""

    text: str
    output: str
    exact: bool
    """Word for word."""
    differs: tuple[bool, ...]
    """One flag a word of the output."""


@dataclass(frozen=True)
class PartResult(Part):
    """Some sentences, reconstructed."""

    n: int
    metrics: dict[str, Estimate]
    examples: tuple[ExampleResult, ...]


@dataclass(frozen=True)
class ReconstructionResult(Part):
    """One checkpoint."""

    name: str
    path: str | None
    kind: str
    parts: dict[str, PartResult]


@dataclass(frozen=True)
class ReconstructionResults(Part):
    """The results of `reconstruct`."""

    metrics: dict[str, str]
    """What each metric says."""
    items: tuple[ReconstructionResult, ...]
