"""`latentlab.measure` on all that holds vectors in Python, and what it says of what holds none."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

import latentlab as ll
from latentlab.errors import InputError, LatentsError, UsageError

X = np.random.default_rng(0).standard_normal((300, 6)) + 0.8


def test_an_array_has_the_numbers_of_the_command(tmp_path, capsys):
    from latentlab.cli import main

    np.save(tmp_path / "x.npy", X)
    assert main(["anisotropy", str(tmp_path / "x.npy"), "--json"]) == 0
    told = capsys.readouterr().out
    assert ll.measure(tmp_path / "x.npy").to_json() == told
    of_file, of_array = ll.measure(str(tmp_path / "x.npy")), ll.measure({"x.npy": X})
    [one], [other] = of_file, of_array
    assert one.metrics() == other.metrics()
    assert len(one.metrics()) > 20
    assert one.verdict == other.verdict == of_file.verdict


def test_lists_tensors_columns_and_frames_are_the_same_vectors():
    import torch

    pd = pytest.importorskip("pandas")
    expected = ll.measure(X)["mean_cosine"]
    column = pd.DataFrame({"vector": list(X)})["vector"]
    leaf = torch.from_numpy(X).requires_grad_()
    for same in (X.tolist(), list(X), tuple(map(tuple, X)), leaf, column, pd.DataFrame(X)):
        assert ll.measure(same)["mean_cosine"] == expected
    import pyarrow as pa

    nested = pa.array(X.tolist())
    assert ll.measure(nested)["mean_cosine"] == expected
    half = ll.measure(torch.from_numpy(X).bfloat16())["mean_cosine"]
    assert half.value == pytest.approx(expected.value, abs=0.01)


def test_several_spaces_stand_side_by_side():
    report = ll.measure({"a": X, "b": X - X.mean(axis=0)})
    assert list(report.spaces) == ["a", "b"]
    assert report.spaces["a"].verdict["cone"] != report.spaces["b"].verdict["cone"] == "NONE"
    with pytest.warns(ll.LatentlabWarning, match="n differs"):
        assert [space.name for space in ll.measure([X, X[:100]])] == ["vectors 1", "vectors 2"]
    with pytest.raises(UsageError, match="of which of 2 spaces") as raised:
        report["mean_cosine"]
    assert "report.spaces[NAME]" in raised.value.hint


def test_a_posterior_has_its_gate():
    rng = np.random.default_rng(1)
    mu, logvar = rng.standard_normal((200, 4)), np.full((200, 4), -3.0)
    report = ll.measure(mu=mu, logvar=logvar)
    assert report.verdict["gate"] == "PASSED"
    assert report["kl_total"] > 1
    assert report.spaces["mu"].metrics("z").keys() >= {"mean_cosine"}
    with pytest.raises(UsageError, match="mu and logvar go together"):
        ll.measure(mu=mu)


def test_groups_are_labels():
    twice, labels = np.repeat(X, 3, axis=0), np.repeat(np.arange(len(X)), 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grouped = ll.measure(twice, group=labels)["mean_cosine"]
    assert grouped.ci95 == pytest.approx(ll.measure(X)["mean_cosine"].ci95, abs=0.01)
    with pytest.raises(LatentsError, match="299 labels for 300 rows of vectors"):
        ll.measure(X, group=list(range(299)))


def test_what_the_terminal_prints_is_a_warning():
    with pytest.warns(ll.LatentlabWarning, match="repeat another"):
        ll.measure(np.repeat(X, 3, axis=0))


@pytest.mark.parametrize(
    ("given", "error", "said", "hint"),
    [
        (["A cat sleeps.", "A dog runs."], LatentsError, "text, and vectors are measured", "texts=[...]"),
        ("A cat sleeps.", UsageError, "is no path", "texts=[...]"),
        (np.arange(5.0), LatentsError, r"shape \(5,\)", "rows"),
        (np.arange(12).reshape(3, 4), LatentsError, "int64", "astype"),
        (np.zeros((2, 3, 4)), LatentsError, r"shape \(2, 3, 4\)", "rows"),
        ([], UsageError, "nothing to measure", "measure\\(x\\)"),
        (np.empty((0, 4)), LatentsError, "no numbers", "rows"),
        (None, UsageError, "nothing to measure", "measure"),
        ((row for row in X), LatentsError, "read only once", "list"),
        ([[1.0, 2.0], [3.0]], LatentsError, "rows of 1 to 2 numbers", "equally long"),
        ([[1.0, 2.0], [[3.0]]], LatentsError, "cells are no vectors", "equally long"),
        ("nowhere", InputError, "does not exist", "path"),
        (object(), UsageError, "a object is nothing", "rows"),
        (np.full((5, 2), np.nan), LatentsError, "NaN", None),
    ],
)
def test_what_is_no_space_is_refused_in_one_line(given, error, said, hint):
    with pytest.raises(error, match=said) as raised:
        ll.measure(given)
    assert raised.value.message.isprintable()
    assert "--" not in str(raised.value)
    if hint:
        assert hint.replace("\\", "") in raised.value.hint


def test_an_option_that_has_no_meaning_is_named_as_an_argument():
    with pytest.raises(UsageError, match=r"^texts is for checkpoints") as raised:
        ll.measure(X, texts=["a"])
    assert "help(latentlab.measure)" in raised.value.hint
    bad = X.copy()
    bad[3] = np.nan
    with pytest.raises(LatentsError) as raised:
        ll.measure(bad)
    assert "drop_nonfinite=True" in raised.value.hint
    with pytest.warns(ll.LatentlabWarning, match="1 rows with NaN or infinity left out"):
        assert ll.measure(bad, drop_nonfinite=True)["mean_cosine"].n == 299


def test_a_report_is_read_as_it_was_written(tmp_path):
    report = ll.measure(X)
    names = report.save(tmp_path / "out")
    assert {"report.json", "table.csv", "spectrum.pdf"} <= set(names)
    assert all((tmp_path / "out" / name).is_file() for name in names)
    again = ll.read(tmp_path / "out" / "report.json")
    assert again == report
    assert type(again) is type(report)
    assert again["twonn"] == report["twonn"]
    with pytest.raises(InputError, match="is a file"):
        report.save(tmp_path / "out" / "report.json")


def test_a_report_is_short_and_has_a_table_and_figures():
    report = ll.measure(X)
    assert len(repr(report)) < 300
    assert "cone" in repr(report)
    assert "<th" in report._repr_html_()
    assert "mean_cosine" in report._repr_html_()
    assert report.plot("spectrum").axes
    with pytest.raises(UsageError, match="no figure 'spectra'"):
        report.plot("spectra")
    with pytest.raises(UsageError, match="no metric 'cosine'") as raised:
        report["cosine"]
    assert "mean_cosine" in raised.value.hint
    frame = report.to_frame()
    row = frame[(frame.metric == "mean_cosine") & (frame.cloud == "latents")].iloc[0]
    assert row.value == float(report["mean_cosine"])


def test_names_are_escaped_in_the_table():
    assert "<script>" not in ll.measure({"<script>": X})._repr_html_()


def test_sums_of_pieces_merge(tmp_path):
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    ll.measure(X[:150], state=first)
    ll.measure(X[150:], state=second, like=first, first_row=150)
    whole = ll.merge_states([first, second])
    assert float(whole["mean_cosine"]) == pytest.approx(float(ll.measure(X)["mean_cosine"]))


def test_measuring_an_array_imports_nothing_heavy():
    code = (
        "import sys, numpy as np, latentlab as ll\n"
        "ll.measure(np.random.default_rng(0).standard_normal((50, 4)))['mean_cosine']\n"
        "heavy = {'torch', 'transformers', 'sklearn', 'umap', 'matplotlib', 'pandas', 'rich', 'typer'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_every_public_name_is_there_and_says_what_it_is():
    assert len(ll.__all__) <= 25
    for name in ll.__all__:
        assert getattr(ll, name).__doc__ or name == "__version__"
    assert set(ll.__all__) <= set(dir(ll))
    with pytest.raises(AttributeError):
        ll.nothing  # noqa: B018


@pytest.mark.parametrize("scale", [1e-80, 1e-100, 1e-155])
def test_rows_too_near_each_other_for_double_precision_are_refused(scale):
    x = np.random.default_rng(0).standard_normal((60, 3))
    with pytest.raises(LatentsError, match="whose fourth power is no number in double precision"):
        ll.measure(x * scale)
    assert ll.measure(x * 1e-60)["isoscore_debiased"].value == pytest.approx(
        ll.measure(x)["isoscore_debiased"].value, rel=1e-6
    )
