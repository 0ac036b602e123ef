"""What may come instead of a checkpoint, on every command that reads one: one line, and nothing is done."""

import os
import pickle
import resource
import shutil
import struct
import zipfile

import pytest
import torch
from sgdd_files import old_config, old_tree, write_old
from test_sgdd_unsafe import Evil, rezip

from latentlab.cli import main

CODE_RAN = "code-ran"


def tree_with(**changes):
    """A file of layout E with some tensors, entries or settings changed."""

    def make(path):
        tree = old_tree("E")
        for name, value in changes.items():
            where = tree["model_state_dict"] if "__" in name else tree
            where[name.replace("__", ".")] = value
        torch.save(tree, path)

    return make


def setting(name, value):
    def make(path):
        config = old_config("E")
        config["model"][name] = value
        write_old(path, "E", config=config)

    return make


def pickled(data):
    """A whole file with another pickle in it."""

    def make(path):
        good = write_old(path.with_name("good"), "E")
        rezip(good, path, lambda name, old: data if name.endswith("data.pkl") else old)
        good.unlink()

    return make


def bytes_of(change):
    def make(path):
        path.write_bytes(change(write_old(path, "E").read_bytes()))

    return make


def swapped(before, after, **changes):
    def make(path):
        tree_with(**changes)(path)
        whole = path.rename(path.with_name("whole"))
        rezip(whole, path, lambda _, data: data.replace(before, after))
        whole.unlink()

    return make


def flipped(data):
    return data[:9000] + bytes([data[9000] ^ 16]) + data[9001:]


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data.pkl", bytes(1 << 26))


def link_out(path):
    outside = path.parent.with_name(f"{path.parent.name}-elsewhere.pt")
    path.symlink_to(write_old(outside, "E"))


EVIL = Evil(os.system, f"touch {CODE_RAN}")
TABLE = b"encoder.mu_layer.2.bias"
CASES = {
    "a pickle with os.system": (tree_with(epoch=EVIL), "posix.system"),
    "os.system in an optimiser": (tree_with(optimizer_state_dict={"x": EVIL}), "posix.system"),
    "a bare pickle": (lambda path: path.write_bytes(pickle.dumps(EVIL, 2)), "non-zip pickle"),
    "a zip bomb": (bomb, "compressed"),
    "a zip that is cut short": (bytes_of(lambda data: data[:-200]), "not a whole"),
    "a corrupt member": (bytes_of(flipped), "CRC"),
    "something before the zip": (bytes_of(lambda data: b"MZ" + data), "something stands before"),
    "a link out of the folder": (link_out, "link out of"),
    "a link in a circle": (lambda path: path.symlink_to(path.name), "link"),
    "a link to nowhere": (lambda path: path.symlink_to("gone"), "link"),
    "an empty file": (lambda path: path.touch(), "0 bytes"),
    "a directory": (lambda path: path.mkdir(), "x.pt"),
    "a pipe": (lambda path: os.mkfifo(path), "not a regular file"),
    "a key twice": (
        swapped(b"encoder.mu_layex.2.bias", TABLE, encoder__mu_layex__2__bias=torch.ones(1)),
        "twice",
    ),
    "integers": (tree_with(encoder__mu_layer__2__bias=torch.ones(16, dtype=torch.int64)), "is I64, wanted"),
    "NaN": (tree_with(encoder__mu_layer__2__bias=torch.full((16,), torch.nan)), "mu_layer.2.bias holds NaN"),
    "infinity": (
        tree_with(decoder__output_proj__bias=torch.full((19,), torch.inf)),
        "output_proj.bias holds",
    ),
    "a tensor too many": (tree_with(decoder__gate__bias=torch.zeros(2)), "decoder.gate.bias"),
    "a huge width": (setting("hidden_dim", 10**9), "hidden_dim is 1000000000"),
    "a huge latent": (setting("semantic_dim", 10**9), "semantic_dim is 1000000000"),
    "a huge depth": (setting("num_layers", 10**9), "num_layers is 1000000000"),
    "a huge canvas": (setting("max_length", 10**9), "max_length"),
    "a huge number for a key": (tree_with(config={10**9999: 1}), "no text but int"),
    "memory for the asking": (pickled(b"\x80\x05\x96" + struct.pack("<Q", 1 << 33) + b"."), "do not use"),
    "no pickle": (pickled(b""), "damaged"),
}


