"""Every command on every layout: what it says of the checkpoint, or why the layout has not what it needs."""

import json

import numpy as np
import pytest
from sgdd_files import LAYOUTS, OldModel, write_old
from tiny_checkpoint import sentences

import latentlab
from latentlab.analysis.loading import load_models
from latentlab.checkpoints import find_checkpoints
from latentlab.cli import main
from latentlab.corpora import split_of

WRITING = [layout for layout in LAYOUTS if layout != "F"]
VIB = ("D", "E", "S", "F")
FEW = ("--n", 9, "--seeds", 1, "--low", -10, "--high", 30, "--step", 40)
WALK = ("--from", "the cat sees a dog", "--to", "a bird finds the old house", "--steps", 4)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """One file of each layout."""
    folder = tmp_path_factory.mktemp("runs")
    for layout in LAYOUTS:
        write_old(folder / f"{layout}.pt", layout, step=3)
    return folder


@pytest.fixture(scope="module")
def texts():
    """Sixty sentences of the training split, and ten held out."""
    every = sentences(900, seed=5)
    train, test = ([text for text in every if split_of(text) == part] for part in ("train", "test"))
    return [*train[:60], *test[:10]]


@pytest.fixture(scope="module")
def corpus(texts, tmp_path_factory):
    file = tmp_path_factory.mktemp("corpus") / "sentences.txt"
    file.write_text("\n".join(texts) + "\n")
    return file


@pytest.fixture
def run(encoder, capsys):
    """A command with --encoder and --json: its document, after it has gone well and said nothing else."""

    def called(command, *arguments):
        code = main([command, *map(str, arguments), "--encoder", str(encoder), "--json"])
        out, err = capsys.readouterr()
        assert (code, err) == (0, "")
        return json.loads(out)

    return called


def cosine_of_pairs(latents):
    """Mean over all pairs of different rows."""
    unit = latents / np.linalg.norm(latents, axis=1, keepdims=True)
    n = len(unit)
    return ((unit @ unit.T).sum() - n) / (n * (n - 1))


def of_the_old_code(layout, encoder, texts):
    """The latents of texts by the plain modules, one text at a time."""
    import torch
    from transformers import AutoTokenizer

    old, tokenizer = OldModel(layout), AutoTokenizer.from_pretrained(encoder)
    rows = []
    for text in texts:
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        encoded = old.encode(ids, torch.ones_like(ids))
        rows.append(encoded.get("mu", encoded["z"])[0].double().numpy())
    return np.stack(rows)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_anisotropy(layout, runs, encoder, texts, corpus, run):
    document = run("anisotropy", runs / f"{layout}.pt", "--corpus", corpus, "--n", len(texts))
    (item,) = document["results"]["items"]
    assert (item["name"], item["kind"]) == (layout, "vib" if layout in VIB else "deterministic")
    assert ("z" in item["clouds"]) == (item["posterior"] is not None) == (layout in VIB)
    found = item["clouds"]["mu"]["metrics"]["mean_cosine"]["value"]
    wanted = cosine_of_pairs(of_the_old_code(layout, encoder, texts))
    assert found == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_compare(layout, runs, corpus, run):
    other = "A" if layout != "A" else "B"
    paths = (runs / f"{other}.pt", runs / f"{layout}.pt")
    results = run("compare", *paths, "--corpus", corpus, "--n", 40)["results"]
    assert [item["name"] for item in results["items"]] == [other, layout]
    (difference,) = results["comparisons"]
    assert (difference["name"], difference["against"]) == (layout, other)


@pytest.mark.parametrize("layout", WRITING)
def test_reconstruct(layout, runs, encoder, texts, run):
    document = run("reconstruct", runs / f"{layout}.pt", "--text", "the cat sees a dog")
    (row,) = document["results"]["items"][0]["parts"]["given"]["examples"]
    model = latentlab.load_checkpoint(runs / f"{layout}.pt", encoder)
    assert row["output"] == model.generate("the cat sees a dog")


