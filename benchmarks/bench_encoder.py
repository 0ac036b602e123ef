"""Encoder throughput against `SentenceTransformer.encode`: same weights, sentences, precision and process.

The rounds alternate, so that whatever else the machine does meets both alike.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from latentlab.corpora import shipped_corpus
from latentlab.models.encoder.encoder_files import resolve_encoder
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.encoder.precision import fast_bfloat16
from latentlab.models.model_config import EncoderConfig

_AGREE = 1e-5


def run(n: int = 5000, *, texts: Sequence[str] | None = None, rounds: int = 3) -> dict[str, Any]:
    """Measure sentences a second, median over the rounds.

    Args:
        n: Sentences.
        texts: Where they are taken from; the shipped corpus when None.
        rounds: How often each way is timed, in turn.

    Returns:
        Sentences a second at the last layer in float32 for both, their ratio, and latentlab's own at layer 3.

    Raises:
        RuntimeError: The two do not give the same vectors, so the ratio would mean nothing.
    """
    sentences = list(shipped_corpus().sample(n, seed=0).texts if texts is None else texts[:n])
    folder = resolve_encoder(EncoderConfig()).folder
    theirs = SentenceTransformer(str(folder), device="cpu")
    ours = {
        (layer, precision): FrozenEncoder.load(EncoderConfig(layer=layer), folder=folder, precision=precision)
        for layer, precision in ((-1, "float32"), (3, "float32"), (3, "bfloat16"))
    }
    last = ours[-1, "float32"]

    def encode_theirs(batch: list[str]) -> np.ndarray:
        return np.asarray(theirs.encode(batch, show_progress_bar=False))

    few = sentences[:200]
    # Their model ends with a normalisation to unit length.
    ours_few = last.encode(few)
    apart = np.abs(ours_few / np.linalg.norm(ours_few, axis=1, keepdims=True) - encode_theirs(few)).max()
    if apart > _AGREE:
        raise RuntimeError(f"the two encoders differ by {apart:.1e}")

    ways: dict[str, Callable[[list[str]], np.ndarray]] = {
        "sentence_transformers": encode_theirs,
        "latentlab": last.encode,
        "latentlab_layer3": ours[3, "float32"].encode,
        "latentlab_layer3_bfloat16": ours[3, "bfloat16"].encode,
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, encode in ways.items():
            encode(few)
            started = time.perf_counter()
            encode(sentences)
            seconds[name].append(time.perf_counter() - started)
    rates = {name: len(sentences) / statistics.median(times) for name, times in seconds.items()}
    ratios = [
        theirs_s / ours_s
        for theirs_s, ours_s in zip(seconds["sentence_transformers"], seconds["latentlab"], strict=True)
    ]
    return {
        "sentences": len(sentences),
        "rounds": rounds,
        "threads": torch.get_num_threads(),
        "largest_difference": float(apart),
        "sentences_per_second": {name: round(rate, 1) for name, rate in rates.items()},
        "ratio": round(statistics.median(ratios), 3),
        "ratio_min": round(min(ratios), 3),
        "fast_bfloat16": fast_bfloat16(),
    }


if __name__ == "__main__":
    import json

    print(json.dumps(run(), indent=2))
