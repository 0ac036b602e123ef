"""Columns of a .parquet: which one is meant, and what is said where none or several can be."""

import decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from vector_files import cloud, fixed, nested, tensors, wide

from latentlab.analysis.anisotropy.vector_clouds import measure_vectors
from latentlab.errors import LatentsError
from latentlab.results.vectors.vector_file import open_vectors

N, D = 20, 5
IDS = [[101, 2023, 102]] * N


def column(x):
    return fixed(pa.array(x.reshape(-1)), x.shape[1])


def write(path, **columns):
    pq.write_table(pa.table(columns), path, row_group_size=8)
    return path


def rows(path, **asked):
    return np.concatenate(list(open_vectors(path, **asked).batches(7)))


def refused(path, match, **asked):
    with pytest.raises(LatentsError, match=match) as caught:
        rows(path, **asked)
    assert caught.value.message.startswith(str(path))
    return caught.value.hint


X = cloud(N, D)
TOKENS = [[row.tolist() for row in X[:3]]] * N
MEANT = {
    "token ids": {"input_ids": IDS, "labels": list(range(N)), "v": column(X), "mask": [[1, 1, 1]] * N},
    "vectors of tokens": {"tokens": TOKENS, "v": column(X)},
    "the usual name": {"a": column(X + 1), "vectors": column(X), "b": column(X + 2)},
    "columns of numbers": {"v": column(X), "pca_0": X[:, 0], "pca_1": X[:, 1]},
    "bits beside": {"bits": np.packbits(X > 0, axis=1).tolist(), "v": column(X)},
    "tensors of tokens": {"t": tensors([2, 5])(pa.array(np.tile(X, 2).reshape(-1)), 10), "v": column(X)},
    "one list in a list": {"v": nested(pa.array(X.reshape(-1)), D)},
    "d lists of one": {"v": [[[number] for number in row] for row in X.tolist()]},
}


@pytest.mark.parametrize("case", MEANT)
def test_the_one_column_of_vectors_is_meant(tmp_path, case):
    np.testing.assert_array_equal(rows(write(tmp_path / "x.parquet", **MEANT[case])), X)


@pytest.mark.parametrize("name", ["{}", "dim_{}", "emb_{:03}", "PC{}", "layer 3, {}"])
@pytest.mark.parametrize("first", [0, 1])
def test_one_column_a_dimension_in_the_order_of_the_numbers(tmp_path, name, first):
    x = cloud(N, 12)
    columns = {name.format(j + first): x[:, j] for j in np.random.default_rng(0).permutation(12)}
    path = write(tmp_path / "x.parquet", **columns, text=["a"] * N, score=x[:, 0], row=np.arange(N))
    vectors = open_vectors(path)
    assert (vectors.n, vectors.d, vectors.dtype) == (N, 12, np.float32)
    np.testing.assert_array_equal(rows(path), x)


def test_a_table_of_floats_alone_is_in_the_order_of_the_file(tmp_path):
    table = pa.table({"b": X[:, 0], "a": X[:, 1].astype(np.float64), "__index_level_0__": np.arange(N)})
    pq.write_table(table, tmp_path / "x.parquet")
    assert open_vectors(tmp_path / "x.parquet").dtype == np.float64
    np.testing.assert_array_equal(rows(tmp_path / "x.parquet"), X[:, :2])


NO_GROUP = {
    "far apart": {"e0": X[:, 0], "e9": X[:, 1]},
    "a number twice": {"e0": X[:, 0], "e1": X[:, 1], "e01": X[:, 2]},
    "whole numbers": {"e0": np.arange(N), "e1": np.arange(N)},
    "no numbers": {"x": X[:, 0], "y": X[:, 1]},
    "one column": {"e0": X[:, 0]},
}


@pytest.mark.parametrize("case", NO_GROUP)
def test_columns_that_are_no_vector_are_not_put_together(tmp_path, case):
    path = write(tmp_path / "x.parquet", **NO_GROUP[case], text=["a"] * N)
    assert "float columns called 0, 1, 2" in refused(path, "no column holds lists of floating-point numbers")


def test_several_groups_are_listed_and_one_is_chosen_by_a_column(tmp_path):
    both = {f"a_{j}": X[:, j] for j in range(D)} | {f"b_{j}": -X[:, j] for j in range(D)}
    path = write(tmp_path / "x.parquet", **both, text=["a"] * N)
    hint = refused(path, "2 groups of columns hold numbers: a_0 … a_4, b_0 … b_4")
    assert hint.endswith("--column a_0")
    for name in ("b_0", "b_3"):
        np.testing.assert_array_equal(rows(path, column=name), -X)
    assert refused(path, "text: text where vectors were expected", column="text")


def test_names_with_a_dot_and_names_given_twice(tmp_path):
    path = write(tmp_path / "x.parquet", **{"a": IDS, "a.b": column(X), "a.c": column(-X)})
    np.testing.assert_array_equal(rows(path, column="a.c"), -X)
    assert refused(path, "a: list<.*int64> where", column="a") == "columns of vectors: a.b, a.c"
    path = write(tmp_path / "prefix.parquet", **{"v.w": column(-X), "v": column(X)})
    np.testing.assert_array_equal(rows(path, column="v"), X)
    twice = pa.Table.from_arrays([column(X), column(X)], names=["v", "v"])
    pq.write_table(twice, tmp_path / "twice.parquet")
    assert "rename" in refused(tmp_path / "twice.parquet", "there are 2 columns v")
    floats = pa.Table.from_arrays([pa.array(X[:, 0]), pa.array(X[:, 1])], names=["v", "v"])
    pq.write_table(floats, tmp_path / "floats.parquet")
    assert "rename" in refused(tmp_path / "floats.parquet", "there are 2 columns v")


