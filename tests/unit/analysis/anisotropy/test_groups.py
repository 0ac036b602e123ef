"""`--group`: whole groups are held out, resampled, written beside vectors; other groups are warned of."""

import json
from itertools import product

import numpy as np
import pytest
from noise_fakes import BagOfWords, Signs, corpus

from latentlab import cli
from latentlab.analysis.comparison import control_selection
from latentlab.analysis.loading import groups_of
from latentlab.analysis.memorisation_report import memorisation
from latentlab.analysis.noise.noise_report import measure_noise
from latentlab.analysis.noise.noise_robustness import Sweep
from latentlab.analysis.reconstruction_report import parts_of
from latentlab.corpora import Corpus, read_corpus, split_of
from latentlab.errors import InputError
from latentlab.results.report import interval_units
from latentlab.results.sentence_rows import SentenceRows
from latentlab.training.data import gather_texts
from latentlab.training.resume import changes
from latentlab.training.train_config import DataConfig, TrainConfig, load_config, parse_config

NAMES = ["Tom", "Mary", "John", "Ann", "Bob", "Jane", "Paul", "Rose", "Carl", "Lucy", "Fred", "Emma"]
VERBS = ["saw", "found", "bought", "sold", "lost", "took", "kept", "drew", "cleaned", "hid", "moved", "left"]
NOUNS = ["car", "book", "dog", "lamp", "hat", "key", "map", "boat", "cup", "coat"]
EVERY = [f"{a} {b} the {c}." for a, b, c in product(NAMES, VERBS, NOUNS)]
ROWS = [{"text": text, "source": f"book {i % 149}"} for i, text in enumerate(EVERY) if i % 6]
SOURCE = {row["text"]: row["source"] for row in ROWS}
ASKED = Sweep(low=-10.0, high=10.0, step=5.0, seeds=1)


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def as_jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.fixture
def books(tmp_path):
    return as_jsonl(tmp_path / "books.jsonl", ROWS)


def learned(texts):
    return {*texts.train, *(text for pair in texts.extra for text in pair)}


# Training


def test_training_holds_whole_groups_out(books):
    texts = gather_texts(DataConfig(corpora=(books,), group="source"), 0)
    parts = [{SOURCE[text] for text in part} for part in (texts.train, texts.validation, texts.test)]
    assert all(parts)
    assert sum(map(len, parts)) == len(set.union(*parts)) == 149
    assert parts[2] == {name for name in SOURCE.values() if split_of(name) == "test"}
    # Without the column the same sentences are cut through their groups.
    plain = gather_texts(DataConfig(corpora=(books,)), 0)
    assert {SOURCE[text] for text in plain.test} & {SOURCE[text] for text in plain.train}


def test_a_held_out_sentence_does_not_come_back_by_another_file_a_pair_or_as_a_made_one(tmp_path, books):
    groups = {"corpora": (books,), "group": "source"}
    held_out = gather_texts(DataConfig(**groups), 0)
    away = [*held_out.test, *held_out.validation]
    # By their own hash nearly all of them would be learned.
    hidden = [text for text in away if split_of(text) == "train"]
    assert len(hidden) > len(away) / 2
    others = [text for text in held_out.train if split_of(text) == "train"][:20]
    again = tmp_path / "again.txt"
    again.write_text("\n".join(text.upper() for text in hidden) + "\nMary is here.\n")
    pairs = tmp_path / "pairs.tsv"
    rows = [*((text, other) for text, other in zip(hidden, others, strict=False)), (others[0], others[1])]
    pairs.write_text("".join(f"{a}\t{b}\n" for a, b in rows))
    config = DataConfig(corpora=(books, str(again)), group="source", pairs=str(pairs), substitutions=1)
    texts = gather_texts(config, 0)
    known = {text.casefold() for text in learned(texts)}
    assert "mary is here." in known
    assert not known & {text.casefold() for text in away}
    made = [text for text, _ in texts.extra[:-1]]
    assert len(made) > 50
    assert {*made} <= {*EVERY}
    assert texts.extra[-1] == (others[0], others[1])


def test_of_two_files_that_disagree_the_held_out_part_wins(tmp_path, books):
    held = next(row for row in ROWS if split_of(row["source"]) == "test")
    kept = next(row["source"] for row in ROWS if split_of(row["source"]) == "train")
    other = as_jsonl(tmp_path / "other.jsonl", [{**held, "source": kept}, {"text": "Hi.", "source": kept}])
    texts = gather_texts(DataConfig(corpora=(books, other), group="source"), 0)
    assert held["text"] in texts.test
    assert held["text"] not in learned(texts)
    assert "Hi." in texts.train


def test_groups_are_part_of_the_configuration_and_of_what_a_resume_compares(capsys):
    code, out, _ = run(capsys, "train", "--preset", "tiny", "--group", "source", "--print-config")
    assert code == 0
    assert "  group: source\n" in out
    named, other = load_config("tiny", ["data.group=source"]), load_config("tiny")
    assert parse_config(json.loads(named.model_dump_json()), "state") == named
    assert changes(named, other) == {"data.group": ("source", None)}
    older = other.model_dump(mode="json")
    del older["data"]["group"]
    assert changes(TrainConfig.model_validate(older), other) == {}


