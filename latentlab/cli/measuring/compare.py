"""`latentlab compare`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from latentlab.api.support.checkpoint_inputs import TASK_N, USUAL_N
from latentlab.cli import options, terminal
from latentlab.cli.render import writing
from latentlab.errors import InputError


def compare(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="A B [C...]",
            help="Checkpoint folders, or folders with checkpoints below; the first is the baseline.",
            show_default=False,
        ),
    ] = None,
    condition: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DIR",
            help="Instead of A B: training seeds of one method, a folder or a pattern; once a condition.",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Compare with this one; default: the first, or condition `baseline`."
        ),
    ] = None,
    control: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Same head, no bottleneck; default: the first with β = 0."),
    ] = None,
    task: Annotated[
        bool, typer.Option("--task", help=f"Also decode {TASK_N} held-out sentences with each; slow.")
    ] = False,
    margin: Annotated[
        float,
        typer.Option(metavar="X", help="A smaller difference is no change; metrics are in [0, 1]."),
    ] = 0.05,
    corpus: options.Corpus = None,
    column: options.Column = None,
    group: options.Group = None,
    n: Annotated[
        int | None,
        typer.Option(
            "--n", min=2, metavar="N", help=f"Sentences drawn; default: {USUAL_N}, or all of fewer."
        ),
    ] = None,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Also write report.json, table.csv and table.tex there.", metavar="DIR"),
    ] = None,
    as_json: options.Json = False,
    verbose: options.Rules = False,
) -> None:
    """Say what differs between checkpoints, and how surely.

    All are measured on the same sentences, so intervals are of differences. One line a metric, one verdict
    an axis, and whether a bottleneck removed anisotropy. Sentences tell two checkpoints apart; to say
    something of a method, train it with several seeds and give them as conditions.

    Example:
      latentlab compare data/checkpoints --offline
      latentlab compare runs/base runs/vib --task --out report
      latentlab compare --condition 'vib=runs/vib-*' --condition 'baseline=runs/base-*'
    """
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, a folder is to be written there", "give another name")
    from latentlab.api.compare import compare as run
    from latentlab.cli.render.comparison_table import show

    asked: dict[str, Any] = {"texts": corpus, "column": column, "group": group, "n": n, "seed": seed}
    asked |= {"baseline": baseline, "control": control, "task": task, "margin": margin}
    asked |= {"encoder": encoder, "offline": offline}
    with terminal.Progress() as progress:
        report = run(*(paths or []), conditions=condition or [], **asked, progress=progress)
    for warning, hint in report.warnings:
        terminal.say(f"warning: {warning}")
        terminal.say(f"hint: {hint}")
    if out is not None:
        writing.say_written(out, report.save(out))
    if as_json:
        print(report.to_json(), end="")
    else:
        show(terminal.console(), report.report, rules=verbose)
