"""Training further: a run that begins with the weights and the vocabulary of a checkpoint."""

import json

import pytest
from test_training import SMALL, corpus, encoder, logged, run

from latentlab.errors import ConfigError

__all__ = ["corpus", "encoder", "run"]  # fixtures


def test_a_run_begins_with_the_weights_of_a_checkpoint_and_says_so(run):
    first = run("first", *SMALL, preset="baseline")
    further = run("further", *SMALL, f"init={first}", preset="baseline")
    ended = [row for row in logged(first) if "ce" in row][-1]
    began = next(row for row in logged(further) if "ce" in row)
    fresh = next(row for row in logged(first) if "ce" in row)
    # Weights are stored as float16: nearly the same, and far from fresh ones.
    assert began["ce"] == pytest.approx(ended["ce"], abs=0.01)
    assert fresh["ce"] - began["ce"] > 0.05
    record = json.loads((further / "config.json").read_text())["training"]["init"]
    before = json.loads((first / "config.json").read_text())
    assert record == {
        "name": "first",
        "weights_sha256": before["weights_sha256"],
        "training": before["training"],
    }
    assert before["training"]["init"] is None
    assert (further / "tokenizer.json").read_bytes() == (first / "tokenizer.json").read_bytes()


def test_a_run_begins_with_no_checkpoint_of_another_model(run):
    first = run("first", *SMALL, preset="baseline")
    with pytest.raises(ConfigError, match=r"is of another model: .*decoder\.layers"):
        run("further", *SMALL, "model.decoder.layers=2", f"init={first}", preset="baseline")
