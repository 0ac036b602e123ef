"""`latentlab anisotropy --layers`: the profile of a frozen encoder as a table and as files."""

from pathlib import Path
from typing import TYPE_CHECKING

from latentlab.cli import terminal
from latentlab.cli.render import writing
from latentlab.cli.render.table import Row, Section, print_table, reference

if TYPE_CHECKING:
    from rich.console import Console

    from latentlab.api.layers import LayersReport
    from latentlab.results import Report
    from latentlab.results.reports.space_results import LayersResults


def give(report: "LayersReport", out: Path | None, *, as_json: bool) -> None:
    """Warnings to stderr, files to `out`, the report to stdout."""
    for warning, hint in report.warnings:
        terminal.say(f"warning: {warning}")
        if hint:
            terminal.say(f"hint: {hint}")
    if out is not None:
        writing.say_written(out, report.save(out))
    if as_json:
        print(report.to_json(), end="")
    else:
        show(terminal.console(), report.report)


def show(console: "Console", report: "Report[LayersResults]") -> None:
    """A table an encoder, layers side by side, the isotropic Gaussian of the same n and d beside them."""
    from latentlab.metrics.register import shown_in

    inputs = report.inputs
    console.print(f"Layers on {inputs['n']} sentences of {inputs['corpus']}, seed {inputs['seed']}")
    console.print(
        "± or [ ] is the 95 % interval, if any; isotropic is a round cloud of the same n and d", style="dim"
    )
    for item in report.results.items:
        layers = item.layers
        rows = [
            Row(label, [layer.metrics[key] for layer in layers], reference(layers[0].reference.get(key)))
            for key, label in shown_in("layers").items()
        ]
        read = ", ".join(map(str, item.read))
        console.print(
            f"\n{item.name}, mean-pooled, d = {layers[0].d}; {', '.join(item.checkpoints)} "
            f"read{'s' if len(item.checkpoints) == 1 else ''} layer {read}",
            style="bold",
            soft_wrap=True,
        )
        names = [f"layer {layer.layer}" for layer in layers]
        print_table(console, names, [Section("", rows)], beside="isotropic")
