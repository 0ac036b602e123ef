"""Commands that decode, and their calls in Python: the same report, byte for byte."""

import json

import pytest
from tiny_checkpoint import sentences

import latentlab as ll
from latentlab.cli import main
from latentlab.corpora import read_corpus
from latentlab.errors import CorpusError, LatentlabWarning, UsageError

TEXTS = sentences(600)


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "c.txt"
    path.write_text("\n".join(TEXTS) + "\n")
    return path


@pytest.fixture
def told(capsys):
    def run(*command):
        assert main([*map(str, command), "--json"]) == 0
        return capsys.readouterr().out

    return run


def saved(report, folder, told, *command):
    """What `save` and `--out` write has the same bytes; the report is read back equal."""
    names = report.save(folder / "call")
    told(*command, "--out", folder / "command")
    for name in names:
        assert (folder / "call" / name).read_bytes() == (folder / "command" / name).read_bytes(), name
    again = ll.read(folder / "call" / "report.json")
    assert type(again) is type(report)
    assert again == report
    return names


def test_reconstruct_of_a_file_is_split(tiny_folder, corpus, told):
    options = ["--n", 12, "--seed", 4]
    report = ll.reconstruct(tiny_folder, corpus, n=12, seed=4)
    assert report.to_json() == told("reconstruct", tiny_folder, "--corpus", corpus, *options)
    assert report == ll.reconstruct(tiny_folder, read_corpus(str(corpus)), n=12, seed=4)
    with pytest.raises(UsageError, match="which checkpoint"):
        report.metrics()
    held_out = report.metrics("vib", "held out")
    assert held_out["exact_match"].n == report.results.items[1].parts["held out"].n <= 12
    assert set(report.to_frame()["part"]) == {"train", "held out"}


def test_reconstruct_of_a_list_takes_it_whole(tiny_folder, told):
    vib = ll.load(tiny_folder / "vib")
    report = ll.reconstruct(vib, TEXTS[:3])
    command = [part for text in TEXTS[:3] for part in ("--text", text)]
    of_command = json.loads(told("reconstruct", tiny_folder / "vib", *command))
    assert report.document["results"] == of_command["results"]
    assert [text for text, _ in report.examples["vib"]] == TEXTS[:3]
    assert report["token_accuracy"].n == 3
    assert ll.reconstruct(vib, TEXTS[:3], n=5) == report
    assert ll.reconstruct(vib, TEXTS[:3], n=1).examples["vib"][0][0] in TEXTS[:3]
    assert "vib, given: exact match" in repr(report)
    with pytest.raises(UsageError, match="no metric 'rouge'"):
        report["rouge"]
    grouped = ll.reconstruct(vib, TEXTS[:8], group=list("aabbccdd"))
    assert grouped.document["inputs"]["group"] == "labels"


def test_interpolate_between_two_sentences(tiny_folder, told, tmp_path):
    a, b = TEXTS[:2]
    command = ["interpolate", tiny_folder / "vib", "--from", a, "--to", b, "--steps", 5]
    report = ll.interpolate(tiny_folder / "vib", a, b, steps=5)
    assert report.to_json() == told(*command)
    assert len(report.texts) == 5
    assert report.paths == {"vib": [report.texts]}
    assert repr(report).count("\n") == 5
    assert "table.csv" in saved(report, tmp_path, told, *command)
    assert list(report.to_frame().text) == report.texts


def test_interpolate_pairs_from_a_file_or_a_list(tiny_folder, told, tmp_path):
    pairs = list(zip(TEXTS[:4:2], TEXTS[1:4:2], strict=True))
    lines = [json.dumps({"a": a, "b": b}) for a, b in pairs]
    (tmp_path / "p.jsonl").write_text("\n".join([*lines, "{}"]) + "\n")
    with pytest.warns(LatentlabWarning, match="line 3"):
        report = ll.interpolate(tiny_folder, pairs=tmp_path / "p.jsonl", steps=3)
    assert report.unused_lines
    of_list = ll.interpolate(tiny_folder, pairs=pairs, steps=3)
    assert of_list.document["results"] == report.document["results"]
    with pytest.raises(UsageError, match="of which of 4 paths"):
        report.texts  # noqa: B018
    with pytest.raises(CorpusError, match=r"number 1 \(from 0\) is no pair"):
        ll.interpolate(tiny_folder, pairs=[pairs[0], ("alone",)])


def test_interpolate_asks_for_one_thing(tiny_folder):
    for wrong in ({}, {"start": "A cat."}, {"start": "A cat.", "end": "A dog.", "draw": 3}):
        with pytest.raises(UsageError, match="give start and end, or pairs, or draw"):
            ll.interpolate(tiny_folder, **wrong)


def test_noise(tiny_folder, corpus, told, tmp_path):
    options = ["--n", 12, "--low", 0, "--high", 10, "--step", 5, "--seeds", 1]
    command = ["noise", tiny_folder, "--corpus", corpus, *options]
    asked = {"low": 0, "high": 10, "step": 5, "seeds": 1}
    report = ll.noise(tiny_folder, corpus, n=12, constellation=False, **asked)
    assert report.to_json() == told(*command)
    assert set(report.half_error) == {"plain", "vib"}
    drawn = ll.noise(tiny_folder, corpus, n=12, **asked)
    assert {"table.tex", "waterfall.pdf"} <= set(saved(drawn, tmp_path, told, *command))
    assert drawn.plot("waterfall").axes
    listed = ll.noise(ll.load(tiny_folder / "vib"), TEXTS[:9], constellation=False, **asked)
    assert listed.document["inputs"]["n"] == 9
    with pytest.raises(UsageError, match="part: there is no part 'dev'"):
        ll.noise(tiny_folder, corpus, part="dev")


def test_memorisation(tiny_folder, corpus, told, tmp_path):
    command = ["memorisation", tiny_folder, "--corpus", corpus]
    command += ["--n", 10, "--low", 0, "--high", 10, "--step", 5, "--seeds", 1]
    report = ll.memorisation([tiny_folder], corpus, n=10, low=0, high=10, step=5, seeds=1)
    assert report.to_json() == told(*command)
    assert report.verdict["vib"] == "UNDERTRAINED"
    assert "table.tex" in saved(report, tmp_path, told, *command)
    assert len(report.to_frame())
