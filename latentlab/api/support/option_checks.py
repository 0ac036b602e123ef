"""Options of calls that typer checks for commands: numbers in a range, words of a few, labels of groups."""

import operator
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

from latentlab.api.support.path_inputs import path_of
from latentlab.errors import CorpusError, UsageError

_RANGES = {"--seed": (0, 2**63 - 1), "--n": (2, 2**53), "--sample": (2, 2**53), "--first-row": (0, 2**53)}
_RANGES |= {"--refine": (0, 2**31)}
_ANY = (-(2**53), 2**53)


def whole(**options: Any) -> None:
    """UsageError for an option that is no whole number, or out of its range; None is none.

    >>> whole(seed=0, n=None)
    >>> whole(first_row=-1)
    Traceback (most recent call last):
    latentlab.errors.UsageError: --first-row is -1, and 0 is the least
    """
    for key, value in options.items():
        name = f"--{key.replace('_', '-')}"
        if value is not None or name == "--seed":
            between(name, value, *_RANGES.get(name, _ANY))


def between(name: str, value: Any, least: int, most: int) -> int:
    """A whole number in a range; UsageError for anything else.

    >>> between("--steps", 7, 2, 1000)
    7
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(f"{name}: a {type(value).__name__} is no whole number", "give an int") from None
    if number < least:
        raise UsageError(f"{name} is {number}, and {least} is the least", "give a larger number")
    if number > most:
        raise UsageError(f"{name} is too large a number", f"the most is {most}")
    return number


def number(name: str, value: Any) -> float:
    """A number; UsageError for anything else.

    >>> number("--reach", 3)
    3.0
    """
    if isinstance(value, str | bytes) or not (hasattr(value, "__float__") or hasattr(value, "__index__")):
        raise UsageError(f"{name}: a {type(value).__name__} is no number", "give a float")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{name}: a {type(value).__name__} is no single number", "give a float") from None


def one_of(name: str, value: Any, there: Sequence[str]) -> str:
    """A word out of a few; UsageError names them.

    >>> one_of("--cloud", "mu", ("pooled", "mu"))
    'mu'
    """
    if not isinstance(value, str) or value not in there:
        raise UsageError(f"{name}: {str(value)[:60]!a} is not one of {', '.join(there)}", f"give {there[0]}")
    return value


def sentence(name: str, value: Any) -> str:
    """One sentence; UsageError for anything else than a string.

    >>> sentence("--text", "A cat sleeps.")
    'A cat sleeps.'
    """
    if not isinstance(value, str):
        raise UsageError(f"{name}: a {type(value).__name__} is no sentence", "give a string")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(f"{name}: half a surrogate pair, which is no character", "remove it") from error
    return value


def real(**options: Any) -> tuple[float, ...]:
    """The options as floats; UsageError for one that is no number.

    >>> real(low=-10, high=30.0)
    (-10.0, 30.0)
    >>> real(low="0")
    Traceback (most recent call last):
    latentlab.errors.UsageError: --low: a str is no number
    """
    return tuple(number(f"--{key.replace('_', '-')}", value) for key, value in options.items())


def labels(group: Any) -> "str | list[Any] | None":
    """A column or file by its name, or labels as a list; UsageError for anything else."""
    if group is None:
        return None
    if isinstance(group, str):
        return group
    if isinstance(group, PathLike):
        return str(path_of(group))
    if isinstance(group, Mapping) or not hasattr(group, "__len__"):
        raise UsageError(
            f"--group: a {type(group).__name__} is no labels", "give a column's name, or one label a row"
        )
    import numpy as np

    array = np.asarray(group, dtype=None if hasattr(group, "dtype") else object)
    found: list[Any] = array.tolist()
    return found
