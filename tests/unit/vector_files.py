"""The same rows in every format of vectors."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save_file

from latentlab.results.vectors.vector_file import open_vectors


def cloud(n=60, d=5, dtype=np.float32, seed=0):
    return (np.random.default_rng(seed).standard_normal((n, d)) * np.arange(1, d + 1) + 2).astype(dtype)


def bfloat16(path, x):
    """By hand, for numpy cannot write it: the upper half of float32."""
    bits = (x.astype("<f4").view("<u4") >> 16).astype("<u2")
    raw_safetensors(path, v=("BF16", x.shape, bits.tobytes()))


def parquet(path, x, kind, rows=None):
    column = kind(pa.array(x.reshape(-1)), x.shape[1]) if callable(kind) else pa.array(list(x), kind)
    pq.write_table(pa.table({"text": ["a"] * len(x), "v": column}), path, row_group_size=rows)


def fixed(numbers, d):
    return pa.FixedSizeListArray.from_arrays(numbers, d)


def tensors(shape, order=None):
    """A column of tensors, `shape` with d in the place of None."""

    def column(numbers, d):
        sizes = [size or d for size in shape]
        kind = pa.fixed_shape_tensor(numbers.type, sizes, permutation=order)
        return pa.ExtensionArray.from_storage(kind, fixed(numbers, d))

    return column


def nested(numbers, d):
    """A list with one list of d numbers a row."""
    return pa.array([[row] for row in fixed(numbers, d).to_pylist()], pa.list_(pa.list_(numbers.type)))


def views(kind):
    return lambda numbers, d: pa.array(fixed(numbers, d).to_pylist(), kind(numbers.type))


def wide(path, x, called="dim_{}", **beside):
    """One column a dimension, the last one first."""
    columns = {called.format(j): x[:, j] for j in reversed(range(x.shape[1]))}
    pq.write_table(pa.table({**columns, **beside}), path, row_group_size=13)


def raw_safetensors(path, **arrays):
    """By hand, for types that numpy lacks: name to type, shape, bytes."""
    entries, data = {}, b""
    for name, (code, shape, content) in arrays.items():
        offsets = [len(data), len(data) + len(content)]
        entries[name] = {"dtype": code, "shape": shape, "data_offsets": offsets}
        data += content
    header = json.dumps(entries).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


WRITERS = {
    "c.npy": np.save,
    "fortran.npy": lambda path, x: np.save(path, np.asfortranarray(x)),
    "swapped.npy": lambda path, x: np.save(path, x.astype(x.dtype.newbyteorder(">"))),
    "named.safetensors": lambda path, x: save_file({"vectors": x, "other": x + 1}, path),
    "only.safetensors": lambda path, x: save_file({"x": x, "ids": np.arange(len(x))}, path),
    "lists.parquet": lambda path, x: parquet(path, x, pa.list_(pa.from_numpy_dtype(x.dtype))),
    "large.parquet": lambda path, x: parquet(path, x, pa.large_list(pa.from_numpy_dtype(x.dtype))),
    "fixed.parquet": lambda path, x: parquet(path, x, fixed),
    "groups.parquet": lambda path, x: parquet(path, x, fixed, rows=7),
    "view.parquet": lambda path, x: parquet(path, x, views(pa.list_view)),
    "large view.parquet": lambda path, x: parquet(path, x, views(pa.large_list_view), rows=7),
    "tensor.parquet": lambda path, x: parquet(path, x, tensors([None])),
    "row tensor.parquet": lambda path, x: parquet(path, x, tensors([1, None], [1, 0])),
    "column tensor.parquet": lambda path, x: parquet(path, x, tensors([None, 1, 1], [2, 0, 1]), rows=7),
    "nested.parquet": lambda path, x: parquet(path, x, nested, rows=7),
    "columns.parquet": lambda path, x: wide(path, x, text=["a"] * len(x), label=np.arange(len(x))),
    "1 x d.npy": lambda path, x: np.save(path, x[:, None]),
    "d x 1.npy": lambda path, x: np.save(path, np.asfortranarray(x[:, :, None])),
    "1 x d.safetensors": lambda path, x: save_file({"x": x[:, None]}, path),
}


def saved(path, x):
    np.save(path, x)
    return open_vectors(path)
