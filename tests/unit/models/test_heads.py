"""Heads: shapes, the posterior, what initialisation promises."""

import math

import pytest
import torch

from latentlab.models.heads import LOGVAR_MAX, LOGVAR_MIN, Head, Posterior, length_features
from latentlab.models.model_config import HeadConfig

P, D, N = 24, 10, 400


def cloud(seed: int = 0) -> torch.Tensor:
    """A cone: a large common mean and unequal variances."""
    generator = torch.Generator().manual_seed(seed)
    return 3 + torch.randn(N, P, generator=generator) * torch.linspace(0.2, 2, P)


def head(**kwargs) -> Head:
    made = Head(HeadConfig(width=D, **kwargs), P)
    x = cloud()
    made.initialise(x.mean(0), torch.cov(x.T), torch.Generator().manual_seed(0))
    return made.eval()


COUNTS = torch.randint(1, 12, (N,), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("sigma", [0.1, 0.52, 0.9])
def test_sigma_at_init_is_the_configured_one_through_the_real_head(sigma):
    posterior = head(use_vib=True, hidden=16, sigma_init=sigma)(cloud(), COUNTS)
    assert torch.allclose(torch.exp(0.5 * posterior.logvar), torch.tensor(sigma), rtol=0.1)


@pytest.mark.parametrize("standardize", ["none", "standardize", "whiten"])
@pytest.mark.parametrize("use_vib", [False, True])
def test_latents_start_at_unit_scale(standardize, use_vib):
    posterior = head(use_vib=use_vib, standardize=standardize, sigma_init=0.5)(cloud(), COUNTS)
    expected = 0.75 if use_vib else 1.0
    assert posterior.mu.var(dim=0).mean().item() == pytest.approx(expected, rel=0.6)


def test_use_vib_false_is_the_plain_projection():
    made = head(use_vib=False)
    posterior = made(cloud(), COUNTS)
    assert posterior.logvar is None
    assert {name for name, _ in made.named_parameters()} == {"mu.weight", "mu.bias"}
    x = torch.cat([cloud(), length_features(COUNTS)], dim=1)
    assert torch.allclose(posterior.mu, x @ made.mu.weight.T + made.mu.bias, atol=1e-5)


def test_the_raw_head_keeps_the_cone_and_the_standardised_one_does_not():
    def energy(z: torch.Tensor) -> float:
        return (z.mean(0).square().sum() / z.square().sum(1).mean()).item()

    unknown = torch.zeros(N, dtype=torch.long)
    assert energy(head(standardize="none")(cloud(), unknown).mu) > 0.5
    assert energy(head(standardize="standardize")(cloud(), unknown).mu) < 0.05


def test_whitening_gives_an_identity_covariance_before_the_projection():
    made = head(standardize="whiten")
    white = (cloud() - made.shift) @ made.transform
    assert torch.allclose(torch.cov(white.T), torch.eye(P), atol=1e-3)


def test_kl_per_dim_is_that_of_torch_distributions():
    mu, logvar = torch.randn(7, 5), torch.randn(7, 5)
    ours = Posterior(mu, logvar).kl_per_dim()
    normal = torch.distributions.Normal
    reference = torch.distributions.kl_divergence(normal(mu, (logvar / 2).exp()), normal(0.0, 1.0))
    assert torch.allclose(ours, reference, atol=1e-5)


def test_logvar_is_clamped():
    made = head(use_vib=True)
    made.logvar.bias.data[:5] = 50
    made.logvar.bias.data[5:] = -50
    logvar = made(cloud(), COUNTS).logvar
    assert logvar.max() == LOGVAR_MAX
    assert logvar.min() == LOGVAR_MIN


def test_a_sample_has_the_posterior_moments_and_depends_on_its_generator_alone():
    posterior = Posterior(torch.full((20000, 2), 3.0), torch.full((20000, 2), math.log(0.25)))
    z = posterior.sample(torch.Generator().manual_seed(0))
    assert z.mean().item() == pytest.approx(3.0, abs=0.02)
    assert z.std().item() == pytest.approx(0.5, rel=0.02)
    torch.manual_seed(123)
    assert torch.equal(z, posterior.sample(torch.Generator().manual_seed(0)))
    assert not torch.equal(z, posterior.sample(torch.Generator().manual_seed(1)))


def test_batchnorm_on_mu_alone_has_the_fixed_scale():
    made = head(use_vib=True, batchnorm_gamma=0.6).train()
    posterior = made(cloud(), COUNTS)
    assert torch.allclose(posterior.mu.std(dim=0, correction=0), torch.tensor(0.6), atol=1e-3)
    assert not any("norm" in name for name, _ in made.named_parameters())


def test_unknown_length_is_all_zeros_and_known_lengths_differ():
    features = length_features(torch.tensor([0, 1, 2, 3, 9]))
    assert (features[0] == 0).all()
    assert torch.isfinite(features).all()
    assert len({tuple(row.tolist()) for row in features}) == 5
