"""The decoder when only its likeliest tokens are asked for: what `Decoder` computes, in less time.

Notable choices
- Sentences of one length at a time, (n, L, d): nothing is gathered by sentence. What does not change from
  step to step is computed once.
- Products may be in bfloat16; sums, norms, attention and softmax are in float32. z is rounded with them, so
  that the last bit of an encoder cannot decide a text.
- The logits of all symbols only choose a few candidates for each position. Theirs are computed again in
  float32: neither the choice nor its probability is one of rounded numbers.
- A row's result does not depend on its neighbours, to the last bit where the products do not
  (`precision.steady_bfloat16`).

Sampling with noise and guidance needs all logits and is left to `Decoder`.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from latentlab.models.decoder import Decoder
from latentlab.models.encoder.precision import Precision
from latentlab.models.sampler import Choose

_CANDIDATES = 4
_GROUP = 128
"""Symbols whose largest logit is found together: the search for the largest of all reads few numbers."""


class _Weights(NamedTuple):
    """The products of a block."""

    qkv: Tensor
    out: Tensor
    up: Tensor
    down: Tensor


class _Modulation(NamedTuple):
    """A block's shifts, scales and gates for n sentences, (n, 1, d) each; scales and gates with their 1."""

    scale: Tensor
    shift: Tensor
    gate: Tensor
    scale_forward: Tensor
    shift_forward: Tensor
    gate_forward: Tensor


class GreedyDecoder:
    """A decoder's weights, copied in the precision that they are multiplied in."""

    def __init__(self, decoder: Decoder, precision: Precision) -> None:
        self.decoder = decoder
        self.dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self.blocks = [self._weights(block) for block in decoder.blocks]
        padding = -decoder.config.vocab_size % _GROUP
        self.bias = F.pad(decoder.possible().detach(), (0, padding), value=-torch.inf)
        self.embedding = F.pad(decoder.token.weight.detach(), (0, 0, 0, padding))
        self.vocabulary = self.embedding.to(self.dtype), self.bias.to(self.dtype)

    def canvas(self, z: Float[Tensor, "n dz"], length: int) -> Choose:
        """What `sampler.fill` needs to write n sentences of one length."""
        d = self.decoder
        lengths = torch.full((len(z),), length)
        hidden = F.silu(self._linear(z, d.latent) + d.length(lengths))
        hidden = F.silu(self._linear(hidden, d.condition_hidden))
        modulations = [_modulation(self._linear(hidden, layer)) for layer in d.modulations]
        final_shift, final_scale = self._linear(hidden, d.final)[:, None].chunk(2, dim=2)
        final_scale = 1 + final_scale
        places = torch.arange(length)
        start = d.forward_position(places) + d.reverse_position(length - 1 - places)
        start = start + self._linear(z, d.shift)[:, None]

        def choose(tokens: Tensor, masked: Tensor) -> tuple[Tensor, Tensor]:
            x = d.token(tokens) * 50.0 + start
            at = masked.view(-1).nonzero()[:, 0]
            last = len(self.blocks) - 1
            for i, (weights, modulation) in enumerate(zip(self.blocks, modulations, strict=True)):
                x = self._block(x, weights, modulation, at if i == last else None)
            x = torch.addcmul(final_shift, F.layer_norm(x, x.shape[-1:]), final_scale)
            return self._likeliest(x.view(-1, x.shape[-1]))

        return choose

    def _weights(self, block: nn.Module) -> _Weights:
        names = ("qkv", "out", "up", "down")
        return _Weights(*(block.get_parameter(f"{name}.weight").detach().to(self.dtype) for name in names))

    def _linear(self, x: Tensor, layer: nn.Module) -> Tensor:
        parameters = (parameter.detach().to(self.dtype) for parameter in layer.parameters())
        return F.linear(x.to(self.dtype), *parameters).float()

    def _block(self, x: Tensor, w: _Weights, m: _Modulation, keep: Tensor | None) -> Tensor:
        """As `decoder.Block`; with `keep`, which are positions of all sentences in a row, these alone."""
        n, length, d = x.shape
        h = torch.addcmul(m.shift, F.layer_norm(x, (d,)), m.scale)
        qkv = F.linear(h.to(self.dtype), w.qkv).float()
        q, k, v = qkv.view(n, length, 3, self.decoder.config.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n * length, d)
        if keep is not None:
            x, y = x.view(-1, d)[keep].view(n, -1, d), y[keep]
        out = F.linear(y.to(self.dtype), w.out).float()
        x = torch.addcmul(x, m.gate, out.view_as(x))
        h = torch.addcmul(m.shift_forward, F.layer_norm(x, (d,)), m.scale_forward)
        inner = F.gelu(F.linear(h.to(self.dtype), w.up))
        return torch.addcmul(x, m.gate_forward, F.linear(inner, w.down).float())

    def _likeliest(self, hidden: Float[Tensor, "k d"]) -> tuple[Tensor, Tensor]:
        """The likeliest symbol of each row and its log-probability."""
        rough = F.linear(hidden.to(self.dtype), *self.vocabulary).float()
        groups = rough.view(len(rough), -1, _GROUP)
        # The largest numbers of all lie in the groups with the largest maxima.
        best = groups.amax(dim=2).topk(min(_CANDIDATES, groups.shape[1]), dim=1).indices
        among = groups.gather(1, best[:, :, None].expand(-1, -1, _GROUP)).view(len(rough), -1)
        value, place = among.topk(_CANDIDATES, dim=1)
        symbol = best.gather(1, place // _GROUP) * _GROUP + place % _GROUP
        exact = (self.embedding[symbol] * hidden[:, None]).sum(dim=2) + self.bias[symbol]
        highest, which = exact.max(dim=1)
        # The sum of exponentials is that of all rough logits, the candidates' exchanged for the exact ones.
        top = value[:, :1]
        total = rough.sub_(top).exp_().sum(dim=1) + ((exact - top).exp() - (value - top).exp()).sum(dim=1)
        return symbol.gather(1, which[:, None])[:, 0], highest - top[:, 0] - total.log()


def _modulation(made: Float[Tensor, "n m"]) -> _Modulation:
    scale, shift, gate, scale_forward, shift_forward, gate_forward = made[:, None].chunk(6, dim=2)
    return _Modulation(1 + scale, shift, 1 + gate, 1 + scale_forward, shift_forward, 1 + gate_forward)
