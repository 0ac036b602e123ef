"""The head of every SGDD layout: pooled vector in, latent out. Sub-module names are those of the old files.

A  projection   z = W pooled
B  adapter      z = LayerNorm(W2 GELU(W1 pooled)); C the same, or nothing at all where the widths agree
D  layernorm    mu and log sigma squared, an adapter each
E  batchnorm    the same with BatchNorm, here always with the statistics of training
F  dual         z = W2 GELU(W1 x) + mu; mu and log sigma squared linear in x, the (whitened) pooled vector

The head knows neither text nor encoder, and nothing it does changes its state.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from latentlab.models.heads import LOGVAR_MAX, LOGVAR_MIN, Posterior
from latentlab.models.sgdd.sgdd_config import SgddHeadConfig


class SgddLatent(NamedTuple):
    """What a pooled vector becomes; (n, d) each."""

    posterior: Posterior
    shift: Tensor | None
    """What the decoder's latent has beside mu: the direct path of layout F, else None."""

    def z(self, generator: torch.Generator | None = None) -> Tensor:
        """The decoder's latent: from mu, or from one sample where a generator is given."""
        mu = self.posterior.mu if generator is None else self.posterior.sample(generator)
        return mu if self.shift is None else self.shift + mu


def _adapter(pooled: int, width: int, norm: nn.Module | None) -> nn.Sequential:
    layers = [nn.Linear(pooled, width), nn.GELU(), nn.Linear(width, width)]
    return nn.Sequential(*layers, *([] if norm is None else [norm]))


class SgddHead(nn.Module):
    """Any head; which one is in the configuration."""

    whitening_mean: Tensor
    whitening_matrix: Tensor

    def __init__(self, config: SgddHeadConfig) -> None:
        super().__init__()
        self.config = config
        p, d = config.pooled_width, config.width
        if config.kind == "projection":
            self.proj = nn.Linear(p, d)
        elif config.kind == "adapter":
            self.adapter = _adapter(p, d, nn.LayerNorm(d))
        elif config.kind == "dual":
            self.adapter = _adapter(p, d, None)
            self.mu_layer: nn.Module = nn.Linear(p, d)
            self.logvar_layer: nn.Module = nn.Linear(p, d)
        elif config.kind in ("layernorm", "batchnorm"):
            norm = nn.LayerNorm if config.kind == "layernorm" else nn.BatchNorm1d
            self.mu_layer = _adapter(p, d, norm(d))
            self.logvar_layer = _adapter(p, d, norm(d))
        if config.whitened:
            self.register_buffer("whitening_mean", torch.zeros(p))
            self.register_buffer("whitening_matrix", torch.eye(p))

    def forward(self, pooled: Float[Tensor, "n p"]) -> SgddLatent:
        """Pooled vectors to latents."""
        kind, x = self.config.kind, pooled
        if self.config.whitened:
            x = (x - self.whitening_mean) @ self.whitening_matrix.T
        if kind == "identity":
            return SgddLatent(Posterior(x, None), None)
        if kind in ("projection", "adapter"):
            return SgddLatent(Posterior((self.proj if kind == "projection" else self.adapter)(x), None), None)
        logvar = self.logvar_layer(x).clamp(LOGVAR_MIN, LOGVAR_MAX)
        return SgddLatent(Posterior(self.mu_layer(x), logvar), self.adapter(x) if kind == "dual" else None)
