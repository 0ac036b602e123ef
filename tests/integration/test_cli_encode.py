"""`encode` and `project`: vectors and maps say which sentence each row is of, and what made them."""

import csv
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from encoder_models import tiny_bert
from tiny_checkpoint import cached, sentences, tiny_checkpoint

from latentlab.cli import main
from latentlab.corpora import text_id
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.model_config import EncoderConfig


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert code == 0, err
    return out, err


@pytest.fixture
def labelled(tmp_path):
    """Labels by record, among them an empty, a repeated and a far too long sentence."""
    texts = sentences(6)
    texts = [*texts[:2], "", texts[0], " ".join(texts[:1] * 40), *texts[2:]]
    records = [{"id": f"s{at}", "label": at, "text": text} for at, text in enumerate(texts)]
    with (tmp_path / "labelled.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, records[0])
        writer.writeheader()
        writer.writerows(records)
    return records


KEPT = [0, 1, 5, 6, 7, 8]


@pytest.mark.parametrize("suffix", [".parquet", ".npy", ".safetensors"])
def test_labels_are_joined_by_row_id_or_text(capsys, tmp_path, tiny_folder, labelled, suffix):
    out = tmp_path / f"mu{suffix}"
    _, err = run(capsys, "encode", tiny_folder / "vib", tmp_path / "labelled.csv", "--out", out)
    assert "left out 1 of 7 sentences" in err
    sidecar = json.loads((tmp_path / f"mu{suffix}.json").read_text())
    columns = pq.read_table(out).drop(["vectors"]).to_pydict() if suffix == ".parquet" else sidecar["rows"]
    assert [*columns] == ["row", "record_id", "text_id"]
    assert [labelled[row]["label"] for row in columns["row"]] == KEPT
    by_id = {record["id"]: record["label"] for record in labelled}
    assert [by_id[name] for name in columns["record_id"]] == KEPT
    by_text = {text_id(record["text"]): record["label"] for record in reversed(labelled)}
    assert [by_text[name] for name in columns["text_id"]] == KEPT
    run(capsys, "anisotropy", out)


def test_text_brings_the_sentences_along(capsys, tmp_path, tiny_folder, labelled):
    for suffix in (".parquet", ".npy"):
        out = tmp_path / f"mu{suffix}"
        run(capsys, "encode", tiny_folder / "plain", tmp_path / "labelled.csv", "--out", out, "--text")
    texts = pq.read_table(tmp_path / "mu.parquet")["text"].to_pylist()
    assert texts == [labelled[row]["text"] for row in KEPT]
    assert json.loads((tmp_path / "mu.npy.json").read_text())["rows"]["text"] == texts
    # The vectors are of these sentences in this order, which the file itself can now be asked for again.
    again = tmp_path / "again.npy"
    run(capsys, "encode", tiny_folder / "plain", tmp_path / "mu.parquet", "--out", again)
    np.testing.assert_array_equal(np.load(again), np.load(tmp_path / "mu.npy"))


def test_the_sidecar_says_what_made_the_vectors(capsys, tmp_path, tiny_encoder, tiny_folder, tiny_corpus):
    for name, options in {
        "z": ["--cloud", "z", "--seed", 5],
        "last": ["--cloud", "pooled", "--layer", -1],
    }.items():
        run(capsys, "encode", tiny_folder / "vib", tiny_corpus, "--out", tmp_path / f"{name}.npy", *options)
        made = json.loads((tmp_path / f"{name}.npy.json").read_text())
        origin = made["origin"]
        assert origin["versions"].keys() >= {"latentlab", "numpy", "torch", "transformers"}
        assert (origin["checkpoint"], origin["corpus"]) == ("vib", tiny_corpus.name)
        # The name of the folder alone: where it lay says nothing elsewhere.
        assert origin["encoder"] == cached(tiny_encoder)
        assert origin["encoder_sha256"] == FrozenEncoder.load(EncoderConfig(id=str(tiny_encoder))).sha256
        assert (origin["seed"], origin["encoder_layer"]) == ((5, 3) if name == "z" else (0, 4))
        assert origin["pooling"] == "mean"
        assert (made["n"], made["cloud"]) == (300, "z" if name == "z" else "pooled")


def test_a_layer_counted_from_the_end_is_written_from_0(capsys, tmp_path, tiny_corpus):
    encoder = tiny_bert(tmp_path / "own-encoder")
    tiny_checkpoint(tmp_path / "run", encoder, use_vib=False)
    path = tmp_path / "run" / "config.json"
    document = json.loads(path.read_text())
    document["model"]["encoder"] |= {"layer": -1, "sha256": None}
    path.write_text(json.dumps(document))
    run(capsys, "encode", tmp_path / "run", tiny_corpus, "--out", tmp_path / "x.npy")
    origin = json.loads((tmp_path / "x.npy.json").read_text())["origin"]
    assert (origin["encoder"], origin["encoder_layer"], len(origin["encoder_sha256"])) == (
        cached(encoder),
        4,
        64,
    )


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_points_of_a_map_say_which_sentence_they_are(capsys, tmp_path, tiny_folder, labelled, suffix):
    out, atlas = tmp_path / f"map{suffix}", tmp_path / "atlas.parquet"
    run(capsys, "project", tiny_folder, "--corpus", tmp_path / "labelled.csv", "--out", out, "--atlas", atlas)
    points = (
        list(csv.DictReader(out.read_text().splitlines()))
        if suffix == ".csv"
        else pq.read_table(out).to_pylist()
    )
    assert [*points[0]] == [
        *("checkpoint", "cloud", "method", "row", "record_id", "text_id", "text", "x", "y")
    ]
    assert sorted(int(point["row"]) for point in points) == sorted(KEPT * 2)
    of_atlas = pq.read_table(atlas).to_pylist()
    for point in (*points, *of_atlas):
        record = labelled[int(point["row"])]
        assert (record["text"], record["id"]) == (point["text"], point["record_id"])
        assert text_id(record["text"]) == point["text_id"]
    assert [point["id"] for point in of_atlas] == list(range(12))
