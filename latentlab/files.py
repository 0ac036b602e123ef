"""Writing files so that a reader sees the old one or the new one, never half of either.

Everything is written beside its destination under a hidden name, flushed to the disk, and then renamed.
A failure at any moment, also `kill -9`, leaves what was there before; what a kill can leave behind besides
is a hidden `.NAME.*.tmp` that no reader of latentlab looks at, and that the next writer of NAME removes: a
lock tells it whether the first is still alive. Operating-system errors come out as latentlab's own: a full
disk is a `ResourceError`, a path that cannot be written an `InputError`.

This file knows nothing about what is written.
"""

import ctypes
import errno
import hashlib
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from latentlab.errors import InputError, LatentlabError, ResourceError, UsageError

_RESOURCES = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EFBIG}
_LEFT = re.compile(r"\.(.+)\.[0-9a-f]{8}\.tmp")
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def atomic_write(path: Path, data: bytes | str | Callable[[Path], None]) -> None:
    """Write `data` to `path`, making its folder if need be; a callable is given the path to write to.

    Text is UTF-8. Prefer bytes to a callable where a library raises its own error on a full disk.
    """
    with _os_errors(path):
        path = path.resolve()
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is not a regular file", "give another name")
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent, path.name)
        with _temporary(path, folder=False) as temporary:
            if callable(data):
                data(temporary)
            else:
                temporary.write_bytes(data.encode() if isinstance(data, str) else data)
            _fsync(temporary)
            temporary.replace(path)
        _fsync(path.parent)


@contextmanager
def atomic_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty temporary folder that takes the place of `path` when the block ends without an error.

    A folder that already has something in it is refused unless `overwrite`; it is then replaced as a whole.
    """
    with _os_errors(path):
        path = path.resolve()
        _refuse_occupied(path, overwrite)
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent, path.name)
        with _temporary(path, folder=True) as temporary:
            yield temporary
            for entry in sorted(temporary.rglob("*"), reverse=True):
                _fsync(entry)
            _fsync(temporary)
            _refuse_occupied(path, overwrite)
            if path.exists():
                _swap(temporary, path)
            else:
                temporary.rename(path)
            _fsync(path.parent)


def sweep(folder: Path, name: str | None = None) -> None:
    """Remove what writers of `name`, or of anything in the folder, left there when they were killed."""
    with suppress(OSError):  # what cannot be removed is in nobody's way
        for entry in list(os.scandir(folder)):
            found = _LEFT.fullmatch(entry.name)
            if found and name in (None, found[1]):
                left = Path(entry.path)
                with suppress(OSError), _lock(left) as held:
                    if held:
                        _remove(left)


def cache_folder() -> Path:
    """Where what can be made again lies: `$LATENTLAB_CACHE`, else `latentlab` in the user's cache folder."""
    base = os.environ.get("LATENTLAB_CACHE")
    if base:
        return Path(base)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "latentlab"


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Hold `path` for this process while the block runs; UsageError where another one of this machine has it.

    The lock lies in the cache folder, leaves nothing beside `path`, and goes with the process, also when that
    is killed. Where the system has no such locks nothing is held.
    """
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:32]
    file = cache_folder() / "locks" / name
    with _os_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    with ExitStack() as stack:
        try:
            stack.enter_context(_lock(file))
        except BlockingIOError:
            raise UsageError(
                f"{path} is being written by another process",
                "wait until that has ended, or give another --out",
            ) from None
        yield


def _refuse_occupied(path: Path, overwrite: bool) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise InputError(f"{path} is a file, a folder is to be written there", "give another name")
    if not overwrite and any(path.iterdir()):
        raise InputError(f"{path} is a folder with something in it", "give another name, or empty it")


@contextmanager
def _temporary(path: Path, *, folder: bool) -> Iterator[Path]:
    """A new file or folder beside `path`, held while the block runs and removed afterwards if it is there."""
    while True:
        temporary = _beside(path)
        temporary.mkdir() if folder else temporary.touch(exist_ok=False)
        try:
            with ExitStack() as stack:
                with suppress(BlockingIOError, FileNotFoundError):  # it is being swept
                    stack.enter_context(_lock(temporary))
                if temporary.exists():
                    yield temporary
                    return
        finally:
            # After the swap of two folders this is the previous one, after a failure the unfinished one.
            _remove(temporary)


def _beside(path: Path) -> Path:
    return path.parent / f".{path.name}.{secrets.token_hex(4)}.tmp"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _lock(path: Path) -> Iterator[bool]:
    """Hold a file or folder for this process; BlockingIOError where another one has it.

    The lock goes with the process. False where the system has no such locks, and nothing is held.
    """
    try:
        import fcntl
    except ImportError:
        yield False
        return
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        held = True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            held = False
        yield held
    finally:
        os.close(handle)


def _swap(new: Path, old: Path) -> None:
    """Exchange two folders: in one step where the system can, else in three that restore `old` on failure."""
    if _exchange(new, old):
        return
    aside = _beside(old)
    old.rename(aside)
    try:
        new.rename(old)
    except BaseException:
        aside.rename(old)
        raise
    aside.rename(new)


def _exchange(a: Path, b: Path) -> bool:
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is None:
        return False
    result: int = renameat2(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _RENAME_EXCHANGE)
    return result == 0


def _fsync(path: Path) -> None:
    # A rename may reach the disk before the content it names unless the content is flushed first.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except LatentlabError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in _RESOURCES:
            message = f"cannot write {path}: {reason}"
            raise ResourceError(message, "free some space; what was there before is untouched") from error
        raise InputError(f"cannot write {path}: {reason}", "give a path that can be written") from error
