"""What the loop asks of the operating system: signals as a question after each step, memory that is kept."""

import ctypes
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


def keep_freed_memory() -> None:
    """Ask glibc to keep freed blocks; elsewhere this does nothing.

    Returning them to the system and faulting them in again costs a third of a step on a CPU.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
            mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C (SIGTERM, or a terminal that closes) into a question asked after each step."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(number, signal.default_int_handler)  # a second one stops at once

    # A command under nohup has SIGHUP ignored, and it stays so.
    handled = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        handled.append(signal.SIGHUP)
    try:
        before = [signal.signal(s, ask) for s in handled]
    except ValueError:  # not the main thread: signals are somebody else's business
        yield lambda: False
        return
    try:
        yield lambda: asked
    finally:
        for number, handler in zip(handled, before, strict=True):
            signal.signal(number, handler)
