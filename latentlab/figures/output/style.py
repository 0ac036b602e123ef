"""One look for all figures: colours that colour-blind readers tell apart, text that stays text.

Figures are built without pyplot, so nothing is registered and nothing needs a display. The look is built on
matplotlib's own defaults: a matplotlibrc, a style sheet or changed rcParams neither change a figure nor are
changed by one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import RLock
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from latentlab.errors import UsageError
from latentlab.files import atomic_write


@dataclass(frozen=True)
class Sheet:
    """What a figure is drawn on."""

    width: float = 6.3
    """Inches; by default the text width of a one-column paper."""
    letters: Any = None
    """Sizes that differ from those of the house, as matplotlib's settings."""


HOUSE = Sheet()
FONT = "DejaVu Sans"
SHEET: ContextVar[Sheet] = ContextVar("sheet")
"""Set by `venues.sheet`; otherwise it is that of the house."""
NARROW = 4.5
"""Inches below which panels stand below one another."""


def page_width() -> float:
    """Inches of the sheet that is drawn on."""
    return SHEET.get(HOUSE).width


BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
VERMILION, SKY, BLACK, GREY = "#D55E00", "#56B4E9", "#000000", "#666666"
"""Okabe & Ito 2008; grey is for references, vermilion for what has collapsed."""

PALE, LIGHT = "#dddddd", "#cccccc"
"""Grids and dividers."""

CLOUDS = {
    "pooled": ("s", "#444444", "pooled"),
    "mu": ("o", BLUE, "μ"),
    "z": ("^", ORANGE, "z"),
    "latents": ("v", BLUE, "latents"),
}
"""Marker, colour and label of each cloud that is drawn. Centred clouds are not: what a shift leaves alone is
that of the raw cloud, and their cone is gone by construction."""

_ITEMS = (GREEN, PURPLE, SKY, BLACK)
_LINES = ("-", "--", "-.", ":")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<")

_SETTINGS: Any = {
    "font.family": FONT,
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": GREY,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "axes.unicode_minus": True,
    "pdf.fonttype": 42,  # fonts as fonts: editable, and accepted by journals
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "latentlab",
}
_ONE = RLock()
_ENTERED: list["Sheet"] = []
"""Sheets of the blocks of `house_style` that are open, of whoever holds `_ONE`."""
# What would make two files of one figure differ, or name the program that wrote them.
_METADATA: dict[str, dict[str, None]] = {
    ".pdf": {"CreationDate": None, "ModDate": None, "Producer": None, "Creator": None},
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pgf": {},
}
KINDS = tuple(suffix[1:] for suffix in _METADATA)
"""Of files that a figure is written to."""


def item_style(index: int) -> dict[str, Any]:
    """Colour, line and marker of the item at this place in a report: its own among 16, in every figure.

    Items have other colours than clouds, for they mean something else.
    """
    line = _LINES[(index + index // len(_ITEMS)) % len(_LINES)]
    return {"color": _ITEMS[index % len(_ITEMS)], "ls": line, "marker": _MARKERS[index % len(_MARKERS)]}


@contextmanager
def house_style(on: Sheet | None = None) -> Iterator[None]:
    """Draw inside this, one thread at a time: the settings hold for the block and leave no trace.

    They are the process's: two threads inside would draw with each other's letters. All settings are
    matplotlib's defaults but those of the house and of the sheet, `on`, or the one that is drawn on now. A
    block inside another one on the same sheet changes nothing, so that settings made in between stay.
    """
    with _ONE:
        sheet = on or SHEET.get(HOUSE)
        if _ENTERED and _ENTERED[-1] == sheet:
            yield
            return
        with mpl.rc_context():
            # Not `rcdefaults`: that reads style sheets of the user. `_set` never warns, and is stable API.
            for key in mpl.rcParamsDefault:
                if key != "backend":
                    mpl.rcParams._set(key, mpl.rcParamsDefault._get(key))
            mpl.rcParams.update({**_SETTINGS, **(sheet.letters or {})})
            _ENTERED.append(sheet)
            try:
                yield
            finally:
                _ENTERED.pop()


class HouseFigure(Figure):
    """A figure that is drawn and saved in the house's style wherever that happens, in a notebook too.

    Ticks and their labels are made when a figure is drawn: without this they would follow the rcParams of
    that moment.
    """

    def __init__(self, *, width: float, height: float) -> None:
        """An empty figure of this size in inches, on the sheet that is drawn on now."""
        self.sheet = SHEET.get(HOUSE)
        with house_style(self.sheet):
            super().__init__(figsize=(width, height), layout="constrained")

    def draw(self, renderer: Any) -> None:
        """As matplotlib, in the style of the house."""
        with house_style(self.sheet):
            super().draw(renderer)

    def savefig(self, fname: Any, **options: Any) -> None:
        """As matplotlib, in the style of the house; saved again it is the same bytes."""
        # A layout begins where the last one ended, of another kind of file: it begins anew.
        for axes in self.axes:
            if (place := axes.get_subplotspec()) is not None:
                axes.set_subplotspec(place)
        with house_style(self.sheet):
            super().savefig(fname, **options)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """What a notebook shows, sharp and at the size that it has on paper."""
        width, height = (round(96 * inches) for inches in self.get_size_inches())
        return to_bytes(self, "png"), {"width": width, "height": height}


def to_bytes(figure: Figure, kind: str, *, dpi: int = 200) -> bytes:
    """A figure as `pdf`, `png`, `svg` or `pgf`; the same figure gives the same bytes.

    Raises:
        UsageError: Another kind, or `pgf` where no LaTeX is installed or the figure has a picture in it.
    """
    if f".{kind}" not in _METADATA:
        raise UsageError(f"cannot draw a {kind or 'file without an ending'}", f"there are {', '.join(KINDS)}")
    data = BytesIO()
    with house_style(figure.sheet if isinstance(figure, HouseFigure) else None):
        if kind == "pgf":
            from latentlab.figures.output.pgf import to_pgf  # here: it brings the PDF backend along

            return to_pgf(figure, dpi)
        figure.savefig(data, format=kind, dpi=dpi, metadata=_METADATA[f".{kind}"])
    return data.getvalue()


def save(figure: Figure, path: Path, *, dpi: int = 200) -> None:
    """Write a PDF, PNG, SVG or PGF, by the suffix; the same figure gives the same bytes.

    Raises:
        UsageError: As `to_bytes`.
        ResourceError: The disk is full; what was there before is untouched.
    """
    suffix = path.suffix.lower()
    if suffix not in _METADATA:
        raise UsageError(f"cannot draw {path}", f"give a name that ends in {', '.join(_METADATA)}")
    atomic_write(path, to_bytes(figure, suffix[1:], dpi=dpi))
