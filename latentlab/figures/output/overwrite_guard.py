"""What lies where files are to be written: ours, or somebody's work that is not to be lost."""

from pathlib import Path

from latentlab.errors import InputError
from latentlab.figures.output.figure_data import COLUMNS
from latentlab.untrusted import LARGEST_DOCUMENT, parse_json, read_small

_NOBODYS = (".DS_Store", "Thumbs.db")
"""What file managers leave."""


def is_beside_a_figure(path: Path) -> bool:
    """Whether a file is the CSV or the JSON that `figure_files` gives, and not somebody's data."""
    try:
        if path.suffix == ".csv":
            text = read_small(path, limit=LARGEST_DOCUMENT).decode()
            return text.partition("\n")[0] == ",".join(COLUMNS)
        document = parse_json(read_small(path, limit=LARGEST_DOCUMENT), str(path))
    except (InputError, ValueError):
        return False
    return isinstance(document, dict) and {"figure", "command", "provenance"} <= set(document)


def not_of_a_report(folder: Path) -> str | None:
    """Why a folder holds more than a bundle that was written there; None where it holds just that."""
    try:
        if not (folder / "manifest.json").exists():
            return "it has no manifest.json"
        manifest = parse_json(read_small(folder / "manifest.json"), "manifest.json")
        listed = {*manifest["files"], "manifest.json"}
        ours = manifest["command"].startswith("latentlab report ")
    except (InputError, KeyError, TypeError, AttributeError):
        ours = False
    if not ours:
        return "its manifest.json is not ours"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    extra = sorted(name for name in there - listed if Path(name).name not in _NOBODYS)
    return f"{extra[0]} is not in its manifest" if extra else None
