"""`latentlab info` on old files and on what they were converted to: what it is, what is wrong, what to do."""

import json
import pickle
import subprocess
import sys

import pytest
import torch
from sgdd_files import LAYOUTS, old_tree, write_old

from latentlab.checkpoints import convert_checkpoint, load_checkpoint, read_info
from latentlab.cli import main
from latentlab.errors import CheckpointError


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_wrong_with_a_whole_file(layout, here):
    write_old(here / "x.pt", layout, step=9, epoch=1, loss=0.25)
    info = read_info(here / "x.pt")
    assert (info.layout, info.step, info.problems) == ({"identity": "C"}.get(layout, layout), 9, [])
    assert info.sizes["backbone"] > 40_000


def missing(state):
    del state["decoder.layers.1.ffn.3.bias"]


def surplus(state):
    state["decoder.layers.0.gate.weight"] = torch.zeros(3)


def encoder_missing(state):
    del state["encoder.roberta.encoder.layer.1.output.dense.bias"]


def encoder_surplus(state):
    state["encoder.roberta.encoder.layer.1.gate.bias"] = torch.zeros(3)


def encoder_shape(state):
    state["encoder.roberta.embeddings.LayerNorm.bias"] = torch.zeros(3)


def encoder_integers(state):
    name = "encoder.roberta.encoder.layer.0.output.dense.bias"
    state[name] = state[name].long()


def two_encoders(state):
    state["encoder.model.embeddings.extra.weight"] = torch.zeros(3)


def not_finite(state):
    state["encoder.mu_layer.2.bias"][3] = float("nan")


def not_tied(state):
    state["decoder.output_proj.weight"] = state["decoder.output_proj.weight"] + 1


def negative(state):
    state["encoder.logvar_layer.3.running_var"][2] = -0.25


