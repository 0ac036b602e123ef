"""The word-by-word comparison and the parts of a corpus; whole runs are in the integration tests."""

from latentlab.analysis.reconstruction_report import Example, parts_of
from latentlab.corpora import Corpus, split_of


def test_words_are_compared_in_order():
    example = Example.of("the cat sat on the mat", "the dog sat on a mat today")
    assert example.differs == (False, True, False, False, True, False, True)


def test_a_moved_word_differs_once():
    assert sum(Example.of("now the cat sees a dog", "the cat sees a dog now").differs) == 1


def test_equal_sentences_do_not_differ():
    assert Example.of("a b", "a b").to_json() == {
        "text": "a b",
        "output": "a b",
        "exact": True,
        "differs": [False, False],
    }


def test_parts_are_the_splits_of_training_and_no_larger_than_asked():
    corpus = Corpus(tuple(f"sentence number {i}" for i in range(1000)), "made")
    parts = parts_of(corpus, 10, seed=1)
    assert {name: len(texts) for name, texts in parts.items()} == {"held out": 10, "train": 10}
    assert all(split_of(text) == "test" for text in parts["held out"])
    assert all(split_of(text) == "train" for text in parts["train"])
    assert parts_of(corpus, 10, seed=1) == parts


def test_a_part_without_sentences_is_left_out():
    text = next(f"sentence {i}" for i in range(1000) if split_of(f"sentence {i}") == "train")
    assert parts_of(Corpus((text,), "made"), None) == {"train": [text]}
