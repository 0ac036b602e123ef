"""A disk that fails when it is told to, for one process: its calls raise an error, and nothing is broken.

Every call that changes something below a folder is counted: files that are opened for writing, writes,
folders, links, renames, removals, flushes. The one with the number that was asked for fails.
"""

import builtins
import ctypes
import io
import itertools
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentlab import files

KILLED = 0
"""In the place of an error number: the process is killed at the call."""
GROWS = ("open", "mkdir", "link", "write", "fsync")
"""Calls that need space."""
_AUDITED = {"os.mkdir": "mkdir", "os.rename": "rename", "os.link": "link", "os.symlink": "link",
            "os.remove": "remove", "os.rmdir": "remove", "os.utime": "utime"}  # fmt: skip
_PAGE = 4096
_NEWNS, _NEWUSER, _MS_RDONLY, _MS_REMOUNT, _MS_PRIVATE = 0x20000, 0x10000000, 1, 32, (1 << 18) | 16384


@dataclass(frozen=True)
class Failure:
    """Which call fails, with what, and which of those after it."""

    at: int
    """Counted from 0."""
    number: int
    """Of the error."""
    lasting: tuple[str, ...] = ()
    """Kinds of calls that fail from then on."""


class Disk:
    """What this process may do with a folder. Made in a process that ends afterwards: it cannot be undone."""

    def __init__(self, inside: Path, failure: Failure | None, first: Callable[[], None]) -> None:
        """`first` is called where the first write begins, before anything is looked at."""
        self.inside, self.failure = str(inside.resolve()), failure
        self._first: Callable[[], None] | None = first
        self.calls: list[str] = []
        fsync, self._open, exchange, errors = os.fsync, io.open, files._exchange, files._os_errors

        def flushed(handle: Any) -> None:
            self.call("fsync")
            fsync(handle)

        def exchanged(a: Path, b: Path) -> bool:
            try:
                self.call("rename")
            except OSError:
                return False
            return exchange(a, b)

        def begun(path: Path) -> Any:
            before, self._first = self._first, None
            if before is not None:
                before()
            return errors(path)

        os.fsync, files._exchange, files._os_errors = flushed, exchanged, begun
        io.open = builtins.open = self.opened  # type: ignore[assignment]
        sys.addaudithook(self._audited)

    def call(self, kind: str) -> None:
        """Count a call; OSError, or the end of the process, where it is one that fails."""
        number, wanted = len(self.calls), self.failure
        self.calls.append(kind)
        if wanted and (number == wanted.at or (number > wanted.at and kind in wanted.lasting)):
            if wanted.number == KILLED:
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(wanted.number, os.strerror(wanted.number))

    def opened(self, file: Any, mode: str = "r", buffering: int = -1, *text: Any, **options: Any) -> Any:
        """As `open`, with writes that are counted."""
        if isinstance(file, int) or not set(mode) & set("wax+") or not self._is_inside(file):
            return self._open(file, mode, buffering, *text, **options)
        binary = mode.replace("b", "").replace("t", "")
        raw = _Counted(self, file, binary, options.pop("opener", None))
        buffer = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        if "b" in mode:
            return buffer
        names = ("encoding", "errors", "newline")
        return io.TextIOWrapper(buffer, **dict(zip(names, text, strict=False)), **options)  # type: ignore[arg-type]

    def _audited(self, event: str, given: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = given
            if not isinstance(path, int) and flags & (os.O_WRONLY | os.O_RDWR) and self._is_inside(path):
                self.call("open")
        elif event in _AUDITED:
            in_a_folder = event in ("os.remove", "os.rmdir") and given[1] != -1
            if in_a_folder or self._is_inside(given[0]):
                self.call(_AUDITED[event])

    def _is_inside(self, path: Any) -> bool:
        return os.path.abspath(os.fsdecode(path)).startswith(self.inside + os.sep)  # noqa: PTH100


class _Counted(io.FileIO):
    def __init__(self, disk: Disk, file: Any, mode: str, opener: Any = None) -> None:
        super().__init__(os.fspath(file), mode, opener=opener)
        self._disk = disk

    def write(self, data: Any) -> int:
        try:
            self._disk.call("write")
        except OSError:
            super().write(bytes(data)[: len(bytes(data)) // 2])  # as a disk that is full in the middle
            raise
        return super().write(data)


def largest_file(size: int) -> None:
    """No file of this process may be larger: the system's own error, also in libraries in Rust."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def jumping_clock() -> None:
    """Every look at the clock is ten years before or after the one before."""
    real, jumps = time.time_ns, itertools.cycle((0, 10, -20, 1))
    year = 365 * 86_400 * 10**9
    time.time_ns = lambda: real() + next(jumps) * year
    time.time = lambda: time.time_ns() / 1e9


def small_disk(folder: Path, pages: int | None) -> bool:
    """Put a file system of this process's own in the place of a folder, with what is in it.

    It has so many pages of space left, or, with None, nothing may be written. False where the system lets
    nobody do that.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_NEWNS):
        if libc.unshare(_NEWNS | _NEWUSER):
            return False
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            Path("/proc/self", name).write_text(text)
    before, name = folder.with_name("before"), os.fsencode(folder)
    shutil.copytree(folder, before, symlinks=True)
    if libc.mount(b"none", b"/", None, _MS_PRIVATE, None) or libc.mount(b"none", name, b"tmpfs", 0, b""):
        return False
    shutil.copytree(before, folder, symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(before)
    os.chdir(folder)  # what is here now, not what was
    room = os.statvfs(folder)
    used = (room.f_blocks - room.f_bfree) * room.f_bsize // _PAGE
    how = _MS_REMOUNT | (_MS_RDONLY if pages is None else 0)
    told = b"" if pages is None else f"size={(used + pages) * _PAGE}".encode()
    return not libc.mount(b"none", name, b"tmpfs", how, told)
