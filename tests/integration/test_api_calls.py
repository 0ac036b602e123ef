"""move, project, encode, convert, info and study: command and call are one; what Python may hand over."""

import json
import subprocess
import sys

import numpy as np
import pytest
from sgdd_files import encoder_folder, write_old
from tiny_checkpoint import sentences

import latentlab as ll
from latentlab.cli import main
from latentlab.corpora import Corpus
from latentlab.errors import CheckpointError, CorpusError, LatentlabError, UsageError
from latentlab.results import Latents

TEXTS = sentences(80)
TEXT = "the cat sees a dog on the bird 7"


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "c.txt"
    path.write_text("\n".join(TEXTS) + "\n")
    return path


def command(capsys, *words, code=0):
    assert main([*map(str, words)]) == code
    return capsys.readouterr().out


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# -- move --------------------------------------------------------------------------------------------------


def test_move_is_move(tiny_folder, capsys, tmp_path):
    pairs, group = tmp_path / "pairs.jsonl", tmp_path / "group.jsonl"
    pairs.write_text('{"a": "the cat sees", "b": "the dog sees"}\n')
    group.write_text('{"body": "the cat sees a bird"}\n{"body": "the dog finds"}\n')
    abc = (TEXT, "the cat", "the bird")
    for words, given in (
        (("--arithmetic", *abc), {"arithmetic": list(abc)}),
        (("--prior", "--n", 3, "--seed", 4), {"prior": True, "n": 3, "seed": 4}),
        (("--around", "--text", TEXT, "--scale", 2), {"text": TEXT, "around": True, "scale": 2.0}),
        (("--pairs", pairs, "--text", TEXT), {"text": TEXT, "pairs": str(pairs)}),
        (
            ("--groups", group, group, "--column", "body", "--text", TEXT),
            {"text": TEXT, "groups": (group, str(group)), "column": "body"},
        ),
    ):
        vib = tiny_folder / "vib"
        told = command(capsys, "move", vib, *words, "--json")
        assert ll.move(vib, **given).to_json() == told, words


def test_a_moved_sentence_is_a_list_of_texts(tiny_folder, tmp_path):
    model = ll.load(tiny_folder / "vib")
    r = ll.move(model, TEXT, pairs=[("the cat sees", "the dog sees")])
    assert r.labels == ["× 0", "× 0.5", "× 1", "× 1.5", "× 2"]
    assert r.texts[0] == model.generate(TEXT)
    assert r.scores == {}
    assert repr(r).splitlines()[1] == f"  × 0: {r.texts[0]}"
    assert len(repr(r)) < 500
    assert r._repr_html_().count("<tr>") == 6
    assert list(r.to_frame().columns) == ["checkpoint", "label", "text"]
    assert r.save(tmp_path / "out") == ["report.json", "table.csv"]
    assert ll.read(tmp_path / "out" / "report.json") == r
    of_lists = ll.move(model, TEXT, groups=[["the cat sees"], ["the dog sees"]])
    assert of_lists.texts == r.texts
    assert ll.move(model, TEXT, pairs=[["the  cat sees ", "the dog sees"]]).texts == r.texts
    both = ll.move(tiny_folder, prior=True, n=2)
    assert list(both.checkpoints) == ["plain", "vib"]
    assert both.checkpoints["vib"].texts == ll.move(model, prior=True, n=2).texts
    with pytest.raises(UsageError, match="'texts' of which of 2 checkpoints"):
        _ = both.texts


