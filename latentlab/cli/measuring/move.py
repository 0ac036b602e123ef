"""`latentlab move`."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latentlab.api.support import checkpoint_inputs
from latentlab.cli import options, terminal
from latentlab.errors import UsageError

if TYPE_CHECKING:
    from latentlab.analysis.moves_report import Attribute
    from latentlab.corpora.counterparts import Counterpart
    from latentlab.models.sentence_model import SentenceModel

_TRIED = 50
"""Held-out pairs that judge an attribute vector."""
_MOVES = ("--arithmetic", "--attribute", "--pairs", "--groups", "--dimension", "--around", "--prior")


def move(
    paths: options.Paths,
    arithmetic: Annotated[
        tuple[str, str, str] | None,
        typer.Option(metavar="A B C", help="Decode A − B + C.", show_default=False),
    ] = None,
    attribute: Annotated[
        str | None,
        typer.Option(
            metavar="FACTOR:FROM:TO", help="Move --text along a factor of the grammar, tense:present:past."
        ),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Move --text from the a to the b of a .jsonl file's lines."),
    ] = None,
    groups: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            metavar="WITHOUT WITH",
            help="Move --text from one file of sentences to another.",
            show_default=False,
        ),
    ] = None,
    column: options.Column = None,
    dimension: Annotated[
        int | None, typer.Option(min=0, metavar="K", help="Move dimension K of --text, in deviations.")
    ] = None,
    around: Annotated[bool, typer.Option("--around", help="Draw around --text.")] = False,
    prior: Annotated[bool, typer.Option("--prior", help="Draw from N(0, I).")] = False,
    text: Annotated[str | None, typer.Option(metavar="SENTENCE", help="The sentence to move.")] = None,
    n: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="How many draws.")] = 8,
    steps: Annotated[int, typer.Option(min=2, max=1000, metavar="N", help="Points along a dimension.")] = 7,
    reach: Annotated[float, typer.Option(metavar="R", help="How far a dimension goes, in deviations.")] = 3.0,
    scale: Annotated[float, typer.Option(metavar="S", help="Of what --around draws by.")] = 1.0,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    out: Annotated[Path | None, typer.Option(help="Also write the report there.", metavar="FILE")] = None,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Move a latent and decode it: arithmetic, attribute vectors, one dimension, draws.

    An attribute of the grammar is also scored: how often 50 other sentences, whose answers were never
    learned, become word for word what the grammar says. Intervals are 95 %.

    Example:
      latentlab move data/checkpoints --attribute tense:present:past --text "Mary is very polite."
      latentlab move runs/vib --arithmetic "She was ill." "She is ill." "Tom is here."
      latentlab move runs/vib --groups statements.txt questions.txt --text "Tom is here."
      latentlab move runs/vib --dimension 17 --text "The cat is asleep."
      latentlab move runs/vib --prior --n 20 --seed 1
    """
    asked = (
        arithmetic is not None,
        attribute is not None,
        pairs is not None,
        groups is not None,
        dimension is not None,
        around,
        prior,
    )
    if sum(asked) != 1:
        raise UsageError(f"give one of {', '.join(_MOVES)}", "latentlab move --help")
    if text is None and not (arithmetic or prior):
        raise UsageError("there is no sentence to move", 'give --text "…"')
    if text is not None and (arithmetic or prior):
        used = "--arithmetic" if arithmetic else "--prior"
        raise UsageError(f"{used} moves no --text", "leave --text out")
    from latentlab.corpora.readers import has_columns

    checkpoint_inputs.check_column(column, given=any(has_columns(file) for file in groups or ()))
    from latentlab.analysis import loading
    from latentlab.analysis import moves_report as moves
    from latentlab.corpora import normalise
    from latentlab.files import atomic_write

    sentence = normalise(text or "")
    models = loading.load_models(paths, encoder=encoder, offline=offline)
    scored = None
    lines: list[str] = []
    unwritable: list[str] = []
    if arithmetic:
        a, b, c = (normalise(part) for part in arithmetic)
        stage: moves.Stage = partial(moves.combine, a=a, b=b, c=c)
    elif attribute is not None:
        direction, tried = _factor(attribute, seed)
        stage = partial(direction.push, text=sentence)
        scored = partial(direction.reached, pairs=tried)
    elif pairs is not None:
        direction, lines, unwritable = _paired(models, pairs)
        stage = partial(direction.push, text=sentence)
    elif groups is not None:
        without, with_it = (_sentences(models, file, column) for file in groups)
        direction = moves.Attribute(without, with_it)
        stage = partial(direction.push, text=sentence)
    elif dimension is not None:
        stage = partial(moves.traverse, text=sentence, dimension=dimension, steps=steps, reach=reach)
    elif around:
        stage = partial(moves.around, text=sentence, n=n, scale=scale, seed=seed)
    else:
        stage = partial(moves.samples, n=n, seed=seed)
    inputs = {
        "paths": paths,
        "arithmetic": arithmetic,
        "attribute": attribute,
        "pairs": pairs,
        "groups": groups,
        "column": column,
        "dimension": dimension,
        "around": around,
        "prior": prior,
        "text": text,
        "n": n,
        "steps": steps,
        "reach": reach,
        "scale": scale,
    }
    with terminal.Progress() as progress:
        progress("encoding and decoding", 0, 0)
        report = moves.move(models, stage, scored=scored, inputs=inputs, seed=seed)
    if out is not None:
        atomic_write(out, report.to_json())
        terminal.say(f"written to {out}")
    if as_json:
        print(report.to_json(), end="")
    else:
        show(report.to_dict())
    checkpoint_inputs.say_unused(lines, unwritable)


