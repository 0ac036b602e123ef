"""Pairs of sentences in several models, fast: what a page shows after a click.

The heavy parts (reference sentences, reader, fluency LM) are made once and passed in; the rest is one batch a
model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from latentlab.analysis.interpolation.interpolations import scoring_encoder
from latentlab.analysis.interpolation.path_baselines import ReferenceSentences
from latentlab.analysis.interpolation.path_scores import FluencyLM, PathScorer, embedded, shipped_fluency_lm
from latentlab.analysis.interpolation.walk import DecodedPath, WalkOptions, walk
from latentlab.corpora import Corpus
from latentlab.corpora.pair_files import Pair
from latentlab.metrics.text.path_quality import edit_steps
from latentlab.models.sentence_model import SentenceModel, TextEncoder


@dataclass(frozen=True)
class ScoringResources:
    """What paths are set against, made once for a set of models."""

    reference: ReferenceSentences
    reader: TextEncoder
    """An encoder layer that the models do not use."""
    fluency_lm: FluencyLM

    @classmethod
    def of(
        cls,
        models: Sequence[SentenceModel],
        train: Corpus,
        *,
        encoder: Path | None = None,
        offline: bool = False,
        seed: int = 0,
        fluency_lm: FluencyLM | None = None,
        reader: TextEncoder | None = None,
    ) -> "ScoringResources":
        """Encodes some two thousand training sentences and learns the fluency LM, if none is given: seconds.

        `reader`, where several benches share one, is what `scoring_encoder` gives for the first model.
        """
        reader = reader or scoring_encoder(models[0], folder=encoder, offline=offline)
        return cls(ReferenceSentences.of(models, train, seed), reader, fluency_lm or shipped_fluency_lm())


@dataclass(frozen=True)
class Walked:
    """One path, with what is known of each point: arrays of (steps,)."""

    name: str
    path: DecodedPath
    nearness: Float[np.ndarray, " steps"]
    """Cosine with B minus cosine with A, by the reader."""
    edits: Float[np.ndarray, " gaps"]
    fluency: Float[np.ndarray, " steps"]
    """Perplexity over that of the two ends."""
    scores: dict[str, float | None]
    nearest: list[str]
    """The training sentence whose latent is nearest to each point: retrieval, which needs no decoder."""


def walk_pairs(
    models: Sequence[SentenceModel], pairs: Sequence[Pair], options: WalkOptions, resources: ScoringResources
) -> list[list[Walked]]:
    """The paths of each pair in each model, decoded and scored: the same alone as in company, but faster.

    The round trip is left out of the scores, for it takes a second encoding.
    """
    pooled: dict[Any, Any] = {}
    paths = [walk(model, pairs, options, pooled=pooled) for model in models]
    said = [text for of_model in paths for path in of_model for text in path.texts[0]]
    vectors = embedded(resources.reader, [*(end for pair in pairs for end in (pair.a, pair.b)), *said])
    scorer = PathScorer(resources.fluency_lm, vectors, {}, 0.0)
    return [
        [
            _scored(model, of_model[i], scorer, resources)
            for model, of_model in zip(models, paths, strict=True)
        ]
        for i in range(len(pairs))
    ]


def _scored(
    model: SentenceModel, path: DecodedPath, scorer: PathScorer, resources: ScoringResources
) -> Walked:
    a, b = (_unit(scorer.vectors[end]) for end in (path.pair.a, path.pair.b))
    rows = np.stack([_unit(scorer.vectors[text]) for text in path.texts[0]])
    ends = resources.fluency_lm.perplexity([path.pair.a, path.pair.b])
    return Walked(
        model.name,
        path,
        nearness=rows @ b - rows @ a,
        edits=edit_steps(path.texts[0]),
        fluency=np.array([resources.fluency_lm.perplexity([text]) / ends for text in path.texts[0]]),
        scores=scorer.score(path.pair, path.texts[0], path.z),
        nearest=resources.reference.nearest(model, path.z),
    )


def marked_words(before: str, text: str) -> list[tuple[str, bool]]:
    """The words of a text, each with whether it is new against the text before: not in their longest match.

    >>> marked_words("the cat sleeps", "the dog sleeps")
    [('the', False), ('dog', True), ('sleeps', False)]
    """
    from difflib import SequenceMatcher

    old, new = before.split(), text.split()
    kept = set()
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        kept |= set(range(block.b, block.b + block.size))
    return [(word, i not in kept) for i, word in enumerate(new)]


def _unit(vector: Float[np.ndarray, " p"]) -> Float[np.ndarray, " p"]:
    return np.asarray(vector / (np.linalg.norm(vector) or 1.0))
