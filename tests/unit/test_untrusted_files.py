"""Files that anybody may have made: no regular file, too large, too deep, not what it was; one line each."""

import os
import struct

import numpy as np
import pytest

from latentlab.checkpoints import load_checkpoint
from latentlab.checkpoints.folder import is_checkpoint
from latentlab.cli import main
from latentlab.corpora import read_corpus
from latentlab.errors import InputError, LatentlabError, LatentsError
from latentlab.models.encoder.encoder_weights import weights_sha256
from latentlab.results import training_logs
from latentlab.results.accumulator_files import SavedState
from latentlab.results.groups import row_groups
from latentlab.results.latents import Latents
from latentlab.results.report import Report
from latentlab.results.statistics import Statistics
from latentlab.results.training_logs import map_report, training_report
from latentlab.results.vectors.vector_file import open_vectors
from latentlab.training.loggers import lines_before
from latentlab.training.train_config import load_config
from latentlab.training.trainer_state import has_state
from latentlab.training.vector_cache import _open
from latentlab.untrusted import foreign, parse_json, read_small


def sparse(path, size):
    with path.open("wb") as file:
        file.truncate(size)
    return path


def _label(path):
    np.save(path.parent / "of.npy", np.zeros((5, 4), dtype=np.float32))
    row_groups(str(path), open_vectors(path.parent / "of.npy"))


def _weights(path):
    (path.parent / "config.json").write_text("{}")
    weights_sha256(path.parent)


READERS = {
    "a file": (read_small, "x.json"),
    "a report": (Report.read, "report.json"),
    "a log": (lambda path: training_report([path]), "training.jsonl"),
    "a log to go on with": (lambda path: lines_before(path, 3), "training.jsonl"),
    "a map": (map_report, "map.csv"),
    "a map in parquet": (map_report, "map.parquet"),
    "vectors, npy": (open_vectors, "x.npy"),
    "vectors, safetensors": (open_vectors, "x.safetensors"),
    "vectors, parquet": (open_vectors, "x.parquet"),
    "latents, npy": (Latents.read, "x.npy"),
    "latents, safetensors": (Latents.read, "x.safetensors"),
    "latents, parquet": (Latents.read, "x.parquet"),
    "statistics": (Statistics.read, "statistics.safetensors"),
    "a pass": (SavedState.read, "x.safetensors"),
    "labels, npy": (_label, "y.npy"),
    "labels, txt": (_label, "y.txt"),
    "a checkpoint": (lambda path: load_checkpoint(path.parent), "config.json"),
    "a checkpoint in one file": (load_checkpoint, "x.pt"),
    "a state": (lambda path: has_state(path.parent.parent), "state/trainer.safetensors"),
    "an encoder's weights": (lambda path: _weights(path), "model.safetensors"),
    "a preset": (load_config, "preset.yaml"),
    "a table with tabs": (read_corpus, "x.tsv"),
    "cached vectors": (lambda path: _open(path, 3), "x.part.npy"),
}


@pytest.mark.parametrize("what", READERS)
def test_a_pipe_is_not_waited_for(tmp_path, what):
    read, name = READERS[what]
    (tmp_path / name).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / name)
    with pytest.raises(LatentlabError, match=r"reg|no preset or file|no file"):
        read(tmp_path / name)


@pytest.mark.parametrize("read", [read_small, Report.read, lambda path: training_report([path])])
def test_sizes_are_looked_at_before_anything_is_read(tmp_path, read):
    with pytest.raises(InputError, match=r"has 5000000000 bytes, more than the \d+ allowed"):
        read(sparse(tmp_path / "large", 5_000_000_000))
    assert not is_checkpoint(tmp_path)
    sparse(tmp_path / "config.json", 5_000_000_000)
    assert not is_checkpoint(tmp_path)


@pytest.mark.parametrize("name", ["map.csv", "map.parquet"])
def test_the_size_of_a_map_is_looked_at(tmp_path, monkeypatch, name):
    monkeypatch.setattr(training_logs, "LARGEST_DOCUMENT", 3_000_000)
    with pytest.raises(InputError, match=f"{name} has 4000000 bytes, more than the 3000000 allowed"):
        map_report(sparse(tmp_path / name, 4_000_000))


def _longer(path):
    with path.open("r+b") as file:
        file.truncate(4_000_000)
    return path


def test_what_lies_behind_an_array_is_not_read(tmp_path, monkeypatch):
    rows = Latents(np.ones((3, 2), dtype=np.float32), "mu", "c", "corpus")
    statistics = Statistics.of(np.eye(3), np.eye(3))
    statistics.write(tmp_path / "statistics.safetensors")
    files = {tmp_path / "statistics.safetensors": Statistics.read}
    for name in ("x.npy", "x.safetensors"):
        rows.write(tmp_path / name)
        files[tmp_path / name] = Latents.read
    for path, read in files.items():
        read(path)
        _longer(path)
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda path: pytest.fail(f"{path} was read"))
    for path, read in files.items():
        with pytest.raises(LatentsError, match=r"it has 4000000 bytes, its header is that of \d+"):
            read(path)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("(1, -6)", "is not a whole"),
        ("(-1, -6)", "is not a whole"),
        ("(True, 6)", "is not a whole"),
        ("(4, False)", "is not a whole"),
        ("(4, 6.0)", "is not a whole"),
        ("(9, 6)", "is cut short|is not a whole"),
    ],
)
def test_a_header_of_numpy_with_no_sizes_is_a_damaged_file(tmp_path, capsys, shape, said):
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (117 - len(text)) + b"\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + b"\0" * 96
    (tmp_path / "x.npy").write_bytes(data)
    for read in (open_vectors, Latents.read, _label):
        with pytest.raises(LatentsError, match=said):
            read(tmp_path / "x.npy")
    assert main(["anisotropy", str(tmp_path / "x.npy")]) == 3
    assert "bug" not in capsys.readouterr().err


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
    [item] = training_report([tmp_path]).to_dict()["results"]["items"]
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
    with pytest.raises(LatentsError, match=r"is not a whole \.npy file"):
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
