"""Scores of paths of texts, each by something that the model does not use: a language model, another layer.

A path is scored alone (`PathScorer.score`), then paths are averaged by group with 95 % intervals over pairs
(`averaged`). No score is a verdict: read each beside those of the baselines (`path_baselines`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from latentlab.corpora import shipped_corpus
from latentlab.corpora.pair_files import Pair, middles
from latentlab.metrics import Estimate, undefined
from latentlab.metrics.statistics.means import mean_estimate, proportion
from latentlab.metrics.text.ngram import NGram
from latentlab.metrics.text.path_quality import (
    detour_ratio,
    edit_steps,
    largest_step_share,
    length_drift,
    monotone_shift,
    repetition,
    seed_share,
    smoothness_ratio,
)
from latentlab.models.sentence_model import TextEncoder

SCORES = {
    "fluency": "perplexity of the points between the ends over that of the two sentences; 1 is as "
    "fluent; geometric mean over pairs",
    "fluency_middle": "the same for the point halfway alone",
    "monotone_shift": "Spearman correlation of place and nearness to B, 1 is best, a single jump reads .87",
    "largest_step_share": "largest step in words over the whole path; 1 is a single jump",
    "distinct": "number of different sentences; 2 is a jump",
    "endpoint_fidelity": "share of the two ends that come back word for word",
    "kept": "share of middles that are a sentence of the grammar with every factor that the ends share",
    "round_trip": "distance of a text's latent from the point it was decoded from, over the cloud's radius",
    "detour_ratio": "length of the path over the distance of its ends; a straight path and a jump read 1",
    "length_drift": "how far lengths stray from the line between those of the ends",
    "repetition": "share of texts that repeat a word or a pair of words",
    "seed_share": "share of what moves that comes from the decoder's dice; with a temperature and seeds",
    "smoothness_flawed": "1 / detour_ratio, known from the literature: gives its best to a single jump",
}
"""Key in the report -> what it says."""
_LOGARITHMIC = ("fluency", "fluency_middle")
_SHARES = ("endpoint_fidelity", "kept")
"""Means of yes and no: their interval has a width also where all paths say yes."""
Scores = dict[str, float | None]
Vectors = Mapping[str, Float[np.ndarray, " p"]]
Latents = Mapping[str, Float[np.ndarray, " d"]]


@cache
def shipped_fluency_lm() -> NGram:
    """The 5-gram fluency LM, learned from the shipped training sentences on first use."""
    return NGram.fit(shipped_corpus().split("train").texts)


def embedded(encoder: TextEncoder, texts: Iterable[str]) -> dict[str, Float[np.ndarray, " p"]]:
    """A vector for each different text, all encoded at once; texts without a letter of any kind get zero."""
    unique = list(dict.fromkeys(texts))
    full = [text for text in unique if text.strip()]
    found = dict(zip(full, encoder.encode(full).astype(np.float64), strict=True)) if full else {}
    width = len(next(iter(found.values()))) if found else 1
    return {text: found.get(text, np.zeros(width)) for text in unique}


@runtime_checkable
class FluencyLM(Protocol):
    """What says how fluent texts are, an `NGram` or a `models.fluency_lm.CausalFluencyLM`."""

    def perplexity(self, texts: Sequence[str]) -> float:
        """exp(−mean log p); range [1, inf), lower is more fluent."""


@dataclass(frozen=True)
class PathScorer:
    """What paths of one checkpoint are scored with."""

    fluency_lm: FluencyLM
    vectors: Vectors
    """Of the scoring layer, by text."""
    latents: Latents
    """Of the checkpoint, by text; texts it cannot read are missing."""
    radius: float
    """Root of the total variance of the training latents."""

    def score(
        self,
        pair: Pair,
        texts: Sequence[str],
        z: Float[np.ndarray, "steps d"],
        seeds: Sequence[Sequence[str]] = (),
    ) -> Scores:
        """All of SCORES for one path; None where a score is not defined."""
        vectors = np.stack([self.vectors[text] for text in texts])
        steps = edit_steps(texts)
        inner, middle = texts[1:-1], texts[len(texts) // 2]
        return {
            "fluency": self._fluency(pair, inner),
            "fluency_middle": self._fluency(pair, [middle]) if inner else None,
            "monotone_shift": monotone_shift(vectors, self.vectors[pair.a], self.vectors[pair.b]),
            "largest_step_share": largest_step_share(steps),
            "distinct": float(len(set(texts))),
            "endpoint_fidelity": ((texts[0] == pair.a) + (texts[-1] == pair.b)) / 2,
            "kept": float(middle in _middles(pair)) if inner and pair.kind in ("one", "two") else None,
            "round_trip": self._round_trip(texts, z),
            "detour_ratio": detour_ratio(vectors),
            "length_drift": length_drift(texts),
            "repetition": repetition(texts),
            "seed_share": seed_share(np.stack([[self.vectors[text] for text in path] for path in seeds]))
            if len(seeds) > 1
            else None,
            "smoothness_flawed": smoothness_ratio(vectors),
        }

    def _fluency(self, pair: Pair, texts: Sequence[str]) -> float | None:
        if not texts:
            return None
        return self.fluency_lm.perplexity(texts) / self.fluency_lm.perplexity([pair.a, pair.b])

    def _round_trip(self, texts: Sequence[str], z: Float[np.ndarray, "steps d"]) -> float | None:
        gaps = [
            float(np.linalg.norm(self.latents[text] - point))
            for text, point in zip(texts, z, strict=True)
            if text in self.latents
        ]
        return float(np.mean(gaps)) / self.radius if gaps and self.radius > 0 else None


def averaged(pairs: Sequence[Pair], scores: Sequence[Scores]) -> dict[str, dict[str, Estimate]]:
    """Means over all pairs and over each kind of pair, by group and key; n counts pairs with a value."""
    kinds = list(dict.fromkeys(pair.kind for pair in pairs))
    groups = {"all pairs": list(scores)}
    if len(kinds) > 1:
        groups |= {
            kind: [score for pair, score in zip(pairs, scores, strict=True) if pair.kind == kind]
            for kind in kinds
        }
    return {
        group: {key: _mean([score[key] for score in members], key) for key in SCORES}
        for group, members in groups.items()
    }


def _mean(values: Sequence[float | None], key: str) -> Estimate:
    found = np.array([value for value in values if value is not None], dtype=np.float64)
    if not len(found):
        return undefined("no path for which it is defined")
    if key in _SHARES:
        return proportion(found).from_rows(len(found))
    logarithmic = key in _LOGARITHMIC
    estimate = mean_estimate(np.log(found) if logarithmic else found)
    if logarithmic and estimate.value is not None:
        mean = float(np.exp(estimate.value))
        low_high = None if estimate.ci95 is None else (np.exp(estimate.ci95[0]), np.exp(estimate.ci95[1]))
        se = None if estimate.se is None else float(mean * estimate.se)
        estimate = Estimate(mean, se, low_high, estimate.note)
    return estimate.from_rows(len(found))


@cache
def _known(shared: tuple[tuple[str, str], ...]) -> frozenset[str]:
    return middles(dict(shared))


def _middles(pair: Pair) -> frozenset[str]:
    return _known(tuple(sorted(pair.shared.items())))
