"""Losses of one batch, and the masking they need.

Units. The reconstruction is the mean cross-entropy of a masked token, nats. Over k ~ U{1 … L} masked
positions, L times that mean bounds a sentence's negative log-likelihood from above (any-order bound; Ou et
al. 2024, arXiv:2406.03736). A sentence's KL is therefore divided by its number of tokens before beta
multiplies it: both are nats a token, beta = 1 is the evidence lower bound, and a corpus of longer sentences
does not change beta.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from latentlab.models.decoder import Decoder, Layout
from latentlab.models.heads import Head, LengthHead, Posterior
from latentlab.models.tokenizer import MASK
from latentlab.training.optimisation.vocabulary_loss import vocabulary_loss
from latentlab.training.train_config import TrainConfig


class Batch(NamedTuple):
    """n sentences laid end to end, sorted by length."""

    pooled: Float[Tensor, "n p"]
    counts: Int[Tensor, " n"]
    """Token counts of the encoded sentences (they differ from the decoded ones' for paraphrase pairs)."""
    tokens: Int[Tensor, " T"]
    layout: Layout

    def to(self, device: torch.device) -> "Batch":
        """The same sentences on another device."""
        return Batch(
            self.pooled.to(device), self.counts.to(device), self.tokens.to(device), self.layout.to(device)
        )


class Losses(NamedTuple):
    """Scalars of one batch, logged apart."""

    total: Tensor
    reconstruction: Tensor
    """Nats a masked token."""
    length: Tensor
    """Nats a sentence."""
    kl: Tensor
    """Nats a sentence; before free bits."""
    isotropy: Tensor
    """Mean squared off-diagonal cosine of z."""


class Model(nn.Module):
    """The trainable parts, together."""

    def __init__(self, head: Head, length_head: LengthHead, decoder: Decoder) -> None:
        super().__init__()
        self.head, self.length_head, self.decoder = head, length_head, decoder


def draw_mask(layout: Layout, all_masked: float, generator: torch.Generator) -> Bool[Tensor, " T"]:
    """Exactly k = ceil(t L) masked positions in every sentence.

    t is stratified over the batch; a share `all_masked` of the rows has t = 1. Every sentence has at least
    one.
    """
    n = len(layout.lengths)
    strata = (torch.rand(1, generator=generator) + torch.arange(n) / n) % 1.0
    t = strata[torch.randperm(n, generator=generator)]
    t = torch.where(torch.rand(n, generator=generator) < all_masked, torch.ones(n), t)
    k = (t * layout.lengths).ceil().clamp(min=1).long()
    noise = torch.rand(len(layout.sentence), generator=generator, dtype=torch.float64)
    # Sentences are contiguous: sorting by (sentence, noise) ranks the positions inside each.
    order = (layout.sentence + noise).argsort()
    rank = torch.empty_like(order)
    rank[order] = layout.position
    return rank < k[layout.sentence]


def batch_losses(
    model: Model, batch: Batch, config: TrainConfig, beta: float, generator: torch.Generator
) -> Losses:
    """Everything that one step minimises, on the device of the model.

    Randomness comes from `generator` alone, a CPU's: a run on another device draws the same numbers.
    """
    head, loss = config.model.head, config.loss
    n, device, at_hand = len(batch.counts), model.decoder.null.device, batch.layout
    batch = batch.to(device)
    hidden = (torch.rand(n, generator=generator) < head.length_dropout).to(device)
    posterior: Posterior = model.head(batch.pooled, batch.counts.masked_fill(hidden, 0))
    z = posterior.sample(generator)
    if loss.latent_noise:
        scale = loss.latent_noise * z.detach().std(dim=0)
        z = z + scale * torch.randn(z.shape, generator=generator).to(device)

    lengths = batch.layout.lengths
    length_nll = F.cross_entropy(model.length_head(z), lengths - 1)
    if loss.neighbour_mix:
        z = mix_with_neighbours(z, loss.neighbour_mix, generator)

    dropped = (torch.rand(n, generator=generator) < config.model.decoder.null_probability).to(device)
    given = torch.where(dropped[:, None], model.decoder.null.to(z), z)
    masked = draw_mask(at_hand, config.optim.all_masked, generator).to(device)
    canvas = batch.tokens.masked_fill(masked, MASK)
    condition = model.decoder.condition(given, lengths)
    hidden_states = model.decoder.hidden(canvas, condition, batch.layout, masked)
    reconstruction = vocabulary_loss(
        hidden_states, model.decoder.token.weight, model.decoder.possible(), batch.tokens[masked]
    )

    per_dim = posterior.kl_per_dim().mean(dim=0)
    kl = per_dim.sum()
    charged = per_dim.clamp(min=loss.free_bits).sum() if loss.free_bits else kl
    isotropy = mean_squared_cosine(z) if loss.isotropy_weight else torch.zeros((), device=device)
    tokens_per_sentence = lengths.sum() / n
    total = (
        reconstruction
        + (beta * charged + loss.length_weight * length_nll) / tokens_per_sentence
        + loss.isotropy_weight * isotropy
    )
    return Losses(total, reconstruction, length_nll, kl, isotropy)


def mix_with_neighbours(
    z: Float[Tensor, "n d"], share: float, generator: torch.Generator
) -> Float[Tensor, "n d"]:
    """A share of the rows moved towards the row nearest to them in the batch, by up to half the way.

    The sentence to decode stays. Between two sentences that are alike, either is right, but not the subject
    of one with the verb of the other: the decoder learns to let the words that it sees decide the rest. (The
    straight way between inputs is that of mixup, Zhang et al. 2018, arXiv:1710.09412; the targets are not
    mixed.)
    """
    n = len(z)
    with torch.no_grad():
        gaps = torch.cdist(z.float(), z.float())
        gaps.fill_diagonal_(torch.inf)
        nearest = gaps.argmin(dim=1)
    part = 0.5 * torch.rand(n, generator=generator)
    part = torch.where(torch.rand(n, generator=generator) < share, part, torch.zeros(n))
    return torch.lerp(z, z[nearest], part[:, None].to(z))


def mean_squared_cosine(z: Float[Tensor, "n d"]) -> Tensor:
    """Mean of cos^2 over pairs i != j; 1/d for an isotropic cloud, 1 for a ray."""
    unit = F.normalize(z.float(), dim=1)
    gram = unit.T @ unit  # its squared norm is the sum over all pairs
    n = len(z)
    return (gram.square().sum() - n) / (n * (n - 1))
