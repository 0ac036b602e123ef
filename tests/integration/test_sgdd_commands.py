"""The command line on old checkpoints, converting them, and the two that the old code itself wrote."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from sgdd_files import LAYOUTS, encoder_folder, old_config, tokens, write_old
from tiny_checkpoint import sentences

import latentlab
from latentlab.checkpoints import convert_checkpoint, find_checkpoints, read_info
from latentlab.cli import main
from latentlab.errors import CheckpointError, EncoderError, InputError, UsageError

UPSTREAM = Path(__file__).resolve().parents[3] / "shared" / "upstream"
needs_upstream = pytest.mark.skipif(
    not UPSTREAM.is_dir(),
    reason="../shared/upstream, with files that the old code wrote, is not part of a clone",
)


def test_paths_in_a_configuration_are_not_followed(here):
    """A folder of the encoder's name is there, and is not opened."""
    (here / "roberta-base").mkdir()
    (here / "roberta-base" / "config.json").write_text("{")
    for name in ("roberta-base", "../roberta-base", str(here / "roberta-base"), "C:\\x", 3, None):
        config = old_config("B")
        config["model"]["encoder_name"] = name
        model = latentlab.load_checkpoint(write_old(here / "x.pt", "B", config=config), offline=True)
        with pytest.raises(latentlab.errors.EncoderError, match="not opened"):
            model.encode(["the cat"])


def test_find_and_info_say_what_is_there(here, capsys):
    (here / "a" / "state").mkdir(parents=True)
    for name in ("a/best_model.pt", "a/checkpoint_epoch_10.pt", "a/checkpoint_epoch_9.pt", "a/state/x.pt"):
        write_old(here / name, "E", step=3)
    shutil.copy(here / "a/state/x.pt", here / "a/.hidden.pt")
    names = [path.name for path in find_checkpoints(here)]
    assert names == ["best_model.pt", "checkpoint_epoch_9.pt", "checkpoint_epoch_10.pt"]
    (here / "a/checkpoint_epoch_9.pt").write_bytes(b"PK")
    assert main(["info", str(here)]) == 3
    out, err = capsys.readouterr()
    assert out.count("layout      E, SGDD") == 2
    assert "KL weight   0.01, free bits 2 nats" in out
    assert "PROBLEM" in out
    assert "Traceback" not in err


# -- converting ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_converted_folder_gives_the_same_bits(layout, here, encoder):
    file = write_old(here / "old.pt", layout, step=7, epoch=2, loss=0.5)
    fingerprint = convert_checkpoint(file, here / "new", encoder)
    old, new = latentlab.load_checkpoint(file, encoder), latentlab.load_checkpoint(here / "new", encoder)
    assert (new.layout, new.config.layout, new.kind, new.step) == ("native", old.layout, old.kind, 7)
    assert new.fingerprint == fingerprint
    ids, mask = (a.numpy() for a in tokens())
    pairs = [(old.encode_tokens(ids, mask), new.encode_tokens(ids, mask))]
    pairs.append((old.encode(sentences(3)), new.encode(sentences(3))))
    for a, b in pairs:
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True) if x is not None)
    if layout != "F":
        z = pairs[0][0].z
        assert np.array_equal(old.logits(ids, z), new.logits(ids, z))
        assert old.decode(z) == new.decode(z)
    assert read_info(here / "new").problems == []
    origin = read_info(here / "new").provenance["converted_from"]
    assert (origin["epoch"], origin["loss"], origin["sha256"]) == (2, 0.5, old.fingerprint)
    assert origin["config"] == old_config(layout)
    # The frozen encoder is where it was: not in the weights, and not beside them.
    assert all(name.startswith(("head.", "decoder.")) for name in load_file(here / "new/model.safetensors"))
    assert sorted(p.name for p in (here / "new").iterdir()) == [
        "README.md", "config.json", "model.safetensors", "tokenizer.json"
    ]  # fmt: skip


def test_an_encoder_that_lies_nowhere_else_is_kept(here, encoder):
    other = encoder_folder(here / "other", seed=1)
    file = write_old(here / "old.pt", "D")
    convert_checkpoint(file, here / "new", other)
    old, new = latentlab.load_checkpoint(file, encoder), latentlab.load_checkpoint(here / "new")
    assert (here / "new/encoder/model.safetensors").exists()
    a, b = old.encode(sentences(3)), new.encode(sentences(3))
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    # Another encoder is not taken, even when it is named.
    assert np.array_equal(latentlab.load_checkpoint(here / "new", other).encode(sentences(3)).z, a.z)


