"""What a user may hand to the library by mistake: one line that says what it is, never another error."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

import latentlab as ll
from latentlab.errors import InputError, LatentsError, UsageError

X = np.random.default_rng(0).standard_normal((120, 4))
MASKED = np.ma.masked_array(X, mask=np.arange(480).reshape(120, 4) == 3)
WRONG = {
    "masked": (MASKED, LatentsError, "numbers are masked"),
    "lists of ids in a column": (pd.Series([[1, 2], [3, 4]]), LatentsError, "got int64"),
    "lists of ids in Arrow": (pa.array([[1, 2], [3, 4]]), LatentsError, "got int64"),
    "whole numbers with NA": (
        pd.DataFrame(np.arange(8).reshape(4, 2)).astype("Int64"),
        LatentsError,
        "column '0' of the table",
    ),
    "an id among the dimensions": (pd.DataFrame(X).assign(id=range(120)), LatentsError, "column 'id'"),
    "a table with a column of vectors": (pa.table({"v": pa.array(X.tolist())}), LatentsError, "column 'v'"),
    "numbers as text": (pd.DataFrame({"a": ["1.5", "2"]}), LatentsError, "column 'a'"),
    "text in cells": (pd.Series([["a", "b"], ["c", "d"]]), LatentsError, "text, and vectors"),
    "an empty cell": (pd.Series([*X[:5], None, *X[6:]]), LatentsError, "1 of 120 rows: 5"),
    "a long word": ("a" * 300, UsageError, "a name of 300 characters"),
    "long words": (["a" * 300], UsageError, "a name of 300 characters"),
    "two lines": ("a\nb", UsageError, "is no path"),
    "a NUL": ("a\0b", UsageError, "is no path"),
    "no name": ("", UsageError, "is no path"),
    "sparse": (torch.eye(3).to_sparse(), LatentsError, "parse"),
    "no data": (torch.zeros(3, 3, device="meta"), LatentsError, "meta tensor"),
    "complex": (X + 1j, LatentsError, "complex128"),
    "truth": (X > 0, LatentsError, "got bool"),
    "dates": ([[np.datetime64("2020-01-01")] * 2] * 3, LatentsError, "datetime64"),
    "a folder that is not there": (["runs/nowhere"], InputError, "does not exist"),
    "one name twice": ({1: X, "1": X}, UsageError, "two arrays are called 1"),
    "a file under a name": ({"a": "x.npy"}, UsageError, "a dict names arrays"),
    "a long name": ({"a" * 5000: X}, UsageError, "no name for vectors"),
    "a set": ({1, 2}, UsageError, "a set is nothing"),
    "a number": (5, LatentsError, "shape"),
    "bytes": (b"abc", LatentsError, "text"),
}


@pytest.mark.parametrize("name", WRONG)
def test_it_is_refused_in_one_line(name):
    given, error, said = WRONG[name]
    with pytest.raises(error, match=said) as raised:
        ll.measure(given)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"seed": -1}, "seed is -1, and 0 is the least"),
        ({"seed": 2**70}, "seed is too large"),
        ({"sample": 0}, "sample is 0, and 2 is the least"),
        ({"first_row": -5}, "first_row is -5"),
        ({"group": 5}, "group: a int is no labels"),
        ({"group": {1: 2}}, "group: a dict is no labels"),
    ],
)
def test_an_option_out_of_its_range_is_named(option, said):
    with pytest.raises(UsageError, match=said):
        ll.measure(X, **option)


def test_types_that_numpy_has_not_and_cells_of_tensors():
    exact = ll.measure(X.astype(np.float32))["mean_cosine"]
    rows = [row.requires_grad_() for row in torch.from_numpy(X).float()]
    assert ll.measure(rows)["mean_cosine"] == exact
    assert ll.measure([pa.array(X.tolist())])["mean_cosine"].value is not None
    columns = ll.measure([pd.Series(list(X)), pd.Series(list(X))])
    assert len(columns) == 2
    eighth = torch.from_numpy(X).to(torch.float8_e4m3fn)
    assert float(ll.measure(eighth)["mean_cosine"]) == pytest.approx(float(exact), abs=0.01)
    with pytest.warns(ll.LatentlabWarning, match="1 rows with NaN"):
        some = ll.measure(pd.Series([*X[:5], None, *X[6:]]), drop_nonfinite=True)
    assert some["mean_cosine"].n == 119


def test_labels_of_every_kind_are_the_same_groups(tmp_path):
    pairs = np.arange(120) // 2
    np.save(tmp_path / "g.npy", pairs)
    expected = ll.measure(X, group=pairs.tolist()).to_json().replace('"labels"', '""')
    for same in (pairs, torch.from_numpy(pairs), pa.array(pairs), tuple(map(int, pairs)), pd.Series(pairs)):
        assert ll.measure(X, group=same).to_json().replace('"labels"', '""') == expected
    assert ll.measure(X, group=tmp_path / "g.npy")["mean_cosine"].ci95 is not None
    alone = ll.measure(X, group=[None] * 120)
    assert alone.document["results"]["items"][0]["clouds"]["latents"]["groups"] == 120


def test_spaces_with_other_numbers_are_not_equal():
    one, other = ll.measure(X).spaces["vectors"], ll.measure(X + 1).spaces["vectors"]
    assert one != other
    assert one == ll.measure(X).spaces["vectors"]
    assert len({one, other}) == 2


WRONG_TYPES = """
import numpy as np, latentlab as ll
X = np.ones((9, 2))
for call in (
    lambda: ll.measure(X, seed=None), lambda: ll.measure(X, sample="10"), lambda: ll.measure(X, state=7),
    lambda: ll.compare(X, X), lambda: ll.compare([5, 6]), lambda: ll.compare(conditions={"x": ["p"]}),
    lambda: ll.load(None), lambda: ll.read(None), lambda: ll.merge_states([3]),
    lambda: ll.load("x", encoder=1),
):
    try:
        call()
    except ll.LatentlabError as error:
        print(error.message)
"""


def test_what_has_a_wrong_type_is_named():
    """In a process of its own: here types are checked before the library sees them."""
    told = subprocess.run([sys.executable, "-c", WRONG_TYPES], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == [
        "seed: a NoneType is no whole number",
        "sample: a str is no whole number",
        "a int is no path",
        "a ndarray is no path",
        "a int is no path",
        "conditions: x is no list of loaded checkpoints",
        *["a NoneType is no path"] * 2,
        *["a int is no path"] * 2,
    ]


def test_home_is_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    names = ll.measure(X).save("~/out")
    assert (tmp_path / "out" / names[0]).is_file()
    assert not Path("~").exists()
    assert ll.read("~/out/report.json") == ll.measure(X)


def test_calls_are_the_same_object_each_time_and_pickle():
    assert ll.measure is ll.measure
    assert pickle.loads(pickle.dumps(ll.measure)) is ll.measure


def test_an_estimate_compares_with_numbers_alone():
    e = ll.Estimate(0.5).with_se(0.1, df=9)
    assert e < np.float64(0.6) < ll.Estimate(0.7)
    assert ll.Estimate.from_json(e.to_json()) == e
    assert not ll.Estimate(None) < 1
    with pytest.raises(TypeError):
        e < "1"  # noqa: B015
