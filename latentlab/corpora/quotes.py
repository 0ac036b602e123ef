"""Whether the quotes of a .tsv enclose cells, as pandas writes them, or are characters of the text.

The two kinds of file have the same name. Pandas puts a cell that holds a tab, a line break or a quote into
quotes, and doubles the quotes inside. Tatoeba and most other collections of sentences quote nothing.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from latentlab.corpora.lines import MAX_ROW_BYTES, lines
from latentlab.corpora.normalisation import is_blank
from latentlab.errors import CorpusError

_INSIDE = r'[^"]*(?:""[^"]*)*'
_CELL = rf'(?:"{_INSIDE}"|(?!")[^\t\r]*)'
_OPEN = rf'"{_INSIDE}'
# A line of a table with quoting. Its last cell may go on in the next line.
_LINE = re.compile(rf"(?:{_CELL}\t)*(?:{_CELL}|(?P<open>{_OPEN}))")
_CELLS = re.compile(rf"(?:^|\t)({_CELL}(?=\t|$)|{_OPEN}$)")
_OPENING = re.compile(r'(?:^|\t)"')


@dataclass(frozen=True)
class Quotes:
    """How the quotes of one file are read."""

    enclose: bool
    """Whether they enclose cells; else they are text."""
    warning: str | None = None
    """What to tell a reader where the other reading would have given other cells."""


def quotes_of(path: Path, *, header: bool = True) -> Quotes:
    """Read a .tsv once, and decide for the whole of it.

    Quotes enclose cells where every cell that begins with one ends with one, with doubled ones between, the
    rows are as long as the first one, and there is a sign of it: a tab or a line break in a cell, without
    which the rows were of unequal length; doubled quotes; quotes around every cell of the header, or of all
    rows where there is no header. A quote that stands within a cell says nothing: both readings keep it.

    Raises:
        CorpusError: As `lines`; neither reading gives rows of equal length.
    """
    if path.exists() and not path.is_file():
        raise CorpusError(f"{path} is no regular file", "a .tsv is read twice: save it to a file first")
    found = _Found()
    for number, line in lines(path, MAX_ROW_BYTES):
        found.add(number, line)
    return found.quotes(path, header)


class _Found:
    """What speaks for either reading, line by line."""

    def __init__(self) -> None:
        self.text_width = self.width = 0
        self.opening = self.cells = 0
        self.uneven: tuple[int, int] | None = None
        """The first line that is longer or shorter than the first row with quotes as text, and its cells."""
        self.bare: int | None = None
        """The first line with a quote that cannot enclose a cell, or begins a cell that never ends."""
        self.same_width = True
        self.doubled = False
        self.header_enclosed = self.all_enclosed = True
        self._open_since: int | None = None
        self._row = self._enclosed = self._rows = 0

    def add(self, number: int, line: str) -> None:
        """Count one line."""
        n = line.count("\t") + 1
        blank = n == 1 and is_blank(line)
        if not blank:
            self.text_width = self.text_width or n
            if n != self.text_width and self.uneven is None:
                self.uneven = number, n
        if '"' in line:
            self.opening += len(_OPENING.findall(line))
        if self.bare is None and not (blank and self._open_since is None):
            self._add_enclosed(number, line)

    def _add_enclosed(self, number: int, line: str) -> None:
        goes_on = self._open_since is not None
        if '"' not in line:
            if not goes_on:
                self._end_row(line.count("\t") + 1, 0)
            return
        # Within a cell that began before, the line is what follows its quote.
        match = _LINE.fullmatch('"' + line if goes_on else line)
        if match is None:
            self.bare = self._open_since or number
            return
        cells = _CELLS.findall(match.string)
        begun = [cell for cell in cells[goes_on:] if cell.startswith('"')]
        self.doubled |= any('""' in cell[1:] or cell == '""' for cell in begun)
        self.doubled |= goes_on and '""' in line
        self._row += len(cells) - goes_on
        self._enclosed += len(begun)
        if match["open"] is not None:
            self._open_since = self._open_since or number
        else:
            self._open_since = None
            self._end_row(self._row, self._enclosed)
            self._row = self._enclosed = 0

    def _end_row(self, width: int, enclosed: int) -> None:
        self.width = self.width or width
        self.same_width &= width == self.width
        self.cells += enclosed
        self.all_enclosed &= enclosed == width
        self.header_enclosed &= self._rows > 0 or enclosed == width
        self._rows += 1

    def quotes(self, path: Path, header: bool) -> Quotes:
        """The decision."""
        bare = self.bare or self._open_since
        if not self.opening:
            return Quotes(False)
        enclosed = self.header_enclosed if header else self.all_enclosed
        if bare is None and self.same_width and (self.uneven or self.doubled or enclosed):
            told = f"quotes are read as enclosing cells, as pandas writes them (cells enclosed: {self.cells})"
            return Quotes(True, f"{path.name}: {told}")
        if bare is not None and self.uneven is not None:
            number, n = self.uneven
            raise CorpusError(
                f"{path}: line {bare} has a quote that encloses no cell, and with quotes as text "
                f"line {number} has {n} fields where the first row has {self.text_width}",
                "enclose the cell of the one and double its quotes, or take the tabs out of the other",
            )
        why = "nothing shows that they enclose cells, such as doubled quotes or a tab inside"
        if bare is not None:
            why = f"the quote of line {bare} encloses no cell"
        elif not self.same_width:
            why = "as enclosing cells they would make rows of unequal length"
        told = f"quotes are read as text (cells that begin with one: {self.opening}): {why}"
        return Quotes(False, f"{path.name}: {told}")
