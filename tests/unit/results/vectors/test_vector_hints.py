"""Numbers that are no vectors yet: what is said makes vectors of them; other types beside do no harm."""

import re
import tracemalloc

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.numpy import save_file
from vector_files import cloud, raw_safetensors

from latentlab.errors import LatentsError
from latentlab.results.vectors.vector_file import open_vectors

N, D = 12, 16
X = cloud(N, D)
F32 = ("F32", [N, D], X.tobytes())
OTHERS = {
    "C64": 8, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "F8_E4M3FNUZ": 1, "F8_E5M2FNUZ": 1, "F4": 0.5,
    "F6_E2M3": 0.75, "F6_E3M2": 0.75, "BF16": 2, "BOOL": 1, "I8": 1, "U8": 1, "I64": 8, "U16": 2,
    "A_LATER_TYPE": 1.25,
}  # fmt: skip
"""Bytes a number."""


def refused(path, match):
    with pytest.raises(LatentsError, match=match) as caught:
        open_vectors(path)
    assert "\n" not in caught.value.message + caught.value.hint
    return caught.value.hint


def other(code, shape):
    return code, shape, bytes(int(np.prod(shape) * OTHERS[code]))


@pytest.mark.parametrize("code", OTHERS)
def test_a_tensor_of_another_type_beside_is_no_damage(tmp_path, code):
    path = tmp_path / "x.safetensors"
    raw_safetensors(path, first=other(code, [4, 2, 8]), x=F32, last=other(code, [8]))
    vectors = open_vectors(path)
    assert (vectors.n, vectors.d) == (N, D)
    np.testing.assert_array_equal(next(vectors.batches(N)), X)


def test_token_ids_and_token_vectors_beside_are_not_meant(tmp_path):
    ids, tokens = np.ones((N, 7), dtype=np.int64), np.zeros((N, 3, D), dtype=np.float32)
    save_file(
        {"ids": ids, "mask": ids, "tokens": tokens, "x": X, "y": X[:, 0].copy()}, tmp_path / "x.safetensors"
    )
    np.testing.assert_array_equal(next(open_vectors(tmp_path / "x.safetensors").batches(N)), X)


def test_what_lies_beside_is_never_in_memory(tmp_path):
    save_file({"big": np.zeros(2_000_000), "x": X}, tmp_path / "x.safetensors")
    tracemalloc.start()
    next(open_vectors(tmp_path / "x.safetensors").batches(N))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


CUT = {
    "half a number": ("F4", [3], bytes(1)),
    "too few bytes": ("C64", [2, 2], bytes(16)),
    "too many bytes": ("F8_E4M3", [4], bytes(5)),
}


@pytest.mark.parametrize("case", CUT)
def test_a_tensor_without_the_bytes_of_its_shape_is_damage(tmp_path, case):
    raw_safetensors(tmp_path / "x.safetensors", a=CUT[case], x=F32)
    refused(tmp_path / "x.safetensors", "is not a whole safetensors file")


def test_a_tensor_beyond_the_end_is_damage_whatever_its_type(tmp_path):
    path = tmp_path / "x.safetensors"
    raw_safetensors(path, x=F32, later=("A_LATER_TYPE", [4], bytes(5)))
    path.write_bytes(path.read_bytes()[:-1])
    refused(path, "is not a whole safetensors file")


@pytest.mark.parametrize("code", sorted(OTHERS.keys() - {"BF16"}))
def test_a_wanted_tensor_of_another_type_is_one_true_line(tmp_path, code):
    raw_safetensors(tmp_path / "x.safetensors", x=other(code, [8, 8]))
    hint = refused(
        tmp_path / "x.safetensors", f"x: {code} numbers where floating-point vectors were expected"
    )
    says = {"F": "multiply them by their scales", "A": "save them as F32", "C": "x.real, x.imag"}
    assert says.get(code[0], "x") in hint


def test_tensors_of_which_none_fits_are_listed(tmp_path):
    save_file({"a": X[0].copy(), "b": np.ones((2, 2, 2), dtype=np.float32)}, tmp_path / "x.safetensors")
    refused(
        tmp_path / "x.safetensors",
        r"no floating-point one of .*; there are a \(F32 \(16,\)\), b \(F32 \(2, 2, 2\)\)",
    )
    raw_safetensors(tmp_path / "x.safetensors")
    refused(tmp_path / "x.safetensors", "no floating-point one of .*; there are none")


@pytest.mark.parametrize("shape", [(1, N, D), (N, 2, D)])
def test_a_batch_of_one_and_token_vectors_have_hints_of_their_own(tmp_path, shape):
    np.save(tmp_path / "x.npy", np.zeros(shape, dtype=np.float32))
    hint = refused(tmp_path / "x.npy", rf"expected vectors of shape \(n, d\), got shape \({shape[0]}, ")
    assert hint.startswith("x[0]" if shape[0] == 1 else "keep one vector a sentence")


