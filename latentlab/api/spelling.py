"""The same functions for Python: errors and hints name arguments, not options; remarks are warnings."""

import functools
import re
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from latentlab.errors import LatentlabError, LatentlabWarning

P = ParamSpec("P")
R = TypeVar("R")

_ARGUMENTS = {
    "--corpus": "texts",
    "--drop-nonfinite": "drop_nonfinite=True",
    "--offline": "offline=True",
    "--arm": "arms",
}
_CALLS = {
    "latentlab anisotropy PATH...": "measure(x): an array, a path or a model",
    "latentlab compare A B, or --arm NAME=DIR for two arms or more": "compare(a, b), or arms={NAME: [a, b]}",
}
_OPTION = re.compile(r"--[a-z][a-z-]*[a-z]|--n\b")
_HELP = re.compile(r"latentlab anisotropy --help")


def for_python(function: Callable[P, R]) -> Callable[P, R]:
    """The function with its messages for Python.

    Whatever the result calls its `remarks` is given as warnings too, for no command prints them.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            result = function(*args, **kwargs)
        except LatentlabError as error:
            error.message = spelled(error.message)
            error.hint = None if error.hint is None else spelled(error.hint)
            error.args = (error.message if error.hint is None else f"{error.message} ({error.hint})",)
            raise
        for remark, hint in getattr(result, "remarks", ()):
            said = spelled(remark if hint is None else f"{remark} ({hint})")
            warnings.warn(said, LatentlabWarning, stacklevel=2)
        return result

    return call


def spelled(message: str) -> str:
    """A message of the command line as one of Python.

    >>> spelled("--drop-nonfinite leaves them out"), spelled("--first-row is for a single file of vectors")
    ('drop_nonfinite=True leaves them out', 'first_row is for a single file of vectors')
    """
    for command, call in _CALLS.items():
        message = message.replace(command, call)
    message = _HELP.sub("help(latentlab.measure)", message)
    return _OPTION.sub(lambda found: _ARGUMENTS.get(found[0], found[0][2:].replace("-", "_")), message)
