"""`latentlab noise` and `latentlab memorisation` with tiny and with the shipped checkpoints."""

import csv
import json

import numpy as np
import pytest
from sgdd_files import encoder_folder, write_old
from tiny_checkpoint import sentences

from latentlab import cli
from latentlab.analysis.decoding import decode
from latentlab.analysis.loading import load_models
from latentlab.analysis.noise.noise_robustness import Sweep, signal_of, sweep
from latentlab.corpora import data_folder, shipped_corpus, split_of
from latentlab.metrics.text.table_tests import CRITERIA, WORDS

COMMANDS = ("noise", "memorisation")
FEW = ("--n", 10, "--seeds", 2, "--step", 10)


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.fixture(scope="module")
def held_out(tmp_path_factory):
    """Enough sentences of the held-out split, and as many others."""
    texts = sentences(900, seed=5)
    test = [text for text in texts if split_of(text) == "test"][:14]
    train = [text for text in texts if split_of(text) == "train"][:60]
    file = tmp_path_factory.mktemp("held") / "sentences.txt"
    file.write_text("\n".join([*train, *test]) + "\n")
    return file


@pytest.mark.encoder
@pytest.mark.parametrize("name", ["baseline", "vib"])
def test_batch_is_one_by_one_in_any_order(name):
    """With trained weights: those of the tiny models are random, and equal logits fall either way."""
    model = load_models([data_folder() / "checkpoints" / name], offline=True)[0]
    signal = signal_of(model, list(shipped_corpus().split("test").sample(12, 3).texts))
    asked = Sweep(low=-10.0, high=10.0, step=10.0, seeds=2)
    points = sweep(model, signal, asked)
    again = sweep(model, signal, Sweep(low=-10.0, high=10.0, step=20.0, seeds=1))
    assert [points[0][0], points[2][0]] == [again[0][0], again[1][0]]
    z = signal.z + np.random.default_rng(0).standard_normal(signal.z.shape)
    together = decode(model, z).texts
    assert together == [decode(model, row[None]).texts[0] for row in z]
    assert together[::-1] == decode(model, z[::-1]).texts


@pytest.mark.encoder
@pytest.mark.parametrize("name", ["baseline", "vib"])
def test_noise_costs_words_and_little_noise_costs_none(name):
    model = load_models([data_folder() / "checkpoints" / name], offline=True)[0]
    signal = signal_of(model, list(shipped_corpus().split("test").sample(40, 0).texts))
    loud, quiet = sweep(model, signal, Sweep(low=-15.0, high=40.0, step=55.0, seeds=1))
    clean = decode(model, signal.z).texts
    assert sum(a == b for a, b in zip(quiet[0].texts, clean, strict=True)) >= 39
    assert sum(a == b for a, b in zip(loud[0].texts, clean, strict=True)) <= 4


def test_noise_prints_curves_side_by_side(capsys, tiny_folder, held_out):
    code, out, err = run(capsys, "noise", tiny_folder, "--corpus", held_out, *FEW)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0] == "Through white noise: 10 sentences of sentences.txt[test], 2 noises each, seed 0"
    for heading in ("what noise does", "token error rate", "exact match", "cosine"):
        assert heading in lines
    levels = [line.split()[0] for line in lines if line.split()[1:2] == ["dB"]]
    assert levels == ["30", "20", "10", "0", "-10"] * 3
    assert any(line.split()[:2] == ["dB", "plain"] for line in lines)


def test_memorisation_prints_a_verdict_from_the_list(capsys, tiny_folder, held_out):
    code, out, err = run(capsys, "memorisation", tiny_folder, "--corpus", held_out, *FEW)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 120  # intervals with both ends
    (verdict,) = [line for line in out.splitlines() if line.startswith("  verdict")]
    assert verdict.split()[1:] == ["UNDERTRAINED"] * 2  # random weights
    assert out.count("→ noise →") == 0  # nothing comes back, so noise makes nothing wrong


@pytest.mark.parametrize("command", COMMANDS)
def test_json_is_one_document_and_the_same_twice(capsys, tiny_folder, held_out, command):
    arguments = (command, tiny_folder, "--corpus", held_out, *FEW, "--json", "--seed", 4)
    code, out, err = run(capsys, *arguments)
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert (report["command"], report["inputs"]["part"], report["provenance"]["seed"]) == (
        command,
        "held-out",
        4,
    )
    assert [item["name"] for item in report["results"]["items"]] == ["plain", "vib"]
    assert [point["snr_db"] for point in report["results"]["items"][0]["points"]][:2] == [-10, 0]
    assert run(capsys, *arguments)[1] == out


