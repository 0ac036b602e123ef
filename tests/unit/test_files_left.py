"""What writers leave that are killed goes with the next one; what one is writing stays."""

import subprocess
import sys

import pytest

from latentlab import files
from latentlab.files import atomic_folder, atomic_write, sweep

WRITER = """
import sys, time
from pathlib import Path
from latentlab.files import atomic_folder, atomic_write
def wait(folder):
    print("writing", flush=True)
    time.sleep(60)
if sys.argv[2] == "file":
    atomic_write(Path(sys.argv[1]), lambda temporary: wait(temporary.write_bytes(b"half")))
else:
    with atomic_folder(Path(sys.argv[1]), overwrite=True) as temporary:
        (temporary / "part").write_bytes(b"half")
        wait(temporary)
"""


@pytest.fixture(params=["file", "folder"])
def writer(request, tmp_path):
    """A process in the middle of writing `it`, and what writes `it` here."""
    path = tmp_path / "it"
    command = [sys.executable, "-c", WRITER, str(path), request.param]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "writing\n"

    def write():
        if request.param == "file":
            atomic_write(path, b"new")
        else:
            with atomic_folder(path, overwrite=True) as temporary:
                (temporary / "part").write_bytes(b"new")

    yield process, write
    with process:
        process.kill()


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def hidden(folder):
    return [name for name in names(folder) if name.startswith(".")]


def test_what_a_killed_writer_left_goes_with_the_next_write(writer, tmp_path):
    process, write = writer
    process.kill()
    process.wait()
    assert len(hidden(tmp_path)) == 1
    write()
    assert names(tmp_path) == ["it"]


def test_what_is_being_written_stays(writer, tmp_path):
    _, write = writer
    (left,) = hidden(tmp_path)
    write()
    sweep(tmp_path)
    assert hidden(tmp_path) == [left]


def test_only_what_has_the_form_of_a_temporary_name_is_swept(tmp_path):
    mine = [".it.tmp", ".it.0123abcd", "it.0123abcd.tmp", ".it.0123abcg.tmp", ".other.0123abcd.tmp"]
    for name in [*mine, ".it.0123abcd.tmp"]:
        (tmp_path / name).write_text("x")
    sweep(tmp_path, "it")
    assert names(tmp_path) == sorted(mine)
    sweep(tmp_path)
    assert names(tmp_path) == sorted(mine[:-1])
    sweep(tmp_path / "nowhere")


def test_a_temporary_that_is_swept_before_it_is_held_is_made_again(tmp_path, monkeypatch):
    tokens = iter(["00000000", "00000001"])
    monkeypatch.setattr(files.secrets, "token_hex", lambda _: next(tokens))
    touch = type(tmp_path).touch

    def swept(path, **options):
        touch(path, **options)
        if path.name.endswith("00000000.tmp"):
            sweep(tmp_path)

    monkeypatch.setattr(type(tmp_path), "touch", swept)
    atomic_write(tmp_path / "it", b"new")
    assert (tmp_path / "it").read_bytes() == b"new"
    assert names(tmp_path) == ["it"]
    assert next(tokens, None) is None


def test_without_locks_files_are_written_and_nothing_is_swept(tmp_path, monkeypatch):
    import fcntl

    def none(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", none)
    (tmp_path / ".it.0123abcd.tmp").write_text("x")
    atomic_write(tmp_path / "it", b"new")
    assert names(tmp_path) == [".it.0123abcd.tmp", "it"]
