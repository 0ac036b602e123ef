"""From reports to the files of a paper: figures with numbers and origin, tables, a section, a manifest.

Everything is made in memory, so that a folder and an archive hold the same bytes, and nothing is half there.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from latentlab.figures.figure_register import FIGURES, available
from latentlab.figures.output.figure_data import plotted_csv
from latentlab.figures.output.style import to_bytes
from latentlab.figures.output.venues import Width, sheet
from latentlab.results import Report, to_jsonable
from latentlab.results.tables.comparison_latex import comparison_latex
from latentlab.results.tables.comparison_rows import comparison_csv
from latentlab.results.tables.latex import to_latex
from latentlab.results.tables.metric_rows import to_csv
from latentlab.results.tables.noise_tables import noise_csv, noise_latex
from latentlab.results.tables.path_tables import paths_csv, paths_latex
from latentlab.results.tables.section import section_latex, section_markdown
from latentlab.results.tables.typed_parquet import csv_to_parquet

Table = Callable[[Report[Any]], str]

TABLES: dict[str, tuple[Table, Table]] = {
    "anisotropy": (to_csv, to_latex),
    "compare": (comparison_csv, comparison_latex),
    "interpolate": (paths_csv, paths_latex),
    "noise": (noise_csv, noise_latex),
}
"""Command of a report -> its table as CSV and as LaTeX."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time of a zip: the same files give the same archive."""


def render(
    report: Report[Any], name: str, kind: str, *, venue: str | None = None, width: Width = "full"
) -> bytes:
    """One figure of a report as `pdf`, `png`, `svg` or `pgf`, at the size of a venue.

    Raises:
        UsageError: There is no such figure, venue or kind of file, or the report has nothing for the figure.
    """
    with sheet(venue, width):
        return to_bytes(figure_of(report, name), kind)


def figure_of(report: Report[Any], name: str) -> Any:
    """The figure of that name, drawn; UsageError names those that the report has data for."""
    from latentlab.errors import UsageError

    drawable = available(report)
    if name not in drawable:
        missing = (
            f"no figure is called {name!r}" if name not in FIGURES else f"the report has nothing for {name}"
        )
        raise UsageError(missing, f"it has {', '.join(drawable) or 'no figure'}")
    return FIGURES[name](report)


def origin(
    report: Report[Any], name: str, *, venue: str | None = None, width: Width = "full"
) -> dict[str, Any]:
    """What a figure was drawn from: command, inputs and provenance of its report, and how it was drawn."""
    drawn = {"figure": name, "venue": venue, "width": width if venue else None}
    about = {"command": report.command, "inputs": report.inputs, "provenance": report.provenance}
    return {**drawn, **to_jsonable(about)}


def figure_files(
    report: Report[Any],
    name: str,
    kinds: Sequence[str],
    *,
    venue: str | None = None,
    width: Width = "full",
) -> dict[str, bytes]:
    """A figure in each kind of file, beside the CSV of what it shows and the JSON of where it comes from."""
    with sheet(venue, width):
        figure = figure_of(report, name)
        files = {f"{name}.{kind}": to_bytes(figure, kind) for kind in kinds}
        files[f"{name}.csv"] = plotted_csv(figure).encode()
    files[f"{name}.json"] = _json(origin(report, name, venue=venue, width=width))
    return files


def bundle(
    reports: Mapping[str, Report[Any]],
    command: str,
    *,
    kinds: Sequence[str] = ("pdf", "png"),
    venue: str | None = None,
    width: Width = "full",
) -> dict[str, bytes]:
    """All files of a paper by their names, `manifest.json` last.

    `reports` by name, `anisotropy`, `compare`, `interpolate` or `noise`, those there are. `command` is what
    makes the bundle again. The manifest has the sha256 of every other file and the provenance of each report.
    """
    files: dict[str, bytes] = {}
    for report_name, report in reports.items():
        files[f"reports/{report_name}.json"] = report.to_json().encode()
        # A comparison holds the clouds that were measured already: its figures would be the same ones.
        shown = [] if report.command == "compare" and "anisotropy" in reports else available(report)
        for figure_name in shown:
            drawn = figure_files(report, figure_name, kinds, venue=venue, width=width)
            files |= {f"figures/{report_name}-{file}": data for file, data in drawn.items()}
        as_csv, as_latex = TABLES[report.command]
        table = as_csv(report)
        files[f"tables/{report_name}.csv"] = table.encode()
        files[f"tables/{report_name}.tex"] = as_latex(report).encode()
        files[f"tables/{report_name}.parquet"] = csv_to_parquet(table)
    files["results.md"] = section_markdown(reports).encode()
    files["results.tex"] = section_latex(reports).encode()
    manifest = {
        "command": command,
        "venue": venue,
        "width": width if venue else None,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
        "provenance": {name: to_jsonable(report.provenance) for name, report in reports.items()},
    }
    return {**files, "manifest.json": _json(manifest)}


def archive(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip; the same files give the same bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def _json(document: Any) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
