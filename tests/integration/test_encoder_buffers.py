"""Buffers that an encoder loads with its weights are pinned with them."""

import json
import shutil

import pytest
from encoder_models import tiny_bert
from safetensors.torch import load_file, save_file
from tiny_checkpoint import tiny_checkpoint
from transformers import EsmConfig, EsmModel, IBertConfig, IBertModel

from latentlab.cli import main
from latentlab.errors import EncoderError
from latentlab.models.encoder.encoder_files import resolve_encoder
from latentlab.models.encoder.encoder_load import load_whole
from latentlab.models.encoder.encoder_pin import pins_of, same_tensors, tensors_sha256
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.model_config import FORM, EncoderConfig

TEXTS = ["the cat sees a bird", "a dog likes the tree"]
SIZES = {
    "vocab_size": 18,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
}


def rotary(folder):
    """An encoder with the frequencies of its positions in its file."""
    config = EsmConfig(**SIZES, pad_token_id=1, position_embedding_type="rotary", initializer_range=0.7)
    return with_tokenizer(EsmModel(config), folder)


def integer(folder):
    """One with whole numbers and scales beside its weights."""
    return with_tokenizer(IBertModel(IBertConfig(**SIZES)), folder)


def with_tokenizer(model, folder):
    tiny_bert(folder)
    model.save_pretrained(folder)
    return folder


def pinned(folder, **update):
    sha256 = resolve_encoder(EncoderConfig(), folder=folder).sha256
    return EncoderConfig(id="tiny/encoder", sha256=sha256).model_copy(update={**pins_of(folder), **update})


def buffers(folder):
    model = load_whole(folder)
    return sorted(model.state_dict().keys() - {name for name, _ in model.named_parameters()})


def changed(folder, copy, change):
    """The same folder with its buffers changed; None only orders the file otherwise."""
    shutil.copytree(folder, copy)
    tensors = load_file(folder / "model.safetensors")
    # The file may call them otherwise than the model does, but for the last word.
    word = buffers(folder)[0].rpartition(".")[2]
    of = [name for name in tensors if name.endswith(f".{word}")]
    assert of
    tensors |= {name: change(tensors[name]) for name in of if change}
    save_file(dict(reversed(tensors.items())), copy / "model.safetensors")
    return copy


@pytest.mark.parametrize("build", [rotary, integer])
def test_buffers_are_pinned(tmp_path, build):
    folder = build(tmp_path / "encoder")
    assert buffers(folder)
    wanted = pinned(folder)
    assert wanted.tensors.startswith(FORM)
    assert same_tensors(changed(folder, tmp_path / "same", None), wanted.tensors)
    copy = changed(folder, tmp_path / "other", lambda values: values * 3 + 1)
    assert not same_tensors(copy, wanted.tensors)
    with pytest.raises(EncoderError, match="wanted"):
        FrozenEncoder.load(wanted, folder=copy)


def test_a_pin_of_the_first_form_vouches_for_no_buffers(tmp_path):
    folder = rotary(tmp_path / "encoder")
    wanted = pinned(folder, tensors=tensors_sha256(load_whole(folder), ""))
    assert FORM not in wanted.tensors
    assert FrozenEncoder.load(wanted, folder=folder).encode(TEXTS).shape == (2, 16)
    for name, change in (("same", None), ("other", lambda values: values * 3 + 1)):
        with pytest.raises(EncoderError, match="wanted"):
            FrozenEncoder.load(wanted, folder=changed(folder, tmp_path / name, change))


def test_a_pin_of_the_first_form_is_met_where_there_are_none(tmp_path):
    folder = tiny_bert(tmp_path / "encoder")
    assert buffers(folder) == []
    first = tensors_sha256(load_whole(folder), "")
    assert pins_of(folder)["tensors"] == FORM + first
    copy = tmp_path / "same"
    shutil.copytree(folder, copy)
    tensors = load_file(folder / "model.safetensors")
    save_file(tensors, copy / "model.safetensors", {"format": "pt", "made": "again"})
    assert FrozenEncoder.load(pinned(folder, tensors=first), folder=copy).encode(TEXTS).shape == (2, 16)
    tensors["embeddings.word_embeddings.weight"][3, 2] += 1e-3
    save_file(tensors, copy / "model.safetensors")
    with pytest.raises(EncoderError, match="wanted"):
        FrozenEncoder.load(pinned(folder, tensors=first), folder=copy)


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        ({"tensors": FORM + "0" * 64}, "the encoder's weights, configuration and tokenizer"),
        ({"tensors": "0" * 64}, "the encoder's weights (buffers by their file), configuration and tokenizer"),
        ({"tensors": None}, "the encoder's weights, configuration and tokenizer"),
        ({"tensors": None, "settings": None}, "the encoder's weights alone"),
    ],
)
def test_info_says_which_form_a_pin_has(tmp_path, capsys, pins, said):
    path = tiny_checkpoint(tmp_path / "c", tiny_bert(tmp_path / "encoder"), use_vib=False)
    tree = json.loads((path / "config.json").read_text())
    tree["model"]["encoder"] |= {"settings": "0" * 64, **pins}
    (path / "config.json").write_text(json.dumps(tree))
    assert main(["info", str(path)]) == 0
    assert f"  pinned      {said}\n" in capsys.readouterr().out
