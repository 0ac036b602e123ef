"""The same rows in every format of vectors."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save_file

from latentlab.results.vectors import open_vectors


def cloud(n=60, d=5, dtype=np.float32, seed=0):
    return (np.random.default_rng(seed).standard_normal((n, d)) * np.arange(1, d + 1) + 2).astype(dtype)


def bfloat16(path, x):
    """By hand, for numpy cannot write it: the upper half of float32."""
    bits = (x.astype("<f4").view("<u4") >> 16).astype("<u2")
    header = json.dumps({"v": {"dtype": "BF16", "shape": x.shape, "data_offsets": [0, bits.nbytes]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bits.tobytes())


def parquet(path, x, kind, rows=None):
    column = kind(pa.array(x.reshape(-1)), x.shape[1]) if callable(kind) else pa.array(list(x), kind)
    pq.write_table(pa.table({"text": ["a"] * len(x), "v": column}), path, row_group_size=rows)


def fixed(numbers, d):
    return pa.FixedSizeListArray.from_arrays(numbers, d)


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
}


def saved(path, x):
    np.save(path, x)
    return open_vectors(path)
