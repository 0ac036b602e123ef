"""Cells that are null, missing or large, in every format alike, and columns that are not there."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentlab.corpora import read_corpus, read_pairs
from latentlab.corpora import readers as readers_module
from latentlab.corpora.readers import has_columns
from latentlab.errors import CorpusError

TEXTS = ["A.", None, "B.", "", None, "A."]
LONG = "x" * 400_000
"""Longer than a line of a .txt and than a cell of Python's csv may be."""


def table(folder, name, texts, column="text", others=None):
    """A file with the column `text`, and `kind` or others beside it."""
    path = folder / name
    others = others or {"kind": ["x"] * len(texts)}
    rows = [{column: text, **{k: v[i] for k, v in others.items()}} for i, text in enumerate(texts)]
    if name.endswith(".jsonl"):
        path.write_text("\n".join(map(json.dumps, rows)))
    elif name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        separator = "," if name.endswith(".csv") else "\t"
        lines = [separator.join(value or "" for value in row.values()) for row in rows]
        path.write_text("\n".join([separator.join(rows[0]), *lines]))
    return path


NAMES = ["a.csv", "a.tsv", "a.jsonl", "a.parquet"]


@pytest.mark.parametrize("name", NAMES)
def test_a_null_is_an_empty_cell_and_counted(tmp_path, name):
    corpus = read_corpus(table(tmp_path, name, TEXTS))
    assert corpus.texts == ("A.", "B.")
    assert corpus.dropped == {"empty": 3, "duplicates": 1}
    assert corpus.messages == [f"{name}: left out 3 empty, 1 duplicates"]
    assert corpus.factors == {"kind": ("x", "x")}
    assert corpus.sample(1, seed=0).messages == corpus.messages


@pytest.mark.parametrize("name", NAMES)
def test_a_column_of_nulls_alone_names_the_others(tmp_path, name):
    with pytest.raises(CorpusError, match="holds no sentence: all 2 cells of 'text' are empty") as caught:
        read_corpus(table(tmp_path, name, [None, None]))
    assert caught.value.hint == "name another column: --column NAME; there are: kind"


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_an_empty_line_is_an_empty_cell_where_there_is_one_column(tmp_path, name):
    (tmp_path / name).write_text('text\nA.\n\n""\nB.\n')
    assert read_corpus(tmp_path / name).dropped == {"empty": 2, "duplicates": 0}


def test_nan_and_missing_keys_of_json_are_empty(tmp_path):
    rows = ['{"id": 1}', '{"text": "A."}', '{"text": NaN}', '{"id": 2, "text": null}', "{}", '{"text": "B."}']
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    corpus = read_corpus(tmp_path / "a.jsonl")
    assert corpus.texts == ("A.", "B.")
    assert corpus.dropped == {"empty": 4, "duplicates": 0}


def test_a_key_that_no_row_has_lists_those_there_are(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": 1, "body": "A."}\n{"id": 2, "lang": "en"}\n')
    for column in (None, "said"):
        with pytest.raises(CorpusError) as caught:
            read_corpus(tmp_path / "a.jsonl", column)
        assert caught.value.message.endswith(
            f"a.jsonl: no column of strings '{column or 'text'}'; there are: id, body, lang"
        )
        assert caught.value.hint == "name the one with the sentences: --column NAME"
    assert read_corpus(tmp_path / "a.jsonl", "body").messages == ["a.jsonl: left out 1 empty"]


def test_two_usual_columns_in_turn_are_not_guessed_between(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"sentence": "A."}\n{"text": "B."}\n')
    with pytest.raises(CorpusError, match="line 2: column 'text', where rows before it have 'sentence'") as e:
        read_corpus(tmp_path / "a.jsonl")
    assert "--column NAME" in e.value.hint
    assert read_corpus(tmp_path / "a.jsonl", "sentence").texts == ("A.",)


@pytest.mark.parametrize("name", NAMES)
def test_a_large_cell_in_another_column_is_no_error_and_no_factor(tmp_path, name):
    path = table(tmp_path, name, ["A.", "B."], others={"kind": ["x", "y"], "page": [LONG, "z"]})
    corpus = read_corpus(path)
    assert corpus.texts == ("A.", "B.")
    assert corpus.factors == {"kind": ("x", "y")}


@pytest.mark.parametrize("name", NAMES)
def test_a_large_cell_among_the_sentences_is_refused_where_it_stands(tmp_path, name):
    place = "row 2" if name == "a.parquet" else "line 2" if name == "a.jsonl" else "line 3"
    with pytest.raises(CorpusError, match=f"{place}: 400,000 characters, a sentence has at most 10,000"):
        read_corpus(table(tmp_path, name, ["A.", LONG]))


def test_a_quoted_cell_may_be_large_too(tmp_path):
    for separator, name in ((",", "a.csv"), ("\t", "a.tsv")):
        (tmp_path / name).write_text(f'text{separator}page\nA.{separator}"{LONG}{separator}\n""{LONG}"""\n')
        assert read_corpus(tmp_path / name).texts == ("A.",)


def test_columns_of_a_file_are_listed_in_one_readable_line(tmp_path):
    (tmp_path / "a.jsonl").write_text(
        json.dumps({"\x1b[31mred\n": 1, "": 2} | {f"k{i}": i for i in range(30)})
    )
    with pytest.raises(CorpusError) as caught:
        read_corpus(tmp_path / "a.jsonl")
    assert caught.value.message.isprintable()
    assert r"there are: '\x1b[31mred\n', '', k0" in caught.value.message
    assert caught.value.message.endswith("k17, and 12 more")


def test_a_txt_has_no_column_to_name(tmp_path):
    (tmp_path / "a.txt").write_text("A.\n")
    assert read_corpus(tmp_path / "a.txt", "text").texts == ("A.",)
    with pytest.raises(CorpusError, match=r"has no column 'body': a \.txt has lines alone") as caught:
        read_corpus(tmp_path / "a.txt", "body")
    assert caught.value.hint == "omit --column"
    assert [has_columns(name) for name in ("a.txt", "a.TXT.gz", "a.csv", "hf:a/b.txt")] == [
        False,
        False,
        True,
        True,
    ]


def test_text_of_a_parquet_that_is_no_text_is_one_line(tmp_path):
    raw = pa.array([b"A.", b"\xff\xfe"], pa.binary())
    broken = pa.StringArray.from_buffers(2, raw.buffers()[1], raw.buffers()[2])
    pq.write_table(pa.table({"text": broken}), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=r"a.parquet, after row \d+: not UTF-8"):
        read_corpus(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.tsv", "A.\tB.\nC.\t\n\u200b\tD.\n"),
        ("p.jsonl", '{"source": "A.", "target": "B."}\n{"source": "C.", "target": null}\n{"target": "D."}\n'),
    ],
)
def test_pairs_with_an_empty_side_are_left_out_and_counted(tmp_path, caplog, name, content):
    (tmp_path / name).write_text(content, "utf-8")
    assert read_pairs(tmp_path / name) == [("A.", "B.")]
    assert caplog.messages == [f"{name}: left out 2 pairs with an empty side"]


def test_many_names_do_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(readers_module, "_NAMES", 2)
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps({f"k{i}": 1}) + "\n" for i in range(9)) + '{"text": "A."}'
    )
    assert read_corpus(tmp_path / "a.jsonl").dropped["empty"] == 9
