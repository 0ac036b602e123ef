"""`latentlab anisotropy`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latentlab.cli import layers as layer_tables
from latentlab.cli import loading, options, spaces, terminal, writing
from latentlab.cli.given import Given
from latentlab.errors import InputError

if TYPE_CHECKING:
    from latentlab.results import Report

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
            "--n", min=2, metavar="N", help=f"Sentences drawn; default: {loading.USUAL_N}, or all of fewer."
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(
            min=2, metavar="M", help=f"Rows kept for measures of pairs; default: {spaces.USUAL_SAMPLE}."
        ),
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
    given = Given.of(paths or [], mu, logvar)
    pieces = {"--state": state, "--like": like, "--first-row": first_row}
    others: dict[str, object] = {"--sample": sample, "--drop-nonfinite": drop_nonfinite, "--corpus": corpus}
    others |= {"--n": n, "--encoder": encoder, "--offline": offline, "--column": column, "--group": group}
    given.check({**pieces, **others}, layers=layers)
    from latentlab.analysis.layers import layer_profile
    from latentlab.analysis.spaces import Groups, measure_spaces

    first, seed, sample = spaces.setting(like, seed, sample)
    files, pair = given.open(column)
    of_sentences = None if given.has_columns else column
    of_files, of_pair = given.groups(group, files, pair, first_row or 0)
    sought: dict[str, Any] = {"group": group, "encoder": encoder, "offline": offline}
    drawn = loading.draw(given.folders, corpus, of_sentences, n, seed, **sought)
    inputs = given.inputs(column) | loading.named(group) | drawn.inputs
    asked: dict[str, Any] = {"seed": seed, "inputs": inputs}
    with terminal.Progress() as progress:
        if layers:
            asked |= {"encoder": encoder, "offline": offline, "progress": progress}
            report = layer_profile(drawn.models, drawn.texts, **asked)
            return layer_tables.give(report, out, as_json=as_json)
        asked |= {"models": drawn.models, "texts": drawn.texts, "files": files, "pair": pair}
        asked |= {"sample": sample, "drop_nonfinite": drop_nonfinite, "first_row": first_row or 0}
        asked["groups"] = Groups(drawn.groups, of_files, of_pair)
        measured = measure_spaces(directions=bool(state), like=first, progress=progress, **asked)
    if state is not None:
        spaces.save(measured, files[0].name, state)
    return spaces.give(measured, out, as_json=as_json, write=write, rules=verbose)


def write(report: "Report", out: Path) -> None:
    """Report, tables and every figure that the report has data for."""
    from latentlab.results import to_csv, to_latex

    document = report.to_dict()
    writing.write(report, {"table.csv": to_csv(document), "table.tex": to_latex(document)}, out)
