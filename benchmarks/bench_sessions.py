"""Thirty sessions on all pages of the running dashboard, while its checkpoints are replaced and deleted.

`python -m benchmarks.bench_sessions SECONDS SESSIONS` prints the raw numbers alone.
"""

import json
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from benchmarks.bench_dashboard import server
from benchmarks.guests import PAGES, Guest
from benchmarks.replacer import Replacer
from benchmarks.visitors import resident
from latentlab.corpora import data_folder, shipped_corpus

SESSIONS, SECONDS, EVERY, SAMPLED, PAUSE = 30, 600.0, 10.0, 2.0, 2.0
"""How many, for how long; seconds from one replacement to the next, one look at the memory to the next, and
of a guest's rest at most."""
PATIENCE = 600.0
"""Seconds without a word from the server after which a socket is lost."""
FLAT = 1.05
"""The median of the last minute over that of the second, at most."""


@dataclass
class Found:
    """What the guests met; lists are only ever appended to."""

    runs: list[tuple[str, float]] = field(default_factory=list)
    """Page and seconds."""
    errors: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """A refusal that named a checkpoint while it was gone or half written."""
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the start, MiB."""


def run(
    folder: Path | None = None,
    *,
    sessions: int = SESSIONS,
    seconds: float = SECONDS,
    every: float = EVERY,
    pages: Sequence[str] = PAGES,
) -> dict[str, Any]:
    """Raw numbers; the checkpoints of `folder` (default: the shipped ones) are copied before."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for copy in ("masters", "served"):
            shutil.copytree(folder or data_folder() / "checkpoints", place / copy)
        log = place / "log"
        replacer = Replacer(place / "served", place / "masters")
        with server(place / "served", log, LATENTLAB_CACHE=str(place / "cache")) as (url, _, process):
            found = _visited(url, process, replacer, sessions, seconds, every, pages)
        said = log.read_text(errors="replace")
    return _numbers(found, said, sessions, seconds) | {"replaced": replacer.done}


def _visited(
    url: str,
    process: int,
    replacer: Replacer,
    sessions: int,
    seconds: float,
    every: float,
    pages: Sequence[str],
) -> Found:
    """All guests, the replacer and who looks at the memory, until the time is over."""
    found, over = Found(), threading.Event()
    sentences = shipped_corpus().split("train").sample(4000, seed=0).texts
    address = url.replace("http", "ws", 1) + "/_stcore/stream"

    def opened() -> AbstractContextManager[ClientConnection]:
        return connect(address, subprotocols=["streamlit"], max_size=None, open_timeout=60)

    with opened() as socket:
        first = Guest(socket, sentences, sessions)
        for page in pages:  # what every server loads once is no growth
            _meet(first, partial(first.go, page), found, replacer)
    started = time.monotonic()

    def replace() -> None:
        while not over.wait(every):
            replacer.act()

    def look() -> None:
        while not over.wait(SAMPLED):
            found.memory.append((time.monotonic() - started, resident_mib(process)))

    def visit(number: int) -> None:
        while not over.is_set():
            try:
                with opened() as socket:
                    _stay(Guest(socket, sentences, number), number, found, replacer, over, pages)
            except (WebSocketException, OSError) as error:
                found.errors.append(f"lost socket: {type(error).__name__}: {error}")
                over.wait(1)
            except BaseException:
                over.set()  # the guest itself is at fault: nothing is measured
                raise

    with ThreadPoolExecutor(sessions + 2) as pool:
        work = [pool.submit(visit, number) for number in range(sessions)]
        work += [pool.submit(replace), pool.submit(look)]
        over.wait(seconds)
        over.set()
        for done in work:
            done.result()
    return found


def _stay(
    guest: Guest,
    number: int,
    found: Found,
    replacer: Replacer,
    over: threading.Event,
    pages: Sequence[str],
) -> None:
    """From page to page; on each a few fields are set, twice, and what is live is run again."""
    for turn in range(number, 1_000_000):
        page = pages[turn % len(pages)]
        steps = (partial(guest.go, page), partial(guest.change, 2), partial(guest.change, 3))
        for step in steps:
            if over.is_set():
                return
            _meet(guest, step, found, replacer)
            if guest.live and not over.is_set():
                _meet(guest, guest.refresh, found, replacer)
            over.wait(guest.rng.uniform(0, PAUSE))


