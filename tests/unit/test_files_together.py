"""Several files are all new or all as they were, whichever call to the disk fails; nothing is left."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from latentlab import files
from latentlab.errors import InputError, ResourceError
from latentlab.files import atomic_files, atomic_folder, atomic_write, only_writer
from latentlab.locks import lock, turn

CALLS = ("os.fsync", "Path.replace", "Path.write_bytes", "Path.touch")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


class Failing:
    """The call with that number fails, and nothing after it."""

    def __init__(self, monkeypatch, at: int) -> None:
        self.count = 0
        for name in CALLS:
            owner, call = name.split(".")
            self._wrap(monkeypatch, {"os": files.os, "Path": type(Path())}[owner], call, at)

    def _wrap(self, monkeypatch, owner, call, at):
        real = getattr(owner, call)

        def counted(*given, **options):
            self.count += 1
            if self.count - 1 == at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*given, **options)

        monkeypatch.setattr(owner, call, counted)


def written(folder: Path) -> None:
    atomic_files({folder / "a": b"new", folder / "sub" / "b": "new", folder / "c": b"new"})


@pytest.fixture
def before(tmp_path) -> dict[str, bytes]:
    """One of the three is there, another is not, and neither is the folder of the third."""
    (tmp_path / "a").write_bytes(b"old")
    return tree(tmp_path)


def test_all_are_new(tmp_path, before):
    written(tmp_path)
    assert tree(tmp_path) == {"a": b"new", "sub": b"", "sub/b": b"new", "c": b"new"}


def test_whichever_call_fails_all_are_as_before(tmp_path, before, monkeypatch):
    with monkeypatch.context() as patch:
        probe = Failing(patch, -1)
        written(tmp_path / "probe")
        calls = probe.count
    shutil.rmtree(tmp_path / "probe")
    assert calls > 12
    for at in range(calls):
        with monkeypatch.context() as patch:
            Failing(patch, at)
            with pytest.raises(ResourceError, match="No space left"):
                written(tmp_path)
        assert tree(tmp_path) == before, at


def test_a_file_comes_back_where_its_folder_cannot_be_flushed(tmp_path, monkeypatch):
    """The last call of all: the new file is there already."""
    atomic_write(tmp_path / "it", b"old")
    real = files._fsync

    def full(path: Path) -> None:
        if path == tmp_path:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(path)

    monkeypatch.setattr(files, "_fsync", full)
    with pytest.raises(ResourceError):
        atomic_write(tmp_path / "it", b"new")
    assert tree(tmp_path) == {"it": b"old"}
    for name in ("there", "new"):
        folder = tmp_path / name
        if name == "there":
            folder.mkdir()
            (folder / "old").write_bytes(b"old")
        with pytest.raises(ResourceError), atomic_folder(folder, overwrite=True) as temporary:
            (temporary / "new").write_bytes(b"new")
    assert tree(tmp_path) == {"it": b"old", "there": b"", "there/old": b"old"}


def test_where_there_are_no_links_a_copy_is_kept(tmp_path, before, monkeypatch):
    def none(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(files.os, "link", none)
    replace = type(tmp_path).replace

    def last_fails(path: Path, target: Path) -> Path:
        if target.name == "c":
            none()
        return replace(path, target)

    monkeypatch.setattr(type(tmp_path), "replace", last_fails)
    with pytest.raises(InputError, match="c: Operation not permitted"):
        written(tmp_path)
    assert tree(tmp_path) == before


def test_an_error_in_words_is_the_one_of_the_system(tmp_path):
    """As libraries in Rust tell it, and `shutil` where it copies a folder."""

    def rust(path: Path) -> None:
        raise RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)")

    with pytest.raises(ResourceError, match=r"cannot write .*it: No space left on device"):
        atomic_write(tmp_path / "it", rust)

    def copied(_: Path) -> None:
        raise shutil.Error([("a", "b", "[Errno 28] No space left on device")])

    with pytest.raises(ResourceError, match=r"cannot write .*it: No space left on device$"):
        atomic_write(tmp_path / "it", copied)
    with pytest.raises(RuntimeError, match="another"):
        atomic_write(tmp_path / "it", lambda _: (_ for _ in ()).throw(RuntimeError("another")))
    assert tree(tmp_path) == {}


def test_a_lock_is_gone_when_it_is_let_go(tmp_path):
    with only_writer(tmp_path / "run", "in"):
        assert tree(tmp_path) == {"run": b"", "run/in": b"", "run/in/.lock": b""}
    assert list(tmp_path.iterdir()) == []


def test_a_lock_on_what_was_removed_in_between_is_none(tmp_path, monkeypatch):
    (tmp_path / "it").touch()
    real = files.os.open

    def late(path, *flags):
        handle = real(path, *flags)
        (tmp_path / "it").unlink()
        return handle

    monkeypatch.setattr("latentlab.locks.os.open", late)
    with pytest.raises(FileNotFoundError), lock(tmp_path / "it"):
        pytest.fail("nobody else would see it")


HOLD = """
import sys, pathlib
from latentlab.locks import lock
with lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_writer_waits_for_its_turn_but_not_for_ever(tmp_path, monkeypatch):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as other:
        assert other.stdout.readline() == "held\n"
        waits = []

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                other.kill()
                other.wait()

        monkeypatch.setattr("latentlab.locks.time.sleep", sleep)
        with turn(tmp_path):
            assert len(waits) == 3
    with subprocess.Popen(command, text=True, **pipes) as other:
        assert other.stdout.readline() == "held\n"
        monkeypatch.setattr("latentlab.locks.TRIES", 4)
        monkeypatch.setattr("latentlab.locks.time.sleep", waits.append)
        with turn(tmp_path):
            assert len(waits) == 7
        other.kill()
