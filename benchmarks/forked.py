"""One action in a process of its own, forked from this one so that nothing has to be imported again."""

import os
import sys
from collections.abc import Callable
from pathlib import Path


def fork(action: Callable[[], int], inside: Path, said: Path) -> int:
    """The id of a process that runs `action` in the folder `inside` and ends with its code.

    What it says on stderr is added to `said`; stdin and stdout are nobody's.
    """
    child = os.fork()
    if not child:
        _run(action, inside, said)
    return child


def _run(action: Callable[[], int], inside: Path, said: Path) -> None:
    """In the child: never comes back."""
    code = 99
    try:
        os.chdir(inside)
        os.environ["LATENTLAB_CACHE"] = str(inside / "cache")
        output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        os.dup2(output, 2)
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        code = action()
        sys.stderr.flush()
    except BaseException as error:
        os.write(2, f"Traceback: {type(error).__name__}: {error}\n".encode(errors="replace"))
    finally:
        os._exit(code if isinstance(code, int) else 98)
