"""Files that anybody may have made: no regular file, too large, too deep, not what it was; one line each."""

import os
import struct

import numpy as np
import pytest

from latentlab.checkpoints.folder import is_checkpoint
from latentlab.cli import main
from latentlab.errors import InputError, LatentsError
from latentlab.results.groups import row_groups
from latentlab.results.report import Report
from latentlab.results.training_logs import training_report
from latentlab.results.vectors.vector_file import open_vectors
from latentlab.training.loggers import lines_before
from latentlab.untrusted import foreign, parse_json, read_small


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
