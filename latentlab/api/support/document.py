"""What the report of every command can do: be written, be equal to what is read back, print short."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from latentlab.api.support.path_inputs import path_of
from latentlab.errors import InputError, UsageError
from latentlab.results import Report
from latentlab.results.reports.typed import Part

R = TypeVar("R", bound=Part)


@dataclass(frozen=True, repr=False, eq=False)
class CommandReport(Generic[R]):
    """A report and what should be known before it is read. Two are equal where their files are."""

    report: Report[R]
    warnings: tuple[tuple[str, str | None], ...] = ()
    """What should be known before a number is read, each with a hint or None."""

    command = ""
    """Of whose report it is."""

    figures: ClassVar[bool] = True
    """Whether `save` writes figures."""

    @property
    def results(self) -> R:
        """What was found, as attributes; `docs/schema` has them all."""
        return self.report.results

    @property
    def document(self) -> dict[str, Any]:
        """Plain values, as `report.json` has them; made anew each time."""
        return self.report.to_dict()

    def to_json(self) -> str:
        """The report as the command prints it with --json."""
        return self.report.to_json()

    def tables(self) -> dict[str, str]:
        """Tables as text, by the names of their files."""
        return {}

    def save(self, folder: str | PathLike[str]) -> list[str]:
        """Write report, tables and every figure, all or none; returns their names.

        Raises:
            InputError: `folder` is a file.
        """
        return write_report(self.report, self.tables(), folder, figures=self.figures)

    def plot(self, figure: str | None = None) -> Any:
        """One of the report's figures, by default the first, a matplotlib Figure; UsageError names them."""
        from latentlab.figures import FIGURES, available

        there = available(self.report)
        if not there:
            raise UsageError(f"a report of {self.command} has no figure")
        name = there[0] if figure is None else figure
        if name not in there:
            raise UsageError(f"this report has no figure '{name}'", f"there are: {', '.join(there)}")
        return FIGURES[name](self.report)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())


def folder_for(out: str | PathLike[str]) -> Path:
    """The folder to write to; InputError where it is a file."""
    folder = path_of(out)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file, a folder is to be written there", "give another name")
    return folder


def frame_of(rows: Any) -> Any:
    """Rows, or columns by name, as a pandas.DataFrame; UsageError where pandas is not installed."""
    try:
        import pandas as pd  # type: ignore[import-untyped]
    except ImportError as error:
        raise UsageError("a frame needs pandas", "pip install pandas") from error
    return pd.DataFrame(dict(rows) if isinstance(rows, Mapping) else list(rows))


def write_report(
    report: Report[Any], tables: Mapping[str, str], out: str | PathLike[str], *, figures: bool = True
) -> list[str]:
    """Write report, tables by file name, and figures: all of them, or the folder stays as it was.

    Returns:
        The names of the files.
    """
    from latentlab.files import Data, atomic_files

    folder = folder_for(out)
    files: dict[Path, Data] = {folder / "report.json": report.to_json()}
    files |= {folder / name: text for name, text in tables.items()}
    # Everything is made before anything is written: what cannot be drawn leaves no half a folder.
    files |= _drawn(report, folder) if figures else {}
    atomic_files(files)
    return [path.name for path in files]


def _drawn(report: Report[Any], folder: Path) -> dict[Path, bytes]:
    from latentlab.figures import FIGURES, available, to_bytes

    found = {name: FIGURES[name](report) for name in available(report)}
    return {
        folder / f"{name}.{kind}": to_bytes(figure, kind)
        for name, figure in found.items()
        for kind in ("pdf", "png")
    }
