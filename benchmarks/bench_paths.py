"""Walks between sentences: how long they take, and what the paths of the shipped checkpoints reach."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.bench_decoding import reference_decode, with_long_positions
from latentlab.analysis.interpolation.interpolations import interpolate
from latentlab.analysis.interpolation.path_scores import shipped_fluency_lm
from latentlab.analysis.interpolation.walk import WalkOptions, walk
from latentlab.analysis.loading import load_models
from latentlab.corpora import data_folder
from latentlab.corpora.pair_files import load_pairs
from latentlab.metrics.text.path_quality import edit_steps, largest_step_share
from latentlab.models.autoencoder import Autoencoder
from latentlab.results.jsonable import to_jsonable

STEPS = 11
NAMES = ("baseline", "vib")
LOOPED = 8
"""Sentences of the slow loop: it takes a second for each."""


def run(folder: Path, rounds: int = 5) -> dict[str, Any]:
    """The rows of the table: seconds, sentences a second, equality, and the scores of all shipped pairs."""
    models = [model for model in load_models([folder]) if model.name in NAMES]
    pairs, _ = load_pairs(data_folder() / "pairs.jsonl")
    options = WalkOptions(steps=STEPS)
    judge = shipped_fluency_lm()

    def one_pair() -> None:
        for model in models:
            for path in walk(model, pairs[:1], options):
                largest_step_share(edit_steps(path.texts[0]))
                judge.perplexity(path.texts[0])

    started = time.perf_counter()
    report = interpolate(models, pairs, options)
    seconds = time.perf_counter() - started
    items = to_jsonable(report.results)["items"]
    return {
        "one_pair_s": _median(one_pair, rounds),
        "decoding": {model.name: _throughput(model, rounds) for model in models},
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


def _throughput(model: Autoencoder, rounds: int) -> dict[str, float]:
    """Sentences a second on one core, and of a loop over single sentences on the same weights."""
    z, threads = _latents(model), torch.get_num_threads()
    torch.set_num_threads(1)
    usual = with_long_positions(model)

    def one_by_one() -> None:
        for row in z[:LOOPED]:
            reference_decode(usual, torch.as_tensor(row[None]))

    ours, theirs = [], []
    for _ in range(rounds):  # alternating, so that both meet the same machine
        ours.append(len(z) / _median(lambda: model.decode(z, steps=8), 1))
        theirs.append(LOOPED / _median(one_by_one, 1))
    torch.set_num_threads(threads)
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    return {
        "ours_sentences_per_s": statistics.median(ours),
        "loop_sentences_per_s": statistics.median(theirs),
        "ratio": ratio,
    }


def _same(model: Autoencoder, options: WalkOptions) -> bool:
    """Forty paths at once, and one by one from the last to the first."""
    pairs, _ = load_pairs(data_folder() / "pairs.jsonl")
    chosen = pairs[::5]
    together = [path.texts for path in walk(model, chosen, options)]
    alone = [walk(model, [pair], options)[0].texts for pair in reversed(chosen)]
    return together == alone[::-1]


def rows(p: dict[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """What was to be reached, what was measured, whether it was; nothing where it has not been measured."""
    if not p:
        return []
    scores, names = p["scores"], list(p["scores"])
    rates = {name: p["decoding"][name] for name in names}

    def row(what: str, reach: str, group: str, key: str, good: Callable[[list[float]], bool]) -> Any:
        cells = [scores[name][group][key] for name in names]
        text = ", ".join(f"`{name}` {_shown(cell)}" for name, cell in zip(names, cells, strict=True))
        return what, reach, text, good([cell["value"] for cell in cells])

    speeds = ", ".join(f"`{n}` {r['ours_sentences_per_s']:.0f}" for n, r in rates.items())
    loops = ", ".join(
        f"`{n}` {r['ratio']:.0f}× ({r['loop_sentences_per_s']:.1f} sentences/s)" for n, r in rates.items()
    )
    pairs = f"{p['pairs']} pairs"
    return [
        (
            f"one pair, {STEPS} points, two checkpoints, encode + decode + cheap scores, warm",
            "≤ 150 ms",
            f"{1e3 * p['one_pair_s']:.0f} ms",
            p["one_pair_s"] <= 0.15,
        ),
        (
            "greedy decoding, 8 steps, one core, sentences a second",
            "≥ 500",
            speeds,
            all(r["ours_sentences_per_s"] >= 500 for r in rates.values()),
        ),
        (
            "the same against an SGDD-style loop on identical weights (two passes, 64 slots, 16 steps, "
            "one sentence at a time)",
            "≥ 25×",
            loops,
            all(r["ratio"] >= 25 for r in rates.values()),
        ),
        (
            "paths decoded in a batch, and one by one in the other order",
            "identical text",
            "identical" if p["batch_is_one_by_one"] else "different",
            p["batch_is_one_by_one"],
        ),
        row(
            f"endpoint fidelity, {pairs}", "≥ .95", "all pairs", "endpoint_fidelity", lambda v: min(v) >= 0.95
        ),
        row(
            "the middle of one-factor pairs is right",
            "≥ .90 for the better",
            "one",
            "kept",
            lambda v: max(v) >= 0.9,
        ),
        row(
            f"perplexity of midpoints over that of the ends, {pairs}",
            "≤ 1.6",
            "all pairs",
            "fluency_middle",
            lambda v: max(v) <= 1.6,
        ),
        row(f"monotone shift, {pairs}", "≥ .9", "all pairs", "monotone_shift", lambda v: min(v) >= 0.9),
        (
            f"{pairs} × {STEPS} points × 2 checkpoints, all scores with intervals",
            "≤ 2 minutes",
            f"{p['all_pairs_s']:.0f} s",
            p["all_pairs_s"] <= 120,
        ),
    ]


def _shown(cell: dict[str, Any]) -> str:
    value = f"{cell['value']:.3f}"
    if not cell["ci95"]:
        return value
    low, high = cell["ci95"]
    return f"{value} [{low:.3f}, {high:.3f}]"
