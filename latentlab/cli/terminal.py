"""What a person sees besides results: messages, logs and progress, all on stderr; results go to stdout."""

import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from latentlab.errors import LatentlabWarning

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE = 2.0
"""Seconds after which a progress bar appears."""
EVERY = 25.0
"""Seconds between two lines of progress where there is no terminal."""
LOOK = 1.0
"""Seconds between two looks at the clock."""
PIPE_WIDTH = 100
"""Columns where the output is not a terminal."""


def say(message: str) -> None:
    """One line for the reader that is not a result."""
    sys.stdout.flush()  # what was printed before must be seen before
    with suppress(OSError):  # a log on a full disk costs no work, and changes no exit code
        print(printable(message), file=sys.stderr, flush=True)


def printable(message: str) -> str:
    r"""A message as one line of printable characters: it may hold names out of untrusted files.

    >>> printable("a \x1b[31mname\nin two lines, é")
    'a \\x1b[31mname in two lines, é'
    """
    one = " ".join(message.splitlines())
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in one)


def fail(message: str, hint: str | None = None, *, label: str = "error") -> None:
    """The two lines that every error becomes."""
    say(f"{label}: {message}")
    if hint:
        say(f"hint: {hint}")


@contextmanager
def warnings_told() -> Iterator[None]:
    """The library's warnings are lines on stderr while the block runs; others are shown as ever."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", LatentlabWarning)
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, LatentlabWarning):
                say(str(message))
            else:
                usual(message, category, *where, **more)

        warnings.showwarning = show
        yield


@contextmanager
def logs(verbose: bool) -> Iterator[None]:
    """Send the library's log to stderr while the block runs: warnings, or everything when verbose."""
    logger = logging.getLogger("latentlab")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s".lower()))
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbose else logging.WARNING)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def console() -> "Console":
    """Where results are printed: as wide as the terminal, without colour under NO_COLOR or in a pipe."""
    from rich.console import Console

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False)


class Progress:
    """How far the work is, on stderr: a bar on a terminal, a line now and then where there is none.

    The bar is shown for what takes longer than PATIENCE seconds. Without a terminal there is a line every
    EVERY seconds, also while the work is in a part that does not report. Call it with what is being done, how
    much of it is done and how much there is; 0 of 0 where that is not known.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = self._said = clock()
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self._status: tuple[str, int, int] | None = None
        self._since = self._started
        self._over = threading.Event()
        self._watch: threading.Thread | None = None

    def __enter__(self) -> "Progress":
        if not sys.stderr.isatty():
            self._watch = threading.Thread(target=self._keep_saying, name="progress", daemon=True)
            self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._watch is not None:
            self._watch.join()
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Report that `done` of `total` is done of `what`."""
        if self._status is None or self._status[0] != what:
            self._since = self._clock()
        self._status = (what, done, total)
        if not sys.stderr.isatty() or self._clock() - self._started < PATIENCE:
            return
        if self._bars is None:
            self._bars = _bars()
            self._bars.start()
        for other, task in self._tasks.items():
            # A part without a known end is over when the next one begins.
            if other != what and self._bars.tasks[task].total is None:
                self._bars.update(task, visible=False)
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total or None)
        self._bars.update(self._tasks[what], completed=done, total=total or None)

    def remind(self) -> None:
        """Say where things stand if nothing was said for EVERY seconds."""
        now, status = self._clock(), self._status
        if status is None or now - self._said < EVERY:
            return
        self._said = now
        what, done, total = status
        amount = f": {done:,} of {total:,}" if total else ""
        say(f"{what}{amount}, after {_spoken(now - self._since)}")

    def _keep_saying(self) -> None:
        while not self._over.wait(LOOK):
            self.remind()


def _spoken(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
