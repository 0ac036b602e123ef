"""The fused vocabulary layer and cross-entropy against torch's own two steps."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from latentlab.training.optimisation.vocabulary_loss import vocabulary_loss

K, D, V = 300, 16, 50  # more rows than one part


def inputs(scale: float = 1.0) -> tuple[list[Tensor], Tensor]:
    g = torch.Generator().manual_seed(0)
    shapes = ((K, D), (V, D), (V,))
    tensors = [(scale * torch.randn(s, generator=g)).requires_grad_() for s in shapes]
    return tensors, torch.randint(2, V, (K,), generator=g)


def both(tensors: list[Tensor], targets: Tensor, bias: Tensor) -> list[tuple[Tensor, ...]]:
    """Loss and gradients, ours and torch's, of three times the loss."""
    hidden, weight = tensors[:2]
    results = []
    for loss in (
        vocabulary_loss(hidden, weight, bias, targets),
        F.cross_entropy(F.linear(hidden, weight, bias.to(hidden)).float(), targets),
    ):
        results.append((loss.detach(), *torch.autograd.grad(3 * loss, tensors, retain_graph=True)))
    return results


@pytest.mark.parametrize("scale", [0.1, 1.0, 8.0])
def test_loss_and_gradients_are_those_of_the_two_steps(scale):
    tensors, targets = inputs(scale)
    ours, theirs = both(tensors, targets, tensors[2])
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype
        assert float(b.abs().max()) > 0
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6 * float(b.abs().max()))


def test_an_impossible_symbol_takes_no_probability_and_gets_no_gradient():
    tensors, targets = inputs()
    blocked = torch.zeros(V)
    blocked[:2] = -math.inf
    ours, theirs = both(tensors, targets, tensors[2] + blocked)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
    assert not torch.cat([ours[2][:2], ours[3][:2, None]], dim=1).any()


def test_a_certain_model_loses_nothing_and_an_impossible_target_costs_what_it_should():
    hidden, bias = torch.eye(4) * 200, torch.zeros(4)
    assert float(vocabulary_loss(hidden, torch.eye(4), bias, torch.arange(4))) == 0.0
    wrong = vocabulary_loss(hidden, torch.eye(4), bias, torch.arange(4).roll(1))
    assert float(wrong) == pytest.approx(200)


def test_under_autocast_products_are_coarse_and_sums_are_not():
    tensors, targets = inputs(0.3)
    with torch.autocast("cpu", torch.bfloat16):
        ours, theirs = both(tensors, targets, tensors[2])
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype == torch.float32
        torch.testing.assert_close(a, b, rtol=0, atol=0.02 * float(b.abs().max()))
    assert ours[0].item() == pytest.approx(theirs[0].item(), rel=1e-5)
