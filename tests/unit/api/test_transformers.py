"""Transformers in the manner of scikit-learn: its own checks, numbers known by hand, files without pickle."""

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

import latentlab as ll
from latentlab.errors import LatentlabError, LatentsError

ALL = [ll.Centring, ll.Whitening, ll.ABTT]
INVERTIBLE = [ll.Centring(), ll.Whitening(), ll.Whitening(shrinkage=0.0), ll.ABTT(k=0)]


@pytest.fixture
def x():
    return np.random.default_rng(0).standard_normal((300, 6)) @ np.diag([9.0, 5, 3, 2, 1, 0.5]) + 4


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_takes_it_for_one_of_its_own(kind):
    check_estimator(kind(), on_fail="raise")


@pytest.mark.parametrize("transformer", INVERTIBLE)
def test_there_and_back(transformer, x):
    y = transformer.fit(x).transform(x)
    assert np.abs(y.mean(axis=0)).max() < 1e-12
    assert np.allclose(transformer.inverse_transform(y), x)


def test_the_covariance_is_the_identity_and_the_axes_are_not_turned(x):
    y = ll.Whitening(shrinkage=0.0).fit_transform(x)
    assert np.allclose(np.cov(y.T), np.eye(6))
    assert all(np.corrcoef(x[:, j], y[:, j])[0, 1] > 0.9 for j in range(6))


@pytest.mark.parametrize("k", [0, 2, 5])
def test_the_leading_directions_are_gone_and_the_rest_is_untouched(k, x):
    y = ll.ABTT(k=k).fit_transform(x)
    _, vectors = np.linalg.eigh(np.cov(x.T))
    top, rest = vectors[:, 6 - k :], vectors[:, : 6 - k]
    assert np.abs(y @ top).max(initial=0) < 1e-9
    assert np.allclose(y @ rest, (x - x.mean(axis=0)) @ rest)
    assert np.linalg.matrix_rank(y) == 6 - k
    assert np.allclose(ll.ABTT(k=k).fit(x).inverse_transform(y), y + x.mean(axis=0))


def test_what_was_fitted_on_training_rows_is_applied_to_others(x):
    fitted = ll.Whitening().fit(x[:200])
    assert np.allclose(fitted.transform(x[200:]), fitted.transform(x)[200:])
    assert (
        ll.measure(fitted.transform(x[200:]))["isoscore_debiased"] > ll.measure(x[200:])["isoscore_debiased"]
    )


@pytest.mark.parametrize("transformer", [ll.Centring(), ll.Whitening(shrinkage=0.25), ll.ABTT(k=3)])
def test_a_saved_one_is_the_same_one(transformer, x, tmp_path):
    file = tmp_path / "map.safetensors"
    transformer.fit(x).save(file)
    again = type(transformer).load(str(file))
    assert again.get_params() == transformer.get_params()
    assert type(again.get_params().get("k", 1)) is int
    assert np.array_equal(again.transform(x), transformer.transform(x))
    other = next(kind for kind in ALL if kind is not type(transformer))
    with pytest.raises(LatentsError, match=f"holds no {other.__name__}"):
        other.load(file)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Whitening.shift": np.zeros(3)}, "do not belong together"),
        ({"Whitening.matrix": np.zeros((6, 5))}, "do not belong together"),
        ({"Whitening.shrinkage": np.zeros(2)}, "do not belong together"),
        ({"Whitening.inverse": np.full((6, 6), np.nan)}, "NaN or infinity"),
        ({"more": np.zeros(1)}, "holds no Whitening"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(change, said, x, tmp_path):
    file = tmp_path / "map.safetensors"
    ll.Whitening().fit(x).save(file)
    save_file(load_file(file) | change, file)
    with pytest.raises(LatentsError, match=said):
        ll.Whitening.load(file)


def test_it_goes_into_a_pipeline_and_can_be_cloned(x):
    both = make_pipeline(ll.Centring(), ll.Whitening(shrinkage=0.1)).fit(x)
    assert both.transform(x).shape == x.shape
    assert clone(ll.ABTT(k=4)).get_params() == {"k": 4}


@pytest.mark.parametrize("shrinkage", [-0.1, 2.0, "a", None, True])
def test_a_shrinkage_that_makes_no_sense_is_refused(shrinkage, x):
    with pytest.raises(LatentsError, match="shrinkage must be a number from 0 to 1"):
        ll.Whitening(shrinkage=shrinkage).fit(x)


def test_numbers_of_numpy_are_parameters_too(x):
    assert np.array_equal(ll.ABTT(k=np.int64(2)).fit_transform(x), ll.ABTT(k=2).fit_transform(x))
    assert np.array_equal(ll.Whitening(np.float32(0.5)).fit_transform(x), ll.Whitening(0.5).fit_transform(x))


def test_what_is_saved_is_what_was_fitted(x, tmp_path):
    fitted = ll.ABTT(k=1).fit(x)
    fitted.set_params(k=3).save(tmp_path / "a.safetensors")
    again = ll.ABTT.load(tmp_path / "a.safetensors")
    assert again.k == 1
    assert np.array_equal(again.transform(x), fitted.transform(x))


@pytest.mark.parametrize("k", [-2.7, 6.0, 1.5])
def test_a_file_with_a_parameter_that_makes_no_sense_is_refused(k, x, tmp_path):
    file = tmp_path / "a.safetensors"
    ll.ABTT(k=2).fit(x).save(file)
    save_file(load_file(file) | {"ABTT.k": np.array([k])}, file)
    with pytest.raises(LatentsError, match="k must be a whole number from 0 to 5"):
        ll.ABTT.load(file)
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(LatentsError, match="not a whole safetensors file"):
        ll.ABTT.load(file)


def test_a_tensor_and_a_frame_are_taken(x):
    torch, pandas = pytest.importorskip("torch"), pytest.importorskip("pandas")
    expected = ll.Centring().fit_transform(x)
    for given in (torch.tensor(x, requires_grad=True), pandas.DataFrame(x, columns=list("abcdef"))):
        assert np.allclose(ll.Centring().fit_transform(given), expected)
    half = torch.tensor(x).bfloat16()
    assert np.abs(ll.Centring().fit_transform(half) - expected).max() < 0.2


@pytest.mark.parametrize("k", [-1, 6, 2.0, True, "two"])
def test_a_number_of_directions_that_makes_no_sense_is_refused(k, x):
    with pytest.raises(LatentsError, match="k must be a whole number from 0 to 5"):
        ll.ABTT(k=k).fit(x)


@pytest.mark.parametrize(
    "bad", [["a sentence"], np.zeros(3), np.array([[1.0, np.nan], [0, 0]]), np.zeros((1, 2)), []]
)
def test_what_is_no_vectors_is_one_line(bad):
    with pytest.raises(LatentlabError) as told:
        ll.Whitening().fit(bad)
    assert "\n" not in told.value.message


def test_a_covariance_without_full_rank_needs_shrinkage():
    few = np.random.default_rng(0).standard_normal((4, 9))
    with pytest.raises(LatentsError, match="full rank"):
        ll.Whitening(shrinkage=0.0).fit(few)
    assert np.isfinite(ll.Whitening().fit_transform(few)).all()
