"""Options of calls that typer checks for commands: whole numbers in a range, labels of groups."""

import operator
from collections.abc import Mapping
from numbers import Real
from os import PathLike
from typing import Any

import numpy as np

from latentlab.api.support.arrays import path_of
from latentlab.errors import UsageError

_RANGES = {"--seed": (0, 2**63 - 1), "--n": (2, 2**53), "--sample": (2, 2**53), "--first-row": (0, 2**53)}
_RANGES |= {"--limit": (1, 2**53), "--refine": (0, 2**31)}
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
        if value is None and name != "--seed":
            continue
        try:
            number = operator.index(value)
        except TypeError:
            raise UsageError(f"{name}: a {type(value).__name__} is no whole number", "give an int") from None
        least, most = _RANGES.get(name, _ANY)
        if number < least:
            raise UsageError(f"{name} is {number}, and {least} is the least", "give a larger number")
        if number > most:
            raise UsageError(f"{name} is too large a number", f"the most is {most}")


def real(**options: Any) -> tuple[float, ...]:
    """The options as floats; UsageError for one that is no number.

    >>> real(low=-10, high=30.0)
    (-10.0, 30.0)
    >>> real(low="0")
    Traceback (most recent call last):
    latentlab.errors.UsageError: --low: a str is no number
    """
    for key, value in options.items():
        if not isinstance(value, Real):
            name = f"--{key.replace('_', '-')}"
            raise UsageError(f"{name}: a {type(value).__name__} is no number", "give a float")
    return tuple(map(float, options.values()))


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
    array = np.asarray(group, dtype=None if hasattr(group, "dtype") else object)
    found: list[Any] = array.tolist()
    return found
