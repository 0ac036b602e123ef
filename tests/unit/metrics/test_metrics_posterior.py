"""The posterior family against torch.distributions and sums written out; the gate against a collapsed VIB."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from latentlab.errors import LatentsError
from latentlab.metrics import (
    Aggregate,
    active_units,
    agg_kl_gaussian,
    check_posterior,
    collapse_gate,
    collapsed_dims,
    information_dims_95,
    information_dimwise,
    information_per_dim,
    isoscore_debiased,
    kl_dims_95,
    kl_per_dim,
    kl_total,
    kl_total_bits,
    left_out,
    mean_cosine,
    mi_upper_bound,
    signal_share,
)


def posterior(n=400, d=6, seed=0):
    rng = np.random.default_rng(seed)
    mu = rng.standard_normal((n, d)) * np.linspace(0.0, 2.0, d) + 0.1
    return mu, rng.normal(-1.0, 0.5, (n, d))


def torch_kl(mu, logvar):
    q = Normal(torch.from_numpy(mu), torch.from_numpy(np.exp(logvar / 2)))
    return kl_divergence(q, Normal(torch.zeros(mu.shape).double(), 1.0))


def collapsed(n=2000, d=16):
    rng = np.random.default_rng(0)
    return 1e-3 * rng.standard_normal((n, d)), 1e-3 * rng.standard_normal((n, d))


def test_kl_is_that_of_torch():
    mu, logvar = posterior()
    expected = torch_kl(mu, logvar)
    np.testing.assert_allclose(kl_per_dim(mu, logvar), expected.mean(0), rtol=1e-12)
    rows = Independent(Normal(torch.from_numpy(mu), torch.from_numpy(np.exp(logvar / 2))), 1)
    prior = Independent(Normal(torch.zeros(mu.shape).double(), 1.0), 1)
    per_row = kl_divergence(rows, prior).numpy()
    estimate = kl_total(mu, logvar)
    assert estimate.value == pytest.approx(per_row.mean())
    assert estimate.se == pytest.approx(per_row.std(ddof=1) / math.sqrt(len(mu)))


def test_bits_are_nats_over_ln_2():
    mu, logvar = posterior()
    nats, bits = kl_total(mu, logvar), kl_total_bits(mu, logvar)
    assert bits.value == pytest.approx(nats.value / math.log(2))
    assert bits.ci95 == pytest.approx([end / math.log(2) for end in nats.ci95])


def test_the_rate_of_a_linear_gaussian_is_its_closed_form():
    # mu ~ N(0, s²), sigma² constant: rate = ½ Σ (s² + σ² - log σ² - 1).
    s, variance = np.array([2.0, 1.0, 0.5]), np.array([0.2, 0.5, 0.9])
    mu = np.random.default_rng(0).standard_normal((200_000, 3)) * s
    estimate = kl_total(mu, np.broadcast_to(np.log(variance), mu.shape))
    truth = 0.5 * float(np.sum(s**2 + variance - np.log(variance) - 1))
    assert truth == pytest.approx(3.129, abs=1e-3)
    assert abs(estimate.value - truth) < 4 * estimate.se


def test_small_kl_keeps_its_digits():
    # exp(l) - 1 - l loses every digit here where expm1(l) - l does not.
    logvar = np.full((2, 1), 1e-7)
    assert kl_per_dim(np.zeros((2, 1)), logvar)[0] == pytest.approx(0.25e-14, rel=1e-2)


def test_active_units_count_variances_above_the_threshold():
    mu, logvar = posterior()
    expected = sum(np.var(column, ddof=1) > 0.01 for column in mu.T)
    assert active_units(mu, logvar).value == expected == 5


def test_collapsed_dims_are_counted_row_by_row():
    mu, logvar = posterior()
    mu[:, 0], logvar[:, 0] = 0.0, 0.0
    mu[:4, 0] = 3.0  # 1 % of the rows: 99 % below the threshold still counts as collapsed
    kl = torch_kl(mu, logvar).numpy()
    expected = {f"{e:g}": sum((kl[:, j] < e).sum() >= 0.99 * 400 for j in range(6)) for e in (0.01, 0.1)}
    assert collapsed_dims(mu, logvar) == expected
    assert collapsed_dims(mu, logvar)["0.01"] == 1
    mu[4, 0] = 3.0
    assert collapsed_dims(mu, logvar)["0.01"] == 0


def test_signal_share_written_out():
    mu, logvar = posterior()
    signal = np.trace(np.cov(mu.T, ddof=0))
    assert signal_share(mu, logvar).value == pytest.approx(signal / (signal + np.exp(logvar).mean(0).sum()))


def test_aggregate_kl_is_that_of_torch():
    mu, logvar = posterior()
    covariance = np.cov(mu.T, ddof=0) + np.diag(np.exp(logvar).mean(0))
    q = MultivariateNormal(torch.from_numpy(mu.mean(0)), torch.from_numpy(covariance))
    p = MultivariateNormal(torch.zeros(6).double(), torch.eye(6).double())
    assert agg_kl_gaussian(mu, logvar).value == pytest.approx(float(kl_divergence(q, p)), rel=1e-12)
    assert "plug-in" in agg_kl_gaussian(mu, logvar).note


def test_aggregate_kl_needs_more_rows_than_dimensions():
    mu, logvar = posterior(n=6)
    assert agg_kl_gaussian(mu, logvar).value is None


def test_aggregates_merge():
    mu, logvar = posterior()
    first, rest = Aggregate.of(mu[:150], logvar[:150]), Aggregate.of(mu[150:], logvar[150:])
    both = first.merge(rest)
    assert agg_kl_gaussian(both).value == pytest.approx(agg_kl_gaussian(mu, logvar).value, rel=1e-12)
    assert signal_share(next(left_out([rest, first]))).value == pytest.approx(
        signal_share(mu[:150], logvar[:150]).value, rel=1e-12
    )


def test_a_collapsed_posterior_is_caught_though_its_geometry_is_perfect():
    mu, logvar = collapsed()
    z = mu + np.exp(logvar / 2) * np.random.default_rng(1).standard_normal(mu.shape)
    assert abs(mean_cosine(z).value) < 0.01
    assert isoscore_debiased(z).value == pytest.approx(1, abs=0.02)
    gate = collapse_gate(mu, logvar)
    assert gate.verdict == "COLLAPSED"
    assert gate.kl_total < 0.1
    assert "the posterior is the prior" in gate.to_json()["reason"]


def test_a_live_posterior_is_judged_and_a_deterministic_head_is_not_asked():
    gate = collapse_gate(*posterior())
    assert (gate.verdict, gate.d, gate.ln_n) == ("LOW INFORMATION", 6, pytest.approx(math.log(400)))
    assert gate.ln_n > gate.information >= gate.mi_upper_bound > 1
    gate = collapse_gate(posterior()[0], None)
    assert gate.verdict == "NOT APPLICABLE"
    assert gate.to_json()["thresholds"] == {
        "kl_total": 0.1,
        "information": 0.1,
        "low_information": gate.ln_n,
        "effective_dims_over_d": 0.05,
    }


def live(d, width, n=600, scale=3.0):
    """So many of the dimensions carry signal under little noise, the others are the prior."""
    rng = np.random.default_rng(0)
    mu, logvar = np.zeros((n, width)), np.zeros((n, width))
    mu[:, :d], logvar[:, :d] = scale * rng.standard_normal((n, d)), -3.0
    return mu, logvar


GATES = {
    "15 of 384 live": (live(15, 384), "FEW ACTIVE UNITS"),
    "3 of 64 live": (live(3, 64), "FEW ACTIVE UNITS"),
    "4 of 64 live": (live(4, 64), "PASSED"),
    "1 of 8 live": (live(1, 8, scale=200.0), "PASSED"),  # 5 % of eight is no dimension at all
    "1 of 8 live, 2.6 nats": (live(1, 8), "LOW INFORMATION"),
    "fewer rows than dimensions": (live(15, 384, n=100), "FEW ACTIVE UNITS"),
    "mean zero, variance e squared": ((np.zeros((500, 32)), np.full((500, 32), 2.0)), "NO INFORMATION"),
    "one mean far away": ((np.full((500, 64), 1.5), np.zeros((500, 64))), "NO INFORMATION"),
    "one mean, n < d": ((np.full((20, 64), 1.5), np.zeros((20, 64))), "NO INFORMATION"),
    "hardly moves": (live(32, 32, scale=0.001), "NO INFORMATION"),
    "a little, everywhere": (live(64, 64, scale=0.05), "LOW INFORMATION"),  # 1.5 nats of the 6.4 for 600 rows
    "rate below a tenth of a nat": (
        (0.25 * np.random.default_rng(0).standard_normal((4000, 1)), np.full((4000, 1), -0.0645)),
        "COLLAPSED",
    ),
}


@pytest.mark.parametrize("name", GATES)
def test_the_gate_goes_by_information(name):
    (mu, logvar), word = GATES[name]
    gate = collapse_gate(mu, logvar)
    assert gate.verdict == word, gate
    assert gate.silent == (word in ("COLLAPSED", "NO INFORMATION"))
    assert ("is the prior" in gate.to_json()["reason"]) == (word == "COLLAPSED")


def test_free_bits_fill_the_count_of_active_units_and_not_the_others():
    mu, logvar = live(10, 100, n=2000)
    rng = np.random.default_rng(1)
    mu[:, 10:] = 0.17 * rng.standard_normal((2000, 90))  # .015 nats each
    assert active_units(mu, logvar).value == 100
    assert kl_dims_95(mu, logvar).value == information_dims_95(mu, logvar).value == 10


def test_a_posterior_that_holds_only_its_floor_is_told():
    """Free bits give 192 dimensions .015 nats each: 2.9 nats in all, where 7.6 tell 2,000 rows apart."""
    rng = np.random.default_rng(2)
    mu = 0.17 * rng.standard_normal((2000, 192))
    gate = collapse_gate(mu, np.zeros_like(mu))
    assert (gate.verdict, gate.silent) == ("LOW INFORMATION", False)
    assert gate.information == pytest.approx(192 * 0.5 * np.log1p(0.17**2), rel=0.05)
    assert (
        collapse_gate(mu, np.zeros_like(mu), distinct=12).verdict == "PASSED"
    )  # twelve groups are told apart


def test_no_floor_that_free_bits_leave_hides_few_active_units():
    mu, logvar = live(15, 384, n=2000, scale=7.0)  # 52 nats
    mu[:, 15:] = 0.17 * np.random.default_rng(1).standard_normal((2000, 369))  # 5.4 nats in all
    assert information_dims_95(mu, logvar).value > 100  # more than 5 % of the width
    gate = collapse_gate(mu, logvar)
    assert (gate.verdict, round(gate.effective_dims)) == ("FEW ACTIVE UNITS", 18)


def test_information_of_a_dimension_is_that_of_its_channel():
    rng = np.random.default_rng(0)
    s, noise = np.array([2.0, 1.0, 0.0]), np.array([0.2, 0.5, 0.9])
    mu = rng.standard_normal((100_000, 3)) * s + 7.0
    logvar = np.broadcast_to(np.log(noise), mu.shape)
    expected = 0.5 * np.log1p(s**2 / noise)
    np.testing.assert_allclose(information_per_dim(mu, logvar), expected, atol=0.01)
    assert information_dimwise(mu, logvar).value == pytest.approx(mi_upper_bound(mu, logvar).value, abs=0.001)
    twice = np.repeat(mu[:, :1], 2, axis=1), np.repeat(logvar[:, :1], 2, axis=1)
    assert information_dimwise(*twice).value == pytest.approx(2 * expected[0], abs=0.02)
    assert information_dimwise(mu[:2], logvar[:2]).value is not None  # at any n


def test_nothing_carries_no_share():
    nothing = np.zeros((10, 3))
    assert kl_dims_95(nothing, nothing).value is information_dims_95(nothing, nothing).value is None


def test_overflow_is_no_pass():
    mu, logvar = posterior()
    logvar = logvar + 800
    assert kl_total(mu, logvar).value is None
    assert signal_share(mu, logvar).value is None
    assert agg_kl_gaussian(mu, logvar).value is None
    assert collapse_gate(mu, logvar).verdict == "NO INFORMATION"


def test_constant_means_carry_no_signal():
    mu, logvar = np.full((50, 3), 0.1), np.zeros((50, 3))
    assert active_units(mu, logvar).value == 0
    assert signal_share(mu, logvar).value == 0


def test_shapes_must_agree():
    mu, logvar = posterior()
    with pytest.raises(LatentsError, match=r"expected the shape of mu, \(400, 6\), got \(399, 6\)"):
        check_posterior(mu, logvar[1:])
    with pytest.raises(LatentsError, match="logvar: expected finite numbers"):
        kl_total(mu, np.full_like(logvar, np.nan))
