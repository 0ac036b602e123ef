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
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from latentlab.errors import InputError, LatentlabError, ResourceError, UsageError
from latentlab.locks import lock, turn

_RESOURCES = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EFBIG}
_LEFT = re.compile(r"\.(.+)\.[0-9a-f]{8}\.tmp")
_IN_WORDS = re.compile(r"(?:\(os error |\[Errno )(\d+)")
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


Data = bytes | str | Callable[[Path], None]
"""What is written: bytes, text as UTF-8, or something that is given the path to write to."""


def atomic_write(path: Path, data: Data) -> None:
    """Write `data` to `path`, making its folder if need be."""
    atomic_files({path: data})


def atomic_files(files: Mapping[Path, Data]) -> None:
    """Write several files, making their folders if need be: after an error all are what they were before.

    They take their places one after the other, so a kill at that moment can leave new ones beside old ones;
    each is whole. The files of two writers of one folder do not mix.
    """
    with ExitStack() as stack:
        new: dict[Path, Path] = {}
        for path, data in files.items():
            stack.enter_context(_os_errors(path))
            path = path.resolve()
            if path.exists() and not path.is_file():
                raise InputError(f"{path} is not a regular file", "give another name")
            stack.enter_context(_folder_for(path))
            new[path] = temporary = stack.enter_context(_temporary(path, folder=False))
            if callable(data):
                data(temporary)
            else:
                temporary.write_bytes(data.encode() if isinstance(data, str) else data)
            _fsync(temporary)
        for folder in sorted({path.parent for path in new}) if len(new) > 1 else ():
            stack.enter_context(turn(folder))
        _put(new)


@contextmanager
def atomic_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty temporary folder that takes the place of `path` when the block ends without an error.

    A folder that already has something in it is refused unless `overwrite`; it is then replaced as a whole.
    """
    with _os_errors(path):
        path = path.resolve()
        _refuse_occupied(path, overwrite)
        with _folder_for(path), _temporary(path, folder=True) as temporary:
            yield temporary
            for entry in sorted(temporary.rglob("*"), reverse=True):
                _fsync(entry)
            _fsync(temporary)
            _refuse_occupied(path, overwrite)
            move = _swap if path.exists() else Path.rename
            move(temporary, path)
            try:
                _fsync(path.parent)
            except BaseException:
                with suppress(OSError):
                    _swap(path, temporary) if move is _swap else path.rename(temporary)
                raise


def sweep(folder: Path, name: str | None = None) -> None:
    """Remove what writers of `name`, or of anything in the folder, left there when they were killed."""
    with suppress(OSError):  # what cannot be removed is in nobody's way
        for entry in list(os.scandir(folder)):
            found = _LEFT.fullmatch(entry.name)
            if found and name in (None, found[1]):
                left = Path(entry.path)
                with suppress(OSError), lock(left) as held:
                    if held:
                        _remove(left)


def cache_folder() -> Path:
    """Where what can be made again lies: `$LATENTLAB_CACHE`, else `latentlab` in the user's cache folder."""
    base = os.environ.get("LATENTLAB_CACHE")
    if base:
        return Path(base)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "latentlab"


def check_writable(folder: Path) -> None:
    """Make a file without a name in the folder, and the folder; ResourceError where that fails."""
    with _os_errors(folder), _folder_for(folder / "probe"):
        tempfile.TemporaryFile(dir=folder).close()


@contextmanager
def only_writer(path: Path, inside: str) -> Iterator[None]:
    """Hold the folder `path` for this process while the block runs; UsageError where another one has it.

    The lock is a hidden file in the folder `inside` of it, so that whoever writes there meets it. It goes
    with the process, also when that is killed; the file and folders that stayed empty go with the block.
    Where the system has no such locks, or the folder cannot be written, nothing is held.
    """
    folder = path / inside
    for place in (path, folder):
        if os.path.lexists(place) and not place.is_dir():
            raise InputError(f"{place} is not a folder", "move it away, or give another --out")
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    file = folder / ".lock"
    with ExitStack() as stack:
        stack.callback(_remove_empty, dict.fromkeys((folder, *missing)))
        held = None
        while held is None:
            with _os_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
            try:
                if not file.exists():
                    file.touch()
                held = stack.enter_context(lock(file))
            except FileNotFoundError:  # the one that had it has just ended
                continue
            except BlockingIOError:
                raise UsageError(
                    f"{path} is being written by another process",
                    "wait until that has ended, or give another --out",
                ) from None
            except OSError:  # what is written there will say why it cannot be
                break
            else:
                stack.callback(_remove, file)  # while it is held: nobody else can have it
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
                    stack.enter_context(lock(temporary))
                if temporary.exists():
                    yield temporary
                    return
        finally:
            # After the swap of two folders this is the previous one, after a failure the unfinished one.
            _remove(temporary)


@contextmanager
def _folder_for(path: Path) -> Iterator[None]:
    """Make the folder of `path`, and sweep it; folders that were made go again where the block fails."""
    missing = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent, path.name)
        yield
    except BaseException:
        _remove_empty(missing)
        raise


def _put(new: Mapping[Path, Path]) -> None:
    """Move each temporary to its path; where one of them cannot, all get back what was there before."""
    with ExitStack() as stack, ExitStack() as undo:
        for path, temporary in new.items():
            with _os_errors(path):
                undo.callback(_put_back, path, stack.enter_context(_second_name(path)))
                temporary.replace(path)
        for folder in sorted({path.parent for path in new}):
            _fsync(folder)
        undo.pop_all()


def _put_back(path: Path, before: Path | None) -> None:
    with suppress(OSError):  # the first error is the one to tell
        before.replace(path) if before else path.unlink(missing_ok=True)


@contextmanager
def _second_name(path: Path) -> Iterator[Path | None]:
    """Another name for the file at `path` while the block runs; None where there is no file."""
    if not path.exists():
        yield None
        return
    other = _beside(path)
    try:
        try:
            os.link(path, other)
        except OSError:  # there are no links here
            shutil.copy2(path, other)
        yield other
    finally:
        _remove(other)


def _beside(path: Path) -> Path:
    return path.parent / f".{path.name}.{secrets.token_hex(4)}.tmp"


def _remove(path: Path) -> None:
    with suppress(OSError):  # what cannot be removed is in nobody's way, and goes with the next writer
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders, the inner ones first, in which nobody has put something."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


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
    except Exception as error:
        # Libraries in Rust tell the system's errors in words, and so does what copies a folder.
        told = _IN_WORDS.search(str(error))
        if not isinstance(error, OSError) and not told:
            raise
        number = error.errno if isinstance(error, OSError) else None
        number = int(told[1]) if number is None and told else number
        reason = str(error) if number is None else os.strerror(number)
        if number in _RESOURCES:
            message = f"cannot write {path}: {reason}"
            raise ResourceError(message, "free some space; what was there before is untouched") from error
        raise InputError(f"cannot write {path}: {reason}", "give a path that can be written") from error
