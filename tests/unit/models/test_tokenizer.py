"""The decoder's vocabulary: every text survives, specials are numbers that no text can reach."""

import json

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
    with pytest.raises(ValueError, match=r"not a tokenizer|not valid JSON"):
        TextTokenizer.from_json(text)


CUT = {"direction": "Right", "max_length": 9, "strategy": "LongestFirst", "stride": 0}
OTHERS = {
    "truncation": CUT,
    "normalizer": {"type": "Lowercase"},
    "post_processor": {
        "type": "ByteLevel",
        "add_prefix_space": True,
        "trim_offsets": True,
        "use_regex": True,
    },
    "pre_tokenizer": {"type": "Whitespace"},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "padding": {"direction": "Right", "pad_id": 1, "pad_token": "<pad>", "strategy": {"Fixed": 9}},
}


@pytest.mark.parametrize("part", OTHERS)
def test_a_part_that_latentlab_never_writes_is_refused(part):
    tree = json.loads(TOKENIZER.to_json()) | {part: OTHERS[part]}
    with pytest.raises(ValueError, match=f"{part} is not the one that latentlab writes"):
        TextTokenizer.from_json(json.dumps(tree))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dropout": 0.5}, "model.dropout is not"),
        ({"byte_fallback": True}, "model.byte_fallback is not"),
        ({"type": "WordLevel"}, "no BPE"),
        ({"merges": [["a", "never there"]]}, "is not of two symbols"),
        ({"merges": ["t h"]}, "is not of two symbols"),
        ({"vocab": {"a": 0, "b": 7}}, "not numbered from 0"),
        ({"vocab": {"a": 0, "b": True}}, "not numbered from 0"),
    ],
)
def test_a_model_that_latentlab_never_writes_is_refused(change, said):
    tree = json.loads(TOKENIZER.to_json())
    tree["model"] |= change
    with pytest.raises(ValueError, match=said):
        TextTokenizer.from_json(json.dumps(tree))


def test_an_added_symbol_is_refused():
    tree = json.loads(TOKENIZER.to_json())
    tree["added_tokens"].append(tree["added_tokens"][0] | {"id": 2, "content": "cat"})
    with pytest.raises(ValueError, match="no other symbol may be added"):
        TextTokenizer.from_json(json.dumps(tree))


def test_moved_specials_are_refused():
    moved = TOKENIZER.to_json().replace('"<mask>"', '"<was-mask>"')
    with pytest.raises(ValueError, match="must be 0 and 1"):
        TextTokenizer.from_json(moved)
