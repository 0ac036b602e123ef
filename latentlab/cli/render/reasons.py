"""Why a verdict has its word, for people: the rule, and every number and threshold that it went by."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from latentlab.metrics import Estimate
    from latentlab.results.reports.space_results import GateResult, VerdictResult


def grades() -> str:
    """The thresholds of the grades, in one line."""
    from latentlab.metrics.verdicts.thresholds import ANISOTROPY_BELOW, CONE_FROM, short

    cone, spread = (" / ".join(map(short, cuts)) for cuts in (CONE_FROM, ANISOTROPY_BELOW))
    return f"SLIGHT, MODERATE, STRONG: a mean cosine from {cone}, an IsoScore below {spread}"


def explain(console: "Console", title: str, axes: "Mapping[str, VerdictResult]") -> None:
    """A line with the rule for each axis, then its numbers."""
    console.print(title, style="bold", soft_wrap=True)
    for name, axis in axes.items():
        console.print(f"  {name}: {axis.verdict}", style="bold", soft_wrap=True)
        console.print(f"    because {axis.reason}", soft_wrap=True)
        told = [f"{key} {_told(value)}" for key, value in axis.numbers.items()]
        if told:
            console.print(f"    {'; '.join(told)}", style="dim", soft_wrap=True)
    console.print()


def gate(found: "GateResult") -> "VerdictResult":
    """The gate of one space in a report, as an axis."""
    from latentlab.results.reports.space_results import Numbers, VerdictResult

    behind: Numbers = {
        "kl_total": found.kl_total,
        "information": found.information,
        "mi_upper_bound": found.mi_upper_bound,
        "ln_n": found.ln_n,
        "signal_share": found.signal_share,
        "effective_dims": found.effective_dims,
        "d": found.d,
    }
    numbers: Numbers = {key: value for key, value in behind.items() if value is not None}
    if numbers:
        numbers |= {f"threshold of {key}": value for key, value in (found.thresholds or {}).items()}
    return VerdictResult(found.verdict, numbers, found.reason)


def _told(value: "Estimate | int | float | str | None") -> str:
    from latentlab.metrics.statistics.intervals import in_words

    if value is None:
        return "–"
    if isinstance(value, int | float | str):
        return f"{value:.4g}" if isinstance(value, float) else str(value)
    note = value.note or ""
    told = any(part in note for part in ("jackknife ", "no interval"))
    return f"{in_words(value)} ({note})" if told else in_words(value)
