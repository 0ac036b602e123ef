"""Hints speak of what was given: files without columns, the file itself, copies that are not rounding."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentlab.analysis.anisotropy.cloud import state_of
from latentlab.analysis.anisotropy.spaces import space_warnings
from latentlab.analysis.anisotropy.vector_clouds import item_of, transpose
from latentlab.corpora.readers import read_corpus
from latentlab.errors import ConfigError, CorpusError
from latentlab.training.resume import refuse_changes


def told(x, path):
    return space_warnings([item_of(state_of(x, seed=0), "x", path=path)])


def near_copies():
    rng = np.random.default_rng(0)
    return np.repeat(rng.standard_normal((60, 24)), 5, axis=0) + 1e-4 * rng.standard_normal((300, 24))


@pytest.mark.parametrize(("path", "asked"), [("x.npy", "--group FILE"), ("x.parquet", "--group COLUMN")])
def test_copies_in_a_file_without_columns_ask_for_a_file_of_labels(path, asked):
    (said,) = [(warning, hint) for warning, hint in told(near_copies(), path) if "repeat another" in warning]
    assert said[1].startswith(asked)
    assert "rounding" not in said[0]
    assert ".2 % of the usual distance" in said[0]


def test_the_hint_for_swapped_axes_names_the_file():
    x = np.random.default_rng(0).standard_normal((20, 40))
    (hint,) = [hint for warning, hint in told(x, "runs/odd's.npy") if "swapped" in warning]
    assert """numpy.load("runs/odd's.npy").T""" in hint
    assert "numpy.load" not in transpose("x.parquet")
    assert "numpy.load" not in transpose(None)


def test_a_table_without_text_is_not_asked_for_a_column(tmp_path):
    pq.write_table(pa.table({"v": [[1.0, 2.0]] * 3}), tmp_path / "x.parquet")
    with pytest.raises(CorpusError) as caught:
        read_corpus(tmp_path / "x.parquet")
    assert "there are: none" not in caught.value.message
    assert "--column" not in (caught.value.hint or "")


def test_a_changed_key_is_told_as_a_configuration_says_it(tmp_path):
    with pytest.raises(ConfigError, match=r"data\.column: null → x; a: true → false"):
        refuse_changes(tmp_path, {"data.column": (None, "x"), "a": (True, False)})
