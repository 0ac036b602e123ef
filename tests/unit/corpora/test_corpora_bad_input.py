"""What each bad file is told: what, where, and what to do about it."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentlab.corpora import read_corpus, read_pairs
from latentlab.errors import CorpusError


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


BAD_CORPORA = {
    "empty.txt": (b"", "empty.txt holds no sentence", "at least one"),
    "blank.txt": (b"\n \n\t\n", "blank.txt holds no sentence", "at least one"),
    "latin.txt": (b"Fine.\nCaf\xe9.\n", "line 2: not UTF-8 (byte 0xe9 at 3)", "iconv"),
    "utf16.txt": ("\ufeffFine.".encode("utf-16-be"), "line 1: a NUL byte", "iconv -f UTF-16"),
    "nul.txt": (b"Fine.\nA\0B.\n", "line 2: a NUL byte", "binary"),
    "long.txt": (b"Fine.\n" + b"word " * 200_000, "line 2: longer than 200,000 bytes", "one sentence a line"),
    "longish.txt": (b"Fine.\n" + b"a" * 10_001, "line 2: 10,001 characters", "one sentence a line"),
    "noise.txt.gz": (None, "after line 0: the gzip data are damaged", "again"),
    "sentences.docx": (b"x", "sentences are not read from '.docx' files", ".jsonl"),
    "sentences.parquet.gz": (b"x", "sentences are not read from '.parquet.gz' files", ".parquet"),
    "sentences": (b"x", "sentences are not read from 'sentences' files", ".txt"),
    "other.csv": (
        b"id,body\n1,Tom.\n",
        "line 2: no column of strings 'text'; there are: id, body",
        "--column NAME",
    ),
    "gap.jsonl": (
        b'{"id": "A."}\n{"body": "B."}\n',
        "no column of strings 'text'; there are: id, body",
        "--column NAME",
    ),
    "broken.jsonl": (b'{"text": "A."}\n\n{"text": "B."\n', "line 3: broken JSON", "one JSON object a line"),
    "deep.jsonl": (b"[" * 100_000, "line 1: broken JSON", "one JSON object a line"),
    "list.jsonl": (b'["A."]\n', "line 1: not a JSON object", '{"text"'),
    "number.jsonl": (b'{"text": 3}\n', "line 1: int where a string should be", "every row"),
    "half.jsonl": (b'{"text": "\\ud800"}\n', "line 1: half a surrogate pair", "remove"),
    "nul.jsonl": (b'{"text": "A\\u0000."}\n', "line 1: a NUL character", "remove"),
    "ragged.csv": (b"text,kind\nA.,s\nB.\n", "line 3: 1 fields where the header has 2", "quote"),
    "twice.csv": (b"text,text\nA.,s\n", "line 1: column 'text' is there twice", "rename"),
    "open.csv": (
        b'text,kind\n"A.,s\nB.,s\n',
        "line 3: unexpected end of data, in the row that begins in line 2",
        "quotes",
    ),
    "header.csv": (b"text,kind\n", "header.csv holds no sentence", "at least one"),
    "noise.parquet": (b"PAR1 but no more", "noise.parquet as Parquet:", "again"),
}


@pytest.mark.parametrize("name", BAD_CORPORA)
def test_a_bad_file_gets_one_line_and_a_hint(tmp_path, name):
    content, message, hint = BAD_CORPORA[name]
    path = tmp_path / name
    path.write_bytes(b"no gzip" if content is None else content)
    with pytest.raises(CorpusError) as caught:
        read_corpus(path)
    assert message in caught.value.message
    assert name in caught.value.message
    assert hint in caught.value.hint
    assert "\n" not in caught.value.message + caught.value.hint


def test_a_cut_gzip_file_is_refused_with_the_last_good_line(tmp_path):
    whole = gzip.compress(b"".join(b"Sentence number %d.\n" % i for i in range(2000)))
    path = tmp_path / "cut.txt.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorpusError, match=r"cut.txt.gz, after line \d+: the gzip data are damaged"):
        read_corpus(path)


def test_a_parquet_file_without_strings_names_what_is_missing(tmp_path):
    pq.write_table(pa.table({"n": [1, 2]}), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=r"row 1: no column of strings 'text'; there are: n"):
        read_corpus(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("name", "message"), [("gone.txt", "does not exist"), (".", "is a folder"), ("x" * 300, "cannot read")]
)
def test_a_path_that_is_no_file_is_refused(tmp_path, name, message):
    with pytest.raises(CorpusError, match=message) as caught:
        read_corpus(tmp_path / name)
    assert caught.value.hint
    assert caught.value.exit_code == 3


def test_a_named_column_that_is_missing_lists_those_there_are(tmp_path):
    with pytest.raises(CorpusError, match="no column of strings 'body'; there are: kind, text"):
        read_corpus(write(tmp_path, "a.csv", b"kind,text\ns,Tom.\n"), column="body")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.tsv", "A.\tB.\nA.\n", "line 2: 1 columns where a pair has 2"),
        ("p.tsv", "A.\tB.\tC.\n", "line 1: 3 columns where a pair has 2"),
        ("p.tsv", "A.\t \n", "p.tsv holds no pair"),
        ("p.tsv", "\n", "p.tsv holds no pair"),
        ("p.jsonl", '{"source": "A."}\n', "p.jsonl: no column of strings 'target'; there are: source"),
        ("p.txt", "A.\tB.\n", "sentences are not read from '.txt' files"),
    ],
)
def test_bad_pairs_get_one_line_and_a_hint(tmp_path, name, content, message):
    with pytest.raises(CorpusError) as caught:
        read_pairs(write(tmp_path, name, content.encode()))
    assert message in caught.value.message
    assert caught.value.hint
