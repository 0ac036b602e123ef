"""Tables of numbers with intervals: checkpoints as columns, measures as rows, nothing wrapped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

Entry = Mapping[str, Any] | None
"""`value` and `ci95` of an estimate in a report."""

ABSENT = "–"


@dataclass(frozen=True)
class Row:
    """One measure: a cell a checkpoint, text or an estimate."""

    label: str
    cells: Sequence[Entry | str]
    beside: str = ""
    """What the value is to be compared with."""
    section: bool = False
    """A heading: nothing but its label."""


def print_table(
    console: "Console", names: Sequence[str], rows: Sequence[Row], *, first: str = "", beside: str = ""
) -> None:
    """Print rows under checkpoint names; as many checkpoints side by side as the console is wide."""
    from rich.table import Table
    from rich.text import Text

    texts = [_cells(row) for row in rows]
    label = max(len(row.label) + (0 if row.section else 2) for row in rows)
    reference = max([len(beside), *(len(row.beside) for row in rows)])
    wide = max([len(name) for name in names] + [len(cell) for cells in texts for cell in cells])
    free = console.width - label - (reference + 2 if beside else 0)
    at_once = max(free // (wide + 2), 1)
    for start in range(0, len(names), at_once):
        part = slice(start, start + at_once)
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(first, no_wrap=True, min_width=label)
        for name in names[part]:
            table.add_column(Text(name, style="bold"), justify="right", no_wrap=True, min_width=wide)
        if beside:
            table.add_column(beside, justify="right", no_wrap=True, style="dim")
        for row, cells in zip(rows, texts, strict=True):
            shown = cells[part]
            if row.section:
                table.add_row(Text(row.label, style="bold"))
            else:
                table.add_row("  " + row.label, *shown, *([row.beside] if beside else []))
        console.print(table)
        console.print()


def number(value: float, decimals: int) -> str:
    """A number as it stands in a table; minus zero is zero."""
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def decimals_for(values: Sequence[float]) -> int:
    """So many decimals that the largest of the values has about four digits."""
    largest = max((abs(value) for value in values), default=0.0)
    return 3 if largest < 9.9995 else 2 if largest < 99.995 else 1


def _cells(row: Row) -> list[str]:
    """Text of every cell; all numbers of a row have the same number of decimals."""
    estimates = [cell for cell in row.cells if isinstance(cell, Mapping) and cell.get("value") is not None]
    decimals = decimals_for([cell["value"] for cell in estimates])
    return [_cell(cell, decimals) for cell in row.cells]


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
