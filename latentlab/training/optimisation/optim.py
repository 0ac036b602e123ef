"""Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon) for the blocks' matrices, AdamW else."""

import torch
from torch import nn

from latentlab.training.optimisation.muon import Muon
from latentlab.training.train_config import OptimConfig


def build_optimizers(head: nn.Module, decoder: nn.Module, config: OptimConfig) -> list[torch.optim.Optimizer]:
    """Muon on the two-dimensional weights inside the blocks; AdamW on embeddings, modulations and heads.

    `head` holds what lies between the pooled vector and z, and the length head.
    """
    blocks = [p for n, p in decoder.named_parameters() if n.startswith("blocks.") and p.ndim == 2]
    inside = {id(p) for p in blocks}
    rest = [p for p in decoder.parameters() if id(p) not in inside]
    muon = Muon(blocks, lr=config.muon_lr, weight_decay=config.weight_decay, momentum=0.95, nesterov=True)
    groups = [
        {"params": rest, "lr": config.adamw_lr},
        {"params": list(head.parameters()), "lr": config.head_lr},
    ]
    adamw = torch.optim.AdamW(
        groups, betas=(0.9, 0.98), eps=1e-9, weight_decay=config.weight_decay, fused=True
    )
    for optimizer in (muon, adamw):
        for group in optimizer.param_groups:
            group["peak_lr"] = group["lr"]
    return [muon, adamw]
