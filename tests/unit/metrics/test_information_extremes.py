"""Information keeps its digits where one variance is extreme, against exact sums and the old form."""

from fractions import Fraction

import numpy as np
import pytest

from latentlab.analysis.anisotropy.posterior_report import aggregates, measure_posterior
from latentlab.metrics import (
    Aggregate,
    agg_kl_gaussian,
    information_dimwise,
    information_per_dim,
    kl_total,
    mi_upper_bound,
    signal_share,
)
from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.statistics.intervals import in_words


def posterior(n=300, d=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)), rng.normal(-1, 0.5, (n, d))


def exact_information(mu, logvar):
    """By dimension, sums in rational numbers."""
    told = []
    for m, log in zip(mu.T, logvar.T, strict=True):
        m = [Fraction(value) for value in m.tolist()]
        mean = sum(m) / len(m)
        variance = sum((value - mean) ** 2 for value in m) / len(m)
        variance += sum(Fraction(value) for value in np.exp(log).tolist()) / len(m)
        logs = sum(Fraction(value) for value in log.tolist()) / len(m)
        told.append(0.5 * (np.log(variance.numerator / variance.denominator) - float(logs)))
    return np.array(told)


@pytest.mark.parametrize("seed", range(5))
def test_without_cancellation_it_is_the_rate_less_the_kl(seed):
    mu, logvar = posterior(seed=seed)
    rate, kl = kl_total(mu, logvar).value, agg_kl_gaussian(mu, logvar).value
    assert mi_upper_bound(mu, logvar).value == pytest.approx(rate - kl, rel=1e-9)
    a = Aggregate.of(mu, logvar)
    variances = a.covariance.diagonal()
    old = a.kl - 0.5 * (variances + a.means.mean**2 - 1 - np.log(variances))
    np.testing.assert_allclose(information_per_dim(a), old, rtol=1e-9)


@pytest.mark.parametrize("extreme", [-600.0, 60.0, 100.0, 600.0])
def test_one_extreme_variance_leaves_every_digit(extreme):
    mu, logvar = posterior()
    logvar[5, 3] = extreme
    wanted = exact_information(mu, logvar)
    np.testing.assert_allclose(information_per_dim(mu, logvar), wanted, rtol=1e-9)
    assert information_dimwise(mu, logvar).value == pytest.approx(wanted.sum(), rel=1e-9)
    # The total correlation is that of the other dimensions where one is all noise.
    rest = [j for j in range(6) if j != 3]
    bound = mi_upper_bound(mu, logvar).value
    if extreme > 0:
        others = mi_upper_bound(mu[:, rest], logvar[:, rest]).value
        assert bound == pytest.approx(wanted[3] + others, rel=1e-6)
    assert 0 < bound <= wanted.sum()


def test_the_parts_say_the_same_beside_an_extreme_row():
    mu, logvar = posterior()
    logvar[5, 3] = 100.0
    parts = aggregates(mu, logvar, seed=0)
    found = measure_posterior(parts, mu, logvar, mu)
    share = found.metrics["signal_share"]
    assert 0 <= share.ci95[0] <= share.value <= share.ci95[1] <= 1
    whole = np.delete(mu, 5, axis=0), np.delete(logvar, 5, axis=0)
    assert max(found.share.replicates) == pytest.approx(signal_share(*whole).value, abs=0.05)


def test_a_mantissa_is_of_the_value():
    assert in_words(Estimate(0.672e40, ci95=(-0.645e40, 1.989e40))) == "6.7e39 ± 13.2e39"
    assert in_words(Estimate(12_345_678.0, ci95=(12_294_678.0, 12_396_678.0))) == "1.235e7 ± 0.005e7"
