"""Files that nobody should trust: refused in one line, nothing run, nothing written, nothing allocated."""

import os
import pickle
import shutil
import subprocess
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from sgdd_files import old_config, old_tree, write_old

import latentlab
from latentlab.cli import main
from latentlab.errors import CheckpointError

CODE_RAN = "code ran"


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, call, *args):
        self.call, self.args = call, args

    def __reduce__(self):
        return self.call, self.args


def refused(path: Path, match: str, capsys=None) -> None:
    """By the library with a hint; by the command line in two lines; and nothing new lies there."""
    before = sorted(Path.cwd().rglob("*"))
    with pytest.raises(CheckpointError, match=match) as caught:
        latentlab.load_checkpoint(path)
    assert caught.value.hint
    assert "\n" not in caught.value.message
    if capsys is not None:
        assert main(["anisotropy", str(path)]) == 3
        out, err = capsys.readouterr()
        assert (out, len(err.splitlines())) == ("", 2)
        assert "Traceback" not in err
    assert sorted(Path.cwd().rglob("*")) == before


def rezip(source: Path, target: Path, change=None, **options) -> Path:
    """Copy a zip member by member; `change` maps a name and bytes to bytes, or None to leave it out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", **options) as new:
        for info in old.infolist():
            data = change(info.filename, old.read(info)) if change else old.read(info)
            if data is not None:
                new.writestr(info.filename, data)
    return target


CALLS = {
    "posix.system": Evil(os.system, f"echo {CODE_RAN} > {CODE_RAN}"),
    ".eval": Evil(eval, f"open('{CODE_RAN}', 'w')"),
    ".Popen": Evil(subprocess.Popen, ["touch", CODE_RAN]),
    ".getattr": Evil(getattr, "", "load"),
    ".bytearray": Evil(bytearray, 1 << 45),
}


@pytest.mark.parametrize("asked", CALLS)
@pytest.mark.parametrize("place", ["epoch", "config", "model_state_dict", "optimizer_state_dict"])
def test_a_pickle_that_calls_something_is_refused_by_name(asked, place, here, capsys):
    tree = old_tree("B")
    if isinstance(tree.get(place), dict):
        tree[place]["x"] = CALLS[asked]
    else:
        tree[place] = CALLS[asked]
    torch.save(tree, here / "x.pt")
    refused(here / "x.pt", asked, capsys)
    assert not (here / CODE_RAN).exists()


@pytest.mark.parametrize("protocol", range(6))
def test_a_bare_pickle_is_no_checkpoint(protocol, here):
    (here / "x.pt").write_bytes(pickle.dumps(CALLS["posix.system"], protocol))
    refused(here / "x.pt", "old non-zip pickle" if protocol > 1 else r"not a whole \.pt file")
    assert not (here / CODE_RAN).exists()


@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_of_pickle_inside_a_zip_is_safe(protocol, here):
    evil = pickle.dumps({"model_state_dict": CALLS["posix.system"]}, protocol)
    write_old(here / "good.pt", "B")
    rezip(here / "good.pt", here / "x.pt", lambda name, data: evil if name.endswith("data.pkl") else data)
    refused(here / "x.pt", "posix.system" if protocol else "an instruction that checkpoints do not use")
    assert not (here / CODE_RAN).exists()


def test_files_that_are_no_files(here, capsys):
    (here / "empty.pt").touch()
    refused(here / "empty.pt", "0 bytes", capsys)
    (here / "folder.pt").mkdir()
    with pytest.raises(CheckpointError, match="not a regular file"):
        latentlab.load_checkpoint(here / "folder.pt")
    assert main(["info", str(here / "folder.pt")]) == 3
    assert "Traceback" not in capsys.readouterr().err
    os.mkfifo(here / "fifo.pt")
    with pytest.raises(CheckpointError, match="not a regular file"):
        latentlab.load_checkpoint(here / "fifo.pt")
    refused(here / "missing.pt", "missing.pt does not exist", capsys)
    (here / "text.pt").write_text("not a zip")
    refused(here / "text.pt", r"not a whole \.pt file", capsys)


def test_a_link_out_of_the_folder(here):
    write_old(here / "outside.pt", "B")
    (here / "run").mkdir()
    (here / "run" / "best_model.pt").symlink_to(here / "outside.pt")
    refused(here / "run" / "best_model.pt", "link out of the checkpoint folder")
    (here / "inside.pt").symlink_to("outside.pt")
    assert latentlab.load_checkpoint(here / "inside.pt").layout == "B"


def test_a_zip_bomb_is_not_unpacked(here, capsys):
    with zipfile.ZipFile(here / "x.pt", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("x/data.pkl", bytes(1 << 26))
    assert (here / "x.pt").stat().st_size < 1 << 17
    refused(here / "x.pt", "compressed or encrypted", capsys)
    write_old(here / "good.pt", "B")
    refused(rezip(here / "good.pt", here / "y.pt", compression=zipfile.ZIP_DEFLATED), "compressed")


def test_members_that_do_not_belong(here):
    write_old(here / "good.pt", "B")

    def with_member(name: str) -> Path:
        shutil.copy(here / "good.pt", here / "x.pt")
        with zipfile.ZipFile(here / "x.pt", "a") as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zipfile itself warnings that the name is there already
            archive.writestr(name, b"x")
        return here / "x.pt"

    refused(with_member("good/version"), "is there twice")
    refused(with_member("../../etc/x"), "does not belong")
    refused(with_member("other/data.pkl"), "not one that torch.save wrote")
    big = rezip(here / "good.pt", here / "x.pt", lambda n, d: b"big" if n.endswith("byteorder") else d)
    refused(big, "little-endian")
    lost = rezip(here / "good.pt", here / "x.pt", lambda n, d: None if n.endswith("data/30") else d)
    refused(lost, "the file has 0")
    short = rezip(here / "good.pt", here / "x.pt", lambda n, d: d[:-4] if n.endswith("data/30") else d)
    refused(short, "bytes, the file has")


def test_truncated_and_flipped_files(here):
    data = write_old(here / "x.pt", "D").read_bytes()
    for cut in (1, 10, 100, len(data) // 2, len(data) - 1):
        (here / "x.pt").write_bytes(data[:cut])
        refused(here / "x.pt", r"not a whole \.pt file")
    with zipfile.ZipFile(write_old(here / "x.pt", "D")) as archive:
        places = [info.header_offset + 400 for info in archive.infolist() if info.file_size > 2000]
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 16
        (here / "x.pt").write_bytes(flipped)
        refused(here / "x.pt", r"not a whole \.pt file")


def changed(here: Path, layout: str = "D", **entries: torch.Tensor) -> Path:
    tree = old_tree(layout)
    for name, tensor in entries.items():
        tree["model_state_dict"][name.replace("__", ".")] = tensor
    torch.save(tree, here / "x.pt")
    return here / "x.pt"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    "name", ["encoder.mu_layer.0.weight", "decoder.layers.1.ffn.3.bias", "encoder.roberta.pooler.dense.bias"]
)
def test_weights_that_are_not_finite_are_named(name, value, here):
    tensor = old_tree("D")["model_state_dict"][name]
    tensor.view(-1)[-1] = value
    refused(changed(here, **{name: tensor}), rf"{name} holds NaN or infinity")


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64, torch.float64, torch.bool, torch.uint8])
def test_other_types_are_named(dtype, here):
    for name in ("encoder.mu_layer.2.weight", "decoder.token_emb.weight"):
        tensor = old_tree("D")["model_state_dict"][name].to(dtype)
        refused(changed(here, **{name: tensor}), rf"{name} is [A-Z]+\d*, wanted F16 or BF16 or F32")


def test_shapes_that_are_wrong_are_named(here):
    refused(changed(here, encoder__mu_layer__2__weight=torch.zeros(16, 15)), "encoder.mu_layer.2.weight")
    refused(changed(here, encoder__mu_layer__0__weight=torch.zeros(5)), "encoder.mu_layer.0.weight is 5")
    refused(changed(here, decoder__output_proj__weight=torch.zeros(19, 16)), "was tied to")
    refused(changed(here, encoder__mu_layer__2__bias=torch.zeros(0)), "encoder.mu_layer.2.bias claims")
    refused(changed(here, encoder__mu_layer__2__bias="text"), "encoder.mu_layer.2.bias .* no tensor")


def test_one_number_cannot_pass_for_a_matrix(here):
    wide = torch.zeros(1).expand(1 << 20, 1 << 20)
    refused(changed(here, encoder__mu_layer__2__weight=wide), "claims 1048576 × 1048576 numbers")


SIZES = {
    "semantic_dim": "semantic_dim is 1000000000, the tensors say 16",
    "hidden_dim": "hidden_dim is 1000000000, the tensors say 16",
    "num_layers": "num_layers is 1000000000, the tensors say 2",
    "ffn_dim": "ffn_dim is 1000000000",
    "num_heads": "num_heads is 1000000000, the tensors say 2",
    "max_length": "max_length: .* less than or equal to 8192",
    "num_diffusion_steps": "timesteps: .* less than or equal to 1000000",
    "vocab_size": "vocab_size is 1000000000",
}


@pytest.mark.parametrize("name", SIZES)
def test_a_size_that_no_tensor_has_is_refused(name, here, capsys):
    config = old_config("D")
    config["model"][name] = 10**9
    refused(write_old(here / "x.pt", "D", config=config), SIZES[name], capsys)


BAD_CONFIGS = {
    "no text": ({"model": {3: 1}}, "key that is no text"),
    "a tensor": ({"model": {"x": torch.zeros(2)}}, "neither a number nor text"),
    "a huge number": ({"model": {"x": 10**5000}}, "more than 63 bits"),
    "heads as text": ({"model": {**old_config("D")["model"], "num_heads": "2"}}, "num_heads is '2'"),
    "half a head": ({"model": {**old_config("D")["model"], "num_heads": 1.5}}, "heads"),
    "NaN": ({"model": {**old_config("D")["model"], "kl_weight": float("nan")}}, "kl_weight"),
    "negative": ({"model": {**old_config("D")["model"], "kl_weight": -1}}, "kl_weight"),
    "no config": (None, "holds no config"),
}


@pytest.mark.parametrize("what", BAD_CONFIGS)
def test_configurations_that_cannot_be(what, here):
    config, match = BAD_CONFIGS[what]
    refused(write_old(here / "x.pt", "D", config=config), match)


def test_a_configuration_that_grows_when_it_is_walked(here):
    nested = [1]
    for _ in range(40):
        nested = [nested, nested]
    refused(write_old(here / "x.pt", "D", config={"model": nested}), "too deep or too large")
    wide = [0] * 100
    refused(write_old(here / "x.pt", "D", config={"model": [wide] * 1000}), "too deep or too large")


def test_a_key_that_is_there_twice(here):
    tree = old_tree("B")
    tree["model_state_dict"]["encoder.adaptex.0.bias"] = torch.zeros(16)
    torch.save(tree, here / "good.pt")
    swap = (b"encoder.adaptex.0.bias", b"encoder.adapter.0.bias")
    refused(rezip(here / "good.pt", here / "x.pt", lambda n, d: d.replace(*swap)), "adapter.0.bias twice")
    config = old_config("B") | {"sead": 1}
    write_old(here / "good.pt", "B", config=config)
    refused(rezip(here / "good.pt", here / "x.pt", lambda n, d: d.replace(b"sead", b"seed")), "seed twice")


def test_other_things_that_torch_saves(here):
    weights = old_tree("B")["model_state_dict"]
    for number, tree in enumerate(([1], {"a": 1}, weights)):
        torch.save(tree, here / f"{number}.pt")
        refused(here / f"{number}.pt", "holds no model_state_dict")
    torch.save({"model_state_dict": weights, "config": {}}, here / "x.pt")
    assert latentlab.load_checkpoint(here / "x.pt").config.decoder.heads == 2  # the rotary table shows it
    torch.save({"model_state_dict": old_tree("A")["model_state_dict"], "config": {}}, here / "x.pt")
    refused(here / "x.pt", "num_heads must be a number, found None")
    torch.save({"model_state_dict": OrderedDict(a=torch.zeros(2)), "config": {}}, here / "x.pt")
    refused(here / "x.pt", "neither a head nor a decoder")
    torch.save(old_tree("B"), here / "x.pt", _use_new_zipfile_serialization=False)
    refused(here / "x.pt", "old non-zip pickle")
