"""What comes through noise, for people."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from latentlab.cli.render.path_table import ditto
from latentlab.cli.render.table import Entry, Row, Section, number, print_table

if TYPE_CHECKING:
    from rich.console import Console

LABELS = {"ter": "token error rate", "exact_match": "exact match", "cosine": "cosine"}
_MOST_ROWS = 9
"""Points of the sweep that are printed under each metric."""


def show(console: "Console", document: Mapping[str, Any]) -> None:
    """Curves as tables, what is read off them, and one sentence at every point."""
    from latentlab.results.report import interval_units

    inputs, items = document["inputs"], document["results"]["items"]
    console.print(
        f"Through white noise: {inputs['n']} sentences of {inputs['corpus']}, {inputs['seeds']} noises each, "
        f"seed {inputs['seed']}",
        soft_wrap=True,
    )
    console.print(
        f"± or [ ] is the 95 % interval over {interval_units(inputs)}; SNR over the latents' own variance;\n"
        "a value that is the same for all of them has none\n",
        style="dim",
        soft_wrap=True,
    )
    shown = every(len(items[0]["points"]))
    sections = [Section("what noise does", _read(items))]
    sections += [Section(label, _curve(items, key, shown)) for key, label in LABELS.items()]
    print_table(console, [item["name"] for item in items], sections)
    if len(shown) < len(items[0]["points"]):
        console.print("all points of the sweep: --json, or --out DIR\n", style="dim")
    show_example(console, items, shown)


def every(count: int) -> list[int]:
    """Places of the points that are printed, from the highest SNR down; both ends where they fit.

    >>> every(17)
    [16, 14, 12, 10, 8, 6, 4, 2, 0]
    """
    stride = max(-(-(count - 1) // (_MOST_ROWS - 1)), 1)
    return list(range(count - 1, -1, -stride))


def show_example(console: "Console", items: Sequence[Mapping[str, Any]], shown: Sequence[int]) -> None:
    """The first sentence of the sample on its way down, checkpoints side by side as far as they fit."""
    from rich.table import Table

    console.print(f"{items[0]['example']['text']}", style="bold", soft_wrap=True)
    at_once = max((console.width - 9) // 28, 1)
    for start in range(0, len(items), at_once):
        part = items[start : start + at_once]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("dB", justify="right", no_wrap=True)
        columns = []
        for item in part:
            table.add_column(item["name"], ratio=1, overflow="fold")
            heard = item["example"]
            columns.append(ditto([heard["clean"], *(heard["points"][i] for i in shown)]))
        levels = ["∞", *(f"{items[0]['points'][i]['snr_db']:g}" for i in shown)]
        for level, *texts in zip(levels, *columns, strict=True):
            table.add_row(level, *texts)
        console.print(table)
        console.print()


def half_rows(items: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Where half is lost, or beyond which end of the sweep it lies, and how fast."""
    edges = {
        side: f"{sign}{number(abs(at), 1)}"
        for side, sign, at in (
            ("below", "< ", items[0]["points"][0]["snr_db"]),
            ("above", "> ", items[0]["points"][-1]["snr_db"]),
        )
    }
    halves: list[Entry | str] = [
        edges.get(item["half_error"]["side"], item["half_error"]["snr"]) for item in items
    ]
    slopes = [item["half_error"]["slope"] for item in items]
    return [Row("half error at, dB", halves), Row("  share lost a dB there", slopes)]


def _read(items: Sequence[Mapping[str, Any]]) -> list[Row]:
    rows = half_rows(items)
    own = [item["posterior"] or {} for item in items]
    if any(own):
        powers: list[Entry | str] = [
            {"value": posterior["snr_db"], "ci95": None} if posterior else "–" for posterior in own
        ]
        rows += [
            Row("own posterior noise, dB", powers),
            Row("  token error rate", [posterior.get("ter") for posterior in own]),
            Row("  white noise, as strong", [posterior.get("ter_white") for posterior in own]),
            Row("  exact match", [posterior.get("exact_match") for posterior in own]),
            Row("  cosine", [posterior.get("cosine") for posterior in own]),
        ]
    return rows


def _curve(items: Sequence[Mapping[str, Any]], key: str, shown: Sequence[int]) -> list[Row]:
    rows = [Row("no noise", [item["clean"][key] for item in items])]
    for i in shown:
        rows.append(
            Row(f"{items[0]['points'][i]['snr_db']:>5g} dB", [item["points"][i][key] for item in items])
        )
    if key in items[0]["chance"]:
        rows.append(Row("chance", [item["chance"][key] for item in items]))
    return rows
