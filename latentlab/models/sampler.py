"""Unmasking: from an all-masked canvas to tokens, a few positions a step, surest first.

The sampler takes a function from tokens to logits, not a model, and returns every step. It is greedy unless a
temperature is given. The number of masks left after step i of S is floor(L (1 - i/S)), so the last step
leaves none (MaskGIT, Chang et al. 2022, arXiv:2202.04200; linear schedule).
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from latentlab.models.tokenizer import MASK

TokensToLogits = Callable[[Int[Tensor, "n L"], Bool[Tensor, "n L"]], Float[Tensor, "k v"]]
"""Logits at the masked positions, row by row; k is their number."""
Choose = Callable[[Int[Tensor, "n L"], Bool[Tensor, "n L"]], tuple[Int[Tensor, " k"], Float[Tensor, " k"]]]
"""A token for each masked position, row by row, and its log-probability."""


class Noise(NamedTuple):
    """Random numbers of a batch: rows with one owner differ by their latents alone."""

    gumbel: Float[Tensor, "m L v"]
    """m tensors of noise, at least as long as the canvas."""
    owner: Int[Tensor, " n"]
    """Which of them each row takes."""

    @classmethod
    def of(cls, seeds: Sequence[int], length: int, vocabulary: int) -> "Noise":
        """One seed a row; a tensor for each different seed.

        In double precision: single-precision Gumbel noise lowers the effective temperature (Zheng et al.
        2024, arXiv:2409.02908).
        """
        known = {seed: i for i, seed in enumerate(dict.fromkeys(seeds))}
        tensors = []
        for seed in known:
            generator = torch.Generator().manual_seed(seed)
            uniform = torch.rand((length, vocabulary), generator=generator, dtype=torch.float64)
            tensors.append(-(-uniform.clamp_min(1e-300).log()).log())
        return cls(torch.stack(tensors), torch.tensor([known[seed] for seed in seeds]))


class Unmasked(NamedTuple):
    """What a batch became, row by row."""

    tokens: list[list[int]]
    paths: list[list[list[int]]]
    """The tokens before the first and after every step."""
    logp: list[float]
    """Mean log-probability of a revealed token, nats."""


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
    noise: Noise | None = None,
    top_k: int | None = None,
    repetition_penalty: float = 1.0,
) -> tuple[Int[Tensor, "steps n L"], Float[Tensor, " n"]]:
    """Fill a canvas whose positions are all masked.

    Returns the canvas before the first and after every step, and the sum of log-probabilities of the revealed
    tokens. With `temperature` > 0, Gumbel noise is added to the log-probabilities; rows that are to differ by
    their latents alone are given the same. `top_k` keeps the likeliest tokens of a position alone. The log-
    probability of a token that the row has already is multiplied by `repetition_penalty` (Keskar et al. 2019,
    arXiv:1909.05858); 1 is none.
    """

    def choose(tokens: Tensor, masked: Tensor) -> tuple[Tensor, Tensor]:
        logp = tokens_to_logits(tokens, masked).log_softmax(dim=-1)
        rows, columns = masked.nonzero().unbind(dim=1)
        guess_from = logp
        if repetition_penalty != 1.0:
            present = torch.zeros(len(tokens), logp.shape[-1], dtype=torch.bool).scatter_(1, tokens, True)
            guess_from = torch.where(present[rows], guess_from * repetition_penalty, guess_from)
        if top_k is not None:
            least = guess_from.topk(min(top_k, logp.shape[-1]), dim=-1).values[:, -1:]
            guess_from = guess_from.masked_fill(guess_from < least, -torch.inf)
        if temperature > 0 and noise is not None:
            guess_from = guess_from / temperature + noise.gumbel[noise.owner[rows], columns]
        guess = guess_from.argmax(dim=-1)
        return guess, logp.gather(1, guess[:, None])[:, 0]

    return fill(choose, canvas, steps=steps)


def fill(
    choose: Choose, canvas: Int[Tensor, "n L"], *, steps: int = 8
) -> tuple[Int[Tensor, "steps n L"], Float[Tensor, " n"]]:
    """What `unmask` does once there is a token for every position: the surest are revealed."""
    n, length = canvas.shape
    tokens = canvas.clone()
    trajectory = [tokens.clone()]
    score = torch.zeros(n)
    for reveal in unmask_counts(length, steps):
        masked = tokens == MASK
        guess, confidence = (x.view(n, -1) for x in choose(tokens, masked))
        columns = masked.nonzero()[:, 1].view(n, -1)  # every row has the same number of masks left
        chosen = confidence.topk(reveal, dim=1).indices
        tokens.scatter_(1, columns.gather(1, chosen), guess.gather(1, chosen))
        score += confidence.gather(1, chosen).sum(dim=1).cpu()
        trajectory.append(tokens.clone())
    return torch.stack(trajectory), score


def unmask_lengths(
    to_logits: Callable[[list[int], int], TokensToLogits],
    counts: Sequence[int],
    *,
    noise_shape: tuple[int, int],
    to_choice: Callable[[list[int], int], Choose] | None = None,
    seed: int | Sequence[int] = 0,
    steps: int = 8,
    temperature: float = 0.0,
    at_once: int = 1 << 30,
    **options: Any,
) -> Unmasked:
    """Fill canvases of several lengths.

    Equal lengths go through together: no padding, and a row does not depend on its neighbours.

    Args:
        to_logits: From the numbers of some rows and their common length to what `unmask` needs.
        counts: Tokens of each row, at least 1.
        noise_shape: Longest canvas and number of symbols: rows of one seed share noise of this shape.
        to_choice: The same to what `fill` needs; where it is given it is used instead of logits.
        seed: One for all or one a row.
        steps: As in `unmask`.
        temperature: As in `unmask`.
        at_once: Most rows in one pass.
        options: As in `unmask`.
    """
    n = len(counts)
    seeds = [seed] * n if isinstance(seed, int) else seed
    noise = Noise.of(seeds, *noise_shape) if temperature > 0 and n else None
    paths: list[list[list[int]]] = [[] for _ in counts]
    logp = [0.0] * n
    for count in sorted(set(counts)):
        same = [i for i, c in enumerate(counts) if c == count]
        for start in range(0, len(same), at_once):
            rows = same[start : start + at_once]
            canvas = torch.full((len(rows), count), MASK)
            if to_choice is not None:
                path, score = fill(to_choice(rows, count), canvas, steps=steps)
            else:
                own = None if noise is None else Noise(noise.gumbel, noise.owner[rows])
                given = to_logits(rows, count)
                path, score = unmask(
                    given, canvas, steps=steps, temperature=temperature, noise=own, **options
                )
            for i, row in enumerate(rows):
                paths[row] = path[:, i].tolist()
                logp[row] = float(score[i]) / count
    return Unmasked([path[-1] for path in paths], paths, logp)
