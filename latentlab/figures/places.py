"""What lies where files are to be written: ours, or somebody's work that is not to be lost."""

import json
from pathlib import Path

from latentlab.figures.plotted import COLUMNS

_NOBODYS = (".DS_Store", "Thumbs.db")
"""What file managers leave."""


def is_beside_a_figure(path: Path) -> bool:
    """Whether a file is the CSV or the JSON that `figure_files` gives, and not somebody's data."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            return text.partition("\n")[0] == ",".join(COLUMNS)
        document = json.loads(text)
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and {"figure", "command", "provenance"} <= set(document)


def not_of_a_report(folder: Path) -> str | None:
    """Why a folder holds more than a bundle that was written there; None where it holds just that."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        listed = {*manifest["files"], "manifest.json"}
        ours = manifest["command"].startswith("latentlab report ")
    except FileNotFoundError:
        return "it has no manifest.json"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        ours = False
    if not ours:
        return "its manifest.json is not ours"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    extra = sorted(name for name in there - listed if Path(name).name not in _NOBODYS)
    return f"{extra[0]} is not in its manifest" if extra else None
