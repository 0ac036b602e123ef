"""A special token in the template of a tokenizer.json has an entry."""

import json

import pytest

from latentlab.errors import EncoderError
from latentlab.models.encoder.template_check import check_template


def template(*names, entries):
    pieces = [{"SpecialToken": {"id": name, "type_id": 0}} for name in names]
    return {
        "type": "TemplateProcessing",
        "single": [*pieces[:1], {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": pieces,
        "special_tokens": {name: {"id": name, "ids": [0], "tokens": [name]} for name in entries},
    }


def write(tmp_path, processor):
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"post_processor": processor}))
    return path


def test_a_template_whose_tokens_have_entries_passes(tmp_path):
    whole = template("[CLS]", "[SEP]", entries=["[CLS]", "[SEP]"])
    check_template(write(tmp_path, whole))
    check_template(write(tmp_path, {"type": "Sequence", "processors": [{"type": "ByteLevel"}, whole]}))
    check_template(write(tmp_path, None))
    check_template(tmp_path / "no file")


@pytest.mark.parametrize("nested", [False, True])
def test_a_token_without_an_entry_is_named(tmp_path, nested):
    torn = template("[CLS]", "[SEP]", entries=["[CLS]"])
    with pytest.raises(EncoderError, match=r"its template names '\[SEP\]', which has no entry"):
        check_template(write(tmp_path, {"type": "Sequence", "processors": [torn]} if nested else torn))


@pytest.mark.parametrize("name", [["a"], {}, None, 3])
def test_a_token_that_is_no_name_is_named_too(tmp_path, name):
    torn = template("[CLS]", entries=["[CLS]"])
    torn["single"][0]["SpecialToken"]["id"] = name
    with pytest.raises(EncoderError, match="which has no entry"):
        check_template(write(tmp_path, torn))


def test_what_is_not_json_is_said(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text("{")
    with pytest.raises(EncoderError, match="not valid JSON"):
        check_template(path)
