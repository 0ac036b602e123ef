"""What the shipped checkpoints reach: reconstruction on sentences never seen in training, KL, cone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from latentlab.analysis.anisotropy import anisotropy
from latentlab.analysis.load import load_models, usable
from latentlab.analysis.reconstruct import reconstruct
from latentlab.corpora import Corpus
from latentlab.results.plain import plain

REFINE = 2


def run(folder: Path, corpus: Corpus, n: int = 1000) -> dict[str, Any]:
    """By checkpoint: estimates on held-out and training sentences, KL over the entropy, gate and cosines."""
    models = load_models([folder])
    parts = {
        "held out": _some(models, corpus.split("test"), n),
        "train": _some(models, corpus.split("train"), n),
    }
    rebuilt = plain(reconstruct(models, parts).results)
    held_out = {"held out": parts["held out"]}
    refined = plain(reconstruct(models, held_out, refine=REFINE).results)
    cone = plain(anisotropy(models, parts["held out"], seed=0).results)
    results: dict[str, Any] = {"n": len(parts["held out"]), "corpus": corpus.name}
    by_model = zip(models, rebuilt["items"], refined["items"], cone["items"], strict=True)
    for model, item, better, cloud in by_model:
        results[model.name] = {
            "held_out": item["parts"]["held out"]["measures"],
            "train": item["parts"]["train"]["measures"],
            "refined": better["parts"]["held out"]["measures"],
            "gate": cloud["gate"],
            "clouds": {name: {"measures": c["measures"]} for name, c in cloud["clouds"].items()},
            "posterior": {key: value for key, value in (cloud["posterior"] or {}).items() if key != "curves"},
            "width": model.config.head.width,
        }
    return results


def _some(models: Sequence[Any], part: Corpus, n: int) -> list[str]:
    return usable(models, list(part.sample(min(n, len(part)), seed=0).texts))[0]
