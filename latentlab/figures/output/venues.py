"""Page sizes and letter sizes of venues: tueplots' own, and ACL's.

A figure drawn inside `sheet` is as wide as a column or the text of that venue, so that nothing is scaled in
the paper and letters are as large as the venue wants them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from latentlab.errors import UsageError
from latentlab.figures.output.style import SHEET, Sheet

Width = Literal["column", "full"]


@dataclass(frozen=True)
class Venue:
    """Names of tueplots' functions, or what is ours."""

    sizes: str | None
    """In `tueplots.figsizes`; with `_half` and `_full` where there are two columns. None: `inches`."""
    fonts: str
    """In `tueplots.fontsizes`."""
    columns: int
    inches: tuple[float, float] | None = None
    """Column and text width."""


VENUES = {
    # acl.sty: A4, margins of 2.5 cm, so 16.0 cm of text; 0.6 cm between two columns of 7.7 cm.
    "acl": Venue(None, "icml2024", 2, (7.7 / 2.54, 16.0 / 2.54)),
    "aistats": Venue("aistats2025", "aistats2025", 2),
    "colm": Venue("colm2026", "colm2026", 1),
    "iclr": Venue("iclr2024", "iclr2024", 1),
    "icml": Venue("icml2024", "icml2024", 2),
    "jmlr": Venue("jmlr2001", "jmlr2001", 1),
    "neurips": Venue("neurips2024", "neurips2024", 1),
    "tmlr": Venue("tmlr2023", "tmlr2023", 1),
}
"""By name. A venue of one column has one width."""


def venue_width(name: str, width: Width = "full") -> float:
    """Inches of a column or of the text.

    Raises:
        UsageError: There is no such venue.

    >>> round(venue_width("acl", "column"), 2), round(venue_width("acl"), 2)
    (3.03, 6.3)
    """
    venue = _venue(name)
    if venue.inches is not None:
        return venue.inches[width == "full"]
    from tueplots import figsizes

    suffix = "" if venue.columns == 1 else "_half" if width == "column" else "_full"
    return float(getattr(figsizes, f"{venue.sizes}{suffix}")()["figure.figsize"][0])


@contextmanager
def sheet(name: str | None, width: Width = "full") -> Iterator[None]:
    """Figures drawn inside have the width and letters of the venue; without a name, those of the house.

    Raises:
        UsageError: There is no such venue.
    """
    if name is None:
        yield
        return
    from tueplots import fontsizes

    letters: dict[str, Any] = getattr(fontsizes, _venue(name).fonts)()
    token = SHEET.set(Sheet(venue_width(name, width), letters))
    try:
        yield
    finally:
        SHEET.reset(token)


def _venue(name: str) -> Venue:
    if name not in VENUES:
        raise UsageError(f"no venue is called {name!r}", f"there are {', '.join(VENUES)}")
    return VENUES[name]