def test_names_that_are_no_text_for_a_line_stay_on_one(tmp_path):
    odd = {"a\nb": column(X), "x" * 500: column(X), "9" * 5000: X[:, 0], "n" * 5000: X[:, 0]}
    path = write(tmp_path / "x.parquet", **odd)
    message = "2 columns hold vectors: 'a.+nb', x{120}…$"
    assert refused(path, message)
    np.testing.assert_array_equal(rows(path, column="a\nb"), X)
    assert refused(path, r"x\.parquet, n{120}…: float where vectors", column="n" * 5000)


def test_decimals_are_numbers(tmp_path):
    exact = [[decimal.Decimal(number) / 8 for number in range(at, at + 3)] for at in range(N)]
    path = write(tmp_path / "x.parquet", v=pa.array(exact, pa.list_(pa.decimal128(9, 3))))
    assert open_vectors(path).dtype == np.float64
    np.testing.assert_array_equal(rows(path), np.array(exact, dtype=np.float64))


SPARK = pa.struct([("type", pa.int8()), ("size", pa.int32()), ("indices", pa.list_(pa.int32()))])
SPARK = pa.struct([*SPARK, ("values", pa.list_(pa.float64()))])
WRONG = {
    "tensors": (tensors([2, 5], [1, 0])(pa.array(np.tile(X, 2).reshape(-1)), 10), r"shape \(2, 5\)", "mean"),
    "token vectors": (TOKENS, r"shape \(20, 3, 5\)", "keep one vector a sentence"),
    "some token vectors": ([TOKENS[0][:1]] * 9 + TOKENS[9:], r"row 9 .*3 lists of numbers, .*has 1", "mean"),
    "ragged inside": ([[[1.0, 2.0], [3.0]]], r"row 0 .*a list of 1 numbers, the first one has 2", "mean"),
    "no list inside": ([[[1.0, 2.0]], [None]], r"row 1 \(from 0\): nothing where a vector", "none missing"),
    "no number inside": ([[[1.0, 2.0]], [[3.0, None]]], r"row 1 \(from 0\): a number is missing", "none"),
    "no view": (pa.array([[1.0], None], pa.list_view(pa.float32())), r"row 1 \(from 0\): nothing", "none"),
    "empty inside": (pa.array([[[]]], pa.list_(pa.list_(pa.float32()))), "no numbers in a row", "another"),
    "bytes": ([X[0].tobytes()], "binary where vectors were expected", "numpy.frombuffer"),
    "a struct": ([{"norm": 1.0, "values": [1.0]}], "struct<.*> where vectors were", "there are norm, values"),
    "Spark": (pa.array([{"type": 1, "values": [1.0]}], SPARK), "struct<.*", "vector_to_array"),
    "words": ([["a", "b"]], "list<.*string> where floating-point", "write lists of floating-point"),
    "labels": ([[1, 2]], "list<.*int64> where floating-point", "token ids and labels are no vectors"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_column_without_vectors_says_what_it_holds_and_what_to_do(tmp_path, case):
    column, match, hint = WRONG[case]
    assert hint in refused(write(tmp_path / "x.parquet", v=column, n=[0] * len(column)), f"v.*{match}")


def test_a_number_that_is_missing_in_a_column_is_named(tmp_path):
    x = cloud(N, 3)
    wide(tmp_path / "x.parquet", x, "{}", text=["a"] * N)
    table = pq.read_table(tmp_path / "x.parquet").to_pydict()
    table["2"][17] = None
    path = write(tmp_path / "x.parquet", **table)
    assert refused(path, r"x\.parquet, 2, row 17 \(from 0\): a number is missing")
    for case in ({f"{j}": pa.array([], pa.float32()) for j in range(3)}, {"v": column(x)[:0]}):
        refused(write(path, **case), "there are no rows")


def test_several_columns_without_vectors_are_listed(tmp_path):
    path = write(tmp_path / "x.parquet", ids=IDS, mask=IDS)
    hint = refused(path, r"no column holds lists of floating-point numbers; there are ids \(list<.*\), mask")
    assert hint == "--column NAME says what one of them lacks"


@pytest.mark.parametrize("spread", [False, True])
def test_a_large_row_group_is_never_in_memory_as_a_whole(tmp_path, spread):
    x = np.zeros((100_000, 16), dtype=np.float32)
    table = {f"{j}": x[:, j] for j in range(16)} if spread else {"v": column(x)}
    whole = {"use_dictionary": False, "compression": "none", "data_page_size": 1 << 14}
    pq.write_table(pa.table(table), tmp_path / "x.parquet", **whole)
    pool = pa.default_memory_pool()
    before, peak = pool.bytes_allocated(), 0
    for _ in open_vectors(tmp_path / "x.parquet").batches(1000):
        peak = max(peak, pool.bytes_allocated() - before)
    assert 0 < peak < x.nbytes / 2


@pytest.mark.parametrize(
    ("names", "column", "said"),
    [
        (["lat", "lon", "price"], None, "its columns lat, lon, price were taken for the dimensions"),
        (["lat", "lon", "price"], "lat", None),
        (["0", "1", "2"], None, None),
        (["dim_1", "dim_2", "dim_3"], None, None),
    ],
)
def test_columns_that_are_not_numbered_are_told(tmp_path, names, column, said):
    x = np.random.default_rng(0).standard_normal((30, 3))
    pq.write_table(pa.table(dict(zip(names, x.T, strict=True))), tmp_path / "x.parquet")
    vectors = open_vectors(tmp_path / "x.parquet", column=column)
    assert vectors.doubt == said
    assert measure_vectors(vectors, seed=0)[1].clouds["latents"].note == said
