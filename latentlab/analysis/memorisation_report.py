"""The hash-map test: is a decoder a table of sentences, or a space one can move in?

The rule, its criteria and their thresholds are those of `metrics.text.table_tests`; here they are measured.
`memorise` takes one checkpoint, `memorisation` several on the same sentences.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from latentlab.analysis.decoding import Progress, check_decoders, decode
from latentlab.analysis.interpolation.interpolations import scoring_encoder
from latentlab.analysis.interpolation.path_baselines import ReferenceSentences
from latentlab.analysis.interpolation.path_scores import shipped_fluency_lm
from latentlab.analysis.interpolation.walk import WalkOptions, walk
from latentlab.analysis.meaning import Meaning, with_others
from latentlab.analysis.noise.noise_report import readings
from latentlab.analysis.noise.noise_robustness import Run, Sweep, run_of, token_edits
from latentlab.analysis.report_provenance import report_provenance
from latentlab.corpora import Corpus, shipped_corpus
from latentlab.corpora.pair_files import Pair
from latentlab.errors import InputError
from latentlab.metrics import Estimate, undefined
from latentlab.metrics.statistics.means import mean_estimate, proportion
from latentlab.metrics.statistics.row_pairs import disjoint_pairs
from latentlab.metrics.streaming.sharding import Labels
from latentlab.metrics.text.ngram import NGram
from latentlab.metrics.text.noise_curves import with_replicates
from latentlab.metrics.text.reconstruction import ratio_of_sums
from latentlab.metrics.text.table_tests import CRITERIA, kept_share, memorisation_verdict
from latentlab.models.sentence_model import SentenceModel, TextEncoder
from latentlab.results import Inputs, Report
from latentlab.results.reports.noise_results import MemorisationResults

WELL_FORMED = 95
"""Per cent of the held-out sentences themselves that the fluency LM lets pass; its limit is set by them."""
LEAST = 8
"""Held-out sentences: fewer have no neighbours, pairs and lengths worth a word."""
_EXAMPLES = 3
BESIDE = {
    "ter_held_out": "held-out token error rate without noise; from .2 on, training sentences decide",
    "ter_matched": "the same of the held-out sentences that have a training sentence of equal length",
    "ter_train": "of those training sentences",
    "nearest_distance": "mean distance from a held-out latent to the nearest one of a training sentence",
    "noise_radius": "length of the noise at half error",
    "well_formed_ends": "share of decoded ends that the fluency LM finds as likely as real sentences",
    "well_formed_middles": "the same of decoded midpoints",
}
"""Numbers that the criteria come from."""


@dataclass(frozen=True)
class Material:
    """What all checkpoints are tested with."""

    held_out: list[str]
    reference: ReferenceSentences
    """Training sentences."""
    groups: Labels | None
    """Of the held-out sentences."""
    fluency_lm: NGram
    meaning: Meaning


def memorisation(
    models: Sequence[SentenceModel],
    held_out: Sequence[str],
    asked: Sweep,
    *,
    groups: Labels | None = None,
    corpus: Corpus | None = None,
    similarity_encoder: TextEncoder | None = None,
    encoder: Path | None = None,
    offline: bool = False,
    inputs: Inputs | None = None,
    progress: Progress | None = None,
) -> Report[MemorisationResults]:
    """Test several checkpoints on the same sentences.

    Args:
        models: Checkpoints that can decode, at least one.
        held_out: At least 8 sentences that no model was trained on and every model can take.
        asked: The noise.
        groups: Labels of the held-out sentences that belong together, at least 2 different ones.
        corpus: Whose training split the models were trained on, and the fluency LM learns; the shipped.
        similarity_encoder: What says how near texts are in meaning; by default a layer of the first model's
            encoder that it does not read.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub.
        inputs: What else the report should say was asked for.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        `results.criteria` says what is asked; `results.items` has one entry a model: `name`, `path`, `kind`,
        `verdict`, `criteria`, `beside` (the keys of BESIDE), `examples`, and the sweep as in `noise`.

    Raises:
        CheckpointError: A model cannot decode.
        InputError: There are too few sentences or groups.
    """
    check_decoders(models)
    if len(held_out) < LEAST:
        raise InputError(
            f"expected at least {LEAST} held-out sentences, got {len(held_out)}", "a larger corpus"
        )
    train = (corpus or shipped_corpus()).split("train")
    material = Material(
        list(held_out),
        ReferenceSentences.of(models, train, asked.seed),
        groups,
        NGram.fit(train.texts) if corpus else shipped_fluency_lm(),
        Meaning(similarity_encoder or scoring_encoder(models[0], folder=encoder, offline=offline)),
    )
    partners = matched(models, held_out, material.reference.texts)
    items = [memorise(model, material, partners, asked, progress=progress) for model in models]
    return Report.of(
        "memorisation",
        inputs={**(inputs or {}), **vars(asked), "n": len(held_out), "train": len(material.reference.texts)},
        results={"criteria": {k: vars(c) for k, c in CRITERIA.items()}, "beside": BESIDE, "items": items},
        provenance=report_provenance(models, {"measured": held_out}, asked.seed, train=train),
    )


def matched(
    models: Sequence[SentenceModel], held_out: Sequence[str], train: Sequence[str]
) -> list[tuple[int, str]]:
    """Numbers of held-out sentences, each with a training sentence of its own, as long in every model."""

    def lengths(texts: Sequence[str]) -> list[tuple[int, ...]]:
        counts = [model.token_counts(texts).tolist() for model in models]
        return list(zip(*counts, strict=True))

    waiting = defaultdict(list)
    for text, length in reversed(list(zip(train, lengths(train), strict=True))):
        waiting[length].append(text)
    return [(i, waiting[n].pop()) for i, n in enumerate(lengths(held_out)) if waiting[n]]


def memorise(
    model: SentenceModel,
    material: Material,
    partners: Sequence[tuple[int, str]],
    asked: Sweep,
    *,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """One checkpoint: an entry of the report."""
    run = run_of(model, material.held_out, asked, material.meaning, groups=material.groups, progress=progress)
    radius, radius_beside = _radius(model, run, material.reference, asked)
    gap, gap_beside = _gap(model, run, partners, asked.seed)
    noisy, noisy_examples = _noisy_meaning(run, material.meaning, asked.seed)
    middle, middle_beside, middle_examples = _middles(model, run, material, asked.seed)
    criteria = {"gap": gap, "radius": radius, "noisy_meaning": noisy, **middle}
    swept = readings(run, material.meaning)
    held_out: Estimate = swept["clean"]["ter"]
    return {
        "name": model.name,
        "path": model.path,
        "kind": model.kind,
        "verdict": memorisation_verdict(held_out, gap_beside["ter_train"], criteria),
        "criteria": criteria,
        "beside": {"ter_held_out": held_out, **gap_beside, **radius_beside, **middle_beside},
        "examples": {"noise": noisy_examples, "middles": middle_examples},
        **swept,
        "posterior": None,
    }


def _gap(
    model: SentenceModel, run: Run, partners: Sequence[tuple[int, str]], seed: int
) -> tuple[Estimate, dict[str, Estimate]]:
    if not partners:
        nothing = undefined("no training sentence is as long as a held-out one")
        return nothing, {"ter_matched": nothing, "ter_train": nothing}
    rows = [i for i, _ in partners]
    texts = [text for _, text in partners]
    wanted = model.tokenizer.encode(texts)
    learned = token_edits(decode(model, model.encode(texts).mu).tokens, wanted)
    lengths = np.array([len(ids) for ids in wanted], dtype=np.float64)
    new = run.clean.edits[rows]
    groups = None if run.signal.groups is None else run.signal.groups[rows]

    def rate(edits: Float[np.ndarray, " m"]) -> Estimate:
        return ratio_of_sums(edits, lengths, np.random.default_rng(seed), groups).from_rows(len(rows))

    return rate(new - learned), {"ter_matched": rate(new), "ter_train": rate(learned)}


def _radius(
    model: SentenceModel, run: Run, reference: ReferenceSentences, asked: Sweep
) -> tuple[Estimate, dict[str, Estimate]]:
    """Noise at half error over the nearest neighbour; where the sweep does not show it, what it bounds."""
    distances = reference.distances(model, run.signal.z)
    n, mean = len(distances), float(distances.mean())
    nearest = mean_estimate(distances, run.signal.groups).from_rows(n)
    if not mean > 0:
        nothing = undefined("every held-out latent is that of a training sentence")
        return nothing, {"nearest_distance": nearest, "noise_radius": nothing}

    def length(snr: Float[np.ndarray, " k"] | float) -> Any:
        return np.sqrt(run.signal.power * 10.0 ** (-np.asarray(snr) / 10))

    half = run.half
    if half.snr.value is not None:
        resampled = length(half.replicates)
        noise = with_replicates(float(length(half.snr.value)), resampled).from_rows(n)
        means = run.curve.counts @ distances / run.curve.counts.sum(axis=1)
        ratio = with_replicates(float(length(half.snr.value)) / mean, resampled / means).from_rows(n)
        return ratio, {"nearest_distance": nearest, "noise_radius": noise}
    # Half is lost beyond an end of the sweep, and that end may be enough to know the side of the threshold.
    least, most = float(length(asked.snr[0])) / mean, float(length(asked.snr[-1])) / mean
    missing = undefined(half.snr.note or "")
    ratio = missing
    if half.side == "below" and least >= CRITERIA["radius"].threshold:
        ratio = Estimate(least, bound="at least", note=half.snr.note, n=n)
    elif half.side == "above" and most < CRITERIA["radius"].threshold:
        ratio = Estimate(most, bound="at most", note=half.snr.note, n=n)
    return ratio, {"nearest_distance": nearest, "noise_radius": missing}


def _noisy_meaning(run: Run, meaning: Meaning, seed: int) -> tuple[Estimate, list[dict[str, Any]]]:
    """Of decodes that noise made wrong, at the point of the sweep nearest to half error."""
    curve = run.curve
    place = int(np.abs(curve.values - (curve.clean + curve.chance) / 2).argmin())
    point, sent = run.points[place], run.signal.texts
    vectors = meaning.units(sent)
    wrong = [
        (s, i)
        for s, texts in enumerate(point.texts)
        for i, text in enumerate(texts)
        if run.clean.hits[i] == 1 and text != sent[i]
    ]
    examples = [
        {"text": sent[i], "decoded": point.texts[s][i], "snr_db": float(curve.snr[place])}
        for s, i in wrong[:_EXAMPLES]
    ]
    if not wrong:
        return undefined("noise made no decode wrong"), examples
    rows = np.array([i for _, i in wrong])
    own = np.array([point.cosines[s, i] for s, i in wrong])
    other = with_others(meaning.units([point.texts[s][i] for s, i in wrong]), vectors, rows)
    sentences = np.unique(rows)
    sums = [
        np.bincount(rows, weights, minlength=len(sent))[sentences]
        for weights in (own, other, np.ones(len(own)))
    ]
    groups = None if run.signal.groups is None else run.signal.groups[sentences]
    share = kept_share(sums[0], sums[1], sums[2], rng=np.random.default_rng(seed), groups=groups)
    return share.from_rows(len(sentences)), examples


def _middles(
    model: SentenceModel, run: Run, material: Material, seed: int
) -> tuple[dict[str, Estimate], dict[str, Estimate], list[dict[str, Any]]]:
    """Halfway between two sentences, each in one pair, on the default path."""
    texts = material.held_out
    first, second, groups = disjoint_pairs(len(texts), material.groups)
    pairs = [Pair(texts[i], texts[j]) for i, j in zip(first.tolist(), second.tolist(), strict=True)]
    paths = [path.texts[0] for path in walk(model, pairs, WalkOptions(steps=3))]
    limit = float(np.percentile([material.fluency_lm.perplexity([text]) for text in texts], WELL_FORMED))

    def well_formed(written: Sequence[str]) -> Float[np.ndarray, " k"]:
        fine = [bool(t.strip()) and material.fluency_lm.perplexity([t]) <= limit for t in written]
        return np.array(fine, dtype=np.float64)

    starts, middles, ends = zip(*paths, strict=True)
    ends_fine = (well_formed(starts) + well_formed(ends)) / 2
    middles_fine = well_formed(middles)

    def rng() -> np.random.Generator:
        return np.random.default_rng(seed)

    units, vectors = material.meaning.units(middles), material.meaning.units(texts)
    a, b = vectors[first], vectors[second]
    to_a, to_b = (units * a).sum(axis=1), (units * b).sum(axis=1)
    other = (units @ vectors.sum(axis=0) - to_a - to_b) / (len(texts) - 2)
    near = kept_share((to_a + to_b) / 2, other, (1 + (a * b).sum(axis=1)) / 2, rng=rng(), groups=groups)
    validity = ratio_of_sums(middles_fine, ends_fine, rng(), groups)
    n = len(pairs)
    criteria = {"middle_validity": validity.from_rows(n), "middle_meaning": near.from_rows(n)}
    beside = {
        "well_formed_ends": proportion(ends_fine, groups).from_rows(n),
        "well_formed_middles": proportion(middles_fine, groups).from_rows(n),
    }
    examples = [
        {"a": pair.a, "b": pair.b, "middle": path[1]}
        for pair, path in zip(pairs[:_EXAMPLES], paths, strict=False)
    ]
    return criteria, beside, examples
