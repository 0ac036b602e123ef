"""Numbers with their intervals as they are printed: rounded by what is known of them."""

import math
from collections.abc import Callable, Mapping
from typing import Any

_MOST_DECIMALS = 6
_EVEN = 0.1
"""Arms of an interval that differ by a smaller share of the longer one are shown as one ±."""


def rounded(value: float, half: float | None) -> tuple[str, str | None]:
    """A number and half its interval, rounded as the Particle Data Group does; three digits without one.

    Half the interval keeps two digits where they are at most 35, else one, and the value as many decimals.
    Source: Workman et al. 2022, Review of Particle Physics, section 5.3.

    >>> rounded(0.61719, 0.00369), rounded(77.377, 1.304)
    (('0.617', '0.004'), ('77.4', '1.3'))
    """
    size = abs(value) if half is None else half
    if size == 0 or (half is None and value.is_integer()):
        decimals = 0 if value.is_integer() else 3
    elif half is None:
        decimals = 2 - math.floor(math.log10(size))
    else:
        exponent = math.floor(math.log10(half))
        decimals = (1 if half < 3.55 * 10**exponent else 0) - exponent
    decimals = min(max(decimals, 0), _MOST_DECIMALS)
    text = f"{value:.{decimals}f}"
    text = text.removeprefix("-") if float(text) == 0 else text
    if half is None:
        return text, None
    # An interval is not rounded away: then it is one in the last digit.
    shown = half if half == 0 else max(half, 10.0**-decimals)
    return text, f"{shown:.{decimals}f}"


def parts(cell: Mapping[str, Any]) -> tuple[str | None, str | None, tuple[str, str] | None]:
    """Value, ±, and instead of it both ends where the arms of the interval differ; None what there is not.

    ± is the longer arm, to one or two digits. Both ends are rounded outwards, so that they hold the interval.

    >>> parts({"value": 0.617, "ci95": [0.613, 0.621]})
    ('0.617', '0.004', None)
    >>> parts({"value": 1.0, "ci95": [0.981, 1.0]})
    ('1.000', None, ('0.981', '1.000'))
    """
    value, span = cell["value"], cell.get("ci95")
    if value is None:
        return None, None, None
    if not span:
        return rounded(value, None)[0], None, None
    short, long = sorted((value - span[0], span[1] - value))
    if long < 0.5 * 10.0**-_MOST_DECIMALS:
        return *rounded(value, 0.0), None
    if long - short <= _EVEN * long:
        return *rounded(value, long), None
    # By the shorter arm, unless the value lies at an end.
    text, _ = rounded(value, short if short > long / 10 else long / 3)
    decimals = len(text.partition(".")[2])
    return text, None, (_end(span[0], decimals, math.floor), _end(span[1], decimals, math.ceil))


def _end(end: float, decimals: int, outwards: Callable[[float], int]) -> str:
    """An end of an interval, rounded away from the value; what double precision adds is not a reason to."""
    scaled = end * 10.0**decimals
    near = round(scaled)
    whole = near if abs(scaled - near) < 1e-6 else outwards(scaled)
    return f"{whole / 10.0**decimals + 0.0:.{decimals}f}"


def in_words(cell: Mapping[str, Any], *, sign: bool = False) -> str:
    """As running text: `0.617 ± 0.004`, or `1.000 [0.981, 1.000]`; a dash where it is undefined.

    >>> in_words({"value": 0.617, "ci95": [0.613, 0.621]}, sign=True)
    '+0.617 ± 0.004'
    """
    text, half, span = parts(cell)
    if text is None:
        return "–"
    text = f"+{text}" if sign and not text.startswith("-") else text
    if span:
        return f"{text} [{span[0]}, {span[1]}]"
    return text if half is None else f"{text} ± {half}"
