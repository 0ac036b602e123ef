"""A training that is killed at random moments and resumed: is it the one that was never stopped?

`python -m benchmarks.bench_kills [TRIALS] [SEED]` prints one JSON document. Each trial is a process that
trains and then exports, with vectors, states and checkpoints to write; it gets SIGKILL at a moment drawn
uniformly over the time that the whole takes, up to three times in a row, and is started again until it ends.
Then every file that it left is compared with those of a run that nobody stopped.
"""

import contextlib
import json
import mmap
import os
import random
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.forked import fork

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("preparing", "encoding", "training", "saving", "finishing", "exporting")
"""`finishing` is the evaluation and the checkpoint at the end, `preparing` all before the first vector."""
WRITING = 1
"""Byte of the shared memory that says whether a temporary file or folder is there; the stage is in byte 0."""
SENTENCES, CHUNK, IN_A_ROW = 120, 12, 3
"""CHUNK is of the vector cache: many parts, as a large corpus has them."""
_SECONDS = re.compile(rb'("seconds": |\| seconds \| )[0-9.]+')


def files_of(place: Path) -> dict[str, bytes]:
    """Every file below a folder, without what no two runs have alike.

    That is the seconds that they took, the digest over them, and the order in which the library of tensor
    files writes metadata.
    """
    found = {}
    for path in sorted(place.rglob("*")):
        if path.is_file() or path.is_symlink():
            data = path.read_bytes()
            found[path.relative_to(place).as_posix()] = _untimed(data)
        elif path.name.startswith("."):
            found[path.relative_to(place).as_posix()] = b""
    return found


def _untimed(data: bytes) -> bytes:
    size = int.from_bytes(data[:8], "little")
    if data[8:9] == b"{" and size < len(data):
        tree = json.loads(data[8 : 8 + size])
        told = tree.pop("__metadata__", {})
        if told.get("sha256", "").startswith("2:"):
            del told["sha256"]  # it is of the seconds too; all else that it is of is compared here
        told = sorted(told.items())
        header = json.dumps(tree).encode() + "".join(map("=".join, told)).encode()
        return _SECONDS.sub(rb"\1", header) + data[8 + size :]
    return _SECONDS.sub(rb"\1", data)


