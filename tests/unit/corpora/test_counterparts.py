"""Sentences beside what one changed factor makes of them."""

import re

import pytest

from latentlab.corpora import Corpus, shipped_corpus
from latentlab.corpora.counterparts import counterparts
from latentlab.corpora.normalisation import split_of
from latentlab.errors import CorpusError, UsageError


@pytest.fixture(scope="module")
def corpus():
    return shipped_corpus()


@pytest.mark.parametrize("split", ["train", "test"])
def test_only_the_factor_differs_and_the_answer_is_of_the_part_asked_for(corpus, split):
    pairs = counterparts(corpus, "polarity", "affirmative", "negative", split=split, n=20, seed=0)
    assert len(pairs) == 20
    rows = {text: i for i, text in enumerate(corpus.texts)}
    for text, answer in pairs:
        assert corpus.factors["polarity"][rows[text]] == "affirmative"
        assert split_of(answer) == split
        assert re.search(r"n't\b|\bnot\b", answer)
        assert not re.search(r"n't\b|\bnot\b", text)
        if split == "train":
            assert split_of(text) == "train"


def test_the_first_of_many_are_those_of_few(corpus):
    few, many = (
        counterparts(corpus, "tense", "present", "past", split="train", n=n, seed=3) for n in (5, 15)
    )
    assert many[:5] == few
    assert few != counterparts(corpus, "tense", "present", "past", split="train", n=5, seed=4)


def test_what_cannot_be_asked_is_said(corpus):
    ask = {"split": "train", "n": 1, "seed": 0}
    with pytest.raises(UsageError, match="no factor is called 'colour'") as caught:
        counterparts(corpus, "colour", "red", "blue", **ask)
    assert "tense" in caught.value.hint
    with pytest.raises(UsageError, match="tense is never 'pluperfect'") as caught:
        counterparts(corpus, "tense", "present", "pluperfect", **ask)
    assert "past" in caught.value.hint
    with pytest.raises(CorpusError, match="does not know its factors"):
        counterparts(Corpus(("a b",), "plain"), "tense", "present", "past", **ask)
    with pytest.raises(CorpusError, match=r"no train sentence of .* when animacy goes from human to animal"):
        counterparts(corpus, "animacy", "human", "animal", **ask)
