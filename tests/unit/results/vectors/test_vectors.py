"""Vectors from files: every format gives the same rows, and what is no cloud is refused by name."""

import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import save_file
from vector_files import WRITERS, bfloat16, cloud, fixed, parquet

from latentlab.errors import LatentsError
from latentlab.results.vectors.vector_file import _regrouped, open_vectors


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_rows(tmp_path, name, dtype):
    x = cloud(dtype=dtype)
    WRITERS[name](tmp_path / name, x)
    vectors = open_vectors(tmp_path / name)
    assert (vectors.name, vectors.n, vectors.d) == (name, 60, 5)
    assert vectors.dtype.newbyteorder("=") == dtype
    for size in (1, 16, 25, 60, 1000):
        batches = list(vectors.batches(size))
        assert [len(batch) for batch in batches] == [size] * (60 // size) + [60 % size] * (60 % size > 0)
        assert all(type(batch) is np.ndarray for batch in batches)
        np.testing.assert_array_equal(np.concatenate(batches), x)


@pytest.mark.parametrize("sizes", [[3, 3, 3, 1], [1, 9], [10], [4, 4, 2], [2, 1, 7]])
def test_blocks_of_any_size_become_batches_of_one(sizes):
    x = cloud(10, 2)
    blocks = np.split(x, np.cumsum(sizes)[:-1])
    # No reader gives more rows at once than it was asked for.
    batches = list(_regrouped((part for block in blocks for part in np.split(block, [3, 6, 9])), 3))
    assert [len(batch) for batch in batches] == [3, 3, 3, 1]
    np.testing.assert_array_equal(np.concatenate(batches), x)


def test_bfloat16_is_read_as_float32(tmp_path):
    x = (cloud() * 8).round().astype(np.float32)  # few bits: exact in bfloat16
    bfloat16(tmp_path / "x.safetensors", x)
    vectors = open_vectors(tmp_path / "x.safetensors")
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(next(vectors.batches(60)), x)


def test_a_column_is_taken_by_name(tmp_path):
    x = cloud()
    table = pa.table({"a": fixed(pa.array(x.reshape(-1)), 5), "b": fixed(pa.array(-x.reshape(-1)), 5)})
    pq.write_table(table, tmp_path / "x.parquet")
    save_file({"a": x, "b": -x}, tmp_path / "x.safetensors")
    for suffix, what in (
        (".parquet", "2 columns hold vectors: a, b"),
        (".safetensors", "2 of shape .*: a, b"),
    ):
        path = tmp_path / f"x{suffix}"
        np.testing.assert_array_equal(next(open_vectors(path, column="b").batches(60)), -x)
        with pytest.raises(LatentsError, match=what) as caught:
            open_vectors(path)
        assert "--column" in caught.value.hint
        with pytest.raises(LatentsError, match=r"no (column|tensor) c; there are a, b"):
            open_vectors(path, column="c")


@pytest.mark.parametrize("name", ["c.npy", "fortran.npy", "only.safetensors"])
def test_a_file_is_never_in_memory_as_a_whole(tmp_path, name):
    x = np.zeros((100_000, 8), dtype=np.float32)
    WRITERS[name](tmp_path / name, x)
    tracemalloc.start()
    rows = sum(len(batch) for batch in open_vectors(tmp_path / name).batches(1000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 100_000
    assert peak < x.nbytes / 5


def npy(x):
    return ".npy", lambda path: np.save(path, x, allow_pickle=True)


def tensors(arrays):
    return ".safetensors", lambda path: save_file(arrays, path)


def table(**columns):
    return ".parquet", lambda path: pq.write_table(pa.table(columns), path)


def data(suffix, content):
    return suffix, lambda path: path.write_bytes(content)


HEADER = b'{"v":{"dtype":"F32","shape":[9,9],"data_offsets":[0,324]}}'
BAD = {
    "objects": (npy(np.array([[1, "a"]], dtype=object)), "never unpickled"),
    "text.npy": (npy(np.array([["a", "b"]])), "text where vectors were expected"),
    "integers": (npy(np.ones((3, 3), dtype=int)), "int64 numbers where floating-point vectors"),
    "1-D": (npy(np.ones(3)), r"expected vectors of shape \(n, d\), got shape \(3,\)"),
    "3-D": (npy(np.ones((2, 2, 2))), r"expected vectors of shape \(n, d\), got shape \(2, 2, 2\)"),
    "no rows": (npy(np.ones((0, 3))), "there are no rows"),
    "no width": (npy(np.ones((3, 0))), "there are no numbers in a row"),
    "empty.npy": (data(".npy", b""), "is empty"),
    "no npy": (data(".npy", b"\x93NUMPY\x01\x00"), "is not a whole .npy file"),
    "pickle": (data(".npy", b"\x80\x04K\x01."), "is not a whole .npy file"),
    "integer tensor": (tensors({"v": np.ones((3, 3), dtype=int)}), "I64 numbers where floating-point"),
    "1-D tensor": (tensors({"v": np.ones(3)}), r"shape \(n, d\), got shape \(3,\)"),
    "no rows.safetensors": (tensors({"v": np.ones((0, 3))}), "there are no rows"),
    "short tensor": (
        data(".safetensors", len(HEADER).to_bytes(8, "little") + HEADER + b"12"),
        "is not a whole",
    ),
    "header only": (
        data(".safetensors", b"\xff" * 9),
        "is not a whole .safetensors|is not a whole safetensors",
    ),
    "text.parquet": (table(text=["a", "b"]), "text where vectors were expected"),
    "no lists": (
        table(text=["a"], n=[1]),
        r"no column holds lists of floating-point numbers; there are text \(text\), n \(int64\)",
    ),
    "integer lists": (table(v=[[1, 2], [3, 4]]), "list<.*int64> where floating-point vectors"),
    "ragged": (
        table(v=[[1.0, 2.0], [3.0, 4.0], [5.0]]),
        r"v, row 2 \(from 0\): 1 numbers, the first row has 2",
    ),
    "ragged later": (table(v=[[1.0, 2.0]] * 40 + [[5.0]]), r"v, row 40 \(from 0\): 1 numbers"),
    "null row": (table(v=[[1.0], None, [2.0]]), r"v, row 1 \(from 0\): nothing where a vector"),
    "null first": (table(v=[None, [1.0]]), r"v, row 0 \(from 0\): nothing where a vector"),
    "null number": (table(v=[[1.0, 2.0], [3.0, None]]), r"v, row 1 \(from 0\): a number is missing"),
    "empty lists": (table(v=pa.array([[], []], pa.list_(pa.float32()))), "there are no numbers in a row"),
    "no rows.parquet": (table(v=pa.array([], pa.list_(pa.float32()))), "there are no rows"),
    "no parquet": (data(".parquet", b"PAR1 and nothing more"), "is not a whole .parquet file"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_cloud_is_refused(tmp_path, case):
    (suffix, write), message = BAD[case]
    path = tmp_path / f"x{suffix}"
    write(path)
    with pytest.raises(LatentsError, match=message) as caught:
        list(open_vectors(path).batches(16))
    assert caught.value.message.startswith(str(path))
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_a_column_of_text_asked_for_is_refused(tmp_path):
    parquet(tmp_path / "x.parquet", cloud(), fixed)
    with pytest.raises(LatentsError, match="text: text where vectors were expected") as caught:
        open_vectors(tmp_path / "x.parquet", column="text")
    assert caught.value.hint == "columns of vectors: v"


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_was_cut_is_refused(tmp_path, name):
    path = tmp_path / name
    WRITERS[name](path, cloud())
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(LatentsError, match=r"cut short|is not a whole"):
        list(open_vectors(path).batches(16))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "x.txt").write_text("a")
    (tmp_path / "folder.npy").mkdir()
    for name, message in (
        ("x.txt", "is a file of an unknown kind"),
        ("none.npy", "does not exist"),
        ("folder.npy", "is a folder"),
    ):
        with pytest.raises(LatentsError, match=message) as caught:
            open_vectors(tmp_path / name)
        if name != "none.npy":
            assert ".npy, .safetensors or .parquet" in caught.value.hint