def everything(folder):
    return sorted((str(p), p.lstat().st_mtime_ns, p.lstat().st_size) for p in folder.rglob("*"))


@pytest.mark.parametrize(
    "command", ["info", "anisotropy", "convert", "reconstruct", "compare", "interpolate"]
)
@pytest.mark.parametrize("what", CASES)
def test_each_is_one_line_and_nothing_is_done(what, command, here, encoder, capsys):
    make, said = CASES[what]
    make(here / "x.pt")
    before, most = everything(here), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    asked = {
        "convert": ["new", "--encoder", encoder],
        "reconstruct": ["--encoder", encoder, "--text", "the cat"],
        "interpolate": ["--encoder", encoder, "--from", "the cat", "--to", "a dog"],
        "info": [],
    }
    code = main([command, "x.pt", *map(str, asked.get(command, ["--encoder", encoder]))])
    out, err = capsys.readouterr()
    assert code == 3
    assert out == "" or command == "info"
    error, hint = err.splitlines()
    assert error.startswith("error: ")
    assert said in error or what == "a directory"
    assert "x.pt" in error
    assert hint.startswith("hint: ")
    assert "Traceback" not in out + err
    assert everything(here) == before
    assert not (here / CODE_RAN).exists()
    # In KiB; it may only grow by what the commands themselves need.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < 400_000


def test_there_is_a_traceback_for_those_who_ask(here, capsys):
    bomb(here / "x.pt")
    assert main(["anisotropy", "x.pt"]) == 3
    assert "Traceback" not in capsys.readouterr().err
    assert main(["anisotropy", "x.pt", "-v"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_bad_file_among_good_ones_is_named(here, encoder, capsys):
    (here / "runs").mkdir()
    write_old(here / "runs/a.pt", "D")
    bomb(here / "runs/b.pt")
    assert main(["info", "runs"]) == 3
    out, err = capsys.readouterr()
    assert "layout      D, SGDD" in out
    assert "runs/b.pt" in err
    assert main(["anisotropy", "runs", "--encoder", str(encoder)]) == 3
    assert "runs/b.pt" in capsys.readouterr().err


def test_a_missing_head_is_not_taken_for_none(here, capsys):
    """Layout C has no head where encoder and decoder are equally wide, and only there."""
    tree = old_tree("D")
    state = tree["model_state_dict"]
    kept = {name: t for name, t in state.items() if "mu_layer" not in name and "logvar_layer" not in name}
    torch.save({**tree, "model_state_dict": kept}, "x.pt")
    assert main(["info", "x.pt"]) == 3
    assert "there is no head, and the encoder's width is 64" in capsys.readouterr().err


def test_an_encoder_of_another_width_is_not_written_down(here, encoder, capsys):
    tree = old_tree("D")
    state = tree["model_state_dict"]
    torch.save({**tree, "model_state_dict": {n: t for n, t in state.items() if n[:8] != "encoder."}}, "x.pt")
    assert main(["convert", "x.pt", "new", "--encoder", str(encoder)]) == 3
    assert "have 64 numbers, x takes 16" in capsys.readouterr().err
    assert not (here / "new").exists()


def test_a_name_in_a_message_is_one_line(here, capsys):
    config = {"a\nb": {"first": 1, "secnd": 2}, **old_config("E")}
    swapped(b"secnd", b"first", config=config)(here / "x.pt")
    assert main(["info", "x.pt"]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_folder_of_that_name_may_hold_checkpoints(here, capsys):
    (here / "runs.pt").mkdir()
    shutil.copy(write_old(here / "a.pt", "D"), here / "runs.pt" / "b.pt")
    assert main(["info", "runs.pt"]) == 0
    assert "runs.pt/b.pt" in capsys.readouterr().out
