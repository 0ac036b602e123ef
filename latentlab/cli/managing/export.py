"""`latentlab export`."""

from pathlib import Path
from typing import Annotated

import typer

from latentlab.cli import options, terminal


def export(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN", help="Folder of a training run, going on or stopped.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write, missing or empty; default: RUN-step-N.", metavar="DIR"),
    ] = None,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    verbose: options.Verbose = False,
) -> None:
    """Write a checkpoint from a training run that is not finished.

    The averaged weights of the state that was saved last, with the step in its card. The run is only read and
    may be going on.

    Example:
      latentlab export runs/vib --out checkpoints/vib-halfway
    """
    from latentlab.api.making.checkpoint_files import export as write

    with terminal.Progress() as progress:
        folder = write(run, out, encoder=encoder, offline=offline, progress=progress, note=terminal.say)
    print(folder)
