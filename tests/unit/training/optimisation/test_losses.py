"""Masking and losses: what is supervised, and in which units."""

import math

import pytest
import torch
from torch.nn import functional as F

from latentlab.models.decoder import Layout
from latentlab.models.tokenizer import MASK
from latentlab.training.optimisation.losses import Batch, Model, batch_losses, draw_mask, mean_squared_cosine
from latentlab.training.start import build_model
from latentlab.training.train_config import TrainConfig, parse_config

P, V = 12, 300


def config(**overrides) -> TrainConfig:
    tree = {
        "model": {
            "head": {"use_vib": True, "width": 6, "hidden": 8, "length_dropout": 0.0},
            "decoder": {"vocab_size": V, "max_length": 32, "width": 16, "layers": 1, "heads": 2},
        },
        **overrides,
    }
    return parse_config(tree, "test")


def model(c: TrainConfig) -> Model:
    return build_model(c, torch.zeros(P), torch.eye(P))


def batch(lengths: list[int], seed: int = 0) -> Batch:
    g = torch.Generator().manual_seed(seed)
    counts = torch.tensor(lengths)
    tokens = torch.randint(2, V, (sum(lengths),), generator=g)
    return Batch(torch.randn(len(lengths), P, generator=g), counts, tokens, Layout.of(counts))


@pytest.mark.parametrize("all_masked", [0.0, 0.25, 1.0])
def test_exact_counts_at_least_one_and_stratified(all_masked):
    lengths = torch.tensor([1] * 100 + [4] * 200 + [9] * 200)
    layout = Layout.of(lengths)
    masked = draw_mask(layout, all_masked, torch.Generator().manual_seed(0))
    k = torch.zeros(len(lengths), dtype=torch.long).index_add_(0, layout.sentence, masked.long())
    assert (k >= 1).all()
    assert (k <= lengths).all()
    share_full = (k[300:] == 9).float().mean().item()
    assert share_full == pytest.approx(all_masked + (1 - all_masked) / 9, abs=0.05)
    if all_masked == 0:
        # k is uniform on 1 … L, which the any-order bound needs.
        counts = torch.bincount(k[300:], minlength=10)[1:].float() / 200
        assert (counts - 1 / 9).abs().max() < 0.06


def test_positions_inside_a_sentence_are_masked_alike():
    layout = Layout.of(torch.full((4000,), 5))
    masked = draw_mask(layout, 0.0, torch.Generator().manual_seed(0)).view(4000, 5).float()
    assert (masked.mean(0) - masked.mean()).abs().max() < 0.03


def test_the_supervised_set_is_the_masked_set():
    c, b = config(), batch([3, 5, 5])
    m = model(c)
    seen = {}
    real = m.decoder.hidden

    def spy(tokens, condition, layout, keep):
        seen.update(tokens=tokens, keep=keep)
        return real(tokens, condition, layout, keep)

    m.decoder.hidden = spy
    batch_losses(m, b, c, 0.0, torch.Generator().manual_seed(0))
    assert torch.equal(seen["tokens"] == MASK, seen["keep"])
    assert torch.equal(seen["tokens"][~seen["keep"]], b.tokens[~seen["keep"]])


def test_kl_is_nats_a_sentence_against_torch_distributions():
    c, b = config(), batch([4] * 50)
    m = model(c)
    losses = batch_losses(m, b, c, 0.0, torch.Generator().manual_seed(0))
    with torch.no_grad():
        mu, logvar = m.head(b.pooled, b.counts)
    normal = torch.distributions.Normal
    kl = torch.distributions.kl_divergence(normal(mu, (logvar / 2).exp()), normal(0.0, 1.0)).sum(1).mean()
    assert losses.kl.item() == pytest.approx(kl.item(), rel=1e-5)


def test_beta_keeps_its_meaning_when_sentences_get_twice_as_long():
    """The same cloud, every sentence twice as long: a sentence's KL costs the same nats."""
    c = config()
    m = model(c)
    ratios = []
    for length in (4, 8):
        b = batch([length] * 64)
        plain = batch_losses(m, b, c, 0.0, torch.Generator().manual_seed(0))
        charged = batch_losses(m, b, c, 1.0, torch.Generator().manual_seed(0))
        per_token = (charged.total - plain.total).item()
        # beta = 1 adds exactly the sentence's KL once it is counted in nats a sentence.
        assert per_token * length == pytest.approx(plain.kl.item(), rel=1e-4)
        ratios.append(per_token * length / plain.kl.item())
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-4)


def test_free_bits_are_free_per_dimension_on_the_batch_mean():
    b = batch([4] * 64)
    c = config(loss={"free_bits": 1e6})
    m = model(c)
    total = batch_losses(m, b, c, 1.0, torch.Generator().manual_seed(0)).total
    m.zero_grad()
    total.backward()
    plain = config()
    other = model(plain)
    batch_losses(other, b, plain, 0.0, torch.Generator().manual_seed(0)).total.backward()
    # Under the floor the KL has no gradient at all: the head's gradient is that of beta = 0.
    assert torch.allclose(m.head.mu.weight.grad, other.head.mu.weight.grad, atol=1e-6)


def test_mean_squared_cosine_is_that_of_the_double_loop():
    z = torch.randn(20, 5)
    pairs = [F.cosine_similarity(z[i], z[j], dim=0) ** 2 for i in range(20) for j in range(20) if i != j]
    assert mean_squared_cosine(z).item() == pytest.approx(torch.stack(pairs).mean().item(), rel=1e-4)
    assert mean_squared_cosine(z[:1].expand(9, -1)).item() == pytest.approx(1.0, rel=1e-4)


@pytest.mark.parametrize(
    "loss",
    [
        {"isotropy_weight": 1.0},
        {"length_weight": 0.0},
        {"free_bits": 0.1},
    ],
)
def test_options_are_finite_and_have_gradients(loss):
    c, b = config(loss=loss), batch([2, 3, 3, 6])
    m = model(c)
    losses = batch_losses(m, b, c, 0.1, torch.Generator().manual_seed(0))
    losses.total.backward()
    assert math.isfinite(losses.total.item())
    assert m.head.mu.weight.grad.abs().sum() > 0


def test_latent_noise_is_for_deterministic_heads_and_changes_the_loss():
    head = {"use_vib": False, "width": 6, "length_dropout": 0.0}
    decoder = {"vocab_size": V, "max_length": 32, "width": 16, "layers": 1, "heads": 2}
    tree = {"model": {"head": head, "decoder": decoder}}
    noisy = parse_config({**tree, "loss": {"latent_noise": 0.5}}, "test")
    m = model(noisy)
    # The length head sees z directly, so its loss shows the noise.
    quiet = parse_config(tree, "test")
    b = batch([2, 3, 3, 6])
    a = batch_losses(m, b, quiet, 0.0, torch.Generator().manual_seed(0))
    c = batch_losses(m, b, noisy, 0.0, torch.Generator().manual_seed(0))
    assert a.length.item() != c.length.item()
