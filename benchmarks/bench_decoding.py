"""Greedy decoding against a loop that does what most do, on the same weights.

The reference decodes every sentence on a canvas of 64 slots, in 16 steps, each with a conditional and an
unconditional pass, and computes logits at all positions. It is batched, in the same precision and process.
"""

import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from latentlab import load_checkpoint
from latentlab.corpora import shipped_corpus
from latentlab.models.autoencoder import Autoencoder
from latentlab.models.decoder import Layout
from latentlab.models.tokenizer import MASK

SLOTS, STEPS, GUIDANCE = 64, 16, 1.5


def run(folder: Path, n: int = 128, rounds: int = 3) -> dict[str, Any]:
    """Sentences a second of both, alternating."""
    model = load_checkpoint(folder)
    texts = list(shipped_corpus().split("test").sample(n, seed=0).texts)
    z = model.encode(texts).mu
    reference, canvas_model = with_long_positions(model), torch.as_tensor(z)
    model.decode(z[:8])
    ours, theirs = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        model.decode(z, steps=8)
        ours.append(n / (time.perf_counter() - started))
        started = time.perf_counter()
        reference_decode(reference, canvas_model)
        theirs.append(n / (time.perf_counter() - started))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "ours_sentences_per_s": statistics.median(ours),
        "reference_sentences_per_s": statistics.median(theirs),
        "ratio": statistics.median(ratios),
        "lowest_ratio": min(ratios),
    }


def with_long_positions(model: Autoencoder) -> Autoencoder:
    """The same weights, position tables repeated up to 64 slots: the cost of a canvas, not its quality."""
    decoder = load_checkpoint(model.path).decoder
    for name in ("forward_position", "reverse_position", "length"):
        table = getattr(decoder, name).weight
        repeats = -(-(SLOTS + 1) // len(table))
        setattr(decoder, name, torch.nn.Embedding.from_pretrained(table.repeat(repeats, 1)))
    return Autoencoder(
        model.config, model.tokenizer, model.head, model.length_head, decoder, model.load_encoder
    )


@torch.inference_mode()
def reference_decode(model: Autoencoder, z: torch.Tensor) -> np.ndarray:
    """The tokens (n, 64) of the loop that most write."""
    n = len(z)
    tokens = torch.full((n, SLOTS), MASK)
    layout = Layout.of(torch.full((n,), SLOTS))
    everything = torch.ones(n * SLOTS, dtype=torch.bool)
    null = model.decoder.null.expand_as(z)
    for step in range(STEPS):
        conditional, free = (
            model.decoder(tokens.reshape(-1), latent, layout, everything).view(n, SLOTS, -1)[..., 2:]
            for latent in (z, null)
        )
        logits = GUIDANCE * conditional + (1 - GUIDANCE) * free
        confidence, guess = logits.softmax(dim=-1).max(dim=-1)
        confidence = confidence.masked_fill(tokens != MASK, -1.0)
        left = SLOTS * (STEPS - 1 - step) // STEPS
        reveal = int((tokens[0] == MASK).sum()) - left
        chosen = confidence.topk(reveal, dim=1).indices
        tokens.scatter_(1, chosen, guess.gather(1, chosen) + 2)
    return tokens.numpy()
