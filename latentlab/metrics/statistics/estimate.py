"""One number with what is known about it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from scipy.special import stdtrit

from latentlab.metrics.statistics.intervals import in_words

Z95 = 1.959964
"""Half the width of a 95 % normal interval, in standard errors."""
PLUG_IN = "plug-in value, which depends on n: no interval for the space"


@dataclass(frozen=True, repr=False)
class Estimate:
    """A value, its standard error and 95 % interval where they are defined, and a note where one is due.

    `value` is None where the metric is not defined for this input; the note then says why. A value that is
    not finite never gets in.

    >>> Estimate(0.25, note="a note").to_json()
    {'value': 0.25, 'se': None, 'ci95': None, 'note': 'a note'}
    """

    value: float | None
    se: float | None = None
    ci95: tuple[float, float] | None = None
    note: str | None = None
    n: int | None = None
    """Rows that it comes from, where a report says so."""
    bound: Literal["at least", "at most"] | None = None
    """Set where no more than this is known of the value; there is no interval then, and the note says why."""
    df: int | None = field(default=None, compare=False)
    """Degrees of freedom of the standard error; None where it counts as known. In no report."""

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            object.__setattr__(self, "value", None)
            object.__setattr__(self, "note", _joined(self.note, "not a finite number"))
        if self.value is None:
            object.__setattr__(self, "se", None)
            object.__setattr__(self, "ci95", None)

    def __float__(self) -> float:
        return math.nan if self.value is None else self.value

    def __lt__(self, other: "float | Estimate") -> bool:
        return float(self) < float(other) if _is_number(other) else NotImplemented

    def __le__(self, other: "float | Estimate") -> bool:
        return float(self) <= float(other) if _is_number(other) else NotImplemented

    def __gt__(self, other: "float | Estimate") -> bool:
        return float(self) > float(other) if _is_number(other) else NotImplemented

    def __ge__(self, other: "float | Estimate") -> bool:
        return float(self) >= float(other) if _is_number(other) else NotImplemented

    def __str__(self) -> str:
        return in_words(self)

    def __repr__(self) -> str:
        why = f" undefined ({self.note})" if self.value is None and self.note else f" {self}"
        return f"{type(self).__name__}{why}"

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else str(self)

    @classmethod
    def from_json(cls, cell: Mapping[str, Any]) -> "Estimate":
        """What a report holds of an estimate; keys that are none of an estimate's are left out.

        >>> Estimate.from_json({"value": 0.25, "ci95": [0.2, 0.3], "sweep": {}}).ci95
        (0.2, 0.3)
        """
        named = {key: cell[key] for key in ("value", "se", "note", "n", "bound") if key in cell}
        ci95 = cell.get("ci95")
        return Estimate(**named, ci95=None if ci95 is None else (ci95[0], ci95[1]))

    def with_note(self, note: str | None) -> "Estimate":
        """The same with one more note."""
        return replace(self, note=_joined(self.note, note))

    def from_rows(self, n: int) -> "Estimate":
        """The same with the number of rows that it comes from."""
        return replace(self, n=n)

    def with_jackknife(self, replicates: Sequence[float | None], *, narrowing: float = 1.0) -> "Estimate":
        r"""The same with the standard error that its m delete-one replicates give.

        .. math:: SE^2 = \frac{m - 1}{m} \sum_g (r_g - \bar r)^2

        The interval is value ± t SE, Student's t with m - 1 degrees of freedom. Without two defined
        replicates there is none. `narrowing` multiplies the standard error.
        Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 11.

        >>> Estimate(2.0).with_jackknife([2.5, 2.0, 1.5]).se  # the mean of 1, 2, 3: sd / sqrt(3)
        0.5773502691896257
        """
        if self.value is None:
            return self
        if len(replicates) < 2:
            return self.with_note("no standard error from so few rows")
        if any(value is None for value in replicates):
            return self.with_note("no standard error: a part left out leaves the metric undefined")
        r = np.array(replicates, dtype=np.float64)
        m = len(r)
        se = math.sqrt((m - 1) / m * float(np.sum((r - r.mean()) ** 2)))
        return self.with_se(se * narrowing, df=m - 1)

    def bare(self) -> "Estimate":
        """A plug-in value alone: its ± does not hold its bias, so what the jackknife says is in the note.

        >>> Estimate(2.0).with_se(0.5).bare().note
        'jackknife 1.02 to 2.98, no interval for the space'
        """
        if self.ci95 is None:
            return self
        low, high = self.ci95
        said = f"jackknife {low:.3g} to {high:.3g}, no interval for the space"
        return self.without_interval(said)

    def within(self, least: float, most: float) -> "Estimate":
        """The same with an interval that keeps to the range of the metric.

        >>> Estimate(0.02).with_se(0.5).within(0.0, 1.0).ci95[0]
        0.0
        """
        if self.ci95 is None:
            return self
        low, high = self.ci95
        return replace(self, ci95=(max(low, least), min(high, most)))

    def without_interval(self, why: str) -> "Estimate":
        """The same without an interval, and why there is none.

        >>> Estimate(2.0).with_se(0.5).without_interval("by construction").to_json()
        {'value': 2.0, 'se': None, 'ci95': None, 'note': 'by construction'}
        """
        return replace(self, se=None, ci95=None, df=None, note=_joined(self.note, why))

    def with_se(self, se: float, *, df: int | None = None) -> "Estimate":
        """The same with a standard error and the interval of Student's t, or the normal one without `df`."""
        if self.value is None:
            return self
        half = (Z95 if df is None else float(stdtrit(df, 0.975))) * se
        return replace(self, se=se, ci95=(self.value - half, self.value + half), df=df)

    def to_json(self) -> dict[str, object]:
        """Plain values for a report."""
        ci95 = None if self.ci95 is None else list(self.ci95)
        size = {} if self.n is None else {"n": self.n}
        bound = {} if self.bound is None else {"bound": self.bound}
        return {"value": self.value, "se": self.se, "ci95": ci95, **bound, **size, "note": self.note}


def _is_number(other: object) -> bool:
    return isinstance(other, Estimate | int | float | np.number)


def undefined(note: str) -> Estimate:
    """No value, and why."""
    return Estimate(None, note=note)


def _joined(first: str | None, second: str | None) -> str | None:
    notes = list(dict.fromkeys(note for note in (first, second) if note))
    return "; ".join(notes) or None
