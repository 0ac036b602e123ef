"""Search around a decoded sentence for the one whose own latent is nearest to the latent that was decoded.

The frozen encoder can check an answer: encode it again and compare (vec2text, Morris et al. 2023,
arXiv:2310.06816, gains most of its accuracy from this feedback). Each round masks every position alone, and
every pair of neighbours, asks the decoder for its likeliest tokens there, encodes what comes out, and keeps
the nearest. The length stays; the search can only come nearer. It costs some dozen encodings a sentence
and round, so it is an option and never the default.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from latentlab.models.autoencoder import Autoencoder
from latentlab.models.decoder import Layout
from latentlab.models.tokenizer import MASK

ROWS = 2048
ALTERNATIVES = 4
"""Tokens tried at a masked position."""


class Refined(NamedTuple):
    """What the search ended with, row by row."""

    texts: list[str]
    tokens: list[list[int]]
    distances: Float[np.ndarray, " n"]
    """||head(enc(text)) - z||; infinite where a text cannot be encoded."""


def refine(
    model: Autoencoder,
    z: Float[np.ndarray, "n d"],
    tokens: Sequence[Sequence[int]],
    *,
    rounds: int = 2,
    candidates: int = 16,
) -> Refined:
    """Sentences at least as near to `z` as those of `tokens`.

    Args:
        model: With an encoder at hand.
        z: The latents that were decoded.
        tokens: What they were decoded to, one non-empty list a latent.
        rounds: How often the neighbourhood is searched; sentences that do not change are done.
        candidates: Sentences encoded in each round for each latent, the decoder's likeliest first.
    """
    best = [list(row) for row in tokens]
    texts = model.tokenizer.decode(best)
    distances = _distances(model, texts, z)
    moving = list(range(len(best)))
    for _ in range(rounds):
        proposed = _neighbours(model, z[moving], [best[i] for i in moving], candidates)
        owners = [i for i, rows in zip(moving, proposed, strict=True) for _ in rows]
        rows = [row for rows in proposed for row in rows]
        new_texts = model.tokenizer.decode(rows)
        new_distances = _distances(model, new_texts, z[owners])
        changed = set()
        for owner, row, text, distance in zip(owners, rows, new_texts, new_distances, strict=True):
            if distance < distances[owner]:
                best[owner], texts[owner], distances[owner] = row, text, distance
                changed.add(owner)
        moving = sorted(changed)
        if not moving:
            break
    return Refined(texts, best, distances)


def _distances(
    model: Autoencoder, texts: Sequence[str], z: Float[np.ndarray, "n d"]
) -> Float[np.ndarray, " n"]:
    """Distance of each text's latent to its row of z; infinite where a text cannot be encoded."""
    limit = model.config.decoder.max_length
    counts = model.token_counts(texts)
    unique = list(dict.fromkeys(t for t, c in zip(texts, counts, strict=True) if t.strip() and c <= limit))
    known = dict(zip(unique, model.encode(unique).mu, strict=True)) if unique else {}
    far = np.full(z.shape[1], np.inf)
    own = np.stack([known.get(text, far) for text in texts]) if len(texts) else np.empty_like(z)
    distances: np.ndarray = np.linalg.norm(own - z, axis=1)
    return distances


@torch.inference_mode()
def _neighbours(
    model: Autoencoder, z: Float[np.ndarray, "n d"], tokens: Sequence[Sequence[int]], candidates: int
) -> list[list[list[int]]]:
    """For each sentence its likeliest variations in one position or two neighbouring ones."""
    owners, spans = [], []
    for i, row in enumerate(tokens):
        places = [(p,) for p in range(len(row))] + [(p, p + 1) for p in range(len(row) - 1)]
        owners += [i] * len(places)
        spans += places
    lengths = np.array([len(tokens[i]) for i in owners])
    latents = torch.as_tensor(np.array(z, dtype=np.float32, copy=True))
    found: list[list[tuple[float, list[int]]]] = [[] for _ in tokens]
    order = np.argsort(lengths, kind="stable")
    for at in range(0, len(order), ROWS):
        rows = order[at : at + ROWS].tolist()
        layout = Layout.of(torch.as_tensor(lengths[rows]))
        starts = (torch.cumsum(layout.lengths, 0) - layout.lengths).tolist()
        flat = torch.tensor([t for r in rows for t in tokens[owners[r]]])
        masked = torch.zeros(len(flat), dtype=torch.bool)
        for r, start in zip(rows, starts, strict=True):
            masked[[start + p for p in spans[r]]] = True
        logits = model.decoder(
            flat.masked_fill(masked, MASK), latents[[owners[r] for r in rows]], layout, masked
        )
        logp, ids = logits.log_softmax(dim=-1).topk(ALTERNATIVES, dim=-1)
        k = 0
        for r in rows:
            width = len(spans[r])
            for variation in _variations(
                tokens[owners[r]], spans[r], logp[k : k + width].tolist(), ids[k : k + width].tolist()
            ):
                found[owners[r]].append(variation)
            k += width
    return [_likeliest(variations, candidates) for variations in found]


def _variations(
    row: Sequence[int], span: tuple[int, ...], logp: list[list[float]], ids: list[list[int]]
) -> list[tuple[float, list[int]]]:
    """Every combination of the likeliest tokens in the span, but what is there already."""
    made: list[tuple[float, dict[int, int]]] = [(0.0, {})]
    for place, scores, tokens in zip(span, logp, ids, strict=True):
        made = [
            (total + score, {**chosen, place: token})
            for total, chosen in made
            for score, token in zip(scores, tokens, strict=True)
        ]
    rows = [(score, [chosen.get(i, t) for i, t in enumerate(row)]) for score, chosen in made]
    return [(score, new) for score, new in rows if new != list(row)]


def _likeliest(variations: list[tuple[float, list[int]]], candidates: int) -> list[list[int]]:
    """The best different ones."""
    ranked = sorted(variations, key=lambda v: -v[0])
    different = dict.fromkeys(tuple(row) for _, row in ranked)
    return [list(row) for row in list(different)[:candidates]]
