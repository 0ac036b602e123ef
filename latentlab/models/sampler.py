"""Unmasking: from an all-masked canvas to tokens, a few positions a step, surest first.

The sampler takes a function from tokens to logits, not a model, and returns every step. It is greedy unless a
temperature is given. The number of masks left after step i of S is floor(L (1 - i/S)), so the last step
leaves none (MaskGIT, Chang et al. 2022, arXiv:2202.04200; linear schedule).
"""

from collections.abc import Callable
from itertools import pairwise

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from latentlab.models.tokenizer import MASK

TokensToLogits = Callable[[Int[Tensor, "n L"], Bool[Tensor, "n L"]], Float[Tensor, "k v"]]
"""Logits at the masked positions, row by row; k is their number."""


def unmask_counts(length: int, steps: int) -> list[int]:
    """How many positions each step reveals; they sum to `length`, and no step is idle.

    >>> unmask_counts(5, 2)
    [3, 2]
    >>> unmask_counts(3, 8)
    [1, 1, 1]
    """
    if length < 1 or steps < 1:
        raise ValueError(f"length and steps must be at least 1, got {length} and {steps}")
    steps = min(length, steps)
    left = [length * (steps - i) // steps for i in range(steps + 1)]
    return [before - after for before, after in pairwise(left)]


def unmask(
    tokens_to_logits: TokensToLogits,
    canvas: Int[Tensor, "n L"],
    *,
    steps: int = 8,
    temperature: float = 0.0,
    gumbel: Float[Tensor, "L v"] | None = None,
) -> tuple[Int[Tensor, "steps n L"], Float[Tensor, " n"]]:
    """Fill a canvas whose positions are all masked.

    Returns the canvas before the first and after every step, and the sum of log-probabilities of the revealed
    tokens. With `temperature` > 0, `gumbel` noise (one tensor for the whole canvas, so that rows differ by
    their latents alone) is added to the log-probabilities.
    """
    n, length = canvas.shape
    tokens = canvas.clone()
    trajectory = [tokens.clone()]
    score = torch.zeros(n)
    for reveal in unmask_counts(length, steps):
        masked = tokens == MASK
        logp = tokens_to_logits(tokens, masked).log_softmax(dim=-1)
        left = int(masked[0].sum())  # every row has the same number of masks left
        columns = masked.nonzero()[:, 1].view(n, left)
        guess_from = logp
        if temperature > 0 and gumbel is not None:
            guess_from = logp / temperature + gumbel.index_select(0, columns.flatten())
        guess = guess_from.argmax(dim=-1)
        confidence = logp.gather(1, guess[:, None]).view(n, left)
        chosen = confidence.topk(reveal, dim=1).indices
        at = columns.gather(1, chosen)
        tokens.scatter_(1, at, guess.view(n, left).gather(1, chosen))
        score += confidence.gather(1, chosen).sum(dim=1).cpu()
        trajectory.append(tokens.clone())
    return torch.stack(trajectory), score
