"""Checkpoints that are damaged, forged or absent: one line that says where, and never another exception."""

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoint_models import SENTENCES, reseal, tiny

from latentlab.checkpoints import load_checkpoint, read_info
from latentlab.cli import main
from latentlab.errors import CheckpointError
from latentlab.models.tokenizer import TextTokenizer

Damage = Callable[[Path], object]


def edit(*keys: str, value: Any = None, drop: bool = False) -> Damage:
    """Set (or drop) a key of config.json."""

    def damage(folder: Path) -> None:
        tree = json.loads((folder / "config.json").read_text())
        group = tree
        for key in keys[:-1]:
            group = group[key]
        if drop:
            del group[keys[-1]]
        else:
            group[keys[-1]] = value
        (folder / "config.json").write_text(json.dumps(tree))

    return damage


def write(name: str, content: bytes) -> Damage:
    return lambda folder: (folder / name).write_bytes(content)


def splice(name: str, change: Callable[[bytes], bytes]) -> Damage:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def flip(data: bytes) -> bytes:
    return data[:-5] + bytes([data[-5] ^ 16]) + data[-4:]


def tensors(change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> Damage:
    return lambda folder: reseal(folder, change)


def without(name: str) -> Damage:
    return tensors(lambda t: {k: v for k, v in t.items() if k != name})


def put(name: str, value: torch.Tensor) -> Damage:
    return tensors(lambda t: {**t, name: value})


def header(text: str, data: bytes = b"") -> Damage:
    """A weights file with this header, and hashes to match."""

    def damage(folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text.encode() + data)
        reseal(folder)

    return damage


def entry(dtype: str, shape: list[Any], end: int) -> str:
    return json.dumps({"head.shift": {"dtype": dtype, "shape": shape, "data_offsets": [0, end]}})


def link_out(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).rename(folder.parent / "outside")
        (folder / name).symlink_to(folder.parent / "outside")

    return damage


def replace_by_folder(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return damage


def other_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text(TextTokenizer.train(SENTENCES, 265).to_json())
    reseal(folder)


def not_a_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")
    reseal(folder)


CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
DUPLICATE = '{"head.mu.bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
HUGE = 10**9

TABLE: dict[str, tuple[Damage, str]] = {
    "missing folder": (shutil.rmtree, "run does not exist"),
    "missing config": (lambda f: (f / CONFIG).unlink(), "run is not a checkpoint: it has no config.json"),
    "missing weights": (lambda f: (f / WEIGHTS).unlink(), "has no model.safetensors"),
    "missing tokenizer": (lambda f: (f / TOKENIZER).unlink(), "has no tokenizer.json"),
    "empty config": (write(CONFIG, b""), "config.json is empty (0 bytes)"),
    "empty weights": (write(WEIGHTS, b""), "model.safetensors is empty (0 bytes)"),
    "empty tokenizer": (write(TOKENIZER, b""), "tokenizer.json is empty (0 bytes)"),
    "config not JSON": (write(CONFIG, b"model: 1"), "config.json is not valid JSON"),
    "config not UTF-8": (write(CONFIG, b'{"\xff": 1}'), "config.json is not valid JSON"),
    "config too deep": (write(CONFIG, b"[" * 100_000), "config.json is not valid JSON"),
    "config a list": (write(CONFIG, b"[1]"), "must hold keys and values, found list"),
    "config repeats": (write(CONFIG, b'{"format": 1, "format": 1}'), "key format appears twice"),
    "config too large": (lambda f: os.truncate(f / CONFIG, 65 << 20), "more than the"),
    "format 2": (edit("format", value=2), "format is 2, this version reads 1"),
    "format true": (edit("format", value=True), "format is True, this version reads 1"),
    "no model": (edit("model", drop=True), "lacks the key model"),
    "unknown key": (edit("extra", value=1), "unknown key extra"),
    "unknown model key": (edit("model", "head", "wdith", value=8), "model.head.wdith: unknown key"),
    "unprintable key": (edit("model", "a\nb", value=8), r"model.a\nb': unknown key"),
    "impossible value": (edit("model", "decoder", "heads", value=3), "width 16 is not a multiple of heads 3"),
    "model a number": (edit("model", value=3), "config.json: model: "),
    "training a list": (edit("training", value=[]), "training must be dict, found list"),
    "step a text": (
        edit("provenance", "step", value="7"),
        "provenance.step must be a whole number, found '7'",
    ),
    "head width": (
        edit("model", "head", "width", value=9),
        "model.head.width is 9, but head.mu.weight is 8 × 28",
    ),
    "huge width": (edit("model", "decoder", "width", value=HUGE), f"model.decoder.width is {HUGE}, but"),
    "huge hidden": (edit("model", "head", "hidden", value=HUGE), f"model.head.hidden is {HUGE}, but"),
    "one more layer": (edit("model", "decoder", "layers", value=2), "layers is 2, the file has 1 blocks"),
    "huge layers": (
        edit("model", "decoder", "layers", value=HUGE),
        f"layers is {HUGE}, the file has 1 blocks",
    ),
    "huge vocabulary": (edit("model", "decoder", "vocab_size", value=10**30), "270 × 16"),
    "huge length": (edit("model", "decoder", "max_length", value=HUGE), "length_head.out.weight is 8 × 8"),
    "vib claimed": (edit("model", "head", "use_vib", value=True), "tensor head.logvar.weight is missing"),
    "whitening claimed": (
        edit("model", "head", "standardize", value="whiten"),
        "tensor head.transform is 10, the configuration wants 10 × 10",
    ),
    "hidden denied": (
        edit("model", "head", "hidden", value=None),
        "head.mu.weight is 8 × 28, the configuration",
    ),
    "missing tensor": (without("decoder.final.bias"), "tensor decoder.final.bias is missing"),
    "missing size": (without("decoder.token.weight"), "tensor decoder.token.weight is missing"),
    "extra tensor": (put("head.more", torch.ones(1)), "tensor head.more belongs to no part"),
    "wrong shape": (put("head.mu.bias", torch.ones(7)), "head.mu.bias is 7, the configuration wants 8"),
    "wrong rank": (
        put("decoder.token.weight", torch.ones(270)),
        "decoder.token.weight is 270, wanted a matrix",
    ),
    "pooled matrix": (put("head.shift", torch.ones(2, 5)), "tensor head.shift is missing or no vector"),
    "integers": (
        put("head.mu.bias", torch.ones(8, dtype=torch.int32)),
        "tensor head.mu.bias is I32, wanted F16",
    ),
    "doubles": (put("head.mu.bias", torch.ones(8).double()), "tensor head.mu.bias is F64, wanted F16"),
    "NaN": (put("head.mu.bias", torch.full((8,), torch.nan)), "tensor head.mu.bias holds NaN or infinity"),
    "infinity": (
        put("head.mu.bias", torch.full((8,), torch.inf)),
        "tensor head.mu.bias holds NaN or infinity",
    ),
    "weights flipped": (splice(WEIGHTS, flip), "model.safetensors has changed since it was written"),
    "tokenizer flipped": (splice(TOKENIZER, flip), "tokenizer.json has changed since it was written"),
    "weights cut": (splice(WEIGHTS, lambda d: d[:-100]), "cut short or damaged"),
    "weights cut in header": (splice(WEIGHTS, lambda d: d[:50]), "cut short or not safetensors: 50 bytes"),
    "weights cut in size": (splice(WEIGHTS, lambda d: d[:5]), "cut short or not safetensors: 5 bytes"),
    "weights longer": (splice(WEIGHTS, lambda d: d + b"x"), "cut short or damaged"),
    "weights a pickle": (write(WEIGHTS, b"\x80\x02cos\nsystem\n(S'id'\ntR."), "not safetensors"),
    "header a list": (header("[]"), "is not a table of tensors"),
    "header no entry": (header('{"a": 3}'), "describes tensor a wrongly"),
    "header repeats": (header(f"{DUPLICATE},{DUPLICATE[1:]}}}", b"1234"), "key head.mu.bias appears twice"),
    "header overlong": (header(entry("F32", [HUGE], 4), b"1234"), "describes tensor head.shift wrongly"),
    "header negative": (header(entry("F32", [-1, -1], 4), b"1234"), "describes tensor head.shift wrongly"),
    "header immense": (
        header(entry("F32", [2 * 10**4000], 8 * 10**4000)),
        "a number of 4001 digits",
    ),
    "header empty": (header(entry("F32", [HUGE, 0], 0)), "describes tensor head.shift wrongly"),
    "header type": (header(entry("C64", [1], 8), b"12345678"), "tensor head.shift is C64, wanted F16 or"),
    "other tokenizer": (other_tokenizer, "tokenizer.json has 265 symbols, model.decoder.vocab_size is 270"),
    "not a tokenizer": (not_a_tokenizer, "tokenizer.json: not a tokenizer"),
    "config a link": (link_out(CONFIG), "config.json is a link out of the checkpoint folder"),
    "weights a link": (link_out(WEIGHTS), "model.safetensors is a link out of the checkpoint folder"),
    "tokenizer a link": (link_out(TOKENIZER), "tokenizer.json is a link out of the checkpoint folder"),
    "weights a folder": (replace_by_folder(WEIGHTS), "model.safetensors is not a regular file"),
}

ONLY_BY_LOADING = {
    "vib claimed", "whitening claimed", "hidden denied", "missing tensor", "extra tensor", "wrong shape",
    "pooled matrix", "NaN", "infinity",
}  # fmt: skip
"""Faults that need the modules or the values; `read_info` does without both."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "run"
    tiny().save(folder)
    return folder


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "run"))


@pytest.mark.parametrize("fault", TABLE)
def test_every_fault_is_named_in_one_line(fault: str, run: Path) -> None:
    damage, message = TABLE[fault]
    damage(run)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(run)
    assert message in caught.value.message
    assert str(run) in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("fault", sorted(TABLE.keys() - ONLY_BY_LOADING))
def test_info_names_the_same_fault(fault: str, run: Path) -> None:
    damage, message = TABLE[fault]
    damage(run)
    try:
        problems = read_info(run).problems
    except CheckpointError as error:
        problems = [error.message]
    assert any(message in problem for problem in problems), problems


def test_a_file_for_a_folder(run: Path) -> None:
    for read in (load_checkpoint, read_info):
        with pytest.raises(CheckpointError, match="is a file; a checkpoint is a folder"):
            read(run / WEIGHTS)
        with pytest.raises(CheckpointError, match="cannot read"):
            read(run / ("x" * 300))


def test_links_inside_the_folder_are_followed(run: Path) -> None:
    (run / WEIGHTS).rename(run / "weights.bin")
    (run / WEIGHTS).symlink_to("weights.bin")
    assert load_checkpoint(run).step == 7


def test_info_prints_no_escapes(tmp_path, tiny_folder, capsys):
    """Out of a hash, and out of the name of the folder."""
    folder = tmp_path / "a \x1b[31mname\nof two lines"
    shutil.copytree(tiny_folder / "vib", folder)
    tree = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**tree, "weights_sha256": "\x1b[31m"}))
    assert main(["info", str(folder)]) == 3
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert "a \\x1b[31mname of two lines\n" in said.out
    assert any(line.startswith("  PROBLEM") and "\\x1b[31m" in line for line in said.out.splitlines())
