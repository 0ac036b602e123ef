"""Ends are exact, nothing is ever NaN, and there is a way back."""

import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from latentlab.errors import LatentsError, UsageError
from latentlab.geometry import PATHS, centring, interpolate, project, slerp, standardising, whitening
from latentlab.metrics import effective_rank, isoscore_debiased, mean_cosine


def cloud(n=500, d=8, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + 2


def moments(x):
    return x.mean(axis=0), np.cov(x.T)


# Transforms


@pytest.mark.parametrize("kind", ["centring", "standardising", "whitening"])
def test_there_is_a_way_back(kind):
    x = cloud()
    mean, covariance = moments(x)
    maps = {
        "centring": lambda: centring(mean),
        "standardising": lambda: standardising(mean, covariance),
        "whitening": lambda: whitening(mean, covariance),
    }
    affine = maps[kind]()
    np.testing.assert_allclose(affine.invert(affine.apply(x)), x, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(affine.apply(x).mean(axis=0), 0, atol=1e-10)
    # One by one equals all at once.
    np.testing.assert_allclose(
        np.concatenate([affine.apply(row[None]) for row in x[:5]]), affine.apply(x)[:5]
    )


def test_standardising_gives_unit_variances_and_leaves_constant_dimensions():
    x = cloud()
    x[:, 2] = 5.0
    y = standardising(*moments(x)).apply(x)
    np.testing.assert_allclose(np.delete(y.std(axis=0, ddof=1), 2), 1)
    np.testing.assert_allclose(y[:, 2], 0, atol=1e-12)


def test_whitening_is_the_inverse_square_root():
    x = cloud()
    mean, covariance = moments(x)
    affine = whitening(mean, covariance, shrinkage=0.0)
    np.testing.assert_allclose(np.cov(affine.apply(x).T), np.eye(8), atol=1e-9)
    expected = np.linalg.inv(scipy.linalg.sqrtm(covariance))
    np.testing.assert_allclose(affine.matrix, expected, rtol=1e-7, atol=1e-9)
    shrunk = 0.7 * covariance + 0.3 * np.trace(covariance) / 8 * np.eye(8)
    expected = np.linalg.inv(scipy.linalg.sqrtm(shrunk))
    np.testing.assert_allclose(
        whitening(mean, covariance, shrinkage=0.3).matrix, expected, rtol=1e-7, atol=1e-9
    )


def test_science_whitening_raises_the_effective_rank_and_centring_removes_the_cone():
    x = cloud()
    mean, covariance = moments(x)
    whitened = whitening(mean, covariance).apply(x)
    assert effective_rank(whitened).value > effective_rank(x).value + 1
    assert isoscore_debiased(whitened).value > 0.98 > isoscore_debiased(x).value
    assert mean_cosine(x).value > 0.1
    assert abs(mean_cosine(centring(mean).apply(x)).value) < 0.01


def test_a_covariance_without_full_rank_needs_shrinkage():
    x = cloud(5, 8)
    mean, covariance = moments(x)
    with pytest.raises(LatentsError, match="no full rank") as error:
        whitening(mean, covariance, shrinkage=0.0)
    assert "shrinkage" in error.value.hint
    assert np.isfinite(whitening(mean, covariance, shrinkage=0.1).apply(x)).all()
    with pytest.raises(LatentsError, match="no full rank"):
        whitening(np.zeros(3), np.zeros((3, 3)))


def test_transforms_refuse_what_does_not_fit():
    mean, covariance = moments(cloud())
    with pytest.raises(LatentsError, match="NaN"):
        whitening(mean * np.nan, covariance)
    with pytest.raises(LatentsError, match="NaN"):
        standardising(mean, covariance * np.inf)
    with pytest.raises(LatentsError, match="shrinkage from 0 to 1, got 2"):
        whitening(mean, covariance, shrinkage=2.0)
    with pytest.raises(LatentsError, match=r"shape \(n, 8\), got \(3, 7\)"):
        centring(mean).apply(np.ones((3, 7)))


# Paths

HARD = st.sampled_from([0.0, 1.0, -1.0, 1e-12, 1e12, 0.3, -7.0])
PAIRS = st.tuples(st.lists(HARD, min_size=4, max_size=4), st.lists(HARD, min_size=4, max_size=4))


@pytest.mark.parametrize("kind", PATHS)
@given(pair=PAIRS, steps=st.integers(2, 9))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_ends_are_exact_and_nothing_is_nan(kind, pair, steps):
    a, b = np.array(pair[0]), np.array(pair[1])
    path = interpolate(a, b, steps, kind)
    assert path.shape == (steps, 4)
    assert np.array_equal(path[0], a)
    assert np.array_equal(path[-1], b)
    assert np.isfinite(path).all()


@pytest.mark.parametrize("kind", PATHS)
def test_random_latents_to_themselves_stay_put(kind):
    # The textbook formula divides by the sine of an angle that rounds to zero or to NaN.
    for row in np.random.default_rng(0).standard_normal((50, 512)):
        np.testing.assert_allclose(interpolate(row, row.copy(), 5, kind), np.tile(row, (5, 1)), rtol=1e-12)
        assert np.isfinite(interpolate(row, row * (1 + 1e-16), 5, kind)).all()


@pytest.mark.parametrize("kind", ["slerp", "slerp_radius"])
def test_the_way_round_between_opposites(kind):
    a = np.array([3.0, -1.0, 2.0, 0.5])
    path = interpolate(a, -2 * a, 21, kind)
    lengths = np.linalg.norm(path, axis=1)
    np.testing.assert_allclose(lengths, np.linalg.norm(a) * np.linspace(1, 2, 21))
    angles = np.arccos(np.clip(path @ a / lengths / np.linalg.norm(a), -1, 1))
    np.testing.assert_allclose(angles, np.linspace(0, np.pi, 21), atol=1e-7)


def test_slerp_is_the_textbook_formula_where_that_is_defined():
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 64))
    omega = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    for t, point in zip(np.linspace(0, 1, 11), interpolate(a, b, 11, "slerp"), strict=True):
        expected = (np.sin((1 - t) * omega) * a + np.sin(t * omega) * b) / np.sin(omega)
        np.testing.assert_allclose(point, expected, atol=1e-12)


