"""What holds for all texts and all corpora."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from latentlab.corpora import Corpus, normalise, read_corpus, split_of
from latentlab.corpora.grammar.grammar import FACTORS, generate, realise
from latentlab.corpora.normalisation import is_blank

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
latin = st.text("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.,?!'", max_size=60)


@given(texts)
def test_normalise_is_idempotent_and_leaves_single_blanks(text):
    once = normalise(text)
    assert normalise(once) == once
    assert once == " ".join(once.split())


@given(latin)
def test_the_split_does_not_depend_on_case_or_white_space(text):
    assert split_of(text) == split_of(text.swapcase()) == split_of("\t" + text.replace(" ", "  \n"))


@given(st.lists(texts, unique_by=lambda text: normalise(text).casefold(), max_size=40), st.randoms())
def test_splits_partition_a_corpus_whatever_its_order(sentences, rng):
    shuffled = rng.sample(sentences, len(sentences))
    corpus, other = Corpus(tuple(sentences), "made"), Corpus(tuple(shuffled), "made")
    parts = [set(corpus.split(name).texts) for name in ("train", "val", "test")]
    assert sum(map(len, parts)) == len(sentences)
    assert set().union(*parts) == set(sentences)
    assert parts == [set(other.split(name).texts) for name in ("train", "val", "test")]


@given(st.integers(0, 2**32), st.integers(1, 30), st.integers(1, 30))
def test_samples_of_one_seed_are_nested_and_keep_their_factors(seed, m, n):
    corpus = Corpus(tuple(f"Sentence {i}." for i in range(30)), "made", {"i": tuple(map(str, range(30)))})
    shorter, longer = corpus.sample(min(m, n), seed), corpus.sample(max(m, n), seed)
    assert longer.texts[: len(shorter)] == shorter.texts
    assert len(set(longer.texts)) == len(longer)
    assert all(text == f"Sentence {i}." for text, i in zip(longer.texts, longer.factors["i"], strict=True))


@settings(deadline=None)  # writes files
@given(st.lists(texts, min_size=1, max_size=20))
def test_a_file_read_holds_each_normalised_sentence_once(tmp_path_factory, sentences):
    # A byte order mark before a line is no part of it, and a line that shows nothing is none.
    lines = [s.replace("\n", " ").replace("\0", "").lstrip("\ufeff") for s in sentences]
    lines = [text for text in lines if not is_blank(text)]
    path = tmp_path_factory.mktemp("corpus") / "a.txt"
    path.write_bytes(("First line.\n" + "\n".join(lines)).encode())
    corpus = read_corpus(path)
    assert list(corpus.texts) == list(dict.fromkeys(["First line.", *map(normalise, lines)]))


@settings(max_examples=20, deadline=None)  # the first call builds the grammar
@given(st.integers(0, 2**32))
def test_every_seed_writes_distinct_sentences_that_their_factors_realise(seed):
    n = random.Random(seed).randint(1, 60)
    corpus = generate(n, seed)
    assert len(set(corpus.texts)) == n
    for row, text in enumerate(corpus.texts):
        assert realise({name: corpus.factors[name][row] for name in FACTORS}) == text
        assert normalise(text) == text
