"""What a frozen encoder is called in a checkpoint: a name that says which one it is, never a path."""

from pathlib import Path, PurePosixPath, PureWindowsPath

from latentlab.errors import InputError
from latentlab.untrusted import parse_json, read_small

_REPOSITORY = "models--"


def is_path(name: str) -> bool:
    """Whether an encoder's id is the path of a folder and not a name on the hub (NAME, OWNER/NAME)."""
    return is_written_path(name) or Path(name).is_dir()


def is_written_path(name: str) -> bool:
    """Whether an id can be nothing but a path, whatever folders there are here."""
    written = name.startswith((".", "~")) or "\\" in name or name.count("/") > 1
    return written or Path(name).is_absolute()


def file_name(name: str) -> str:
    """An id as it may be shown: of a path its last part, anything else as it is."""
    if not is_path(name):
        return name
    last = PureWindowsPath(name).name if "\\" in name else PurePosixPath(name).name
    return last or name


def folder_name(folder: Path) -> str:
    """What a model folder itself is called.

    A snapshot in the Hugging Face cache is called by its repository. Elsewhere it is the folder's own name,
    with the owner where `_name_or_path` in config.json is OWNER/ that name. Any other `_name_or_path` is
    not used: in published models it is the one that they were trained from (`microsoft/mpnet-base` in
    `all-mpnet-base-v2`).
    """
    folder = folder.expanduser().resolve()
    for part in reversed(folder.parts):
        if part.startswith(_REPOSITORY):
            return part.removeprefix(_REPOSITORY).replace("--", "/")
    try:
        path = folder / "config.json"
        named = parse_json(read_small(path), str(path)).get("_name_or_path", "")
    except (InputError, AttributeError):
        named = ""
    owner, _, name = str(named).rpartition("/")
    theirs = bool(owner) and name == folder.name and not is_path(str(named))
    return str(named) if theirs else folder.name or "encoder"
