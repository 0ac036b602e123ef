"""The task beside the geometry: does a sentence come back word for word from its latent point?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from latentlab.analysis.clouds import LoadedModel, Progress, pooled_once
from latentlab.analysis.comparison.sides import Difference
from latentlab.errors import UsageError
from latentlab.metrics import Estimate, exact_match
from latentlab.metrics.statistics.inference import equivalence, paired_sign_flip
from latentlab.metrics.statistics.means import COSINES, group_sums, mean_estimate
from latentlab.metrics.statistics.paired import disagreements, mcnemar, paired_proportions
from latentlab.metrics.streaming.sharding import Labels
from latentlab.metrics.text.reconstruction import own_less_other

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
    def of(cls, outputs: Sequence[str], texts: Sequence[str], groups: Labels | None = None) -> "Written":
        """From the texts themselves."""
        same = [output == text for output, text in zip(outputs, texts, strict=True)]
        words = [o.split() for o in outputs], [t.split() for t in texts]
        return cls(same, own_less_other(*words, groups=groups))


def written(
    models: Sequence[LoadedModel],
    texts: Sequence[str],
    *,
    groups: Labels | None = None,
    progress: Progress | None = None,
) -> Mapping[str, Written]:
    """By name of the model: what comes back of the sentences, decoded greedily from z = mu.

    `groups` are the labels of the sentences' groups.

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
        model.name: Written.of(_outputs(model, pooled[model.encoder_key], texts, progress), texts, groups)
        for model in writers
    }


def task_difference(
    a: Sequence[bool], b: Sequence[bool], margin: float, groups: Labels | None = None
) -> Difference:
    """Exact match of b against a on the same sentences; by groups, where these are given.

    Over sentences the interval is that of paired proportions and p McNemar's; over groups the interval is
    that of the mean difference, and p from random signs of whole groups.
    """
    truth = [True] * len(a)
    only_a, only_b = disagreements(a, b)
    if groups is None:
        delta, p = paired_proportions(a, b), mcnemar(a, b).p
    elif not only_a + only_b:
        # Groups then count as copies of one sentence, as in `proportion`.
        sizes = np.unique(groups, return_counts=True)[1]
        alike = [True] * max(int(len(a) ** 2 / (sizes**2).sum()), 1)
        delta, p = paired_proportions(alike, alike).from_rows(len(a)), 1.0
    else:
        gaps = np.array(b, dtype=float) - np.array(a, dtype=float)
        delta = mean_estimate(gaps, groups, within=COSINES).from_rows(len(a))
        p = paired_sign_flip(group_sums(gaps[:, None], groups)[:, 0].tolist()).p
    return Difference(
        exact_match(a, truth, groups=groups).from_rows(len(a)),
        exact_match(b, truth, groups=groups).from_rows(len(b)),
        delta,
        margin,
        p,
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
