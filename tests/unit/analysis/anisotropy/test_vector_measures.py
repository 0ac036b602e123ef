"""Vectors measured as they are read: the numbers of the array whatever the batches, and what is remarked."""

import numpy as np
import pytest
from vector_files import WRITERS, cloud, saved

from latentlab.analysis.anisotropy.cloud import measure_cloud, state_of
from latentlab.analysis.anisotropy.spaces import measure_spaces, space_warnings
from latentlab.analysis.anisotropy.spaces_report import measure_latents
from latentlab.analysis.anisotropy.vector_clouds import (
    WIDEST,
    Nonfinite,
    measure_vectors,
    setting_of,
    started,
)
from latentlab.analysis.anisotropy.vector_pairs import measure_pair
from latentlab.analysis.clouds import sample
from latentlab.errors import LatentsError, UsageError
from latentlab.results.vectors.vector_file import open_vectors


def same(got, wanted, tolerance=1e-9):
    """Values and standard errors of two sets of metrics."""
    assert list(got) == list(wanted)
    for key, estimate in wanted.items():
        for a, b in ((got[key].value, estimate.value), (got[key].se, estimate.se)):
            assert (a is None) == (b is None), key
            assert a is None or a == pytest.approx(b, rel=tolerance, abs=tolerance), key


@pytest.mark.parametrize("name", ["fortran.npy", "only.safetensors", "groups.parquet"])
def test_a_file_measures_as_the_array(tmp_path, name):
    x = cloud(300, 6)
    WRITERS[name](tmp_path / name, x)
    state, item = measure_vectors(open_vectors(tmp_path / name), seed=4)
    assert (item.kind, item.gate.verdict, list(item.clouds)) == ("vectors", "NOT APPLICABLE", ["latents"])
    assert state.kept.dtype == np.float64
    same(item.clouds["latents"].metrics, measure_cloud(state_of(x, seed=4)).metrics, 1e-12)
    assert set(item.to_json()["verdict"]) == {"cone", "anisotropy", "rogue"}


def test_the_pilot_is_the_mean_of_the_first_rows(tmp_path):
    x = cloud(5000, 2, np.float64)
    state = started(saved(tmp_path / "x.npy", x), setting_of(2, seed=0))
    np.testing.assert_array_equal(state.pilot, x[:4096].mean(axis=0))
    assert state.n == 0


def test_batches_do_not_matter(tmp_path, monkeypatch):
    x, logvar = cloud(300, 6), cloud(300, 6, seed=1) / 8 - 2
    files = saved(tmp_path / "mu.npy", x), saved(tmp_path / "logvar.npy", logvar)
    whole, pair = measure_vectors(files[0], seed=0)[1], measure_pair(*files, seed=0)
    monkeypatch.setattr("latentlab.analysis.anisotropy.vector_clouds.NUMBERS", 200)
    same(measure_vectors(files[0], seed=0)[1].clouds["latents"].metrics, whole.clouds["latents"].metrics)
    again = measure_pair(*files, seed=0)
    for key in ("mu", "z"):
        same(again.clouds[key].metrics, pair.clouds[key].metrics)
    numbers = pair.posterior.metrics
    same({key: again.posterior.metrics[key] for key in numbers}, numbers)


def test_rows_with_nan_are_named_and_left_out_only_when_allowed(tmp_path):
    x = cloud(200, 4)
    bad = [3, 50, 51, 52, 53, 199]
    x[bad, 1] = [np.nan, np.inf, -np.inf, np.nan, np.nan, np.nan]
    x[50, 2] = -np.inf
    vectors = saved(tmp_path / "x.npy", x)
    with pytest.raises(
        LatentsError, match=r"x\.npy: NaN or infinity in 6 of 200 rows: 3, 50, .* and 1 more"
    ) as caught:
        measure_vectors(vectors, seed=0)
    assert "--drop-nonfinite" in caught.value.hint
    state, item = measure_vectors(vectors, seed=0, drop_nonfinite=True)
    assert (state.n, state.nonfinite, item.clouds["latents"].n) == (194, 6, 194)
    assert "6 rows with NaN or infinity left out; these are rows 3, 50" in item.clouds["latents"].note
    brute = measure_cloud(state_of(np.delete(x, bad, axis=0), seed=0)).metrics
    for key in ("mean_cosine", "isoscore", "twonn", "kurtosis_max"):
        assert item.clouds["latents"].metrics[key].value == pytest.approx(brute[key].value, rel=1e-9)


def test_a_posterior_is_that_of_the_arrays(tmp_path):
    mu, logvar = cloud(150, 4), cloud(150, 4, seed=1) / 8 - 2
    item = measure_pair(saved(tmp_path / "m.npy", mu), saved(tmp_path / "l.npy", logvar), seed=5)
    double = mu.astype(np.float64), logvar.astype(np.float64)
    z = sample(*double, rng=np.random.default_rng(5))
    clouds, posterior = measure_latents(*double, z, seed=5)
    assert item.kind == "vib"
    assert item.gate == posterior.gate
    for key, wanted in clouds.items():
        same(item.clouds[key].metrics, wanted.metrics)
    numbers = posterior.metrics
    same({key: item.posterior.metrics[key] for key in numbers}, numbers)


