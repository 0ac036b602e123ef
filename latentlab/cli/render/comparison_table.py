"""A comparison for people: per axis a word, and beneath it the differences that it was read from."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from latentlab.cli.render import reasons
from latentlab.cli.render.table import ABSENT, number
from latentlab.metrics import Estimate
from latentlab.metrics.statistics.intervals import in_words, is_bound, p_value

if TYPE_CHECKING:
    from rich.console import Console

    from latentlab.results import Report
    from latentlab.results.reports.comparison_results import (
        ComparisonResult,
        ComparisonResults,
        DifferenceResult,
        Differences,
        SignFlip,
    )
    from latentlab.results.reports.space_results import VerdictResult

CONE = ("mean_cosine", "mean_energy_ratio")
COVARIANCE = ("isoscore_debiased", "effective_rank_over_d", "top1_variance_share")
ROGUE = ("variance_share_top1", "cc_share_top1")
WORDS = {
    "REDUCED, INCREASED": "the interval excludes 0, and the difference is larger than the margin, {margin:g}",
    "UNCHANGED": "the interval is inside ± the margin; INCONCLUSIVE: neither",
    "anisotropy": "REDUCED where IsoScore rises",
    "claim": "that the bottleneck of B cures anisotropy; every rule: --verbose, docs/metrics.md",
}
ANSWERS = {
    "cone gone": ("cone gone?", ("mean_cosine_a", "mean_cosine_b"), "mean cosine {} → {}"),
    "centring": ("by centring too?", ("centred_gap",), "mean cosine, A centred − B: {}"),
    "covariance": (
        "covariance rounder?",
        ("delta_isoscore_debiased_mu", "delta_isoscore_debiased_z"),
        "IsoScore of mu {}, of z against white noise {}",
    ),
    "cost": ("at what cost?", ("a", "b"), "exact match {} → {}"),
    "decoder": ("decoder", ("own_less_other",), "words in place, own − another sentence: {}"),
    "control": (
        "control, beta = 0",
        ("control_less_b_cosine", "b_less_control_isoscore"),
        "mean cosine, control − B: {}; IsoScore, B − control: {}",
    ),
}
"""What is asked, the numbers that answer it, and how they are put."""
COLUMNS = {"sentences": ("p", "p Holm", "p equiv"), "seeds": ("p", "p Holm", "g", "δ")}
LEGENDS = {
    "sentences": (
        "B − A with its 95 % interval over {of}, as ± or [ ]. p: of no difference;\n"
        "p Holm: adjusted for the others; p equiv: of a difference as large as the margin, {margin:g}.\n"
        "≤: the test can give no smaller p."
    ),
    "seeds": (
        "A, B: means of the conditions. B − A with its 95 % interval over seeds (Welch), as ± or [ ].\n"
        "p: exact permutation test; p Holm: adjusted for the others; ≤: so few seeds give no smaller p.\n"
        "g, δ: Hedges' g and Cliff's delta over seeds."
    ),
}
LABEL, CELL, DELTA, P = 28, 9, 24, 9
NAME, WORD_END = 21, 42


def show(console: "Console", report: "Report[ComparisonResults]", *, rules: bool = False) -> None:
    """Every comparison, the unit and what it allows to say, and warnings; with `rules` each word's reason."""
    results, inputs = report.results, report.inputs
    unit, margin = results.unit, results.margin
    console.print(f"Comparison on {inputs['n']} sentences of {inputs['corpus']}, seed {inputs['seed']}")
    shown = any("cone" in entry.axes for entry in results.comparisons)
    if shown:
        of = f"groups of one {inputs['group']}" if "group" in inputs else "sentences"
        console.print(LEGENDS[unit].format(margin=margin, of=of), style="dim")
        console.print(reasons.grades(), style="dim", soft_wrap=True)
    for entry in results.comparisons:
        console.print()
        _comparison(console, entry, results)
        if rules:
            console.print()
            told = {**entry.axes, **entry.answers, "claim": entry.claim}
            reasons.explain(console, f"{entry.name} against {entry.against}", told)
    console.print()
    for word, meaning in WORDS.items() if shown else ():
        console.print(f"{word:<20}{meaning}".format(margin=margin), style="dim", soft_wrap=True)
    console.print(results.says)
    for line in [*results.notes, *(note for entry in results.comparisons for note in entry.notes)]:
        console.print(f"note: {line}")


