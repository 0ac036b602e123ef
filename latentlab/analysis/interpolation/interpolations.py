"""Walk between sentences with several checkpoints, and score the paths."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from latentlab.analysis.anisotropy.layer_profiles import encoder_at
from latentlab.analysis.interpolation.path_baselines import ReferenceSentences, baseline_texts
from latentlab.analysis.interpolation.path_scores import (
    SCORES,
    FluencyLM,
    PathScorer,
    Scores,
    averaged,
    embedded,
    shipped_fluency_lm,
)
from latentlab.analysis.interpolation.walk import DecodedPath, Progress, WalkOptions, latent_statistics, walk
from latentlab.analysis.report_provenance import report_provenance
from latentlab.corpora import Corpus, shipped_corpus
from latentlab.corpora.pair_files import Pair
from latentlab.metrics.statistics.estimate import Z95
from latentlab.metrics.text.ngram import NGram
from latentlab.metrics.text.path_quality import edit_steps
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.fluency_lm import CausalFluencyLM
from latentlab.models.sentence_model import EncoderKey, SentenceModel
from latentlab.results import Inputs, Report
from latentlab.results.reports.decoding_results import InterpolationResults

_INSTEAD = 3
"""Layer that paths are scored with where the model itself reads the last, or the one below the last."""


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
    inputs: Inputs | None = None,
    progress: Progress | None = None,
) -> Report[InterpolationResults]:
    """Paths of all pairs in all models.

    Args:
        models: Checkpoints, at least one.
        pairs: That every model can take (`walk.filter_pairs_by_length`).
        options: How paths are drawn and decoded.
        score: Also score the paths and the four baselines.
        corpus: Whose training split the fluency LM learns, and the nearest sentences come from; the
            shipped one.
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
    paths = {model.name: walk(model, pairs, options, pooled=pooled, progress=progress) for model in models}
    scored: dict[str, dict[str, Any]] = {}
    reader = scoring_encoder(models[0], folder=encoder, offline=offline) if score else None
    if reader:
        critic = CausalFluencyLM.load(fluency_lm, offline=offline) if fluency_lm else None
        scored = _scored(models, paths, options, corpus, reader, critic)
    items = [
        {
            "name": model.name,
            "path": model.path,
            "kind": model.kind,
            "path_kind": paths[model.name][0].kind,
            **{key: value for key, value in scored.get(model.name, {}).items() if key != "each"},
            "paths": [
                _entry(path, scored[model.name]["each"][i] if score else None)
                for i, path in enumerate(paths[model.name])
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
    paths: Mapping[str, Sequence[DecodedPath]],
    options: WalkOptions,
    corpus: Corpus | None,
    reader: FrozenEncoder,
    critic: CausalFluencyLM | None,
) -> dict[str, dict[str, Any]]:
    train = (corpus or shipped_corpus()).split("train")
    fluency_lm: FluencyLM = critic or (NGram.fit(train.texts) if corpus else shipped_fluency_lm())
    reference = ReferenceSentences.of(models, train, options.seed)
    baselines = {m.name: baseline_texts(m, paths[m.name], reference, seed=options.seed) for m in models}
    texts = {
        model.name: list(dict.fromkeys(_all_texts(paths[model.name], baselines[model.name])))
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
        scorer = PathScorer(fluency_lm, vectors, latents, radius)
        found[model.name] = _of_model(scorer, paths[model.name], baselines[model.name])
    return found


def _of_model(
    scorer: PathScorer, paths: Sequence[DecodedPath], baselines: Mapping[str, Sequence[Sequence[str]]]
) -> dict[str, Any]:
    pairs = [path.pair for path in paths]
    each = [scorer.score(path.pair, path.texts[0], path.z, path.texts) for path in paths]

    def of(texts: Sequence[Sequence[str]]) -> list[Scores]:
        return [scorer.score(path.pair, row, path.z) for path, row in zip(paths, texts, strict=True)]

    return {
        "scores": averaged(pairs, each),
        "baselines": {name: averaged(pairs, of(texts)) for name, texts in baselines.items()},
        "curves": _curves(scorer, paths),
        "each": each,
    }


def _curves(scorer: PathScorer, paths: Sequence[DecodedPath]) -> dict[str, Any]:
    """Means over paths, point by point; `step` has one entry a gap.

    `ci95` has of each both ends of its interval over paths, `n` how many these are.
    """

    def shift(path: DecodedPath) -> Float[np.ndarray, " steps"]:
        a, b = scorer.vectors[path.pair.a], scorer.vectors[path.pair.b]
        v = np.stack([scorer.vectors[text] for text in path.texts[0]])
        size = np.linalg.norm(v, axis=1)
        return np.asarray(
            (v @ b / np.linalg.norm(b) - v @ a / np.linalg.norm(a)) / np.where(size > 0, size, 1)
        )

    def log_perplexity(path: DecodedPath) -> list[float]:
        ends = scorer.fluency_lm.perplexity([path.pair.a, path.pair.b])
        return [float(np.log(scorer.fluency_lm.perplexity([text]) / ends)) for text in path.texts[0]]

    of_path: dict[str, Callable[[DecodedPath], Any]] = {
        "step": lambda path: edit_steps(path.texts[0]),
        "shift": shift,
        "fluency": log_perplexity,
        "norm": lambda path: path.profile.norm,
        "mahalanobis": lambda path: path.profile.mahalanobis,
        "prior_log_density": lambda path: path.profile.prior_log_density,
    }
    means: dict[str, list[float] | None] = {}
    bands: dict[str, list[list[float]] | None] = {}  # of one path there is none
    for key, values in of_path.items():
        rows = [values(path) for path in paths]
        if any(row is None for row in rows):
            means[key] = bands[key] = None
            continue
        mean, ends = _mean_and_band(np.array(rows, dtype=np.float64))
        if key == "fluency":  # a geometric mean
            mean, ends = np.exp(mean), np.exp(ends)
        means[key], bands[key] = mean.tolist(), ends.tolist() if len(paths) > 1 else None
    return {"alpha": np.linspace(0, 1, len(paths[0].z)).tolist(), **means, "ci95": bands, "n": len(paths)}


def _mean_and_band(
    rows: Float[np.ndarray, "n points"],
) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, "2 points"]]:
    """Column means, and both ends of their normal 95 % intervals; of a single row there is no width."""
    mean = rows.mean(axis=0)
    half = Z95 * rows.std(axis=0, ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else np.zeros_like(mean)
    return mean, np.stack([mean - half, mean + half])


def _entry(path: DecodedPath, scores: Scores | None) -> dict[str, Any]:
    return {
        "a": path.pair.a,
        "b": path.pair.b,
        "kind": path.pair.kind,
        "texts": path.texts[0],
        "other_seeds": path.texts[1:],
        "unmasking": path.unmasking,
        "lengths": path.lengths,
        "norm": path.profile.norm,
        "mahalanobis": path.profile.mahalanobis,
        "prior_log_density": path.profile.prior_log_density,
        "scores": scores,
    }


def _all_texts(
    paths: Sequence[DecodedPath], baselines: Mapping[str, Sequence[Sequence[str]]]
) -> Iterable[str]:
    for path in paths:
        yield from (path.pair.a, path.pair.b)
        for texts in path.texts:
            yield from texts
    for rows in baselines.values():
        for row in rows:
            yield from row
