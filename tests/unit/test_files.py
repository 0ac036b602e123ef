"""Old or new, never half: every failure is provoked and the old content looked at."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from latentlab import files
from latentlab.errors import InputError, ResourceError, UsageError
from latentlab.files import atomic_folder, atomic_write, only_writer


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def disk_full(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("data", [b"new", "new", lambda path: path.write_bytes(b"new")])
def test_a_file_is_replaced_as_a_whole(tmp_path, data):
    path = tmp_path / "deep" / "file.bin"
    atomic_write(path, b"old")
    atomic_write(path, data)
    assert path.read_bytes() == b"new"
    assert names(path.parent) == ["file.bin"]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file.bin"
    atomic_write(path, b"old")
    monkeypatch.setattr(files.os, "fsync", disk_full)
    with pytest.raises(ResourceError, match=r"file\.bin: No space left"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file.bin"]


def test_an_interrupted_callback_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.bin"
    atomic_write(path, b"old")

    def interrupted(temporary: Path) -> None:
        temporary.write_bytes(b"ha")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atomic_write(path, interrupted)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file.bin"]


def test_a_folder_or_a_device_is_never_replaced_by_a_file(tmp_path):
    for path in (tmp_path, Path("/dev/null")):
        with pytest.raises(InputError, match="not a regular file"):
            atomic_write(path, b"new")


def test_a_path_below_a_file_is_an_input_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="cannot write"):
        atomic_write(tmp_path / "file" / "below", b"new")


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    atomic_write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_is_replaced_as_a_whole(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(files, "_exchange", lambda a, b: False)
    path = tmp_path / "deep" / "folder"
    with atomic_folder(path) as temporary:
        (temporary / "state").mkdir()
        (temporary / "state" / "old").write_bytes(b"old")
    with atomic_folder(path, overwrite=True) as temporary:
        assert names(temporary) == []
        (temporary / "new").write_bytes(b"new")
    assert names(path) == ["new"]
    assert names(path.parent) == ["folder"]


def test_an_occupied_folder_is_refused_and_an_empty_one_taken(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    with atomic_folder(path) as temporary:
        (temporary / "old").write_bytes(b"old")
    with pytest.raises(InputError, match="something in it"), atomic_folder(path):
        pytest.fail("the block must not run")
    assert names(path) == ["old"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
def test_a_failure_inside_the_block_leaves_the_old_folder(tmp_path, failure):
    path = tmp_path / "folder"
    with atomic_folder(path) as temporary:
        (temporary / "old").write_bytes(b"old")

    def interrupted() -> None:
        with atomic_folder(path, overwrite=True) as temporary:
            (temporary / "half").write_bytes(b"ha")
            raise failure

    with pytest.raises(failure):
        interrupted()
    assert names(path) == ["old"]
    assert names(tmp_path) == ["folder"]


@pytest.mark.parametrize("where", ["fsync", "rename"])
def test_a_failing_disk_leaves_the_old_folder(tmp_path, monkeypatch, where):
    path = tmp_path / "folder"
    with atomic_folder(path) as temporary:
        (temporary / "old").write_bytes(b"old")
    if where == "fsync":
        monkeypatch.setattr(files.os, "fsync", disk_full)
    else:
        monkeypatch.setattr(files, "_exchange", lambda a, b: False)
        rename = Path.rename

        def fails_for_the_new_one(self, target):
            if Path(target) == path and (self / "new").exists():
                disk_full()
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", fails_for_the_new_one)
    with pytest.raises(ResourceError), atomic_folder(path, overwrite=True) as temporary:
        (temporary / "new").write_bytes(b"new")
    assert names(path) == ["old"]
    assert names(tmp_path) == ["folder"]


def test_a_file_in_the_way_of_a_folder_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="is a file"), atomic_folder(tmp_path / "file"):
        pytest.fail("the block must not run")


def test_only_one_process_writes_to_a_path_and_a_killed_one_lets_go(tmp_path, monkeypatch):
    # Each has its own cache, as two users or two containers have.
    monkeypatch.setenv("LATENTLAB_CACHE", str(tmp_path / "ours"))
    run = tmp_path / "run"
    code = (
        "import sys, pathlib; from latentlab.files import only_writer\n"
        "with only_writer(pathlib.Path(sys.argv[1]), 'in'):\n    print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(run)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LATENTLAB_CACHE": str(tmp_path / "theirs")},
    )
    assert other.stdout.readline() == "held\n"
    with pytest.raises(UsageError, match="is being written by another process"), only_writer(run, "in"):
        pass
    with only_writer(tmp_path / "another", "in"):
        pass
    other.kill()
    other.communicate()
    with only_writer(run, "in"):
        assert names(run / "in") == [".lock"]
    assert names(run) == []
    assert names(tmp_path) == ["run"]


@pytest.mark.parametrize("place", ["run", "run/in"])
def test_a_file_in_the_way_of_a_run_is_named(tmp_path, place):
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).touch()
    with (
        pytest.raises(InputError, match=f"{place} is not a folder$"),
        only_writer(tmp_path / "run", "in"),
    ):
        pytest.fail("the block must not run")
