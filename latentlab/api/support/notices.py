"""What a reader should know beside the result: heard by the caller, or a warning of Python."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from latentlab.errors import LatentlabWarning

_HEARD: ContextVar[list[str] | None] = ContextVar("heard", default=None)


def warn(message: str) -> None:
    """Tell whoever hears, else warn; a line of its own in a terminal."""
    heard_by = _HEARD.get()
    if heard_by is None:
        warnings.warn(message, LatentlabWarning, stacklevel=2)
    else:
        heard_by.append(message)


@contextmanager
def heard() -> Iterator[list[str]]:
    """Collect what is told while the block runs, in this thread alone."""
    notices: list[str] = []
    token = _HEARD.set(notices)
    try:
        yield notices
    finally:
        _HEARD.reset(token)
