"""What a command leaves in a folder: the report, its tables, and every figure that it has data for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentlab.cli import terminal
from latentlab.errors import InputError

if TYPE_CHECKING:
    from latentlab.results import Report


def check_folder(out: Path | None) -> None:
    """InputError where a file lies in the way: before the work, not after it."""
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, a folder is to be written there", "give another name")


def write(report: "Report[Any]", tables: Mapping[str, str], out: Path) -> None:
    """Report, tables by file name, and figures: all of them, or the folder stays as it was."""
    from latentlab.api.support.document import write_report

    say_written(out, write_report(report, tables, out))


def say_written(out: Path, names: Sequence[str]) -> None:
    """Which files are there now; a figure is named once."""
    drawn = [Path(name).stem for name in names if name.endswith(".pdf")]
    texts = [name for name in names if not name.endswith((".pdf", ".png"))]
    shown = f"; as pdf and png {', '.join(drawn)}" if drawn else ""
    terminal.say(f"written to {out}: {', '.join(texts)}{shown}")
