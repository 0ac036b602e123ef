"""Muon in batches: the same steps as torch's own, and orthogonal updates."""

import pytest
import torch

from latentlab.training.optimisation.muon import Muon, orthogonalised

SHAPES = [(24, 24), (72, 24), (24, 96), (24, 24), (72, 24)]


def matrices(seed):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator).requires_grad_() for shape in SHAPES]


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_its_steps_are_torchs(weight_decay):
    ours, theirs = matrices(0), matrices(0)
    settings = {"lr": 0.02, "weight_decay": weight_decay, "momentum": 0.95, "nesterov": True}
    batched, reference = Muon(ours, **settings), torch.optim.Muon(theirs, **settings)
    for step in range(4):
        for a, b, gradient in zip(ours, theirs, matrices(step + 1), strict=True):
            a.grad, b.grad = gradient.detach().clone(), gradient.detach().clone()
        batched.step()
        reference.step()
    for a, b, start in zip(ours, theirs, matrices(0), strict=True):
        moved = (b - start).norm()
        assert (a - b).norm() < 0.02 * moved  # both round to bfloat16 in between
    for i, saved in reference.state_dict()["state"].items():
        buffer = batched.state_dict()["state"][i]["momentum_buffer"]
        torch.testing.assert_close(buffer, saved["momentum_buffer"])


def test_a_matrix_without_a_gradient_stays():
    ours = matrices(0)
    optimizer = Muon(ours, lr=0.02)
    ours[0].grad = torch.ones_like(ours[0])
    optimizer.step()
    assert not torch.equal(ours[0], matrices(0)[0])
    assert torch.equal(ours[3], matrices(0)[3])


@pytest.mark.parametrize("shape", [(3, 24, 96), (3, 96, 24), (1, 24, 24)])
def test_singular_values_come_close_to_one(shape):
    updates = orthogonalised(torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 1e-3)
    values = torch.linalg.svdvals(updates.float())
    assert updates.shape == shape
    assert values.max() < 1.3
    if shape[1] != shape[2]:  # a square one has singular values near zero, which five iterations leave small
        assert values.min() > 0.6


def test_zero_stays_zero():
    assert torch.equal(orthogonalised(torch.zeros(2, 4, 8)).float(), torch.zeros(2, 4, 8))
