"""`latentlab anisotropy`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from latentlab.api.support.checkpoint_inputs import USUAL_N, USUAL_SAMPLE
from latentlab.cli import options, terminal
from latentlab.cli.render import layer_table as layer_tables
from latentlab.cli.render import space_tables
from latentlab.errors import InputError

LAST_ROW = 1 << 53
"""No cloud has as many rows; their numbers are hashed as 64 bits."""


def anisotropy(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH...",
            help="Folders with checkpoints, .pt files of SGDD; vectors: .npy .safetensors .parquet",
            show_default=False,
        ),
    ] = None,
    mu: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Means of a posterior; needs --logvar.")
    ] = None,
    logvar: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Log variances of the same rows; needs --mu.")
    ] = None,
    corpus: options.Corpus = None,
    column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Column or tensor of the vectors, else column of the sentences."),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What belongs together, and moves as one: a column, or for vectors a .txt/.npy of labels. "
            "Labels are compared as text.",
        ),
    ] = None,
    n: Annotated[
        int | None,
        typer.Option(
            "--n", min=2, metavar="N", help=f"Sentences drawn; default: {USUAL_N}, or all of fewer."
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(min=2, metavar="M", help=f"Rows kept for metrics of pairs; default: {USUAL_SAMPLE}."),
    ] = None,
    drop_nonfinite: Annotated[
        bool, typer.Option("--drop-nonfinite", help="Leave out rows of vectors with NaN or infinity.")
    ] = False,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save the sums of the one PATH too, for merge.")
    ] = None,
    like: Annotated[
        Path | None, typer.Option(metavar="STATE", help="Make sums that merge with those of this state.")
    ] = None,
    first_row: Annotated[
        int | None,
        typer.Option(
            min=0, max=LAST_ROW, metavar="N", help="Number of the first row, in a piece of a larger cloud."
        ),
    ] = None,
    layers: Annotated[
        bool, typer.Option("--layers", help="Instead: every layer of the checkpoints' frozen encoders.")
    ] = False,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Also write report.json, table.csv, table.tex and figures there.", metavar="DIR"),
    ] = None,
    as_json: options.Json = False,
    verbose: options.Rules = False,
) -> None:
    """Set spaces side by side: cone, rank, collapse.

    Measures every checkpoint below each PATH on the same sentences, and files of vectors as they are.
    Read the collapse gate first: a collapsed posterior looks perfectly isotropic.

    Example:
      latentlab anisotropy data/checkpoints --offline
      latentlab anisotropy runs --corpus sentences.txt --n 2000 --out report
      latentlab anisotropy bert.npy e5.parquet --mu mu.npy --logvar logvar.npy
      latentlab anisotropy data/checkpoints --layers --offline
    """
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, a folder is to be written there", "give another name")
    asked: dict[str, Any] = {"texts": corpus, "column": column, "n": n, "seed": seed}
    asked |= {"encoder": encoder, "offline": offline}
    of_vectors: dict[str, Any] = {"group": group, "sample": sample, "drop_nonfinite": drop_nonfinite}
    of_vectors |= {"state": state, "like": like, "first_row": first_row}
    from latentlab.api.layers import measure_layers
    from latentlab.api.measure import measure
    from latentlab.api.support.inputs import Inputs

    with terminal.Progress() as progress:
        if layers:
            others = {f"--{name.replace('_', '-')}": value for name, value in of_vectors.items()}
            others |= {"--mu": mu, "--logvar": logvar}
            Inputs.of(paths or []).check({**others, "--column": column, "--corpus": corpus}, layers=True)
            report = measure_layers(paths or [], **asked, progress=progress)
            return layer_tables.give(report, out, as_json=as_json)
        measured = measure(paths or [], mu=mu, logvar=logvar, **asked, **of_vectors, progress=progress)
    if state is not None and measured.state is not None:
        terminal.say(f"sums of {measured.state.n} rows written to {state}")
    return space_tables.give(measured, out, as_json=as_json, rules=verbose)
