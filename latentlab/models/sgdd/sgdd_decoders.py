"""The two decoders that SGDD had, rebuilt number for number. Sub-module names are those of the old files.

Post-norm (layouts A, B): time is added to the tokens, every layer attends to the one latent, norms stand
after the sums. In A the self-attention is torch's own and knows no positions at all; in B it is rotary.
AdaLN (C, D, E, S): time and latent scale and shift the norms of every layer (Peebles & Xie 2022,
arXiv:2212.09748, without gates or a final norm). Self-conditioning adds the embedding of earlier tokens.

Both see the whole canvas, padding included, without a mask: so they were trained.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from latentlab.errors import UsageError
from latentlab.models.sgdd.sgdd_config import SgddDecoderConfig

ROTARY_BASE = 10_000.0


def time_embedding(t: Int[Tensor, " n"], width: int) -> Float[Tensor, "n d"]:
    """Sines and cosines of the raw timestep, 0 … T; an odd width is filled with a zero."""
    half = width // 2
    rates = torch.exp(torch.arange(half, device=t.device) * (-math.log(10_000) / max(half - 1, 1)))
    angles = t.float()[:, None] * rates
    return F.pad(torch.cat([angles.sin(), angles.cos()], dim=1), (0, width - 2 * half))


def rotary_rates(width: int) -> Float[Tensor, " half"]:
    """Angle a position of each pair of dimensions."""
    return 1.0 / ROTARY_BASE ** (torch.arange(0, width, 2).float() / width)


def rotate(x: Float[Tensor, "n heads L e"], rates: Float[Tensor, " half"]) -> Float[Tensor, "n heads L e"]:
    """Rotary positions in half-split form (Su et al. 2021, arXiv:2104.09864)."""
    length, width = x.shape[-2:]
    angles = torch.arange(length, device=x.device).float()[:, None] * rates
    angles = torch.cat([angles, angles], dim=-1)
    turned = torch.cat([-x[..., width // 2 :], x[..., : width // 2]], dim=-1)
    return x * angles.cos() + turned * angles.sin()


class RotaryTable(nn.Module):
    """The rates as a buffer: a file in half precision has rounded ones, and they turned its queries."""

    inv_freq: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("inv_freq", rotary_rates(width))


class RotaryAttention(nn.Module):
    """Self-attention with rotary positions on queries and keys."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Float[Tensor, "n L d"], rates: Float[Tensor, " half"]) -> Float[Tensor, "n L d"]:
        """Every position sees every other."""
        n, length, width = x.shape
        q, k, v = (
            layer(x).view(n, length, self.heads, -1).transpose(1, 2)
            for layer in (self.q_proj, self.k_proj, self.v_proj)
        )
        y = F.scaled_dot_product_attention(rotate(q, rates), rotate(k, rates), v)
        out: Tensor = self.out_proj(y.transpose(1, 2).reshape(n, length, width))
        return out


def _feed_forward(width: int, inner: int) -> nn.Sequential:
    # The places of the two dropouts are kept: the old names count them.
    return nn.Sequential(
        nn.Linear(width, inner), nn.GELU(), nn.Identity(), nn.Linear(inner, width), nn.Identity()
    )


class PostNormLayer(nn.Module):
    """Self-attention, attention to the latent, feed-forward; a norm after each sum."""

    def __init__(self, config: SgddDecoderConfig, width: int) -> None:
        super().__init__()
        self.rotary = config.kind == "rotary"
        own = RotaryAttention(width, config.heads) if self.rotary else _attention(width, config.heads)
        self.self_attn = own
        self.cross_attn = _attention(width, config.heads)
        self.ffn = _feed_forward(width, config.feed_forward)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))

    def forward(
        self, x: Float[Tensor, "n L d"], z: Float[Tensor, "n d"], rates: Float[Tensor, " half"] | None
    ) -> Float[Tensor, "n L d"]:
        """`z` is the one key and value of the second attention; no rates where nothing is rotary."""
        own = self.self_attn(x, rates) if self.rotary else self.self_attn(x, x, x, need_weights=False)[0]
        x = self.norm1(x + own)
        latent = z[:, None]
        x = self.norm2(x + self.cross_attn(x, latent, latent, need_weights=False)[0])
        out: Tensor = self.norm3(x + self.ffn(x))
        return out


