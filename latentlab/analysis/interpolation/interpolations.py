"""Walk between sentences with several checkpoints, and score the ways."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from latentlab.analysis.anisotropy.layer_profiles import encoder_at
from latentlab.analysis.interpolation.path_baselines import ReferenceSentences, baseline_texts
from latentlab.analysis.interpolation.path_scores import (
    SCORES,
    Judge,
    Scores,
    WayScorer,
    averaged,
    embedded,
    shipped_judge,
)
from latentlab.analysis.interpolation.walk import Progress, WalkOptions, Way, latent_statistics, walk
from latentlab.analysis.report_provenance import report_provenance
from latentlab.corpora import Corpus, shipped_corpus
from latentlab.corpora.pair_files import Pair
from latentlab.metrics.statistics.estimate import Z95
from latentlab.metrics.text.ngram import NGram
from latentlab.metrics.text.path_quality import edit_steps
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.fluency_lm import CausalJudge
from latentlab.models.sentence_model import EncoderKey, SentenceModel
from latentlab.results import Report
from latentlab.results.reports.decoding_results import InterpolationResults

_INSTEAD = 3
"""Layer that ways are scored with where the model itself reads the last, or the one below the last."""


def interpolate(
    models: Sequence[SentenceModel],
    pairs: Sequence[Pair],
    options: WalkOptions,
    *,
    score: bool = True,
    corpus: Corpus | None = None,
    fluency_lm: str | None = None,
    encoder: Path | None = None,
    offline: bool = False,
    inputs: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Report[InterpolationResults]:
    """Ways of all pairs in all models.

    Args:
        models: Checkpoints, at least one.
        pairs: That every model can take (`walk.filter_pairs_by_length`).
        options: How ways are drawn and decoded.
        score: Also score the ways and the four baselines.
        corpus: Whose training split the judge learns, and the nearest sentences come from; the shipped one.
        fluency_lm: A causal language model of Hugging Face, by name or folder, instead of the n-gram.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub.
        inputs: What else the report should say was asked for.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        `results.items` has one entry a model: `name`, `path`, `kind`, `path_kind`, `paths` (one a pair), and
        with scores `scores` and `baselines`, by group of pairs and key of SCORES, and `curves`.
        `results.scoring_layer` is the layer of the first model's encoder by whose vectors texts are compared.
    """
    pooled: dict[EncoderKey, Float[np.ndarray, "n p"]] = {}
    ways = {model.name: walk(model, pairs, options, pooled=pooled, progress=progress) for model in models}
    scored: dict[str, dict[str, Any]] = {}
    reader = scoring_encoder(models[0], folder=encoder, offline=offline) if score else None
    if reader:
        critic = CausalJudge.load(fluency_lm, offline=offline) if fluency_lm else None
        scored = _scored(models, ways, options, corpus, reader, critic)
    items = [
        {
            "name": model.name,
            "path": model.path,
            "kind": model.kind,
            "path_kind": ways[model.name][0].kind,
            **{key: value for key, value in scored.get(model.name, {}).items() if key != "each"},
            "paths": [
                _entry(way, scored[model.name]["each"][i] if score else None)
                for i, way in enumerate(ways[model.name])
            ],
        }
        for model in models
    ]
    sentences = tuple(text for pair in pairs for text in (pair.a, pair.b))
    return Report.of(
        "interpolate",
        inputs={**(inputs or {}), **vars(options), "pairs": len(pairs)},
        results={
            "scores": SCORES if score else {},
            "scoring_layer": reader.layer if reader else None,
            "fluency_lm": (fluency_lm or "5-gram") if score else None,
            "items": items,
        },
        provenance=report_provenance(models, {"measured": sentences}, options.seed),
    )


def scoring_encoder(
    model: SentenceModel, *, folder: Path | None = None, offline: bool = False
) -> FrozenEncoder:
    """The model's encoder at a layer that the model does not read: the last, or a lower one."""
    last = encoder_at(model, -1, folder=folder, offline=offline)
    if model.config.encoder.layer % (last.layer + 1) != last.layer:
        return last
    return last.reading(min(_INSTEAD, last.layer - 1), last.config.pooling)


