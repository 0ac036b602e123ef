"""Paths and their scores as they are shown on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from latentlab.cli.render.table import Row, Section, number, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from latentlab.results.reports.decoding_results import InterpolationResults, PathsResult

LABELS = {
    "fluency": "perplexity ratio",
    "fluency_middle": "  at the middle",
    "monotone_shift": "monotone shift",
    "largest_step_share": "largest step share",
    "distinct": "distinct sentences",
    "endpoint_fidelity": "endpoint fidelity",
    "kept": "middle is right",
    "round_trip": "round trip / radius",
    "detour_ratio": "detour ratio",
    "length_drift": "length drift",
    "repetition": "repetition",
    "seed_share": "seed variance share",
    "smoothness_flawed": "smoothness (flawed)",
}
_NARROW = 26
"""Columns below which a sentence cannot be read."""


def show(console: "Console", results: "InterpolationResults", *, single: bool) -> None:
    """The paths of the only pair, or the scores of all with the paths of the first."""
    items = results.items
    if single:
        show_paths(console, items, 0)
    if results.scores:
        for group in items[0].scores or ():
            show_scores(console, items, group)
        caption = f"texts are compared by vectors of layer {results.scoring_layer} of the frozen encoder; "
        caption += f"fluency by {results.fluency_lm}"
        console.print(f"{caption}\n", style="dim", soft_wrap=True)
    if not single:
        show_paths(console, items, 0)


def show_paths(console: "Console", items: "Sequence[PathsResult]", pair: int) -> None:
    """One pair: places downwards, checkpoints side by side as far as they fit; `"` is the text above."""
    from rich.table import Table

    first = items[0].paths[pair]
    console.print(f"{first.a}  →  {first.b}", style="bold", soft_wrap=True)
    at_once = max((console.width - 6) // (_NARROW + 2), 1)
    for start in range(0, len(items), at_once):
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("t", justify="right", no_wrap=True)
        for item in items[start : start + at_once]:
            table.add_column(f"{item.name}\n{item.path_kind}", ratio=1, overflow="fold")
        columns = [ditto(item.paths[pair].texts) for item in items[start : start + at_once]]
        for i, row in enumerate(zip(*columns, strict=True)):
            table.add_row(number(i / (len(columns[0]) - 1), 2), *row)
        console.print(table)
        console.print()


def ditto(texts: Sequence[str]) -> list[str]:
    """The texts, with a mark where one is that of the line above."""
    return ['"' if i and text == texts[i - 1] else text or "(nothing)" for i, text in enumerate(texts)]


def show_scores(console: "Console", items: "Sequence[PathsResult]", group: str) -> None:
    """Scores of one group of pairs, each checkpoint followed by its baselines."""
    columns = [(item.name, item.scores[group]) for item in items if item.scores]
    columns += [(f"({name})", scores[group]) for name, scores in (items[0].baselines or {}).items()]
    n = max(score.n or 0 for score in columns[0][1].values())
    console.print(f"Scores, {group}, n = {n}, 95 % intervals over pairs", style="bold")
    rows = []
    for key, label in LABELS.items():
        cells = [scores[key] for _, scores in columns]
        if any(cell.value is not None for cell in cells):
            rows.append(Row(label, cells))
    print_table(console, [name for name, _ in columns], [Section("", rows)])
    console.print(f"( ): baselines, those of {items[0].name}\n", style="dim", soft_wrap=True)