def _factor(attribute: str, seed: int) -> "tuple[Attribute, list[Counterpart]]":
    """What a factor of the grammar changes, and held-out pairs that judge it."""
    from latentlab.analysis.moves_report import Attribute
    from latentlab.corpora import shipped_corpus
    from latentlab.corpora.counterparts import LEARNED, counterparts

    parts = attribute.split(":")
    if len(parts) != 3 or not all(parts):
        raise UsageError(f"--attribute {attribute!r} is not FACTOR:FROM:TO", "such as tense:present:past")
    if parts[1] == parts[2]:
        raise UsageError(f"--attribute {attribute!r} changes nothing", "name two values: tense:present:past")
    corpus = shipped_corpus()
    learned = counterparts(corpus, *parts, split="train", n=LEARNED, seed=seed)
    return Attribute.of(learned), counterparts(corpus, *parts, split="test", n=_TRIED, seed=seed)


def _paired(models: "list[SentenceModel]", file: Path) -> "tuple[Attribute, list[str], list[str]]":
    """What the pairs of a file differ in; its lines that are no pair, its sentences that do not fit."""
    from latentlab.analysis.interpolation.walk import fitting
    from latentlab.analysis.moves_report import Attribute
    from latentlab.corpora.pair_files import load_pairs

    given, lines = load_pairs(file)
    kept, unwritable = fitting(models, given)
    return Attribute.of([(pair.a, pair.b) for pair in kept]), lines, unwritable


def _sentences(models: "list[SentenceModel]", file: Path, column: str | None) -> list[str]:
    from latentlab.analysis import loading
    from latentlab.corpora.readers import has_columns

    given = checkpoint_inputs.load_corpus(str(file), column if has_columns(file) else None)
    kept, excluded = loading.usable(models, given.texts)
    checkpoint_inputs.say_excluded(excluded, len(given))
    return kept


def show(document: Mapping[str, Any]) -> None:
    """Labels downwards, checkpoints side by side as far as they fit."""
    from rich.table import Table

    from latentlab.cli.render.table import Entry, Row, Section, number, print_table

    console, items = terminal.console(), document["results"]["items"]
    if document["inputs"]["text"]:
        console.print(document["inputs"]["text"], style="bold", soft_wrap=True, markup=False)
    at_once = max((console.width - 11) // 28, 1)
    for start in range(0, len(items), at_once):
        part = items[start : start + at_once]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("", justify="right", no_wrap=True)
        for item in part:
            table.add_column(item["name"], ratio=1, overflow="fold")
        for rows in zip(*(item["steps"] for item in part), strict=True):
            table.add_row(rows[0]["label"], *(row["text"] or "(nothing)" for row in rows))
        console.print(table)
        console.print()
    if items[0]["scores"]:
        held_out = items[0]["scores"][0]["right"]["n"]
        console.print(f"{held_out} sentences whose answers were never learned, 95 % intervals", style="bold")
        sections = []
        for key, label in (("right", "becomes the answer"), ("unmoved", "stays as it was")):
            shares: list[Row] = []
            for i, score in enumerate(items[0]["scores"]):
                cells: list[Entry] = [item["scores"][i][key] for item in items]
                shares.append(Row(f"× {number(score['strength'], 1)}", cells))
            sections.append(Section(label, shares))
        print_table(console, [item["name"] for item in items], sections)
