"""Which encoder a run was trained on is what its checkpoint says: name, hash, layer, and no path."""

import json
import shutil
from pathlib import Path

import pytest
from test_training import SMALL

from latentlab.checkpoints import read_info
from latentlab.cli import main
from latentlab.errors import ConfigError
from latentlab.models.encoder.encoder_files import MINILM_ID
from latentlab.training.loop import train
from latentlab.training.start import load_start
from latentlab.training.train_config import load_config


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("provenance")


@pytest.fixture(scope="module")
def own(place, tiny_encoder) -> Path:
    """An encoder that somebody made from another one, as published ones say."""
    folder = shutil.copytree(tiny_encoder, place / "models" / "own-encoder")
    tree = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**tree, "_name_or_path": "somebody/its-parent"}))
    return folder


@pytest.fixture(scope="module")
def run(place, tiny_corpus):
    def call(name: str, *overrides: str, encoder: Path | None = None, said=None) -> Path:
        wanted = [f"data.corpora=[{tiny_corpus}]", *SMALL, "optim.steps=2", *overrides]
        note = said.append if said is not None else (lambda line: None)
        config = load_config("tiny", wanted)
        return train(config, place / name, encoder=encoder, cache=place / "cache", note=note)

    return call


@pytest.fixture(scope="module")
def trained(run, own) -> Path:
    return run("trained", encoder=own)


@pytest.mark.parametrize("by_id", [False, True])
def test_a_folder_is_recorded_by_its_name_and_hash(run, own, place, trained, by_id):
    out = run("by-id", f"model.encoder.id={own}") if by_id else trained
    info = read_info(out)
    assert (info.encoder.id, info.encoder.layer) == ("own-encoder", 2)
    assert len(info.encoder.sha256) == 64
    assert info.provenance["encoder"] == info.encoder.model_dump(mode="json")
    card = (out / "README.md").read_text()
    said = (
        f"the frozen encoder `own-encoder` (sha256 {info.encoder.sha256[:16]}, mean pooling, hidden layer 2)"
    )
    assert said in card
    for false in (MINILM_ID, str(place), "its-parent"):
        assert false not in card + (out / "config.json").read_text()


def test_what_it_prints_has_the_name(trained, own, tiny_corpus, capsys):
    assert main(["info", str(trained)]) == 0
    assert "encoder     own-encoder, layer 2, mean pooling, sha256 " in capsys.readouterr().out
    arguments = ["anisotropy", "--layers", trained, "--encoder", own, "--corpus", tiny_corpus, "--n", 20]
    assert main([str(word) for word in arguments]) == 0
    assert "\nown-encoder, mean-pooled, d = 16; trained reads layer 2\n" in capsys.readouterr().out


def test_where_it_is_missing_it_is_named(trained, tiny_corpus, capsys):
    arguments = ["anisotropy", str(trained), "--corpus", str(tiny_corpus), "--offline"]
    assert main(arguments) == 3
    err = capsys.readouterr().err
    assert f"error: encoder 'own-encoder' (sha256 {read_info(trained).encoder.sha256[:12]}…) not found" in err
    assert err.endswith("hint: --encoder FOLDER with the folder of own-encoder\n")


def test_another_name_may_be_given_on_purpose(run, own):
    out = run("named", "model.encoder.id=lab/encoder-3", encoder=own)
    assert read_info(out).encoder.id == "lab/encoder-3"


@pytest.mark.parametrize(("layer", "number"), [("middle", 2), ("1", 1), ("-1", 4), ("0", 0)])
def test_the_layer_is_said_and_kept_as_a_number(run, own, layer, number):
    said: list[str] = []
    out = run(f"layer{layer}", f"model.encoder.layer={layer}", encoder=own, said=said)
    sha256 = read_info(out).encoder.sha256
    assert said[1:] == [f"reads layer {number} of 4 of own-encoder (sha256 {sha256[:12]}…), mean pooling"]
    assert read_info(out).encoder.layer == number


def test_a_layer_that_is_not_there_leaves_nothing(run, own, place):
    with pytest.raises(ConfigError, match="layer 6 is outside the encoder's depth 4"):
        run("deep", "model.encoder.layer=6", encoder=own)
    assert not (place / "deep").exists()


def test_a_further_run_takes_the_same_encoder_under_another_name_and_no_other(trained, run, own, place):
    renamed = shutil.copytree(own, place / "models" / "renamed")
    further = run("further", f"init={trained}", encoder=renamed)
    assert read_info(further).encoder.sha256 == read_info(trained).encoder.sha256
    wanted = read_info(trained).native
    other = wanted.encoder.model_copy(update={"sha256": "a" * 64})
    with pytest.raises(ConfigError, match=r"of another model: encoder\.sha256"):
        load_start(str(trained), wanted.model_copy(update={"encoder": other}))
