"""Why a verdict has its word, for people: the rule, and every number and threshold that it went by."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

Axes = Mapping[str, Mapping[str, Any]]


def grades() -> str:
    """The thresholds of the grades, in one line."""
    from latentlab.metrics.verdicts.thresholds import ANISOTROPY_BELOW, CONE_FROM, short

    cone, spread = (" / ".join(map(short, cuts)) for cuts in (CONE_FROM, ANISOTROPY_BELOW))
    return f"SLIGHT, MODERATE, STRONG: a mean cosine from {cone}, an IsoScore below {spread}"


def explain(console: "Console", title: str, axes: Axes) -> None:
    """A line with the rule for each axis, then its numbers."""
    console.print(title, style="bold", soft_wrap=True)
    for name, axis in axes.items():
        console.print(f"  {name}: {axis['verdict']}", style="bold", soft_wrap=True)
        console.print(f"    because {axis['reason']}", soft_wrap=True)
        told = [f"{key} {_told(value)}" for key, value in axis.get("numbers", {}).items()]
        if told:
            console.print(f"    {'; '.join(told)}", style="dim", soft_wrap=True)
    console.print()


def gate(found: Mapping[str, Any]) -> dict[str, Any]:
    """The gate of one space in a report, as an axis."""
    apart = ("verdict", "reason", "thresholds")
    numbers = {key: value for key, value in found.items() if key not in apart and value is not None}
    limits = {f"threshold of {key}": value for key, value in found["thresholds"].items()} if numbers else {}
    return {"verdict": found["verdict"], "reason": found["reason"], "numbers": numbers | limits}


def _told(value: Any) -> str:
    from latentlab.metrics.statistics.intervals import in_words

    if isinstance(value, Mapping):
        note = value.get("note") or ""
        told = any(part in note for part in ("jackknife ", "no interval"))
        return f"{in_words(value)} ({note})" if told else in_words(value)
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