def _meet(guest: Guest, do: Callable[[], None], found: Found, replacer: Replacer) -> None:
    """One run of a page, and what it came to."""
    guest.patience = PATIENCE
    started = time.monotonic()
    do()
    ended = time.monotonic()
    found.runs.append((guest.page, ended - started))
    found.errors.extend(f"{guest.page}: {text}" for text in guest.wrong)
    if not guest.title and not guest.told:
        found.errors.append(f"{guest.page}: nothing was shown")
    for text in guest.told:
        known = replacer.was_torn(text, started, ended)
        (found.told if known else found.errors).append(f"{guest.page}: {text}")


def resident_mib(process: int) -> float:
    """What a process and all that it started hold."""
    held = 0.0
    with suppress(OSError):  # one that has ended meanwhile
        held = resident(process) / 1024
        for task in Path(f"/proc/{process}/task").iterdir():
            held += sum(resident_mib(int(child)) for child in (task / "children").read_text().split())
    return held


def _numbers(found: Found, said: str, sessions: int, seconds: float) -> dict[str, Any]:
    """What rows are made of."""
    by_page = {page: [taken for where, taken in found.runs if where == page] for page in PAGES}
    uncaught = said.count("Traceback (most recent call last)")
    return {
        "sessions": sessions,
        "seconds": seconds,
        "runs": len(found.runs),
        "errors": len(found.errors) + uncaught,
        "error_kinds": kinds(found.errors),
        "tracebacks": uncaught,
        "log_tail": said[-4000:] if uncaught else "",
        "told": len(found.told),
        "told_kinds": kinds(found.told),
        "page_s": {page: _spread(taken) for page, taken in by_page.items() if taken},
        "memory": [[round(at, 1), round(mib, 1)] for at, mib in found.memory],
        **trend(found.memory),
    }


def kinds(texts: Sequence[str]) -> dict[str, int]:
    """How often each, names and numbers left out."""
    return dict(Counter(re.sub(r"[0-9a-f]{8,}|/\S*/|\d+", "…", text)[:300] for text in texts).most_common(20))


def _spread(taken: Sequence[float]) -> dict[str, float]:
    return {"runs": len(taken), "median": statistics.median(taken), "most": max(taken)}


def trend(memory: Sequence[tuple[float, float]]) -> dict[str, float | None]:
    """Slope after the first minute by least squares, the most, the last minute's median over the second's.

    None where it was not looked at for three minutes.

    >>> trend([(float(at), 100 + at / 60) for at in range(0, 601, 30)])["mib_a_minute"]
    1.0
    """
    last = memory[-1][0] if memory else 0.0
    most = max((mib for _, mib in memory), default=None)
    if last < 180:
        return {"most_mib": most, "mib_a_minute": None, "last_over_second": None}
    at, mib = np.array([seen for seen in memory if seen[0] >= 60]).T
    second, end = np.median(mib[at < 120]), np.median(mib[at > last - 60])
    slope = np.polyfit(at / 60, mib, 1)[0]
    return {
        "most_mib": most,
        "mib_a_minute": round(float(slope), 3),
        "second_minute_mib": float(second),
        "last_over_second": float(end / second),
    }


def rows(s: dict[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """What was to be reached, what was measured, whether it was; nothing where it has not been measured."""
    if not s or s["last_over_second"] is None:
        return []
    replaced = sum(s["replaced"].values())
    flat = s["last_over_second"] <= FLAT
    return [
        (
            f"{s['sessions']} sessions × {s['seconds'] / 60:g} minutes on all pages, checkpoints replaced "
            "and deleted meanwhile",
            f"0 errors; memory flat: the median of the last minute ≤ {FLAT} × that of the second",
            f"{s['runs']} page runs, {replaced} replacements, {s['errors']} errors, {s['told']} refusals of "
            f"what was gone or half written; memory × {s['last_over_second']:.3f}, "
            f"{s['mib_a_minute']:+.1f} MiB a minute after the first, at most {s['most_mib']:.0f} MiB",
            s["errors"] == 0 and flat,
        )
    ]


if __name__ == "__main__":
    print(json.dumps(run(seconds=float(sys.argv[1]), sessions=int(sys.argv[2])), indent=1))