def test_pairs_that_cannot_be_used_are_fields_and_warnings(tiny_folder, tmp_path, capsys):
    file, long = tmp_path / "pairs.jsonl", "cat " * 90
    rows = [{"a": "a cat"}, {"a": "the cat sees", "b": "the dog sees"}, {"a": long, "b": "dog"}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.warns(ll.LatentlabWarning) as said:
        r = ll.move(tiny_folder, TEXT, pairs=file)
    assert r.unused_lines == ("line 1: no strings `a` and `b`",)
    assert len(r.unused_sentences) == 1
    assert [str(warning.message) for warning in said] == [*r.unused_lines, *r.unused_sentences]
    words = ("move", tiny_folder, "--pairs", file, "--text", TEXT, "--json")
    assert command(capsys, *words, code=5) == r.to_json()


# -- vectors and maps --------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".npy", ".parquet", ".safetensors"])
def test_encode_is_encode(tiny_folder, corpus, capsys, tmp_path, suffix):
    out, vib = tmp_path / f"a{suffix}", tiny_folder / "vib"
    command(capsys, "encode", vib, corpus, "--out", out, "--cloud", "z", "--seed", 3, "--text")
    found = ll.encode(str(vib), corpus, cloud="z", seed=3, text=True)
    found.write(str(tmp_path / f"b{suffix}"))
    for end in ("", ".json"):
        assert (tmp_path / f"b{suffix}{end}").read_bytes() == (tmp_path / f"a{suffix}{end}").read_bytes()
    assert np.array_equal(Latents.read(str(out)).vectors, found.vectors)


def test_vectors_of_a_list_say_which_sentence_each_is_of(tiny_folder, corpus):
    model = ll.load(tiny_folder / "vib")
    given = [TEXTS[0], "cat " * 90, *TEXTS[1:], TEXTS[0]]
    with pytest.warns(ll.LatentlabWarning, match="left out 1 of 82"):
        found = ll.encode(model, given)
    assert found.rows.row == (0, *range(2, 82))
    assert len(found) == 81
    assert np.array_equal(np.asarray(found)[0], found.vectors[-1])
    assert np.array_equal(found.vectors[:80], ll.encode(model, corpus).vectors)
    assert repr(found) == "mu of vib on texts: 81 vectors of 8 dimensions"
    labelled = ll.encode(model, Corpus(tuple(TEXTS), "mine"), cloud="pooled", layer=1, group=["a", "b"] * 40)
    assert labelled.rows.group[:3] == ("a", "b", "a")
    with pytest.raises(UsageError, match=r"^2 checkpoints lie below .*; name one of them$"):
        ll.encode(tiny_folder, TEXTS)


def test_project_is_project(tiny_folder, corpus, capsys, tmp_path):
    words = ("project", tiny_folder, "--corpus", corpus, "--n", 60, "--cloud", "pooled", "--seed", 2)
    command(capsys, *words, "--out", tmp_path / "a.csv", "--atlas", tmp_path / "a.parquet")
    drawn = ll.project(tiny_folder, corpus, n=60, cloud="pooled", seed=2)
    drawn.save(str(tmp_path / "b.csv"), atlas=tmp_path / "b.parquet")
    for end in ("csv", "parquet"):
        assert (tmp_path / f"b.{end}").read_bytes() == (tmp_path / f"a.{end}").read_bytes()
    assert repr(drawn) == "120 points, pooled of plain, vib"
    assert len(drawn.to_frame()) == 120
    of_list = ll.project(ll.load(tiny_folder / "vib"), TEXTS)
    assert of_list.columns["text"] == TEXTS
    assert of_list.columns["row"] == list(range(80))
    with pytest.raises(UsageError, match=r"^atlas .*parquet"):
        drawn.save(tmp_path / "c.csv", atlas="c.csv")


# -- checkpoints and a paper's folder ----------------------------------------------------------------------


def test_info_is_info(tiny_folder, capsys):
    told = json.loads(command(capsys, "info", tiny_folder, "--json"))["checkpoints"]
    assert json.loads(json.dumps([item.to_dict() for item in ll.info_all(tiny_folder)])) == told
    one = ll.info(ll.load(tiny_folder / "vib"))
    assert (one.name, one.step, one.problems) == ("vib", 3, [])
    with pytest.raises(CheckpointError, match="has 2 checkpoints: plain, vib") as raised:
        ll.info(tiny_folder)
    assert "info_all" in raised.value.hint


def test_convert_is_convert(capsys, tmp_path):
    file, encoder = write_old(tmp_path / "old.pt", "D"), encoder_folder(tmp_path / "enc")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    told = command(capsys, "convert", file, tmp_path / "a" / "new", "--encoder", encoder)
    assert ll.convert(file, str(tmp_path / "b" / "new"), encoder=encoder) == told.strip()
    assert files(tmp_path / "b") == files(tmp_path / "a")
    with pytest.raises(UsageError) as raised:
        ll.convert(tmp_path / "no", tmp_path / "c")
    assert raised.value.hint == 'convert("best_model.pt", FOLDER)'


def test_study_is_report(tiny_folder, corpus, capsys, tmp_path, monkeypatch):
    """Each in a folder of its own: the manifest says where it was written."""
    sizes = ("--n", 60, "--pairs", 2)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "a")
    command(capsys, "report", tiny_folder, "--corpus", corpus, *sizes, "--out", "paper")
    monkeypatch.chdir(tmp_path / "b")
    names = ll.study([tiny_folder], "paper", texts=corpus, n=60, pairs=2)
    assert files(tmp_path / "b" / "paper") == files(tmp_path / "a" / "paper")
    assert sorted(names) == sorted(files(tmp_path / "b" / "paper"))
    with pytest.raises(LatentlabError, match="with something in it") as raised:
        ll.study(tiny_folder, "paper")
    assert raised.value.hint == "overwrite=True replaces a report"
    ll.study(ll.load_all(tiny_folder), "paper", texts=TEXTS, n=60, pairs=1, overwrite=True)
    assert "--corpus texts" in json.loads((tmp_path / "b/paper/manifest.json").read_text())["command"]


