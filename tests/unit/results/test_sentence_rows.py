"""Which sentence a vector is of: kept from the file to the vectors, and found again by number, id or text."""

import csv
import hashlib
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentlab.corpora import Corpus, normalise, read_corpus, text_id
from latentlab.errors import LatentsError
from latentlab.results import Latents
from latentlab.results.latents import SUFFIXES, Origin
from latentlab.results.sentence_rows import SentenceRows
from latentlab.results.vectors.vector_file import open_vectors

TEXTS = ["Zoé dort.", "", "Zoe\u0301  dort.", "A dog\nruns.", "We eat."]
KEPT = [0, 3, 4]
RECORDS = [{"id": f"s{at}", "idx": at, "text": text} for at, text in enumerate(TEXTS)]


def without(*names):
    return [{name: value for name, value in record.items() if name not in names} for record in RECORDS]


def to_csv(records, path):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, records[0])
        writer.writeheader()
        writer.writerows(records)


FILES = {
    ".csv": to_csv,
    ".jsonl": lambda records, path: path.write_text("".join(json.dumps(each) + "\n" for each in records)),
    ".parquet": lambda records, path: pq.write_table(pa.Table.from_pylist(records), path),
}


@pytest.mark.parametrize("suffix", FILES)
def test_records_that_are_left_out_leave_their_numbers_free(tmp_path, suffix):
    FILES[suffix](RECORDS, tmp_path / f"x{suffix}")
    corpus = read_corpus(tmp_path / f"x{suffix}")
    assert corpus.texts == ("Zoé dort.", "A dog runs.", "We eat.")
    assert corpus.rows == tuple(KEPT)
    assert corpus.ids == ("s0", "s3", "s4")
    assert sum(corpus.dropped.values()) + len(corpus) == len(RECORDS)
    assert corpus.sample(3, 0).rows == tuple(KEPT[corpus.texts.index(t)] for t in corpus.sample(3, 0).texts)
    only = corpus.only(["We eat.", "A dog runs."])
    assert (only.texts, only.rows, only.ids) == (corpus.texts[1:], (3, 4), ("s3", "s4"))


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_ids_may_be_whole_numbers(tmp_path, suffix):
    FILES[suffix](without("id"), tmp_path / f"x{suffix}")
    assert read_corpus(tmp_path / f"x{suffix}").ids == ("0", "3", "4")
    FILES[suffix](without("id", "idx"), tmp_path / f"x{suffix}")
    assert read_corpus(tmp_path / f"x{suffix}").ids is None


def test_the_number_of_a_line_counts_from_0(tmp_path):
    (tmp_path / "x.txt").write_text("One.\n\nTwo.\nOne.\nThree.\n")
    assert read_corpus(tmp_path / "x.txt").rows == (0, 2, 4)
    (tmp_path / "x.jsonl").write_text('{"text": "One."}\n\n{"text": "Two."}\n')
    assert read_corpus(tmp_path / "x.jsonl").rows == (0, 1)  # a blank line is no record


def test_a_text_has_one_id_however_it_is_written():
    assert len({text_id(text) for text in TEXTS}) == 4
    assert text_id(TEXTS[0]) == text_id(TEXTS[2]) == text_id(normalise(TEXTS[2]))
    assert text_id("We eat.") == hashlib.sha256(b"We eat.").hexdigest()[:16]


def corpus():
    return Corpus(("a b", "c", 'd "e"'), "x.csv", rows=(0, 2, 7), ids=("p", "q", "r"))


