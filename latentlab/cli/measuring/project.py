"""`latentlab project`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from latentlab.cli import options, terminal


def project(
    paths: options.Paths,
    out: Annotated[Path, typer.Option(help="A name that ends in .parquet or .csv.", metavar="FILE")],
    corpus: options.Corpus = None,
    column: options.Column = None,
    group: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Column that is written too, as group: what belongs together."),
    ] = None,
    n: Annotated[int, typer.Option("--n", min=2, metavar="N", help="At most so many sentences.")] = 2000,
    method: Annotated[
        Literal["pca", "umap"], typer.Option(help="pca is linear; umap keeps neighbours and bends the rest.")
    ] = "pca",
    cloud: Annotated[
        Literal["pooled", "mu", "z"],
        typer.Option(help="The encoder's vector, the latent point, or a sample of the posterior."),
    ] = "mu",
    atlas: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Also write a .parquet with ids and neighbours, as embedding-atlas reads it."
        ),
    ] = None,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    verbose: options.Verbose = False,
) -> None:
    """Write a two-dimensional map of every latent space.

    One row a checkpoint and sentence: checkpoint, cloud, text, x, y, and what labels can be joined by: the
    sentence's number in the corpus file (row, from 0), its id there and an id of its text.

    Example:
      latentlab project data/checkpoints --out map.parquet --method umap
    """
    from latentlab.api.making.project import check_names
    from latentlab.api.making.project import project as run

    check_names(out, atlas)
    asked: dict[str, Any] = {"column": column, "group": group, "n": n, "method": method, "cloud": cloud}
    with terminal.Progress() as progress:
        drawn = run(paths, corpus, **asked, seed=seed, encoder=encoder, offline=offline, progress=progress)
    drawn.save(out, atlas=atlas)
    terminal.say(f"{len(drawn)} points")
    print(out)
