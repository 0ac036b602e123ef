"""Masked discrete-diffusion decoder: p(tokens | z, length), all positions at once.

Notable choices
- SUBS parameterisation (MDLM, Sahoo et al. 2024, arXiv:2406.07524): only masked positions are predicted,
  visible ones are copied, the mask itself is never predicted. No time input: the mask count carries it
  (Zheng et al. 2024, arXiv:2409.02908), so everything that depends on z is computed once a sentence.
- The canvas has exactly `length` slots. Positions are learned from both ends; without absolute positions an
  all-masked canvas looks the same everywhere.
- AdaLN-zero (Peebles & Xie 2022, arXiv:2212.09748) with six vectors a block, gates as 1 + g, and a
  zero-initialised projection of z added to every token. Token, position and z are of one order in the first
  residual stream.
- Tied embeddings; the vocabulary layer sees masked positions alone.
- Sentences are laid end to end (`Layout`), sorted by length: no padding is ever computed.

The decoder knows neither text nor encoder, and does not choose lengths.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from latentlab.models.model_config import DecoderConfig
from latentlab.models.tokenizer import MASK, PAD


class Layout(NamedTuple):
    """Where the tokens of n sentences stand when they are laid end to end, equal lengths together."""

    lengths: Int[Tensor, " n"]
    groups: list[tuple[int, int]]
    """(number of sentences, their length), in order; sum of products = T."""
    sentence: Int[Tensor, " T"]
    position: Int[Tensor, " T"]

    @classmethod
    def of(cls, lengths: Int[Tensor, " n"]) -> "Layout":
        """`lengths` must be sorted (ascending or not), so that equal ones are neighbours."""
        values, counts = torch.unique_consecutive(lengths, return_counts=True)
        groups = [(int(c), int(v)) for v, c in zip(values, counts, strict=True)]
        sentence = torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), lengths)
        starts = torch.cumsum(lengths, 0) - lengths
        position = torch.arange(len(sentence), device=lengths.device) - starts[sentence]
        return cls(lengths, groups, sentence, position)

    def to(self, device: torch.device) -> "Layout":
        """The same layout with its arrays on another device."""
        return Layout(
            self.lengths.to(device), self.groups, self.sentence.to(device), self.position.to(device)
        )


class Condition(NamedTuple):
    """What the blocks need of z, computed once a sentence."""

    blocks: list[Tensor]
    """(n, 6 width) each: scale, shift, gate for attention, then for the feed-forward layer."""
    final: Tensor
    """(n, 2 width)."""
    shift: Tensor
    """(n, width), added to every input token."""


class Block(nn.Module):
    """Pre-norm attention and feed-forward, both modulated by z."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(
        self,
        x: Float[Tensor, "T d"],
        modulation: Float[Tensor, "n m"],
        layout: Layout,
        keep: Bool[Tensor, " T"] | None = None,
    ) -> Tensor:
        """`modulation` has 6 d columns, one row a sentence.

        With `keep`, only those rows come out: the feed-forward layer never sees the others.
        """
        sentence, (attention, feed_forward) = layout.sentence, modulation.chunk(2, dim=1)
        scale, shift, gate = attention.index_select(0, sentence).chunk(3, dim=1)
        h = F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift
        x = x + (1 + gate) * self.out(self._attend(self.qkv(h), layout))
        if keep is not None:
            x, sentence = x[keep], sentence[keep]
        scale, shift, gate = feed_forward.index_select(0, sentence).chunk(3, dim=1)
        h = F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift
        out: Tensor = x + (1 + gate) * self.down(F.gelu(self.up(h)))
        return out

    def _attend(self, qkv: Float[Tensor, "T e"], layout: Layout) -> Float[Tensor, "T d"]:
        done = []
        # Split, not sliced: the backward pass of a slice fills an array of the whole's size for every group.
        parts = torch.split(qkv, [count * length for count, length in layout.groups])
        for rows, (count, length) in zip(parts, layout.groups, strict=True):
            q, k, v = rows.view(count, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            # Written out: for a dozen tokens the fused kernel's backward pass costs five times as much on a
            # CPU.
            weights = torch.softmax((q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2), dim=-1)
            y = weights.to(v) @ v
            done.append(y.transpose(1, 2).reshape(count * length, -1))
        return torch.cat(done)


class Decoder(nn.Module):
    """Tokens with masks, a latent and a length to logits at the masked positions."""

    def __init__(self, config: DecoderConfig, latent_width: int) -> None:
        super().__init__()
        self.config = config
        d = config.width
        self.token = nn.Embedding(config.vocab_size, d)
        self.forward_position = nn.Embedding(config.max_length, d)
        self.reverse_position = nn.Embedding(config.max_length, d)
        self.length = nn.Embedding(config.max_length + 1, d)
        self.null = nn.Parameter(torch.zeros(latent_width))
        self.shift = nn.Linear(latent_width, d, bias=False)
        self.latent = nn.Linear(latent_width, d)
        self.condition_hidden = nn.Linear(d, d)
        self.blocks = nn.ModuleList([Block(d, config.heads) for _ in range(config.layers)])
        self.modulations = nn.ModuleList([nn.Linear(d, 6 * d) for _ in range(config.layers)])
        self.final = nn.Linear(d, 2 * d)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    @torch.no_grad()
    def initialise(self, generator: torch.Generator) -> None:
        """All initial values, in one place."""
        self.token.weight.normal_(std=0.02, generator=generator)
        for table in (self.forward_position, self.reverse_position):
            table.weight.normal_(std=0.35, generator=generator)
        self.length.weight.normal_(std=0.1, generator=generator)
        self.null.normal_(std=1.0, generator=generator)
        for layer in (self.latent, self.condition_hidden):
            layer.weight.normal_(std=1 / math.sqrt(layer.in_features), generator=generator)
            layer.bias.zero_()
        for layer in (*self.modulations, self.final):
            layer.weight.zero_()
            layer.bias.zero_()
        self.shift.weight.zero_()
        depth = 1 / math.sqrt(2 * self.config.layers)
        for block in self.blocks:
            for name, scale in (("qkv", 1.0), ("up", 1.0), ("out", depth), ("down", depth)):
                weight = block.get_parameter(f"{name}.weight")
                weight.normal_(std=scale / math.sqrt(weight.shape[1]), generator=generator)

    def condition(self, z: Float[Tensor, "n dz"], lengths: Int[Tensor, " n"]) -> Condition:
        """Everything that depends on z and the length alone."""
        h = F.silu(self.latent(z) + self.length(lengths))
        h = F.silu(self.condition_hidden(h))
        return Condition([layer(h) for layer in self.modulations], self.final(h), self.shift(z))

    def hidden(
        self, tokens: Int[Tensor, " T"], condition: Condition, layout: Layout, keep: Bool[Tensor, " T"]
    ) -> Float[Tensor, "k d"]:
        """Final states of the positions in `keep`, in order."""
        position = layout.position
        reverse = layout.lengths[layout.sentence] - 1 - position
        x = self.token(tokens) * 50.0  # std 0.02 serves the logits, std 1 the residual stream
        x = x + self.forward_position(position) + self.reverse_position(reverse)
        x = x + condition.shift.index_select(0, layout.sentence)
        last = len(self.blocks) - 1
        for i, (block, modulation) in enumerate(zip(self.blocks, condition.blocks, strict=True)):
            x = block(x, modulation, layout, keep if i == last else None)
        shift, scale = condition.final.index_select(0, layout.sentence[keep]).chunk(2, dim=1)
        return F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift

    def vocabulary(self, hidden: Float[Tensor, "k d"]) -> Float[Tensor, "k v"]:
        """Logits; mask and pad are impossible."""
        return F.linear(hidden, self.token.weight, self.possible().to(hidden)).float()

    def possible(self) -> Float[Tensor, " v"]:
        """The vocabulary layer's bias, minus infinity for mask and pad."""
        # In the bias, not added to the logits: that would be one more pass over the largest array of a step.
        blocked = torch.zeros_like(self.bias)
        blocked[[MASK, PAD]] = -torch.inf
        return self.bias + blocked

    def forward(
        self,
        tokens: Int[Tensor, " T"],
        z: Float[Tensor, "n dz"],
        layout: Layout,
        keep: Bool[Tensor, " T"],
    ) -> Float[Tensor, "k v"]:
        """Logits at the positions in `keep`, in order."""
        return self.vocabulary(self.hidden(tokens, self.condition(z, layout.lengths), layout, keep))
