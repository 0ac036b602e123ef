"""Reading sentences: what comes in, what is left out, and what each bad input is told."""

import gzip
import json
import sys
import types
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentlab.corpora import (
    Corpus,
    data_folder,
    normalise,
    read_corpus,
    read_pairs,
    shipped_corpus,
    split_of,
)
from latentlab.corpora import shipped as shipped_module
from latentlab.errors import CorpusError, UsageError

SENTENCES = ("Tom is here.", "Is Mary here?", "I don't know.")


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


JSONL = "".join(json.dumps({"text": s, "kind": k}) + "\n" for s, k in zip(SENTENCES, "sqs", strict=True))
CSV = 'kind,text\ns,"Tom is here."\nq,Is Mary here?\ns,"I don\'t\nknow."\n'


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize(
    ("name", "content", "factors"),
    [
        ("a.txt", "\ufeffTom is here.\r\n\r\nIs  Mary here?\nTom is here.\nI don't know.", None),
        ("a.TXT", "Tom is here.\nIs Mary here?\nI don't know.\n", None),
        ("a.jsonl", JSONL, {"kind": ("s", "q", "s")}),
        ("a.csv", CSV, {"kind": ("s", "q", "s")}),
        (
            "a.tsv",
            "text\tkind\nTom is here.\t\"s\nIs Mary here?\tq\nI don't know.\ts\n",
            {"kind": ('"s', "q", "s")},
        ),
    ],
)
def test_each_text_format_gives_the_same_sentences(tmp_path, name, content, factors, ending):
    corpus = read_corpus(write(tmp_path, name + ending, content.encode()))
    assert corpus.texts == SENTENCES
    assert corpus.factors == factors
    assert corpus.name == name + ending


def test_parquet_gives_sentences_and_string_columns(tmp_path):
    table = {
        "text": pa.array([*SENTENCES, SENTENCES[0]], pa.large_string()),
        "kind": pa.array(["s", "q", "s", "s"]).dictionary_encode(),
        "gap": ["x", None, "x", "x"],
        "size": [1, 2, 3, 4],
    }
    pq.write_table(pa.table(table), tmp_path / "a.parquet")
    corpus = read_corpus(str(tmp_path / "a.parquet"))
    assert corpus.texts == SENTENCES
    assert corpus.factors == {"kind": ("s", "q", "s")}
    assert corpus.dropped == {"empty": 0, "duplicates": 1}


def test_the_first_of_equal_sentences_is_kept_with_its_factors_and_the_rest_counted(tmp_path):
    rows = [("Ａ cat.", "first"), ("", "empty"), ("  ", "empty"), ("A  cat.", "second"), ("a cat.", "third")]
    content = "".join(json.dumps({"text": text, "row": row}) + "\n" for text, row in rows)
    corpus = read_corpus(write(tmp_path, "a.jsonl", content.encode()))
    assert corpus.texts == ("A cat.", "a cat.")
    assert corpus.factors == {"row": ("first", "third")}
    assert corpus.dropped == {"empty": 2, "duplicates": 1}


def test_a_column_that_is_not_a_string_in_every_row_is_no_factor(tmp_path):
    content = b'{"text": "A.", "n": 1, "s": "x", "t": "y"}\n{"text": "B.", "n": 2, "s": "x"}\n'
    assert read_corpus(write(tmp_path, "a.jsonl", content)).factors == {"s": ("x", "x")}


def test_the_column_can_be_named_and_sentence_is_the_second_usual_one(tmp_path):
    path = write(tmp_path, "a.csv", b"sentence,other\nA.,B.\n")
    assert read_corpus(path).texts == ("A.",)
    assert read_corpus(path, column="other").texts == ("B.",)


def fake_datasets(rows=None, error=None):
    def load_dataset(name, split):
        if error:
            raise error
        return [{"text": f"{name} {split} {row}"} for row in rows]

    module = types.ModuleType("datasets")
    module.load_dataset = load_dataset
    return module


@pytest.mark.parametrize(
    ("source", "first"), [("hf:org/name", "org/name train a"), ("hf:name:dev", "name dev a")]
)
def test_a_hugging_face_dataset_is_read_by_name_and_split(monkeypatch, source, first):
    monkeypatch.setitem(sys.modules, "datasets", fake_datasets(rows="ab"))
    corpus = read_corpus(source)
    assert corpus.texts[0] == first
    assert corpus.name == source


def test_a_missing_datasets_package_is_named_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(CorpusError, match=r"^hf:name: the package 'datasets' is not installed$") as caught:
        read_corpus("hf:name")
    assert caught.value.hint == 'pip install "latentlab[hf]"'


