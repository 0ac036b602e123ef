"""Line ends of every kind, also where a read stops between two bytes of one, and lines that show nothing."""

import gzip
import json
import os
import unicodedata
from collections import defaultdict

import pytest

from latentlab.corpora import lines as lines_module
from latentlab.corpora import read_corpus, read_pairs
from latentlab.corpora.lines import lines
from latentlab.corpora.normalisation import is_blank
from latentlab.errors import CorpusError

ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r", "CR CR LF": "\r\r\n"}
TEXTS = ["Tom is here.", "", "Is Mary here?", "", "", "I don't know."]


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 13, 1 << 16])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("last", [True, False])
def test_a_line_ends_where_its_end_is_wherever_a_read_stops(tmp_path, monkeypatch, chunk, end, last):
    monkeypatch.setattr(lines_module, "_CHUNK", chunk)
    path = tmp_path / "a.txt"
    path.write_bytes((end.join(TEXTS) + (end if last else "")).encode())
    assert list(lines(path)) == list(enumerate(TEXTS, start=1))


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.tsv", "a.jsonl"])
def test_every_format_knows_every_line_end(tmp_path, name, ending, end):
    rows = {"a.txt": ["A.", "B.", "C."]}
    rows["a.jsonl"] = [json.dumps({"text": text, "kind": "x"}) for text in rows["a.txt"]]
    for suffix, separator in (("csv", ","), ("tsv", "\t")):
        rows[f"a.{suffix}"] = [f"kind{separator}text", *(f"x{separator}{text}" for text in rows["a.txt"])]
    content = end.join(["\ufeff" + rows[name][0], *rows[name][1:], ""]).encode()
    path = tmp_path / (name + ending)
    path.write_bytes(gzip.compress(content) if ending else content)
    corpus = read_corpus(path)
    assert corpus.texts == ("A.", "B.", "C.")
    assert corpus.factors == (None if name == "a.txt" else {"kind": ("x", "x", "x")})
    assert corpus.messages == []


def test_the_first_line_end_says_whether_a_lone_cr_is_one(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"A.\nB\rb.\nC.\n")
    assert read_corpus(tmp_path / "a.txt").texts == ("A.", "B b.", "C.")
    (tmp_path / "b.txt").write_bytes(b"A.\rB.\nC.\r")
    assert read_corpus(tmp_path / "b.txt").texts == ("A.", "B.", "C.")


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_a_cell_of_several_lines_in_a_file_of_cr(tmp_path, name):
    """Spreadsheets of old Macs end rows with CR and break lines within a cell with LF."""
    separator = "," if name == "a.csv" else "\t"
    content = f'text{separator}kind\r"A\na."{separator}x\rB.{separator}"y ""q"""\r'
    (tmp_path / name).write_bytes(content.encode())
    corpus = read_corpus(tmp_path / name)
    assert corpus.texts == ("A a.", "B.")
    assert corpus.factors == {"kind": ("x", 'y "q"')}


def test_pairs_know_cr_too(tmp_path):
    (tmp_path / "p.tsv").write_bytes(b"A.\tB.\rC.\tD.\r")
    assert read_pairs(tmp_path / "p.tsv") == [("A.", "B."), ("C.", "D.")]


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n", b"\r", b"\r" * 40])
def test_what_follows_too_long_a_line_is_never_left_out_in_silence(tmp_path, monkeypatch, tail):
    monkeypatch.setattr(lines_module, "_CHUNK", 5)
    path = tmp_path / "a.txt"
    path.write_bytes(b"Fine.\n" + b"x" * 20 + tail + b"B.\n")
    with pytest.raises(CorpusError, match="line 2: longer than 19 bytes"):
        list(lines(path, 19))
    path.write_bytes(b"Fine.\n" + b"x" * 19 + b"\n" + b"B.\n")
    assert [line for _, line in lines(path, 19)] == ["Fine.", "x" * 19, "B."]
    path.write_bytes(b"Fine.\nx" + b"\r" * 40 + b"\nB.\n")
    with pytest.raises(CorpusError, match="line 2: longer than 19 bytes"):
        list(lines(path, 19))


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_line_of_the_greatest_length_is_whole_and_so_is_the_rest(tmp_path, monkeypatch, end):
    monkeypatch.setattr(lines_module, "_CHUNK", 1)
    path = tmp_path / "a.txt"
    path.write_bytes(end.join(["A.", "x" * 18, "B."]).encode())
    assert [line for _, line in lines(path, 20)] == ["A.", "x" * 18, "B."]
    path.write_bytes(end.join(["A.", "x" * 20, "B."]).encode())
    if len(end) == 1:  # what is before LF counts, a CR too
        assert [line for _, line in lines(path, 20)] == ["A.", "x" * 20, "B."]


INVISIBLE = [
    "\u200b",
    "\ufeff",
    "\u00ad",
    "\u00a0",
    "\u200e\u200f",
    "\u202a \u202c",
    "\u2800",
    "\u3164",
    "\x07",
]


@pytest.mark.parametrize("text", INVISIBLE, ids=[f"U+{ord(text[0]):04X}" for text in INVISIBLE])
def test_a_line_of_invisible_characters_is_an_empty_line(tmp_path, text):
    (tmp_path / "a.txt").write_text(f"A.\n{text}\n{text} {text}\nB.\n", "utf-8")
    corpus = read_corpus(tmp_path / "a.txt")
    assert corpus.texts == ("A.", "B.")
    assert corpus.dropped == {"empty": 2, "duplicates": 0}
    assert corpus.messages == ["a.txt: left out 2 empty"]
    (tmp_path / "a.jsonl").write_text(f'{{"text": "A."}}\n{text}\n' + json.dumps({"text": text}), "utf-8")
    assert read_corpus(tmp_path / "a.jsonl").dropped == {"empty": 1, "duplicates": 0}
    (tmp_path / "a.csv").write_text(f"text,kind\nA.,x\n{text}\n{text},y\n", "utf-8")
    assert read_corpus(tmp_path / "a.csv").dropped == {"empty": 1, "duplicates": 0}


def test_blank_is_what_unicode_calls_space_control_or_format():
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for code in (*range(0x20000), *range(0xE0000, 0xE1000)):  # the rest are Han and private signs
        kinds[unicodedata.category(chr(code))].add(chr(code))
    assert all(is_blank(sign) for kind in ("Zs", "Zl", "Zp", "Cc") for sign in kinds[kind])
    # Signs that are written above or around digits, and the controls of hieroglyphs, are seen.
    seen = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    marks = kinds["Cf"] - {*seen, *map(chr, range(0x13430, 0x13440))}
    assert [hex(ord(mark)) for mark in marks if not is_blank(mark)] == []
    fillers = {sign for kind in kinds if kind[0] in "LNPS" for sign in kinds[kind] if is_blank(sign)}
    assert fillers == set("\u115f\u1160\u3164\uffa0\u2800")


def test_a_mark_before_the_first_line_of_a_joined_file_is_no_part_of_it(tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffA.\n\ufeffB.\nA.\n".encode())
    assert read_corpus(tmp_path / "a.txt").texts == ("A.", "B.")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_that_would_be_read_twice_is_refused(tmp_path):
    os.mkfifo(tmp_path / "a.tsv")
    with pytest.raises(CorpusError, match="is no regular file") as caught:
        read_corpus(tmp_path / "a.tsv")
    assert "save it to a file" in caught.value.hint
