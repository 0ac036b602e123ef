"""`latentlab compare`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latentlab.cli import loading, options, terminal
from latentlab.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentlab.corpora import Corpus
    from latentlab.models.sentence_model import SentenceModel
    from latentlab.results import Report

USUAL_N = 5000
TASK_N = 500
"""Sentences that every checkpoint decodes for --task."""


def compare(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="A B [C...]",
            help="Checkpoint folders, or folders with checkpoints below; the first is the baseline.",
            show_default=False,
        ),
    ] = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DIR",
            help="Instead of A B: training seeds of one method; a folder or a pattern. Once an arm.",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Compare with this one; default: the first, or arm `baseline`."),
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
        typer.Option(metavar="X", help="A smaller difference is no change; measures are in [0, 1]."),
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

    All are measured on the same sentences, so intervals are of differences. One line a measure, one word
    an axis, and whether a bottleneck removed anisotropy. Sentences tell two checkpoints apart; to say
    something of a method, train it with several seeds and give them as arms.

    Example:
      latentlab compare data/checkpoints --offline
      latentlab compare runs/base runs/vib --task --out report
      latentlab compare --arm 'vib=runs/vib-*' --arm 'baseline=runs/base-*'
    """
    if bool(paths) == bool(arm):  # both or neither
        what = "checkpoints and --arm exclude each other" if paths else "there is nothing to compare"
        raise UsageError(what, "latentlab compare A B, or --arm NAME=DIR for two arms or more")
    if arm and group is not None:
        raise UsageError("--group has no meaning with --arm: there the unit is the seed", "omit --group")
    if not margin > 0:
        raise UsageError(f"--margin {margin:g} is not above 0", "the usual one is 0.05")
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, a folder is to be written there", "give another name")
    from latentlab.analysis import lineup, load
    from latentlab.analysis.arms import compare_arms
    from latentlab.analysis.compare import compare as compare_checkpoints
    from latentlab.analysis.row_remarks import DEPENDENT, copy_warnings
    from latentlab.cli.comparison import show

    arms = lineup.load_arms(arm or [], encoder=encoder, offline=offline) if arm else {}
    models = [model for members in arms.values() for model in members]
    models = models or lineup.load_different(paths or [], encoder=encoder, offline=offline)
    sentences = loading.load_corpus(corpus, column, group)
    loading.say_other_groups(models, group)
    drawn = sentences.sample(min(USUAL_N, len(sentences)) if n is None else n, seed)
    texts, excluded = load.usable(models, drawn.texts)
    loading.say_excluded(excluded, len(drawn))
    held_out = _held_out(models, sentences, seed) if task else None
    asked: dict[str, Any] = {
        "baseline": baseline,
        "control": control,
        "task": held_out,
        "margin": margin,
        "inputs": {
            "paths": list(paths or []),
            "arms": list(arm or []),
            "corpus": drawn.name,
            "asked": n,
            "left_out": len(excluded),
            **loading.named(group),
        },
    }
    if group is not None:
        asked["groups"] = loading.groups_of(sentences, texts)
        asked["task_groups"] = loading.groups_of(sentences, held_out or [])
    with terminal.Progress() as progress:
        asked |= {"seed": seed, "progress": progress}
        report = compare_arms(arms, texts, **asked) if arms else compare_checkpoints(models, texts, **asked)
    for warning in copy_warnings(report.results.get("items", [])):
        terminal.say(f"remark: {warning}")
        terminal.say(f"hint: {DEPENDENT}")
    if out is not None:
        write(report, out)
    if as_json:
        print(report.to_json(), end="")
    else:
        show(terminal.console(), report.to_dict(), rules=verbose)


def _held_out(models: "Sequence[SentenceModel]", sentences: "Corpus", seed: int) -> list[str]:
    """Sentences that no training has seen and every model can write; empty where there are none."""
    from latentlab.analysis import load
    from latentlab.analysis.reconstruct import parts_of

    held_out = parts_of(sentences, TASK_N, seed=seed).get("held out", [])
    return load.usable(models, held_out)[0] if held_out else []


def write(report: "Report", out: Path) -> None:
    """Report and tables: all of them, or the folder stays as it was."""
    from latentlab.files import atomic_files
    from latentlab.results.comparison_latex import comparison_latex
    from latentlab.results.comparisons import comparison_csv

    document = report.to_dict()
    texts = {
        "report.json": report.to_json(),
        "table.csv": comparison_csv(document),
        "table.tex": comparison_latex(document),
    }
    atomic_files({out / name: text for name, text in texts.items()})
    terminal.say(f"written to {out}: {', '.join(texts)}")
