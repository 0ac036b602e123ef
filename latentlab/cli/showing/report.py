"""`latentlab report`."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latentlab.api.support import checkpoint_inputs
from latentlab.cli import options, terminal
from latentlab.errors import InputError

if TYPE_CHECKING:
    from latentlab.figures.output.venues import Width


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
    from latentlab.analysis import loading
    from latentlab.analysis.study import StudyOptions, study
    from latentlab.corpora import data_folder
    from latentlab.corpora.pair_files import load_pairs
    from latentlab.figures.output.bundle import bundle
    from latentlab.figures.output.overwrite_guard import not_of_a_report
    from latentlab.figures.output.venues import venue_width
    from latentlab.files import atomic_folder

    size: Width = "column" if width is options.Width.column else "full"
    if venue is not None:
        venue_width(venue, size)  # before minutes are spent
    if out.is_dir() and any(out.iterdir()):
        if not overwrite:
            raise InputError(f"{out} is a folder with something in it", "--overwrite replaces a report")
        foreign = not_of_a_report(out)
        if foreign:
            raise InputError(
                f"{out} is not a report alone: {foreign}", "move that elsewhere, or give another name"
            )
    models = loading.load_models(paths, encoder=encoder, offline=offline)
    sentences = checkpoint_inputs.load_corpus(corpus, column, group)
    checkpoint_inputs.say_other_groups(models, group)
    walked, _ = load_pairs(data_folder() / "pairs.jsonl")
    asked = StudyOptions(n=n, pairs=pairs, seed=seed)
    with atomic_folder(out, overwrite=overwrite) as folder:
        with terminal.Progress() as progress:
            reports = study(
                models,
                sentences,
                walked,
                asked,
                own=corpus is not None or group is not None,
                encoder=encoder,
                offline=offline,
                inputs={"paths": [str(path) for path in paths]},
                progress=progress,
            )
        words = ["latentlab", "report", *map(str, paths), "--out", str(out)]
        for option, value, usual in (
            ("--corpus", corpus, None),
            ("--column", column, None),
            ("--group", group, None),
            ("--n", n, 5000),
            ("--pairs", pairs, 200),
            ("--venue", venue, None),
            ("--width", width.value, "full"),
            ("--seed", seed, 0),
            ("--encoder", encoder, None),
        ):
            words += [] if value == usual else [option, str(value)]
        files = bundle(reports, shlex.join(words), venue=venue, width=size)
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    terminal.say(f"{len(files)} files; begin with {out / 'results.md'}")
    print(out)
