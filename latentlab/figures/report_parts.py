"""Of what kind the parts of a report are that figures read: objects, lists, and which may be missing.

A report is a file that anybody may have made. What stands in a list of numbers is looked at where it is
drawn (`panels.numbers`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from latentlab.errors import InputError
from latentlab.untrusted import shown


@dataclass(frozen=True)
class Each:
    """An object with any keys, and such a part under each."""

    part: Any


@dataclass(frozen=True)
class Maybe:
    """Such a part, or null."""

    part: Any


_LIST: list[Any] = []
_ESTIMATES = Each(Maybe({}))  # what is in them is looked at by `results.checked`
_MEASURED = {"metrics": _ESTIMATES, "reference": Maybe(_ESTIMATES), "d": Maybe(int), "n": Maybe(int)}
_QUANTILES = {**dict.fromkeys(("normal", "low", "high", "median", "worst"), _LIST), "worst_dim": int}
_CURVES = {
    "eigenvalues": Maybe(_LIST),
    "cosines": Maybe({"counts": _LIST, "edges": _LIST}),
    "cosine_contributions": Maybe(_LIST),
    "quantiles": Maybe(_QUANTILES),
    "mean_variance": Maybe(_LIST),
    "noise_variance": Maybe(_LIST),
}
_CONSTELLATION = {
    **dict.fromkeys(("sentences", "texts", "edges"), _LIST),
    "regions": [_LIST],
    "at": [_LIST],
    "cloud": [_LIST],
    "noise": {"right": _LIST, "sentence": _LIST, "at": [_LIST]},
    "snr_db": float,
}
_ITEM = {
    "name": str,
    "clouds": Each({**_MEASURED, "curves": Maybe(_CURVES)}),
    "posterior": Maybe({**_MEASURED, "kl_per_dim": Maybe(_LIST), "curves": Maybe(_CURVES)}),
    "gate": Maybe({"verdict": Maybe(str)}),
    "layers": Maybe([{**_MEASURED, "layer": int}]),
    "points": Maybe(_LIST),
    "constellation": Maybe(_CONSTELLATION),
    "map": Maybe({"x": _LIST, "y": _LIST, "text": _LIST, "cloud": str}),
    "log": Maybe(Each({"step": _LIST, "value": _LIST})),
}
_WORDS = {dict: "an object", list: "a list", str: "text", float: "a number", int: "a whole number"}


def check_items(items: Sequence[Any]) -> None:
    """InputError names the first part of an item that is of another kind than a command writes.

    >>> check_items([{"name": "a", "clouds": {}}])
    >>> try:
    ...     check_items([{"name": "a", "clouds": 0}])
    ... except InputError as found:
    ...     print(found.message)
    the report is damaged: items.0.clouds is 0 where an object belongs
    """
    _check(items, [_ITEM], "items")


def _check(value: Any, part: Any, at: str) -> None:
    if isinstance(part, Maybe):
        if value is not None:
            _check(value, part.part, at)
        return
    kind: type = part if isinstance(part, type) else list if isinstance(part, list) else dict
    wanted: tuple[type, ...] = (int, float) if kind is float else (kind,)
    fits = isinstance(value, wanted) and not isinstance(value, bool)
    if not fits:
        raise InputError(
            f"the report is damaged: {shown(at)} is {shown(repr(value))} where {_WORDS[kind]} belongs",
            "give the file as the command wrote it, or measure again",
        )
    if isinstance(part, list):
        for i, inner in enumerate(value if part else ()):
            _check(inner, part[0], f"{at}.{i}")
    elif isinstance(part, Each):
        for key, inner in value.items():
            _check(inner, part.part, f"{at}.{key}")
    elif isinstance(part, Mapping):
        for key in part.keys() & value.keys():
            _check(value[key], part[key], f"{at}.{key}")