def test_a_converted_folder_refuses_another_encoder(here, encoder):
    convert_checkpoint(write_old(here / "old.pt", "D"), here / "new", encoder)
    model = latentlab.load_checkpoint(here / "new", encoder_folder(here / "other", seed=1))
    with pytest.raises(EncoderError, match="sha256"):
        model.encode(sentences(2))


def test_converting_writes_all_or_nothing(here, encoder):
    file = write_old(here / "old.pt", "B")
    (here / "full").mkdir()
    (here / "full/mine.txt").write_text("mine")
    with pytest.raises(InputError, match="something in it"):
        convert_checkpoint(file, here / "full", encoder)
    with pytest.raises(UsageError, match=r"not a \.pt file"):
        convert_checkpoint(here / "full", here / "new", encoder)
    with pytest.raises(EncoderError):
        convert_checkpoint(file, here / "new", offline=True)
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(CheckpointError):
        convert_checkpoint(file, here / "new", encoder)
    assert sorted(p.name for p in here.iterdir()) == ["full", "old.pt"]
    assert [p.name for p in (here / "full").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda tree: tree["model"]["head"].update(width=10**9), "other sizes"),
        (lambda tree: tree["model"]["decoder"].update(layers=10**9), "other sizes"),
        (lambda tree: tree["model"]["decoder"].update(max_length=10**9), "8192"),
        (lambda tree: tree["model"].update(layout="Z"), "layout"),
        (lambda tree: tree["model"].update(specials=None), "specials"),
        (lambda tree: tree["model"]["specials"].update(mask=10**6), "outside"),
        (lambda tree: tree["model"].update(more=1), "unknown key"),
        (lambda tree: tree["model"]["head"].update(kind="projection"), "other sizes or of another kind"),
    ],
)
def test_a_converted_folder_that_was_changed(change, match, here, encoder):
    convert_checkpoint(write_old(here / "old.pt", "D"), here / "new", encoder)
    tree = json.loads((here / "new/config.json").read_text())
    change(tree)
    (here / "new/config.json").write_text(json.dumps(tree))
    with pytest.raises(CheckpointError, match=match):
        latentlab.load_checkpoint(here / "new", encoder).tokenizer  # noqa: B018
    assert "".join(read_info(here / "new").problems)


def test_weights_of_a_converted_folder_that_were_changed(here, encoder):
    convert_checkpoint(write_old(here / "old.pt", "D"), here / "new", encoder)
    weights = load_file(here / "new/model.safetensors")
    weights["head.mu_layer.0.bias"] += 1
    save_file(weights, here / "new/model.safetensors")
    with pytest.raises(CheckpointError, match="has changed since"):
        latentlab.load_checkpoint(here / "new", encoder)


# -- the command line ----------------------------------------------------------------------------------------


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.fixture
def corpus(here):
    (here / "sentences.txt").write_text("\n".join(s.rsplit(" ", 1)[0] for s in sentences(120)) + "\n")
    return here / "sentences.txt"


def test_commands_take_files_and_folders_of_files(here, encoder, corpus, capsys):
    (here / "runs").mkdir()
    for layout in ("B", "D", "F"):
        write_old(here / f"runs/{layout}.pt", layout)
    asked = ("--encoder", encoder, "--corpus", corpus, "--n", 50, "--json")
    code, out, err = run(capsys, "anisotropy", here / "runs", *asked)
    assert code == 0, err
    kinds = {item["name"]: item["kind"] for item in json.loads(out)["results"]["items"]}
    assert kinds == {"B": "deterministic", "D": "vib", "F": "vib"}
    code, out, err = run(capsys, "anisotropy", here / "runs/D.pt", *asked)
    assert code == 0, err
    code, out, err = run(capsys, "compare", here / "runs/B.pt", here / "runs/D.pt", *asked)
    assert code == 0, err
    code, out, err = run(capsys, "anisotropy", here / "runs/D.pt", "--layers", *asked)
    assert code == 0, err
    assert len(json.loads(out)["results"]["items"][0]["layers"]) == 3
    code, _, err = run(
        capsys, "encode", here / "runs/F.pt", corpus, "--encoder", encoder, "--out", here / "mu.npy"
    )
    assert code == 0, err


