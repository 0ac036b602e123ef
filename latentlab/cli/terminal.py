"""What a person sees besides results: messages, logs and progress, all on stderr; results go to stdout."""

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE = 2.0
"""Seconds after which a progress bar appears."""
PIPE_WIDTH = 100
"""Columns where the output is not a terminal."""


def say(message: str) -> None:
    """One line for the reader that is not a result."""
    sys.stdout.flush()  # what was printed before must be seen before
    print(message, file=sys.stderr, flush=True)


def fail(message: str, hint: str | None = None, *, label: str = "error") -> None:
    """The two lines that every error becomes."""
    say(f"{label}: {message}")
    if hint:
        say(f"hint: {hint}")


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
    """A bar on stderr, shown only on a terminal and only for what takes longer than PATIENCE seconds.

    Call it with what is being done, how much of it is done and how much there is.
    """

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Report that `done` of `total` is done of `what`."""
        if not sys.stderr.isatty() or time.monotonic() - self._started < PATIENCE:
            return
        if self._bars is None:
            self._bars = _bars()
            self._bars.start()
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
