"""The benchmarks of old checkpoints run, on something small."""

import sys

import pytest
import torch
from sgdd_files import LAYOUTS
from transformers import RobertaConfig, RobertaModel

from benchmarks import bench_checkpoints, bench_layouts


@pytest.fixture
def small(monkeypatch):
    def roberta(*, meta: bool = False) -> RobertaModel:
        config = RobertaConfig(
            vocab_size=40, hidden_size=768, intermediate_size=8, num_hidden_layers=1,
            max_position_embeddings=20, type_vocab_size=1,
        )  # fmt: skip
        with torch.device("meta" if meta else "cpu"):
            return RobertaModel(config)

    monkeypatch.setattr(bench_checkpoints, "WIDTH", 16)
    monkeypatch.setattr(bench_checkpoints, "SYMBOLS", 40)
    monkeypatch.setattr(bench_checkpoints, "_roberta", roberta)


@pytest.mark.parametrize("how", ["ours", "copy"])
def test_both_ways_of_loading_are_measured(how, small, tmp_path):
    bench_checkpoints._write(tmp_path / "x.pt")
    measured = bench_checkpoints._load(how, tmp_path / "x.pt")
    assert measured["seconds"] > 0
    assert measured["bytes"] >= 0


def test_mutated_files_are_counted(tmp_path):
    found = bench_checkpoints.mutated(tmp_path, 16)
    assert found["mutations"] == 16 == found["refused"] + found.get("loaded", 0)


def test_every_layout_is_as_near_as_it_has_to_be(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    found = dict(bench_layouts.constructed(tmp_path))
    assert tuple(found) == LAYOUTS
    assert [name for name in found if "logits" not in found[name]] == ["F"]
    assert [name for name in found if "kl" in found[name]] == ["D", "E", "S", "F"]
    assert [name for name in found if "logits_conditioned" in found[name]] == ["C", "identity", "D", "E", "S"]
    rows = bench_layouts.rows({"machine": "one", "constructed": found, "given": None})
    assert len(rows) == 5
    assert all(reached for *_, reached in rows)


def test_what_is_too_far_or_not_the_same_is_not_reached():
    good = {"latents": 0.0, "logits": 0.0, "kl": 0.0, "converted_is_the_same": True}
    for key, value in (("latents", 2e-5), ("logits", 2e-4), ("kl", 2e-4), ("converted_is_the_same", False)):
        rows = bench_layouts.rows({"given": {"B": good, "E": good | {key: value}}})
        assert [reached for *_, reached in rows].count(False) == 1
