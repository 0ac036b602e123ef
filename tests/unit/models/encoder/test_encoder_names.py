"""What an encoder is called in a checkpoint: its own name, never a path, never another's."""

import json
from pathlib import Path

import pytest

from latentlab.errors import ConfigError
from latentlab.models.encoder.encoder_files import (
    MINILM_ID,
    MINILM_SHA256,
    ResolvedEncoder,
    Source,
    recorded_id,
)
from latentlab.models.encoder.encoder_load import layer_index
from latentlab.models.encoder.encoder_names import file_name, folder_name, is_path
from latentlab.models.model_config import EncoderConfig, EncoderRequest
from latentlab.training.train_config import PRESETS, load_config

OTHER = "a" * 64


def made(folder: Path, said: object = None) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({} if said is None else {"_name_or_path": said}))
    return folder


@pytest.mark.parametrize(
    ("folder", "said", "name"),
    [
        ("my-encoder", None, "my-encoder"),
        ("my-encoder", "owner/my-encoder", "owner/my-encoder"),
        ("my-encoder", "my-encoder", "my-encoder"),
        # What is recorded there is mostly the model that this one was made from.
        ("all-mpnet-base-v2", "microsoft/mpnet-base", "all-mpnet-base-v2"),
        ("my-encoder", "/somewhere/else/my-encoder", "my-encoder"),
        ("my-encoder", "../my-encoder", "my-encoder"),
        ("my-encoder", 7, "my-encoder"),
        ("models--owner--their-encoder/snapshots/c0ffee", "parent/model", "owner/their-encoder"),
    ],
)
def test_a_folder_has_its_own_name(tmp_path, folder, said, name):
    assert folder_name(made(tmp_path / folder, said)) == name


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff"])
def test_a_config_that_cannot_be_read_leaves_the_folders_name(tmp_path, content):
    (made(tmp_path / "mine") / "config.json").write_bytes(content)
    assert folder_name(tmp_path / "mine") == "mine"
    (tmp_path / "mine" / "config.json").unlink()
    assert folder_name(tmp_path / "mine") == "mine"


def test_the_folder_one_is_in_has_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(made(tmp_path / "mine"))
    assert folder_name(Path()) == "mine"


@pytest.mark.parametrize(
    ("name", "path", "shown"),
    [
        ("gpt2", False, "gpt2"),
        ("owner/encoder", False, "owner/encoder"),
        ("/models/encoder", True, "encoder"),
        ("./encoder", True, "encoder"),
        ("~/encoder/", True, "encoder"),
        ("a/b/c", True, "c"),
        ("C:\\models\\encoder", True, "encoder"),
    ],
)
def test_paths_are_told_from_names(name, path, shown):
    assert (is_path(name), file_name(name)) == (path, shown)


def test_a_folder_here_is_a_path(tmp_path, monkeypatch):
    made(tmp_path / "owner" / "encoder")
    monkeypatch.chdir(tmp_path)
    assert is_path("owner/encoder")


@pytest.mark.parametrize(
    ("asked", "source", "sha256", "recorded"),
    [
        (MINILM_ID, "folder", OTHER, "mine"),
        (MINILM_ID, "folder", MINILM_SHA256, MINILM_ID),
        ("/anywhere/at/all", "folder", OTHER, "mine"),
        ("/anywhere/at/all", "folder", MINILM_SHA256, MINILM_ID),
        ("owner/encoder", "folder", OTHER, "owner/encoder"),
        ("owner/encoder", "cache", OTHER, "owner/encoder"),
        (MINILM_ID, "package", MINILM_SHA256, MINILM_ID),
    ],
)
def test_what_is_recorded(tmp_path, asked: str, source: Source, sha256, recorded):
    found = ResolvedEncoder(made(tmp_path / "mine"), source, sha256)
    assert recorded_id(EncoderRequest(id=asked), found) == recorded


# -- the layer ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("depth", "middle"), [(6, 3), (12, 6), (24, 12), (5, 3), (2, 1), (1, 1), (0, 0)])
def test_the_middle_layer(depth, middle):
    assert layer_index("middle", depth) == middle


def test_a_layer_that_is_not_there_is_refused_with_the_depth():
    with pytest.raises(ConfigError, match="layer 7 is outside the encoder's depth 6") as caught:
        layer_index(7, 6)
    assert caught.value.hint == "0 (the embeddings) to 6, or -1 for the last"


def test_presets_read_the_middle_and_a_checkpoint_has_a_number():
    asked = [load_config(name).model.encoder for name in PRESETS]
    assert {(encoder.id, encoder.layer) for encoder in asked} == {(MINILM_ID, "middle")}
    assert load_config("vib", ["model.encoder.layer=-1"]).model.encoder.layer == -1
    with pytest.raises(ConfigError, match=r"model\.encoder\.layer"):
        load_config("vib", ["model.encoder.layer=centre"])
    with pytest.raises(ValueError, match="layer"):
        EncoderConfig.model_validate({"layer": "middle"})
