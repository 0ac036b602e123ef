"""Parts of a task side by side; results come in the order of the parts, whatever the number of threads."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not everywhere
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def each(work: Callable[[T], R], parts: Iterable[T]) -> list[R]:
    """`work` of every part, one thread a core, one thread for the matrix products of each.

    >>> each(abs, [1, -2, 3])
    [1, 2, 3]
    """
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(work, parts))