def _comparison(console: "Console", entry: "ComparisonResult", results: "ComparisonResults") -> None:
    unit = results.unit
    console.print(_title(entry, results), style="bold", soft_wrap=True)
    axes, metrics = entry.axes, entry.metrics
    _axis(console, "collapse gate", axes["gate"])
    if "cone" in axes:
        _line(console, "", ["A", "B", "B − A", *COLUMNS[unit]], style="bold")
        _axis(console, "cone", axes["cone"], told=_from_to(axes["cone"], "grade"))
        _differences(console, metrics, CONE, unit)
        if results.sign_flip is not None:
            _sign_flips(console, [results.sign_flip[name] for name in (entry.against, entry.name)])
        _axis(console, "anisotropy", axes["anisotropy"], told=_from_to(axes["anisotropy"], "grade"))
        _differences(console, metrics, COVARIANCE, unit)
        if entry.z is not None and "anisotropy_z" in axes:
            against = "z of B against mu of A plus white noise of B's signal-to-noise ratio"
            _axis(console, "anisotropy on z", axes["anisotropy_z"], told=against)
            _differences(console, entry.z.metrics, COVARIANCE[:1], unit)
        if entry.z is not None and entry.z.against_z:
            console.print("    z of B against z of A:", style="dim")
            _differences(console, entry.z.against_z, COVARIANCE[:2], unit)
        if entry.pca_control is not None:
            narrow = entry.pca_control
            which = f"{narrow.projected} on {narrow.d} principal axes"
            _axis(console, "at equal width", narrow.axes["anisotropy"], told=which)
            _differences(console, narrow.metrics, COVARIANCE, unit)
        _axis(console, "rogue dimensions", axes["rogue"], told=_from_to(axes["rogue"], "rogue"))
        _differences(console, metrics, ROGUE, unit)
        if entry.task is not None:
            _axis(console, "reconstruction", axes["task"])
            _row(console, f"exact match, n = {entry.task.delta.n}", entry.task, unit)
    for key, answer in entry.answers.items():
        name, keys, text = ANSWERS[key]
        numbers = [answer.numbers.get(number) for number in keys]
        words = [in_words(n) if isinstance(n, Estimate) else ABSENT for n in numbers]
        told = text.format(*words) if any(isinstance(n, Estimate) for n in numbers) else ""
        _axis(console, name, answer, told=told, silent=True)
    _axis(console, "claim", entry.claim, reason=True)
    attainable = metrics["mean_cosine"].p_attainable
    if attainable is not None:
        console.print(
            f"  the smallest p that so few seeds can give is {attainable:.2g}; "
            "words rest on the intervals, for normal seeds"
        )


def _title(entry: "ComparisonResult", results: "ComparisonResults") -> str:
    """Both sides, with their seeds, and their widths where these differ."""
    sides = []
    for letter, name, d in (("B", entry.name, entry.d.b), ("A", entry.against, entry.d.a)):
        size = [] if results.conditions is None else [f"{results.conditions[name].seeds} seeds"]
        size += [f"d = {d}"] if entry.d.a != entry.d.b else []
        sides.append(f"{letter} = {name} ({', '.join(size)})" if size else f"{letter} = {name}")
    return " against ".join(sides)


def _from_to(axis: "VerdictResult", what: str) -> str:
    """What A and B are called, each by itself."""
    return f"A {axis.numbers[f'{what}_a']}, B {axis.numbers[f'{what}_b']}"


def _axis(
    console: "Console",
    name: str,
    axis: "VerdictResult",
    *,
    reason: bool = False,
    told: str = "",
    silent: bool = False,
) -> None:
    """The word; why, where that is not what the legend says and `silent` does not forbid it."""
    from rich.text import Text

    legend = axis.verdict in ("REDUCED", "INCREASED", "UNCHANGED", "INCONCLUSIVE") or silent
    because = axis.reason if reason or not legend else ""
    why = "; ".join(part for part in (told, because) if part)
    first, *more = textwrap.wrap(why, max(console.width - WORD_END, 30)) or [""]
    line = Text(f"  {name:<{NAME}}").append(f"{axis.verdict:<{WORD_END - NAME - 2}}", style="bold")
    if len(axis.verdict) >= WORD_END - NAME - 2 and first:  # too long for its column: the reason below it
        more, first = [first, *more], ""
    line.append(first, style="dim")
    line.rstrip()
    console.print(line, soft_wrap=True)
    for part in more:
        console.print(" " * WORD_END + part, style="dim", soft_wrap=True)


def _differences(console: "Console", metrics: "Differences", keys: Sequence[str], unit: str) -> None:
    from latentlab.metrics.register import shown_in

    names = {**shown_in("compare"), "effective_rank_over_d": "effective rank / d"}
    for key in keys:
        if key in metrics:
            _row(console, names[key], metrics[key], unit)


def _row(console: "Console", label: str, found: "DifferenceResult", unit: str) -> None:
    cells = [_value(found.a, 3), _value(found.b, 3), in_words(found.delta, decimals=3, sign=True)]
    smallest = is_bound(found.p, found.p_attainable)
    cells += [p_value(p, bound=smallest) for p in (found.p, found.p_holm)]
    if unit == "seeds":
        cells += [_value(found.hedges_g, 2), _value(found.cliffs_delta, 2)]
    else:
        cells.append(p_value(found.p_equivalence))
    _line(console, label, cells)


def _sign_flips(console: "Console", tests: "Sequence[SignFlip]") -> None:
    cells = [p_value(test.p, bound=is_bound(test.p, test.attainable)) for test in tests]
    _line(console, "p of no mean direction", [*cells, ""])


def _line(console: "Console", label: str, cells: Sequence[str], *, style: str = "") -> None:
    widths = [CELL, CELL, DELTA, *[P] * len(cells)]
    # A cell that is wider than its column keeps apart from the one before it.
    text = "".join(f"{cell:>{max(width, len(cell) + 1)}}" for cell, width in zip(cells, widths, strict=False))
    console.print(f"    {label:<{LABEL - 4}}{text}".rstrip(), style=style, soft_wrap=True)


def _value(estimate: Estimate | None, decimals: int) -> str:
    return ABSENT if estimate is None or estimate.value is None else number(estimate.value, decimals)
