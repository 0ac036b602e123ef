"""The controlled grammar: what it writes, what it says about it, and that it always writes the same."""

import errno
import os
import re
from collections import Counter
from itertools import pairwise

import pytest

from latentlab.corpora import data_folder, read_corpus, shipped_corpus
from latentlab.corpora.grammar.grammar import FACTORS, NONE, generate, main, realise, size
from latentlab.errors import CorpusError, ResourceError


@pytest.fixture(scope="module")
def shipped():
    return shipped_corpus()


@pytest.fixture(scope="module")
def rows(shipped):
    return [
        dict(zip(FACTORS, values, strict=True))
        for values in zip(*(shipped.factors[f] for f in FACTORS), strict=True)
    ]


def test_every_shipped_row_is_realised_from_its_factors(shipped, rows):
    assert [realise(row) for row in rows] == list(shipped.texts)


def test_every_row_has_every_factor_and_no_other(shipped):
    assert tuple(shipped.factors) == FACTORS
    assert all(value for column in shipped.factors.values() for value in column)


def test_nothing_is_written_twice(shipped):
    assert len(shipped) == len(set(shipped.texts)) == 30_000
    assert shipped.dropped == {"empty": 0, "duplicates": 0}


def test_the_grammar_is_large_and_says_how_large():
    assert size() > 1_000_000
    with pytest.raises(CorpusError, match=f"cannot write {size() + 1} sentences"):
        generate(size() + 1, seed=0)
    with pytest.raises(CorpusError, match="cannot write 0 sentences"):
        generate(0, seed=0)


def test_generation_is_seeded_and_a_shorter_corpus_is_the_beginning_of_a_longer_one():
    longer = generate(300, seed=5)
    assert longer.texts == generate(300, seed=5).texts
    assert longer.texts[:100] == generate(100, seed=5).texts
    assert len(set(longer.texts) & set(generate(300, seed=6).texts)) < 30


def test_the_shipped_file_is_what_its_command_writes(tmp_path, shipped):
    main(["--n", "30000", "--seed", "0", "--out", str(tmp_path / "again.jsonl.gz")])
    assert (tmp_path / "again.jsonl.gz").read_bytes() == (data_folder() / "sentences.jsonl.gz").read_bytes()
    assert (data_folder() / "sentences.jsonl.gz").stat().st_size < 2_500_000


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    main(["--n", "3", "--out", str(tmp_path / "new" / "a.jsonl.gz")])
    before = (tmp_path / "new" / "a.jsonl.gz").read_bytes()
    monkeypatch.setattr("latentlab.files.os.fsync", full)
    with pytest.raises(ResourceError, match=r"cannot write .*a\.jsonl\.gz"):
        main(["--n", "4", "--out", str(tmp_path / "new" / "a.jsonl.gz")])
    assert (tmp_path / "new" / "a.jsonl.gz").read_bytes() == before


def test_what_is_written_is_read_back_with_its_factors(tmp_path):
    main(["--n", "50", "--seed", "2", "--out", str(tmp_path / "a.jsonl.gz")])
    corpus, drawn = read_corpus(tmp_path / "a.jsonl.gz"), generate(50, seed=2)
    assert (corpus.texts, corpus.factors, corpus.fingerprint) == (
        drawn.texts,
        drawn.factors,
        drawn.fingerprint,
    )


def test_sentences_are_short_and_well_formed(shipped):
    lengths = Counter(min(len(text.split()), 11) for text in shipped.texts)
    assert sum(lengths[n] for n in range(3, 10)) > 0.97 * len(shipped)
    assert lengths[11] < 30
    for text in shipped.texts:
        assert re.fullmatch(r"[A-Z][A-Za-z' ]*[.?]", text), text
        assert "  " not in text
        assert NONE not in text.split()


def test_no_sentence_has_a_broken_word_sequence(shipped):
    for text in shipped.texts:
        words = text[:-1].lower().split()
        assert not any(a == b for a, b in pairwise(words)), text
        for a, b in pairwise(words):
            vowel = b[0] in "aeiou" and not b.startswith(("one", "uni"))
            assert a != "a" or not vowel, text
            assert a != "an" or vowel, text


def test_present_agrees_with_the_subject(shipped, rows):
    for row, text in zip(rows, shipped.texts, strict=True):
        if row["sentence_type"] == "statement" and row["tense"] == "present" and row["modal"] == NONE:
            words = set(text[:-1].split())
            singular = row["person"] == "third" and row["number"] == "singular"
            wrong = (
                {"don't", "aren't", "haven't", "are"}
                if singular
                else {"doesn't", "isn't", "hasn't", "is", "has"}
            )
            assert not words & wrong, text


def test_the_factors_say_what_the_words_say(shipped, rows):
    for row, text in zip(rows, shipped.texts, strict=True):
        assert (row["sentence_type"] == "question") == text.endswith("?")
        assert (row["politeness"] == "please") == text.startswith("Please")
        negated = bool(re.search(r"n't\b|\b(not|never)\b", text))
        assert (row["polarity"] == "negative") == negated, text
        for factor in ("time", "adverb", "adjective", "subject_adjective", "manner", "degree", "recipient"):
            assert row[factor] == NONE or f" {row[factor]}" in text, (factor, text)
        assert row["adjective"] not in ("a", "an", "the", "some"), text
        assert (row["object"] == NONE) == (row["object_number"] == NONE) or row["object"] == "you", text
        if row["tense"] == "future":
            assert re.search(r"\b(will|won't)\b|'ll\b", text, re.IGNORECASE), text


@pytest.mark.parametrize(
    ("factor", "least"),
    [
        ("sentence_type", 4),
        ("construction", 10),
        ("subject", 60),
        ("verb", 80),
        ("object", 100),
        ("tense", 3),
        ("aspect", 3),
        ("modal", 7),
        ("place", 80),
        ("time", 20),
        ("adjective", 80),
    ],
)
def test_no_value_of_a_factor_crowds_out_the_others(shipped, factor, least):
    values = Counter(value for value in shipped.factors[factor] if value != NONE)
    assert len(values) >= least
    assert max(values.values()) < 0.85 * len(shipped)


@pytest.mark.parametrize("factor", ["subject", "verb", "object", "place", "time", "adjective"])
def test_no_word_dominates(shipped, factor):
    values = Counter(value for value in shipped.factors[factor] if value != NONE)
    if factor == "verb":
        del values["be"]
    assert max(values.values()) < 0.12 * len(shipped)


def test_changing_one_factor_changes_the_sentence_as_told(rows):
    for row in rows[:3000]:
        if row["sentence_type"] == "statement" and row["tense"] == "past" and row["adverb"] == NONE:
            other = "negative" if row["polarity"] == "affirmative" else "affirmative"
            changed = realise(row | {"polarity": other})
            assert bool(re.search(r"n't\b", changed)) == (other == "negative")
            assert realise(row | {"polarity": row["polarity"]}) != changed
