"""Vocabulary layer and cross-entropy as one function: the logits, the largest array of a step, never exist.

Rows go through in parts that stay in the processor's cache. What is kept for the backward pass is the
gradient with respect to the logits, softmax minus one-hot, in the precision of the products that use it.
"""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

_ROWS = 128
"""Rows a part on a CPU: 4 MB of float32 at 8,192 symbols. An accelerator takes all rows at once."""


def vocabulary_loss(
    hidden: Float[Tensor, "k d"],
    weight: Float[Tensor, "v d"],
    bias: Float[Tensor, " v"],
    targets: Int[Tensor, " k"],
) -> Float[Tensor, ""]:
    """Mean cross-entropy, nats, of `hidden @ weight.T + bias` against the targets.

    The same number and gradients as `F.cross_entropy(F.linear(hidden, weight, bias).float(), targets)`; under
    autocast the products are taken in its precision, sums and exponentials in float32. A bias of minus
    infinity makes a symbol impossible. Differentiable once.
    """
    if torch.is_autocast_enabled(hidden.device.type):
        working = torch.get_autocast_dtype(hidden.device.type)
        hidden, weight = hidden.to(working), weight.to(working)
    loss: Tensor = _VocabularyLoss.apply(hidden, weight, bias, targets)  # type: ignore[no-untyped-call]
    return loss


class _VocabularyLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
        k, working = len(hidden), hidden.dtype
        gradient = torch.empty(k, len(weight), dtype=working, device=hidden.device)
        hidden_gradient = torch.empty_like(hidden)
        bias_gradient, loss = torch.zeros_like(bias), hidden.new_zeros((), dtype=torch.float32)
        rows = min(k, _ROWS) if hidden.device.type == "cpu" else k
        with torch.autocast(hidden.device.type, enabled=False):
            shared = bias.to(working)
            # Written over for every part: fresh memory costs more than what is computed in it.
            spaces = hidden.new_empty(rows, len(weight)), bias_gradient.new_empty(2, rows, len(weight))
            for start in range(0, k, rows):
                at = slice(start, start + rows)
                here = len(hidden[at])
                products, (logits, p) = spaces[0][:here], spaces[1][:, :here]
                torch.addmm(shared, hidden[at], weight.T, out=products)
                torch.softmax(logits.copy_(products), dim=1, out=p)
                # log Σ exp, from the largest logit and its probability: p of the target may be zero.
                log_sum = logits.amax(dim=1) - p.amax(dim=1).log()
                wanted = targets[at, None]
                loss -= (logits.gather(1, wanted)[:, 0] - log_sum).sum()
                p.scatter_add_(1, wanted, torch.full_like(wanted, -1, dtype=p.dtype))
                bias_gradient += p.sum(dim=0)
                gradient[at] = p
                torch.mm(gradient[at], weight, out=hidden_gradient[at])
        ctx.save_for_backward(hidden, gradient, hidden_gradient, bias_gradient)
        return loss / k

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        hidden, gradient, hidden_gradient, bias_gradient = ctx.saved_tensors
        scale = upstream / len(hidden)
        return (
            hidden_gradient * scale.to(hidden),
            (gradient.T @ hidden) * scale.to(hidden),
            bias_gradient * scale,
            None,
        )
