"""A .pt file that holds tensors and no checkpoint: what is read in its place is said, and works."""

import numpy as np
import pytest
import torch

from latentlab.cli import main
from latentlab.results.vectors.vector_file import open_vectors

X = torch.arange(24, dtype=torch.float32).reshape(6, 4)
HELD = {
    "a tensor": (X, "a tensor"),
    "a parameter": (torch.nn.Parameter(X), "a tensor"),
    "bfloat16": (X.bfloat16(), "a tensor"),
    "rows": (list(X), "a list of 6 tensors"),
    "a table": ({"emb": X, "labels": torch.arange(6)}, "a tensor emb and 1 more"),
    "a table of one": ({"it's": X, "model": "bert"}, "a tensor it's"),
    "a pair": ((["a", "b"], X), "a tensor and more"),
}


@pytest.mark.parametrize("case", HELD)
def test_vectors_in_a_pt_file_are_read_as_the_hint_says(tmp_path, monkeypatch, capsys, case):
    monkeypatch.chdir(tmp_path)
    held, said = HELD[case]
    torch.save(held, "v.pt")
    assert main(["anisotropy", "v.pt"]) == 3
    out, err = capsys.readouterr()
    message, hint = err.splitlines()
    assert (out, message) == ("", f"error: v.pt: it holds {said}, not a checkpoint")
    exec(hint.split("read from .npy: ")[1], {"numpy": np, "torch": torch})
    np.testing.assert_array_equal(next(open_vectors(tmp_path / "x.npy").batches(6)), X.numpy())


def test_weights_of_another_model_are_not_taken_for_vectors(tmp_path, capsys):
    weights = torch.nn.Sequential(torch.nn.Linear(2, 3)).state_dict()
    for number, held in enumerate((weights, {}, [], [1], {"a": 1})):
        torch.save(held, tmp_path / f"{number}.pt")
        assert main(["anisotropy", str(tmp_path / f"{number}.pt")]) == 3
        assert "it holds no model_state_dict: it is not an SGDD checkpoint" in capsys.readouterr().err
