"""`latentlab reconstruct`."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from latentlab.api.support import checkpoint_inputs
from latentlab.cli import options, terminal
from latentlab.cli.render.table import Row, Section, print_table
from latentlab.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from latentlab.results.reports.decoding_results import ExampleResult, ReconstructionResult


class Sampler(StrEnum):
    """How old SGDD models write."""

    latentlab = "latentlab"
    sgdd = "sgdd"


LABELS = {
    "exact_match": "exact match",
    "token_accuracy": "token accuracy",
    "own_less_other": "  less another's",
    "ter": "token error rate",
    "length_accuracy": "length accuracy",
    "bleu": "BLEU (0–100)",
    "chrf": "chrF (0–100)",
    "cycle_cosine": "cycle cosine",
    "cycle_cosine_other": "  another sentence",
    "nll_bound": "NLL bound (nats)",
    "kl": "KL (nats)",
    "entropy_bound": "entropy bound (nats)",
}


def reconstruct(
    paths: options.Paths,
    text: Annotated[
        list[str] | None, typer.Option(help="A sentence, may be given again.", metavar="SENTENCE")
    ] = None,
    corpus: options.Corpus = None,
    column: options.Column = None,
    group: options.Group = None,
    n: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many sentences of each part.")] = 500,
    refine: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Rounds of search for a text whose latent is nearer; slow."),
    ] = 0,
    sampler: Annotated[
        Sampler, typer.Option(help="sgdd: the original loop of old SGDD models, faults included.")
    ] = Sampler.latentlab,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Encode and decode sentences; measure what comes back.

    Sentences of --corpus are split into training and held-out ones, as training does it.
    Decoding is greedy from z = mu with the length that the model predicts. With --refine, the answer
    is encoded again, and its neighbours are searched for one that comes nearer to z.
    Intervals are 95 %, over sentences or groups.

    Example:
      latentlab reconstruct data/checkpoints --n 200
      latentlab reconstruct data/checkpoints --text "The old man walked to the river."
    """
    if text and corpus:
        raise UsageError("--text and --corpus exclude each other", "give one of them")
    if text and group:
        raise UsageError("--group is for sentences of --corpus, and --text gives others", "omit --group")
    checkpoint_inputs.check_column(column, given=bool(corpus))
    from latentlab.corpora.normalisation import is_blank

    if any(is_blank(sentence) for sentence in text or []):
        raise UsageError("--text has no words in it", "give a sentence in quotes")
    from latentlab.api.reconstruct import reconstruct as run
    from latentlab.corpora import normalise
    from latentlab.results.report import interval_units

    with terminal.Progress() as progress:
        report = run(
            paths,
            [normalise(sentence) for sentence in text] if text else corpus,
            column=column,
            group=group,
            n=None if text else n,
            refine=refine,
            sampler=sampler.value,
            seed=seed,
            encoder=encoder,
            offline=offline,
            progress=progress,
        )
    if as_json:
        print(report.to_json(), end="")
    else:
        show(
            terminal.console(),
            report.results.items,
            metrics=not text,
            refine=refine,
            over=interval_units(report.report.inputs),
        )


def show(
    console: "Console",
    items: "Sequence[ReconstructionResult]",
    *,
    metrics: bool,
    refine: int,
    over: str = "sentences",
) -> None:
    """Metrics with the parts beneath each other, then some sentences and what came back."""
    parts = list(items[0].parts)
    if metrics:
        sizes = ", ".join(f"{part} n = {items[0].parts[part].n}" for part in parts)
        how = f", {refine} rounds of search" if refine else ""
        console.print(f"Reconstruction from z = mu{how}, 95 % intervals over {over}: {sizes}\n")
        print_table(console, [item.name for item in items], [Section("", _rows(items, parts))])
        if "train" in parts:
            caption = "parts of the hash split: a model learned `train` only if it was trained on this file"
            console.print(f"{caption}\n", style="dim", soft_wrap=True)
    for item in items:
        for part in parts:
            console.print(f"{item.name}, {part}", style="bold")
            for example in item.parts[part].examples:
                console.print(f"  {'=' if example.exact else ' '} {example.text}", soft_wrap=True)
                if not example.exact:
                    console.print(f"  → {mark(example)}", soft_wrap=True)
        console.print()
    console.print(
        "= came back word for word; → what came back instead, differing words in [brackets]", style="dim"
    )


def mark(example: "ExampleResult") -> str:
    """The output with brackets around words that the sentence does not have there."""
    words = zip(example.output.split(), example.differs, strict=True)
    return " ".join(f"[{word}]" if differs else word for word, differs in words) or "(nothing)"


def _rows(items: "Sequence[ReconstructionResult]", parts: Sequence[str]) -> list[Row]:
    rows = []
    for key, label in LABELS.items():
        for number, part in enumerate(parts):
            cells = [item.parts[part].metrics[key] for item in items]
            rows.append(Row(f"{label if number == 0 else '':<20} {part}", cells))
    return rows
