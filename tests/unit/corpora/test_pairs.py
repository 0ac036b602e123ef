"""Pairs of the grammar, what is known of their middles, and pairs files with bad lines."""

import json

import pytest

from latentlab.corpora import data_folder, split_of
from latentlab.corpora.grammar.grammar import generate
from latentlab.corpora.pair_files import SHIPPED, Pair, corpus_pairs, grammar_pairs, load_pairs, main, middles
from latentlab.errors import CorpusError


@pytest.fixture(scope="module")
def shipped():
    pairs, complaints = load_pairs(data_folder() / "pairs.jsonl")
    assert complaints == []
    return pairs


def test_the_shipped_pairs_are_held_out_and_different(shipped):
    assert {kind: sum(pair.kind == kind for pair in shipped) for kind in SHIPPED} == SHIPPED
    texts = [text for pair in shipped for text in (pair.a, pair.b)]
    assert len(set(texts)) == len(texts) == 400
    assert {split_of(text) for text in texts} == {"test"}


def test_the_shipped_pairs_are_what_the_command_writes(tmp_path):
    main(["--out", str(tmp_path / "pairs.jsonl")])
    assert (tmp_path / "pairs.jsonl").read_bytes() == (data_folder() / "pairs.jsonl").read_bytes()


def test_both_ends_are_among_the_middles(shipped):
    for pair in [pair for pair in shipped if pair.kind in ("one", "two")][::5]:
        known = middles(pair.shared)
        assert {pair.a, pair.b} <= known, pair
        assert "The the." not in known


def test_middles_keep_what_is_shared():
    corpus = generate(200, seed=5)
    row = next(
        i
        for i in range(200)
        if corpus.factors["tense"][i] == "past" and corpus.factors["object"][i] != "none"
    )
    shared = {name: values[row] for name, values in corpus.factors.items() if not name.startswith("object")}
    shared.pop("adjective")
    known = middles(shared)
    assert corpus.texts[row] in known
    assert known <= middles({name: shared[name] for name in ("verb", "tense", "subject", "sentence_type")})
    with pytest.raises(CorpusError, match="different verbs"):
        middles({})


def test_fewer_pairs_are_the_first_of_more():
    few, more = grammar_pairs({"one": 3}, seed=1), grammar_pairs({"one": 5}, seed=1)
    assert few == more[:3]
    assert few != grammar_pairs({"one": 3}, seed=2)
    with pytest.raises(CorpusError, match="no kind"):
        grammar_pairs({"three": 1}, seed=0)


def test_pairs_of_any_corpus():
    pairs = corpus_pairs(generate(50, seed=0), 10, seed=3)
    assert len({text for pair in pairs for text in (pair.a, pair.b)}) == 20


def test_bad_lines_are_named_and_the_rest_is_read(tmp_path):
    lines = [
        json.dumps({"a": "One cat.", "b": "Two dogs."}),
        "not json",
        "",
        json.dumps({"a": "One cat."}),
        json.dumps(["a", "b"]),
        json.dumps({"a": " ", "b": "x"}),
        json.dumps({"a": "x", "b": "y", "shared": {"colour": "red"}}),
        '{"a": "\\ud800", "b": "x"}',
        json.dumps({"a": "Fine.", "b": "Too.", "kind": "mine"}),
    ]
    file = tmp_path / "pairs.jsonl"
    file.write_bytes("\n".join(lines).encode() + b'\n{"a": "\xff", "b": "x"}\n')
    pairs, complaints = load_pairs(file)
    assert pairs == [Pair("One cat.", "Two dogs."), Pair("Fine.", "Too.", "mine")]
    assert [complaint.split(":")[0] for complaint in complaints] == [
        f"line {n}" for n in (2, 4, 5, 6, 7, 8, 10)
    ]


@pytest.mark.parametrize("content", ["", "nothing\n"])
def test_a_file_without_pairs_is_refused(tmp_path, content):
    file = tmp_path / "pairs.jsonl"
    file.write_text(content)
    with pytest.raises(CorpusError, match="no pair"):
        load_pairs(file)
    with pytest.raises(CorpusError, match="cannot read"):
        load_pairs(tmp_path / "absent.jsonl")
