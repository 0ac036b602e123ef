"""The path between two latents along which the decoder's first guesses change least.

A model's outputs measure its latent space: two latents are as far apart as what the decoder says of them
(Arvanitidis et al. 2022, arXiv:2106.05367). Slow: every step of the search is a forward and a backward pass.
"""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from latentlab.models.autoencoder import Autoencoder
from latentlab.models.decoder import Layout
from latentlab.models.tokenizer import MASK

_ROUNDS = 100
_RATE = 0.03
"""Of the distance between neighbours, the most that a point moves in a round."""


def energy(model: Autoencoder, path: Float[np.ndarray, "steps d"], length: int) -> float:
    r"""How much the decoder's first guesses change along a path, nats.

    .. math:: E = \sum_k \sum_i \mathrm{JS}(p_{k,i} \,\|\, p_{k+1,i})

    p_{k,i} is what the decoder says of position i of an empty canvas of `length` tokens at point k. Range
    [0, (steps − 1) length ln 2]; to second order an eighth of the energy under the pullback of the Fisher
    metric.
    """
    with torch.inference_mode():
        return float(_energy(model, torch.as_tensor(np.asarray(path, dtype=np.float32)), length))


def geodesic(
    model: Autoencoder, line: Float[np.ndarray, "steps d"], length: int, *, rounds: int = _ROUNDS
) -> Float[np.ndarray, "steps d"]:
    """The path `line` with its inner points moved so that `energy` falls; never more than that of `line`.

    Both ends stay as they are, bit for bit, and the points stay finite. Gradient descent (Adam) from `line`;
    what comes is a path of locally least energy, not of the least.
    """
    ends = torch.as_tensor(line[[0, -1]].astype(np.float32))
    inner = torch.as_tensor(line[1:-1].astype(np.float32)).clone().requires_grad_()
    gap = float(np.linalg.norm(line[-1] - line[0])) / (len(line) - 1)
    if not len(inner) or gap == 0:
        return np.array(line, dtype=np.float64)
    optimizer = torch.optim.Adam([inner], lr=_RATE * gap / math.sqrt(line.shape[1]))
    best, kept = math.inf, inner.detach().clone()
    for _ in range(rounds + 1):
        loss = _energy(model, torch.cat([ends[:1], inner, ends[1:]]), length)
        if not math.isfinite(float(loss.detach())):
            break
        if float(loss.detach()) < best:
            best, kept = float(loss.detach()), inner.detach().clone()
        (inner.grad,) = torch.autograd.grad(loss, [inner])
        optimizer.step()
    path = np.array(line, dtype=np.float64)
    path[1:-1] = kept.numpy()
    return path


def _energy(model: Autoencoder, z: Float[Tensor, "steps d"], length: int) -> Tensor:
    n = len(z)
    layout = Layout.of(torch.full((n,), length))
    canvas = torch.full((n * length,), MASK)
    logits = model.decoder(canvas, z, layout, torch.ones(n * length, dtype=torch.bool))
    # Mask and pad are impossible for all, and minus infinity has no gradient.
    logp = logits.clamp(min=-1e4).log_softmax(dim=-1).view(n, length, -1)
    a, b = logp[:-1], logp[1:]
    middle = torch.logaddexp(a, b) - math.log(2)
    divergence = 0.5 * ((a.exp() * (a - middle)).sum(-1) + (b.exp() * (b - middle)).sum(-1))
    total: Tensor = divergence.sum()
    return total