def latents(rows, **more):
    origin = Origin("vib", "x.csv", "an/encoder", "5" * 64, 3, "mean", 4, {"latentlab": "9"})
    return Latents(np.arange(12.0).reshape(3, 4), "mu", "1" * 64, "2" * 64, origin=origin, rows=rows, **more)


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_sentences_come_back_with_their_vectors(tmp_path, suffix, text):
    path = tmp_path / f"x{suffix}"
    whole = latents(SentenceRows.of(corpus(), text=text))
    whole.write(path)
    read = Latents.read(path)
    np.testing.assert_array_equal(read.vectors, whole.vectors)
    assert (read.rows, read.origin, read.layer) == (whole.rows, whole.origin, None)
    sidecar = json.loads((tmp_path / f"x{suffix}.json").read_text())
    assert sidecar["origin"] == {
        "checkpoint": "vib", "corpus": "x.csv", "encoder": "an/encoder", "encoder_sha256": "5" * 64,
        "encoder_layer": 3, "pooling": "mean", "seed": 4, "versions": {"latentlab": "9"},
    }  # fmt: skip
    columns = {
        "row": [0, 2, 7],
        "record_id": ["p", "q", "r"],
        "text_id": [text_id(t) for t in corpus().texts],
    }
    columns |= {"text": list(corpus().texts)} if text else {}
    if suffix == ".parquet":
        assert pq.read_table(path).drop(["vectors"]).to_pydict() == columns
        assert "rows" not in sidecar
    else:
        assert sidecar["rows"] == columns
    # Nothing beside the vectors makes it doubtful which column they are.
    np.testing.assert_array_equal(next(open_vectors(path).batches(3)), whole.vectors)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_vectors_without_sentences_are_read_as_before(tmp_path, suffix):
    Latents(np.ones((3, 4)), "mu", "1", "2").write(tmp_path / f"x{suffix}")
    read = Latents.read(tmp_path / f"x{suffix}")
    assert (read.rows, read.origin) == (None, None)


def test_the_sidecar_has_a_line_for_each_column(tmp_path):
    many = Corpus(tuple(f"{at}." for at in range(500)), "x", rows=tuple(range(500)))
    Latents(np.ones((500, 2)), "mu", "1", "2", rows=SentenceRows.of(many, text=True)).write(
        tmp_path / "x.npy"
    )
    assert len((tmp_path / "x.npy.json").read_text().splitlines()) < 20


BAD = {
    "too few": ({"text_id": ["a"], "row": [0]}, "1 sentences for 3 vectors"),
    "of two lengths": ({"text_id": ["a"] * 3, "row": [0]}, "1 values of row for 3 of text_id"),
    "text for a number": (
        {"text_id": ["a"] * 3, "row": ["0"] * 3},
        "a value of row is of another type than int",
    ),
    "a number for a text": ({"text_id": [1, 2, 3]}, "a value of text_id is of another type than str"),
    "no text ids": ({"row": [0, 1, 2]}, "does not describe latents"),
    "another column": ({"text_id": ["a"] * 3, "labels": [0] * 3}, "does not describe latents"),
    "no table": (7, "does not describe latents"),
}


@pytest.mark.parametrize("case", BAD)
def test_sentences_that_do_not_belong_are_refused(tmp_path, case):
    rows, message = BAD[case]
    latents(None).write(tmp_path / "x.npy")
    sidecar = tmp_path / "x.npy.json"
    sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | {"rows": rows}))
    with pytest.raises(LatentsError, match=message):
        Latents.read(tmp_path / "x.npy")


def test_an_origin_that_lacks_something_is_refused(tmp_path):
    latents(None).write(tmp_path / "x.npy")
    sidecar = tmp_path / "x.npy.json"
    described = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps(described | {"origin": {**described["origin"], "later": 1}}))
    assert Latents.read(tmp_path / "x.npy").origin.seed == 4
    for origin in ({"seed": 1}, 7):
        sidecar.write_text(json.dumps(described | {"origin": origin}))
        with pytest.raises(LatentsError, match="does not describe latents"):
            Latents.read(tmp_path / "x.npy")


def test_a_table_with_other_columns_of_these_names_is_refused(tmp_path):
    latents(None).write(tmp_path / "x.parquet")
    table = pq.read_table(tmp_path / "x.parquet").append_column("row", pa.array([0, 1, 2]))
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(LatentsError, match="does not describe latents"):
        Latents.read(tmp_path / "x.parquet")
