"""Numbers with their intervals as they are printed: rounded by what is known of them.

Texts are plain: a million and more are written with a power of ten, `1.23e7`, which `latex.tex` turns into
mathematics. An estimate without an interval is its value alone.
"""

import math
from collections.abc import Callable
from typing import Protocol, runtime_checkable


@runtime_checkable
class WithInterval(Protocol):
    """A value with its interval, as an Estimate is."""

    @property
    def value(self) -> float | None:
        """None where it is undefined."""

    @property
    def ci95(self) -> tuple[float, float] | None:
        """Both ends of the 95 % interval."""

    @property
    def bound(self) -> str | None:
        """`at least` or `at most` where no more is known."""


BIG = 1e6
"""From here on a number has a power of ten: one extreme value must not make a table unreadable."""
_MOST_DECIMALS = 6
_DIGITS = 3
"""Decimals of a number with a power of ten of which nothing else is known."""
_BOUNDS = {"at least": "≥", "at most": "≤"}
_EVEN = 0.1
"""Arms of an interval that differ by a smaller share of the longer one are shown as one ±."""


def rounded(value: float, half: float | None, decimals: int | None = None) -> tuple[str, str | None]:
    """A number and half its interval, rounded as the Particle Data Group does; three digits without one.

    Half the interval keeps two digits where they are at most 35, else one, and the value as many decimals.
    With `decimals` both have that many. A million and more, of either, gives both one power: the value's.
    Source: Workman et al. 2022, Review of Particle Physics, section 5.3.

    >>> rounded(0.61719, 0.00369), rounded(77.377, 1.304), rounded(12_345_678.0, 51_000.0)
    (('0.617', '0.004'), ('77.4', '1.3'), ('1.235e7', '0.005e7'))
    """
    power = _power(abs(value)) or _power(half or 0.0)
    if power:
        value, half = value / 10.0**power, None if half is None else half / 10.0**power
        decimals = _DIGITS if decimals is not None or half == 0 else max(_decimals(value, half), 1)
    elif decimals is None:
        decimals = _decimals(value, half)
    shown = None
    if half is not None:
        # An interval is not rounded away: then it is one in the last digit.
        shown = f"{half if half == 0 else max(half, 10.0**-decimals):.{decimals}f}{_e(power)}"
    return f"{fixed(value, decimals)}{_e(power)}", shown


def fixed(value: float, decimals: int) -> str:
    """So many decimals; minus zero is zero.

    >>> fixed(-0.0001, 3), fixed(-0.002, 3)
    ('0.000', '-0.002')
    """
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def interval(cell: WithInterval) -> tuple[float, float] | None:
    """Both ends of an estimate's interval; None where it has none, or no value."""
    return None if cell.value is None else cell.ci95


def parts(
    cell: WithInterval, decimals: int | None = None
) -> tuple[str | None, str | None, tuple[str, str] | None]:
    """Value, ±, and instead of it both ends where the arms of the interval differ; None what there is not.

    ± is the longer arm, to one or two digits. Both ends are rounded outwards, so that they hold the interval.
    With `decimals` all have that many, as in a row of a table.

    >>> from latentlab.metrics import Estimate
    >>> parts(Estimate(0.617, ci95=(0.613, 0.621)))
    ('0.617', '0.004', None)
    >>> parts(Estimate(1.0, ci95=(0.981, 1.0)))
    ('1.000', None, ('0.981', '1.000'))
    """
    value, span = cell.value, interval(cell)
    if value is None:
        return None, None, None
    if span is None:
        return rounded(value, None, decimals)[0], None, None
    short, long = sorted((value - span[0], span[1] - value))
    if long < 0.5 * 10.0**-_MOST_DECIMALS:
        return *rounded(value, 0.0, decimals), None
    if long - short <= _EVEN * long or (decimals is not None and _as_even(short, long, decimals)):
        return *rounded(value, long, decimals), None
    power = _power(abs(value))
    value, low, high = (number / 10.0**power for number in (value, *span))
    if decimals is None:
        # By the shorter arm, unless the value lies at an end.
        short, long = short / 10.0**power, long / 10.0**power
        decimals = max(_decimals(value, short if short > long / 10 else long / 3), 1 if power else 0)
    elif power:
        decimals = _DIGITS
    ends = (_end(low, decimals, power, math.floor), _end(high, decimals, power, math.ceil))
    return f"{fixed(value, decimals)}{_e(power)}", None, ends


