"""Harmless code in every folder that enters, and a pinned encoder with each of its files changed.

`python -m benchmarks.bench_trust` prints one JSON document. Every attempt runs in a process of its own, on a
copy of the samples, with a terminal as standard input in which `y` has been typed already.
"""

import fcntl
import json
import os
import pty
import resource
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.fuzz_samples import MARKER, ROOT
from benchmarks.trust_changes import CHANGES, KINDS, MARKERS, own_code, pickled
from benchmarks.trust_samples import DOORS, Door, make

SECONDS, TYPED = 100, b"y\n" * 4
_VECTORS, _SAME = "the vectors themselves", 77
"""Exit code of a probe that finds the vectors of the folder as they were, to the last bit."""


def attempt(door: Door, what: str, samples: Path, place: Path) -> dict[str, Any]:
    """One way in, with one thing done to the folder; `as it was` does nothing."""
    inside = place / "in"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(samples, inside, symlinks=True)
    for run in inside.glob("*/state/run.json"):
        run.write_text(run.read_text().replace(str(samples), str(inside)))
    {**MARKERS, **CHANGES, "as it was": lambda _: None}[what](inside / door.folder)
    code, said, read = in_child(door.command, inside)
    found = {"door": door.name, "folder": door.folder, "what": what, "code": code}
    return found | {
        "run": any(inside.rglob(MARKER)),
        "asked": read or "[y/N]" in said or "trust_remote_code" in said,
        "fault": code not in (0, 1, 2, 3, 4, 5, _SAME) or "Traceback" in said or "bug in latentlab" in said,
        "said": said[-600:],
    }


def in_child(command: str, inside: Path) -> tuple[int, str, bool]:
    """Exit code, what was said, and whether anything was read from the terminal."""
    master, slave = pty.openpty()
    os.write(master, TYPED)
    while _unread(slave) < len(TYPED):
        time.sleep(0.001)
    child = os.fork()
    if not child:
        _run(command, inside, slave)
    _, status = os.waitpid(child, 0)
    left = _unread(slave)
    os.close(master)
    os.close(slave)
    said = (inside.parent / "said").read_text(errors="replace")
    return os.waitstatus_to_exitcode(status), said, left < len(TYPED)


def _unread(terminal: int) -> int:
    """Bytes that were typed and that nobody has read."""
    return int(struct.unpack("i", fcntl.ioctl(terminal, termios.FIONREAD, b"\0" * 4))[0])


