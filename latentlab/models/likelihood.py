"""An upper bound on a sentence's negative log-likelihood given its latent.

A masked diffusion model defines p(x|z) by revealing tokens in a random order. For any k, let CE_k be the mean
cross-entropy of k masked positions given the other L - k. Then -ln p(x|z) <= sum over k = 1 … L of E[CE_k]
(any-order bound; Ou et al. 2024, arXiv:2406.03736). Every k is visited once with a seeded random mask, so the
estimate is unbiased for the bound. The length's own -ln p(L|z) is added.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch.nn import functional as F

from latentlab.errors import UsageError
from latentlab.models.autoencoder import Autoencoder
from latentlab.models.decoder import Layout
from latentlab.models.tokenizer import MASK

ROWS = 2048


@torch.inference_mode()
def nll_bound(
    model: Autoencoder, z: Float[np.ndarray, "n d"], texts: Sequence[str], *, seed: int = 0
) -> Float[np.ndarray, " n"]:
    """Nats a sentence, length included; the KL of a variational head is not part of it.

    `texts` must fit the model (1 … max_length tokens each).
    """
    ids = model.tokenizer.encode(texts)
    lengths = np.array([len(i) for i in ids])
    total = -np.take_along_axis(model.lengths(z), (lengths - 1)[:, None], axis=1)[:, 0].astype(np.float64)
    latents = torch.as_tensor(np.array(z, dtype=np.float32, copy=True))
    generator = torch.Generator().manual_seed(seed)
    # One row for every sentence and every k, equal lengths together.
    order = np.argsort(lengths, kind="stable")
    rows = np.concatenate([np.repeat(i, lengths[i]) for i in order])
    masked_counts = np.concatenate([np.arange(1, lengths[i] + 1) for i in order])
    for at in range(0, len(rows), ROWS):
        part, k = rows[at : at + ROWS], torch.as_tensor(masked_counts[at : at + ROWS])
        layout = Layout.of(torch.as_tensor(lengths[part]))
        tokens = torch.tensor([t for i in part for t in ids[i]])
        noise = torch.rand(len(tokens), generator=generator, dtype=torch.float64)
        ranks = torch.empty(len(tokens), dtype=torch.long)
        ranks[(layout.sentence + noise).argsort()] = layout.position
        masked = ranks < k[layout.sentence]
        logits = model.decoder(tokens.masked_fill(masked, MASK), latents[part], layout, masked)
        nll = F.cross_entropy(logits, tokens[masked], reduction="none").double()
        mean = torch.zeros(len(part), dtype=torch.float64).index_add_(0, layout.sentence[masked], nll) / k
        np.add.at(total, part, mean.numpy())
    return total


@torch.inference_mode()
def entropy_bound(model: Autoencoder, texts: Sequence[str], *, seed: int = 0) -> Float[np.ndarray, " n"]:
    """Upper bound of a sentence's -ln p(x) without any latent, nats: its mean bounds the entropy H(x).

    The words come from the null branch; the length from the frequencies of lengths among `texts` themselves,
    so give at least a few hundred. UsageError when the model was trained without a null latent.
    """
    if model.config.decoder.null_probability == 0:
        raise UsageError(
            "this checkpoint was trained without a null latent: it gives no bound on the entropy"
        )
    null = model.decoder.null.detach().numpy()
    z = np.broadcast_to(null, (len(texts), len(null)))
    counts = model.token_counts(texts)
    frequency = np.bincount(counts) / len(counts)
    own_length = np.take_along_axis(model.lengths(z), (counts - 1)[:, None], axis=1)[:, 0]
    bound: np.ndarray = nll_bound(model, z, texts, seed=seed) + own_length - np.log(frequency[counts])
    return bound
