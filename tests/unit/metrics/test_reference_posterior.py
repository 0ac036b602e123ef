"""The slow reference of a posterior, against closed forms and quadrature."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from tests.reference.brute_force import POSTERIOR
from tests.reference.clouds import POSTERIOR_CASES, draws, posterior, with_moments


def test_rate_against_quadrature():
    mu, logvar = np.array([[0.7], [-1.2]]), np.array([[-1.0], [0.4]])

    def divergence(mean, scale):
        log_ratio = lambda t: stats.norm.logpdf(t, mean, scale) - stats.norm.logpdf(t)  # noqa: E731
        return quad(lambda t: stats.norm.pdf(t, mean, scale) * log_ratio(t), -15, 15)[0]

    expected = np.mean([divergence(m, math.exp(s / 2)) for m, s in zip(mu[:, 0], logvar[:, 0], strict=True)])
    assert POSTERIOR["kl_per_dim"](mu, logvar) == pytest.approx([expected], abs=1e-9)
    assert POSTERIOR["kl_total_bits"](mu, logvar) == pytest.approx(expected / math.log(2), abs=1e-9)


def test_a_linear_gaussian_channel():
    signal, noise = np.array([2.0, 1.0, 0.5]), np.array([0.2, 0.5, 0.9])
    mu = with_moments([0, 0, 0], signal**2)
    logvar = np.broadcast_to(np.log(noise), mu.shape)
    assert POSTERIOR["kl_total"](mu, logvar) == pytest.approx(3.129, abs=5e-4)
    assert POSTERIOR["mi_upper_bound"](mu, logvar) == pytest.approx(2.194, abs=5e-4)
    assert POSTERIOR["bnvae_kl_lower_bound"](mu, logvar) == pytest.approx(np.sum(signal**2) / 2)
    assert POSTERIOR["signal_share"](mu, logvar) == pytest.approx(5.25 / 6.85)
    assert POSTERIOR["active_units"](mu, logvar) == 3
    assert POSTERIOR["collapsed_dims"](mu, logvar) == {"0.01": 0, "0.1": 0}
    mu = signal * np.random.default_rng(6).standard_normal((1500, 3))
    logvar = np.broadcast_to(np.log(noise), mu.shape)
    assert POSTERIOR["mi_sampled"](mu, logvar, draws(mu, logvar, 7)) == pytest.approx(2.194, abs=0.08)


def test_total_correlation_of_a_correlated_pair():
    target = np.array([[1.0, 0.9], [0.9, 1.0]])
    mu = with_moments([0, 0], [1, 1]) @ np.linalg.cholesky(target - 0.05 * np.eye(2)).T
    logvar = np.full(mu.shape, math.log(0.05))
    assert POSTERIOR["agg_tc_gaussian"](mu, logvar) == pytest.approx(0.8304, abs=5e-5)
    assert POSTERIOR["agg_dimwise_kl_gaussian"](mu, logvar) == pytest.approx(0, abs=1e-12)
    assert POSTERIOR["agg_kl_gaussian"](mu, logvar) == pytest.approx(-0.5 * math.log(0.19))


@pytest.mark.parametrize("case", POSTERIOR_CASES)
def test_the_aggregate_splits_in_two_and_bounds_hold(case):
    mu, logvar = posterior(*case)
    values = {key: POSTERIOR[key](mu, logvar) for key in POSTERIOR if key != "mi_sampled"}
    parts = values["agg_tc_gaussian"] + values["agg_dimwise_kl_gaussian"]
    assert values["agg_kl_gaussian"] == pytest.approx(parts)
    assert values["kl_total"] >= values["bnvae_kl_lower_bound"]
    assert 0 < values["collapsed_dims"]["0.01"] < values["collapsed_dims"]["0.1"] < case[1]
    assert 0 < values["active_units"] < case[1]
    assert POSTERIOR["mi_sampled"](mu, logvar, draws(mu, logvar, 1)) <= math.log(case[0])


def test_a_collapsed_posterior_and_identical_draws():
    nothing = np.zeros((200, 4))
    assert POSTERIOR["collapsed_dims"](nothing, nothing) == {"0.01": 4, "0.1": 4}
    assert POSTERIOR["mi_sampled"](nothing, nothing, draws(nothing, nothing, 1)) == pytest.approx(
        0, abs=1e-12
    )
    two_in_200, three_in_200 = nothing.copy(), nothing.copy()
    two_in_200[:2], three_in_200[:3] = 1.0, 1.0
    assert POSTERIOR["collapsed_dims"](two_in_200, nothing) == {"0.01": 4, "0.1": 4}
    assert POSTERIOR["collapsed_dims"](three_in_200, nothing) == {"0.01": 0, "0.1": 0}
    far_apart = 1e3 * np.arange(50)[:, None] * np.ones((1, 4))
    assert POSTERIOR["mi_sampled"](far_apart, nothing[:50], far_apart) == pytest.approx(math.log(50))
