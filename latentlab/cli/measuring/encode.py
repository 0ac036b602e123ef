"""`latentlab encode`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from latentlab.cli import options, terminal


def encode(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help="A checkpoint folder.", show_default=False)
    ],
    corpus: Annotated[
        str, typer.Argument(metavar="CORPUS", help="Sentences; see anisotropy --corpus.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option(help="A name that ends in .npy, .safetensors or .parquet.", metavar="FILE")
    ],
    cloud: Annotated[
        Literal["pooled", "pooled_centred", "mu", "logvar", "z"],
        typer.Option(
            help="The encoder's vector, or that less its mean; the posterior's mean, log σ², sample."
        ),
    ] = "mu",
    layer: Annotated[
        int | None,
        typer.Option(metavar="N", help="Of the encoder, 0 the embeddings, -1 the last; for --cloud pooled."),
    ] = None,
    column: options.Column = None,
    group: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Column that is written too, as group: what belongs together."),
    ] = None,
    text: Annotated[
        bool, typer.Option("--text", help="Write the sentences beside their vectors, not their ids alone.")
    ] = False,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    verbose: options.Verbose = False,
) -> None:
    """Write the vectors of sentences to a file.

    Beside it goes a JSON file that says whose they are. Sentences too long for the model are left out.
    A .parquet has the sentence's number in the corpus file (row, from 0), its id there and an id of its text
    beside each vector, so that labels can be joined; for the others they are in the JSON file.
    The latent point of a deterministic head is called mu too; it has neither logvar nor z.

    Example:
      latentlab encode data/checkpoints/vib sentences.txt --out mu.npy
      latentlab encode data/checkpoints/vib sentences.txt --out logvar.npy --cloud logvar
      latentlab encode data/checkpoints/vib sentences.txt --out last.parquet --cloud pooled --layer -1
      latentlab encode data/checkpoints/vib sentences.txt --out mu.parquet --text
    """
    from latentlab.api.making.encode import encode as run
    from latentlab.results.latents import check_latents_path

    check_latents_path(out)
    asked: dict[str, Any] = {"cloud": cloud, "layer": layer, "column": column, "group": group, "text": text}
    with terminal.Progress() as progress:
        latents = run(
            checkpoint, corpus, **asked, seed=seed, encoder=encoder, offline=offline, progress=progress
        )
    latents.write(out)
    n, d = latents.vectors.shape
    terminal.say(f"{n} vectors of {d} dimensions")
    print(out)
