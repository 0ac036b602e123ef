"""`--column` is wherever sentences of one's own are read, is the same everywhere, and is never ignored."""

import json
import sys
from importlib import import_module
from types import SimpleNamespace

import pytest

from latentlab import cli
from latentlab.api.support import checkpoint_inputs
from latentlab.cli import options, terminal
from latentlab.errors import UsageError
from latentlab.training.data import gather_texts
from latentlab.training.loop import Interrupted
from latentlab.training.resume import changes
from latentlab.training.train_config import DataConfig, load_config, parse_config

SENTENCES = [f"Tom has {i} cats." for i in range(300)]
READS_SENTENCES = {"corpus", "groups"}
READS_SENTENCES_IN_FILES = {"reconstruct"}


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def parameters(command: str) -> dict:
    module, _, function = cli.COMMANDS[command].partition(":")
    return getattr(import_module(f"latentlab.cli.{module}"), function).__annotations__


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_a_command_that_reads_sentences_lets_their_column_be_named(command):
    given = parameters(command)
    reads = command in READS_SENTENCES_IN_FILES or bool(READS_SENTENCES & given.keys())
    assert ("column" in given) == reads
    # Where files of vectors are given too, it names their column, and its help says so.
    assert not reads or command == "anisotropy" or given["column"] is options.Column


@pytest.mark.parametrize(
    "arguments",
    [
        ["interpolate", "x", "--from", "A.", "--to", "B."],
        ["reconstruct", "x"],
        ["reconstruct", "x", "--text", "A."],
        ["move", "x", "--dimension", "1", "--text", "A."],
        ["move", "x", "--groups", "a.txt", "b.txt", "--text", "A."],
        ["app"],
    ],
    ids=" ".join,
)
def test_a_column_of_nothing_is_refused(capsys, arguments):
    code, out, err = run(capsys, *arguments, "--column", "body")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "error: --column is for a file of sentences with columns, and none is given",
        "hint: give one, or omit --column",
    ]


def test_the_shipped_sentences_have_no_column_to_name():
    with pytest.raises(UsageError, match="--column is for a file"):
        checkpoint_inputs.load_corpus(None, "body")


def test_what_was_left_out_and_how_quotes_were_read_is_said(capsys, tmp_path):
    (tmp_path / "a.tsv").write_text('body\tid\nA.\t1\n\t2\n"He said ""hi""."\t3\n')
    with terminal.warnings_told():
        assert checkpoint_inputs.load_corpus(str(tmp_path / "a.tsv"), "body").texts == ("A.", 'He said "hi".')
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "a.tsv: left out 1 empty",
        "a.tsv: quotes are read as enclosing cells, as pandas writes them (cells enclosed: 1)",
    ]


@pytest.fixture
def table(tmp_path):
    rows = [{"id": i, "body": text} for i, text in enumerate(SENTENCES)]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"id": 0, "body": None}]))
    return path


def test_training_reads_the_column_of_files_that_have_columns(tmp_path, table, caplog):
    (tmp_path / "more.txt").write_text("Mary is here.\nTom has 0 cats.\n")
    both = gather_texts(DataConfig(corpora=(str(table), str(tmp_path / "more.txt")), column="body"), seed=0)
    assert {*both.train, *both.validation, *both.test} == {*SENTENCES, "Mary is here."}
    assert caplog.messages == ["own.jsonl: left out 1 empty"]


def test_training_refuses_a_column_that_no_file_can_have(tmp_path, capsys):
    (tmp_path / "a.txt").write_text("\n".join(SENTENCES))
    for corpus in ([], ["--corpus", tmp_path / "a.txt"]):
        code, _, err = run(
            capsys, "train", "--preset", "tiny", "--out", tmp_path / "r", *corpus, "--column", "b"
        )
        assert code == 2
        assert err.splitlines()[-2:] == [
            "error: data.column is for corpora with columns, and there is none",
            "hint: omit --column",
        ]
        assert not (tmp_path / "r").exists()


def test_training_without_the_column_says_how_to_name_it(tmp_path, table, capsys):
    code, _, err = run(capsys, "train", "--preset", "tiny", "--corpus", table, "--out", tmp_path / "r")
    assert code == 3
    assert err.splitlines()[-2:] == [
        f"error: {table}: no column of strings 'text'; there are: id, body",
        "hint: name the one with the sentences: --column NAME",
    ]


def test_the_column_is_part_of_the_configuration_and_of_what_a_resume_compares(capsys):
    code, out, _ = run(capsys, "train", "--preset", "tiny", "--column", "body", "--print-config")
    assert code == 0
    assert "  column: body\n" in out
    named, other = load_config("tiny", ["data.column=body"]), load_config("tiny")
    assert parse_config(json.loads(named.model_dump_json()), "state") == named
    assert list(changes(named, other)) == ["data.column"]
    older = other.model_dump(mode="json")
    del older["data"]["column"]
    assert not changes(parse_config(older, "a state of before"), other)


def test_a_stopped_run_is_continued_with_its_column(monkeypatch, capsys, tmp_path, table):
    def stop(config, *_, **__):
        raise Interrupted(f"stopped with {config.data.column}")

    monkeypatch.setitem(
        sys.modules, "latentlab.training.loop", SimpleNamespace(Interrupted=Interrupted, train=stop)
    )
    code, _, err = run(capsys, "train", "--corpus", table, "--column", "the body", "--out", tmp_path / "r")
    assert code == 130
    assert "stopped with the body" in err
    assert "give the same command again" in err.splitlines()[-1]


@pytest.mark.parametrize(
    "arguments", [["reconstruct", "x", "--text"], ["interpolate", "x", "--from", "A.", "--to"]], ids=" ".join
)
def test_a_sentence_of_invisible_characters_has_no_words_in_it(capsys, monkeypatch, arguments):
    monkeypatch.setattr("latentlab.analysis.loading.load_models", lambda *_, **__: [])
    code, _, err = run(capsys, *arguments, "\u200b\u00ad")
    assert code in (2, 3)
    assert err.splitlines()[0] == f"error: {arguments[-1]} has no words in it"
