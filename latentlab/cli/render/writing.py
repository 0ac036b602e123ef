"""What a command leaves in a folder: the report, its tables, and every figure that it has data for."""

from collections.abc import Sequence
from pathlib import Path

from latentlab.cli import terminal
from latentlab.errors import InputError


def check_folder(out: Path | None) -> None:
    """InputError where a file lies in the way: before the work, not after it."""
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, a folder is to be written there", "give another name")


def say_written(out: Path, names: Sequence[str]) -> None:
    """Which files are there now; a figure is named once."""
    drawn = [Path(name).stem for name in names if name.endswith(".pdf")]
    texts = [name for name in names if not name.endswith((".pdf", ".png"))]
    shown = f"; as pdf and png {', '.join(drawn)}" if drawn else ""
    terminal.say(f"written to {out}: {', '.join(texts)}{shown}")