def test_too_few_groups_to_hold_out_are_named_as_such(capsys, tmp_path):
    rows = [{**row, "source": "one" if i % 2 else "two"} for i, row in enumerate(ROWS)]
    path = as_jsonl(tmp_path / "x.jsonl", rows)
    arguments = ["train", "--preset", "tiny", "--corpus", path, "--group", "source", "--out", tmp_path / "r"]
    code, _, err = run(capsys, *arguments)
    assert code == 3
    assert err.splitlines()[-1].startswith("hint: 2 % of the groups are held out for validation")


# Commands


@pytest.mark.parametrize("option", [[], ["--corpus"]], ids=["shipped", "a .txt"])
def test_training_refuses_groups_that_no_file_can_have(tmp_path, capsys, option):
    (tmp_path / "a.txt").write_text("\n".join(SOURCE))
    corpora = [*option, tmp_path / "a.txt"] if option else []
    code, _, err = run(capsys, "train", "--preset", "tiny", "--out", tmp_path / "r", *corpora, "--group", "b")
    assert code == 2
    assert err.splitlines()[-2:] == [
        "error: data.group is for corpora with columns, and there is none",
        "hint: omit --group",
    ]


@pytest.mark.parametrize("command", ["reconstruct", "noise", "memorisation", "report", "project", "encode"])
def test_an_unknown_column_lists_the_columns(capsys, monkeypatch, tmp_path, books, command):
    monkeypatch.setattr("latentlab.analysis.loading.load_models", lambda *_, **__: [])
    where = {"encode": [books]}.get(command, ["--corpus", books])
    out = {"report": ["--out", tmp_path / "r"], "project": ["--out", tmp_path / "x.csv"]}
    out["encode"] = ["--out", tmp_path / "x.npy"]
    code, _, err = run(capsys, command, "x", *where, *out.get(command, []), "--group", "autor")
    assert code == 3
    assert err.splitlines() == [
        f"error: {books}: no column 'autor'; there are: text, source",
        "hint: name the one that says what belongs together: --group NAME",
    ]


def test_a_sentence_that_is_given_has_no_group(capsys):
    code, _, err = run(capsys, "reconstruct", "x", "--text", "A.", "--group", "source")
    assert code == 2
    assert err.startswith("error: --group is for sentences of --corpus")


def test_a_model_that_was_trained_with_other_groups_is_named(monkeypatch):
    data = {"a": {"group": "source"}, "b": {"group": None}, "c": {"corpora": []}}
    models = [Signs(name) for name in (*data, "pt")]
    known = {name: {"data": each} for name, each in data.items()}
    monkeypatch.setattr(control_selection, "training_of", lambda model: known.get(model.name, {}))
    rest = ": sentences that are held out here may have been learned"
    assert control_selection.group_notes(models, "source") == [
        f"b, c: trained with no --group, and this command has --group source{rest}"
    ]
    assert control_selection.group_notes(models, None) == [
        f"a: trained with --group source, and this command has no --group{rest}"
    ]
    assert len(control_selection.group_notes(models, "author")) == 2
    assert control_selection.group_notes(models[-1:], "author") == []


# What is measured


def test_parts_of_a_grouped_corpus_cut_no_group(books):
    corpus = read_corpus(books, group="source")
    parts = parts_of(corpus, None)
    held, train = ({SOURCE[text] for text in parts[name]} for name in ("held out", "train"))
    assert held
    assert not held & train
    labels = groups_of(corpus, parts["held out"])
    assert len(np.unique(labels)) == len(held)
    assert groups_of(read_corpus(books), parts["train"]) is None


def grouped(n, copies):
    """Sentences that differ from others of their group in little, as one channel sends them."""
    texts = corpus(n).texts
    return texts, np.arange(n) // copies


def test_intervals_of_a_sweep_are_of_groups():
    texts, labels = grouped(60, 6)
    plain, told = (
        measure_noise([Signs()], texts, ASKED, similarity_encoder=BagOfWords(), groups=groups).to_dict()[
            "results"
        ]["items"][0]
        for groups in (None, labels)
    )
    assert [point["ter"]["value"] for point in told["points"]] == [p["ter"]["value"] for p in plain["points"]]
    for key in ("ter", "exact_match", "cosine"):
        assert told["points"][1][key]["ci95"] != plain["points"][1][key]["ci95"]
    with pytest.raises(InputError, match="all 60 sentences are of one group"):
        measure_noise(
            [Signs()], texts, ASKED, similarity_encoder=BagOfWords(), groups=np.zeros(60, dtype=np.int64)
        )


def test_the_hash_map_test_pairs_sentences_of_different_groups():
    texts, labels = grouped(400, 5)
    own = Corpus(texts, "own", {"source": tuple(f"s{label}" for label in labels)}, group="source")
    held_out = own.split("test")
    item = memorisation(
        [Signs("smooth")],
        held_out.texts,
        ASKED,
        groups=groups_of(own, held_out.texts),
        corpus=own,
        similarity_encoder=BagOfWords(),
    ).to_dict()["results"]["items"][0]
    assert item["verdict"]["verdict"] == "SMOOTH"
    source = dict(zip(own.texts, own.groups, strict=True))
    for example in item["examples"]["middles"]:
        assert source[example["a"]] != source[example["b"]]


def test_the_group_is_written_beside_vectors(books):
    sentences = read_corpus(books, group="source")
    columns = SentenceRows.of(sentences).columns()
    assert columns["group"] == tuple(SOURCE.values())
    assert SentenceRows.from_columns(columns) == SentenceRows.of(sentences)
    assert "group" not in SentenceRows.of(read_corpus(books)).columns()
    assert interval_units({"group": "source"}) == "groups of one source"
