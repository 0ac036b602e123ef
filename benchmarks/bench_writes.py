"""Every write of every command, on a disk that is full, read-only, broken or shared, by a clock that jumps.

`python -m benchmarks.bench_writes [COMMAND...]` prints one JSON document. A command is run up to its first
write; from there on each call that changes something fails once, in each way. After each, all files have to
be those from before, byte for byte, the exit code the documented one with one line that says why, and nothing
may lie about. Where the system lets one, a file system of few pages takes the place of the folder too.
"""

import errno
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.bench_kills import files_of
from benchmarks.failing_disk import GROWS, KILLED, Failure
from benchmarks.forked import fork
from benchmarks.write_commands import COMMANDS, Write, prepare
from benchmarks.writer import End, Way, Writer

ALL = (*GROWS, "rename", "remove", "utime")
FULL = {errno.ENOSPC, errno.EIO, errno.EFBIG}
KINDS = ("full disk", "broken disk", "read-only", "not permitted", "file limit", "small disk",
         "mounted read-only", "killed", "clock jumps", "two writers")  # fmt: skip
ROUNDS, NO_DISK = 4, 77
_CODES = {errno.EROFS: 3, errno.EACCES: 3}
Files = dict[str, bytes]


class Trial:
    """One command and all that happens to it."""

    def __init__(self, write: Write, samples: Path, place: Path) -> None:
        """`samples` is what lies in the folder before; `place` is where it is tried."""
        self.write, self.samples, self.place = write, samples, place
        self.counts: Counter[str] = Counter()
        self.faults: list[dict[str, Any]] = []
        self.restore()
        self.old = self.files()
        self.writer = Writer(write.action(), place, "a")
        self.writer.go()
        self.whole = self.writer.end()
        self.new = self.files()
        if self.whole.code or (self.new == self.old and write.name != "doctor"):
            raise RuntimeError(f"{write.name}: {self.whole}")

    def files(self) -> Files:
        """What lies there now."""
        return files_of(self.place / "in")

    def restore(self) -> None:
        """All as before."""
        for folder in ("in", "after", "before"):
            shutil.rmtree(self.place / folder, ignore_errors=True)
        shutil.copytree(self.samples, self.place / "in", symlinks=True)

    def ways(self) -> Iterator[tuple[str, int, Way]]:
        """Kind, number of the error, and what fails; every call in turn."""
        for at, call in enumerate(self.whole.calls):
            failures = [("killed", Failure(at, KILLED)), ("broken disk", Failure(at, errno.EIO))]
            if call in GROWS or call == "rename":
                failures.append(("full disk", Failure(at, errno.ENOSPC, GROWS)))
            # A run that is resumed takes seconds, not milliseconds: each of its calls fails in one way.
            for kind, failure in [failures[at % len(failures)]] if self.write.resumes else failures:
                yield kind, failure.number, Way(failure)
        yield "read-only", errno.EROFS, Way(Failure(0, errno.EROFS, ALL))
        yield "not permitted", errno.EACCES, Way(Failure(0, errno.EACCES, ALL))
        sizes = {len(data) // 2 for path, data in self.new.items() if self.old.get(path) != data}
        for size in sorted(size for size in sizes if size > 2000):  # what is said is a file too
            yield "file limit", errno.EFBIG, Way(largest=size)
        pages = sum(len(data) // 4096 + 1 for path, data in self.new.items() if self.old.get(path) != data)
        for free in sorted({pages * part // 8 for part in range(8)}):
            yield "small disk", errno.ENOSPC, Way(disk=str(free))
        yield "mounted read-only", errno.EROFS, Way(disk="read-only")

    def run(self) -> None:
        """Everything that fails; then the clock, and two at once."""
        for kind, number, way in self.ways():
            self.restore()
            self.writer.go(way)
            end = self.writer.end()
            if end.code != NO_DISK:
                self.judge(kind, number, way, end)
        self.clock()
        self.two()
        self.writer.close()

    def judge(self, kind: str, number: int, way: Way, end: End) -> None:
        """Count it, and keep what is wrong."""
        after = self.place / "after"
        files = files_of(after) if way.disk else self.files()
        wrong = list(self._code(number, end))
        failed = self.whole.calls[way.failure.at] if way.failure else ""
        hidden = {path for path in files if _is_hidden(path)}
        # What cannot be removed stays until the next write.
        spared = failed == "remove" and len({path.split(".tmp")[0] for path in hidden}) == 1
        if hidden and number != KILLED and not spared:
            wrong.append(f"left: {sorted(hidden)[:3]}")
        shown = {path: data for path, data in files.items() if path not in hidden}
        if self.write.resumes or number == KILLED:
            if way.disk:
                shutil.rmtree(self.place / "in")
                after.rename(self.place / "in")
            each = all(data in (self.old.get(path), self.new.get(path)) for path, data in shown.items())
            if not self.write.resumes and not each:
                wrong.append("a file is neither the old nor the new one")
            wrong += self._again()
        else:
            wanted = self.new if end.code == 0 else self.old
            wrong += _differences(shown, wanted, also=self.new)
        self._count(kind, wrong, _told(way), end)

    def _code(self, number: int, end: End) -> Iterator[str]:
        if number == KILLED:
            if end.code != -9:
                yield f"exit code {end.code}"
            return
        right = self.write.codes or (_CODES.get(number, 4),)
        if end.code not in (0, *right):
            yield f"exit code {end.code}"
        lines = [line for line in end.said.splitlines() if line.startswith("error: ")]
        if "Traceback" in end.said or "bug in latentlab" in end.said or len(lines) != (end.code in (2, 3, 4)):
            yield f"said {end.said[-300:]!r}"

    def _again(self) -> Iterator[str]:
        """Once more with nothing that fails: then all is new and nothing lies about."""
        if self.write.resumes:
            said = self.place / "again.said"
            child = fork(self.write.action(), self.place / "in", said)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        else:
            self.writer.go()
            code = self.writer.end().code
        there = self.write.old is None and code in (2, 3)  # it was whole already, and is never replaced
        if code and not there:
            yield f"exit code {code} afterwards"
        yield from (f"afterwards {wrong}" for wrong in _differences(self.files(), self.new))

    def clock(self) -> None:
        """The time jumps while it runs, and what is there is from the past or the future."""
        for then in (0, 4_102_444_800):
            self.restore()
            for path in (self.place / "in").rglob("*"):
                os.utime(path, (then, then), follow_symlinks=False)
            writer = Writer(self.write.action(), self.place, "clock", clock=True)
            writer.go()
            end = writer.end()
            writer.close()
            wrong = [f"exit code {end.code}"] if end.code else []
            self._count("clock jumps", [*wrong, *_differences(self.files(), self.new)], {}, end)

    def two(self) -> None:
        """Another one writes to the same place at the same time: the files of one or of the other."""
        self.restore()
        other = Writer(self.write.action(old=True), self.place, "b")
        for _ in range(ROUNDS):
            self.restore()
            self.writer.go()
            other.go()
            ends = [writer.end() for writer in (self.writer, other)]
            wrong = []
            codes = sorted(end.code for end in ends)
            if codes != [0, 0] and not (codes[0] == 0 and codes[1] in (2, 3) and self.write.old is None):
                wrong.append(f"exit codes {codes}")
            files = self.files()
            if files not in (self.new, self.old):
                wrong += _differences(files, self.new)
            self._count("two writers", wrong, {}, ends[0])
        other.close()

    def _count(self, kind: str, wrong: list[str], way: dict[str, Any], end: End) -> None:
        self.counts[kind] += 1
        if wrong:
            self.faults.append({"kind": kind, "way": way, "code": end.code, "wrong": wrong})
            print(f"{self.write.name}: {self.faults[-1]}", file=sys.stderr, flush=True)


def _told(way: Way) -> dict[str, Any]:
    return {key: str(value) for key, value in vars(way).items() if value is not None}


def _is_hidden(path: str) -> bool:
    return path.endswith(".tmp") or ("/." in f"/{path}" and ".tmp/" in path)


def _differences(files: Files, wanted: Files, also: Files | None = None) -> list[str]:
    """What is not as it should be; the cache may hold what it holds in `also` as well."""
    found = []
    for path in sorted({*files, *wanted}):
        if files.get(path) == wanted.get(path):
            continue
        if also and path.startswith("cache/") and files.get(path) in (None, also.get(path)):
            continue
        how = "missing" if path not in files else "extra" if path not in wanted else "changed"
        found.append(f"{how}: {path}")
    return found[:5]


def run(names: tuple[str, ...] = ()) -> dict[str, Any]:
    """By command: calls that change something, what was tried how often, and what went wrong."""
    begun, results = time.monotonic(), {}
    chosen = tuple(write for write in COMMANDS if not names or write.name in names)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        os.environ |= {"HF_HUB_CACHE": str(folder / "hub"), "LATENTLAB_CACHE": str(folder / "cache")}
        os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
        (folder / "samples").mkdir()
        (folder / "place").mkdir()
        prepare(folder / "samples", chosen)
        for write in chosen:
            bench = Trial(write, folder / "samples", folder / "place")
            bench.run()
            calls = len(bench.whole.calls)
            results[write.name] = {"calls": calls, "tried": bench.counts, "faults": bench.faults}
            print(f"{write.name}: {calls} calls, {len(bench.faults)} faults", file=sys.stderr, flush=True)
    return {
        "commands": results,
        "kinds": {kind: sum(result["tried"][kind] for result in results.values()) for kind in KINDS},
        "faults": sum(len(result["faults"]) for result in results.values()),
        "seconds": time.monotonic() - begun,
    }


def rows(measured: dict[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """What was to be reached, what was measured, whether it was; nothing where it has not been measured."""
    if not measured:
        return []
    kinds = ", ".join(f"{kind} {count}" for kind, count in measured["kinds"].items() if count)
    total, faults = sum(measured["kinds"].values()), measured["faults"]
    calls = sum(result["calls"] for result in measured["commands"].values())
    return [
        (
            f"{len(measured['commands'])} commands that write, {calls} calls to the disk failing in turn",
            "old state whole, exit code right, no stray file",
            f"{total - faults} of {total} ({kinds})",
            not faults,
        )
    ]


if __name__ == "__main__":
    print(json.dumps(run(tuple(sys.argv[1:])), indent=1))