# -- what can be handed over by mistake --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda f: ll.move(f, TEXT), UsageError, "^give one of arithmetic, attribute, pairs, groups, dim"),
        (lambda f: ll.move(f, around=True), UsageError, "there is no sentence to move"),
        (lambda f: ll.move(f, TEXT, prior=True), UsageError, "^prior moves no text"),
        (lambda f: ll.move([], TEXT, around=True), UsageError, "there is no checkpoint"),
        (lambda f: ll.move(f / "no", TEXT, around=True), CheckpointError, "does not exist"),
        (lambda f: ll.move(f, "a \ud800", around=True), CorpusError, "text: half a surrogate pair"),
        (lambda f: ll.move(f, arithmetic=["a", "b"]), UsageError, "arithmetic takes three"),
        (lambda f: ll.move(f, TEXT, attribute="tense"), UsageError, "attribute 'tense' is not FACTOR"),
        (lambda f: ll.move(f, TEXT, pairs=[]), CorpusError, "pairs: there are none"),
        (lambda f: ll.move(f, TEXT, pairs=["ab"]), CorpusError, "pairs: number 0 is no two strings"),
        (lambda f: ll.move(f, TEXT, pairs=[("a", " ")]), CorpusError, "pairs: number 0 has an empty side"),
        (lambda f: ll.move(f, TEXT, pairs="no.jsonl"), CorpusError, "cannot read no.jsonl"),
        (lambda f: ll.move(f, TEXT, groups=["ab"]), UsageError, "groups takes two"),
        (lambda f: ll.move(f, TEXT, groups=[[], TEXTS]), CorpusError, "there are no texts"),
        (lambda f: ll.move(f, TEXT, groups=[TEXTS, TEXTS], column="a"), UsageError, "^column is for a file"),
        (lambda f: ll.move(f, prior=True, n=0), UsageError, "^n is 0, and 1 is the least"),
        (lambda f: ll.move(f, TEXT, dimension=-1), UsageError, "^dimension is -1"),
        (lambda f: ll.encode(f / "vib", TEXTS, cloud="nu"), UsageError, "^cloud: 'nu' is not one of"),
        (lambda f: ll.encode(f / "vib", TEXTS, layer=1), UsageError, "^layer is of the encoder"),
        (lambda f: ll.encode(f / "vib", "no file"), CorpusError, "no file does not exist"),
        (lambda f: ll.encode(f / "vib", ["\udfff"]), CorpusError, "text 0: half a surrogate pair"),
        (lambda f: ll.project(f, TEXTS, method="tsne"), UsageError, "^method: 'tsne' is not one of"),
        (lambda f: ll.project(f / "plain", TEXTS, cloud="z"), UsageError, "has a posterior"),
        (lambda f: ll.export(f / "vib"), LatentlabError, "without the state of its run"),
        (lambda f: ll.info_all(), UsageError, "there is no checkpoint"),
        (lambda f: ll.study(f, f / "no", pairs=0), UsageError, "^pairs is 0"),
        (lambda f: ll.study(f, f / "no", venue="nature"), UsageError, "no venue is called 'nature'"),
    ],
)
def test_it_is_refused_in_one_line(tiny_folder, call, error, said):
    with pytest.raises(error, match=said) as raised:
        call(tiny_folder)
    assert str(raised.value).isprintable()
    assert "--" not in str(raised.value)


WRONG_TYPES = """
import sys, latentlab as ll
vib, t = sys.argv[1], "the cat sees"
for call in (
    lambda: ll.move(None, t, around=True), lambda: ll.move(vib, [t], around=True),
    lambda: ll.move(vib, t, pairs={"a": "b"}), lambda: ll.move(vib, t, pairs=5),
    lambda: ll.move(vib, arithmetic=5), lambda: ll.move(vib, t, dimension="3"),
    lambda: ll.move(vib, t, around=True, scale="x"), lambda: ll.encode(vib, {"a": 1}),
    lambda: ll.encode(vib, 5), lambda: ll.encode(vib, b"abc"), lambda: ll.encode(vib, [1]),
    lambda: ll.project(vib, [t, t], n=2.5), lambda: ll.project(5, [t]), lambda: ll.export(None),
    lambda: ll.convert(5, "x"), lambda: ll.info(None), lambda: ll.study(vib, None),
):
    try:
        call()
    except ll.LatentlabError as error:
        print(error.message)
"""


def test_what_has_a_wrong_type_is_named(tiny_folder):
    """In a process of its own: here types are checked before the library sees them."""
    words = [sys.executable, "-c", WRONG_TYPES, str(tiny_folder / "vib")]
    told = subprocess.run(words, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == [
        "there is no checkpoint",
        "text: a list is no sentence",
        "pairs: a dict is no list of pairs",
        "pairs: a int is no list of pairs",
        "arithmetic takes three sentences, A − B + C",
        "dimension: a str is no whole number",
        "scale: a str is no number",
        "texts: no sentences but a dict",
        "texts: no sentences but a int",
        "texts: no sentences but a bytes",
        "texts: text 0 is a int",
        "n: a float is no whole number",
        "a int is no path",
        "a NoneType is no path",
        "a int is no path",
        "a NoneType is no path",
        "a NoneType is no path",
    ]
