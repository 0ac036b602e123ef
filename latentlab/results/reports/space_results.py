"""What `anisotropy` finds: spaces with their clouds, posterior, gate and verdicts."""

from dataclasses import dataclass

from latentlab.metrics import Estimate
from latentlab.metrics.posterior import ActiveUnits
from latentlab.metrics.statistics.copies import Copies
from latentlab.results.reports.typed import Part, Values

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

    verdict: str
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
    counts: tuple[int, ...]


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


@dataclass(frozen=True)
class Scales(Part):
    """Intrinsic dimension against the number of rows."""

    n: Values
    twonn: Values
    mle_id: Values


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


@dataclass(frozen=True, kw_only=True)
class CloudResult(Part):
    """One cloud of vectors measured."""

    n: int
    """Rows."""
    d: int
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

    mean_variance: Values
    """Of the posterior means."""
    noise_variance: Values
    """Mean posterior variance."""


@dataclass(frozen=True, kw_only=True)
class PosteriorResult(Part):
    """One posterior measured."""

    metrics: dict[str, Estimate | ActiveUnits]
    kl_per_dim: Values
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
    def judged(self) -> CloudResult:
        """That cloud."""
        return self.clouds[self.representation]


@dataclass(frozen=True)
class AnisotropyResults(Part):
    """The results of `anisotropy` and `merge`."""

    items: tuple[SpaceResult, ...]


@dataclass(frozen=True)
class LayerResult(Part):
    """One hidden state of an encoder."""

    layer: int
    """0 is the embeddings."""
    n: int
    d: int
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
