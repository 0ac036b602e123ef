"""A command and its call in Python give the same report, byte for byte."""

import pytest
from tiny_checkpoint import sentences

import latentlab as ll
from latentlab.analysis.loading import load_models
from latentlab.cli import main
from latentlab.corpora import Corpus
from latentlab.errors import CheckpointError, CorpusError, UsageError

TEXTS = sentences(80)


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "c.txt"
    path.write_text("\n".join(TEXTS) + "\n")
    return path


def printed(capsys, *command):
    assert main([*map(str, command), "--json"]) == 0
    return capsys.readouterr().out


def test_anisotropy_is_measure(tiny_folder, corpus, capsys):
    told = printed(capsys, "anisotropy", tiny_folder, "--corpus", corpus, "--n", 60, "--seed", 3)
    report = ll.measure([tiny_folder], texts=corpus, n=60, seed=3)
    assert report.to_json() == told
    assert list(report.spaces) == ["plain", "vib"]
    assert report.spaces["vib"]["kl_total"].value is not None
    with pytest.raises(UsageError, match="no cloud 'z'"):
        report.spaces["plain"].metrics("z")


def test_layers_is_measure_layers(tiny_folder, corpus, capsys, tmp_path):
    told = printed(capsys, "anisotropy", tiny_folder, "--layers", "--corpus", corpus, "--n", 60)
    report = ll.measure_layers([tiny_folder], texts=corpus, n=60)
    assert report.to_json() == told
    assert set(report.to_frame().cloud) >= {"layer 0", "layer 4"}
    report.save(tmp_path / "out")
    assert ll.read(tmp_path / "out" / "report.json") == report


def test_compare_is_compare(tiny_folder, corpus, capsys, tmp_path):
    told = printed(capsys, "compare", tiny_folder, "--corpus", corpus, "--n", 60)
    report = ll.compare(tiny_folder, texts=str(corpus), n=60)
    assert report.to_json() == told
    assert report.claim in repr(report)
    assert report["mean_cosine"].ci95 is not None
    assert "cost" in report.answers
    names = report.save(tmp_path / "out")
    assert ll.read(tmp_path / "out" / names[0]) == report
    frame = report.to_frame()
    assert set(frame.name) == {"vib"}


def test_loaded_checkpoints_are_compared_as_their_folders(tiny_folder, corpus):
    a, b = load_models([tiny_folder])
    of_models = ll.compare(a, b, texts=corpus, n=60)
    of_paths = ll.compare(a.path, b.path, texts=corpus, n=60)
    assert of_models.document["results"] == of_paths.document["results"]
    mixed = ll.compare(a, b.path, texts=corpus, n=60)
    assert mixed.document["results"] == of_paths.document["results"]
    with pytest.raises(UsageError):
        ll.compare(a, a, texts=corpus)
    with pytest.raises(UsageError, match="nothing to compare") as raised:
        ll.compare()
    assert raised.value.hint.startswith("compare(a, b)")


def test_texts_are_a_list_a_corpus_or_a_path(tiny_folder, corpus):
    model = ll.load(tiny_folder / "vib")
    of_list = ll.measure(model, texts=TEXTS)
    assert of_list.document["inputs"]["n"] == len(TEXTS)
    of_corpus = ll.measure(model, texts=Corpus(tuple(TEXTS), "texts"))
    assert of_list == of_corpus
    some = ll.measure(model, texts=TEXTS, n=40)
    assert some.document["inputs"]["n"] == 40
    grouped = ll.measure(model, texts=TEXTS, group=[str(i // 2) for i in range(len(TEXTS))])
    assert grouped.document["inputs"]["group"] == "labels"
    assert grouped["mean_cosine"].ci95 != of_list["mean_cosine"].ci95
    for wrong, said in (([1, 2], "text 0 is a int"), ([], "there are no texts")):
        with pytest.raises(CorpusError, match=said):
            ll.measure(model, texts=wrong)
    with pytest.raises(UsageError, match="2 labels of groups for 80 sentences"):
        ll.measure(model, texts=TEXTS, group=["a", "b"])
    with pytest.raises(UsageError, match="labels of groups go with texts in a list"):
        ll.measure(model, texts=corpus, group=["a", "b"])


def test_one_checkpoint_is_loaded_or_all(tiny_folder, tmp_path):
    assert [model.name for model in ll.load_all(str(tiny_folder))] == ["plain", "vib"]
    assert ll.load(str(tiny_folder / "vib")).name == "vib"
    with pytest.raises(CheckpointError, match="has 2 checkpoints: plain, vib") as raised:
        ll.load(tiny_folder)
    assert "load_all" in raised.value.hint
    with pytest.raises(CheckpointError):
        ll.load(tmp_path)
