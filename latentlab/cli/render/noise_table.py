"""What comes through noise, for people."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from latentlab.cli.render.path_table import ditto
from latentlab.cli.render.table import Entry, Row, Section, number, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from latentlab.metrics import Estimate
    from latentlab.results import Report
    from latentlab.results.reports.noise_results import (
        DecodedMetrics,
        MemorisationResult,
        NoisePoint,
        NoiseResult,
        NoiseResults,
        PosteriorPoint,
    )

_MOST_ROWS = 9
"""Points of the sweep that are printed under each metric."""


def show(console: "Console", report: "Report[NoiseResults]") -> None:
    """Curves as tables, what is read off them, and one sentence at every point."""
    from latentlab.results.report import interval_units

    inputs, items = report.inputs, report.results.items
    console.print(
        f"Through white noise: {inputs['n']} sentences of {inputs['corpus']}, {inputs['seeds']} noises each, "
        f"seed {inputs['seed']}",
        soft_wrap=True,
    )
    console.print(
        f"± or [ ] is the 95 % interval over {interval_units(inputs)}; SNR over the latents' own variance;\n"
        "a value that is the same for all of them has none\n",
        style="dim",
        soft_wrap=True,
    )
    shown = every(len(items[0].points))
    ter, cosine = [item.chance.ter for item in items], [item.chance.cosine for item in items]
    sections = [
        Section("what noise does", _read(items)),
        Section("token error rate", _curve(items, shown, lambda at: at.ter, ter)),
        Section("exact match", _curve(items, shown, lambda at: at.exact_match)),
        Section("cosine", _curve(items, shown, lambda at: at.cosine, cosine)),
    ]
    print_table(console, [item.name for item in items], sections)
    if len(shown) < len(items[0].points):
        console.print("all points of the sweep: --json, or --out DIR\n", style="dim")
    show_example(console, items, shown)


def every(count: int) -> list[int]:
    """Places of the points that are printed, from the highest SNR down; both ends where they fit.

    >>> every(17)
    [16, 14, 12, 10, 8, 6, 4, 2, 0]
    """
    stride = max(-(-(count - 1) // (_MOST_ROWS - 1)), 1)
    return list(range(count - 1, -1, -stride))


def show_example(console: "Console", items: "Sequence[NoiseResult]", shown: Sequence[int]) -> None:
    """The first sentence of the sample on its way down, checkpoints side by side as far as they fit."""
    from rich.table import Table

    console.print(items[0].example.text, style="bold", soft_wrap=True)
    at_once = max((console.width - 9) // 28, 1)
    for start in range(0, len(items), at_once):
        part = items[start : start + at_once]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("dB", justify="right", no_wrap=True)
        columns = []
        for item in part:
            table.add_column(item.name, ratio=1, overflow="fold")
            heard = item.example
            columns.append(ditto([heard.clean, *(heard.points[i] for i in shown)]))
        levels = ["∞", *(f"{items[0].points[i].snr_db:g}" for i in shown)]
        for level, *texts in zip(levels, *columns, strict=True):
            table.add_row(level, *texts)
        console.print(table)
        console.print()


def half_rows(items: "Sequence[NoiseResult | MemorisationResult]") -> list[Row]:
    """Where half is lost, or beyond which end of the sweep it lies, and how fast."""
    low, high = items[0].points[0].snr_db, items[0].points[-1].snr_db
    edges = {"below": f"< {number(abs(low), 1)}", "above": f"> {number(abs(high), 1)}"}
    halves = [edges.get(item.half_error.side, item.half_error.snr) for item in items]
    slopes = [item.half_error.slope for item in items]
    return [Row("half error at, dB", halves), Row("  share lost a dB there", slopes)]


def _read(items: "Sequence[NoiseResult]") -> list[Row]:
    from latentlab.metrics import Estimate

    own = [item.posterior for item in items]

    def cells(read: "Callable[[PosteriorPoint], Estimate]") -> list[Entry]:
        return [None if posterior is None else read(posterior) for posterior in own]

    rows = half_rows(items)
    if any(own):
        rows += [
            Row("own posterior noise, dB", cells(lambda posterior: Estimate(posterior.snr_db))),
            Row("  token error rate", cells(lambda posterior: posterior.ter)),
            Row("  white noise, as strong", cells(lambda posterior: posterior.ter_white)),
            Row("  exact match", cells(lambda posterior: posterior.exact_match)),
            Row("  cosine", cells(lambda posterior: posterior.cosine)),
        ]
    return rows


def _curve(
    items: "Sequence[NoiseResult]",
    shown: Sequence[int],
    read: "Callable[[DecodedMetrics | NoisePoint], Estimate]",
    chance: "Sequence[Estimate]" = (),
) -> list[Row]:
    rows = [Row("no noise", [read(item.clean) for item in items])]
    for i in shown:
        level = f"{items[0].points[i].snr_db:>5g} dB"
        rows.append(Row(level, [read(item.points[i]) for item in items]))
    if chance:
        rows.append(Row("chance", chance))
    return rows