class Job:
    """One run in a folder of its own: train or resume, then export. Says in shared memory what it is at."""

    def __init__(self, folder: Path) -> None:
        """Write a tiny encoder and sentences, and run once so that everything is imported."""
        os.environ |= {"HF_HUB_CACHE": str(folder / "hub"), "LATENTLAB_CACHE": str(folder / "warm" / "cache")}
        os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
        sys.path.insert(0, str(ROOT / "tests" / "integration"))
        from encoder_models import tiny_bert
        from tiny_checkpoint import sentences

        self.encoder, self.corpus = tiny_bert(folder / "encoder"), folder / "sentences.txt"
        self.corpus.write_text("\n".join(sentences(SENTENCES)) + "\n")
        self.at = mmap.mmap(-1, 2)
        self._notice()
        (folder / "warm").mkdir()
        with (
            Path(os.devnull).open("w") as nobody,
            contextlib.chdir(folder / "warm"),
            contextlib.redirect_stdout(nobody),
            contextlib.redirect_stderr(nobody),
        ):
            if self():
                raise RuntimeError("the run does not even end where nobody stops it")

    def __call__(self) -> int:
        """In the working folder; the exit code. What was exported already is not exported again."""
        from latentlab.cli import main

        self.at[0] = STAGES.index("preparing")
        small = ["model.decoder={vocab_size: 300, width: 16, layers: 1, heads: 2}", "data.substitutions=0.5"]
        small += ["optim.batch_size=16", "optim.steps=12", "save_every=2", "eval_every=6", "threads=1"]
        given = ["--preset", "tiny", "--corpus", self.corpus, "--encoder", self.encoder, "--offline"]
        changes = [word for value in small for word in ("--set", value)]
        code = main(["train", *map(str, given), *changes, "--out", "run", "--resume"])
        self.at[0] = STAGES.index("exporting")
        if code or Path("exported").exists():
            return code
        return main(["export", "run", "--out", "exported", "--offline"])

    def _notice(self) -> None:
        """Wrap what the stages are told by; nothing that they do is changed."""
        from latentlab import files
        from latentlab.cli import terminal
        from latentlab.training import export, loop, vector_cache

        vector_cache.CHUNK = CHUNK
        told = terminal.Progress.__call__
        seen = {"encoding sentences": "encoding", "training": "training"}

        def progress(bar: terminal.Progress, what: str, done: int, total: int) -> None:
            if what in seen and self.at[0] != STAGES.index("exporting"):
                self.at[0] = STAGES.index(seen[what])
            told(bar, what, done, total)

        terminal.Progress.__call__ = progress  # type: ignore[method-assign]
        loop.save_state = self._marked(0, STAGES.index("saving"), loop.save_state)
        export.write_checkpoint = self._marked(0, STAGES.index("finishing"), export.write_checkpoint)
        temporary = files._temporary

        @contextlib.contextmanager
        def marked(path: Path, *, folder: bool) -> Iterator[Path]:
            with temporary(path, folder=folder) as made:
                self.at[WRITING] = 1
                yield made
            self.at[WRITING] = 0

        files._temporary = marked

    def _marked(self, byte: int, value: int, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            before = self.at[byte]
            if before != STAGES.index("exporting"):
                self.at[byte] = value
            result = function(*arguments, **options)
            self.at[byte] = before
            return result

        return call


def whole(job: Callable[[], int], place: Path) -> tuple[float, dict[str, bytes]]:
    """How long a run takes that nobody stops, and what it leaves."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    begun = time.monotonic()
    _, status = os.waitpid(fork(job, place, place.with_suffix(".said")), 0)
    if status:
        raise RuntimeError(place.with_suffix(".said").read_text()[-500:])
    return time.monotonic() - begun, files_of(place)


def trial(job: Job, place: Path, moments: list[float]) -> tuple[list[tuple[str, bool]], int]:
    """The stages in which a run was killed, whether it was writing there; the exit code of the last start."""
    shutil.rmtree(place, ignore_errors=True)
    said = place.with_suffix(".said")
    said.unlink(missing_ok=True)
    place.mkdir()
    kills = []
    for moment in moments:
        child = fork(job, place, said)
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):  # it was over before
            return kills, os.waitstatus_to_exitcode(status)
        kills.append((STAGES[job.at[0]], bool(job.at[WRITING])))
        job.at[WRITING] = 0
    _, status = os.waitpid(fork(job, place, said), 0)
    return kills, os.waitstatus_to_exitcode(status)


def _share(job: Job, place: Path, seed: int, numbers: range, seconds: float, wanted: dict[str, bytes]) -> int:
    """These trials, one after the other; what they came to is written beside the place."""
    job.at = mmap.mmap(-1, 2)
    results = []
    for number in numbers:
        rng, kills = random.Random(f"{seed} {number}"), []
        while not kills:  # it ended before the first
            moments = [rng.uniform(0, seconds) for _ in range(rng.randint(1, IN_A_ROW))]
            kills, code = trial(job, place, moments)
        found = files_of(place)
        left = sorted(set(found) - set(wanted))
        differ = sorted(path for path in wanted if found.get(path) != wanted[path])
        said = place.with_suffix(".said").read_text()[-500:] if code or left or differ else ""
        result = {"kills": kills, "code": code, "left": left, "differ": differ, "said": said}
        results.append({"number": number, **result})
        place.with_suffix(".json").write_text(json.dumps(results))
    return 0


def run(trials: int = 200, seed: int = 0) -> dict[str, Any]:
    """How many of the killed runs ended as the one that was never stopped."""
    begun, count = time.monotonic(), min(os.cpu_count() or 1, trials)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = Job(folder)
        once = [whole(job, folder / "place") for _ in range(2)]
        seconds, wanted = statistics.median(taken for taken, _ in once), once[0][1]
        if any(files != wanted for _, files in once):
            raise RuntimeError("runs that nobody stops differ")
        places = [folder / f"place-{part}" for part in range(count)]
        workers = [
            fork(
                partial(_share, job, place, seed, range(part, trials, count), seconds, wanted),
                folder,
                folder / "workers.said",
            )
            for part, place in enumerate(places)
        ]
        ends = [os.waitpid(worker, 0)[1] for worker in workers]
        if any(ends):
            raise RuntimeError((folder / "workers.said").read_text()[-500:])
        results = [
            result for place in places for result in json.loads(place.with_suffix(".json").read_text())
        ]
    kills = [kill for result in results for kill in result["kills"]]
    faults = [result for result in results if result["code"] or result["left"] or result["differ"]]
    return {
        "trials": len(results),
        "seed": seed,
        "kills": len(kills),
        "bitwise": sum(not result["code"] and not result["differ"] for result in results),
        "strays": sum(len(result["left"]) for result in results),
        "files": len(wanted),
        "stages": {stage: sum(at == stage for at, _ in kills) for stage in STAGES},
        "while_writing": sum(wrote for _, wrote in kills),
        "run_seconds": seconds,
        "seconds": time.monotonic() - begun,
        "faults": faults,
    }


def rows(measured: dict[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """What was to be reached, what was measured, whether it was; nothing where it has not been measured."""
    if not measured:
        return []
    trials, same, strays = (measured[key] for key in ("trials", "bitwise", "strays"))
    stages = ", ".join(f"{stage} {count}" for stage, count in measured["stages"].items())
    return [
        (
            "trainings with kill −9 at random moments, up to three in a row, then resumed: all files against "
            "a run that nobody stopped",
            "200: 200 bitwise, 0 stray files, every stage",
            f"{trials}: {same} bitwise, {strays} stray files; {measured['kills']} kills ({stages}), "
            f"{measured['while_writing']} of them while a file was being written",
            trials >= 200 and same == trials and not strays and all(measured["stages"].values()),
        )
    ]


if __name__ == "__main__":
    print(json.dumps(run(*map(int, sys.argv[1:])), indent=1))
