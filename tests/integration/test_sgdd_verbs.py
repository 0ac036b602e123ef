"""Walking, rebuilding and looking at old checkpoints, with the frozen encoder that lies inside them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sgdd_files import encoder_folder, old_tree, tokens, write_old
from tiny_checkpoint import sentences

import latentlab
from latentlab.analysis.anisotropy.layer_profiles import encoder_at
from latentlab.analysis.interpolation.interpolations import scoring_encoder
from latentlab.checkpoints import convert_checkpoint
from latentlab.cli import main
from latentlab.errors import CheckpointError, UsageError

APP = Path(__file__).resolve().parents[2] / "apps" / "dashboard" / "app.py"
WALK = ("--from", "the cat sees a dog", "--to", "a bird finds the old house")


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for layout in ("B", "D"):
        write_old(folder / f"{layout}.pt", layout)
    return folder


@pytest.fixture(scope="module")
def dual(tmp_path_factory):
    return write_old(tmp_path_factory.mktemp("dual") / "F.pt", "F")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    file = tmp_path_factory.mktemp("corpus") / "sentences.txt"
    file.write_text("\n".join(dict.fromkeys(s.rsplit(" ", 1)[0] for s in sentences(300))) + "\n")
    return file


# -- walking -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--rerank",), ("--temperature", 0.7, "--seeds", 2)])
def test_ways_of_old_checkpoints(options, runs, encoder, capsys):
    asked = ("interpolate", runs, "--encoder", encoder, *WALK, "--steps", 4, *options)
    code, out, err = run(capsys, *asked, "--json")
    assert (code, err) == (0, "")
    results = json.loads(out)["results"]
    assert [item["name"] for item in results["items"]] == ["B", "D"]
    assert results["scoring_layer"] is None
    for item in results["items"]:
        way = item["paths"][0]
        assert len(way["texts"]) == len(way["unmasking"]) == 4
        # A length that is planned is kept, or missed by one where the nearest text is looked for.
        spare = 1 if "--rerank" in options else 0
        for text, planned in zip(way["texts"], way["lengths"], strict=True):
            assert abs(len(text.split()) - planned) <= spare
    code, out, err = run(capsys, *asked)
    assert (code, err) == (0, "")
    assert "slerp_radius" in out


def test_ways_are_scored_with_a_layer_that_the_checkpoint_does_not_read(runs, encoder, corpus, capsys):
    asked = ("interpolate", runs, "--encoder", encoder, *WALK, "--steps", 4, "--scores", "--corpus", corpus)
    code, out, err = run(capsys, *asked, "--json")
    assert (code, err) == (0, "")
    results = json.loads(out)["results"]
    assert results["scoring_layer"] == 1  # of two, and the second is what the checkpoints read
    for item in results["items"]:
        assert item["paths"][0]["scores"]["fluency"] > 0
        assert item["baselines"]["copy"]["all pairs"]["distinct"]["value"] == 2
    code, out, _ = run(capsys, *asked)
    assert code == 0
    assert "layer 1 of the frozen encoder" in out


def test_another_layer_is_one_of_the_encoder_inside(runs, encoder, tmp_path):
    """Also where the folder with the tokenizer has other weights, and in a converted folder."""
    other = encoder_folder(tmp_path / "other", seed=1)
    convert_checkpoint(runs / "B.pt", tmp_path / "new", other)
    text, wanted = ["the cat sees a dog"], []
    for path, folder in ((runs / "B.pt", encoder), (runs / "B.pt", other), (tmp_path / "new", None)):
        model = latentlab.load_checkpoint(path, folder, offline=True)
        reader = scoring_encoder(model)
        assert reader.layer == 1
        assert not np.allclose(reader.encode(text), model.pool(text), atol=1e-2)
        assert np.array_equal(encoder_at(model, 2).encode(text), model.pool(text))
        assert not np.allclose(encoder_at(model, -1, pooling="cls").encode(text), model.pool(text))
        wanted.append(reader.encode(text))
    assert np.array_equal(wanted[0], wanted[1])
    assert np.array_equal(wanted[0], wanted[2])


def test_an_encoder_of_one_layer_is_scored_by_its_embeddings(tmp_path, encoder):
    tree = old_tree("B")
    state = tree["model_state_dict"]
    kept = {name: tensor for name, tensor in state.items() if "roberta.encoder.layer.1." not in name}
    torch.save({**tree, "model_state_dict": type(state)(kept)}, tmp_path / "x.pt")
    shallow = tmp_path / "shallow"
    shallow.mkdir()
    for file in encoder.iterdir():
        (shallow / file.name).write_bytes(file.read_bytes())
    settings = json.loads((shallow / "config.json").read_text())
    (shallow / "config.json").write_text(json.dumps(settings | {"num_hidden_layers": 1}))
    model = latentlab.load_checkpoint(tmp_path / "x.pt", shallow)
    reader = scoring_encoder(model)
    assert (reader.layer, model.encoder.layer) == (0, 1)
    ids = tokens()[0][:1, :4].numpy()
    embeddings = model.encoder.model.embeddings(torch.tensor(ids)).mean(1)
    got = reader.encode_tokens(ids, np.ones_like(ids))
    np.testing.assert_allclose(got, embeddings.numpy(), atol=1e-6)


# -- what an old checkpoint cannot do is said at once --------------------------------------------------------


def unencoded(*_, **__):
    raise AssertionError("a sentence was encoded before the refusal")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("reconstruct", "--text", "the cat", "--refine", 1), 2, "D is an old SGDD model: it has no search"),
        (("reconstruct", "F", "--text", "the cat"), 3, "F is of layout F, whose decoder is not known"),
        (("interpolate", "F", *WALK), 3, "F is of layout F, whose decoder is not known"),
    ],
)
def test_refusals_come_before_the_work(arguments, code, message, runs, dual, capsys, monkeypatch):
    """Without an encoder folder: nothing is looked for either."""
    monkeypatch.setattr(latentlab.models.sgdd.sgdd_model.SgddAutoencoder, "encode_pooled", unencoded)
    command, *rest = arguments
    path = dual if rest[0] == "F" else runs / "D.pt"
    got, out, err = run(capsys, command, path, *[a for a in rest if a != "F"])
    assert (got, out) == (code, "")
    assert message in err
    assert len(err.splitlines()) == 2


def test_the_library_refuses_too(runs, encoder):
    from latentlab.analysis.reconstruction_report import reconstruct

    model = latentlab.load_checkpoint(runs / "D.pt", encoder)
    with pytest.raises(UsageError, match="no search"):
        reconstruct([model], {"given": ["the cat"]}, refine=1)


def test_layout_f_is_measured(dual, encoder, corpus, capsys):
    code, out, err = run(capsys, "anisotropy", dual, "--encoder", encoder, "--corpus", corpus, "--n", 60)
    assert code == 0, err
    assert "KL" in out
    with pytest.raises(CheckpointError, match="cannot decode"):
        latentlab.load_checkpoint(dual, encoder).generate("the cat")


def test_compare_and_anisotropy_take_a_folder_of_files(runs, encoder, corpus, capsys):
    asked = ("--encoder", encoder, "--corpus", corpus, "--n", 50)
    for command in ("compare", "anisotropy"):
        code, out, err = run(capsys, command, runs, *asked)
        assert code == 0, err
        assert "B" in out.split()
        assert "D" in out.split()


# -- the dashboard -------------------------------------------------------------------------------------------


@pytest.fixture
def page(encoder, monkeypatch):
    """A page of the dashboard on old files, with one of them chosen."""
    testing = pytest.importorskip(
        "streamlit.testing.v1", reason="the dashboard is an extra: pip install 'latentlab[app]'"
    )

    def opened(path, chosen, name=None):
        monkeypatch.setenv("LATENTLAB_CHECKPOINTS", str(path))
        monkeypatch.setenv("LATENTLAB_ENCODER", str(encoder))
        app = testing.AppTest.from_file(str(APP), default_timeout=400)
        app.session_state["n"], app.session_state["a"], app.session_state["b"] = 200, chosen, "—"
        app.run()
        if name:
            app.switch_page(f"views/{name}.py").run()
        assert not app.exception
        return app

    return opened


@pytest.mark.parametrize("one", [False, True])
def test_the_dashboard_shows_old_checkpoints(one, page, runs):
    app = page(runs / "D.pt" if one else runs, "D.pt")
    assert not app.error
    assert app.selectbox(key="a").options == (["D.pt"] if one else ["B.pt", "D.pt"])
    assert app.selectbox(key="a").value == "D.pt"
    assert "KL, nats a sentence" in [metric.label for metric in app.metric]


def test_pages_that_have_to_decode_say_what_layout_f_lacks(page, dual, runs):
    assert not page(runs, "B.pt", "interpolate").error
    assert not page(dual, "F.pt", "geometry").error
    for name in ("interpolate", "noise"):
        (error,) = page(dual, "F.pt", name).error
        assert "layout F, whose decoder is not known" in error.value
