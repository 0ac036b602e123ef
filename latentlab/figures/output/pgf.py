r"""Figures as PGF, for `\input` in a document of any LaTeX engine: its fonts, our text in ASCII."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from shutil import which

import matplotlib as mpl
from matplotlib.backends import backend_pgf
from matplotlib.figure import Figure

from latentlab.errors import UsageError
from latentlab.results.tables.escape import escape

ENGINES = ("pdflatex", "xelatex", "lualatex")
# A document does not have matplotlib's preamble, and this is what the figure needs of it.
_PROVIDED = b"\\providecommand{\\mathdefault}[1]{#1}\n"


def to_pgf(figure: Figure, dpi: int) -> bytes:
    """The figure as TeX; matplotlib asks a LaTeX for the width of every word.

    Raises:
        UsageError: No LaTeX is installed, or the figure has a picture in it, which such a file cannot hold.
    """
    engine = next((name for name in ENGINES if which(name)), None)
    if engine is None:
        raise UsageError("PGF needs a LaTeX, and none is installed", f"install {ENGINES[0]}, or take pdf")
    data = BytesIO()
    settings = {"pgf.texsystem": engine, "pgf.rcfonts": False}
    try:
        with mpl.rc_context(settings), _our_escape():  # type: ignore[arg-type]
            figure.savefig(data, format="pgf", dpi=dpi)
    except ValueError as error:
        if "raster" not in str(error):
            raise
        raise UsageError("this figure has a picture in it, which PGF cannot hold", "take pdf") from error
    return _PROVIDED + data.getvalue()


def latex_text(text: str) -> str:
    r"""What matplotlib draws as text, for LaTeX; mathematics between dollars stays as it is.

    >>> print(latex_text(r"Var(μ) of my_run, $10^{−1}$, 5 \$"))
    Var($\mu$) of my\_run, $10^{-1}$, 5 \$
    """
    parts = re.split(r"(?<!\\)\$", text)
    if len(parts) % 2 == 0:  # a dollar alone is one
        parts = [text]
    written = (
        f"${part.replace('−', '-')}$" if place % 2 else escape(part.replace(r"\$", "$"))
        for place, part in enumerate(parts)
    )
    return "".join(written)


@contextmanager
def _our_escape() -> Iterator[None]:
    # matplotlib leaves the text as it is: a name with _ in it would be an error, a μ one with pdflatex.
    # One thread at a time does this: `to_bytes` is in the house's style.
    before = backend_pgf._tex_escape
    backend_pgf._tex_escape = latex_text
    try:
        yield
    finally:
        backend_pgf._tex_escape = before
