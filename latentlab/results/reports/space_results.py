"""What `anisotropy` finds: spaces with their clouds, posterior, gate and verdicts."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from latentlab.metrics import Estimate
from latentlab.metrics.posterior import ActiveUnits
from latentlab.metrics.statistics.copies import Copies
from latentlab.metrics.verdicts.gate import GateVerdict
from latentlab.results.reports.typed import Count, NonNegative, Part, Values, check_lengths

PRIMARY_REPRESENTATION = ("mu", "latents")
"""The cloud that verdicts refer to: the first of these that a space has."""
Numbers = dict[str, Estimate | int | float | str | None]


@dataclass(frozen=True)
class VerdictResult(Part):
    """A verdict on one axis, the numbers and thresholds behind it, and the rule that gave it."""

    verdict: str
    numbers: Numbers
    reason: str


@dataclass(frozen=True)
class GateResult(Part):
    """The collapse gate and the numbers behind it; None where there is no posterior."""

    verdict: GateVerdict
    kl_total: float | None = None
    information: float | None = None
    mi_upper_bound: float | None = None
    ln_n: float | None = None
    signal_share: float | None = None
    effective_dims: float | None = None
    d: int | None = None
    reason: str = ""
    thresholds: dict[str, float | None] | None = None


@dataclass(frozen=True)
class Histogram(Part):
    """Cosines of pairs."""

    edges: tuple[float, ...]
    """Ascending, one more than counts."""
    counts: tuple[Count, ...]

    def __post_init__(self) -> None:
        if len(self.edges) != len(self.counts) + 1:
            raise ValueError("there is one edge more than counts")
        if self.edges[0] < -1.000001 or any(high <= low for low, high in pairwise(self.edges)):
            raise ValueError("edges are ascending, from -1")


@dataclass(frozen=True)
class Quantiles(Part):
    """Quantiles of the standardised dimensions beside those of a normal distribution."""

    normal: Values
    median: Values
    low: Values
    high: Values
    worst: Values
    worst_dim: int
    """The dimension farthest from normal."""

    def __post_init__(self) -> None:
        check_lengths(normal=self.normal, median=self.median, low=self.low, high=self.high, worst=self.worst)


@dataclass(frozen=True)
class Scales(Part):
    """Intrinsic dimension against the number of rows."""

    n: Values
    twonn: Values
    mle_id: Values

    def __post_init__(self) -> None:
        check_lengths(n=self.n, twonn=self.twonn, mle_id=self.mle_id)


@dataclass(frozen=True)
class CloudCurves(Part):
    """Lists that figures of a cloud are drawn from; None where a report has none."""

    eigenvalues: Values | None = None
    """Of the covariance, descending."""
    mean: Values | None = None
    cosine_contributions: Values | None = None
    """Share of the mean cosine of each dimension."""
    intrinsic: Scales | None = None
    cosines: Histogram | None = None
    quantiles: Quantiles | None = None

    def __post_init__(self) -> None:
        known = [value for value in self.eigenvalues or () if value is not None]
        if known and min(known) < -1e-6 * max(known):
            raise ValueError("eigenvalues of a covariance are at least 0")


@dataclass(frozen=True, kw_only=True)
class CloudResult(Part):
    """One cloud of vectors measured."""

    n: Count
    """Rows."""
    d: Annotated[Count, Field(ge=1)]
    """Dimensions."""
    sampled: int
    """Rows behind the metrics that need rows themselves."""
    note: str | None = None
    copies: Copies | None = None
    """What the sample says of repeated rows."""
    groups: int | None = None
    """Number of groups that the rows come in."""
    groups_estimated: bool = False
    metrics: dict[str, Estimate]
    reference: dict[str, Estimate]
    """Values of an isotropic Gaussian of this size."""
    curves: CloudCurves


@dataclass(frozen=True)
class PosteriorCurves(Part):
    """Variances of each dimension."""

    mean_variance: NonNegative
    """Of the posterior means."""
    noise_variance: NonNegative
    """Mean posterior variance."""

    def __post_init__(self) -> None:
        check_lengths(mean_variance=self.mean_variance, noise_variance=self.noise_variance)


@dataclass(frozen=True, kw_only=True)
class PosteriorResult(Part):
    """One posterior measured."""

    metrics: dict[str, Estimate | ActiveUnits]
    kl_per_dim: NonNegative
    """Nats."""
    information_per_dim: Values | None = None
    """Nats."""
    collapsed_dims: dict[str, int]
    """Number of collapsed dimensions by ε."""
    curves: PosteriorCurves


@dataclass(frozen=True)
class SpaceResult(Part):
    """One checkpoint, or one file of vectors."""

    name: str
    path: str | None
    kind: str
    """`vib`, `deterministic` or `vectors`."""
    fingerprint: str | None
    step: int | None
    gate: GateResult
    verdict: dict[str, VerdictResult]
    """By axis."""
    clouds: dict[str, CloudResult]
    posterior: PosteriorResult | None

    def __post_init__(self) -> None:
        if not any(key in self.clouds for key in PRIMARY_REPRESENTATION):
            raise ValueError(f"a space has a cloud {' or '.join(PRIMARY_REPRESENTATION)}")

    @property
    def representation(self) -> str:
        """The cloud that verdicts refer to: `mu`, or `latents` of bare vectors."""
        return next(key for key in PRIMARY_REPRESENTATION if key in self.clouds)

    @property
    def primary(self) -> CloudResult:
        """That cloud."""
        return self.clouds[self.representation]


@dataclass(frozen=True)
class AnisotropyResults(Part):
    """The results of `anisotropy` and `merge`."""

    items: tuple[SpaceResult, ...]


@dataclass(frozen=True)
class LayerResult(Part):
    """One hidden state of an encoder."""

    layer: Count
    """0 is the embeddings."""
    n: int
    d: Annotated[Count, Field(ge=1)]
    metrics: dict[str, Estimate]
    reference: dict[str, Estimate]


@dataclass(frozen=True)
class EncoderResult(Part):
    """One encoder, layer by layer."""

    name: str
    path: str | None
    sha256: str | None
    pooling: str
    checkpoints: tuple[str, ...]
    """Those that read it."""
    read: tuple[int, ...]
    """Layers that they read."""
    layers: tuple[LayerResult, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class LayersResults(Part):
    """The results of `anisotropy --layers`."""

    items: tuple[EncoderResult, ...]