# What the hints name, done as they say


def code_after(hint, word):
    """The expression that a hint gives behind a word and a colon."""
    return re.search(rf"{word}: ([^;]*?)(?:, both|;|$)", hint)[1]


def written(tmp_path, x):
    """The hints for one array in all formats, which must be the same."""
    np.save(tmp_path / "x.npy", x)
    save_file({"v": x}, tmp_path / "x.safetensors")
    pq.write_table(
        pa.table({"v": x.tolist()}, pa.schema([("v", pa.list_(pa.from_numpy_dtype(x.dtype)))])),
        tmp_path / "x.parquet",
    )
    hints = {
        refused(tmp_path / f"x{suffix}", "where floating-point")
        for suffix in (".npy", ".safetensors", ".parquet")
    }
    assert len(hints) == 1
    return hints.pop()


def test_packed_bits_become_signs_as_the_hint_says(tmp_path):
    signs = np.sign(X - X.mean(axis=0))
    packed = np.packbits(signs > 0, axis=1)
    shifted = (packed.astype(int) - 128).astype(np.int8)  # as sentence-transformers calls `binary`
    for x in (packed, shifted):
        made = eval(code_after(written(tmp_path, x), "packed bits"), {"numpy": np, "x": x})
        np.testing.assert_array_equal(made, signs)


def test_quantised_vectors_need_the_calibration_that_the_hint_names(tmp_path):
    least, most = X.min(axis=0), X.max(axis=0)
    scale = (most - least) / 255
    for x, offset in (
        (((X - least) / scale).astype(np.uint8), least),
        (((X - least) / scale - 128).astype(np.int8), least + 128 * scale),
    ):
        hint = written(tmp_path, x)
        assert "from the calibration" in hint
        made = eval(code_after(hint, "quantised"), {"x": x, "scale": scale, "offset": offset})
        assert np.abs(made - X).max() <= 1.01 * scale.max()


@pytest.mark.parametrize(
    ("x", "made"),
    [
        (np.ones((3, 4), dtype=complex), np.ones((3, 8)) * ([1] * 4 + [0] * 4)),
        (np.zeros(3, dtype=[("a", "<f4"), ("b", "<f4")]), np.zeros((3, 2))),
        (np.eye(3, dtype=bool), np.eye(3) * 2 - 1),
    ],
)
def test_other_arrays_become_vectors_as_the_hint_says(tmp_path, x, made):
    np.save(tmp_path / "x.npy", x)
    import numpy.lib.recfunctions

    code = refused(tmp_path / "x.npy", "numbers where floating-point").split(": ")[-1]
    np.testing.assert_array_equal(eval(code, {"numpy": numpy, "x": x}), made)


def test_bfloat16_that_numpy_saved_has_lost_its_type(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((3, 4), dtype="V2"))
    assert "no bfloat16" in refused(tmp_path / "x.npy", "V2 numbers where floating-point")


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".npz"])
def test_files_of_torch_and_numpy_become_vectors_as_the_hint_says(tmp_path, monkeypatch, suffix):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"vectors{suffix}"
    if suffix == ".npz":
        np.savez(path, NAME=X)
    else:
        torch.save(torch.tensor(X, requires_grad=True), path)
    code = refused(path, "is a file of an unknown kind").split("; ")[1].removeprefix("of a tensor: ")
    exec(code, {"numpy": np, "torch": torch, "NAME": "NAME"})
    np.testing.assert_array_equal(next(open_vectors(tmp_path / "x.npy").batches(N)), X)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt", ".feather", ".pkl", ".h5"])
def test_other_files_name_what_is_read(tmp_path, suffix):
    (tmp_path / f"x{suffix}").write_text("1 2")
    hint = refused(tmp_path / f"x{suffix}", "is a file of an unknown kind")
    assert hint.startswith("vectors are .npy, .safetensors or .parquet")
    assert (suffix == ".h5") or len(hint) > 50


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("named", [True, False])
def test_what_is_said_of_a_table_of_text_makes_vectors_of_it(tmp_path, monkeypatch, suffix, named):
    monkeypatch.chdir(tmp_path)
    table, path = pandas.DataFrame(X), tmp_path / f"x{suffix}"
    table.to_csv(path, sep="," if suffix == ".csv" else "\t", index=False, header=named)
    with_names, without = refused(path, "is a file of an unknown kind").split("; ")[1:]
    code = with_names.split(": ", 1)[1].split("), one float")[0] + ")" if named else without.split(": ", 1)[1]
    exec(code, {"numpy": np, "pandas": pandas})
    made = open_vectors(tmp_path / ("x.parquet" if named else "x.npy"))
    np.testing.assert_allclose(next(made.batches(N)), X, rtol=1e-6)
