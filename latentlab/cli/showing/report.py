"""`latentlab report`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from latentlab.cli import options, terminal


def report(
    paths: options.Paths,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the files; a new or an empty one.")],
    corpus: options.Corpus = None,
    column: options.Column = None,
    group: options.Group = None,
    n: Annotated[int, typer.Option(min=2, metavar="N", help="Sentences that are measured.")] = 5000,
    pairs: Annotated[int, typer.Option(min=1, metavar="N", help="Of data/pairs.jsonl, to walk.")] = 200,
    venue: options.Venue = None,
    width: options.FigureWidth = options.Width.full,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what an earlier report left in DIR.")
    ] = False,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    verbose: options.Verbose = False,
) -> None:
    """Write all that a paper wants of two checkpoints: figures, tables, a results section.

    The first is what the others are compared with. Beside each figure lie the numbers that it shows and
    what it was drawn from; manifest.json has the hash of every file and the command that makes them again.

    Example:
      latentlab report data/checkpoints/baseline data/checkpoints/vib --out paper --offline
      latentlab report runs/baseline runs/vib --corpus sentences.txt --venue acl --out paper
    """
    from latentlab.api.making.paper import study

    asked: dict[str, Any] = {"texts": corpus, "column": column, "group": group, "n": n, "pairs": pairs}
    asked |= {"venue": venue, "width": width.value, "overwrite": overwrite, "seed": seed}
    with terminal.Progress() as progress:
        files = study(paths, out, **asked, encoder=encoder, offline=offline, progress=progress)
    terminal.say(f"{len(files)} files; begin with {out / 'results.md'}")
    print(out)
