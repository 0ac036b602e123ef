"""Whole commands on tiny checkpoints: what comes out, where, and that it is the same twice."""

import csv
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet
import pytest
from pyarrow import parquet

from latentlab.cli import main
from latentlab.results import Latents


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENTLAB_CACHE", str(tmp_path / "cache"))


def test_anisotropy_sets_checkpoints_side_by_side(capsys, tiny_folder, tiny_corpus):
    code, out, err = run(capsys, "anisotropy", tiny_folder, "--corpus", tiny_corpus, "--n", 100)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 100
    header = next(i for i, line in enumerate(lines) if "plain" in line)
    assert lines[header].split() == ["plain", "vib", "isotropic"]
    assert lines[header + 1].startswith("  collapse gate")
    for heading in ("pooled:", "mu:", "z:"):
        assert any(line.startswith(heading) for line in lines)
    cosines = [line for line in lines if line.startswith("  mean cosine ")]
    assert [line.count("±") for line in cosines] == [2, 2, 1]


def test_anisotropy_json_is_one_document_and_the_same_twice(capsys, tiny_folder, tiny_corpus):
    arguments = ["anisotropy", tiny_folder, "--corpus", tiny_corpus, "--n", 100, "--seed", 3, "--json"]
    code, out, err = run(capsys, *arguments)
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert (report["schema"], report["command"], report["inputs"]["n"]) == (2, "anisotropy", 100)
    assert [item["name"] for item in report["results"]["items"]] == ["plain", "vib"]
    assert run(capsys, *arguments)[1] == out


