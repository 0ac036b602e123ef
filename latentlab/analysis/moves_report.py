"""Moves other than a path between two sentences, decoded: arithmetic, attributes, single dimensions, samples.

Every stage takes one model and gives `Step`s, a label and a text each; `move` sets several models side by
side.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from latentlab.analysis.decoding import check_decoders, decode
from latentlab.analysis.interpolation.walk import latent_statistics
from latentlab.analysis.report_provenance import report_provenance
from latentlab.corpora.counterparts import Counterpart
from latentlab.corpora.normalisation import is_blank
from latentlab.errors import InputError, LatentsError
from latentlab.geometry import (
    arithmetic,
    attribute_vector,
    neighbourhood,
    prior_samples,
    traversal,
)
from latentlab.metrics.text.reconstruction import exact_match
from latentlab.models.sentence_model import EncoderKey, SentenceModel
from latentlab.results import Inputs, Report
from latentlab.results.reports.decoding_results import MoveResults

STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Multiples of an attribute vector that are tried."""


class Step(NamedTuple):
    """One decoded point."""

    label: str
    text: str


Stage = Callable[[SentenceModel], list[Step]]


def combine(model: SentenceModel, a: str, b: str, c: str) -> list[Step]:
    """A − B + C: what A has and B lacks, put on C. The three come first, as they are decoded themselves."""
    mu = _latents(model, [a, b, c])
    rows = np.concatenate([mu, arithmetic(*mu)[None]])
    return _steps(model, ["A", "B", "C", "A − B + C"], rows)


@dataclass(frozen=True)
class Attribute:
    """What two groups of sentences differ in, as a direction in each model's latents."""

    without: Sequence[str]
    """Sentences that do not have it, at least one."""
    with_it: Sequence[str]
    """Sentences that do, at least one; the groups may differ in size."""
    known: dict[tuple[str, EncoderKey], Float[np.ndarray, " d"]] = field(default_factory=dict, repr=False)
    """By weights and encoder, not by name: another run may have the same name."""

    @classmethod
    def of(cls, pairs: Sequence[Counterpart]) -> "Attribute":
        """From the first sentences of pairs to the second ones."""
        return cls([a for a, _ in pairs], [b for _, b in pairs])

    def vector(self, model: SentenceModel) -> Float[np.ndarray, " d"]:
        """From the mean of the sentences without it to that of the others (`geometry.attribute_vector`)."""
        key = (model.fingerprint, model.encoder_key)
        if key not in self.known or not model.fingerprint:  # weights that were never saved have none
            without, with_it = (_latents(model, texts) for texts in (self.without, self.with_it))
            self.known[key] = attribute_vector(with_it, without)
        return self.known[key]

    def push(self, model: SentenceModel, text: str) -> list[Step]:
        """A sentence moved along the direction, by each of STRENGTHS."""
        start = _latents(model, [text])[0]
        rows = np.stack([start + strength * self.vector(model) for strength in STRENGTHS])
        return _steps(model, [f"× {strength:g}" for strength in STRENGTHS], rows)

    def reached(self, model: SentenceModel, pairs: Sequence[Counterpart]) -> list[dict[str, Any]]:
        """How often the first sentence of a pair, moved along the direction, is decoded to the second.

        One entry for each of STRENGTHS: `strength`, `right` (the second, word for word) and `unmoved` (still
        the first), shares of the pairs with Wilson intervals.
        """
        starts, answers = (list(texts) for texts in zip(*pairs, strict=True))
        mu = _latents(model, starts)
        scores = []
        for strength in STRENGTHS:
            written = decode(model, mu + strength * self.vector(model)).texts
            right, unmoved = (
                exact_match(written, truth).from_rows(len(pairs)) for truth in (answers, starts)
            )
            scores.append({"strength": strength, "right": right, "unmoved": unmoved})
        return scores


