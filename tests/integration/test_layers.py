"""Layer profiles on a tiny encoder: every layer is the one that an encoder loaded at that layer gives."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from tiny_checkpoint import cached, sentences, tiny_checkpoint

import latentlab as ll
from latentlab.analysis.anisotropy.layer_profiles import encoder_at, layer_profile
from latentlab.analysis.loading import load_models
from latentlab.cli import main
from latentlab.cli.render.layer_table import give
from latentlab.errors import ConfigError, InputError, UsageError
from latentlab.metrics import isoscore_debiased, mean_cosine
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.model_config import EncoderConfig

TEXTS = sentences(80)


@pytest.fixture(scope="module")
def models(tiny_folder):
    return load_models([tiny_folder])


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_layers_of_one_pass_are_those_of_encoders_at_each_layer(tiny_encoder, pooling):
    config = EncoderConfig(id=str(tiny_encoder), layer=-1, pooling=pooling)
    seen = []
    # Of different lengths, so that there is padding to be ignored.
    texts = [" ".join(text.split()[: 1 + i % 9]) for i, text in enumerate(TEXTS)]
    layers = FrozenEncoder.load(config).encode_layers(texts, batch_tokens=64, progress=seen.append)
    assert (len(layers), seen[-1]) == (5, 80)
    for layer, got in enumerate(layers):
        alone = FrozenEncoder.load(config.model_copy(update={"layer": layer}))
        np.testing.assert_allclose(got, alone.encode(texts), atol=1e-5)
    for other, got in enumerate(layers[1:]):
        assert not np.allclose(got, layers[other], atol=1e-3, rtol=0)


def test_an_encoder_loaded_at_a_layer_gives_those_below_it(tiny_encoder):
    encoder = FrozenEncoder.load(EncoderConfig(id=str(tiny_encoder), layer=2))
    layers = encoder.encode_layers(TEXTS[:10])
    assert len(layers) == 3
    np.testing.assert_allclose(layers[2], encoder.encode(TEXTS[:10]), atol=1e-5)


def test_the_profile_has_one_item_an_encoder_and_every_layer(models, tiny_encoder):
    report = layer_profile(models, TEXTS, seed=0).to_dict()
    assert (report["command"], report["inputs"]) == ("layers", {"n": 80, "seed": 0})
    [item] = report["results"]["items"]
    assert (item["name"], item["path"]) == (cached(tiny_encoder).rpartition("/")[2], None)
    assert (item["checkpoints"], item["read"]) == (["plain", "vib"], [3])
    assert [layer["layer"] for layer in item["layers"]] == [0, 1, 2, 3, 4]
    for layer in item["layers"]:
        x = encoder_at(models[0], layer["layer"]).encode(TEXTS).astype(np.float64)
        assert (layer["n"], layer["d"]) == x.shape
        for key, measure in (("mean_cosine", mean_cosine), ("isoscore_debiased", isoscore_debiased)):
            wanted = measure(x)
            assert layer["metrics"][key]["value"] == pytest.approx(wanted.value, abs=1e-5)
            assert layer["metrics"][key]["ci95"] is not None
        assert layer["metrics"]["mean_cosine"]["se"] == pytest.approx(mean_cosine(x).se, rel=1e-3)
        assert "twonn" not in layer["metrics"]
        assert layer["reference"]["isoscore_debiased"]["value"] == 1


def test_the_last_layer_is_counted_from_the_first(models):
    config = models[0].config
    last = config.model_copy(update={"encoder": config.encoder.model_copy(update={"layer": -1})})
    report = layer_profile([*models, replace(models[0], config=last, name="last")], TEXTS[:10], seed=0)
    assert report.results.items[0].read == (3, 4)


def test_two_encoders_have_two_profiles(tiny_folder, tmp_path):
    from encoder_models import tiny_bert

    other = tiny_checkpoint(tmp_path / "other", tiny_bert(tmp_path / "bert", seed=5), use_vib=False)
    items = layer_profile(load_models([tiny_folder, other]), TEXTS[:20], seed=0).to_dict()["results"]["items"]
    assert [item["checkpoints"] for item in items] == [["plain", "vib"], ["other"]]
    assert items[0]["layers"] != items[1]["layers"]


def test_what_has_no_profile_is_refused(models):
    with pytest.raises(UsageError, match="no checkpoint"):
        layer_profile([], TEXTS, seed=0)
    with pytest.raises(InputError, match="at least 2"):
        layer_profile(models, TEXTS[:1], seed=0)
    with pytest.raises(ConfigError, match="layer 5 is outside"):
        encoder_at(models[0], 5)


def test_the_command_prints_and_writes_the_profile(capsys, tiny_folder, tiny_corpus, tmp_path):
    arguments = [
        "anisotropy",
        tiny_folder,
        "--layers",
        "--corpus",
        tiny_corpus,
        "--n",
        60,
        "--out",
        tmp_path / "o",
    ]
    assert main([str(argument) for argument in arguments]) == 0
    out, err = capsys.readouterr()
    assert max(map(len, out.splitlines())) <= 100
    assert "plain, vib read layer 3" in out
    assert all(f"layer {layer}" in out for layer in range(5))
    assert err.startswith("written to")
    written = {file.name for file in (tmp_path / "o").iterdir()}
    assert written == {"report.json", "table.csv", "table.tex", "layer_profile.pdf", "layer_profile.png"}
    document = json.loads((tmp_path / "o" / "report.json").read_text())
    rows = list(csv.DictReader((tmp_path / "o" / "table.csv").read_text().splitlines()))
    layers = document["results"]["items"][0]["layers"]
    assert len(rows) == sum(len(layer["metrics"]) for layer in layers)
    assert float(rows[0]["value"]) == layers[0]["metrics"]["mean_cosine"]["value"]
    assert {row["cloud"] for row in rows} == {f"layer {i}" for i in range(5)}
    table = (tmp_path / "o" / "table.tex").read_text()
    assert r"metric & {layer 0} & {layer 1} & {layer 2} & {layer 3} & {layer 4} & {isotropic} \\" in table
    (cosine,) = [line for line in table.splitlines() if line.startswith("mean cosine")]
    for cell, layer in zip(cosine.split("&")[1:6], layers, strict=True):
        value = float(cell.replace(r"\bfseries", "").split(r"\pm")[0])
        assert value == pytest.approx(layer["metrics"]["mean_cosine"]["value"], abs=0.01)


@pytest.mark.copies
def test_odd_rows_are_told_once_for_all_layers(models, capsys):
    with pytest.warns(ll.LatentlabWarning, match="repeat another"):
        report = ll.measure_layers(models, texts=TEXTS[:40] * 3)
    give(report, None, as_json=True)
    assert "mean cosine by layer" in repr(report)
    out, err = capsys.readouterr()
    [item] = json.loads(out)["results"]["items"]
    [copies] = item["warnings"]
    assert copies.startswith("all layers, as layer 4 shows: of 120 rows, 70.8 % repeat another")
    assert f"warning: {item['name']}, {copies}" in err