def test_anisotropy_writes_report_tables_and_figures(capsys, tiny_folder, tiny_corpus, tmp_path):
    out_folder = tmp_path / "report"
    code, _, err = run(
        capsys, "anisotropy", tiny_folder, "--corpus", tiny_corpus, "--n", 60, "--out", out_folder
    )
    assert code == 0, err
    figures = {
        *("overview", "cosine_histogram", "spectrum", "rogue_dimensions", "normal_quantiles"),
        *("kl_per_dimension", "mean_against_noise"),
    }
    assert {file.name for file in out_folder.iterdir()} == {
        "report.json",
        "table.csv",
        "table.tex",
        *(f"{name}.pdf" for name in figures),
        *(f"{name}.png" for name in figures),
    }
    assert all(name in err for name in figures)
    assert r"\toprule" in (out_folder / "table.tex").read_text()
    assert json.loads((out_folder / "report.json").read_text())["inputs"]["n"] == 60
    rows = list(csv.DictReader((out_folder / "table.csv").read_text().splitlines()))
    assert {row["name"] for row in rows} == {"plain", "vib"}
    for name in figures:
        assert (out_folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_checkpoints_of_one_name_are_told_apart(capsys, tiny_folder, tiny_corpus, tmp_path):
    for run_folder in ("first", "second"):
        (tmp_path / run_folder).mkdir()
        (tmp_path / run_folder / "vib").symlink_to(tiny_folder / "vib")
    paths = [tmp_path / "first" / "vib", tiny_folder / "plain", tmp_path / "first" / "vib"]
    code, out, _ = run(capsys, "anisotropy", *paths, "--corpus", tiny_corpus, "--n", 50, "--json")
    assert code == 0
    assert [item["name"] for item in json.loads(out)["results"]["items"]] == ["vib", "plain"]


def test_long_sentences_are_counted_named_and_left_out_for_all(capsys, tiny_folder, tmp_path):
    corpus = tmp_path / "some.txt"
    corpus.write_text("the cat sees a dog\nthe dog sees a cat\n" + "z9 " * 30 + "\n")
    code, out, err = run(capsys, "anisotropy", tiny_folder, "--corpus", corpus, "--json")
    assert code == 0
    assert err.startswith("left out 1 of 3 sentences, too long for a model: 'z9 z9")
    assert json.loads(out)["inputs"] | {"n": 2, "left_out": 1} == json.loads(out)["inputs"]


def test_reconstruct_shows_train_and_held_out(capsys, tiny_folder, tiny_corpus):
    code, out, err = run(capsys, "reconstruct", tiny_folder, "--corpus", tiny_corpus, "--n", 5)
    old_names = run(capsys, "reconstruct", tiny_folder, "--file", tiny_corpus, "--limit", 5)
    assert old_names == (code, out, err)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    at = next(i for i, line in enumerate(lines) if "exact match" in line)
    assert "held out" in lines[at]
    assert "train" in lines[at + 1]
    assert max(map(len, lines[: at + 20])) <= 100
    assert "  → " in out


def test_reconstruct_text_gives_each_answer(capsys, tiny_folder):
    code, out, _ = run(capsys, "reconstruct", tiny_folder, "--text", "the cat", "--text", "a  dog", "--json")
    assert code == 0
    for item in json.loads(out)["results"]["items"]:
        part = item["parts"]["given"]
        assert [example["text"] for example in part["examples"]] == ["the cat", "a dog"]
        assert part["metrics"]["exact_match"]["value"] == 0
        assert (part["metrics"]["kl"]["value"] is None) == (item["kind"] == "deterministic")


def test_info_reads_files_alone(tiny_folder):
    code = (
        "import sys\nfrom latentlab.cli import main\n"
        f"assert main(['info', {str(tiny_folder)!r}]) == 0\nassert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("plain\n")
    assert "latent width 8" in done.stdout


def test_doctor_checks_and_says_what_is_broken(capsys, tiny_folder, tiny_encoder, tmp_path):
    code, out, _ = run(capsys, "doctor", tiny_folder, "--encoder", tiny_encoder, "--json")
    checks = {check["check"]: check for check in json.loads(out)["checks"]}
    assert checks["encoder"]["ok"]
    assert checks["cache"]["ok"]
    assert "plain, vib" in checks["checkpoints"]["found"]
    code, out, err = run(capsys, "doctor", tmp_path, "--encoder", tmp_path)
    assert code == 1
    assert "encoder" in err
    assert "checkpoints" in err
    assert "BROKEN  encoder" in out


def test_doctor_names_a_cache_that_cannot_be_written(
    capsys, tiny_folder, tiny_encoder, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LATENTLAB_CACHE", str(tmp_path / "file" / "cache"))
    code, out, _ = run(capsys, "doctor", tiny_folder, "--encoder", tiny_encoder, "--json")
    cache = next(check for check in json.loads(out)["checks"] if check["check"] == "cache")
    assert (code, cache["ok"]) == (1, False)
    assert "cannot be written" in cache["found"]
    assert "LATENTLAB_CACHE" in cache["hint"]


def test_encode_writes_vectors_that_can_be_read_back(capsys, tiny_folder, tiny_corpus, tmp_path):
    file = tmp_path / "latents.safetensors"
    code, out, _ = run(capsys, "encode", tiny_folder / "vib", tiny_corpus, "--out", file)
    assert (code, out) == (0, f"{file}\n")
    latents = Latents.read(file)
    assert latents.vectors.shape == (300, 8)
    assert np.isfinite(latents.vectors).all()


def test_project_writes_a_map_of_every_space(capsys, tiny_folder, tiny_corpus, tmp_path):
    table = tmp_path / "map.csv"
    code, out, _ = run(capsys, "project", tiny_folder, "--corpus", tiny_corpus, "--n", 30, "--out", table)
    assert (code, out) == (0, f"{table}\n")
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [row["checkpoint"] for row in rows] == ["plain"] * 30 + ["vib"] * 30
    assert all(np.isfinite([float(row["x"]), float(row["y"])]).all() for row in rows)
    table = tmp_path / "map.parquet"
    run(capsys, "project", tiny_folder, "--corpus", tiny_corpus, "--n", 30, "--out", table)
    texts = pyarrow.parquet.read_table(table).column("text").to_pylist()
    assert texts == [row["text"] for row in rows]


def test_project_names_the_neighbours_for_an_atlas(capsys, tiny_folder, tiny_corpus, tmp_path):
    table, atlas = tmp_path / "map.csv", tmp_path / "atlas.parquet"
    given = ("project", tiny_folder, "--corpus", tiny_corpus, "--n", 20, "--out", table)
    assert run(capsys, *given, "--atlas", tmp_path / "atlas.csv")[0] == 2
    assert run(capsys, *given, "--atlas", atlas)[0] == 0
    rows = parquet.read_table(atlas).to_pylist()
    assert [row["id"] for row in rows] == list(range(len(rows)))
    for row in rows:
        near = row["neighbors"]
        assert len(near["ids"]) == len(near["distances"]) == 15
        assert near["distances"] == sorted(near["distances"])
        assert row["id"] not in near["ids"]
        assert {rows[i]["checkpoint"] for i in near["ids"]} == {row["checkpoint"]}
    assert table.read_text().splitlines()[0] == "checkpoint,cloud,method,row,text_id,text,x,y"


def test_project_z_needs_a_posterior(capsys, tiny_folder, tiny_corpus, tmp_path):
    arguments = ["--corpus", tiny_corpus, "--cloud", "z", "--out", tmp_path / "map.csv"]
    assert run(capsys, "project", tiny_folder, *arguments)[0] == 0
    assert run(capsys, "project", tiny_folder / "plain", *arguments)[0] == 2
    assert run(capsys, "project", tiny_folder, "--out", tmp_path / "map.png")[0] == 2


def test_training_interrupted_says_how_to_go_on(tiny_encoder, tiny_corpus, tmp_path):
    out = tmp_path / "a run"
    command = [sys.executable, "-m", "latentlab", "train", "--preset", "tiny", "--steps", "100000"]
    command += ["--corpus", str(tiny_corpus), "--encoder", str(tiny_encoder), "--out", str(out)]
    command += ["--set", "model.encoder.layer=3"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        log = out / "training.jsonl"
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None:
            if log.exists() and len(log.read_text().splitlines()) > 3:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=200)[1]
    assert process.returncode == 130, err
    again = err.splitlines()[-1]
    assert again.startswith("hint: continue with: latentlab train ")
    assert "--resume" in again
    assert f"'{out}'" in again
    assert (out / "state").is_dir()
