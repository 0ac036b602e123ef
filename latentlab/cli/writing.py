"""What a command leaves in a folder: the report, its tables, and every figure that it has data for."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from latentlab.cli import terminal
from latentlab.errors import InputError

if TYPE_CHECKING:
    from latentlab.results import Report


def check_folder(out: Path | None) -> None:
    """InputError where a file lies in the way: before the work, not after it."""
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, a folder is to be written there", "give another name")


def write(report: "Report", tables: Mapping[str, str], out: Path) -> None:
    """Report, tables by file name, and figures: all of them, or the folder stays as it was."""
    from latentlab import figures
    from latentlab.files import Data, atomic_files

    document = report.to_dict()
    texts = {"report.json": report.to_json(), **tables}
    # Everything is made before anything is written: what cannot be drawn leaves no half a folder.
    drawn = {name: figures.FIGURES[name](document) for name in figures.available(document)}
    files: dict[Path, Data] = {out / name: text for name, text in texts.items()}
    for name, figure in drawn.items():
        files |= {out / f"{name}.{kind}": figures.to_bytes(figure, kind) for kind in ("pdf", "png")}
    atomic_files(files)
    shown = f"; as pdf and png {', '.join(drawn)}" if drawn else ""
    terminal.say(f"written to {out}: {', '.join(texts)}{shown}")
