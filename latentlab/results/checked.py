"""Whether the numbers of a document can be what a command wrote: of the right type, finite, within bounds.

A figure or a table takes them as they are, and of a text, a truth value or a cosine of 7 it would show
something. Which keys a report has, its types say (`results.reports`).
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from latentlab.errors import InputError
from latentlab.untrusted import shown

_SLACK = 1e-6
"""Beyond a bound, of 1 or of the bound: what rounding does."""
BOUNDS = {
    **dict.fromkeys(("mean_cosine", "mean_cosine_centred", "mean_energy_ratio"), (-1.0, 1.0)),
    **dict.fromkeys(("resultant_length", "isoscore", "partition_isotropy"), (0.0, 1.0)),
    **dict.fromkeys(("top1_variance_share", "top10_variance_share"), (0.0, 1.0)),
    **dict.fromkeys(("cc_share_top1", "cc_share_top3", "variance_share_top1"), (0.0, 1.0)),
    **dict.fromkeys(("exact_match", "token_accuracy", "length_accuracy"), (0.0, 1.0)),
    **dict.fromkeys(("ter", "kl_total", "condition_number"), (0.0, math.inf)),
}
"""By construction, whatever the sentences; what is debiased may lie outside of what it estimates."""
_AGAIN = "give the file as the command wrote it, or measure again"


def check_numbers(tree: Any, where: str) -> None:
    """InputError names the first number that cannot be right; `where` is the file.

    >>> check_numbers({"mean_cosine": {"value": 0.5, "se": None, "ci95": [0.4, 0.6]}}, "it")
    >>> try:
    ...     check_numbers({"items": [{"mean_cosine": {"value": "0.5", "ci95": None}}]}, "it")
    ... except InputError as found:
    ...     print(found.message)
    it is damaged: items.0.mean_cosine.value is '0.5'
    """
    waiting: list[tuple[str, str, Any]] = [("", "", tree)]
    while waiting:  # no recursion: JSON may be deep
        place, key, value = waiting.pop()
        for part, wrong in _wrong(key, value):
            at = ".".join(filter(None, (place, part)))
            raise InputError(f"{where} is damaged: {shown(at)} is {shown(repr(wrong))}", _AGAIN)
        if isinstance(value, Mapping):
            waiting += [(f"{place}.{name}".removeprefix("."), name, inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{place}.{i}".removeprefix("."), "", inner) for i, inner in enumerate(value)]


def is_number(value: object) -> bool:
    """Whether it is a finite number, which a truth value is not.

    >>> [is_number(value) for value in (1, 0.5, True, "1", None, float("nan"))]
    [True, True, False, False, False, False]
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _wrong(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, float) and not math.isfinite(value):
        yield "", value
    if isinstance(value, Mapping) and "value" in value and "ci95" in value:
        yield from _wrong_estimate(key, value)


def _wrong_estimate(key: str, cell: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Parts of an estimate that are none; `key` is what it is of."""
    value, se, span = cell["value"], cell.get("se"), cell["ci95"]
    low, high = BOUNDS.get(key, (-math.inf, math.inf))
    if value is not None and not (is_number(value) and _within(value, low, high)):
        yield "value", value
    if se is not None and not (is_number(se) and se >= 0):
        yield "se", se
    if span is not None:
        ends = isinstance(span, list) and len(span) == 2 and all(map(is_number, span))
        if not ends or span[0] > span[1]:
            yield "ci95", span
    n = cell.get("n", 0)
    if type(n) is not int or n < 0:
        yield "n", n


def _within(value: float | int, low: float, high: float) -> bool:
    return low - _SLACK * max(1, abs(low)) <= value <= high + _SLACK * max(1, abs(high))
