"""The decoder's vocabulary: every text survives, specials are numbers that no text can reach."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentlab.models.tokenizer import MASK, PAD, TextTokenizer

TEXTS = ["the cat sleeps", "a dog runs", "we don't like tea"]
TOKENIZER = TextTokenizer.train(TEXTS, 300)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_every_stripped_text_comes_back(text):
    text = " ".join(text.split())
    ids = TOKENIZER.encode([text])[0]
    assert TOKENIZER.decode([ids]) == [text]
    assert not {MASK, PAD} & set(ids)


def test_a_special_s_name_in_a_text_is_spelt_out():
    ids = TOKENIZER.encode(["the <mask> sleeps"])[0]
    assert MASK not in ids
    assert TOKENIZER.decode([ids]) == ["the <mask> sleeps"]


def test_masks_and_pads_are_not_shown():
    ids = TOKENIZER.encode(["the cat"])[0]
    assert TOKENIZER.decode([[MASK, *ids, PAD]]) == ["the cat"]


def test_it_writes_and_reads_itself():
    again = TextTokenizer.from_json(TOKENIZER.to_json())
    assert again.encode(TEXTS) == TOKENIZER.encode(TEXTS)
    assert len(again) == len(TOKENIZER)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not json"])
def test_what_is_no_tokenizer_is_refused(text):
    with pytest.raises(ValueError, match="not a tokenizer"):
        TextTokenizer.from_json(text)


def test_moved_specials_are_refused():
    moved = TOKENIZER.to_json().replace('"<mask>"', '"<was-mask>"')
    with pytest.raises(ValueError, match="must be 0 and 1"):
        TextTokenizer.from_json(moved)
