"""From the JSON of a report to its types and back: what is read is what was written, or one line of error."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Annotated, Any, ClassVar, TypeVar, cast

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from latentlab.errors import InputError
from latentlab.results.jsonable import to_jsonable
from latentlab.untrusted import shown

P = TypeVar("P")
Values = tuple[float | None, ...]
"""Numbers of a list; None where one is not defined."""
Count = Annotated[int, Field(ge=0, le=2**53)]
NonNegative = tuple[Annotated[float, Field(ge=-1e-6)] | None, ...]
"""Numbers from 0 up to rounding; None where one is not defined."""
AGAIN = "give the file as the command wrote it, or measure again"


@dataclass(frozen=True)
class Part:
    """An object of a report; its keys are the names of its fields, in their order."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    def to_json(self) -> dict[str, Any]:
        """The fields as they are written."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def check_lengths(**lists: Sequence[object] | None) -> None:
    """ValueError where one of the lists is longer than another; None where a report has none.

    >>> check_lengths(x=(1, 2), y=None)
    """
    there = {name: len(values) for name, values in lists.items() if values is not None}
    if len(set(there.values())) > 1:
        raise ValueError(
            f"lists of one length are {', '.join(f'{n} of {name}' for name, n in there.items())}"
        )


def parse(kind: type[P], tree: Any, where: str) -> P:
    """Plain values as `kind`.

    Args:
        kind: A `Part`.
        tree: What `json.loads` gives.
        where: What is read, for the error.

    Raises:
        InputError: It has another form; the first place that has, and what stands there.
    """
    try:
        found: P = _adapter(cast(Any, kind)).validate_json(json.dumps(tree), strict=True)
        return found
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        of_all = first["type"] in ("missing", "value_error")
        place = ".".join(str(step) for step in first["loc"] if not _is_type(step))
        there = "" if of_all else f" is {shown(repr(first['input']))}"
        why = first["msg"].removeprefix("Value error, ")
        said = f"{shown(place or 'it')}{there}: {shown(why[:1].lower() + why[1:])}"
        raise InputError(f"{where} is damaged: {said}", AGAIN) from None


def schema_of(kind: type) -> dict[str, Any]:
    """The JSON Schema of a `Part`."""
    found: dict[str, Any] = _adapter(kind).json_schema()
    return found


def lost(tree: Any, typed: Any, root: str = "results") -> list[str]:
    """Places of plain values that the typed form of them does not have.

    >>> lost({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}})
    ['results.a.c']
    """
    waiting, gone = [(root, tree, to_jsonable(typed))], []
    while waiting:
        at, given, kept = waiting.pop()
        if given == kept:  # quick, and nearly always so
            continue
        if isinstance(given, dict) and isinstance(kept, dict):
            gone += [f"{at}.{key}" for key in given if key not in kept and given[key] is not None]
            waiting += [(f"{at}.{key}", given[key], kept[key]) for key in given if key in kept]
        elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
            pairs = enumerate(zip(given, kept, strict=True))
            waiting += [(f"{at}.{i}", a, b) for i, (a, b) in pairs]
        else:
            gone.append(at)
    return gone


def _is_type(step: object) -> bool:
    """Whether a step of a place names a member of a union rather than a key."""
    return isinstance(step, str) and step in ("Estimate", "int", "float", "str", "bool")


@lru_cache(maxsize=64)
def _adapter(kind: Any) -> Any:  # beartype does not know `TypeAdapter[Any]`
    return TypeAdapter(kind)
