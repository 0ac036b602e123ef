"""From the pooled vector to the latent: deterministic, or variational.

Notable choices
- `hidden=None` is the plain linear projection c = Proj(pooled); otherwise a GELU layer stands *beside* the
  linear path, and both feed mu (and log sigma squared).
- Token-count features enter beside the pooled vector, because mean pooling forgets how long a sentence was.
  They are hidden for a share of the training rows, so that foreign vectors can be decoded too.
- Nothing normalises log sigma squared: its bias is the configured sigma at the first step.
- Sampling takes a generator; no mode is switched, so encoding never changes any state.

The head knows no text: lengths arrive as numbers.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from latentlab.models.model_config import HeadConfig

LOGVAR_MIN, LOGVAR_MAX = -10.0, 2.0
LENGTH_FEATURES = 12
_PERIODS = (2.0, 4.0, 8.0, 16.0)


class Posterior(NamedTuple):
    """q(z|x): a Gaussian, or a point when `logvar` is None. Both (n, d)."""

    mu: Tensor
    logvar: Tensor | None

    def sample(self, generator: torch.Generator) -> Tensor:
        """One z = mu + sigma * eps; mu itself for a point."""
        if self.logvar is None:
            return self.mu
        noise = torch.randn(self.mu.shape, generator=generator, device=generator.device)
        return self.mu + torch.exp(0.5 * self.logvar) * noise.to(self.mu)

    def kl_per_dim(self) -> Tensor:
        """KL(q(z|x) || N(0, I)) by row and dimension, (n, d), nats; zeros for a point."""
        if self.logvar is None:
            return torch.zeros_like(self.mu)
        return 0.5 * (self.mu.square() + torch.expm1(self.logvar) - self.logvar)


def length_features(lengths: Int[Tensor, " n"]) -> Float[Tensor, "n 12"]:
    """Token counts as numbers a linear layer can use; a length of 0 means unknown and gives zeros.

    L/8, ln L, 1/L, sine and cosine at four periods, and a flag that the length is known.
    """
    count = lengths.clamp(min=1).float()[:, None]
    angles = 2 * math.pi * count / torch.tensor(_PERIODS, device=lengths.device)
    known = (lengths > 0).float()[:, None]
    columns = [count / 8, count.log(), 1 / count, angles.sin(), angles.cos(), torch.ones_like(count)]
    return torch.cat(columns, dim=1) * known


class Head(nn.Module):
    """Pooled vector (n, p) and token counts (n,) to a posterior over z (n, d)."""

    shift: Tensor
    transform: Tensor

    def __init__(self, config: HeadConfig, pooled_width: int) -> None:
        super().__init__()
        self.config = config
        # Input standardisation lives in buffers: it is part of the model, recorded with the weights.
        self.register_buffer("shift", torch.zeros(pooled_width))
        size = (pooled_width, pooled_width) if config.standardize == "whiten" else (pooled_width,)
        self.register_buffer("transform", torch.eye(pooled_width) if len(size) == 2 else torch.ones(size))
        width = pooled_width + LENGTH_FEATURES
        self.hidden = nn.Linear(width, config.hidden) if config.hidden else None
        features = width + (config.hidden or 0)
        self.mu = nn.Linear(features, config.width)
        self.logvar = nn.Linear(features, config.width) if config.use_vib else None
        gamma = config.batchnorm_gamma
        self.norm = nn.BatchNorm1d(config.width, affine=False) if gamma is not None else None

    @torch.no_grad()
    def initialise(
        self, mean: Float[Tensor, " p"], covariance: Float[Tensor, "p p"], generator: torch.Generator
    ) -> None:
        """Set buffers and weights from the moments of the training cloud.

        Weights are scaled so that Var(mu) starts near 1 - sigma_init^2 (1 for a deterministic head), whatever
        the encoder's scale; the mean of the cloud is left in unless the input is standardised.
        """
        variance = covariance.diagonal().clamp(min=1e-12)
        if self.config.standardize == "standardize":
            self.shift.copy_(mean)
            self.transform.copy_(variance.rsqrt())
        elif self.config.standardize == "whiten":
            values, vectors = torch.linalg.eigh(covariance.double())
            values = values.clamp(min=1e-4 * values.max())
            self.shift.copy_(mean)
            self.transform.copy_((vectors * values.rsqrt()) @ vectors.T)
        spread = variance.sum() if self.config.standardize == "none" else torch.tensor(float(len(mean)))
        target = 1.0 - min(self.config.sigma_init, 0.95) ** 2 if self.config.use_vib else 1.0
        for layer in (self.hidden, self.mu):
            if layer is not None:
                layer.weight.normal_(std=math.sqrt(target / spread.item()), generator=generator)
                layer.bias.zero_()
        # The counts are of unit scale whatever the pooled vector's is.
        for layer in (self.hidden, self.mu):
            if layer is not None:
                block = layer.weight[:, len(mean) : len(mean) + LENGTH_FEATURES]
                block.normal_(std=0.3 / math.sqrt(LENGTH_FEATURES), generator=generator)
        if self.hidden is not None:
            block = self.mu.weight[:, -self.hidden.out_features :]
            block.normal_(std=0.5 / math.sqrt(self.hidden.out_features), generator=generator)
        if self.logvar is not None:
            self.logvar.weight.normal_(std=0.01 / math.sqrt(spread.item()), generator=generator)
            self.logvar.bias.fill_(2 * math.log(self.config.sigma_init))

    def forward(self, pooled: Float[Tensor, "n p"], lengths: Int[Tensor, " n"]) -> Posterior:
        """`lengths` in tokens; 0 where unknown. Computed in the precision of `pooled`."""
        if self.config.standardize == "whiten":
            x = (pooled - self.shift) @ self.transform.to(pooled)
        else:
            x = (pooled - self.shift) * self.transform
        x = torch.cat([x, length_features(lengths).to(x)], dim=1)
        if self.hidden is not None:
            x = torch.cat([x, F.gelu(_linear(x, self.hidden))], dim=1)
        mu = _linear(x, self.mu).float()
        if self.norm is not None:
            mu = self.norm(mu) * self.config.batchnorm_gamma
        if self.logvar is None:
            return Posterior(mu, None)
        return Posterior(mu, _linear(x, self.logvar).float().clamp(LOGVAR_MIN, LOGVAR_MAX))


def _linear(x: Float[Tensor, "n i"], layer: nn.Linear) -> Float[Tensor, "n o"]:
    return F.linear(x, layer.weight.to(x), layer.bias.to(x))


class LengthHead(nn.Module):
    """z (n, d) to logits over lengths 1 … max_length, (n, max_length)."""

    def __init__(self, width: int, max_length: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, width)
        self.out = nn.Linear(width, max_length)

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n lengths"]:
        """Column i is the logit of length i + 1."""
        logits: Tensor = self.out(F.gelu(self.hidden(z)))
        return logits.float()
