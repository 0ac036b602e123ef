"""Latents to tokens with an old decoder: our sampler, and the loop that SGDD itself used.

Ours: the length first, from the probabilities of the end symbol; then the tokens of a canvas
`<bos> … <eos> <pad> …`, surest first, none left. A row's text does not depend on its neighbours.

Theirs (`sgdd_loop`): for comparison with old results, faults included. Time runs the wrong way, so that the
all-masked canvas is read as almost clean; half of all tokens are chosen in the first step; how many are
chosen depends on the batch; masks may be left, and what was drawn is fed back as self-conditioning, masks
included. Positions after the end symbol are filled like any others.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from latentlab.models.sampler import TokensToLogits
from latentlab.models.sgdd.sgdd_config import SpecialTokens
from latentlab.models.sgdd.sgdd_decoders import SgddDecoder
from latentlab.models.tokenizer import MASK

_OFFSET = 0.008
"""s of the cosine schedule (Nichol & Dhariwal 2021, arXiv:2102.09672)."""


def timestep_of(kept: Float[Tensor, " n"], timesteps: int) -> Int[Tensor, " n"]:
    """The timestep at which a token is kept with this probability: the inverse of the cosine schedule.

    >>> timestep_of(torch.tensor([1.0, 0.5, 0.0]), 1000).tolist()
    [0, 496, 999]
    """
    start = math.cos(_OFFSET / (1 + _OFFSET) * math.pi / 2) ** 2
    angle = torch.arccos((kept.double().clamp(0, 1) * start).sqrt())
    time = angle * 2 / math.pi * (1 + _OFFSET) - _OFFSET
    return (time * timesteps).round().long().clamp(0, timesteps - 1)


class Guided(NamedTuple):
    """A decoder with a latent, and how strongly it is listened to."""

    decoder: SgddDecoder
    z: Float[Tensor, "n d"]
    guidance: float
    """gamma in gamma log p(.|z) + (1 - gamma) log p(.|0): in training z = 0 stood for no latent."""

    def __call__(
        self,
        x_t: Int[Tensor, "n L"],
        t: Int[Tensor, " n"],
        keep: Bool[Tensor, "n L"],
        prev_pred: Int[Tensor, "n L"] | None = None,
    ) -> Float[Tensor, "k v"]:
        """Logits at the positions in `keep`, in order."""
        given: Tensor = self.decoder.output_proj(self.decoder.hidden(x_t, self.z, t, prev_pred)[keep])
        if self.guidance == 1.0:
            return given
        null = torch.zeros_like(self.z)
        free: Tensor = self.decoder.output_proj(self.decoder.hidden(x_t, null, t, prev_pred)[keep])
        return self.guidance * given + (1 - self.guidance) * free


def likely_lengths(model: Guided, specials: SpecialTokens, canvas: int) -> list[int]:
    """The most likely number of tokens for each latent.

    The decoder was trained on positions up to the end symbol, so its probability of that symbol at position
    i, given a begin symbol and nothing else, is the probability that the text ends there if it has come so
    far; with the padding symbol excluded this also holds for models that were trained on padding.
    """
    n = len(model.z)
    x = torch.full((n, canvas), specials.mask)
    x[:, 0] = specials.bos
    t = torch.full((n,), model.decoder.config.timesteps - 1)
    logits = model(x, t, x == specials.mask).view(n, canvas - 1, -1).double()
    logits[:, :, [specials.pad, specials.mask, specials.bos]] = -torch.inf
    end = logits.log_softmax(dim=-1)[:, :, specials.eos]
    # Position 1 is the first token's: a text has one at least. Whoever reaches the last slot ends there.
    ends, goes_on = end[:, 1:].clone(), torch.log1p(-end[:, 1:].exp().clamp(max=1 - 1e-12))
    ends[:, -1] = 0
    before = torch.cat([torch.zeros(n, 1, dtype=torch.double), goes_on.cumsum(1)[:, :-1]], dim=1)
    likely: list[int] = ((ends + before).argmax(dim=1) + 1).tolist()
    return likely


def content_logits(model: Guided, specials: SpecialTokens, canvas: int) -> TokensToLogits:
    """What `unmask` needs: tokens of one length to logits, on a canvas with everything around them.

    Special symbols are impossible. In `unmask` a masked token is 0, which is special in every encoder's
    vocabulary and excluded here, so that it cannot be taken for a token.
    """
    impossible = sorted({MASK, *specials.model_dump().values()})

    def logits(tokens: Tensor, masked: Tensor) -> Tensor:
        n, length = tokens.shape
        x = torch.full((n, canvas), specials.pad)
        x[:, 0], x[:, length + 1] = specials.bos, specials.eos
        x[:, 1 : length + 1] = tokens.masked_fill(masked, specials.mask)
        keep = torch.zeros(n, canvas, dtype=torch.bool)
        keep[:, 1 : length + 1] = masked
        t = timestep_of(1 - masked.float().mean(dim=1), model.decoder.config.timesteps)
        out = model(x, t, keep)
        out[:, impossible] = -torch.inf
        return out

    return logits


def sgdd_loop(
    model: Guided,
    specials: SpecialTokens,
    canvas: int,
    *,
    steps: int,
    temperature: float,
    generator: torch.Generator,
) -> tuple[Int[Tensor, "steps n L"], Float[Tensor, " n"]]:
    """The original loop: the canvas before the first and after every step, and the drawn log-probabilities.

    Step i of S runs at timestep T i/S and fills max(1, floor((1 - i/S) m / 2)) positions of every row, where
    m is the mean number of masks over the rows; tokens are drawn, positions are the most confident ones.
    """
    n = len(model.z)
    x = torch.full((n, canvas), specials.mask)
    path, score = [x.clone()], torch.zeros(n)
    for i, time in enumerate(torch.linspace(0, 1, steps + 1)[1:]):
        masked = x == specials.mask
        if not masked.any():
            break
        count = max(1, int((1 - time) * masked.sum(dim=1).float().mean().item() / 2))
        t = torch.full((n,), int(time * model.decoder.config.timesteps))
        logits = model(x, t, masked, x.clone() if model.decoder.modulated and i else None)
        rows = torch.split((logits / temperature).softmax(dim=-1), masked.sum(dim=1).tolist())
        for row, probabilities in enumerate(rows):
            if not len(probabilities):
                continue
            drawn = torch.multinomial(probabilities, 1, generator=generator)[:, 0]
            sure = probabilities.amax(dim=-1).topk(min(count, len(drawn))).indices
            x[row, masked[row].nonzero()[sure, 0]] = drawn[sure]
            score[row] += probabilities[sure, drawn[sure]].log().sum()
        path.append(x.clone())
    return torch.stack(path), score
