"""What figures take from a report: items and parts of them, each with its name and its place.

What an item has is drawn; where none has anything for a figure, a UsageError names what is missing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from latentlab.errors import UsageError
from latentlab.figures.names import short_names
from latentlab.metrics.verdicts.gate import SILENT
from latentlab.results import Report
from latentlab.results.reports.decoding_results import PathCurves, PathsResult
from latentlab.results.reports.noise_results import ConstellationResult, MemorisationResult, NoiseResult
from latentlab.results.reports.space_results import CloudResult, EncoderResult, PosteriorResult, SpaceResult

T = TypeVar("T", covariant=True)
U = TypeVar("U")
SweepResult = NoiseResult | MemorisationResult
"""Items that were decoded with noise of several sizes."""


@dataclass(frozen=True)
class Drawn(Generic[T]):
    """What a figure draws of one item: the item, one of its clouds, its posterior."""

    owner: str
    """Whose it is, as it is printed."""
    index: int
    """Place of the item in the report, which decides on its colour."""
    content: T
    kind: str = ""
    """Key of a cloud."""
    collapsed: str = ""
    """What the gate calls a posterior that says nothing, else empty."""

    def of(self, content: U) -> "Drawn[U]":
        """A part of the same item."""
        return Drawn(self.owner, self.index, content, self.kind, self.collapsed)


def items_of(report: Report[Any], kind: type[T]) -> list[Drawn[T]]:
    """The items of one type; a report of another command has none."""
    items: Sequence[Any] = report.results.items
    names = short_names([item.name for item in items])
    found = enumerate(zip(names, items, strict=True))
    return [Drawn(owner, index, item) for index, (owner, item) in found if isinstance(item, kind)]


def clouds(
    report: Report[Any], kinds: Sequence[str], has: Callable[[CloudResult], object]
) -> list[Drawn[CloudResult]]:
    """Clouds of these kinds that have something; pooled vectors once for each encoder, before all others."""
    found = list(_pooled(report)) if "pooled" in kinds else []
    for entry in _spaces(report):
        there = [kind for kind in kinds if kind != "pooled" and kind in entry.content.clouds]
        found += [replace(entry.of(entry.content.clouds[kind]), kind=kind) for kind in there]
    return [entry for entry in found if has(entry.content)]


def posteriors(report: Report[Any]) -> list[Drawn[PosteriorResult]]:
    """Posteriors of variational items."""
    return [
        entry.of(posterior)
        for entry in _spaces(report)
        if (posterior := entry.content.posterior) and posterior.kl_per_dim
    ]


def profiles(report: Report[Any]) -> list[Drawn[EncoderResult]]:
    """Encoders that were measured layer by layer."""
    return [entry for entry in items_of(report, EncoderResult) if entry.content.layers]


def path_curves(report: Report[Any]) -> list[Drawn[PathCurves]]:
    """Curves along paths between sentences."""
    items = items_of(report, PathsResult)
    return [entry.of(curves) for entry in items if (curves := entry.content.curves) and curves.alpha]


def sweeps(report: Report[Any]) -> list[Drawn[SweepResult]]:
    """Items that were decoded with noise of several sizes."""
    found: list[Drawn[SweepResult]] = [*items_of(report, NoiseResult), *items_of(report, MemorisationResult)]
    return [entry for entry in found if entry.content.points]


def constellations(report: Report[Any]) -> list[Drawn[ConstellationResult]]:
    """Items of which a plane through a few sentences was decoded."""
    items = items_of(report, NoiseResult)
    return [entry.of(found) for entry in items if (found := entry.content.constellation)]


def require(found: list[T], what: str, hint: str) -> list[T]:
    """What was found; UsageError where it is nothing."""
    if not found:
        raise UsageError(f"there is nothing to draw: the report has no {what}", hint)
    return found


def by_owner(found: Iterable[Drawn[T]]) -> list[list[Drawn[T]]]:
    """Clouds of one item together, encoders apart from items, in the order of the report."""
    groups: dict[tuple[bool, int], list[Drawn[T]]] = {}
    for entry in found:
        groups.setdefault((entry.kind != "pooled", entry.index), []).append(entry)
    return list(groups.values())


def _spaces(report: Report[Any]) -> list[Drawn[SpaceResult]]:
    found = items_of(report, SpaceResult)
    words = [entry.content.gate.verdict for entry in found]
    return [
        replace(entry, collapsed=word.lower() if word in SILENT else "")
        for entry, word in zip(found, words, strict=True)
    ]


def _pooled(report: Report[Any]) -> Iterator[Drawn[CloudResult]]:
    checkpoints = report.provenance.checkpoints
    several = len({entry.encoder for entry in checkpoints.values()}) > 1
    seen = set()
    for entry in items_of(report, SpaceResult):
        if "pooled" not in entry.content.clouds:
            continue
        known = checkpoints.get(entry.content.name)
        key = None if known is None else known.encoder
        if key not in seen:
            seen.add(key)
            owner = f"encoder of {entry.owner}" if several else "encoder"
            yield Drawn(owner, entry.index, entry.content.clouds["pooled"], "pooled")
