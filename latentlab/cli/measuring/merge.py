"""`latentlab merge`."""

from pathlib import Path
from typing import Annotated

import typer

from latentlab.cli import options, terminal
from latentlab.cli.render import space_tables
from latentlab.errors import InputError


def merge(
    states: Annotated[
        list[Path],
        typer.Argument(metavar="STATE...", help="Files of anisotropy --state.", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Also write report.json, table.csv, table.tex and figures there.", metavar="DIR"),
    ] = None,
    as_json: options.Json = False,
    verbose: options.Rules = False,
) -> None:
    """Put the sums of the pieces of a cloud together.

    Prints the report that one pass over all rows would give. The pieces are measured one by one, on any
    machine, the first with --state, the others like it and with the number of their first row.

    Example:
      latentlab anisotropy x0.npy --state s0.safetensors
      latentlab anisotropy x1.npy --state s1.safetensors --like s0.safetensors --first-row 50000
      latentlab merge s0.safetensors s1.safetensors
    """
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, a folder is to be written there", "give another name")
    from latentlab.api.measure import merge_states

    with terminal.Progress() as progress:
        measured = merge_states(states, progress=progress)
    space_tables.give(measured, out, as_json=as_json, rules=verbose)
