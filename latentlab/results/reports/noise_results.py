"""What `noise` and `memorisation` find: decoding with noise on the latent, and the hash-map test."""

from dataclasses import dataclass

from latentlab.metrics import Estimate
from latentlab.results.reports.typed import Part, check_lengths

Points = tuple[tuple[float, float], ...]
MOST_SENTENCES = 5
"""Of a constellation: a figure has so many markers."""


@dataclass(frozen=True)
class DecodedMetrics(Part):
    """Sentences against what is decoded for them."""

    ter: Estimate
    """Token error rate."""
    exact_match: Estimate
    cosine: Estimate
    """Of an encoder's vectors."""


@dataclass(frozen=True)
class ByChance(Part):
    """The same against another sentence."""

    ter: Estimate
    cosine: Estimate


@dataclass(frozen=True)
class NoisePoint(Part):
    """One signal-to-noise ratio."""

    snr_db: float
    deviation: float
    """Standard deviation of the noise in each dimension."""
    ter: Estimate
    exact_match: Estimate
    cosine: Estimate


@dataclass(frozen=True)
class PosteriorPoint(Part):
    """Samples from the posterior in place of noise."""

    snr_db: float
    ter: Estimate
    exact_match: Estimate
    cosine: Estimate
    ter_white: Estimate
    """Token error rate of white noise of the same ratio."""


@dataclass(frozen=True)
class HalfErrorResult(Part):
    """Where half of what can be lost is lost."""

    snr: Estimate
    """dB."""
    slope: Estimate
    """Share lost a dB."""
    side: str
    """Where the sweep has it: `inside`, `above`, `below` or `nowhere`."""


@dataclass(frozen=True)
class NoisyExample(Part):
    """The first sentence at every point."""

    text: str
    clean: str
    points: tuple[str, ...]


@dataclass(frozen=True)
class NoiseDraws(Part):
    """Noisy copies of the sentences of a constellation."""

    at: Points
    sentence: tuple[int, ...]
    right: tuple[bool, ...]
    """Whether the sentence is decoded."""

    def __post_init__(self) -> None:
        check_lengths(at=self.at, sentence=self.sentence, right=self.right)


@dataclass(frozen=True)
class ConstellationResult(Part):
    """A plane through the latents of a few sentences, decoded."""

    sentences: tuple[str, ...]
    at: Points
    cloud: Points
    snr_db: float
    noise: NoiseDraws
    edges: tuple[float, ...]
    """Left, right, lower, upper."""
    texts: tuple[str, ...]
    regions: tuple[tuple[int, ...], ...]
    """Number of the text that is decoded at each point of a square grid."""

    def __post_init__(self) -> None:
        check_lengths(sentences=self.sentences, at=self.at)
        if not 1 <= len(self.sentences) <= MOST_SENTENCES or not set(self.sentences) <= set(self.texts):
            raise ValueError(f"there are 1 to {MOST_SENTENCES} sentences, and each is among the texts")
        if len(self.edges) != 4 or not (self.edges[0] < self.edges[1] and self.edges[2] < self.edges[3]):
            raise ValueError("edges are left, right, lower and upper")
        if not all(0 <= text < len(self.texts) for row in self.regions for text in row):
            raise ValueError(f"a region is a number from 0 to {len(self.texts) - 1}")
        if len(self.regions) < 2 or any(len(row) != len(self.regions) for row in self.regions):
            raise ValueError("regions are a square grid")
        if not all(0 <= number < len(self.sentences) for number in self.noise.sentence):
            raise ValueError(f"the sentence of a noisy copy is a number from 0 to {len(self.sentences) - 1}")


@dataclass(frozen=True)
class NoiseResult(Part):
    """One checkpoint with noise on its latents."""

    name: str
    path: str | None
    kind: str
    d: int
    total_variance: float
    """Of the latents, without noise."""
    clean: DecodedMetrics
    chance: ByChance
    points: tuple[NoisePoint, ...]
    half_error: HalfErrorResult
    posterior: PosteriorPoint | None
    example: NoisyExample
    constellation: ConstellationResult | None


@dataclass(frozen=True)
class NoiseResults(Part):
    """The results of `noise`."""

    metrics: dict[str, str]
    """What each metric says."""
    items: tuple[NoiseResult, ...]


@dataclass(frozen=True)
class CriterionResult(Part):
    """A criterion of a hash map."""

    threshold: float
    hash_like: str
    """Side of the threshold: `from` or `below`."""
    says: str


@dataclass(frozen=True)
class ReadingResult(Part):
    """What one criterion says."""

    verdict: str | None
    sure: bool
    """Whether the interval excludes the threshold."""


@dataclass(frozen=True)
class MemorisationVerdictResult(Part):
    """The verdict of a checkpoint and what it goes by."""

    verdict: str
    reason: str
    rule: str
    numbers: dict[str, Estimate | int | float | str | None]
    readings: dict[str, ReadingResult]


@dataclass(frozen=True)
class NoisyText(Part):
    """A sentence and a wrong decode."""

    text: str
    decoded: str
    snr_db: float


@dataclass(frozen=True)
class Middle(Part):
    """What is decoded halfway between two sentences."""

    a: str
    b: str
    middle: str


@dataclass(frozen=True)
class MemorisationExamples(Part):
    """A few texts behind the numbers."""

    noise: tuple[NoisyText, ...]
    middles: tuple[Middle, ...]


@dataclass(frozen=True)
class MemorisationResult(Part):
    """One checkpoint."""

    name: str
    path: str | None
    kind: str
    verdict: MemorisationVerdictResult
    criteria: dict[str, Estimate]
    beside: dict[str, Estimate]
    """Numbers that the criteria come from."""
    examples: MemorisationExamples
    d: int
    total_variance: float
    clean: DecodedMetrics
    chance: ByChance
    points: tuple[NoisePoint, ...]
    half_error: HalfErrorResult
    posterior: PosteriorPoint | None


@dataclass(frozen=True)
class MemorisationResults(Part):
    """The results of `memorisation`."""

    criteria: dict[str, CriterionResult]
    beside: dict[str, str]
    """What each number says."""
    items: tuple[MemorisationResult, ...]
