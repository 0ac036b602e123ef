"""What can be a label of a group: one rule, and one text for it, whatever file it is in."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentlab.corpora import read_corpus
from latentlab.corpora.labels import LABEL_HINT
from latentlab.errors import CorpusError, LatentsError
from latentlab.metrics.streaming.sharding import group_labels
from latentlab.results.groups import row_groups
from latentlab.results.vectors.vector_file import open_vectors

X = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
TEXTS = ["One.", "Two.", "Three.", "Four."]
WANTED = ["7", "7", "8", "9"]
SAME = {
    "int": [7, 7, 8, 9],
    "float": [7.0, 7.0, 8.0, 9.0],
    "text": ["7", "7", "8", "9"],
    "text of floats": ["7.0", "7.0", "8.0", "9.0"],
}
NO_LABELS = {
    "float": ([7.0, 7.5, 8.0, 9.0], "float 7.5 is no label of a group"),
    "infinity": ([7.0, float("inf"), 8.0, 9.0], "float inf is no label of a group"),
    "inexact": ([7.0, 2.0**53, 8.0, 9.0], "float 9007199254740992.0 is no label of a group"),
    "list": ([[7], [7], [8], [9]], "list [7] is no label of a group"),
    "object": ([{"a": 7}] * 4, "dict {'a': 7} is no label of a group"),
}


def corpus_file(kind, path, labels):
    file = path / f"c.{kind}"
    if kind == "parquet":
        pq.write_table(pa.table({"text": TEXTS, "g": pa.array(labels)}), file)
    elif kind == "jsonl":
        rows = [{"text": t, "g": g} for t, g in zip(TEXTS, labels, strict=True)]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        file.write_text("text,g\n" + "".join(f"{t},{g}\n" for t, g in zip(TEXTS, labels, strict=True)))
    return file


def vectors_with(kind, path, labels):
    """Vectors and what --group is given for them."""
    np.save(path / "x.npy", X)
    if kind == "parquet":
        columns = {"v": pa.array(list(X), pa.list_(pa.float32())), "g": pa.array(labels)}
        pq.write_table(pa.table(columns), path / "x.parquet")
        return open_vectors(path / "x.parquet"), "g"
    if kind == "beside":
        (path / "x.npy.json").write_text(json.dumps({"rows": {"g": labels}}))
        return open_vectors(path / "x.npy"), "g"
    if kind == "npy":
        np.save(path / "g.npy", np.array(labels))
    else:
        (path / "g.txt").write_text("".join(f"{label}\n" for label in labels))
    return open_vectors(path / "x.npy"), str(path / f"g.{kind}")


@pytest.mark.parametrize("labels", SAME.values(), ids=SAME)
@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv"])
def test_labels_of_sentences_are_the_same_text_in_every_file(tmp_path, kind, labels):
    assert read_corpus(corpus_file(kind, tmp_path, labels), group="g").groups == tuple(WANTED)


@pytest.mark.parametrize("labels", SAME.values(), ids=SAME)
@pytest.mark.parametrize("kind", ["parquet", "beside", "npy", "txt"])
def test_labels_of_vectors_are_the_same_text_in_every_file(tmp_path, kind, labels):
    vectors, group = vectors_with(kind, tmp_path, labels)
    assert row_groups(group, vectors).tolist() == group_labels(WANTED).tolist()


def test_booleans_and_bytes_are_labels(tmp_path):
    truth = [True, False, True, True]
    for kind in ("parquet", "jsonl", "csv"):
        assert read_corpus(corpus_file(kind, tmp_path, truth), group="g").groups == tuple(map(str, truth))
    for labels in (truth, np.array(["True", "False", "True", "True"], dtype="S")):
        vectors, group = vectors_with("npy", tmp_path, labels)
        assert row_groups(group, vectors).tolist() == group_labels(list(map(str, truth))).tolist()


EMPTY = {
    "text": (["a", "a", "", " "], ["parquet", "jsonl", "csv"], ["parquet", "beside", "npy", "txt"]),
    "null": (["a", "a", None, None], ["parquet", "jsonl"], ["parquet", "beside"]),
    "null among numbers": ([7, 7, None, None], ["parquet", "jsonl"], ["parquet", "beside"]),
    "NaN": ([7.0, 7.0, float("nan"), float("nan")], ["parquet", "jsonl"], ["parquet", "beside", "npy"]),
}


@pytest.mark.parametrize(("labels", "sentences", "vectors"), EMPTY.values(), ids=EMPTY)
def test_an_empty_cell_is_a_group_of_its_own_everywhere(tmp_path, labels, sentences, vectors):
    for kind in sentences:
        groups = read_corpus(corpus_file(kind, tmp_path, labels), group="g").groups
        assert groups is not None
        assert groups[0] == groups[1]
        assert groups[2:] == ("Three.", "Four."), kind
    for kind in vectors:
        held, group = vectors_with(kind, tmp_path, labels)
        assert len(set(row_groups(group, held).tolist())) == 3, kind


@pytest.mark.parametrize(("labels", "said"), NO_LABELS.values(), ids=NO_LABELS)
@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_what_is_no_label_of_a_sentence_is_refused_with_its_row(tmp_path, kind, labels, said):
    file = corpus_file(kind, tmp_path, labels)
    with pytest.raises(CorpusError) as caught:
        read_corpus(file, group="g")
    row = 1 if isinstance(labels[0], list | dict) else 2
    place = f"{file}, {'row' if kind == 'parquet' else 'line'} {row}"
    assert (caught.value.message, caught.value.hint) == (f"{place}: {said}", LABEL_HINT)


def test_a_row_that_lacks_the_key_is_on_its_own_and_no_row_with_it_is_an_error(tmp_path):
    (tmp_path / "c.jsonl").write_text('{"text": "One.", "g": 1}\n{"text": "Two."}\n')
    assert read_corpus(tmp_path / "c.jsonl", group="g").groups == ("1", "Two.")
    with pytest.raises(CorpusError, match="no column 'h'; there are: text, g"):
        read_corpus(tmp_path / "c.jsonl", group="h")


@pytest.mark.parametrize(
    ("kind", "labels", "said"),
    [
        (kind, *row)
        for kind in ("parquet", "beside", "npy")
        for row in NO_LABELS.values()
        if kind != "npy" or isinstance(row[0][0], float)  # numpy keeps no others without a pickle
    ],
)
def test_what_is_no_label_of_a_vector_is_refused_with_its_row(tmp_path, kind, labels, said):
    vectors, group = vectors_with(kind, tmp_path, labels)
    row = 0 if isinstance(labels[0], list | dict) else 1
    with pytest.raises(LatentsError) as caught:
        row_groups(group, vectors)
    assert caught.value.message.endswith(f", row {row} (from 0): {said}")
    assert caught.value.hint == LABEL_HINT
