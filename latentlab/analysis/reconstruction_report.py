"""Text -> latent -> text: how much of a sentence comes back, measured on decoded text.

Every model gets the same sentences. Decoding is greedy from z = mu with the length that the
model itself predicts; a search that re-encodes its answers is an option.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from latentlab.analysis.report_provenance import report_provenance
from latentlab.corpora import Corpus
from latentlab.corpora.normalisation import Split
from latentlab.errors import UsageError
from latentlab.metrics import (
    Estimate,
    bleu,
    chrf,
    exact_match,
    kl_total,
    length_accuracy,
    ter,
    token_accuracy,
    undefined,
)
from latentlab.metrics.aggregate import kl_by_row
from latentlab.metrics.statistics.means import COSINES, mean_estimate
from latentlab.metrics.streaming.sharding import Labels
from latentlab.metrics.text.reconstruction import own_less_other
from latentlab.models.autoencoder import Autoencoder
from latentlab.models.likelihood import entropy_bound, nll_bound
from latentlab.models.refinement import Refined
from latentlab.models.refinement import refine as search
from latentlab.models.sentence_model import Decoded, Encoding, SentenceModel
from latentlab.results import Inputs, Report
from latentlab.results.reports.decoding_results import ReconstructionResults

Progress = Callable[[str, int, int], None]

CHUNK = 256
EXAMPLES = 5
FEW = 50
PARTS: dict[str, Split] = {"held out": "test", "train": "train"}
"""Name of a part -> the split that it is of."""

RECONSTRUCTION_METRICS = {
    "exact_match": "share of sentences that come back word for word",
    "token_accuracy": "share of token positions that come back",
    "own_less_other": "token positions right of its own sentence less those of another: 0 if z is ignored",
    "ter": "token edits needed per token of the sentence",
    "length_accuracy": "share of sentences whose number of tokens comes back",
    "bleu": "BLEU-4, 0 to 100",
    "chrf": "chrF, 0 to 100",
    "cycle_cosine": "cosine of the frozen encoder's vectors of a sentence and of what came back",
    "cycle_cosine_other": "the same with the vector of another sentence: what the cone alone gives",
    "nll_bound": "upper bound of -log p(sentence | z = mu), nats a sentence",
    "kl": "KL(posterior || prior), nats a sentence; variational heads only",
    "entropy_bound": "upper bound of -log p(sentence) without any latent, nats: compare KL with it",
}
"""Key in the report -> what it says."""


@dataclass(frozen=True)
class Example:
    """A sentence and what came back."""

    text: str
    output: str
    differs: tuple[bool, ...]
    """One flag a word of the output: it is not where the sentence has it."""

    @classmethod
    def of(cls, text: str, output: str) -> "Example":
        """Compare word by word."""
        wanted, got = text.split(), output.split()
        blocks = difflib.SequenceMatcher(None, wanted, got, autojunk=False).get_matching_blocks()
        same = {block.b + offset for block in blocks for offset in range(block.size)}
        return cls(text, output, tuple(i not in same for i in range(len(got))))

    def to_json(self) -> dict[str, Any]:
        """Plain values for a report."""
        exact = self.text == self.output
        return {"text": self.text, "output": self.output, "exact": exact, "differs": list(self.differs)}


def parts_of(corpus: Corpus, limit: int | None, *, seed: int = 0) -> dict[str, list[str]]:
    """Held-out and training sentences of a corpus, at most `limit` of each, by the hash split of training.

    Where its sentences come in groups, a group is in one part whole.

    A part without sentences is left out. Held out means never trained on, in whatever file it was met.
    """
    splits = {name: corpus.split(split) for name, split in PARTS.items()}
    return {
        name: list(part.sample(None if limit is None else min(limit, len(part)), seed).texts)
        for name, part in splits.items()
        if len(part)
    }


def check_models(models: Sequence[SentenceModel], refine: int, sampler: str) -> None:
    """Refuse what a model cannot do before anything is encoded.

    Raises:
        CheckpointError: A model cannot decode.
        UsageError: A search with an old SGDD model, or the original loop with a native one.
    """
    for model in models:
        model.check_decodes()
        native = isinstance(model, Autoencoder)
        if refine and not native:
            raise UsageError(f"{model.name} is an old SGDD model: it has no search", "omit --refine")
        if sampler == "sgdd" and native:
            raise UsageError(f"--sampler sgdd is for old SGDD models, {model.name} is none", "omit it")


def reconstruct(
    models: Sequence[SentenceModel],
    parts: Mapping[str, Sequence[str]],
    *,
    refine: int = 0,
    seed: int = 0,
    sampler: Literal["latentlab", "sgdd"] = "latentlab",
    groups: Mapping[str, Labels] | None = None,
    inputs: Inputs | None = None,
    progress: Progress | None = None,
) -> Report[ReconstructionResults]:
    """Reconstruct every part of the sentences with every model.

    Args:
        models: Loaded checkpoints.
        parts: Name of a part, such as `held out`, to its sentences; each fits every model
            (`loading.filter_by_length`).
        refine: Rounds of search around the greedy answer for the text whose latent is nearest
            (`models.refinement`); 0 is plain greedy decoding.
        seed: Of the bootstrap and of the masks in the likelihood bound.
        sampler: `sgdd` decodes old SGDD models with the original loop; native models have no such thing.
        groups: Name of a part to the labels of its sentences' groups, whole ones being the unit of intervals.
        inputs: What else the report should say was asked for.
        progress: Called with what is being decoded, how much is done and of how much.

    Returns:
        `results.items` has one entry a model: `name`, `path`, `kind`, and for each part `n`, `metrics` (the
        keys of RECONSTRUCTION_METRICS) and `examples`.
    """
    check_models(models, refine, sampler)
    items = [
        {
            "name": model.name,
            "path": model.path,
            "kind": model.kind,
            "parts": {
                name: _part(model, texts, (groups or {}).get(name), refine, sampler, seed, progress)
                for name, texts in parts.items()
            },
        }
        for model in models
    ]
    return Report.of(
        "reconstruct",
        inputs={
            **(inputs or {}),
            "n": {name: len(texts) for name, texts in parts.items()},
            "refine": refine,
            "sampler": sampler,
            "seed": seed,
        },
        results={"metrics": RECONSTRUCTION_METRICS, "items": items},
        provenance=report_provenance(models, parts, seed),
    )


def _part(
    model: SentenceModel,
    texts: Sequence[str],
    groups: Labels | None,
    rounds: int,
    sampler: Literal["latentlab", "sgdd"],
    seed: int,
    progress: Progress | None,
) -> dict[str, Any]:
    encoding = model.encode(texts)
    options: dict[str, Any] = {"sampler": sampler, "seed": seed} if sampler == "sgdd" else {}
    outputs: list[str] = []
    tokens: list[list[int]] = []
    for start in range(0, len(texts), CHUNK):
        z = encoding.z[start : start + CHUNK]
        decoded = model.decode_steps(z, **options)
        answer: Decoded | Refined = decoded
        if rounds and isinstance(model, Autoencoder):
            answer = search(model, z, decoded.tokens, rounds=rounds)
        outputs += answer.texts
        tokens += answer.tokens
        if progress:
            progress(f"decoding {model.name}", len(outputs), len(texts))
    measures = measure(model, texts, outputs, tokens, encoding, groups=groups, seed=seed)
    # The first of the sample, good or bad: nobody picks.
    shown = texts[:EXAMPLES] if len(texts) > EXAMPLES else texts
    return {
        "n": len(texts),
        "metrics": measures,
        "examples": [
            Example.of(text, output).to_json() for text, output in zip(shown, outputs, strict=False)
        ],
    }


def measure(
    model: SentenceModel,
    texts: Sequence[str],
    outputs: Sequence[str],
    got: Sequence[Sequence[int]],
    encoding: Encoding,
    *,
    groups: Labels | None = None,
    seed: int = 0,
) -> dict[str, Estimate]:
    """All of RECONSTRUCTION_METRICS with 95 % intervals, over sentences, or over the groups of `groups`.

    `got` are the tokens behind `outputs`: tokens of the text might be cut differently, and would be shifted.
    """
    wanted = model.tokenizer.encode(texts)
    again = model.pool(outputs)
    other = np.roll(encoding.pooled, 1, axis=0)

    def rng() -> np.random.Generator:
        return np.random.default_rng(seed)

    others = undefined("one sentence")
    if len(texts) > 1:
        others = mean_estimate(_cosines(again, other), groups, within=COSINES)
    return {
        "exact_match": exact_match(outputs, texts, groups=groups),
        "token_accuracy": token_accuracy(got, wanted, rng=rng(), groups=groups),
        "own_less_other": own_less_other(got, wanted, groups=groups),
        "ter": ter(got, wanted, rng=rng(), groups=groups),
        "length_accuracy": length_accuracy(got, wanted, groups=groups),
        "bleu": bleu(outputs, texts, rng=rng(), groups=groups),
        "chrf": chrf(outputs, texts, rng=rng(), groups=groups),
        "cycle_cosine": mean_estimate(_cosines(again, encoding.pooled), groups, within=COSINES),
        "cycle_cosine_other": others,
        "nll_bound": _bound(model, encoding, texts, groups, seed),
        "kl": _rate(encoding, groups),
        "entropy_bound": _entropy(model, texts, groups, seed),
    }


def _rate(encoding: Encoding, groups: Labels | None) -> Estimate:
    if encoding.logvar is None:
        return undefined("no posterior")
    if len(encoding.mu) < 2:
        return undefined("one sentence")
    if groups is None:
        return kl_total(encoding.mu, encoding.logvar)
    mu, logvar = (x.astype(np.float64) for x in (encoding.mu, encoding.logvar))
    return mean_estimate(kl_by_row(mu, logvar).sum(axis=1), groups)


def _bound(
    model: SentenceModel, encoding: Encoding, texts: Sequence[str], groups: Labels | None, seed: int
) -> Estimate:
    if not isinstance(model, Autoencoder):
        return undefined("an old SGDD model has no length head")
    return mean_estimate(nll_bound(model, encoding.mu, texts, seed=seed), groups)


def _entropy(model: SentenceModel, texts: Sequence[str], groups: Labels | None, seed: int) -> Estimate:
    if not isinstance(model, Autoencoder):
        return undefined("an old SGDD model has no length head")
    if model.config.decoder.null_probability == 0:
        return undefined("trained without a null latent")
    if len(texts) < FEW:
        return undefined(f"fewer than {FEW} sentences: their lengths have no frequencies")
    return mean_estimate(entropy_bound(model, texts, seed=seed), groups)


def _cosines(a: Float[np.ndarray, "n p"], b: Float[np.ndarray, "n p"]) -> Float[np.ndarray, " n"]:
    """Row by row; 0 where a vector is zero."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray((a * b).sum(axis=1) / np.where(lengths > 0, lengths, 1.0))
