"""Is the run healthy? Signals on a fixed held-out batch, each of which has caught a silent failure.

- context gain: CE(all masked) - CE(one masked). Near zero, the decoder ignores the words it can see.
- latent gain: CE(shuffled z) - CE(z), all masked. Near zero, the decoder ignores z.
- null gain: CE(null z) - CE(z).
- KL, the dimensions that carry 95 % of it, median sigma and the share of log sigma squared at a clamp:
  collapse, or sigma -> 0. The count of active units is logged, and nothing rests on it: free bits fill it.
- train/held-out gap of CE: memorisation.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from latentlab.metrics.verdicts.thresholds import HELD
from latentlab.models.heads import LOGVAR_MAX, LOGVAR_MIN, Posterior
from latentlab.models.tokenizer import MASK
from latentlab.training.optimisation.losses import Batch, Model

ACTIVE_VARIANCE = 0.01


@torch.no_grad()
def health(model: Model, held_out: Batch, train: Batch, *, bfloat16: bool, seed: int = 0) -> dict[str, float]:
    """Signals by name. CE in nats a token at z = mu; the batches are the same at every call."""
    device = model.decoder.null.device
    held_out, train = held_out.to(device), train.to(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
        posterior: Posterior = model.head(held_out.pooled, held_out.counts)
        z = posterior.mu
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(z), generator=generator).to(device)
        everything = torch.ones_like(held_out.tokens, dtype=torch.bool)
        one = _one_a_sentence(held_out, generator)
        ce = cross_entropy(model, held_out, z, everything)
        ce_one = cross_entropy(model, held_out, z, one)
        ce_shuffled = cross_entropy(model, held_out, z[order], everything)
        ce_null = cross_entropy(model, held_out, model.decoder.null.expand_as(z), everything)
        train_posterior: Posterior = model.head(train.pooled, train.counts)
        all_train = torch.ones_like(train.tokens, dtype=torch.bool)
        ce_train = cross_entropy(model, train, train_posterior.mu, all_train)
        logits = model.length_head(z)
    predicted = logits.argmax(dim=1) + 1
    signals = {
        "ce": ce,
        "ce_train": ce_train,
        "ce_one_masked": ce_one,
        "ce_shuffled": ce_shuffled,
        "ce_null": ce_null,
        "context_gain": ce - ce_one,
        "latent_gain": ce_shuffled - ce,
        "null_gain": ce_null - ce,
        "train_gap": ce - ce_train,
        "length_accuracy": (predicted == held_out.layout.lengths).float().mean().item(),
        "active_units": float((z.var(dim=0) > ACTIVE_VARIANCE).sum()),
    }
    if posterior.logvar is not None:
        logvar = posterior.logvar
        at_clamp = (logvar < LOGVAR_MIN + 0.05) | (logvar > LOGVAR_MAX - 0.05)
        signals |= {
            "kl_held_out": posterior.kl_per_dim().sum(dim=1).mean().item(),
            "kl_dims_95": _dims_95(posterior.kl_per_dim().mean(dim=0)),
            "sigma_median": torch.exp(0.5 * logvar).median().item(),
            "clamp_share": at_clamp.float().mean().item(),
            "aggregate_variance": (z.var(dim=0) + logvar.exp().mean(dim=0)).mean().item(),
        }
    return signals


def cross_entropy(model: Model, batch: Batch, z: Tensor, masked: Tensor) -> float:
    """Mean nats of a masked token."""
    canvas = batch.tokens.masked_fill(masked, MASK)
    logits = model.decoder(canvas, z, batch.layout, masked)
    return float(F.cross_entropy(logits.float(), batch.tokens[masked]))


def _dims_95(kl: Tensor) -> float:
    """Dimensions that carry 95 % of the rate, largest first; 0 without any."""
    held = kl.double().sort(descending=True).values.cumsum(dim=0)
    return float((held < (HELD - 1e-12) * held[-1]).sum() + (held[-1] > 0))


def _one_a_sentence(batch: Batch, generator: torch.Generator) -> Tensor:
    """One masked position in every sentence, uniformly."""
    lengths = batch.layout.lengths
    where = (torch.rand(len(lengths), generator=generator).to(lengths.device) * lengths).long()
    return batch.layout.position == where[batch.layout.sentence]
