"""What an encoder's small files and its configuration may ask for, looked at before transformers is asked."""

import json
import os

import pytest
from encoder_models import tiny_bert
from safetensors.torch import load_file
from transformers import BertModel

from latentlab.cli import main
from latentlab.errors import EncoderError
from latentlab.models.encoder import pretrained
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.model_config import EncoderConfig


@pytest.fixture
def folder(tmp_path):
    return tiny_bert(tmp_path / "encoder")


def change(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def load(folder):
    return FrozenEncoder.load(EncoderConfig(), folder=folder)


SMALL = [
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "generation_config.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
    "chat_template.jinja",
    "additional_chat_templates/one.jinja",
]


@pytest.mark.parametrize("name", SMALL)
def test_a_small_file_that_is_large_is_not_opened(folder, monkeypatch, name):
    monkeypatch.setattr(pretrained, "LARGEST_TEXT", 3_000_000)
    (folder / name).parent.mkdir(exist_ok=True)
    with (folder / name).open("ab") as file:
        file.truncate(4_000_000)
    asked = lambda *_: pytest.fail("transformers was asked")  # noqa: E731
    monkeypatch.setattr(pretrained, "_asked", asked)
    # The pin looks at the configuration first.
    for read in (pretrained.config_of, pretrained.tokenizer_of, *([load] if name != "config.json" else [])):
        with pytest.raises(EncoderError, match=f"{name} has 4000000 bytes, more than the 3000000 allowed"):
            read(folder)


@pytest.mark.parametrize("name", SMALL)
def test_a_pipe_among_them_is_not_waited_for(folder, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    for read in (pretrained.config_of, pretrained.tokenizer_of, load):
        with pytest.raises(EncoderError, match=r"not a regular file|no config.json there|has no tokenizer"):
            read(folder)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"intermediate_size": 64}, r"is \[32, 16\] in the weights, by config.json it is \[64, 16\]"),
        ({"hidden_size": 32}, r"is \[18, 16\] in the weights, by config.json it is \[18, 32\]"),
        ({"vocab_size": 20}, r"is \[18, 16\] in the weights, by config.json it is \[20, 16\]"),
        ({"max_position_embeddings": 30}, r"is \[24, 16\] in the weights, by config.json it is \[30, 16\]"),
    ],
)
def test_shapes_are_compared_before_a_model_is_built(folder, monkeypatch, values, said):
    change(folder, **values)
    monkeypatch.setattr(BertModel, "from_pretrained", lambda *_, **__: pytest.fail("a model was built"))
    with pytest.raises(EncoderError, match=said) as found:
        load(folder)
    assert "ignore_mismatched_sizes" not in found.value.message


def test_a_model_of_many_more_numbers_than_its_weights_is_not_built(folder, monkeypatch):
    change(folder, num_hidden_layers=12)
    monkeypatch.setattr(BertModel, "from_pretrained", lambda *_, **__: pytest.fail("a model was built"))
    monkeypatch.setattr(pretrained, "_SPARE", 1000)
    with pytest.raises(EncoderError, match=r"the model has 2\d,\d{3} numbers, the weights are 9,"):
        load(folder)


def test_what_is_compared_takes_no_memory(folder, monkeypatch):
    seen = []
    monkeypatch.setattr(pretrained, "_refuse_shapes", lambda _, outline, __: seen.append(outline))
    load(folder)
    assert len(load_file(folder / "model.safetensors")) <= len(list(seen[0].parameters()))
    assert all(tensor.is_meta for tensor in seen[0].state_dict().values())


@pytest.mark.parametrize("key", ["quantization_config", "compression_config"])
def test_quantised_weights_are_refused(folder, key):
    change(folder, **{key: None})
    load(folder)
    for values in ({key: {"quant_method": "made_up"}}, {"nested": {key: {}}}):
        change(folder, **{key: None}, **values) if key not in values else change(folder, **values)
        with pytest.raises(EncoderError, match=f"{key}: quantised weights are not read"):
            load(folder)


@pytest.mark.parametrize("table", [{"a": ["model.safetensors"]}, {"a": {}}, {"a": None}, [], 5, None])
def test_an_index_of_another_form_is_one_line(folder, tmp_path, capsys, table):
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": table}))
    with pytest.raises(EncoderError, match="is no table of tensors and the files that they lie in"):
        load(folder)
    (tmp_path / "c.txt").write_text("\n".join(f"the cat sees {i}" for i in range(200)))
    arguments = ["train", "--preset", "tiny", "--encoder", folder, "--corpus", tmp_path / "c.txt"]
    assert main([str(a) for a in (*arguments, "--out", tmp_path / "run")]) == 3
    assert "bug" not in capsys.readouterr().err
