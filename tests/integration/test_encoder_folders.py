"""What `--encoder FOLDER` may be: without a tokenizer, or no folder at all, nothing is made up for it."""

import json
import shutil

import numpy as np
import pytest
from huggingface_hub import constants
from sgdd_files import encoder_folder, tokens, write_old

import latentlab
from latentlab.checkpoints import convert_checkpoint
from latentlab.cli import main
from latentlab.errors import EncoderError

TOKENIZER = ("tokenizer.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json")


def bare(encoder, folder):
    """An encoder without its tokenizer, for which transformers makes one that knows nothing."""
    return shutil.copytree(encoder, folder, ignore=shutil.ignore_patterns(*TOKENIZER))


def test_a_folder_without_a_tokenizer_is_refused(encoder, tiny_encoder, tiny_folder, tmp_path):
    old = latentlab.load_checkpoint(write_old(tmp_path / "x.pt", "D"), bare(encoder, tmp_path / "old"))
    native = latentlab.load_checkpoint(tiny_folder / "vib", bare(tiny_encoder, tmp_path / "new"))
    for model in (old, native):
        with pytest.raises(EncoderError, match="has no tokenizer") as caught:
            model.encode(["the cat sees a dog"])
        assert "copy the tokenizer" in caught.value.hint
    ids, mask = (a.numpy() for a in tokens())
    whole = latentlab.load_checkpoint(tmp_path / "x.pt", encoder).encode_tokens(ids, mask)
    assert np.array_equal(old.encode_tokens(ids, mask).z, whole.z)  # ids need none
    shutil.copy(encoder / "tokenizer_config.json", tmp_path / "old")
    with pytest.raises(EncoderError, match="has no tokenizer"):
        latentlab.load_checkpoint(tmp_path / "x.pt", tmp_path / "old").encode(["the cat"])
    with pytest.raises(EncoderError, match="has no tokenizer"):
        convert_checkpoint(tmp_path / "x.pt", tmp_path / "converted", tmp_path / "old")
    assert not (tmp_path / "converted").exists()


@pytest.mark.parametrize("command", ["anisotropy", "convert", "reconstruct"])
def test_what_is_no_folder_is_not_asked_of_the_hub(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_old(tmp_path / "x.pt", "D")
    asked = {"convert": ["new"], "reconstruct": ["--text", "the cat"], "anisotropy": []}[command]
    for name in ("roberta-base", "x.pt"):
        assert main([command, "x.pt", *asked, "--encoder", name]) == 3
        out, err = capsys.readouterr()
        assert (out, len(err.splitlines())) == ("", 2)
        assert f"{name} is not a folder" in err


def test_an_encoder_that_was_trained_along_keeps_the_tokenizer_of_the_cache(encoder, tmp_path, monkeypatch):
    """Without --encoder: name and tokenizer are those of the cache, the weights are the file's own."""
    cache = tmp_path / "cache"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    repository = cache / "models--roberta-base"
    encoder_folder(repository / "snapshots" / "abc", seed=1)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    file = write_old(tmp_path / "x.pt", "D")
    convert_checkpoint(file, tmp_path / "new", offline=True)
    assert (tmp_path / "new/encoder/tokenizer.json").exists()
    assert json.loads((tmp_path / "new/encoder/config.json").read_text())["hidden_size"] == 64
    texts = ["the cat sees a dog", "a bird"]
    wanted = latentlab.load_checkpoint(file, encoder).encode(texts).z
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "none"))
    assert np.array_equal(latentlab.load_checkpoint(tmp_path / "new", offline=True).encode(texts).z, wanted)