def test_reconstruct_with_both_samplers(here, encoder, corpus, capsys):
    write_old(here / "D.pt", "D")
    for sampler in ("latentlab", "sgdd"):
        asked = ("--encoder", encoder, "--corpus", corpus, "--n", 5, "--json", "--sampler", sampler)
        code, out, err = run(capsys, "reconstruct", here / "D.pt", *asked)
        assert code == 0, err
        report = json.loads(out)
        part = next(iter(report["results"]["items"][0]["parts"].values()))
        assert part["metrics"]["nll_bound"]["value"] is None
        assert part["metrics"]["exact_match"]["value"] is not None
        assert report["inputs"]["sampler"] == sampler
    write_old(here / "F.pt", "F")
    code, out, err = run(capsys, "reconstruct", here / "F.pt", "--encoder", encoder, "--text", "the cat")
    assert (code, out) == (3, "")
    assert "whose decoder is not known" in err


def test_the_original_loop_is_for_old_models(tiny_folder, capsys):
    code, _, err = run(capsys, "reconstruct", tiny_folder, "--text", "the cat", "--sampler", "sgdd")
    assert code == 2
    assert "--sampler sgdd is for old SGDD models" in err


def test_convert_and_info(here, encoder, capsys):
    write_old(here / "old.pt", "E", step=5)
    code, out, err = run(capsys, "convert", here / "old.pt", here / "new", "--encoder", encoder)
    assert code == 0, err
    assert out.strip() == read_info(here / "new").fingerprint
    code, out, _ = run(capsys, "info", here / "new")
    assert code == 0
    assert "layout      native" in out
    assert "head batchnorm of 64 numbers" in out
    assert json.loads(run(capsys, "info", "--json", here / "old.pt")[1])["checkpoints"][0]["layout"] == "E"
    assert run(capsys, "convert", here / "gone.pt", here / "x")[0] == 3


def test_native_checkpoints_have_the_same_names(tiny_folder):
    model = latentlab.load_checkpoint(tiny_folder / "vib")
    ids = np.array([[0, 5, 6, 2], [0, 7, 2, 1]])
    encoding = model.encode_tokens(ids, (ids != 1).astype(int))
    assert (model.layout, model.kind, encoding.z.shape) == ("native", "vib", (2, 8))
    x = np.zeros((2, 3), dtype=int)
    assert np.array_equal(model.logits(x, encoding.z), model.logits(x, encoding.z, np.array([3, 4])))
    with pytest.raises(UsageError, match="self-conditioning"):
        model.logits(x, encoding.z, prev_pred=x)


# -- what the old code itself wrote and computed -------------------------------------------------------------


@needs_upstream
@pytest.mark.parametrize("layout", ["B", "E"])
def test_files_and_numbers_of_the_old_code(layout, here):
    wanted = np.load(UPSTREAM / layout / "expected.npz")
    folder = UPSTREAM / "tiny-roberta"
    convert_checkpoint(UPSTREAM / layout / "best_model.pt", here / "new", folder)
    for path in (UPSTREAM / layout / "best_model.pt", here / "new"):
        model = latentlab.load_checkpoint(path, folder)
        got = model.encode_tokens(wanted["input_ids"], wanted["attention_mask"])
        for name in {"pooled", "z", "mu", "logvar"} & set(wanted.files):
            np.testing.assert_allclose(getattr(got, name), wanted[name], atol=1e-5, rtol=0)
        np.testing.assert_allclose(model.encode(wanted["texts"].tolist()).z, wanted["z"], atol=1e-5, rtol=0)
        x, z, t = wanted["x_t"], wanted["z"], wanted["t"]
        np.testing.assert_allclose(model.logits(x, z, t), wanted["logits"], atol=1e-4, rtol=0)
        if layout == "E":
            np.testing.assert_allclose(
                model.kl(got) * model.config.kl_weight, wanted["kl_weighted"], rtol=1e-4
            )
            conditioned = model.logits(x, z, t, wanted["input_ids"])
            np.testing.assert_allclose(conditioned, wanted["logits_selfcond"], atol=1e-4, rtol=0)