@pytest.mark.parametrize("options", [(), ("--rerank",), ("--scores",)])
@pytest.mark.parametrize("layout", WRITING)
def test_interpolate(layout, options, runs, encoder, corpus, run):
    more = ("--corpus", corpus) if options == ("--scores",) else ()
    document = run("interpolate", runs / f"{layout}.pt", *WALK, *options, *more)
    (item,) = document["results"]["items"]
    (way,) = item["paths"]
    assert len(way["texts"]) == 4
    assert (way["scores"] is not None) == (options == ("--scores",))
    assert document["results"]["scoring_layer"] == (1 if options == ("--scores",) else None)
    if not options:
        model = latentlab.load_checkpoint(runs / f"{layout}.pt", encoder)
        assert way["texts"][0] == model.generate("the cat sees a dog")


@pytest.mark.parametrize("command", ["noise", "memorisation"])
@pytest.mark.parametrize("layout", WRITING)
def test_what_has_to_decode(layout, command, runs, corpus, encoder, capsys):
    asked = (command, runs / f"{layout}.pt", "--corpus", corpus, "--encoder", encoder, *FEW, "--json")
    code = main([str(argument) for argument in asked])
    out, err = capsys.readouterr()
    assert code == 0, err
    (item,) = json.loads(out)["results"]["items"]
    assert (item["name"], item["kind"]) == (layout, "vib" if layout in VIB else "deterministic")
    assert [point["snr_db"] for point in item["points"]] == [-10, 30]


@pytest.mark.parametrize(
    "asked",
    [
        ("reconstruct", "--text", "the cat"),
        ("interpolate", *WALK),
        ("interpolate", *WALK, "--scores"),
        ("interpolate", *WALK, "--rerank"),
        ("noise", *FEW),
        ("memorisation", *FEW),
    ],
)
def test_what_has_to_decode_is_refused_for_layout_f(asked, runs, corpus, encoder, capsys):
    command, *options = asked
    options += ["--corpus", corpus] if command in ("noise", "memorisation") else []
    code = main([str(a) for a in (command, runs / "F.pt", "--encoder", encoder, *options)])
    out, err = capsys.readouterr()
    assert (code, out) == (3, "")
    assert err.splitlines() == [
        "error: F is of layout F, whose decoder is not known: it cannot decode",
        "hint: its geometry and KL can be measured: latentlab anisotropy, compare",
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_info_and_convert(layout, runs, encoder, texts, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    letter = "C" if layout == "identity" else layout
    assert main(["info", str(runs / f"{layout}.pt")]) == 0
    told = capsys.readouterr().out
    assert f"layout      {letter}, SGDD" in told
    assert "step        3" in told
    assert ("KL weight   0.01" in told) == (layout in VIB)
    assert ("decoder     not known: it cannot decode" in told) == (layout == "F")
    assert main(["convert", str(runs / f"{layout}.pt"), "new", "--encoder", str(encoder)]) == 0
    capsys.readouterr()
    assert main(["info", "new"]) == 0
    assert f"converted from SGDD {letter} ({layout}.pt" in capsys.readouterr().out
    old = latentlab.load_checkpoint(runs / f"{layout}.pt", encoder).encode(texts)
    new = latentlab.load_checkpoint("new", encoder).encode(texts)
    assert np.array_equal(old.z, new.z)


@pytest.mark.parametrize("layout", ["A", "E", "F"])
def test_a_converted_folder_goes_where_the_file_does(layout, runs, corpus, encoder, tmp_path, run, capsys):
    assert (
        main(["convert", str(runs / f"{layout}.pt"), str(tmp_path / "new"), "--encoder", str(encoder)]) == 0
    )
    capsys.readouterr()
    items = [
        run("anisotropy", path, "--corpus", corpus, "--n", 30)["results"]["items"][0]
        for path in (runs / f"{layout}.pt", tmp_path / "new")
    ]
    assert items[0]["clouds"] == items[1]["clouds"]
    assert items[0]["posterior"] == items[1]["posterior"]


def test_a_folder_of_them_is_listed_and_opened(runs, encoder, texts):
    """What the dashboard and every command do with a path."""
    assert [path.stem for path in find_checkpoints(runs)] == sorted(LAYOUTS)
    models = load_models([runs], encoder=encoder, offline=True)
    assert [model.name for model in models] == sorted(LAYOUTS)
    assert all(len(model.encode(texts[:2]).z) == 2 for model in models)
    by_encoder = {model.encoder_key: model.encoder for model in models}
    # Layout F pools its first token; the others share one encoder in memory.
    assert len(by_encoder) == 2
    assert all(model.encoder is by_encoder[model.encoder_key] for model in models)
    assert not any(model._tokenizer is None for model in models)
