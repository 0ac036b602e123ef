"""The Marchenko-Pastur quantiles against simulated covariances, the integrated density and closed moments."""

import numpy as np
import pytest
from scipy.integrate import quad

from latentlab.errors import LatentsError
from latentlab.metrics.statistics.marchenko_pastur import marchenko_pastur


@pytest.mark.parametrize(("n", "d"), [(500, 100), (201, 200), (101, 300)])
def test_a_simulated_covariance_lies_on_it(n, d):
    rng = np.random.default_rng(0)
    draws = [np.linalg.eigvalsh(np.cov(rng.standard_normal((n, d)).T))[::-1] for _ in range(8)]
    simulated, expected = np.mean(draws, axis=0), marchenko_pastur(n, d)
    # The mean of eight draws still moves as one by some thousandths; the outermost are another matter.
    np.testing.assert_allclose(simulated[2:-2], expected[2:-2], atol=0.015 * expected[0])
    assert simulated[0] == pytest.approx(expected[0], abs=2 * (n - 1) ** (-2 / 3) * expected[0])
    assert np.abs(simulated - 1).mean() > 10 * np.abs(simulated - expected).mean()


@pytest.mark.parametrize(("n", "d"), [(1000, 192), (101, 400), (64, 63), (5, 1)])
def test_the_quantiles_hold_the_mass_of_the_density(n, d):
    gamma = d / (n - 1)
    low, high = (1 - gamma**0.5) ** 2, (1 + gamma**0.5) ** 2

    def density(x):
        return np.sqrt(max((high - x) * (x - low), 0)) / (2 * np.pi * gamma * x)

    eigenvalues = marchenko_pastur(n, d)
    for i in sorted({0, min(n - 1, d) // 2, min(n - 1, d) - 1}):
        above = quad(density, eigenvalues[i], high, limit=200)[0]
        assert above == pytest.approx((i + 0.5) / d, abs=1e-6)


@pytest.mark.parametrize(("n", "d"), [(2000, 300), (301, 300), (100, 900)])
def test_moments_order_and_support(n, d):
    gamma, eigenvalues = d / (n - 1), marchenko_pastur(n, d)
    assert eigenvalues.shape == (d,)
    assert (np.diff(eigenvalues) <= 0).all()
    assert np.count_nonzero(eigenvalues) == min(n - 1, d)
    assert eigenvalues[0] < (1 + gamma**0.5) ** 2
    assert eigenvalues.mean() == pytest.approx(1, rel=2e-3)
    assert (eigenvalues**2).mean() == pytest.approx(1 + gamma, rel=5e-3)


def test_many_rows_are_equal_variances_and_two_rows_a_line():
    np.testing.assert_allclose(marchenko_pastur(10**9, 50), 1, atol=1e-3)
    assert np.count_nonzero(marchenko_pastur(2, 50)) == 1


@pytest.mark.parametrize(("n", "d"), [(1, 3), (10, 0)])
def test_sizes_without_a_covariance_are_refused(n, d):
    with pytest.raises(LatentsError, match=f"got n = {n} and d = {d}"):
        marchenko_pastur(n, d)
