"""Made sentences: new, from the training part alone, and of the corpus's own words."""

import re

import pytest

from latentlab.corpora import split_of
from latentlab.corpora.substitution import plant_words, spread_rare_words, substitute

NOUNS = ["cat", "dog", "bird", "horse", "teacher", "neighbor", "platypus"]
VERBS = ["sleeps", "runs", "sings"]
PLACES = ["here", "now", "today", "outside", "alone", "again"]
# Every noun has its own last word, so that swapping the nouns of two sentences makes two new ones.
TEXTS = [f"The {n} {v} {p}." for n, p in zip(NOUNS, PLACES, strict=False) for v in VERBS]
TEXTS += ["The platypus sleeps here.", "We like tea."]


def words(texts):
    return {w for t in texts for w in re.findall(r"\w+|[^\w\s]", t)}


@pytest.mark.parametrize("make", [substitute, spread_rare_words])
def test_new_sentences_of_old_words_never_of_a_held_out_split(make):
    new = make(TEXTS, 200, seed=0)
    assert new
    assert not set(new) & set(TEXTS)
    assert len(set(new)) == len(new)
    assert words(new) <= words(TEXTS)
    assert all(split_of(text) == "train" for text in new)
    assert new == make(TEXTS, 200, seed=0)
    assert new != make(TEXTS, 200, seed=1)


def test_a_single_swap_stands_between_neighbours_it_has_in_the_corpus():
    frames = {frame for text in TEXTS for frame in trigrams(text)}
    for text in substitute(TEXTS, 100, seed=0):
        assert any(frame in frames for frame in trigrams(text))


def trigrams(text):
    tokens = ["<s>", *re.findall(r"\w+|[^\w\s]", text.lower()), "</s>"]
    return list(zip(tokens, tokens[1:], tokens[2:], strict=False))


def test_a_word_of_one_sentence_is_written_into_several():
    made = [t for t in spread_rare_words(TEXTS, 400, seed=0) if "platypus" in t]
    assert len({t.replace("platypus", "") for t in made}) > 2


def test_planted_words_are_unknown_ones_with_the_ending_of_what_they_replace(monkeypatch):
    monkeypatch.setattr("latentlab.corpora.substitution._FUNCTION_WORDS", 4)
    texts = [*TEXTS, "Running is fun.", "Please stop talking now."]
    new = plant_words(texts, ["walrus", "cat", "whistling", "shell"], 300, seed=0)
    taken = {w for t in new for w in words([t])} - words(texts)
    assert {w.lower() for w in taken} == {"walrus", "whistling", "shell"}  # not "cat": that one is known
    assert {t for t in new if "histling" in t} == {"Whistling is fun.", "Please stop whistling now."}
    assert any(re.fullmatch(r"The cat walrus \w+\.", t) for t in new)  # where "sleeps" stood
    # "sleeps" ends in s, "shell" does not.
    assert not any(re.fullmatch(r"The cat shell \w+\.", t) for t in new)
    assert all(split_of(text) == "train" for text in new)
    assert new == plant_words(texts, ["walrus", "cat", "whistling", "shell"], 300, seed=0)


def test_nothing_to_swap_gives_nothing():
    assert plant_words(TEXTS, ["cat"], 10, seed=0) == []
    assert plant_words(["Hi."], ["walrus"], 10, seed=0) == []
    assert substitute(["Hello."], 10, seed=0) == []
    assert spread_rare_words(["Hello."], 10, seed=0) == []