def test_noise_writes_everything(capsys, tiny_folder, held_out, tmp_path):
    out = tmp_path / "report"
    code, _, err = run(capsys, "noise", tiny_folder, "--corpus", held_out, *FEW, "--out", out)
    assert code == 0
    # Random weights bring no sentence back, so there is none to draw a constellation of.
    assert {file.name for file in out.iterdir()} == {
        *("report.json", "table.csv", "table.tex", "waterfall.pdf", "waterfall.png"),
    }
    assert err == f"written to {out}: report.json, table.csv, table.tex; as pdf and png waterfall\n"
    rows = list(csv.DictReader((out / "table.csv").read_text().splitlines()))
    assert {row["noise"] for row in rows} == {"none", "white", "posterior", "chance"}
    assert {row["name"] for row in rows if row["noise"] == "posterior"} == {"vib"}
    assert r"\toprule" in (out / "table.tex").read_text()


def test_memorisation_writes_everything(capsys, tiny_folder, held_out, tmp_path):
    out = tmp_path / "report"
    code, _, _ = run(capsys, "memorisation", tiny_folder, "--corpus", held_out, *FEW, "--out", out)
    assert code == 0
    document = json.loads((out / "report.json").read_text())
    for item in document["results"]["items"]:
        assert item["verdict"]["verdict"] in WORDS
        assert set(item["criteria"]) == set(CRITERIA)
        assert item["criteria"]["gap"]["n"] > 0
    rows = list(csv.DictReader((out / "table.csv").read_text().splitlines()))
    assert {row["metric"] for row in rows} >= {*CRITERIA, "nearest_distance", "well_formed_middles"}
    assert (out / "waterfall.png").exists()


def test_part_says_which_sentences(capsys, tiny_folder, held_out):
    sizes = {}
    for part in ("held-out", "train", "all"):
        arguments = ("--corpus", held_out, "--part", part, "--n", 500, "--seeds", 1, "--step", 40, "--json")
        sizes[part] = json.loads(run(capsys, "noise", tiny_folder, *arguments)[1])["inputs"]["n"]
    assert sizes == {"held-out": 14, "train": 60, "all": 74}


@pytest.mark.parametrize("command", COMMANDS)
def test_layout_f_is_refused_with_the_reason(capsys, command, held_out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = write_old(tmp_path / "old.pt", "F")
    encoder = encoder_folder(tmp_path / "roberta")
    code, out, err = run(capsys, command, file, "--encoder", encoder, "--corpus", held_out, *FEW)
    assert (code, out) == (3, "")
    assert "layout F, whose decoder is not known: it cannot decode" in err
    assert "hint: its geometry" in err


@pytest.mark.parametrize("layout", ["A", "E"])
def test_old_layouts_go_through_noise_too(capsys, layout, held_out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = write_old(tmp_path / "old.pt", layout)
    encoder = encoder_folder(tmp_path / "roberta")
    for command in COMMANDS:
        code, out, _ = run(capsys, command, file, "--encoder", encoder, "--corpus", held_out, *FEW)
        assert code == 0
        assert "old" in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("noise", "--low", "20", "--high", "10"), 2, "from a low to a higher SNR"),
        (("noise", "--step", "0"), 2, "a sweep has 2 to 200 points"),
        (("noise", "--seeds", "0"), 2, "at least 1 noise seed"),
        (("noise", "--n", "1"), 2, "--n"),
        (("noise", "--part", "middle"), 2, "--part"),
        (("memorisation", "--n", "4"), 2, "--n"),
        (("memorisation", "--low", "nan"), 2, "from a low to a higher SNR"),
    ],
)
def test_bad_options_are_one_line_and_a_hint(capsys, tiny_folder, held_out, arguments, code, message):
    command, *options = arguments
    got, out, err = run(capsys, command, tiny_folder, "--corpus", held_out, *options)
    assert (got, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", COMMANDS)
def test_bad_input_is_one_line_and_a_hint(capsys, tiny_folder, tmp_path, command):
    none, blocked = tmp_path / "train.txt", tmp_path / "file"
    trained = [text for text in sentences(40) if split_of(text) == "train"]
    none.write_text("\n".join(trained))
    blocked.write_text("x")
    for options, message in (
        (("--corpus", none), "train.txt has no held-out sentence"),
        (("--out", blocked), "is a file, a folder is to be written there"),
        (("--corpus", tmp_path / "absent.txt"), "absent.txt"),
    ):
        code, out, err = run(capsys, command, tiny_folder, *options)
        assert (code, out) == (3, "")
        assert message in err


def test_a_few_held_out_sentences_are_too_few_for_a_verdict(capsys, tiny_folder, held_out, tmp_path):
    lines = held_out.read_text().splitlines()
    few = tmp_path / "few.txt"
    few.write_text("\n".join([*lines[:60], *lines[60:65]]))
    code, out, err = run(capsys, "memorisation", tiny_folder, "--corpus", few)
    assert (code, out) == (3, "")
    assert "at least 8 held-out sentences, got 5" in err
