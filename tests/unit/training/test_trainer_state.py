"""A saved state comes back as it was, or not at all; those of earlier versions come back too."""

import hashlib
import json
import struct

import pytest
import torch

from latentlab.errors import CheckpointError
from latentlab.training import trainer_state
from latentlab.training.record import run_to_continue, saved_state
from latentlab.training.trainer_state import (
    FILE,
    Progress,
    has_state,
    is_vouched,
    read_progress,
    read_state,
    restore_state,
    save_state,
)

PROGRESS = Progress(3, 0.1, 0.2, "float32", 1, {"seed": 0}, "texts", 1.5, 4)


@pytest.fixture
def saved(tmp_path):
    model = torch.nn.Linear(3, 2)
    average = {"weight": model.weight.detach().clone()}
    save_state(tmp_path, model, average, [torch.optim.Adam(model.parameters())], PROGRESS)
    return tmp_path


def restore(folder):
    model = torch.nn.Linear(3, 2)
    restore_state(folder, model, {"weight": torch.zeros(2, 3)}, [torch.optim.Adam(model.parameters())])
    return model


READERS = (read_progress, read_state, restore)


def parts(folder):
    data = (folder / FILE).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + size]), data[8 + size :]


def write(folder, header, body):
    text = json.dumps(header).encode()
    (folder / FILE).write_bytes(struct.pack("<Q", len(text)) + text + body)


def older(folder, digest=True, **progress):
    """The state as an earlier version wrote it, with a digest of the numbers alone or with none."""
    header, body = parts(folder)
    told = header["__metadata__"]
    told["progress"] = json.dumps(json.loads(told["progress"]) | progress)
    told |= {"sha256": hashlib.sha256(body).hexdigest()}
    if not digest:
        del told["sha256"]
    write(folder, header, body)
    return folder


def test_a_state_comes_back(saved):
    assert read_progress(saved) == PROGRESS
    assert torch.equal(restore(saved).weight, read_state(saved).average["weight"])
    assert is_vouched(saved)


def test_no_bit_of_a_state_changes_unseen(saved):
    data = (saved / FILE).read_bytes()
    for at in range(len(data)):
        for bit in (1, 4):
            changed = bytearray(data)
            changed[at] ^= bit
            (saved / FILE).write_bytes(changed)
            with pytest.raises(CheckpointError) as found:
                read_progress(saved)
            assert found.value.message.isprintable()
            assert "give another --out, or delete" in found.value.hint
    (saved / FILE).write_bytes(changed)
    for read in READERS:
        with pytest.raises(CheckpointError, match="its numbers are not those that were written"):
            read(saved)


@pytest.mark.parametrize(
    "told", [{"step": 1}, {"beta": 0.2}, {"kl_average": 0.1}, {"threads": 2}, {"config": {}}, {"seconds": 1}]
)
def test_what_the_header_tells_is_under_the_digest(saved, told):
    header, body = parts(saved)
    progress = json.loads(header["__metadata__"]["progress"]) | told
    header["__metadata__"]["progress"] = json.dumps(progress)
    write(saved, header, body)
    for read in READERS:
        with pytest.raises(CheckpointError, match="not those that were written"):
            read(saved)


@pytest.mark.parametrize("digest", [True, False])
def test_states_of_earlier_versions_are_read(saved, digest):
    older(saved, digest)
    assert read_progress(saved) == PROGRESS
    assert torch.equal(restore(saved).weight, read_state(saved).average["weight"])
    assert not is_vouched(saved)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("step", value) for value in ("x", True, 1.0, -5)),
        *(("rows", value) for value in (None, -1)),
        *(("threads", value) for value in (None, 0, -1, 1025)),
        *(("beta", value) for value in ([], -0.1, float("nan"))),
        *(("kl_average", value) for value in ("x", float("nan"), float("inf"))),
        *(("seconds", value) for value in (None, -1e308, -1)),
        *(("precision", value) for value in (16, "float99")),
        ("config", 5),
        ("texts", 1),
    ],
)
def test_what_no_run_has_is_named_also_where_there_is_no_digest(saved, key, value):
    older(saved, **{key: value})
    with pytest.raises(CheckpointError, match=f"not a readable trainer state: {key} is "):
        read_progress(saved)


@pytest.mark.parametrize("name", ["rha256", "more"])
def test_a_header_with_another_word_is_none(saved, name):
    header, body = parts(saved)
    header["__metadata__"][name] = header["__metadata__"].pop("sha256")
    write(saved, header, body)
    with pytest.raises(CheckpointError, match="its header tells "):
        read_progress(saved)


def test_a_state_that_is_not_finite_is_refused_before_anything_is_trained(tmp_path):
    model = torch.nn.Linear(3, 2)
    with torch.no_grad():
        model.weight[0, 0] = torch.nan
    save_state(tmp_path, model, {"weight": model.weight.detach().clone()}, [], PROGRESS)
    for read in (restore, read_state):
        with pytest.raises(CheckpointError, match="has values that are not finite"):
            read(tmp_path)


def test_a_size_that_the_header_does_not_tell_is_refused_before_the_rest_is_read(saved, monkeypatch):
    with (saved / FILE).open("r+b") as file:
        file.truncate(4_000_000)
    monkeypatch.setattr(trainer_state, "_sha256", lambda *_: pytest.fail("all of it was read"))
    for read in READERS:
        with pytest.raises(CheckpointError, match="it has 4000000 bytes, its header is that of "):
            read(saved)


def test_what_lies_in_the_place_of_a_state_is_named(tmp_path):
    (tmp_path / FILE).mkdir(parents=True)
    for look in (has_state, saved_state, run_to_continue):
        with pytest.raises(CheckpointError, match="is not a regular file"):
            look(tmp_path)
    (tmp_path / FILE).rmdir()
    (tmp_path / FILE.parent).rmdir()
    (tmp_path / FILE.parent).touch()
    for look in (has_state, saved_state, run_to_continue):
        with pytest.raises(CheckpointError, match="is not a folder: the state of a run lies there"):
            look(tmp_path)