def bound(cell: WithInterval) -> str:
    """≥ or ≤ where the value is no more than a bound; else nothing.

    >>> from latentlab.metrics import Estimate
    >>> bound(Estimate(0.7, bound="at least")), bound(Estimate(0.7))
    ('≥', '')
    """
    return _BOUNDS.get(cell.bound or "", "")


def in_words(cell: WithInterval, *, sign: bool = False, decimals: int | None = None) -> str:
    """As running text: `0.617 ± 0.004`, or `1.000 [0.981, 1.000]`, or `≥ 0.7`; a dash where it is undefined.

    >>> from latentlab.metrics import Estimate
    >>> in_words(Estimate(0.617, ci95=(0.613, 0.621)), sign=True)
    '+0.617 ± 0.004'
    """
    text, half, span = parts(cell, decimals)
    if text is None:
        return "–"
    text = f"+{text}" if sign and float(text) > 0 else text
    if bound(cell):
        return f"{bound(cell)} {text}"
    if span:
        return f"{text} [{span[0]}, {span[1]}]"
    return text if half is None else f"{text} ± {half}"


def is_bound(p: float | None, attainable: float | None) -> bool:
    """Whether a p-value is the smallest that its design can give, so that all that is known is a bound."""
    return p is not None and attainable is not None and p <= attainable * (1 + 1e-9) and p < 1


def p_value(p: float | None, *, bound: bool = False) -> str:
    """A p-value to three decimals, or as a bound, rounded up so that it holds; a dash where there is none.

    >>> p_value(0.0312), p_value(1e-5), p_value(0.001, bound=True), p_value(0.03125, bound=True)
    ('0.031', '< 0.001', '≤ 0.001', '≤ 0.032')
    """
    if p is None:
        return "–"
    if p < 0.0005:
        return "< 0.001"
    return f"≤ {math.ceil(p * 1000 - 1e-6) / 1000:.3f}" if bound else f"{p:.3f}"


def _decimals(value: float, half: float | None) -> int:
    size = abs(value) if half is None else half
    if size == 0 or (half is None and value.is_integer()):
        decimals = 0 if value.is_integer() else 3
    elif half is None:
        decimals = 2 - math.floor(math.log10(size))
    else:
        exponent = math.floor(math.log10(half))
        decimals = (1 if half < 3.55 * 10**exponent else 0) - exponent
    return min(max(decimals, 0), _MOST_DECIMALS)


def _power(size: float) -> int:
    """Of ten, by which a number is divided before it is printed; 0 for those that are printed as they are."""
    if size < BIG - 0.5:  # what would be rounded to it counts
        return 0
    power = math.floor(math.log10(size))
    return power + (f"{size / 10.0**power:.{_DIGITS}f}" == f"{10:.{_DIGITS}f}")


def _e(power: int) -> str:
    return f"e{power}" if power else ""


def _as_even(short: float, long: float, decimals: int) -> bool:
    return f"{short:.{decimals}f}" == f"{long:.{decimals}f}"


def _end(end: float, decimals: int, power: int, outwards: Callable[[float], int]) -> str:
    """An end of an interval, rounded away from the value; what double precision adds is not a reason to."""
    more = _power(abs(end))
    if more:  # even in the scale of the value
        end, decimals, power = end / 10.0**more, _DIGITS, power + more
    scaled = end * 10.0**decimals
    near = round(scaled)
    whole = near if abs(scaled - near) < 1e-6 else outwards(scaled)
    return f"{whole / 10.0**decimals + 0.0:.{decimals}f}{_e(power)}"
