"""Walks between sentences: how long they take, and what the ways of the shipped checkpoints reach."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from latentlab.analysis.interpolate import interpolate
from latentlab.analysis.load import load_models
from latentlab.analysis.path_scores import shipped_judge
from latentlab.analysis.walk import WalkOptions, walk
from latentlab.corpora import data_folder
from latentlab.corpora.pairs import load_pairs
from latentlab.metrics.paths import edit_steps, largest_step_share
from latentlab.models.autoencoder import Autoencoder
from latentlab.results.plain import plain

STEPS = 11
NAMES = ("baseline", "vib")


def run(folder: Path, rounds: int = 5) -> dict[str, Any]:
    """The rows of the table: seconds, sentences a second, equality, and the scores of all shipped pairs."""
    models = [model for model in load_models([folder]) if model.name in NAMES]
    pairs, _ = load_pairs(data_folder() / "pairs.jsonl")
    options = WalkOptions(steps=STEPS)
    judge = shipped_judge()

    def one_pair() -> None:
        for model in models:
            for way in walk(model, pairs[:1], options):
                largest_step_share(edit_steps(way.texts[0]))
                judge.perplexity(way.texts[0])

    started = time.perf_counter()
    report = interpolate(models, pairs, options)
    seconds = time.perf_counter() - started
    items = plain(report.results)["items"]
    return {
        "one_pair_s": _median(one_pair, rounds),
        "decoding_sentences_per_s": {model.name: _throughput(model, rounds) for model in models},
        "batch_is_one_by_one": all(_same(model, options) for model in models),
        "all_pairs_s": seconds,
        "pairs": len(pairs),
        "scores": {item["name"]: item["scores"] for item in items},
        "baselines": {item["name"]: item["baselines"] for item in items},
    }


def _median(job: Callable[[], object], rounds: int) -> float:
    job()  # warm
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        job()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def _latents(model: Autoencoder) -> np.ndarray:
    pairs, _ = load_pairs(data_folder() / "pairs.jsonl")
    return model.encode([pair.a for pair in pairs]).mu


def _throughput(model: Autoencoder, rounds: int) -> float:
    z = _latents(model)
    return len(z) / _median(lambda: model.decode(z, steps=8), rounds)


def _same(model: Autoencoder, options: WalkOptions) -> bool:
    """Forty ways at once, and one by one from the last to the first."""
    pairs, _ = load_pairs(data_folder() / "pairs.jsonl")
    chosen = pairs[::5]
    together = [way.texts for way in walk(model, chosen, options)]
    alone = [walk(model, [pair], options)[0].texts for pair in reversed(chosen)]
    return together == alone[::-1]
