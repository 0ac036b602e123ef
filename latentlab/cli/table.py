"""Tables of numbers with intervals: checkpoints as columns, measures as rows, nothing wrapped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

Entry = Mapping[str, Any] | None
"""`value` and `ci95` of an estimate in a report."""

ABSENT = "–"
GAP = 2
"""Columns between two columns of a table."""


@dataclass(frozen=True)
class Row:
    """One measure: a cell a checkpoint, text or an estimate."""

    label: str
    cells: Sequence[Entry | str]
    beside: str = ""
    """What the values are to be compared with."""


@dataclass(frozen=True)
class Section:
    """A heading, which may be longer than a label, and its rows."""

    heading: str
    rows: list[Row] = field(default_factory=list)


def print_table(
    console: "Console", names: Sequence[str], sections: Sequence[Section], *, beside: str = ""
) -> None:
    """Print sections under checkpoint names; as many checkpoints side by side as the console is wide."""
    rows = [row for section in sections for row in section.rows]
    label = max(len(row.label) for row in rows) + GAP
    cell = max(len(text) for text in [*names, *(text for row in rows for text in cells_of(row))])
    reference = max(len(text) for text in [beside, *(row.beside for row in rows)])
    free = console.width - label - (reference + GAP if beside else 0)
    at_once = max(free // (cell + GAP), 1)
    widths = label, cell, reference
    for start in range(0, len(names), at_once):
        part = slice(start, start + at_once)
        header = Row("", list(names), beside)
        _print_rows(console, [header], part, widths, style="bold")
        for section in sections:
            if all(text == ABSENT for row in section.rows for text in cells_of(row)[part]):
                continue
            if section.heading:
                console.print(section.heading, style="bold")
            _print_rows(console, section.rows, part, widths)
        console.print()


def cells_of(row: Row) -> list[str]:
    """Text of every cell; all numbers of a row have the same number of decimals."""
    estimates = [cell for cell in row.cells if isinstance(cell, Mapping) and cell.get("value") is not None]
    decimals = decimals_for([cell["value"] for cell in estimates])
    return [_cell(cell, decimals) for cell in row.cells]


def number(value: float, decimals: int) -> str:
    """A number as it stands in a table; minus zero is zero."""
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def decimals_for(values: Sequence[float]) -> int:
    """So many decimals that the largest of the values has about four digits."""
    largest = max((abs(value) for value in values), default=0.0)
    return 3 if largest < 9.9995 else 2 if largest < 99.995 else 1


def _cell(cell: Entry | str, decimals: int) -> str:
    if isinstance(cell, str):
        return cell
    if cell is None or cell.get("value") is None:
        return ABSENT
    value, interval = cell["value"], cell.get("ci95")
    text = number(value, decimals)
    if interval is None:
        return text
    # The farther end: an interval that is not symmetric is never shown narrower than it is.
    return f"{text} ± {number(max(value - interval[0], interval[1] - value), decimals)}"


def _print_rows(
    console: "Console", rows: Sequence[Row], part: slice, widths: tuple[int, int, int], *, style: str = ""
) -> None:
    from rich.table import Table
    from rich.text import Text

    label, cell, reference = widths
    names = len(range(*part.indices(len(rows[0].cells)))) if rows else 0
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, GAP, 0, 0))
    table.add_column(width=label, no_wrap=True)
    for _ in range(names):
        table.add_column(width=cell, justify="right", no_wrap=True)
    if reference:
        table.add_column(width=reference, justify="right", no_wrap=True, style="dim")
    for row in rows:
        cells = [Text(text, style=style) for text in cells_of(row)[part]]
        table.add_row(f"  {row.label}", *cells, *([row.beside] if reference else []))
    console.print(table)
