"""A command that has come to the moment before it writes, and is let go as often as one likes.

What it computes takes seconds, and what it writes milliseconds: the process stops at the first call that
would change something, and forks a child for each way in which the rest may go.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from benchmarks.failing_disk import Disk, Failure, jumping_clock, largest_file, small_disk
from benchmarks.forked import fork


@dataclass(frozen=True)
class Way:
    """How the rest goes: what fails, if anything."""

    failure: Failure | None = None
    largest: int | None = None
    """Bytes of the largest file that may be written."""
    disk: str | None = None
    """`read-only`, or the pages that are free, on a file system of its own."""


_WHOLE = Way()


@dataclass(frozen=True)
class End:
    """How it went."""

    code: int
    """Negative where it was killed."""
    said: str
    calls: tuple[str, ...]
    """Those that changed something; empty where it was killed."""


class Writer:
    """One command, before its first write."""

    def __init__(self, action: Callable[[], int], place: Path, name: str, *, clock: bool = False) -> None:
        """Run `action` in `place/in` up to there; with `clock`, the time jumps while it runs."""
        self.place, self.said, self._calls = place, place / f"{name}.said", place / f"{name}.calls"
        asked, ask = os.pipe()
        answer, answered = os.pipe()
        self._ends = (asked, answered)

        def begin() -> int:
            os.close(ask)
            os.close(answer)
            return self._run(action, clock)

        self.pid = fork(begin, place / "in", self.said)
        os.close(asked)
        os.close(answered)
        self._ask, self._answer = os.fdopen(ask, "wb", 0), os.fdopen(answer, "rb")
        self._hear(self._answer)

    def go(self, way: Way = _WHOLE) -> None:
        """Let it write in this way."""
        self.said.unlink(missing_ok=True)
        self._calls.unlink(missing_ok=True)
        self._ask.write(json.dumps(asdict(way)).encode() + b"\n")

    def end(self) -> End:
        """Wait for the end of what was let go."""
        code = int(self._hear(self._answer))
        said = self.said.read_text(errors="replace") if self.said.exists() else ""
        calls = json.loads(self._calls.read_text()) if self._calls.exists() else []
        return End(code, said, tuple(calls))

    def close(self) -> None:
        """End the process that waits."""
        self._ask.close()
        os.waitpid(self.pid, 0)
        self._answer.close()

    def _hear(self, answer: BinaryIO) -> str:
        line = answer.readline().decode()
        if not line:
            raise RuntimeError(f"it ended before it wrote anything: {self.said.read_text()[-500:]}")
        return line.strip()

    def _run(self, action: Callable[[], int], clock: bool) -> int:
        from latentlab.cli import terminal

        # Its thread would not live on in a child.
        terminal.Progress.__enter__ = lambda progress: progress  # type: ignore[method-assign]
        if clock:
            jumping_clock()
        disk = Disk(self.place / "in", None, lambda: self._wait(disk))
        own: dict[str, Any] = {}
        self._own = own
        try:
            return action()
        finally:
            disk.failure = None
            self._calls.write_text(json.dumps(disk.calls))
            if own.get("disk"):
                shutil.copytree(self.place / "in", self.place / "after", symlinks=True)

    def _wait(self, disk: Disk) -> None:
        """In the process that waits: never comes back but in its children."""
        asked, answered = os.fdopen(self._ends[0], "rb"), self._ends[1]
        os.write(answered, b"ready\n")
        while line := asked.readline():
            child = os.fork()
            if not child:
                self._go(disk, json.loads(line))
                return
            _, status = os.waitpid(child, 0)
            os.write(answered, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)

    def _go(self, disk: Disk, way: dict[str, Any]) -> None:
        os.dup2(os.open(self.said, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        os.chdir(self.place / "in")  # the one of now: the folder is made anew each time
        self._own.update(way)
        if way["disk"]:
            pages = None if way["disk"] == "read-only" else int(way["disk"])
            if not small_disk(self.place / "in", pages):
                os._exit(77)
        if way["largest"] is not None:
            largest_file(way["largest"])
        if way["failure"]:
            disk.failure = Failure(**way["failure"])
