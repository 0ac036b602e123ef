"""`latentlab project`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from latentlab.api.support import checkpoint_inputs
from latentlab.cli import options, terminal
from latentlab.errors import UsageError

_NEIGHBOURS = 15


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
    from latentlab.analysis import loading
    from latentlab.analysis.maps import project_models
    from latentlab.results.sentence_rows import SentenceRows
    from latentlab.results.tables.column_files import check_columns_path, write_columns

    check_columns_path(out)
    if atlas is not None and atlas.suffix != ".parquet":
        raise UsageError(f"--atlas {atlas}: give a name that ends in .parquet")
    models = loading.load_models(paths, encoder=encoder, offline=offline)
    sentences = checkpoint_inputs.load_corpus(corpus, column, group)
    drawn = sentences.sample(min(n, len(sentences)), seed)
    texts, excluded = loading.usable(models, drawn.texts)
    checkpoint_inputs.say_excluded(excluded, len(drawn))
    with terminal.Progress() as progress:
        columns = project_models(
            models,
            texts,
            cloud=cloud,
            method=method,
            seed=seed,
            neighbours=_NEIGHBOURS if atlas else 0,
            records=SentenceRows.of(drawn.only(texts)),
            progress=progress,
        )
    shown = {key: column for key, column in columns.items() if key not in ("id", "neighbors")}
    write_columns({out: shown} if atlas is None else {atlas: columns, out: shown})
    terminal.say(f"{len(columns['x'])} points")
    print(out)