def _run(command: str, inside: Path, terminal: int) -> None:
    """In the child: never comes back."""
    code = 99
    try:
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_DATA, (8 << 30, 8 << 30))
        os.chdir(inside)
        os.environ["LATENTLAB_CACHE"] = str(inside / "cache")
        from huggingface_hub import constants

        constants.HF_HUB_CACHE = str(inside / "hub")
        output = os.open(inside.parent / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for old, new in ((terminal, 0), (output, 1), (output, 2)):
            os.dup2(old, new)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
        from latentlab.cli import main

        called = command.split()
        code = _api(*called[1:]) if called[0] == "api" else main(called)
        sys.stderr.flush()
        sys.stdout.flush()
    except BaseException as error:
        os.write(2, f"Traceback: {type(error).__name__}: {error}\n".encode(errors="replace"))
    finally:
        os._exit(code if isinstance(code, int) else 98)


def _api(name: str, folder: str = "") -> int:
    """What is called from Python; the exit code is that of the error."""
    from latentlab.checkpoints import load_checkpoint
    from latentlab.errors import LatentlabError
    from latentlab.models.encoder.encoder_pin import pins_of
    from latentlab.models.encoder.frozen import FrozenEncoder
    from latentlab.models.fluency_lm import CausalFluencyLM
    from latentlab.models.model_config import EncoderConfig
    from latentlab.models.sgdd.sgdd_tokenizer import EncoderTokenizer

    try:
        if name == "app":
            return _app()
        {
            "FrozenEncoder": lambda: FrozenEncoder.load(EncoderConfig(), folder=Path("encoder")).encode(
                ["cat"]
            ),
            "pins": lambda: pins_of(Path("encoder")),
            "EncoderTokenizer": lambda: EncoderTokenizer.from_folder(Path("roberta")),
            "CausalFluencyLM": lambda: CausalFluencyLM.load("judge").perplexity(["cat"]),
            "load_checkpoint": lambda: load_checkpoint("run", encoder="encoder").encode(["cat"]),
            "same": lambda: _same(Path(folder)),
        }[name]()
    except LatentlabError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def _same(folder: Path) -> None:
    """Ends with `_SAME` where a folder gives the vectors that are kept, from whatever it now holds."""
    import numpy as np

    from latentlab.models.encoder.frozen import FrozenEncoder
    from latentlab.models.model_config import EncoderConfig

    frozen = FrozenEncoder.load(EncoderConfig(layer=-1), folder=folder)
    vectors = frozen.encode(PROBES)
    kept = Path(f"kept-{folder.parts[0]}.npy")
    if not kept.exists():
        np.save(kept, vectors)
    elif np.array_equal(np.load(kept), vectors):
        os._exit(_SAME)


PROBES = ["the cat sees a bird", "[CLS] CAT", "Zebra, the-dog é e\u0301", "he the cat under"]


def _app() -> int:
    """The dashboard's page of two sentences; what it says of an encoder that it refuses."""
    from streamlit.testing.v1 import AppTest

    os.environ |= {
        "LATENTLAB_CHECKPOINTS": "run",
        "LATENTLAB_ENCODER": "encoder",
        "LATENTLAB_CORPUS": "c.txt",
    }
    at = AppTest.from_file(str(ROOT / "apps" / "dashboard" / "app.py"), default_timeout=SECONDS)
    at.query_params["n"] = "20"
    at.run()
    if at.exception:
        raise RuntimeError(at.exception[0].message)
    for error in at.error:
        sys.stderr.write(f"error: {error.value}\n")
    return 3 if at.error else 0


def run() -> dict[str, Any]:
    """Every way in with every marker, and every pinned one with every change."""
    with tempfile.TemporaryDirectory() as name:
        folder, samples = Path(name).resolve(), Path(name).resolve() / "samples"
        samples.mkdir()
        _quiet_libraries(folder)
        make(samples)
        os.chdir(ROOT)
        alive = _markers_work(folder)
        doors = [(door, what) for door in DOORS for what in ("as it was", *MARKERS)]
        doors += [(door, what) for door in DOORS if door.pinned for what in CHANGES]
        for inside in sorted({door.folder for door in DOORS if door.pinned}):
            probe = Door(_VECTORS, inside, f"api same {inside}")
            in_child(probe.command, samples)
            doors += [(probe, what) for what in CHANGES]
        count = os.cpu_count() or 1
        with ProcessPoolExecutor(count, get_context("fork")) as pool:
            jobs = [
                pool.submit(_share, doors[part::count], samples, folder / f"place-{part}")
                for part in range(count)
            ]
            results = [result for job in jobs for result in job.result()]
    return _counted(results, alive)


def _quiet_libraries(folder: Path) -> None:
    os.environ |= {"NUMBA_NUM_THREADS": "1", "NUMBA_THREADING_LAYER": "workqueue"}
    import torch

    torch.set_num_threads(1)
    sys.path.insert(0, str(ROOT / "tests" / "integration"))
    sys.path.insert(0, str(ROOT / "apps" / "dashboard"))
    os.environ |= {"HF_HUB_CACHE": str(folder / "samples" / "hub"), "LATENTLAB_CACHE": str(folder / "cache")}
    os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    import streamlit.testing.v1  # noqa: F401, warm for every child


def _markers_work(folder: Path) -> int:
    """How many of the two kinds of code leave the marker when they are run: both, or nothing is measured."""
    import pickle

    place = folder / "alive" / "inside"
    place.mkdir(parents=True)
    found = 0
    for job in (lambda: exec(own_code(place), {}), lambda: pickle.loads(pickled(place))):
        job()
        found += (place.parent / MARKER).exists()
        (place.parent / MARKER).unlink()
    return found


def _share(listed: list[tuple[Door, str]], samples: Path, place: Path) -> list[dict[str, Any]]:
    return [attempt(door, what, samples, place) for door, what in listed]


def _counted(results: list[dict[str, Any]], alive: int) -> dict[str, Any]:
    marked = [r for r in results if r["what"] in MARKERS]
    changed = [r for r in results if r["what"] in CHANGES]
    same = {(r["folder"], r["what"]) for r in changed if r["code"] == _SAME}
    pinned = [r for r in changed if r["door"] != _VECTORS]
    accepted = [r for r in pinned if r["code"] == 0]
    return {
        "markers_alive": alive,
        "doors": len({r["door"] for r in marked}),
        "doors_closed": [r for r in results if r["what"] == "as it was" and r["code"] != 0],
        "kinds": KINDS,
        "attempts": len(marked),
        "run": sum(r["run"] for r in results),
        "asked": sum(r["asked"] for r in results),
        "refused_with_marker": sum(r["code"] != 0 for r in marked),
        "changes": len(CHANGES),
        "pinned_doors": len({r["door"] for r in pinned}),
        "pinned_attempts": len(pinned),
        "pinned_refused": sum(r["code"] != 0 for r in pinned),
        "accepted_same_vectors": sum((r["folder"], r["what"]) in same for r in accepted),
        "accepted": [r for r in accepted if (r["folder"], r["what"]) not in same],
        "same_vectors": sorted(same),
        "codes": dict(Counter(str(r["code"]) for r in results)),
        "faults": [r for r in results if r["run"] or r["asked"] or r["fault"]],
    }


def rows(p: dict[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """What was to be reached, what was measured, whether it was; nothing where it has not been measured."""
    if not p:
        return []
    whole = p["markers_alive"] == 2 and not p["doors_closed"] and not p["faults"]
    return [
        (
            "code markers, every way an encoder, tokenizer, judge or checkpoint folder enters",
            "0 run, 0 questions asked",
            f"{p['run']} run, {p['asked']} asked ({p['doors']} ways × {p['kinds']} kinds)",
            whole and not p["run"] and not p["asked"],
        ),
        (
            "weights, configuration or tokenizer differing from the pin, every way",
            "100 % refused",
            f"{p['pinned_refused']} of {p['pinned_attempts']} ({p['pinned_doors']} ways × {p['changes']} "
            f"changes), {p['accepted_same_vectors']} more give the very same vectors",
            whole and p["pinned_refused"] + p["accepted_same_vectors"] == p["pinned_attempts"],
        ),
    ]


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
