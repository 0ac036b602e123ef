"""`latentlab plot`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latentlab.cli import options, terminal
from latentlab.errors import InputError, UsageError

if TYPE_CHECKING:
    from latentlab.figures.output.venues import Width
    from latentlab.results import Report


_AS_WRITTEN = "give the file as the command wrote it, or measure again; -v shows where it failed"


def plot(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="A report.json, the file of `latentlab project`, or runs with a training.jsonl.",
            show_default=False,
        ),
    ],
    figure: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which figure; --list shows those there are.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A name that ends in .pdf, .png, .svg or .pgf.")
    ] = None,
    venue: options.Venue = None,
    width: options.FigureWidth = options.Width.full,
    listed: Annotated[
        bool, typer.Option("--list", help="Name the figures that these files have data for, and stop.")
    ] = False,
    verbose: options.Verbose = False,
) -> None:
    """Draw one figure of a report at the size of a venue.

    Beside it the CSV of the numbers that it shows, and a JSON of what it was drawn from. The same report
    gives the same bytes. PGF needs a LaTeX.

    Example:
      latentlab plot report.json --list
      latentlab plot report.json --figure spectrum --venue acl --width column --out spectrum.pdf
      latentlab plot runs/baseline runs/vib --figure training_curves --out training.pdf
      latentlab plot map.parquet --figure latent_map --out map.pdf
    """
    from latentlab.figures.figure_register import available
    from latentlab.figures.output.bundle import figure_files
    from latentlab.figures.output.style import KINDS
    from latentlab.files import atomic_files

    report = _read(paths)
    if listed:
        names = available(report)
        if not names:
            raise InputError(f"{paths[0]} has data for no figure", "measure again with --out")
        print("\n".join(names))
        return
    if figure is None or out is None:
        raise UsageError("give --figure and --out", "--list names the figures")
    kind = out.suffix.lower()[1:]
    if kind not in KINDS:
        raise UsageError(f"cannot draw {out}", f"give a name that ends in .{', .'.join(KINDS)}")
    beside = [out.with_suffix(suffix) for suffix in (".csv", ".json")]
    _check_places(out, beside, paths)
    size: Width = "column" if width is options.Width.column else "full"
    with _drawable(paths[0]):
        files = figure_files(report, figure, [kind], venue=venue, width=size)
    ends = {name: Path(name).suffix for name in files}
    places = {name: out if end == f".{kind}" else out.with_suffix(end) for name, end in ends.items()}
    atomic_files({places[name]: data for name, data in files.items()})
    terminal.say(f"beside it: {', '.join(path.name for path in beside)}")
    print(out)


@contextmanager
def _drawable(path: Path) -> Iterator[None]:
    """InputError where the numbers of a report are not those that its command writes."""
    try:
        yield
    except (ValueError, ArithmeticError) as error:
        said = "has other numbers than a command writes: no figure can be drawn of it"
        raise InputError(f"{path} {said}", _AS_WRITTEN) from error


def _check_places(out: Path, beside: list[Path], inputs: list[Path]) -> None:
    """Nothing is replaced but what an earlier figure of this name left."""
    from latentlab.figures.output.overwrite_guard import is_beside_a_figure

    for path in (out, *beside):
        if path.is_dir():
            raise InputError(f"{path} is a folder", "give another --out")
        if path.exists() and any(given.exists() and path.samefile(given) for given in inputs):
            raise UsageError(
                f"{path} would be replaced, and the figure is drawn from it", "give another --out"
            )
    for path in beside:
        if path.exists() and not is_beside_a_figure(path):
            raise InputError(f"{path} is there and does not belong to a figure", "give another --out")


def _read(paths: list[Path]) -> "Report[Any]":
    """Reports are read one at a time, logs together."""
    from latentlab.results import Report
    from latentlab.results.training_logs import map_report, training_report

    first = paths[0]
    if first.is_dir() or first.suffix == ".jsonl":
        return training_report(paths)
    if len(paths) > 1:
        raise UsageError("only training logs are drawn together", "give one report")
    if first.suffix in (".parquet", ".csv"):
        return map_report(first)
    return Report.read(first)
