"""An encoder's folder runs no code and asks nothing, and what is pinned is what is computed with."""

import json
import shutil

import pytest
from encoder_models import tiny_bert
from safetensors.torch import load_file, save_file
from tiny_checkpoint import tiny_checkpoint

from latentlab.analysis.comparison.control_selection import encoder_notes
from latentlab.analysis.loading import load_models
from latentlab.checkpoints import load_checkpoint
from latentlab.cli import main
from latentlab.errors import EncoderError
from latentlab.models.encoder import pretrained
from latentlab.models.encoder.encoder_files import resolve_encoder
from latentlab.models.encoder.encoder_pin import pins_of
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.fluency_lm import CausalFluencyLM
from latentlab.models.model_config import EncoderConfig
from latentlab.models.sgdd.sgdd_tokenizer import EncoderTokenizer

TEXTS = ["the cat sees a bird", "a dog likes the tree"]


@pytest.fixture
def folder(tmp_path):
    return tiny_bert(tmp_path / "encoder")


def change(folder, name, **values):
    tree = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps(tree | values))


@pytest.fixture
def with_code(folder, monkeypatch):
    """A folder whose own code would leave a marker beside it; a question would be an error."""
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("a question was asked"))
    line = f"open({str(folder.parent / 'marker')!r}, 'w').close()\n"
    (folder / "own.py").write_text(line + "class Own:\n    pass\n")
    code = {"AutoConfig": "own.Own", "AutoModel": "own.Own", "AutoTokenizer": ["own.Own", "own.Own"]}
    change(folder, "config.json", model_type="made_up", auto_map=code)
    change(folder, "tokenizer_config.json", auto_map=code, tokenizer_class="Own")
    return folder


def test_no_way_in_runs_the_code_of_a_folder(with_code, tmp_path, capsys):
    (tmp_path / "corpus.txt").write_text("\n".join(f"{TEXTS[i % 2]} {i}" for i in range(200)))
    paths = [
        lambda: FrozenEncoder.load(EncoderConfig(), folder=with_code),
        lambda: CausalFluencyLM.load(str(with_code)),
        lambda: EncoderTokenizer.from_folder(with_code),
    ]
    for path in paths:
        with pytest.raises(EncoderError, match="no model type made_up; the folder brings code of its own"):
            path()
    arguments = ["train", "--preset", "tiny", "--encoder", with_code, "--corpus", tmp_path / "corpus.txt"]
    assert main([str(a) for a in (*arguments, "--out", tmp_path / "run")]) == 3
    assert "which is never run" in capsys.readouterr().err
    assert not (tmp_path / "marker").exists()


def test_code_beside_a_known_model_is_not_run_either(with_code, tmp_path):
    change(with_code, "config.json", model_type="bert")
    assert FrozenEncoder.load(EncoderConfig(), folder=with_code).encode(TEXTS).shape == (2, 16)
    assert not (tmp_path / "marker").exists()


def test_a_path_in_a_checkpoint_is_not_followed(folder, tmp_path):
    checkpoint = tiny_checkpoint(tmp_path / "c", folder, use_vib=False)
    tree = json.loads((checkpoint / "config.json").read_text())
    tree["model"]["encoder"]["id"] = str(folder)
    (checkpoint / "config.json").write_text(json.dumps(tree))
    with pytest.raises(EncoderError, match="a path, which is not followed") as found:
        load_checkpoint(checkpoint).encode(TEXTS)
    assert "--encoder FOLDER" in found.value.hint
    assert load_checkpoint(checkpoint, encoder=folder).encode(TEXTS).mu.shape == (2, 8)


@pytest.mark.parametrize("named", ["other.safetensors", "../outside.safetensors", "/elsewhere.safetensors"])
def test_an_index_may_name_no_weights_that_are_not_hashed(folder, named):
    names = list(load_file(folder / "model.safetensors"))
    index = {"metadata": {}, "weight_map": dict.fromkeys(names, named)}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(EncoderError, match="names weights that are not hashed here"):
        FrozenEncoder.load(EncoderConfig(), folder=folder)


def test_a_configuration_may_name_no_other_weights(folder):
    change(folder, "config.json", transformers_weights="other.safetensors")
    with pytest.raises(EncoderError, match="names other weights"):
        FrozenEncoder.load(EncoderConfig(), folder=folder)


def pinned(folder):
    return EncoderConfig(
        id="tiny/encoder", sha256=resolve_encoder(EncoderConfig(), folder=folder).sha256
    ).model_copy(update=pins_of(folder))


def test_the_tensors_are_the_pin_and_not_their_file(folder, tmp_path):
    wanted = pinned(folder)
    vectors = FrozenEncoder.load(wanted, folder=folder).encode(TEXTS)
    again = tmp_path / "again"
    shutil.copytree(folder, again)
    tensors = load_file(folder / "model.safetensors")
    save_file({f"bert.{k}": v for k, v in reversed(tensors.items())}, again / "model.safetensors")
    assert (FrozenEncoder.load(wanted, folder=again).encode(TEXTS) == vectors).all()
    # Old checkpoints know the file alone.
    with pytest.raises(EncoderError, match="wanted"):
        FrozenEncoder.load(wanted.model_copy(update={"tensors": None}), folder=again)
    tensors["embeddings.word_embeddings.weight"][3, 2] += 1e-3
    save_file(tensors, again / "model.safetensors")
    with pytest.raises(EncoderError, match="wanted"):
        FrozenEncoder.load(wanted, folder=again)


