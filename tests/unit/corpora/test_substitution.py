"""Made sentences: new, from the training part alone, and of the corpus's own words."""

import re

import pytest

from latentlab.corpora import split_of
from latentlab.corpora.casing import TOKEN, Wording
from latentlab.corpora.substitution import plant_words, spread_rare_words, substitute
from latentlab.models.encoder.encoder_load import _words as encoder_words
from latentlab.training.data import gather_texts
from latentlab.training.train_config import DataConfig

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
    texts = [*TEXTS, "Running is fun.", "Please stop talking now.", "The whistle sounded.", "We don't know."]
    words_of_encoder = ["walrus", "walruses", "cat", "whistling", "shell", "shelled", "don", "dons", "smith"]
    new = plant_words(texts, words_of_encoder, 600, seed=0)
    taken = {w for t in new for w in words([t])} - words(texts)
    # Not "cat" and "don", which are known, nor "smith", of which there is no other form.
    assert {w.lower() for w in taken} == {"walrus", "walruses", "whistling", "shell", "shelled", "dons"}
    assert {t for t in new if "histling" in t} == {"Whistling is fun.", "Please stop whistling now."}
    assert any(re.fullmatch(r"The cat walruses \w+\.", t) for t in new)  # where "sleeps" stood
    # "sleeps" ends in s, "shell" does not.
    assert not any(re.fullmatch(r"The cat shell \w+\.", t) for t in new)
    assert all(split_of(text) == "train" for text in new)
    assert new == plant_words(texts, words_of_encoder, 600, seed=0)


def test_the_article_before_a_planted_word_fits_it(monkeypatch):
    monkeypatch.setattr("latentlab.corpora.substitution._FUNCTION_WORDS", 3)
    texts = [f"I saw a {noun} {place}." for noun in ["platypus", "kitten", "pelican"] for place in PLACES]
    new = plant_words(texts, ["owl", "owls", "crane", "cranes"], 400, seed=0)
    assert any("an owl " in t for t in new)
    assert any("a crane " in t for t in new)
    assert not any("a owl " in t or "an crane " in t for t in new)


def test_sentences_of_the_grammar_are_new_and_of_the_training_part():
    plain, more = (gather_texts(DataConfig(grammar=share), 0) for share in (0.0, 0.1))
    made = [text for text, _ in more.extra]
    assert plain.extra == []
    assert 0.05 * len(plain.train) < len(made) <= 0.1 * len(plain.train)
    assert not set(made) & set(plain.train)
    assert all(split_of(text) == "train" for text in made)


def test_spread_words_are_written_as_the_corpus_writes_them():
    texts = [
        "Soon we ate.",
        "I saw Tom.",
        "We saw an owl.",
        "We ate at an hour.",
        "A dog barks.",
        "Often I sing.",
    ]
    wording = Wording(texts)
    sentence = "We saw a dog."
    spans = list(TOKEN.finditer(sentence))
    assert wording.put(sentence, spans[3], "owl") == "We saw an owl."
    assert wording.put(sentence, spans[3], "hour") == "We saw an hour."  # by the corpus, not by its letter
    assert wording.put(sentence, spans[3], "tom") == "We saw a Tom."
    assert wording.put(sentence, spans[0], "tom") == "Tom saw a dog."
    assert wording.put(sentence, spans[3], "Often") is None  # seen at beginnings alone
    assert wording.put("An owl barks.", list(TOKEN.finditer("An owl barks."))[1], "dog") == "A dog barks."


def test_nothing_to_swap_gives_nothing():
    assert plant_words(TEXTS, ["cat"], 10, seed=0) == []
    assert plant_words(["Hi."], ["walrus"], 10, seed=0) == []
    assert substitute(["Hello."], 10, seed=0) == []
    assert spread_rare_words(["Hello."], 10, seed=0) == []


@pytest.mark.parametrize(
    "vocabulary",
    [
        {
            "[PAD]": 0,
            "the": 1,
            "walrus": 2,
            "##ing": 3,
            "Ġ": 4,
            "ab": 5,
            "Tom": 6,
            **{f"##{i}": 9 for i in range(9)},
        },
        {"<s>": 0, "Ġthe": 1, "Ġwalrus": 2, "ing": 3, "Ġab": 4, "ĠTom": 5},
        {"<s>": 0, "▁the": 1, "▁walrus": 2, "ing": 3, "▁ab": 4, "▁Tom": 5},
        {"the</w>": 0, "walrus</w>": 1, "ing": 2, "ab</w>": 3, "Tom</w>": 4},
    ],
    ids=["wordpiece", "byte-level", "sentencepiece", "bpe"],
)
def test_the_words_of_a_vocabulary_are_no_pieces(vocabulary):
    assert encoder_words(vocabulary) == ["the", "walrus"]


def test_the_encoder_is_asked_for_words_only_where_they_are_wanted(tmp_path, monkeypatch):
    monkeypatch.setattr("latentlab.corpora.substitution._FUNCTION_WORDS", 4)
    corpus = tmp_path / "corpus.txt"
    corpus.write_text(
        "\n".join(
            f"The {n} {v} {p} number {i}." for n in NOUNS for v in VERBS for p in PLACES for i in range(9)
        )
    )
    config = DataConfig(corpora=(str(corpus),), encoder_words=1.0)
    made = gather_texts(config, 0, lambda: ["walrus", "walruses"]).extra
    assert made
    assert all("walrus" in text.lower() for text, _ in made)
    plain = DataConfig(corpora=(str(corpus),))
    assert gather_texts(plain, 0, lambda: pytest.fail("nobody wanted words")).extra == []


def test_a_pair_with_a_held_out_sentence_is_not_learned(tmp_path, caplog):
    parts = {"train": [], "test": []}
    for i in range(400):
        text = f"Sentence number {i} is here."
        parts.setdefault(split_of(text), []).append(text)
    corpus, pairs = tmp_path / "corpus.txt", tmp_path / "pairs.tsv"
    corpus.write_text("\n".join(text for part in parts.values() for text in part))
    a, b, held_out = parts["train"][0], parts["train"][1], parts["test"][0]
    pairs.write_text(f"{a}\t{b}\n{a}\t{held_out}\n{held_out}\t{a}\n")
    texts = gather_texts(DataConfig(corpora=(str(corpus),), pairs=str(pairs)), 0)
    assert texts.extra == [(a, b)]
    assert "2 of 3 pairs have a held-out sentence" in caplog.text