def test_a_dataset_that_cannot_be_loaded_is_one_line(monkeypatch):
    monkeypatch.setitem(
        sys.modules, "datasets", fake_datasets(error=FileNotFoundError("no such thing\nmore"))
    )
    with pytest.raises(CorpusError, match=r"^cannot load hf:name: no such thing$"):
        read_corpus("hf:name")


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.tsv", "A  cat.\tＡ feline.\n\nTom ran.\tTom was running.\nTom ran.\tTom was running.\n"),
        (
            "p.jsonl",
            '{"source": "A cat.", "target": "A feline."}\n'
            '{"source": "Tom ran.", "target": "Tom was running."}',
        ),
    ],
)
def test_pairs_are_read_in_order_once_each(tmp_path, name, content, ending):
    pairs = read_pairs(write(tmp_path, name + ending, content.encode()))
    assert pairs == [("A cat.", "A feline."), ("Tom ran.", "Tom was running.")]


@pytest.mark.parametrize(
    ("text", "split"),
    [("Tom has two cats.", "train"), ("Tom has six dogs.", "val"), ("Tom has two dogs.", "test")],
)
def test_split_of_never_changes(text, split):
    assert split_of(text) == split


def test_the_splits_have_their_shares():
    splits = [split_of(f"Sentence number {i}.") for i in range(20_000)]
    assert splits.count("test") / 20_000 == pytest.approx(0.03, abs=0.005)
    assert splits.count("val") / 20_000 == pytest.approx(0.02, abs=0.005)


def test_splits_and_samples_carry_their_factors():
    texts = tuple(f"Sentence number {i}." for i in range(500))
    corpus = Corpus(texts, "made", {"number": tuple(map(str, range(500)))})
    for part in (corpus.split("test"), corpus.split("train"), corpus.sample(50, seed=1)):
        assert len(part) > 5
        assert all(
            text == f"Sentence number {n}."
            for text, n in zip(part.texts, part.factors["number"], strict=True)
        )


def test_a_sample_is_seeded_without_repetition_and_nested():
    corpus = Corpus(tuple(map(str, range(100))), "made")
    sample = corpus.sample(40, seed=3)
    assert sample == corpus.sample(40, seed=3)
    assert sample.texts != corpus.sample(40, seed=4).texts
    assert sample.texts[:10] == corpus.sample(10, seed=3).texts
    assert len(set(sample.texts)) == 40
    assert corpus.sample(None, seed=3) is corpus


@pytest.mark.parametrize("n", [-1, 0, 4])
def test_a_sample_that_is_too_small_or_too_large_is_refused(n):
    with pytest.raises(CorpusError, match=f"cannot draw {n} sentences from made, which has 3"):
        Corpus(SENTENCES, "made").sample(n, seed=0)


def test_an_unknown_split_is_a_usage_error(monkeypatch):
    with pytest.raises((UsageError, TypeError), match="dev"):
        Corpus(SENTENCES, "made").split("dev")


def test_the_fingerprint_depends_on_the_sentences_and_their_order_alone():
    fingerprint = Corpus(SENTENCES, "made").fingerprint
    assert fingerprint == Corpus(SENTENCES, "other", {"kind": ("s", "q", "s")}).fingerprint
    assert fingerprint != Corpus(SENTENCES[::-1], "made").fingerprint
    assert Corpus(("ab", "c"), "made").fingerprint != Corpus(("a", "bc"), "made").fingerprint
    assert len(fingerprint) == 64


def test_factors_of_another_length_are_refused():
    with pytest.raises(CorpusError, match="factor 'kind' has 2 values for 3 sentences"):
        Corpus(SENTENCES, "made", {"kind": ("s", "q")})


def test_normalise_folds_compatibility_forms_and_white_space():
    assert normalise(" ﬁve\u00a0\u2028cats\t…\n") == "five cats ..."


def test_the_shipped_data_are_found_in_a_clone_and_in_a_wheel(tmp_path, monkeypatch):
    assert data_folder() == Path(shipped_module.__file__).parents[2] / "data"
    package = tmp_path / "latentlab"
    monkeypatch.setattr(shipped_module, "__file__", str(package / "corpora" / "shipped.py"))
    with pytest.raises(CorpusError, match="no shipped data"):
        data_folder()
    (tmp_path / "data").mkdir()
    assert data_folder() == tmp_path / "data"
    (package / "_data").mkdir(parents=True)
    assert data_folder() == package / "_data"


def test_the_shipped_corpus_has_sentences_in_every_split():
    corpus = shipped_corpus()
    assert len(corpus.split("test")) > 500
    assert len(corpus.split("val")) > 300
    assert corpus.factors is not None