def test_slerp_radius_turns_evenly_and_grows_evenly():
    rng = np.random.default_rng(2)
    a, b = rng.standard_normal(32), 3 * rng.standard_normal(32)
    path = interpolate(a, b, 9)
    lengths = np.linalg.norm(path, axis=1)
    np.testing.assert_allclose(np.diff(lengths), (lengths[-1] - lengths[0]) / 8)
    unit = path / lengths[:, None]
    np.testing.assert_allclose(np.sum(unit[1:] * unit[:-1], axis=1), unit[0] @ unit[1])
    # On a sphere it is slerp.
    sphere = slerp(unit[0], unit[-1], np.linspace(0, 1, 9))
    np.testing.assert_allclose(sphere, unit, atol=1e-12)


def test_linear_has_equal_steps_and_zero_has_no_direction():
    a, b = np.array([1.0, 2.0]), np.array([3.0, -2.0])
    np.testing.assert_allclose(np.diff(interpolate(a, b, 5, "linear"), axis=0), np.tile((b - a) / 4, (4, 1)))
    for kind in PATHS:
        np.testing.assert_allclose(interpolate(np.zeros(2), b, 3, kind)[1], b / 2)
        np.testing.assert_allclose(interpolate(np.array([1.0]), np.array([-1.0]), 3, kind)[1], [0.0])


def test_inputs_are_left_alone():
    a, b = np.ones(3, dtype=np.float32), np.arange(3, dtype=np.float32)
    path = interpolate(a, b, 3)
    path += 1
    assert (a == 1).all()
    assert (b == np.arange(3)).all()


def test_paths_refuse_what_they_cannot_do():
    a = np.ones(3)
    with pytest.raises(UsageError, match="no path is called 'cubic'"):
        interpolate(a, a, 3, "cubic")
    with pytest.raises(UsageError, match="at least 2 points, got 1"):
        interpolate(a, a, 1)
    with pytest.raises(LatentsError, match="NaN"):
        interpolate(a, a * np.nan, 3)
    with pytest.raises(LatentsError, match=r"shapes \(3,\) and \(2,\)"):
        interpolate(a, a[:2], 3)


# Projection


def test_pca_is_the_best_plane_and_repeats_itself():
    x = cloud()
    y = project(x, seed=0)
    centred = x - x.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False)
    np.testing.assert_allclose(np.linalg.norm(y, axis=0), singular[:2])
    np.testing.assert_allclose(y, PCA(2).fit_transform(x), atol=1e-8)
    assert np.array_equal(y, project(x, seed=99))


def test_umap_with_a_seed_repeats_itself_and_separates_far_groups():
    rng = np.random.default_rng(0)
    groups = np.concatenate([rng.standard_normal((20, 5)), rng.standard_normal((20, 5)) + 30])
    first, second = (project(groups, "umap", seed=3) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == (40, 2)
    centres = first[:20].mean(axis=0), first[20:].mean(axis=0)
    distances = [np.linalg.norm(first - centre, axis=1) for centre in centres]
    assert ((distances[0] < distances[1]) == (np.arange(40) < 20)).all()


def test_what_only_maps_need_is_imported_by_their_functions():
    code = "import sys, latentlab.geometry; sys.exit(bool({'umap', 'sklearn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0


def test_a_single_point_is_projected_to_zero():
    assert not project(np.full((5, 3), 0.1), seed=0).any()


def test_projection_refuses_what_it_cannot_draw():
    with pytest.raises(UsageError, match="no map is called 'tsne'"):
        project(np.ones((5, 3)), "tsne", seed=0)
    with pytest.raises(LatentsError, match="at least 16 vectors, got 5"):
        project(np.random.default_rng(0).standard_normal((5, 3)), "umap", seed=0)
    with pytest.raises(LatentsError, match=r"at least 2 dimensions, got shape \(5, 1\)"):
        project(np.ones((5, 1)), seed=0)
    with pytest.raises(LatentsError, match="NaN"):
        project(np.full((5, 3), np.nan), seed=0)
