"""The latent as a signal: sent through noise, decoded, and compared with what was sent.

Stages that can be called alone: `signal_of` (sentences to latents and their power), `noises`, `send` (one
SNR) or `sweep` (all of them in one go), `hear` (texts to errors), `error_curve`; `run_of` puts them together.
Sentence i under seed s gets the same noise at every SNR but for its size, and in every checkpoint of one
width: curves differ by the code, not by the dice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from latentlab.analysis.decoding import Progress, Written, decode, decode_rows
from latentlab.analysis.meaning import Meaning
from latentlab.errors import InputError, UsageError
from latentlab.metrics import Estimate, check_cloud, levenshtein
from latentlab.metrics.statistics.means import COSINES, mean_estimate, proportion
from latentlab.metrics.streaming.sharding import Labels
from latentlab.metrics.text.noise_curves import (
    ErrorCurve,
    HalfError,
    half_error,
    noise_deviation,
    total_variance,
)
from latentlab.models.sentence_model import SentenceModel

NOISE_METRICS = {
    "ter": "token edits needed per token of the sentence",
    "exact_match": "share of decodes that are the sentence word for word",
    "cosine": "cosine of decode and sentence by an encoder layer that the checkpoint does not read",
}
"""Of a point of the sweep; all intervals are 95 %, over sentences, or over their groups where these are told.
The noise seeds of a sentence are averaged first."""
_MOST_POINTS = 200
_OTHERS = 20
"""Sentences that each is compared with to know how many errors chance makes."""


@dataclass(frozen=True)
class Sweep:
    """Which noise is added."""

    low: float = -10.0
    """Lowest SNR, dB."""
    high: float = 30.0
    step: float = 2.5
    seeds: int = 3
    """Noises for each sentence."""
    seed: int = 0

    def __post_init__(self) -> None:
        if not (np.isfinite([self.low, self.high, self.step]).all() and self.low < self.high):
            raise UsageError(
                f"a sweep goes from a low to a higher SNR, got {self.low:g} to {self.high:g} dB",
                "--low -10 --high 10, say",
            )
        width = self.high - self.low
        if not 0 < self.step <= width or width / self.step >= _MOST_POINTS:
            raise UsageError(
                f"a sweep has 2 to {_MOST_POINTS} points, steps of {self.step:g} dB do not give them",
                f"--step of more than {width / _MOST_POINTS:g}, at most {width:g}",
            )
        if self.seeds < 1:
            raise UsageError(f"there is at least 1 noise seed, got {self.seeds}", "--seeds 1 or more")

    @property
    def snr(self) -> list[float]:
        """The points in dB, ascending from the lowest."""
        count = int(np.floor((self.high - self.low) / self.step + 1e-9)) + 1
        return [round(self.low + i * self.step, 9) for i in range(count)]


@dataclass(frozen=True)
class Signal:
    """Sentences as one checkpoint sends them."""

    texts: list[str]
    tokens: list[list[int]]
    """In the decoder's vocabulary."""
    z: Float[np.ndarray, "n d"]
    """At z = mu."""
    deviation: Float[np.ndarray, "n d"] | None
    """σ of the posterior; None for a deterministic head."""
    power: float
    """Total variance of the latents, see `metrics.text.noise_curves.total_variance`."""
    groups: Labels | None = None
    """Labels of the groups that the sentences come in; None where each is on its own."""


@dataclass(frozen=True)
class Heard:
    """What came out at one point: a list of texts for each noise seed, and means over seeds by sentence."""

    texts: list[list[str]]
    edits: Float[np.ndarray, " n"]
    """Token edits."""
    hits: Float[np.ndarray, " n"]
    """Share of seeds with the sentence word for word."""
    cosines: Float[np.ndarray, "seeds n"]

    def metrics(self, ter: Estimate, groups: Labels | None = None) -> dict[str, Estimate]:
        """The keys of NOISE_METRICS; the exact match has the interval of one seed, too wide for more."""
        n = len(self.hits)
        cosine = mean_estimate(self.cosines.mean(axis=0), groups, within=COSINES).from_rows(n)
        return {"ter": ter, "exact_match": proportion(self.hits, groups).from_rows(n), "cosine": cosine}


@dataclass(frozen=True)
class Run:
    """One checkpoint: what was sent, what came out at every point, and what is read off it."""

    signal: Signal
    clean: Heard
    points: list[Heard]
    curve: ErrorCurve
    half: HalfError


