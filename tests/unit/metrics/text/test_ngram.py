"""The judge against sums, a hand count, and what it must prefer."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from latentlab.errors import CorpusError
from latentlab.metrics.text.ngram import END, START, UNKNOWN, NGram

TEXTS = [
    "the cat sees the dog",
    "the dog sees a bird",
    "a bird sees the cat",
    "the cat sleeps",
    "a dog sleeps",
]


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("context", [[], ["the"], ["a", "dog"], [START], [START, "the"], ["never", "seen"]])
def test_probabilities_sum_to_one(order, context):
    judge = NGram.fit(TEXTS, order=order)
    total = sum(judge.probability(word, context) for word in (*judge.vocabulary, UNKNOWN))
    assert total == pytest.approx(1, abs=1e-12)
    assert END in judge.vocabulary


def test_bigrams_are_those_of_the_textbook():
    """p(dog | the) from the definition, with counts made here."""
    judge = NGram.fit(TEXTS, order=2)
    sentences = [[START, *text.split(), END] for text in TEXTS]
    bigrams = Counter(pair for words in sentences for pair in itertools.pairwise(words))
    once, twice = (sum(count == n for count in bigrams.values()) for n in (1, 2))
    d = once / (once + 2 * twice)
    left = Counter(word for _, word in bigrams)  # different words to the left
    # Nothing stands left of the first word but the beginning, which is a word to the left like any other.
    n1, n2 = (sum(count == n for count in left.values()) for n in (1, 2))
    d0 = n1 / (n1 + 2 * n2)
    uniform = 1 / (len(left) + 1)
    lower = (max(left["dog"] - d0, 0) + d0 * len(left) * uniform) / left.total()
    followers = {word: count for (first, word), count in bigrams.items() if first == "the"}
    expected = (max(followers["dog"] - d, 0) + d * len(followers) * lower) / sum(followers.values())
    assert judge.probability("dog", ["the"]) == pytest.approx(expected, rel=1e-12)


def test_a_sentence_is_the_product_of_its_words():
    judge = NGram.fit(TEXTS, order=3)
    text = "the bird sees a cat"
    words = text.split()
    product = sum(math.log(judge.probability(w, [START, *words[:i]])) for i, w in enumerate([*words, END]))
    assert float(judge.log_probabilities(text).sum()) == pytest.approx(product, rel=1e-12)
    assert judge.perplexity([text]) == pytest.approx(math.exp(-product / 6), rel=1e-12)


def test_order_of_words_matters_and_strange_words_are_possible():
    judge = NGram.fit(TEXTS)
    assert judge.perplexity(["the cat sees a bird"]) < judge.perplexity(["cat the bird a sees"])
    strange = judge.log_probabilities("🦊 кот zzz")
    assert np.isfinite(strange).all()
    assert np.isfinite(judge.log_probabilities("")).all()


def test_nothing_to_learn_from():
    with pytest.raises(CorpusError):
        NGram.fit([])
