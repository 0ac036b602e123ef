"""Four paths of texts that need no decoder, so that a score has a scale.

- `nearest`: the training sentence whose latent is nearest to each point: fluent by construction.
- `copy`: A up to the middle, then B: the step function.
- `mixed`: words of A, more and more of them replaced by those of B: no language model at all.
- `shuffled`: the decoded path of the next pair, scored as if it were this one's: what chance gives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int

from latentlab.analysis.interpolation.walk import DecodedPath
from latentlab.corpora import Corpus
from latentlab.errors import InputError
from latentlab.models.sentence_model import EncoderKey, SentenceModel

BASELINES = ("nearest", "copy", "mixed", "shuffled")
BANK = 2000


@dataclass(frozen=True)
class ReferenceSentences:
    """Training sentences, their pooled vectors by encoder, their latents by the weights."""

    texts: list[str]
    pooled: dict[EncoderKey, Float[np.ndarray, "n _p"]]
    latents: dict[str, Float[np.ndarray, "n _d"]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, models: Sequence[SentenceModel], train: Corpus, seed: int, n: int = BANK
    ) -> "ReferenceSentences":
        """Those of the sentences that all models can write, of n at most.

        Raises:
            InputError: None is left.
        """
        drawn = train.sample(min(n, len(train)), seed).texts
        bad = {i for model in models for i in model.too_long(drawn)}
        texts = [text for i, text in enumerate(drawn) if i not in bad]
        if not texts:
            raise InputError(f"the models can write no sentence of {train.name}", "name others with --corpus")
        pooled: dict[EncoderKey, Float[np.ndarray, "n _p"]] = {}
        for model in models:
            if model.encoder_key not in pooled:
                pooled[model.encoder_key] = model.pool(texts)
        return cls(texts, pooled)

    def nearest(self, model: SentenceModel, z: Float[np.ndarray, "n d"]) -> list[str]:
        """The sentence with the nearest latent for each row, by Euclidean distance."""
        return [self.texts[i] for i in self._nearest(model, z)[0]]

    def distances(self, model: SentenceModel, z: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """From each row to the nearest latent of a sentence."""
        places, known = self._nearest(model, z)
        return np.asarray(np.linalg.norm(z - known[places], axis=1))

    def _nearest(
        self, model: SentenceModel, z: Float[np.ndarray, "n d"]
    ) -> tuple[Int[np.ndarray, " n"], Float[np.ndarray, "m d"]]:
        known = self.latents.get(model.fingerprint)
        if known is None:
            pooled = self.pooled[model.encoder_key]
            known = model.encode_pooled(pooled, self.texts).mu.astype(np.float64)
            if model.fingerprint:  # weights that were never in a file have none
                self.latents[model.fingerprint] = known
        squares = (known**2).sum(axis=1) - 2 * z @ known.T
        return squares.argmin(axis=1), known


def baseline_texts(
    model: SentenceModel, paths: Sequence[DecodedPath], reference: ReferenceSentences, *, seed: int
) -> Mapping[str, list[list[str]]]:
    """For each baseline a path of texts a pair; `shuffled` only where there is another pair."""
    steps = len(paths[0].z)
    nearest = reference.nearest(model, np.concatenate([path.z for path in paths]))
    rng = np.random.default_rng(seed)
    found = {
        "nearest": [nearest[i * steps : (i + 1) * steps] for i in range(len(paths))],
        "copy": [copied(path.pair.a, path.pair.b, steps) for path in paths],
        "mixed": [mixed(path.pair.a, path.pair.b, steps, rng=rng) for path in paths],
    }
    if len(paths) > 1:
        found["shuffled"] = [paths[(i + 1) % len(paths)].texts[0] for i in range(len(paths))]
    return found


def copied(a: str, b: str, steps: int) -> list[str]:
    """The step function.

    >>> copied("a", "b", 4)
    ['a', 'a', 'b', 'b']
    """
    return [a] * (steps // 2) + [b] * (steps - steps // 2)


def mixed(a: str, b: str, steps: int, *, rng: np.random.Generator) -> list[str]:
    """Word by word, the place decides when: each has a moment of its own at which B's word comes in.

    >>> mixed("a b", "c d", 2, rng=np.random.default_rng(0))
    ['a b', 'c d']
    """
    left, right = a.split(), b.split()
    moments = rng.permutation(max(len(left), len(right))) + 0.5
    moments /= len(moments)
    texts = []
    for t in np.linspace(0, 1, steps):
        words = [right if t > moment else left for moment in moments]
        texts.append(" ".join(side[i] for i, side in enumerate(words) if i < len(side)))
    return texts
