"""Files that anybody may have made: no regular file, too large, too deep, not what it was; one line each."""

import json
import os
import struct

import numpy as np
import pytest
import torch

from latentlab.checkpoints.folder import is_checkpoint
from latentlab.cli import main
from latentlab.errors import CheckpointError, InputError, LatentsError
from latentlab.results.groups import row_groups
from latentlab.results.report import Report
from latentlab.results.training_logs import training_report
from latentlab.results.vectors.vector_file import open_vectors
from latentlab.training.loggers import lines_before
from latentlab.training.trainer_state import (
    FILE,
    Progress,
    read_progress,
    read_state,
    restore_state,
    save_state,
)
from latentlab.untrusted import foreign, parse_json, read_small

PROGRESS = Progress(3, 0.1, 0.2, "float32", 1, {"seed": 0}, "texts", 1.5)


def sparse(path, size):
    with path.open("wb") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize("read", [read_small, Report.read, lambda path: training_report([path])])
def test_a_pipe_is_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is not a regular file"):
        read(tmp_path / "pipe")


@pytest.mark.parametrize("read", [read_small, Report.read, lambda path: training_report([path])])
def test_sizes_are_looked_at_before_anything_is_read(tmp_path, read):
    with pytest.raises(InputError, match=r"has 5000000000 bytes, more than the \d+ allowed"):
        read(sparse(tmp_path / "large", 5_000_000_000))
    assert not is_checkpoint(tmp_path)
    sparse(tmp_path / "config.json", 5_000_000_000)
    assert not is_checkpoint(tmp_path)


def test_deep_json_and_numbers_of_many_digits_are_one_line(tmp_path):
    for text in ("[" * 100_000, '{"a":' * 100_000, "9" * 10_000, '{"a": 1, "a": 2}', "\x00", ""):
        with pytest.raises(InputError, match="here is not valid JSON: ") as found:
            parse_json(text, "here")
        assert found.value.message.isprintable()
        assert len(found.value.message) < 400


ODD = [
    b"5",
    b"null",
    b"[1]",
    b'"x"',
    b'{"step": "x"}',
    b'{"step": true}',
    b"\xff\xfe",
    b"[" * 5000,
    b'{"step":',
]
LOG = b'{"step": 1, "total": 2.5}\n' + b"\n".join(ODD) + b'\n{"step": 2, "total": 1e308, "kl": 3}\n'


def test_odd_lines_of_a_log_are_passed_over_by_every_reader(tmp_path):
    (tmp_path / "training.jsonl").write_bytes(LOG + b'{"step": 3, "kl": ' + b"9" * 400 + b"}\n")
    [item] = training_report([tmp_path]).results["items"]
    assert item["log"] == {"total": {"step": [1], "value": [2.5]}, "kl": {"step": [2], "value": [3.0]}}
    kept = lines_before(tmp_path / "training.jsonl", 3)
    assert kept == [(1, '{"step": 1, "total": 2.5}\n'), (2, '{"step": 2, "total": 1e+308, "kl": 3}\n')]


@pytest.fixture
def saved(tmp_path):
    model = torch.nn.Linear(3, 2)
    save_state(
        tmp_path,
        model,
        {"weight": model.weight.detach().clone()},
        [torch.optim.Adam(model.parameters())],
        PROGRESS,
    )
    return tmp_path


def restore(folder):
    model = torch.nn.Linear(3, 2)
    restore_state(folder, model, {"weight": torch.zeros(2, 3)}, [torch.optim.Adam(model.parameters())])
    return model


def test_a_state_comes_back_and_one_flipped_bit_does_not(saved):
    assert read_progress(saved) == PROGRESS
    assert torch.equal(restore(saved).weight, read_state(saved).average["weight"])
    data = bytearray((saved / FILE).read_bytes())
    for at in (-1, -20):
        changed = data.copy()
        changed[at] ^= 1
        (saved / FILE).write_bytes(changed)
        for read in (restore, read_state):
            with pytest.raises(CheckpointError, match="its numbers are not those that were written") as found:
                read(saved)
            assert "give another --out, or delete" in found.value.hint


def test_a_state_that_is_not_finite_is_refused_before_anything_is_trained(tmp_path):
    model = torch.nn.Linear(3, 2)
    with torch.no_grad():
        model.weight[0, 0] = torch.nan
    save_state(tmp_path, model, {"weight": model.weight.detach().clone()}, [], PROGRESS)
    for read in (restore, read_state):
        with pytest.raises(CheckpointError, match="has values that are not finite"):
            read(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"), [("step", "x"), ("threads", None), ("beta", []), ("config", 5), ("texts", 1)]
)
def test_a_progress_of_another_type_is_named(saved, key, value):
    data = (saved / FILE).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    progress = json.loads(header["__metadata__"]["progress"]) | {key: value}
    header["__metadata__"]["progress"] = json.dumps(progress)
    new = json.dumps(header).encode()
    (saved / FILE).write_bytes(struct.pack("<Q", len(new)) + new + data[8 + size :])
    with pytest.raises(CheckpointError, match=f"not a readable trainer state: {key} is "):
        read_progress(saved)


class Panic(BaseException):
    """As a library in Rust raises it: no Exception."""


@pytest.mark.parametrize("raised", [Panic("at line 3\nof its source"), TypeError("no"), RecursionError()])
def test_whatever_a_library_raises_is_one_error(raised):
    with pytest.raises(InputError) as caught, foreign(lambda said: InputError(f"the file: {said}")):
        raise raised
    assert caught.value.message.startswith("the file: ")
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), SystemExit(3)])
def test_who_wants_to_stop_is_let_through(raised):
    with pytest.raises(type(raised)), foreign(InputError):
        raise raised


@pytest.mark.parametrize("header", [b"(", b"{'descr': '<f4', ", b"{'descr': 3}", b"1 +"])
def test_a_header_of_numpy_that_is_no_python_is_a_damaged_file(tmp_path, header):
    path = tmp_path / "x.npy"
    text = header + b" " * (117 - len(header)) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + b"\0" * 80)
    with pytest.raises(LatentsError, match=r"is not a whole \.npy file"):
        open_vectors(path)
    np.save(tmp_path / "y.npy", np.zeros((5, 4), dtype=np.float32))
    with pytest.raises(LatentsError, match="cannot read"):
        row_groups(str(path), open_vectors(tmp_path / "y.npy"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 5000, "nested too deeply"),
        ("a: [", "is not valid YAML"),
        ("when: 2024-13-01", "month must be in 1..12"),
        ("9" * 400 + ": 1", "is no name of a key"),
        ("\n".join(f"no_{i}: 1" for i in range(90)), "and 85 more"),
    ],
)
def test_a_preset_that_is_none_is_one_printable_line(text, said, tmp_path, capsys):
    preset = tmp_path / "preset.yaml"
    preset.write_text(text)
    assert main(["train", "--preset", str(preset), "--print-config"]) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(told) == 1
    assert said in told[0]
    assert told[0].isprintable()
    assert len(told[0]) <= 400 + len(str(tmp_path))


def test_a_number_that_no_double_holds_is_no_json():
    with pytest.raises(InputError, match="a number of 400 digits"):
        parse_json(f'{{"a": {"9" * 400}}}', "here")
    assert parse_json(str(10**307), "here") == 10**307
