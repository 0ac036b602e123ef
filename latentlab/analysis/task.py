"""The task beside the geometry: does a sentence come back word for word from its latent point?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from latentlab.analysis.latents import LoadedModel, Progress, pooled_once
from latentlab.analysis.sides import Difference
from latentlab.errors import UsageError
from latentlab.metrics import Estimate, exact_match
from latentlab.metrics.inference import equivalence
from latentlab.metrics.paired import disagreements, mcnemar, paired_proportions
from latentlab.metrics.text import own_less_other

CHUNK = 256


@runtime_checkable
class Writer(LoadedModel, Protocol):
    """A checkpoint that can write sentences."""

    def decode(self, z: np.ndarray) -> list[str]:
        """One text a latent."""
        ...


@dataclass(frozen=True)
class Written:
    """What one model wrote for each sentence."""

    came_back: list[bool]
    own_less_other: Estimate
    """Share of words in place: of its own sentence less that of another; 0 of a decoder that ignores z."""

    @classmethod
    def of(cls, outputs: Sequence[str], texts: Sequence[str]) -> "Written":
        """From the texts themselves."""
        same = [output == text for output, text in zip(outputs, texts, strict=True)]
        return cls(same, own_less_other([o.split() for o in outputs], [t.split() for t in texts]))


def written(
    models: Sequence[LoadedModel], texts: Sequence[str], *, progress: Progress | None = None
) -> Mapping[str, Written]:
    """By name of the model: what comes back of the sentences, decoded greedily from z = mu.

    Raises:
        UsageError: A model cannot write, or there are no sentences.
    """
    if not texts:
        raise UsageError("there are no held-out sentences for --task", "give a larger corpus")
    writers = [model for model in models if isinstance(model, Writer)]
    if len(writers) < len(models):
        silent = next(model.name for model in models if not isinstance(model, Writer))
        raise UsageError(f"{silent} cannot write sentences, so it has no exact match", "leave --task away")
    pooled = pooled_once(models, texts)
    return {
        model.name: Written.of(_outputs(model, pooled[model.encoder_key], texts, progress), texts)
        for model in writers
    }


def task_difference(a: Sequence[bool], b: Sequence[bool], margin: float) -> Difference:
    """Exact match of b against a on the same sentences."""
    truth = [True] * len(a)
    delta = paired_proportions(a, b)
    only_a, only_b = disagreements(a, b)
    return Difference(
        exact_match(a, truth).from_rows(len(a)),
        exact_match(b, truth).from_rows(len(b)),
        delta,
        margin,
        mcnemar(a, b).p,
        equivalence(delta, margin),
        more={"only_a": only_a, "only_b": only_b},
    )


def _outputs(model: Writer, pooled: np.ndarray, texts: Sequence[str], progress: Progress | None) -> list[str]:
    encoding: Any = model.encode_pooled(pooled.astype(np.float32), texts)
    outputs: list[str] = []
    for start in range(0, len(texts), CHUNK):
        outputs += model.decode(encoding.mu[start : start + CHUNK])
        if progress:
            progress(f"decoding {model.name}", len(outputs), len(texts))
    return outputs