DAMAGE = {
    missing: "tensor decoder.layers.1.ffn.3.bias is missing",
    surplus: "tensor decoder.layers.0.gate.weight belongs to no part of the model",
    encoder_missing: "tensor encoder.roberta.encoder.layer.1.output.dense.bias is missing",
    encoder_surplus: "tensor encoder.roberta.encoder.layer.1.gate.bias belongs to no part of the model",
    encoder_shape: "tensor encoder.roberta.embeddings.LayerNorm.bias is 3, the configuration wants 64",
    encoder_integers: "tensor encoder.roberta.encoder.layer.0.output.dense.bias is I64, wanted F16 or",
    two_encoders: "tensor encoder.model.embeddings.extra.weight belongs to no part of the model",
    not_finite: "tensor encoder.mu_layer.2.bias holds NaN or infinity",
    not_tied: "decoder.output_proj.weight is not decoder.token_emb.weight",
    negative: "tensor encoder.logvar_layer.3.running_var is a variance and holds negative numbers",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_info_says_what_loading_says(damage, here, capsys):
    tree = old_tree("E")
    damage(tree["model_state_dict"])
    torch.save(tree, "sys.pt")
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint("sys.pt")
    assert DAMAGE[damage] in caught.value.message
    assert main(["info", "sys.pt"]) == 3
    out, err = capsys.readouterr()
    assert f"layout      {'unknown' if damage is two_encoders else 'E, SGDD'}" in out
    assert f"PROBLEM     {caught.value.message}" in out
    # The path once, and what to do.
    assert err.splitlines() == [f"error: {caught.value.message}", f"hint: {caught.value.hint}"]
    assert err.count("sys.pt") == 1
    assert main(["info", "sys.pt", "--json"]) == 3
    found = json.loads(capsys.readouterr().out)["checkpoints"][0]
    assert (found["problems"], found["hints"]) == ([caught.value.message], [caught.value.hint])


def test_a_converted_folder_refuses_a_negative_variance_too(here, encoder):
    """Whoever changes the weights of a folder can change its hash as well."""
    from safetensors.torch import load_file, save_file

    from latentlab.checkpoints.folder import sha256

    convert_checkpoint(write_old(here / "old.pt", "E"), here / "new", encoder)
    file = here / "new/model.safetensors"
    weights = load_file(file)
    weights["head.mu_layer.3.running_var"][0] = -1
    save_file(weights, file)
    tree = json.loads((here / "new/config.json").read_text())
    (here / "new/config.json").write_text(json.dumps(tree | {"weights_sha256": sha256(file.read_bytes())}))
    with pytest.raises(CheckpointError, match=r"head\.mu_layer\.3\.running_var is a variance"):
        load_checkpoint(here / "new", encoder)


@pytest.mark.parametrize("legacy", [False, True])
def test_the_old_pickle_format_is_called_what_it_is(legacy, here, capsys):
    if legacy:
        torch.save(old_tree("B"), "x.pt", _use_new_zipfile_serialization=False)
    else:
        (here / "x.pt").write_bytes(pickle.dumps({"model_state_dict": {}}))
    with pytest.raises(CheckpointError, match="old non-zip pickle format") as caught:
        load_checkpoint("x.pt")
    assert "save it anew" in caught.value.hint
    assert main(["info", "x.pt"]) == 3
    out, err = capsys.readouterr()
    assert "layout      unknown" in out
    assert "hint: if you trust it, save it anew: torch.save(torch.load(FILE, weights_only=True), NEW)" in err
    if legacy:
        torch.save(torch.load("x.pt", weights_only=True), "new.pt")
        assert load_checkpoint("new.pt").layout == "B"


def test_a_converted_folder_says_what_it_came_from(here, encoder, capsys):
    """And its step only where the old file had one."""
    write_old(here / "best_model.pt", "B")
    write_old(here / "checkpoint_final.pt", "E", step=1200, epoch=3, loss=0.5)
    for name in ("best_model", "checkpoint_final"):
        convert_checkpoint(here / f"{name}.pt", here / name, encoder)
    assert main(["info", "best_model"]) == 0
    sha = read_info("best_model.pt").fingerprint
    out = capsys.readouterr().out
    assert f"layout      native, converted from SGDD B (best_model.pt, sha256 {sha[:16]})" in out
    assert "recorded    val_loss 1.25" in out
    assert "  step" not in out
    assert read_info("best_model").step is None
    assert load_checkpoint("best_model").step is None
    assert main(["info", "checkpoint_final"]) == 0
    out = capsys.readouterr().out
    assert "converted from SGDD E" in out
    assert "recorded    epoch 3, loss 0.5, val_loss 1.25" in out
    assert "step        1,200" in out


def test_an_origin_that_is_none_is_refused(here, encoder):
    convert_checkpoint(write_old(here / "old.pt", "B"), here / "new", encoder)
    tree = json.loads((here / "new/config.json").read_text())
    tree["provenance"]["converted_from"] = 3
    (here / "new/config.json").write_text(json.dumps(tree))
    assert "converted_from must hold keys" in read_info(here / "new").problems[0]


def test_a_converted_folder_needs_no_torch(here, encoder):
    convert_checkpoint(write_old(here / "old.pt", "D"), here / "new", encoder)
    code = (
        "import sys; from latentlab.checkpoints import read_info; read_info('new');"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=here).returncode == 0


def test_text_out_of_a_file_cannot_write_on_the_terminal(here, capsys):
    write_old(here / "x.pt", "B", metric_name="\x1b[2Jval\nloss")
    assert main(["info", "x.pt"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "recorded    '\\x1b[2Jval\\nloss' 1.25" in out


def test_a_folder_with_one_file_is_that_file(here, encoder, capsys):
    (here / "run").mkdir()
    write_old(here / "run/best_model.pt", "D")
    (here / "run/.hidden.pt").write_bytes(b"PK")
    assert load_checkpoint(here / "run", encoder).name == "best_model"
    write_old(here / "run/checkpoint_final.pt", "D")
    with pytest.raises(CheckpointError, match=r"holds 2 checkpoints: best_model\.pt, checkpoint_final\.pt"):
        load_checkpoint(here / "run")
    (here / "empty").mkdir()
    with pytest.raises(CheckpointError, match=r"has no config\.json"):
        load_checkpoint(here / "empty")
    convert_checkpoint(here / "run/best_model.pt", here / "new", encoder)
    write_old(here / "new/stray.pt", "B")
    assert load_checkpoint(here / "new", encoder).layout == "native"


def test_only_what_is_there_is_counted(here, encoder, capsys):
    convert_checkpoint(write_old(here / "old.pt", "D"), here / "new", encoder)
    assert main(["info", "old.pt", "new"]) == 0
    old, new = (line for line in capsys.readouterr().out.splitlines() if line.startswith("  numbers"))
    assert "encoder inside" in old
    assert "encoder" not in new
    assert "length" not in old + new
