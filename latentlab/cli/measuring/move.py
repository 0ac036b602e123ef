"""`latentlab move`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latentlab.api.support import checkpoint_inputs
from latentlab.cli import options, terminal

if TYPE_CHECKING:
    from latentlab.results import Report
    from latentlab.results.reports.decoding_results import MoveResults


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
    from latentlab.api.move import move as run
    from latentlab.files import atomic_write

    asked: dict[str, Any] = {"arithmetic": arithmetic, "attribute": attribute, "pairs": pairs}
    asked |= {"groups": groups, "column": column, "dimension": dimension, "around": around, "prior": prior}
    asked |= {"n": n, "steps": steps, "reach": reach, "scale": scale, "seed": seed}
    with terminal.Progress() as progress:
        report = run(paths, text, **asked, encoder=encoder, offline=offline, progress=progress)
    if out is not None:
        atomic_write(out, report.to_json())
        terminal.say(f"written to {out}")
    if as_json:
        print(report.to_json(), end="")
    else:
        show(report.report)
    checkpoint_inputs.say_unused(report.unused_lines, report.unused_sentences)


def show(report: "Report[MoveResults]") -> None:
    """Labels downwards, checkpoints side by side as far as they fit."""
    from rich.table import Table

    from latentlab.cli.render.table import Row, Section, number, print_table

    console, items = terminal.console(), report.results.items
    if report.inputs["text"]:
        console.print(report.inputs["text"], style="bold", soft_wrap=True, markup=False)
    at_once = max((console.width - 11) // 28, 1)
    for start in range(0, len(items), at_once):
        part = items[start : start + at_once]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("", justify="right", no_wrap=True)
        for item in part:
            table.add_column(item.name, ratio=1, overflow="fold")
        for steps in zip(*(item.steps for item in part), strict=True):
            table.add_row(steps[0].label, *(step.text or "(nothing)" for step in steps))
        console.print(table)
        console.print()
    names = [item.name for item in items if item.scores]
    scored = [item.scores for item in items if item.scores]
    if scored:
        held_out = scored[0][0].right.n
        console.print(f"{held_out} sentences whose answers were never learned, 95 % intervals", style="bold")
        right, unmoved = Section("becomes the answer"), Section("stays as it was")
        for scores in zip(*scored, strict=True):
            label = f"× {number(scores[0].strength, 1)}"
            right.rows.append(Row(label, [score.right for score in scores]))
            unmoved.rows.append(Row(label, [score.unmoved for score in scores]))
        print_table(console, names, [right, unmoved])
