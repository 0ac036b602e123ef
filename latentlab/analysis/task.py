"""The task beside the geometry: does a sentence come back word for word from its latent point?"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from latentlab.analysis.contrast import Difference
from latentlab.analysis.latents import LoadedModel, Progress, pooled_once
from latentlab.errors import UsageError
from latentlab.metrics import exact_match
from latentlab.metrics.inference import equivalence
from latentlab.metrics.paired import disagreements, mcnemar, paired_proportions

CHUNK = 256


@runtime_checkable
class Writer(LoadedModel, Protocol):
    """A checkpoint that can write sentences."""

    def decode(self, z: np.ndarray) -> list[str]:
        """One text a latent."""
        ...


def exact_matches(
    models: Sequence[LoadedModel], texts: Sequence[str], *, progress: Progress | None = None
) -> Mapping[str, Sequence[bool]]:
    """By name of the model: which sentences come back, decoded greedily from z = mu.

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
    return {model.name: _came_back(model, pooled[model.encoder_key], texts, progress) for model in writers}


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


def _came_back(
    model: Writer, pooled: np.ndarray, texts: Sequence[str], progress: Progress | None
) -> list[bool]:
    encoding: Any = model.encode_pooled(pooled.astype(np.float32), texts)
    same: list[bool] = []
    for start in range(0, len(texts), CHUNK):
        outputs = model.decode(encoding.mu[start : start + CHUNK])
        same += [output == text for output, text in zip(outputs, texts[start : start + CHUNK], strict=True)]
        if progress:
            progress(f"decoding {model.name}", len(same), len(texts))
    return same
