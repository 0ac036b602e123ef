"""From numbers as they are computed to what JSON can say: NaN and infinity are null, arrays are lists."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def to_jsonable(value: Any, where: str = "report") -> Any:
    """The same content in dicts with string keys, lists, strings, finite numbers, booleans and None.

    An object with `to_json()` speaks for itself. Anything else that JSON does not know is a TypeError that
    names the place: silently turned into a string it would be lost.

    >>> to_jsonable({"a": np.array([1.0, np.nan]), "b": Path("x")})
    {'a': [1.0, None], 'b': 'x'}
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.generic | np.ndarray):
        return to_jsonable(value.tolist(), where)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"{where}: keys are strings, got {key!r}")
        return {key: to_jsonable(inner, f"{where}.{key}") for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [to_jsonable(inner, f"{where}[{i}]") for i, inner in enumerate(value)]
    if hasattr(value, "to_json"):
        return to_jsonable(value.to_json(), where)
    raise TypeError(f"{where}: {type(value).__name__} has no place in a report")
