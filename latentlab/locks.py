"""Files and folders held by one process, so that two writers do not get in each other's way.

A lock goes with its process, also when that is killed. Where the system has none, nothing is held.
"""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

TRIES, PAUSE = 500, 0.01


@contextmanager
def lock(path: Path) -> Iterator[bool]:
    """Hold a file or folder for this process; BlockingIOError where another one has it.

    False where the system has no such locks, and nothing is held. FileNotFoundError where the file is gone
    when it is held at last.
    """
    try:
        import fcntl
    except ImportError:
        yield False
        return
    try:
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)  # file systems of a network lock nothing else
    except FileNotFoundError:
        raise
    except OSError:  # a folder, or somebody else's file
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        held = True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            held = False
        if not os.path.samestat(os.fstat(handle), path.stat()):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        yield held
    finally:
        os.close(handle)


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Wait while another writer puts its files into `folder`, though not for long: it takes milliseconds."""
    with ExitStack() as stack:
        for _ in range(TRIES):
            try:
                stack.enter_context(lock(folder))
                break
            except BlockingIOError:
                time.sleep(PAUSE)
        yield
