"""Tables of numbers with intervals: checkpoints as columns, metrics as rows, nothing wrapped or cut."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console

    from latentlab.metrics import Estimate

Entry: TypeAlias = "Estimate | str | None"
"""A cell: an estimate, or text, or nothing."""

ABSENT = "–"
GAP = 2
"""Columns between two columns of a table."""


@dataclass(frozen=True)
class Row:
    """One metric: a cell a checkpoint."""

    label: str
    cells: Sequence[Entry]
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
    """Print sections under checkpoint names; as many checkpoints side by side as the console is wide.

    A line that is wider than the console even with one checkpoint is printed as it is: no text is cut.
    """
    rows = [row for section in sections for row in section.rows]
    columns = list(zip(names, *(cells_of(row) for row in rows), strict=True))
    label = max(_width(row.label) for row in rows) + GAP
    reference = max(_width(text) for text in [beside, *(row.beside for row in rows)])
    free = console.width - label - (reference + GAP if beside else 0)
    for part, cells in _blocks([max(map(_width, column)) for column in columns], free):
        widths = label, cells, reference
        _print_row(console, Row("", list(names), beside), part, widths, style="bold")
        for section in sections:
            if all(text == ABSENT for row in section.rows for text in cells_of(row)[part]):
                continue
            if section.heading:
                console.print(section.heading, style="bold", soft_wrap=True)
            for row in section.rows:
                _print_row(console, row, part, widths)
        console.print()


def _blocks(widths: Sequence[int], free: int) -> list[tuple[slice, list[int]]]:
    """Columns that stand side by side, with their widths: one for all where all of them fit, else its own."""
    if (max(widths) + GAP) * len(widths) <= free:
        return [(slice(0, len(widths)), [max(widths)] * len(widths))]
    starts, used = [0], 0
    for place, width in enumerate(widths):
        used += width + GAP
        if used > free and place > starts[-1]:
            starts.append(place)
            used = width + GAP
    return [(slice(a, b), list(widths[a:b])) for a, b in pairwise([*starts, len(widths)])]


def cells_of(row: Row) -> list[str]:
    """Text of every cell; all numbers of a row have the same number of decimals, but extreme ones."""
    values = [value for cell in row.cells if (value := _value(cell)) is not None]
    decimals = decimals_for(values)
    return [_cell(cell, decimals) for cell in row.cells]


def number(value: float, decimals: int) -> str:
    """A number as it stands in a table; minus zero is zero, a million has a power of ten."""
    from latentlab.metrics.statistics.intervals import rounded

    return rounded(value, None, decimals)[0]


def decimals_for(values: Sequence[float]) -> int:
    """So many decimals that the largest of the values has about four digits."""
    from latentlab.metrics.statistics.intervals import BIG

    largest = max((abs(value) for value in values if abs(value) < BIG), default=0.0)
    return 3 if largest < 9.9995 else 2 if largest < 99.995 else 1


def reference(estimate: "Estimate | None") -> str:
    """What a row is to be compared with, without its interval; nothing where there is no such value."""
    if estimate is None or estimate.value is None:
        return ""
    return number(estimate.value, decimals_for([estimate.value]))


def _value(cell: Entry) -> float | None:
    return None if cell is None or isinstance(cell, str) else cell.value


def _cell(cell: Entry, decimals: int) -> str:
    from latentlab.metrics.statistics.intervals import in_words

    if isinstance(cell, str):
        return cell
    return ABSENT if cell is None else in_words(cell, decimals=decimals)


def _width(text: str) -> int:
    """Columns of a terminal, two for a letter that is wide."""
    from rich.cells import cell_len

    return cell_len(text)


def _print_row(
    console: "Console", row: Row, part: slice, widths: tuple[int, list[int], int], *, style: str = ""
) -> None:
    from rich.text import Text

    def padded(text: str, width: int) -> str:
        return " " * (width - _width(text)) + text

    label, cells, reference = widths
    line = Text(f"  {row.label}" + " " * (label - GAP - _width(row.label)))
    for text, width in zip(cells_of(row)[part], cells, strict=True):
        line.append(" " * GAP + padded(text, width), style=style)
    if reference:
        line.append(" " * GAP + padded(row.beside, reference), style="dim")
    line.rstrip()
    console.print(line, soft_wrap=True)
