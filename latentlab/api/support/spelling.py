"""The same functions for Python: errors and hints name arguments, not options; warnings are issued."""

import functools
import re
import shlex
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from latentlab.api.support.notices import heard
from latentlab.errors import LatentlabError, LatentlabWarning

P = ParamSpec("P")
R = TypeVar("R")

_LONGEST = 400
_OF_TYPER = "Invalid value: "
"""How the command line begins what it says of an argument."""
_ARGUMENTS = {
    "--corpus": "texts",
    "--condition": "conditions",
    "--from": "start",
    "--to": "end",
    "--draw N": "draw=N",
    "--drop-nonfinite": "drop_nonfinite=True",
    "--offline": "offline=True",
    "--overwrite": "overwrite=True",
    "--resume": "resume=True",
    "--preset": "config",
    "--set": "changes",
    "--logger": "loggers",
}
_CALLS = {
    "latentlab anisotropy PATH...": "measure(x): an array, a path or a model",
    "latentlab compare A B, or two of --condition NAME=DIR": "compare(a, b), or conditions={NAME: [a, b]}",
    'latentlab interpolate CKPT --from "…" --to "…"': "interpolate(checkpoint, start, end)",
    "latentlab anisotropy --help": "help(latentlab.measure)",
    "latentlab move --help": "help(latentlab.move)",
    "latentlab convert best_model.pt FOLDER": 'convert("best_model.pt", FOLDER)',
    "give the --out of a `latentlab train`": "give the folder that `train` wrote to",
    "elsewhere now: --resume --corpus FILE": "elsewhere now: resume=True, texts=FILE",
}
_OPTION = re.compile(r"--draw N\b|--[a-z][a-z-]*[a-z]|--n\b")
_RESUME = re.compile(r"latentlab train --out (.+) --resume")
_COMMAND = re.compile(r"(`?latentlab [a-z]+ [^,;`]*)")


def for_python(function: Callable[P, R]) -> Callable[P, R]:
    """The function with its messages for Python: one printable line, arguments named.

    What a command says beside its results is given as warnings where the caller stands; what was said before
    an error stands in the error's notes.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with heard() as notices:
            try:
                result = function(*args, **kwargs)
            except LatentlabError as error:
                error.message = spelled(error.message)
                error.hint = None if error.hint is None else spelled(error.hint)
                error.args = (error.message if error.hint is None else f"{error.message} ({error.hint})",)
                for said in notices:
                    error.add_note(spelled(said))
                raise
        told = [f"{said} ({hint})" if hint else said for said, hint in getattr(result, "warnings", ())]
        for said in (*notices, *told):
            warnings.warn(spelled(said), LatentlabWarning, stacklevel=2)
        return result

    # Pickle, for a pool of processes, looks for a function where it says that it is.
    call.__module__ = "latentlab"
    return call


def spelled(message: str) -> str:
    """A message of the command line as one of Python; a whole command is left as it is typed.

    >>> spelled("--drop-nonfinite leaves them out"), spelled("--first-row is for a single file of vectors")
    ('drop_nonfinite=True leaves them out', 'first_row is for a single file of vectors')
    >>> spelled("latentlab anisotropy FILE --state STATE, then --like")
    'latentlab anisotropy FILE --state STATE, then like'
    >>> spelled("continue with: latentlab train --out 'my run' --resume"), spelled("give another --out")
    ("continue with: train(out='my run', resume=True)", 'give another out')
    """
    message = _RESUME.sub(_resumed, message.removeprefix(_OF_TYPER))
    for command, python in _CALLS.items():
        message = message.replace(command, python)
    parts = _COMMAND.split(message)
    parts[::2] = [_OPTION.sub(_argument, part) for part in parts[::2]]
    text = " ".join("".join(parts).split())
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _resumed(found: re.Match[str]) -> str:
    return f"train(out={shlex.split(found[1])[0]!r}, resume=True)"


def _argument(found: re.Match[str]) -> str:
    return _ARGUMENTS.get(found[0], found[0][2:].replace("-", "_"))