@pytest.mark.parametrize(
    "changed", [{"hidden_act": "relu"}, {"layer_norm_eps": 1e-3}, {"num_attention_heads": 4}], ids=str
)
def test_another_configuration_under_the_same_weights_is_refused(folder, changed):
    wanted = pinned(folder)
    change(folder, "config.json", **changed)
    FrozenEncoder.load(wanted.model_copy(update={"settings": None}), folder=folder)
    with pytest.raises(EncoderError, match="configuration or tokenizer are not those of training"):
        FrozenEncoder.load(wanted, folder=folder)


def test_another_tokenizer_under_the_same_weights_is_refused(folder):
    wanted = pinned(folder)
    tree = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = tree["model"]["vocab"]
    vocabulary["cat"], vocabulary["dog"] = vocabulary["dog"], vocabulary["cat"]
    (folder / "tokenizer.json").write_text(json.dumps(tree))
    with pytest.raises(EncoderError, match="configuration or tokenizer are not those of training"):
        FrozenEncoder.load(wanted, folder=folder)


def test_checkpoints_side_by_side_are_checked_each(folder, tmp_path):
    first = tiny_checkpoint(tmp_path / "first", folder, use_vib=True)
    second = tiny_checkpoint(tmp_path / "second", folder, use_vib=False)
    tree = json.loads((second / "config.json").read_text())
    tree["model"]["encoder"]["settings"] = "0" * 64
    (second / "config.json").write_text(json.dumps(tree))
    models = load_models([first, second], offline=True)
    assert models[0].encoder.encode(TEXTS).shape == (2, 16)
    with pytest.raises(EncoderError, match="configuration or tokenizer are not those of training"):
        _ = models[1].encoder
    # One of the two has no pin, and the weights are the same: no word of different encoders.
    assert encoder_notes(models) == []
    tree["model"]["encoder"]["settings"] = "1" * 64
    shutil.copytree(second, tmp_path / "third")
    (tmp_path / "third" / "config.json").write_text(json.dumps(tree))
    several = load_models([first, second, tmp_path / "third"], offline=True)
    assert len(encoder_notes(several)) == 1


def test_what_changes_no_vector_changes_no_pin(folder):
    wanted = pinned(folder)
    change(folder, "config.json", transformers_version="1.0", hidden_dropout_prob=0.3, use_cache=False)
    tree = json.loads((folder / "tokenizer.json").read_text())
    cut = {"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 0}
    (folder / "tokenizer.json").write_text(json.dumps(tree | {"truncation": cut}))
    assert FrozenEncoder.load(wanted, folder=folder).encode(TEXTS).shape == (2, 16)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("num_hidden_layers", 1025, "num_hidden_layers is 1.02e\\+03, at most 1024 makes sense"),
        ("vocab_size", 1 << 32, "vocab_size is 4.29e\\+09, at most 2147483648 makes sense"),
    ],
)
def test_a_size_that_no_model_has_is_refused_before_a_model_is_built(folder, key, value, said):
    change(folder, "config.json", **{key: value})
    with pytest.raises(EncoderError, match=said):
        FrozenEncoder.load(EncoderConfig(), folder=folder)
    change(folder, "config.json", **{key: 4}, nested={key: value})
    with pytest.raises(EncoderError, match=said):
        FrozenEncoder.load(EncoderConfig(), folder=folder)


def test_a_table_of_positions_that_is_written_out_is_refused_before_it_is(folder, monkeypatch):
    """Such tables are made of Python's own numbers; what a real model has passes, and so do other types."""
    monkeypatch.setattr(pretrained, "_asked", lambda *_: "asked")
    change(folder, "config.json", model_type="distilbert", max_position_embeddings=1 << 15, dim=768)
    with pytest.raises(
        EncoderError, match=r"max_position_embeddings is 3.28e\+04, at most [0-9]+ makes sense"
    ):
        pretrained.config_of(folder)
    for kind, count in (("distilbert", 512), ("bert", 1 << 15)):
        change(folder, "config.json", model_type=kind, max_position_embeddings=count)
        assert pretrained.config_of(folder) == "asked"


def test_what_a_tokenizer_raises_is_one_line(folder, capsys, tmp_path):
    change(folder, "tokenizer_config.json", model_max_length="many")
    (tmp_path / "c.txt").write_text("\n".join(f"{TEXTS[0]} {i}" for i in range(200)))
    arguments = ["train", "--preset", "tiny", "--encoder", folder, "--corpus", tmp_path / "c.txt"]
    assert main([str(a) for a in (*arguments, "--out", tmp_path / "run")]) == 3
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(said) == 1
    assert str(folder) in said[0]
    assert "bug" not in said[0]
