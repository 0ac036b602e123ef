"""An anisotropy report for people: gate, a word for each axis, then every cloud beside an isotropic one."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from latentlab.cli import terminal
from latentlab.cli.render import reasons, writing
from latentlab.cli.render.table import ABSENT, Entry, Row, Section, print_table, reference

if TYPE_CHECKING:
    from rich.console import Console

    from latentlab.api.anisotropy_report import AnisotropyReport
    from latentlab.metrics import Estimate
    from latentlab.results import Report
    from latentlab.results.reports.space_results import AnisotropyResults, CloudResult, SpaceResult

CLOUDS = {
    "pooled": "pooled: the frozen encoder's vector",
    "mu": "mu: the latent point",
    "z": "z: a sample from the posterior, its noise included",
    "latents": "latents: vectors from a file",
}
WORDS = {"cone": "cone", "anisotropy": "anisotropy", "rogue": "rogue dimensions", "noise": "noise"}
PAIRS = "*"
"""Beside measures that come from a sample of rows."""


def give(
    measured: "AnisotropyReport",
    out: Path | None,
    *,
    as_json: bool,
    rules: bool = False,
) -> None:
    """Warnings to stderr, files to `out`, the report to stdout; with `rules` the reason for each word too."""
    for warning, hint in measured.warnings:
        terminal.say(f"warning: {warning}")
        if hint:
            terminal.say(f"hint: {hint}")
    if out is not None:
        writing.say_written(out, measured.save(out))
    if as_json:
        print(measured.to_json(), end="")
    else:
        show(terminal.console(), measured.report, rules=rules)


def show(console: "Console", report: "Report[AnisotropyResults]", *, rules: bool = False) -> None:
    """The gate and the words, the posterior, then every cloud with the isotropic Gaussian of its n and d."""
    items = report.results.items
    console.print(f"Anisotropy {_of_what(report)}, seed {report.inputs['seed']}")
    console.print(
        "± or [ ] is the 95 % interval, if any; isotropic is a round cloud of the same n and d", style="dim"
    )
    console.print(
        f"{PAIRS} is from pairs of a sample of rows; verdicts refer to mu, or to the vectors", style="dim"
    )
    console.print(f"{reasons.grades()}\n", style="dim", soft_wrap=True)
    sections = [_verdict(items)]
    if any(item.posterior for item in items):
        sections.append(Section("posterior: variational heads only", _posterior(items)))
    there = {key for item in items for key in item.clouds}
    sections += [_cloud(items, key, title) for key, title in CLOUDS.items() if key in there]
    print_table(console, [item.name for item in items], sections, beside="isotropic")
    for line in _dimension_lines(items):
        console.print(line, style="dim", soft_wrap=True)
    for item in items:
        gate = item.gate
        if gate.verdict in ("COLLAPSED", "NO INFORMATION"):
            silent = "Its isotropy says nothing about sentences."
            console.print(f"{item.name} is {gate.verdict}: {gate.reason}. {silent}", soft_wrap=True)
    for item in items if rules else ():
        words = {key: axis for key, axis in item.verdict.items() if key != "gate"}
        reasons.explain(console, item.name, {"collapse gate": reasons.gate(item.gate), **words})


def _dimension_lines(items: "Sequence[SpaceResult]") -> list[str]:
    """What is to be known of TwoNN beside its number: what its ± is, and how it moves with the scale."""
    lines = []
    for item in items:
        for scales in (item.clouds[key].curves.intrinsic for key in ("mu", "latents") if key in item.clouds):
            if scales is None:
                continue
            known = [(n, v) for n, v in zip(scales.n, scales.twonn, strict=True) if v is not None]
            if len(known) > 1:
                told = ", ".join(f"{value:.3g} of {n:.0f} rows" for n, value in known)
                lines.append(f"  {item.name}: {told}")
    if not lines:
        return []
    head = "TwoNN: its ± is of sampling alone, and smooth clouds of 8 dimensions or more read too low."
    return [head, "At other scales:", *lines, ""]


def _of_what(report: "Report[AnisotropyResults]") -> str:
    inputs = report.inputs
    if "states" in inputs:
        return f"of {len(inputs['states'])} states together"
    files = len(report.provenance.vectors)
    of_files = f"{files} file{'s' if files > 1 else ''} of vectors"
    if "corpus" not in inputs:
        return f"of {of_files}"
    sentences = f"on {inputs['n']} sentences of {inputs['corpus']}"
    return f"{sentences} and of {of_files}" if files else sentences


def _verdict(items: "Sequence[SpaceResult]") -> Section:
    rows = [Row("collapse gate", [item.gate.verdict for item in items])]
    for key, label in WORDS.items():
        words = [item.verdict[key].verdict if key in item.verdict else ABSENT for item in items]
        if any(word != ABSENT for word in words):
            rows.append(Row(label, words))
    return Section("", rows)


def _posterior(items: "Sequence[SpaceResult]") -> list[Row]:
    from latentlab.metrics.register import METRICS, shown_in

    names = {key: name for key, name in shown_in("table").items() if METRICS[key].family == "posterior"}
    counts = [key for key in names if METRICS[key].counts_dimensions]
    rows = [
        Row(names[key], [_of_posterior(item, key) for item in items]) for key in names if key not in counts
    ]
    return rows + [Row(names[key], [_dims(item, key) for item in items]) for key in counts]


def _cloud(items: "Sequence[SpaceResult]", cloud: str, title: str) -> Section:
    from latentlab.metrics.register import CLOUD_METRICS, METRICS, shown_in

    clouds = [item.clouds.get(cloud) for item in items]
    there = [content for content in clouds if content]
    rows = []
    for key, label in shown_in("table").items():
        if key not in CLOUD_METRICS:
            continue
        beside = dict.fromkeys(reference(content.reference.get(key)) for content in there)
        cells: list[Entry] = [content.metrics.get(key) if content else None for content in clouds]
        mark = PAIRS if METRICS[key].stage == "rows" else ""
        rows.append(Row(label + mark, cells, " / ".join(text for text in beside if text)))
    size = f"d = {_different(content.d for content in there)}"
    if cloud == "latents":  # else it is that of the sentences
        size = f"n = {_different(content.n for content in there)}, {size}"
    groups = [_groups(content) for content in there if content.groups is not None]
    size += f" in {_different(groups)} groups" if groups else ""
    sampled = _different(content.sampled for content in there)
    return Section(f"{title}, {size} (pairs: {sampled} rows)", rows)


def _of_posterior(item: "SpaceResult", key: str) -> "Estimate | None":
    return None if item.posterior is None else item.posterior.metrics.get(key)


def _dims(item: "SpaceResult", key: str) -> str:
    """A count of dimensions, and of how many."""
    count = _of_posterior(item, key)
    return ABSENT if count is None or count.value is None else f"{count.value:.0f} of {item.clouds['mu'].d}"


def _different(values: Iterable[object]) -> str:
    """Each of the values once."""
    return " / ".join(dict.fromkeys(map(str, values)))


def _groups(content: "CloudResult") -> str:
    return f"about {content.groups}" if content.groups_estimated else str(content.groups)
