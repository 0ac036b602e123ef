"""`ll.train` and `ll.export`: the run of the command, and sentences that lie in memory."""

import json
import os
import signal
import subprocess
import sys

import pytest
from test_training import SMALL, losses
from tiny_checkpoint import sentences

import latentlab as ll
from latentlab.cli import main
from latentlab.corpora import Corpus
from latentlab.errors import ConfigError, CorpusError, InputError, UsageError
from latentlab.training.kept_texts import FILE
from latentlab.training.loop import Interrupted
from latentlab.training.train_config import load_config
from latentlab.training.trainer_state import read_progress

TEXTS = sentences(300)
MINE = (*SMALL, "threads=1", "optim.steps=8", "save_every=4")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("LATENTLAB_CACHE", str(tmp_path_factory.getbasetemp() / "train-cache"))


def stop_at(step):
    def progress(what, done, total):
        if (what, done) == ("training", step):
            os.kill(os.getpid(), signal.SIGINT)

    return progress


def same(one, other):
    names = ("model.safetensors", "tokenizer.json", "statistics.safetensors")
    return losses(one) == losses(other) and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in names
    )


@pytest.fixture(scope="module")
def whole(tiny_encoder, tmp_path_factory):
    """The run of a list that was not stopped. Read only."""
    out = tmp_path_factory.mktemp("whole") / "run"
    assert ll.train("tiny", TEXTS, out, changes=MINE, encoder=tiny_encoder) == out
    return out