def traverse(
    model: SentenceModel, text: str, dimension: int, *, steps: int = 7, reach: float = 3.0
) -> list[Step]:
    """One dimension moved from −reach to +reach deviations of the training cloud, the others left.

    Raises:
        LatentsError: Nothing is known of the training cloud.
        UsageError: There is no such dimension.
    """
    cloud = latent_statistics(model)
    if cloud is None:
        raise LatentsError(
            f"{model.name} has no statistics of its training cloud", "a traversal needs deviations to go by"
        )
    deviation = np.sqrt(np.diag(cloud.covariance))
    rows = traversal(_latents(model, [text])[0], dimension, deviation, steps=steps, reach=reach)
    labels = [f"{places:+.1f} σ" for places in np.linspace(-reach, reach, steps)]
    return _steps(model, labels, rows)


def around(model: SentenceModel, text: str, n: int, *, scale: float = 1.0, seed: int = 0) -> list[Step]:
    """Draws from the posterior of one sentence, its σ times `scale`; a point has none, and takes the cloud's.

    For a deterministic head the blur is `scale` tenths of the training cloud's deviations.

    Raises:
        LatentsError: The head is deterministic, and nothing is known of the training cloud.
    """
    encoding = model.encode([text])
    if encoding.logvar is not None:
        deviation = np.exp(0.5 * encoding.logvar[0].astype(np.float64))
    else:
        cloud = latent_statistics(model)
        if cloud is None:
            raise LatentsError(
                f"{model.name} is deterministic and has no statistics of its training cloud",
                "there is no scale to draw by",
            )
        deviation = 0.1 * np.sqrt(np.diag(cloud.covariance))
    z = encoding.mu[0].astype(np.float64)
    rows = neighbourhood(z, deviation, n, scale=scale, rng=np.random.default_rng(seed))
    return _steps(model, [str(i + 1) for i in range(n)], rows)


def samples(model: SentenceModel, n: int, *, seed: int = 0) -> list[Step]:
    """Draws from N(0, I), whatever the head: only a VIB was trained to have sentences there."""
    rows = prior_samples(n, model.config.head.width, rng=np.random.default_rng(seed))
    return _steps(model, [str(i + 1) for i in range(n)], rows)


def move(
    models: Sequence[SentenceModel],
    stage: Stage,
    *,
    scored: Callable[[SentenceModel], list[dict[str, Any]]] | None = None,
    inputs: Inputs,
    seed: int = 0,
) -> Report[MoveResults]:
    """One stage in several models.

    Returns:
        `results.items` has one entry a model: `name`, `path`, `kind`, `steps` (`label` and `text`) and
        `scores`, what `scored` gives, or None.

    Raises:
        CheckpointError: A model cannot decode.
    """
    check_decoders(models)
    items = [
        {
            "name": model.name,
            "path": model.path,
            "kind": model.kind,
            "steps": [step._asdict() for step in stage(model)],
            "scores": scored(model) if scored else None,
        }
        for model in models
    ]
    return Report.of(
        "move",
        inputs=dict(inputs),
        results={"items": items},
        provenance=report_provenance(models, {}, seed),
    )


def _latents(model: SentenceModel, texts: Sequence[str]) -> Float[np.ndarray, "n d"]:
    # Invisible characters are tokens of a decoder, but no encoder reads them.
    if bad := [*model.too_long(texts), *(i for i, text in enumerate(texts) if is_blank(text))]:
        text = texts[min(bad)]
        raise InputError(
            f"{text[:50]!r} has {'no token' if is_blank(text) else f'more than {model.max_tokens} tokens'}",
            f"write sentences of 1 to {model.max_tokens} tokens",
        )
    return model.encode(texts).mu.astype(np.float64)


def _steps(model: SentenceModel, labels: Sequence[str], z: Float[np.ndarray, "n d"]) -> list[Step]:
    return [Step(*pair) for pair in zip(labels, decode(model, z).texts, strict=True)]
