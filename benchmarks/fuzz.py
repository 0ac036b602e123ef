"""Mutated files of every kind, and every command that reads them: nothing runs, hangs, leaks or falls over.

`python -m benchmarks.fuzz [MUTATIONS] [SEED]` prints one JSON document, and what went wrong as it happens.
Each command runs in a process of its own, with limits on time and memory, on a copy of the samples.
"""

import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.forked import fork
from benchmarks.fuzz_samples import MARKER, Sample, make

SECONDS, WAITING, BYTES, CHARACTERS = 10, 120, 2 << 30, 400
"""Of its own processor and on the clock, of memory, of an error."""
REFUSED = (2, 3, 4, 5)
"""Exit codes of what is refused; 0 is a file that is as good as before."""
WORDS = (b"null", b"true", b"-1", b"1e308", b"9" * 400, b'""', b"[]", b"{}", b"NaN", b'"\\u0000"',
         b'"../../x"', b"[" * 2000, b"\xff\xfe", b"\x00", b"\n", b"18446744073709551616")  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What a command did with a mutated file."""

    number: int
    """Of the mutation: it is made again from this and the seed."""
    file: str
    command: str
    code: int
    seconds: float
    bytes: int
    fault: str | None
    said: str


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The bytes with one to three things changed."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randrange(len(data)) if data else 0
        # Headers come first and decide the most.
        at = at if rng.random() < 0.6 else min(at, rng.randrange(1, 600))
        kind = rng.randrange(7)
        if kind == 0 and data:
            data = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
        elif kind == 1:
            data = data[:at]
        elif kind == 2:
            data = data[:at] + rng.randbytes(rng.choice((1, 4, 64))) + data[at:]
        elif kind == 3:
            data = data[:at] + data[at + rng.choice((1, 8, 100)) :]
        elif kind == 4:
            data = data[:at] + data[at : at + rng.choice((8, 200))] * rng.choice((2, 5)) + data[at:]
        else:
            data = _token(data, at, rng)
    return data


def _token(data: bytes, at: int, rng: random.Random) -> bytes:
    """Another word in place of the value or number that stands there, as far as there is one."""
    stops = b",:[]{}\n\t "
    start = max((data.rfind(bytes([stop]), 0, at) for stop in stops), default=-1) + 1
    ends = [end for stop in stops if (end := data.find(bytes([stop]), at)) >= 0]
    end = min(ends, default=len(data))
    if end - start > 200:
        start, end = at, at + rng.choice((0, 4))
    return data[:start] + rng.choice(WORDS) + data[end:]


def attempt(
    number: int, sample: Sample, command: tuple[str, ...], data: bytes, samples: Path, place: Path
) -> Result:
    """One command on a copy of the samples in which one file is replaced."""
    inside, said = place / "in", place / "said"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(samples, inside, symlinks=True)
    (inside / sample.file).write_bytes(data)
    child = fork(partial(_limited, command), inside, said)
    _, status, usage = os.wait4(child, 0)
    seconds, code = usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status)
    text = said.read_text(errors="replace") if said.is_file() else ""
    fault = _fault(code, text, usage.ru_maxrss * 1024, place)
    used, told = usage.ru_maxrss * 1024, text[-2000:]
    return Result(number, sample.file, " ".join(command), code, seconds, used, fault, told)


def _limited(command: tuple[str, ...]) -> int:
    """In the child."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # Seconds of this process: beside other work the clock on the wall says little.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.alarm(WAITING)
    resource.setrlimit(resource.RLIMIT_DATA, (2 * BYTES, 2 * BYTES))
    from latentlab.cli import main

    return main(command)


def _fault(code: int, said: str, used: int, place: Path) -> str | None:
    """What is wrong with that, if anything."""
    if (place / "in" / MARKER).exists():
        return "executed"
    if {entry.name for entry in place.iterdir()} != {"in", "said"}:
        return "written outside"
    if code in (-signal.SIGPROF, -signal.SIGALRM):
        return "hang"
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    if "Traceback" in said or "bug in latentlab" in said or "panicked" in said:
        return "traceback"
    if used > BYTES:
        return "memory"
    if code not in (0, *REFUSED):
        return f"exit code {code}"
    if code in REFUSED:
        errors = [line for line in said.splitlines() if line.startswith("error: ")]
        if len(errors) != 1 or len(errors[0]) > CHARACTERS or not errors[0].isprintable():
            return "not one printable line"
    return None


def work(samples: Path, listed: list[Sample], seed: int, numbers: range, place: Path) -> Iterator[Result]:
    """The mutations of these numbers; each number is one mutation, whoever makes it."""
    for number in numbers:
        rng = random.Random(f"{seed} {number}")
        sample = rng.choice(listed)
        command = rng.choice(sample.commands)
        data = mutated((samples / sample.file).read_bytes(), rng)
        yield attempt(number, sample, command, data, samples, place)


def _share(samples: str, listed: list[Sample], seed: int, numbers: range, place: str) -> list[dict[str, Any]]:
    results = []
    for result in work(Path(samples), listed, seed, numbers, Path(place)):
        if result.fault:
            print(
                f"{result.fault}: {result.number}, {result.file}: latentlab {result.command}\n{result.said}",
                flush=True,
            )
        results.append(asdict(result) | {"said": result.said if result.fault else ""})
    return results


def run(mutations: int = 20_000, seed: int = 0) -> dict[str, Any]:
    """How many of the mutations ended how."""
    import torch

    torch.set_num_threads(1)  # those of a pool would not live on in a child
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"HF_HUB_CACHE": str(folder / "hub"), "LATENTLAB_CACHE": str(folder / "cache")}
        os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
        samples = folder / "samples"
        samples.mkdir()
        listed = make(samples)
        count = os.cpu_count() or 1
        shares = [range(part, mutations, count) for part in range(count)]
        places = [str(folder / f"place-{part}") for part in range(count)]
        with ProcessPoolExecutor(count) as pool:
            jobs = [
                pool.submit(_share, str(samples), listed, seed, numbers, place)
                for numbers, place in zip(shares, places, strict=True)
            ]
            results = [result for job in jobs for result in job.result()]
    faults = Counter(result["fault"] for result in results if result["fault"])
    return {
        "mutations": len(results),
        "seed": seed,
        "files": len(listed),
        "seconds": time.monotonic() - begun,
        "codes": dict(Counter(str(result["code"]) for result in results)),
        "faults": dict(faults),
        "longest_seconds": max(result["seconds"] for result in results),
        "most_bytes": max(result["bytes"] for result in results),
    }


def rows(measured: dict[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """What was to be reached, what was measured, whether it was; nothing where it has not been measured."""
    if not measured:
        return []
    faults, n = measured["faults"], measured["mutations"]
    told = ", ".join(f"{count} {fault}" for fault, count in faults.items()) or "none at fault"
    minutes, most = measured["seconds"] / 60, measured["most_bytes"] / 2**20
    return [
        (
            "mutated files of every kind and command: executed, traceback, hang over 10 s, over 2 GB, "
            f"written outside, a refusal of more than one line of {CHARACTERS} printable characters",
            "0 of 20,000 in 10 minutes",
            f"{n:,}: {told}; {measured['files']} files, at most {measured['longest_seconds']:.1f} s of "
            f"processor and {most:.0f} MiB each; {minutes:.0f} minutes",
            not faults and n >= 20_000 and minutes <= 10,
        )
    ]


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    print(json.dumps(run(*numbers), indent=1))