class AdaLNLayer(nn.Module):
    """Pre-norm attention and feed-forward, scaled and shifted from outside."""

    def __init__(self, config: SgddDecoderConfig, width: int) -> None:
        super().__init__()
        self.self_attn = RotaryAttention(width, config.heads)
        self.ffn = _feed_forward(width, config.feed_forward)

    def forward(
        self, x: Float[Tensor, "n L d"], m: Float[Tensor, "n 4 d"], rates: Float[Tensor, " half"]
    ) -> Float[Tensor, "n L d"]:
        """`m`: scale and shift of the attention, then of the feed-forward layer."""
        scale1, shift1, scale2, shift2 = m[:, :, None].unbind(1)
        x = x + self.self_attn(F.layer_norm(x, x.shape[-1:]) * (1 + scale1) + shift1, rates)
        out: Tensor = x + self.ffn(F.layer_norm(x, x.shape[-1:]) * (1 + scale2) + shift2)
        return out


class Modulator(nn.Module):
    """[time, z] to scales and shifts of all layers."""

    def __init__(self, layers: int, width: int) -> None:
        super().__init__()
        self.layers = layers
        self.mlp = nn.Sequential(
            nn.Linear(2 * width, 4 * width), nn.SiLU(), nn.Linear(4 * width, layers * 4 * width)
        )

    def forward(self, time: Float[Tensor, "n d"], z: Float[Tensor, "n d"]) -> Float[Tensor, "n layers 4 d"]:
        """Ordered by layer, then scale, shift, scale, shift."""
        out: Tensor = self.mlp(torch.cat([time, z], dim=1)).view(len(z), self.layers, 4, -1)
        return out


class SgddDecoder(nn.Module):
    """Either decoder; which one is in the configuration. The token table is the output layer too."""

    def __init__(self, config: SgddDecoderConfig, width: int) -> None:
        super().__init__()
        self.config = config
        self.width = width
        self.token_emb = nn.Embedding(config.vocab_size, width)
        if config.kind != "attention":
            self.rotary_emb = RotaryTable(width // config.heads)
        if self.modulated:
            self.modulator = Modulator(config.layers, width)
        layer = AdaLNLayer if self.modulated else PostNormLayer
        self.layers = nn.ModuleList([layer(config, width) for _ in range(config.layers)])
        self.output_proj = nn.Linear(width, config.vocab_size)
        self.output_proj.weight = self.token_emb.weight

    @property
    def modulated(self) -> bool:
        """AdaLN, with self-conditioning; else post-norm, which never learned any."""
        return self.config.kind == "adaln"

    def hidden(
        self,
        x_t: Int[Tensor, "n L"],
        z: Float[Tensor, "n d"],
        t: Int[Tensor, " n"],
        prev_pred: Int[Tensor, "n L"] | None = None,
    ) -> Float[Tensor, "n L d"]:
        """Final states of a canvas at timestep t; the logits are `output_proj` of them.

        `prev_pred` are earlier guesses at its tokens; UsageError where the decoder has no self-conditioning.
        """
        if prev_pred is not None and not self.modulated:
            raise UsageError("this decoder has no self-conditioning", "leave prev_pred away")
        x: Tensor = self.token_emb(x_t)
        time = time_embedding(t, self.width)
        rates = None if self.config.kind == "attention" else self.rotary_emb.inv_freq
        if not self.modulated:
            x = x + time[:, None]
            for layer in self.layers:
                x = layer(x, z, rates)
            return x
        if prev_pred is not None:
            x = x + self.token_emb(prev_pred)
        for layer, m in zip(self.layers, self.modulator(time, z).unbind(1), strict=True):
            x = layer(x, m, rates)
        return x


def _attention(width: int, heads: int) -> nn.MultiheadAttention:
    return nn.MultiheadAttention(width, heads, batch_first=True)