def test_variances_in_the_place_of_their_logarithms_are_doubted(tmp_path):
    mu, logvar = cloud(150, 4), cloud(150, 4, seed=1) / 8 - 2
    for logs, doubted in ((logvar, False), (np.exp(logvar), True)):
        files = saved(tmp_path / "m.npy", mu), saved(tmp_path / "l.npy", logs)
        note = measure_pair(*files, seed=0).clouds["mu"].note or ""
        assert ("σ² instead of log σ²" in note) is doubted


def test_a_posterior_drops_rows_from_both(tmp_path):
    mu, logvar = cloud(150, 4), cloud(150, 4, seed=1) / 8 - 2
    kept = np.delete(np.arange(150), [7, 90])
    mu[7, 0], logvar[90, 3] = np.nan, np.inf
    files = saved(tmp_path / "m.npy", mu), saved(tmp_path / "l.npy", logvar)
    with pytest.raises(LatentsError, match="NaN or infinity in 2 of 150 rows: 7, 90"):
        measure_pair(*files, seed=0)
    item = measure_pair(*files, seed=0, drop_nonfinite=True)
    assert {cloud.n for cloud in item.clouds.values()} == {148}
    m, v = mu[kept].astype(np.float64), logvar[kept].astype(np.float64)
    kl = 0.5 * (m**2 + np.exp(v) - 1 - v).sum(axis=1)
    assert item.posterior.metrics["kl_total"].value == pytest.approx(kl.mean())


def test_what_is_no_posterior_is_refused(tmp_path):
    mu = saved(tmp_path / "m.npy", cloud(60, 4))
    with pytest.raises(LatentsError, match=r"l\.npy has shape \(60, 5\), and .*m\.npy has \(60, 4\)"):
        measure_pair(mu, saved(tmp_path / "l.npy", cloud(60, 5)), seed=0)
    with pytest.raises(LatentsError, match=r"v\.npy: log variances up to 2000") as caught:
        measure_pair(mu, saved(tmp_path / "v.npy", np.full((60, 4), 2000.0)), seed=0)
    assert "σ²" in caught.value.hint
    with pytest.raises(LatentsError, match=r"w\.npy: log variances down to -1e\+30: σ² of zero"):
        measure_pair(mu, saved(tmp_path / "w.npy", np.full((60, 4), -1e30)), seed=0)


def test_more_dimensions_than_rows_asks_whether_it_is_turned(tmp_path):
    item = measure_vectors(saved(tmp_path / "x.npy", cloud(20, 30)), seed=0)[1]
    [(said, hint)] = space_warnings([item])
    assert "n = 20 < d = 30: are rows and columns swapped?" in said
    assert ".T" in hint
    wide = saved(tmp_path / "w.npy", np.zeros((2, WIDEST + 1), dtype=np.float32))
    with pytest.raises(LatentsError, match=r"w\.npy: d = 8193 is too wide .*; n = 2 < d: are rows") as caught:
        measure_vectors(wide, seed=0)
    assert ".T" in caught.value.hint


@pytest.mark.parametrize(
    "x",
    [np.ones((40, 3)), np.zeros((40, 3)), np.outer(np.arange(40), [1, 2, 3]), np.ones((2, 3)), cloud(40, 1)],
    ids=["constant", "zero", "rank one", "two rows", "one column"],
)
def test_degenerate_clouds_have_a_result(tmp_path, x):
    item = measure_vectors(saved(tmp_path / "x.npy", x.astype(np.float32)), seed=0)[1]
    measures = item.clouds["latents"].metrics
    assert all(value.value is not None or value.note for value in measures.values())
    assert item.to_json()["verdict"]["anisotropy"].verdict != "ISOTROPIC"


def test_too_few_rows_and_too_large_numbers(tmp_path):
    with pytest.raises(LatentsError, match=r"x\.npy: expected at least 2 rows, got 1"):
        measure_vectors(saved(tmp_path / "x.npy", cloud(1, 3)), seed=0)
    with pytest.raises(LatentsError, match=r"y\.npy: a number as large as 1e\+90"):
        measure_vectors(saved(tmp_path / "y.npy", np.full((9, 3), 1e90)), seed=0)
    with pytest.raises(LatentsError, match=r"as large as 1e\+12"):
        Nonfinite(np.dtype(np.float32)).look(np.full((9, 3), 1e12, dtype=np.float32))


def test_wide_vectors_have_fewer_shards(tmp_path):
    assert [setting_of(d, seed=0).shards for d in (16, 2048, 4096, 8192)] == [50, 50, 12, 10]
    vectors = saved(tmp_path / "x.npy", cloud(4, 3))
    assert started(vectors, setting_of(3, seed=7)).setting.seed == 7


def test_items_of_one_name_and_other_sizes(tmp_path):
    files = []
    for folder, n, d in (("a", 40, 3), ("b", 50, 4)):
        (tmp_path / folder).mkdir()
        files.append(saved(tmp_path / folder / "x.npy", cloud(n, d)))
    measured = measure_spaces(files=files, seed=0, sample=30)
    report = measured.report.to_dict()
    assert [item["name"] for item in report["results"]["items"]] == ["a/x.npy", "b/x.npy"]
    assert [item["clouds"]["latents"]["sampled"] for item in report["results"]["items"]] == [30, 30]
    assert list(report["provenance"]["vectors"].values()) == [file.fingerprint() for file in files]
    assert [said.partition(":")[0] for said, _ in measured.warnings] == [
        "d differs (3, 4)",
        "n differs (40, 50)",
    ]
    assert measured.state is None
    with pytest.raises(UsageError, match="nothing to measure"):
        measure_spaces(seed=0)
