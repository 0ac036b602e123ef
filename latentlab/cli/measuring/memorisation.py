"""`latentlab memorisation`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from latentlab.cli import options, terminal
from latentlab.cli.render import noise_table, reasons, writing
from latentlab.cli.render.table import Row, Section, cells_of, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from latentlab.results import Report
    from latentlab.results.reports.noise_results import (
        CriterionResult,
        MemorisationResult,
        MemorisationResults,
    )

BESIDE = {
    "ter_held_out": "token error rate, held out",
    "ter_train": "  training, as long",
    "nearest_distance": "distance to the nearest",
    "noise_radius": "noise radius there",
    "well_formed_ends": "well-formed ends",
    "well_formed_middles": "well-formed midpoints",
}


def memorisation(
    paths: options.Paths,
    corpus: options.Corpus = None,
    column: options.Column = None,
    group: options.Group = None,
    n: Annotated[int, typer.Option(min=8, metavar="N", help="At most so many held-out sentences.")] = 200,
    low: options.Low = -10.0,
    high: options.High = 20.0,
    step: options.Step = 2.5,
    seeds: options.Seeds = 2,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    out: options.Out = None,
    as_json: options.Json = False,
    verbose: options.Rules = False,
) -> None:
    """Is the decoder a table of its training sentences? HASH-LIKE, SMOOTH or UNDERTRAINED.

    First: where training sentences come back and held-out ones of equal length worse by .1 or more,
    HASH-LIKE; where neither come back (token error rate .2 or more), UNDERTRAINED. Else five criteria:
    the gap between the two error rates; the noise that is borne, over the distance to the nearest
    sentence; what noisy decodes keep of the meaning; whether midpoints are sentences, and whether they
    have to do with their ends. HASH-LIKE where at least half say so.
    --corpus is the file that the models were trained on. Intervals are 95 %, over sentences or groups.

    Example:
      latentlab memorisation data/checkpoints/baseline data/checkpoints/vib --offline
      latentlab memorisation runs --corpus sentences.txt --out report
    """
    writing.check_folder(out)
    from latentlab.api.memorisation import memorisation as run

    with terminal.Progress() as progress:
        report = run(
            paths,
            corpus,
            column=column,
            group=group,
            n=n,
            low=low,
            high=high,
            step=step,
            seeds=seeds,
            seed=seed,
            encoder=encoder,
            offline=offline,
            progress=progress,
        )
    if out is not None:
        writing.say_written(out, report.save(out))
    if as_json:
        print(report.to_json(), end="")
    else:
        show(terminal.console(), report.report, rules=verbose)


def show(console: "Console", report: "Report[MemorisationResults]", *, rules: bool = False) -> None:
    """Verdicts, criteria with thresholds, the numbers behind them, some texts; with `rules` the rule too."""
    from latentlab.results.report import interval_units
    from latentlab.results.reports.space_results import VerdictResult

    inputs, items = report.inputs, report.results.items
    console.print(
        f"Hash-map test: {inputs['n']} held-out sentences of {inputs['corpus']}, {inputs['train']} training "
        f"sentences, seed {inputs['seed']}",
        soft_wrap=True,
    )
    console.print(
        f"± or [ ] is the 95 % interval over {interval_units(inputs)}; ? where it holds the threshold;\n"
        "a value that is the same for all of them has none\n",
        style="dim",
        soft_wrap=True,
    )
    _say_bounds(console, items)
    sections = [
        Section("", [Row("verdict", [item.verdict.verdict for item in items])]),
        Section("criteria", _criteria(report.results.criteria, items)),
        Section("behind them", _beside(items)),
    ]
    print_table(console, [item.name for item in items], sections, beside="hash-like")
    for item in items:
        console.print(f"{item.name}: {item.verdict.reason}", style="bold", soft_wrap=True)
        for noisy in item.examples.noise:
            console.print(f"  {noisy.text}  → noise →  {noisy.decoded}", soft_wrap=True)
        for between in item.examples.middles:
            console.print(f"  {between.a}  → {between.middle} ←  {between.b}", soft_wrap=True)
        console.print()
    for item in items if rules else ():
        axis = VerdictResult(item.verdict.verdict, item.verdict.numbers, item.verdict.rule)
        reasons.explain(console, item.name, {"hash-map test": axis})


def _say_bounds(console: "Console", items: "Sequence[MemorisationResult]") -> None:
    """One line for each value of which no more than a bound is known, and why."""
    from latentlab.results.tables.memorisation_tables import LABELS

    for item in items:
        for key, found in item.criteria.items():
            if found.bound:
                told = f"{item.name}, {LABELS[key]}: {found.bound} what is shown, for {found.note}"
                console.print(told, style="dim", soft_wrap=True)


def _criteria(asked: "Mapping[str, CriterionResult]", items: "Sequence[MemorisationResult]") -> list[Row]:
    from latentlab.results.tables.memorisation_tables import LABELS

    rows = []
    for key, rule in asked.items():
        cells = cells_of(Row("", [item.criteria[key] for item in items]))
        sure = [item.verdict.readings[key].sure for item in items]
        held = [item.criteria[key].ci95 is not None for item in items]
        marks = ["?" if had and not told else " " for had, told in zip(held, sure, strict=True)]
        sign = "≥" if rule.hash_like == "from" else "<"
        texts = [f"{text} {mark}" for text, mark in zip(cells, marks, strict=True)]
        rows.append(Row(LABELS[key], texts, f"{sign} {rule.threshold:g}"))
    return rows


def _beside(items: "Sequence[MemorisationResult]") -> list[Row]:
    rows = [Row(label, [item.beside[key] for item in items]) for key, label in BESIDE.items()]
    return [*rows[:3], *noise_table.half_rows(items)[:1], *rows[3:]]