def signal_of(model: SentenceModel, texts: Sequence[str], groups: Labels | None = None) -> Signal:
    """Encode at least 2 sentences, none too long for the model; `groups` labels what belongs together.

    Raises:
        InputError: There are fewer, or fewer than 2 groups, or all have one latent, so that nothing is sent.
    """
    if len(texts) < 2:
        raise InputError(f"expected at least 2 sentences, got {len(texts)}", "give a larger corpus, or --n")
    if groups is not None and len(np.unique(groups)) < 2:
        raise InputError(f"all {len(texts)} sentences are of one group", "give more of them, or omit --group")
    encoding = model.encode(texts)
    z = check_cloud(encoding.mu, f"{model.name}, mu")
    power = total_variance(z)
    if not power > 0:
        raise InputError(f"{model.name} gives all {len(texts)} sentences the same latent: nothing is sent")
    deviation = None if encoding.logvar is None else np.exp(0.5 * encoding.logvar.astype(np.float64))
    return Signal(list(texts), model.tokenizer.encode(texts), z, deviation, power, groups)


def noises(n: int, d: int, *, seeds: int, seed: int) -> Float[np.ndarray, "seeds n d"]:
    """Standard normal noise; that of the first sentences does not depend on how many there are."""
    return np.stack([np.random.default_rng([seed, s]).standard_normal((n, d)) for s in range(seeds)])


def send(model: SentenceModel, signal: Signal, snr: float, *, seed: int = 0) -> list[str]:
    """The texts of all sentences at one SNR under one noise seed; an infinite SNR is no noise."""
    noise = noises(*signal.z.shape, seeds=1, seed=seed)[0]
    return decode(model, signal.z + noise_deviation(signal.power, signal.z.shape[1], snr) * noise).texts


def sweep(
    model: SentenceModel, signal: Signal, asked: Sweep, *, progress: Progress | None = None
) -> list[list[Written]]:
    """Texts and tokens for each point and each seed; all are decoded together."""
    n, d = signal.z.shape
    noise = noises(n, d, seeds=asked.seeds, seed=asked.seed)
    deviations = np.array([noise_deviation(signal.power, d, snr) for snr in asked.snr])
    shape = (len(deviations), asked.seeds, n)

    def rows(numbers: np.ndarray) -> Float[np.ndarray, "k d"]:
        point, seed, sentence = np.unravel_index(numbers, shape)
        return np.asarray(signal.z[sentence] + deviations[point, None] * noise[seed, sentence])

    written = decode_rows(model, rows, int(np.prod(shape)), progress=progress)
    runs = [
        Written(written.texts[at : at + n], written.tokens[at : at + n])
        for at in range(0, len(written.texts), n)
    ]
    return [runs[at : at + asked.seeds] for at in range(0, len(runs), asked.seeds)]


def hear(signal: Signal, tries: Sequence[Written], meaning: Meaning) -> Heard:
    """Errors of what came out at one point, a `Written` a seed."""
    edits = np.array([token_edits(seed.tokens, signal.tokens) for seed in tries])
    hits = np.array([[a == b for a, b in zip(seed.texts, signal.texts, strict=True)] for seed in tries])
    sent = meaning.units(signal.texts)
    cosines = np.array([(meaning.units(seed.texts) * sent).sum(axis=1) for seed in tries])
    return Heard([seed.texts for seed in tries], edits.mean(axis=0), hits.mean(axis=0), cosines)


def run_of(
    model: SentenceModel,
    texts: Sequence[str],
    asked: Sweep,
    meaning: Meaning,
    *,
    groups: Labels | None = None,
    progress: Progress | None = None,
) -> Run:
    """One checkpoint through the whole sweep; at least 2 sentences, none too long for it."""
    signal = signal_of(model, texts, groups)
    clean = decode(model, signal.z)
    heard = hear(signal, [clean], meaning)
    points = [hear(signal, tries, meaning) for tries in sweep(model, signal, asked, progress=progress)]
    curve = error_curve(signal, clean, heard, points, asked)
    return Run(signal, heard, points, curve, half_error(curve))


def error_curve(
    signal: Signal, clean: Written, heard: Heard, points: Sequence[Heard], asked: Sweep
) -> ErrorCurve:
    """Error rates and their resamples; chance gives the clean texts of the next sentences, up to 20."""
    n = len(signal.texts)
    turned = [clean.tokens[shift:] + clean.tokens[:shift] for shift in range(1, min(n - 1, _OTHERS) + 1)]
    chance = np.mean([token_edits(others, signal.tokens) for others in turned], axis=0)
    lengths = np.array([len(ids) for ids in signal.tokens], dtype=np.float64)
    edits = np.array([point.edits for point in points])
    rng = np.random.default_rng(asked.seed)
    return ErrorCurve.of(asked.snr, edits, heard.edits, chance, lengths, rng=rng, groups=signal.groups)


def token_edits(got: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> Float[np.ndarray, " n"]:
    """Edits from what was written to what was sent, sentence by sentence."""
    return np.array(
        [0 if a == b else levenshtein(a, b) for a, b in zip(got, wanted, strict=True)], dtype=np.float64
    )
