"""The shipped checkpoints: what `make demo` shows must be there, load, and do what the cards say."""

import json
from pathlib import Path

import numpy as np
import pytest

import latentlab
from latentlab.cli import main
from latentlab.corpora import data_folder, shipped_corpus
from latentlab.geometry import interpolate
from latentlab.models.autoencoder import Autoencoder
from latentlab.training.train_config import load_config

NAMES = ("baseline", "bottleneck", "centred", "vib")
CHECKPOINTS = data_folder() / "checkpoints"
pytestmark = pytest.mark.encoder


@pytest.fixture(scope="module")
def models() -> dict[str, Autoencoder]:
    return {name: latentlab.load_checkpoint(CHECKPOINTS / name, offline=True) for name in NAMES}


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_sizes():
    assert all(size(CHECKPOINTS / name) <= 14e6 for name in NAMES)
    assert size(data_folder()) < 60e6


def test_the_four_arms_share_everything_but_the_head_and_the_kl():
    configs = [json.loads((CHECKPOINTS / name / "config.json").read_text()) for name in NAMES]
    same = [
        (
            c["model"]["encoder"],
            c["model"]["decoder"],
            c["model"]["head"]["width"],
            c["training"]["optim"],
            c["training"]["data"],
            c["provenance"]["corpus_fingerprint"],
            c["provenance"]["seed"],
            c["provenance"]["step"],
            c["provenance"]["commit"],
        )
        for c in configs
    ]
    assert all(s == same[0] for s in same)


@pytest.mark.parametrize("name", NAMES)
def test_an_arm_is_what_its_two_presets_say(name):
    config = json.loads((CHECKPOINTS / name / "config.json").read_text())
    training = config["training"]
    for preset_name, run in ((name, training["init"]["training"]), (f"{name}-further", training)):
        preset = load_config(preset_name).model_dump(mode="json")
        assert config["model"]["head"] == preset["model"]["head"]
        assert config["model"]["decoder"] == preset["model"]["decoder"]
        later = {"loss": {"neighbour_mix": 0.0, "kl_wait_steps": None}, "optim": {"warmup_steps": None}}
        for group, defaults in later.items():
            assert defaults | run[group] == preset[group]  # a setting that came later is at its default
        for kind in ("substitutions", "rare_words", "encoder_words", "grammar"):
            assert run["data"].get(kind, 0.0) == preset["data"][kind]


def test_make_demo_s_command_answers(capsys):
    assert main(["anisotropy", str(CHECKPOINTS), "--offline", "--n", "400", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    items = {item["name"]: item for item in report["results"]["items"]}
    assert sorted(items) == sorted(NAMES)
    cosine = items["baseline"]["clouds"]["pooled"]["metrics"]["mean_cosine"]
    assert cosine["ci95"][0] > 0.5, "the encoder's cone is real"
    assert items["vib"]["gate"]["verdict"] == "PASSED"
    assert items["baseline"]["gate"]["verdict"] == "NOT APPLICABLE"
    # The bottleneck's control carries far more than a sentence has, the VIB about what it has.
    rates = {n: items[n]["posterior"]["metrics"]["kl_total"]["value"] for n in ("bottleneck", "vib")}
    assert 25 < rates["vib"] < 60 < 500 < rates["bottleneck"]
    assert 50 < items["vib"]["posterior"]["metrics"]["information_dims_95"]["value"] < 80


@pytest.mark.parametrize("name", NAMES)
def test_held_out_sentences_come_back(models, name):
    texts = list(shipped_corpus().split("test").sample(200, seed=0).texts)
    model = models[name]
    decoded = model.decode(model.encode(texts).mu)
    assert np.mean([a == b for a, b in zip(texts, decoded, strict=True)]) > 0.5


@pytest.mark.parametrize("name", ["baseline", "vib"])
def test_there_is_a_sentence_between_two_sentences(models, name):
    model = models[name]
    a, b = "The cat is sleeping.", "The dog is running."
    ends = model.encode([a, b]).mu
    way = model.decode(interpolate(ends[0], ends[1], 25).astype(np.float32))
    assert (way[0], way[-1]) == (a, b)
    assert {"The dog is sleeping.", "The cat is running."} & set(way)