def _scored(
    models: Sequence[SentenceModel],
    ways: Mapping[str, Sequence[Way]],
    options: WalkOptions,
    corpus: Corpus | None,
    reader: FrozenEncoder,
    critic: CausalJudge | None,
) -> dict[str, dict[str, Any]]:
    train = (corpus or shipped_corpus()).split("train")
    judge: Judge = critic or (NGram.fit(train.texts) if corpus else shipped_judge())
    reference = ReferenceSentences.of(models, train, options.seed)
    baselines = {m.name: baseline_texts(m, ways[m.name], reference, seed=options.seed) for m in models}
    texts = {
        model.name: list(dict.fromkeys(_all_texts(ways[model.name], baselines[model.name])))
        for model in models
    }
    every = list(dict.fromkeys(text for own in texts.values() for text in own))
    vectors = embedded(reader, every)
    if critic:
        critic.read(every)
    pooled: dict[EncoderKey, Mapping[str, Float[np.ndarray, " p"]]] = {}
    found = {}
    for model in models:
        if model.encoder_key not in pooled:
            pooled[model.encoder_key] = embedded(model.encoder, every)
        own = [text for text in texts[model.name] if text.strip()]
        stacked = np.stack([pooled[model.encoder_key][text] for text in own])
        latents = dict(zip(own, model.encode_pooled(stacked, own).mu.astype(np.float64), strict=True))
        cloud = latent_statistics(model)
        radius = float(np.sqrt(np.trace(cloud.covariance))) if cloud else 0.0
        scorer = WayScorer(judge, vectors, latents, radius)
        found[model.name] = _of_model(scorer, ways[model.name], baselines[model.name])
    return found


def _of_model(
    scorer: WayScorer, ways: Sequence[Way], baselines: Mapping[str, Sequence[Sequence[str]]]
) -> dict[str, Any]:
    pairs = [way.pair for way in ways]
    each = [scorer.score(way.pair, way.texts[0], way.z, way.texts) for way in ways]

    def of(texts: Sequence[Sequence[str]]) -> list[Scores]:
        return [scorer.score(way.pair, row, way.z) for way, row in zip(ways, texts, strict=True)]

    return {
        "scores": averaged(pairs, each),
        "baselines": {name: averaged(pairs, of(texts)) for name, texts in baselines.items()},
        "curves": _curves(scorer, ways),
        "each": each,
    }


def _curves(scorer: WayScorer, ways: Sequence[Way]) -> dict[str, Any]:
    """Means over ways, point by point; `step` has one entry a gap.

    `ci95` has of each both ends of its interval over ways, `n` how many these are.
    """

    def shift(way: Way) -> Float[np.ndarray, " steps"]:
        a, b = scorer.vectors[way.pair.a], scorer.vectors[way.pair.b]
        v = np.stack([scorer.vectors[text] for text in way.texts[0]])
        size = np.linalg.norm(v, axis=1)
        return np.asarray(
            (v @ b / np.linalg.norm(b) - v @ a / np.linalg.norm(a)) / np.where(size > 0, size, 1)
        )

    def log_perplexity(way: Way) -> list[float]:
        ends = scorer.judge.perplexity([way.pair.a, way.pair.b])
        return [float(np.log(scorer.judge.perplexity([text]) / ends)) for text in way.texts[0]]

    of_way: dict[str, Callable[[Way], Any]] = {
        "step": lambda way: edit_steps(way.texts[0]),
        "shift": shift,
        "fluency": log_perplexity,
        "norm": lambda way: way.profile.norm,
        "mahalanobis": lambda way: way.profile.mahalanobis,
        "prior_log_density": lambda way: way.profile.prior_log_density,
    }
    means: dict[str, list[float] | None] = {}
    bands: dict[str, list[list[float]] | None] = {}  # of one way there is none
    for key, values in of_way.items():
        rows = [values(way) for way in ways]
        if any(row is None for row in rows):
            means[key] = bands[key] = None
            continue
        mean, ends = _mean_and_band(np.array(rows, dtype=np.float64))
        if key == "fluency":  # a geometric mean
            mean, ends = np.exp(mean), np.exp(ends)
        means[key], bands[key] = mean.tolist(), ends.tolist() if len(ways) > 1 else None
    return {"alpha": np.linspace(0, 1, len(ways[0].z)).tolist(), **means, "ci95": bands, "n": len(ways)}


def _mean_and_band(
    rows: Float[np.ndarray, "n points"],
) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, "2 points"]]:
    """Column means, and both ends of their normal 95 % intervals; of a single row there is no width."""
    mean = rows.mean(axis=0)
    half = Z95 * rows.std(axis=0, ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else np.zeros_like(mean)
    return mean, np.stack([mean - half, mean + half])


def _entry(way: Way, scores: Scores | None) -> dict[str, Any]:
    return {
        "a": way.pair.a,
        "b": way.pair.b,
        "kind": way.pair.kind,
        "texts": way.texts[0],
        "other_seeds": way.texts[1:],
        "unmasking": way.unmasking,
        "lengths": way.lengths,
        "norm": way.profile.norm,
        "mahalanobis": way.profile.mahalanobis,
        "prior_log_density": way.profile.prior_log_density,
        "scores": scores,
    }


def _all_texts(ways: Sequence[Way], baselines: Mapping[str, Sequence[Sequence[str]]]) -> Iterable[str]:
    for way in ways:
        yield from (way.pair.a, way.pair.b)
        for texts in way.texts:
            yield from texts
    for rows in baselines.values():
        for row in rows:
            yield from row
