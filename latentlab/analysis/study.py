"""Checkpoints measured from all sides, for a paper: the reports of four commands on one set of sentences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentlab.analysis.anisotropy.spaces_report import anisotropy, measure_models
from latentlab.analysis.comparison.comparisons import compare
from latentlab.analysis.interpolation.interpolations import interpolate
from latentlab.analysis.interpolation.walk import WalkOptions, filter_pairs_by_length
from latentlab.analysis.loading import filter_by_length, groups_of
from latentlab.analysis.noise.noise_report import measure_noise
from latentlab.analysis.noise.noise_robustness import Sweep
from latentlab.corpora import Corpus
from latentlab.corpora.pair_files import Pair
from latentlab.errors import CheckpointError
from latentlab.models.sentence_model import SentenceModel
from latentlab.results import Inputs, Report

FEWEST = 10
"""Sentences of one's own from which a fluency LM is made."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class StudyOptions:
    """How large each part is."""

    n: int = 5000
    """Sentences that are measured."""
    pairs: int = 200
    steps: int = 11
    noisy: int = 100
    """Sentences that are sent through noise."""
    seed: int = 0


def study(
    models: Sequence[SentenceModel],
    corpus: Corpus,
    pairs: Sequence[Pair],
    options: StudyOptions,
    *,
    own: bool = False,
    encoder: Path | None = None,
    offline: bool = False,
    inputs: Inputs | None = None,
    progress: Progress | None = None,
) -> dict[str, Report[Any]]:
    """Reports by command: `anisotropy`, `compare`, `interpolate`, `noise`.

    The first model is what the others are compared with; with one model there is no comparison, and with
    one that cannot decode (layout F) neither paths nor noise. Where the corpus is somebody's `own`,
    fluency is judged and neighbours are sought by its training part, if it has a few, else by the shipped
    one. Where its sentences come in groups, intervals over sentences move whole groups, and so does the
    held-out part.

    Raises:
        InputError: There are fewer than 2 sentences that all models can write.
    """
    seed = options.seed
    drawn = corpus.sample(min(options.n, len(corpus)), seed)
    texts, _ = filter_by_length(models, drawn.texts)
    told = {"corpus": drawn.name, **({} if corpus.group is None else {"group": corpus.group})}
    shared: dict[str, Any] = {"inputs": {**(inputs or {}), **told}, "progress": progress}
    groups = groups_of(corpus, texts)
    items = measure_models(models, texts, seed=seed, keep_mu=True, groups=groups, progress=progress)
    reports: dict[str, Report[Any]] = {}
    reports["anisotropy"] = anisotropy(models, texts, seed=seed, items=items, **shared)
    if len(models) > 1:
        reports["compare"] = compare(models, texts, seed=seed, items=items, groups=groups, **shared)
    found: dict[str, Any] = {"encoder": encoder, "offline": offline, **shared}
    if all(_decodes(model) for model in models):
        kept, _ = filter_pairs_by_length(models, spread(pairs, options.pairs))
        walk = WalkOptions(steps=options.steps, seed=seed)
        judged_by = corpus if own and len(corpus.split("train")) >= FEWEST else None
        reports["interpolate"] = interpolate(models, kept, walk, corpus=judged_by, **found)
        held_out = _drawn(models, corpus.split("test"), options.noisy, seed)
        if len(held_out) > 1:
            sweep = Sweep(low=-10.0, high=20.0, step=2.5, seeds=1, seed=seed)
            of_groups = groups_of(corpus, held_out)
            reports["noise"] = measure_noise(models, held_out, sweep, groups=of_groups, **found)
    return reports


def spread(pairs: Sequence[Pair], n: int) -> list[Pair]:
    """At most n of the pairs, at even steps: a file that begins with the near ones gives far ones as well.

    >>> [p.a for p in spread([Pair(x, x) for x in "abcdef"], 3)]
    ['a', 'c', 'e']
    """
    n = min(n, len(pairs))
    return [pairs[i * len(pairs) // n] for i in range(n)]


def _drawn(models: Sequence[SentenceModel], corpus: Corpus, n: int, seed: int) -> list[str]:
    """The sentences that `latentlab noise --n` draws, those that all can write."""
    if not len(corpus):
        return []
    return filter_by_length(models, corpus.sample(min(n, len(corpus)), seed).texts)[0]


def _decodes(model: SentenceModel) -> bool:
    try:
        model.check_decodes()
    except CheckpointError:
        return False
    return True
