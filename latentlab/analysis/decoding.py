"""Many latents to texts: sorted by length, decoded in chunks, put back in their order.

A chunk holds latents of nearly one length, so there are few and large batches; a text depends neither on its
neighbours nor on their order.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from latentlab.models.sentence_model import SentenceModel

Progress = Callable[[str, int, int], None]
Rows = Callable[[Int[np.ndarray, " k"]], Float[np.ndarray, "k d"]]
"""Row numbers to latents, so that latents of which there are many need not be in memory at once."""
CHUNK = 256
"""Latents decoded at a time: the logits of more would not fit a small memory."""


class Written(NamedTuple):
    """A text and its tokens for each row."""

    texts: list[str]
    tokens: list[list[int]]


def check_decoders(models: Sequence[SentenceModel]) -> None:
    """CheckpointError, with the reason, for a checkpoint that cannot decode (layout F)."""
    for model in models:
        # The smallest thing that needs a decoder, asked before hours of work and not after.
        model.likely_lengths(np.zeros((1, model.config.head.width), dtype=np.float32))


def decode_rows(
    model: SentenceModel, rows: Rows, count: int, *, what: str = "", progress: Progress | None = None
) -> Written:
    """Greedy texts of `count` latents, each with the length that the model finds likeliest for it."""
    likely = [n for part in _chunks(np.arange(count)) for n in model.likely_lengths(rows(part))]
    lengths = np.array(likely, dtype=np.int64)
    order = np.argsort(lengths, kind="stable")
    texts, tokens = [""] * count, [[0]] * count
    done = 0
    for part in _chunks(order):
        written = model.decode_steps(rows(part), length=[int(n) for n in lengths[part]])
        for row, text, ids in zip(part.tolist(), written.texts, written.tokens, strict=True):
            texts[row], tokens[row] = text, ids
        done += len(part)
        if progress:
            progress(f"decoding {model.name}{what}", done, count)
    return Written(texts, tokens)


def decode(
    model: SentenceModel, z: Float[np.ndarray, "n d"], *, what: str = "", progress: Progress | None = None
) -> Written:
    """Greedy texts of latents that are in memory."""
    return decode_rows(model, lambda rows: z[rows], len(z), what=what, progress=progress)


def _chunks(rows: Int[np.ndarray, " n"]) -> list[Int[np.ndarray, " k"]]:
    return [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
