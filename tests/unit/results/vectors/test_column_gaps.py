"""Float columns that are numbered but for a few were meant as the dimensions: none may miss in silence."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentlab.errors import LatentsError
from latentlab.results.vectors.parquet_vectors import parquet


def written(path, names, **more):
    rng = np.random.default_rng(0)
    pq.write_table(pa.table({**{name: rng.standard_normal(5) for name in names}, **more}), path)
    return path


def numbered(prefix, numbers, digits=1):
    return [f"{prefix}{at:0{digits}d}" for at in numbers]


@pytest.mark.parametrize(
    ("names", "gone"),
    [
        (numbered("f", [*range(5), *range(6, 16)]), "f5 is missing of the columns f0 … f15"),
        ([*numbered("f", [*range(5), *range(6, 16)]), "score"], "f5 is missing of the columns f0 … f15"),
        (numbered("dim_", [1, 2, 4, 5, 7], 2), "dim_03, dim_06 are missing of the columns dim_01 … dim_07"),
        (numbered("", [1, 3, 4]), "2 is missing of the columns 1 … 4"),
    ],
)
def test_a_gap_is_named(tmp_path, names, gone):
    for column in (None, names[0], names[-1]):
        with pytest.raises(LatentsError, match=gone):
            parquet(written(tmp_path / "x.parquet", names), column)


def test_a_gap_is_named_beside_text_too(tmp_path):
    path = written(tmp_path / "x.parquet", numbered("f", [0, 1, 3]), text=["a"] * 5)
    with pytest.raises(LatentsError, match="f2 is missing"):
        parquet(path, None)


def test_what_has_no_gap_is_read_as_before(tmp_path):
    whole = written(tmp_path / "x.parquet", [*numbered("f", range(12)), "score"])
    assert parquet(whole, None).d == 12
    named = written(tmp_path / "y.parquet", ["loss", "time", "score"])
    assert parquet(named, None).d == 3
    # Two numbers far apart are names, and no dimensions.
    far = written(tmp_path / "z.parquet", ["p50", "p99", "mean"])
    assert parquet(far, None).d == 3


def test_lists_that_were_written_as_text_get_a_hint_that_fits(tmp_path):
    pq.write_table(pa.table({"v": ["[1.0, 2.0]"] * 4}), tmp_path / "x.parquet")
    for column in (None, "v"):
        with pytest.raises(LatentsError) as caught:
            parquet(tmp_path / "x.parquet", column)
        assert "json.loads" in caught.value.hint