def test_train_is_train(whole, tiny_encoder, tiny_corpus, tmp_path, capsys):
    """File, command, list, mapping and configuration give the same weights."""
    sets = [word for change in MINE for word in ("--set", change)]
    words = ["train", "--preset", "tiny", "--corpus", str(tiny_corpus), *sets, "--out", str(tmp_path / "a")]
    assert main([*words, "--encoder", str(tiny_encoder)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'a'}\n"
    config = load_config("tiny", MINE)
    ll.train(config, [str(tiny_corpus)], str(tmp_path / "b"), encoder=str(tiny_encoder))
    tree = config.model_dump()
    ll.train(tree, tiny_corpus, tmp_path / "c", encoder=tiny_encoder)
    assert tree == config.model_dump()
    decoder = {"vocab_size": 300, "width": 16, "layers": 1, "heads": 2}
    by_key = {"threads": 1, "save_every": 4, "optim.batch_size": 16, "model.decoder": decoder}
    texts = (text for text in TEXTS)
    ll.train("tiny", texts, tmp_path / "d", changes=by_key, steps=8, encoder=tiny_encoder)
    for name in "abcd":
        assert same(whole, tmp_path / name), name
    assert ll.load(tmp_path / "a").name == "a"


def test_sentences_in_memory_are_kept_for_a_resume(whole, tiny_encoder, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(Interrupted, match="stopped after step 5 of 8; the state is saved") as raised:
        ll.train("tiny", TEXTS, out, changes=MINE, encoder=tiny_encoder, progress=stop_at(5))
    assert raised.value.hint == f"continue with: train(out={str(out)!r}, resume=True)"
    moved = tmp_path / "moved"
    out.rename(moved)
    assert ll.train(out=moved, resume=True) == moved
    assert same(whole, moved)
    # Given again they are the same run, which has nothing left to do.
    assert ll.train(None, TEXTS, moved, resume=True) == moved
    assert read_progress(moved).step == 8


def test_other_sentences_than_those_of_the_state_are_refused(tiny_encoder, tmp_path):
    with pytest.raises(Interrupted):
        ll.train("tiny", TEXTS, tmp_path / "own", changes=MINE, encoder=tiny_encoder, progress=stop_at(2))
    kept = (tmp_path / "own" / FILE).read_bytes()
    with pytest.raises(ConfigError, match="was trained on other sentences") as raised:
        ll.train(None, TEXTS[1:], tmp_path / "own", resume=True)
    assert raised.value.hint == "give the same sentences, none at all, or another out"
    assert (tmp_path / "own" / FILE).read_bytes() == kept
    with pytest.raises(UsageError, match="already holds a run"):
        ll.train("tiny", TEXTS[1:], tmp_path / "own", changes=MINE, encoder=tiny_encoder)
    assert (tmp_path / "own" / FILE).read_bytes() == kept


def test_no_file_of_a_checkpoint_has_the_sentences(whole, tmp_path):
    out = ll.export(whole, tmp_path / "half")
    assert not (out / FILE).exists()
    for folder, names in ((out, out.rglob("*")), (whole, whole.iterdir())):
        for path in (path for path in names if path.is_file()):
            data = path.read_bytes()
            assert TEXTS[7].encode() not in data, path
            assert str(folder).encode() not in data, path
    assert json.loads((out / "config.json").read_text())["training"]["data"]["corpora"] == ["texts.jsonl"]
    told = ll.info(out)
    assert told.provenance["step"] == 8


def test_export_is_export(whole, tmp_path, capsys):
    assert main(["export", str(whole), "--out", str(tmp_path / "a")]) == 0
    said = []
    ll.export(str(whole), tmp_path / "b", note=said.append)
    assert said == ["exporting step 8 of 8"]
    for name in ("model.safetensors", "tokenizer.json", "statistics.safetensors", "training.jsonl"):
        assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "a" / name).read_bytes()
    with pytest.raises(InputError) as raised:
        ll.export(tmp_path / "no")
    assert raised.value.hint == "give the folder that `train` wrote to"


def test_groups_of_a_list_are_in_one_split(tiny_encoder, tmp_path):
    labels = [f"g{i // 3}" for i in range(299)] + [None]
    lines = [f"{text}\nstill {i}" for i, text in enumerate(TEXTS)]
    changes = [*MINE, "optim.steps=1"]
    ll.train("tiny", lines, tmp_path / "a", group=labels, changes=changes, encoder=tiny_encoder)
    rows = [json.loads(line) for line in (tmp_path / "a" / FILE).read_text().splitlines()]
    assert [row["group"] for row in rows] == labels
    assert rows[0]["text"] == lines[0]
    assert read_progress(tmp_path / "a").config["data"]["group"] == "group"
    corpus = Corpus(tuple(lines), "mine", {"who": tuple(label or "none" for label in labels)}, group="who")
    ll.train("tiny", corpus, tmp_path / "b", changes=changes, encoder=tiny_encoder)
    assert read_progress(tmp_path / "b").texts == read_progress(tmp_path / "a").texts
    alone = ll.train("tiny", lines, tmp_path / "c", changes=changes, encoder=tiny_encoder)
    assert read_progress(alone).texts != read_progress(tmp_path / "a").texts


def test_a_start_that_came_to_nothing_is_no_run(tiny_encoder, tmp_path):
    with pytest.raises(CorpusError, match=r"texts\.jsonl, line 301: a NUL"):
        ll.train("tiny", [*TEXTS, "a\0"], tmp_path / "run", changes=MINE, encoder=tiny_encoder)
    ll.train("tiny", TEXTS, tmp_path / "run", changes=[*MINE, "optim.steps=1"], encoder=tiny_encoder)


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"config": "tinyy"}, ConfigError, "no preset or file called tinyy"),
        ({"config": {"optim": {"stepz": 3}}}, ConfigError, "config: optim.stepz: unknown key"),
        ({"texts": []}, CorpusError, "there are no texts"),
        ({"texts": TEXTS[:3]}, CorpusError, "are too few"),
        ({"texts": "no.txt"}, CorpusError, "no.txt does not exist"),
        ({"texts": ["no.txt", "no.csv"]}, CorpusError, "no.txt does not exist"),
        ({"texts": "a sentence, not a file"}, CorpusError, "does not exist"),
        ({"texts": "a cat " * 60}, UsageError, "is no name of a file"),
        ({"texts": [*TEXTS, "\ud800"]}, CorpusError, "text 300: half a surrogate pair"),
        ({"group": ["a"]}, UsageError, "1 labels of groups for 300 sentences"),
        ({"column": "a"}, UsageError, "column is for a file"),
        ({"changes": "optim.steps"}, ConfigError, "changes 'optim.steps' is not of the form"),
        ({"steps": 0}, UsageError, "^steps is 0"),
        ({"loggers": "x"}, ConfigError, "loggers.0"),
        ({"out": None}, UsageError, "^out is missing"),
        ({"config": None, "texts": None, "resume": True}, UsageError, "there is no run in"),
    ],
)
def test_it_is_refused_in_one_line(tiny_encoder, tmp_path, given, error, said):
    usual = {"config": "tiny", "texts": TEXTS, "out": tmp_path / "run", "encoder": tiny_encoder}
    with pytest.raises(error, match=said) as raised:
        ll.train(**{**usual, **given})
    assert str(raised.value).isprintable()
    assert not (tmp_path / "run" / "state" / "trainer.safetensors").exists()


WRONG_TYPES = """
import latentlab as ll
from pathlib import Path
t = ["a cat"]
for call in (
    lambda: ll.train(5, t, "x"), lambda: ll.train("tiny", 5, "x"), lambda: ll.train("tiny", {"a": 1}, "x"),
    lambda: ll.train("tiny", [1], "x"), lambda: ll.train("tiny", [Path("a.txt"), "a cat"], "x"),
    lambda: ll.train("tiny", t, 5), lambda: ll.train("tiny", t, "x", changes=5),
    lambda: ll.train("tiny", t, "x", loggers=5), lambda: ll.train("tiny", t, "x", steps="3"),
):
    try:
        call()
    except ll.LatentlabError as error:
        print(error.message)
"""


def test_what_has_a_wrong_type_is_named(here):
    """In a process of its own: here types are checked before the library sees them."""
    told = subprocess.run([sys.executable, "-c", WRONG_TYPES], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == [
        "config: a int is no configuration",
        "texts: a int is no list of sentences and no file",
        "texts: a dict is no list of sentences and no file",
        "texts: text 0 is a int",
        "texts: paths and sentences in one list",
        "a int is no path",
        "changes takes KEY=VALUE, a list of these, or a dict",
        "loggers takes names",
        "steps: a str is no whole number",
    ]
    assert list(here.iterdir()) == []
