"""Paths in the space of the cloud, and the moves that are no path."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentlab.errors import LatentsError, UsageError
from latentlab.geometry import (
    KINDS,
    LatentStatistics,
    arithmetic,
    attribute_vector,
    centre_of_gravity,
    draw_path,
    neighbourhood,
    norm_corrected,
    prior_samples,
    profile,
    slerp_radius,
    traversal,
)

D = 6
finite = st.floats(-1e3, 1e3, allow_subnormal=False)
vectors = st.lists(finite, min_size=D, max_size=D).map(np.array)


def cloud(prior=True, shift=5.0):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((400, D)) @ rng.standard_normal((D, D)) + shift
    return LatentStatistics(x.mean(axis=0), np.cov(x.T), prior), x


@pytest.mark.parametrize("kind", KINDS)
@given(a=vectors, b=vectors, steps=st.integers(2, 12))
@settings(max_examples=25, deadline=None)
def test_ends_are_exact_and_nothing_is_nan(kind, a, b, steps):
    for end in (b, a, -a, np.zeros(D)):
        path = draw_path(a, end, steps, kind, cloud()[0])
        assert path.shape == (steps, D)
        assert np.array_equal(path[0], a)
        assert np.array_equal(path[-1], end)
        assert np.isfinite(path).all()


def test_centred_and_whitened_turn_about_the_mean():
    where, x = cloud()
    for kind in ("centred", "whitened"):
        space = where.space(kind)
        path = space.apply(draw_path(x[0], x[1], 21, kind, where))
        radii = np.linalg.norm(path, axis=1)
        np.testing.assert_allclose(np.diff(radii), np.diff(radii)[0], atol=1e-9)  # linear
    with pytest.raises(UsageError, match="statistics"):
        draw_path(x[0], x[1], 3, "whitened", None)
    with pytest.raises(UsageError, match="no path"):
        draw_path(x[0], x[1], 3, "spiral", where)


def test_norm_corrected_walks_the_arc_of_slerp():
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, D))
    t = np.linspace(0, 1, 9)
    radius = (1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b)
    path = norm_corrected(a, b, t)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), radius)
    fine = slerp_radius(a, b, np.linspace(0, 1, 20001))
    fine /= np.linalg.norm(fine, axis=1, keepdims=True)
    assert ((path / radius[:, None]) @ fine.T).max(axis=1) == pytest.approx(1, abs=1e-8)


def test_profile_is_the_definition():
    where, x = cloud(shift=0.0)
    found = profile(x[:5], where)
    np.testing.assert_allclose(found.norm, np.linalg.norm(x[:5], axis=1))
    density = [-0.5 * (row @ row) - D / 2 * np.log(2 * np.pi) for row in x[:5]]
    np.testing.assert_allclose(found.prior_log_density, density)
    inverse = np.linalg.inv(where.covariance)
    expected = [np.sqrt((row - where.mean) @ inverse @ (row - where.mean)) for row in x]
    np.testing.assert_allclose(profile(x, where).mahalanobis, expected, rtol=0.05)  # but for the shrinkage
    assert profile(x, cloud(prior=False)[0]).prior_log_density is None
    assert profile(x, None).mahalanobis is None


def test_mixtures_of_a_gaussian_are_of_that_gaussian():
    rng = np.random.default_rng(2)
    mean = np.full(D, 3.0)
    weights = np.array([0.5, 0.3, 0.2])
    mixed = np.array(
        [centre_of_gravity(mean + rng.standard_normal((3, D)), weights, mean=mean) for _ in range(4000)]
    )
    assert np.abs(mixed.mean(axis=0) - 3).max() < 0.08
    assert np.abs(np.cov(mixed.T) - np.eye(D)).max() < 0.1
    points = rng.standard_normal((3, D))
    np.testing.assert_allclose(centre_of_gravity(points, np.array([0.0, 1.0, 0.0])), points[1])
    with pytest.raises(UsageError, match="sum to 1"):
        centre_of_gravity(points, np.array([1.0, 1.0, 1.0]))


def test_arithmetic_with_an_attribute():
    rng = np.random.default_rng(3)
    base, direction = rng.standard_normal((50, D)), np.arange(D, dtype=float)
    v = attribute_vector(base + direction, base)
    np.testing.assert_allclose(v, direction)
    np.testing.assert_allclose(arithmetic(base[0] + direction, base[0], base[1]), base[1] + v)
    with pytest.raises(LatentsError):
        attribute_vector(base[:0], base)


def test_traversal_moves_one_coordinate_by_its_own_deviation():
    z, sigma = np.arange(D, dtype=float), np.linspace(0.1, 1, D)
    rows = traversal(z, 2, sigma, steps=5, reach=3.0)
    assert np.array_equal(np.delete(rows, 2, axis=1), np.tile(np.delete(z, 2), (5, 1)))
    np.testing.assert_allclose(rows[:, 2], z[2] + np.array([-3, -1.5, 0, 1.5, 3]) * sigma[2])
    for wrong in ({"dimension": D}, {"steps": 1}, {"reach": 0.0}, {"reach": np.inf}):
        with pytest.raises(UsageError):
            traversal(**{"z": z, "dimension": 0, "deviation": sigma, **wrong})


def test_samples_have_the_spread_that_was_asked_for():
    sigma = np.linspace(0.5, 2, D)
    near = neighbourhood(np.full(D, 7.0), sigma, 5000, scale=0.5, rng=np.random.default_rng(4))
    np.testing.assert_allclose(near.std(axis=0), sigma / 2, rtol=0.05)
    np.testing.assert_allclose(near.mean(axis=0), 7, atol=0.06)
    prior = prior_samples(5000, D, rng=np.random.default_rng(5))
    np.testing.assert_allclose(prior.std(axis=0), 1, rtol=0.05)
    for scale in (-1.0, np.inf, np.nan):
        with pytest.raises(UsageError):
            neighbourhood(np.zeros(D), sigma, 1, scale=scale, rng=np.random.default_rng(0))
    with pytest.raises(UsageError):
        prior_samples(0, D, rng=np.random.default_rng(0))
