"""The report of `measure`: numbers by name, verdicts, a table, figures, files."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from latentlab.api.support.document import CommandReport, frame_of
from latentlab.errors import UsageError
from latentlab.metrics import Estimate
from latentlab.results import rows, to_csv, to_latex
from latentlab.results.reports.space_results import AnisotropyResults, SpaceResult

if TYPE_CHECKING:
    from latentlab.metrics.streaming.accumulator import State


@dataclass(frozen=True, repr=False)
class Space:
    """One space of a report."""

    name: str
    content: SpaceResult = field(hash=False)
    """As it stands in the report."""

    @property
    def representation(self) -> str:
        """The cloud that numbers by name and verdicts refer to: `mu`, or `latents` of bare vectors."""
        return self.content.representation

    @property
    def verdict(self) -> dict[str, str]:
        """Verdict by axis: the collapse gate, cone, anisotropy, rogue dimensions, noise."""
        axes = {key: axis.verdict for key, axis in self.content.verdict.items()}
        return {"gate": self.content.gate.verdict, **axes}

    def metrics(self, cloud: str | None = None) -> dict[str, Estimate]:
        """Every estimate of a cloud, `pooled`, `pooled_centred`, `mu`, `z`, `latents` or `posterior`."""
        posterior = self.content.posterior
        there = {key: found.metrics for key, found in self.content.clouds.items()}
        there |= {} if posterior is None else {"posterior": posterior.metrics}
        wanted = self.representation if cloud is None else cloud
        if wanted not in there:
            raise UsageError(f"{self.name} has no cloud '{wanted}'", f"there are: {', '.join(there)}")
        return dict(there[wanted])

    def __getitem__(self, metric: str) -> Estimate:
        """An estimate of the representation that verdicts refer to, or of the posterior."""
        found = self.metrics() | (self.metrics("posterior") if self.content.posterior else {})
        if not isinstance(metric, str) or metric not in found:
            raise UsageError(f"{self.name} has no metric {metric!r}", f"there are: {', '.join(found)}")
        return found[metric]

    def __repr__(self) -> str:
        said = ", ".join(f"{axis} {word}" for axis, word in self.verdict.items())
        return f"{self.name}: {said}; mean cosine {self['mean_cosine']}, IsoScore {self['isoscore_debiased']}"


@dataclass(frozen=True, repr=False, eq=False)
class AnisotropyReport(CommandReport[AnisotropyResults]):
    """What `measure` found."""

    state: "State | None" = None
    """The sums of a single file or array; more of them can be merged."""

    command = "anisotropy"

    @cached_property
    def spaces(self) -> dict[str, Space]:
        """Every space by its name."""
        found: dict[str, Space] = {}
        for item in self.results.items:
            name, others = item.name, 1
            while name in found:
                others += 1
                name = f"{item.name} ({others})"
            found[name] = Space(name, item)
        return found

    @property
    def verdict(self) -> dict[str, str]:
        """That of the only space; of several see `spaces`."""
        return self._only("verdict").verdict

    def metrics(self, cloud: str | None = None) -> dict[str, Estimate]:
        """Every estimate of the only space; of several see `spaces`."""
        return self._only("metrics").metrics(cloud)

    def __getitem__(self, metric: str) -> Estimate:
        """An estimate of the only space; of several see `spaces`."""
        return self._only(metric)[metric]

    def __iter__(self) -> Iterator[Space]:
        return iter(self.spaces.values())

    def __len__(self) -> int:
        return len(self.spaces)

    def to_frame(self) -> Any:
        """A pandas.DataFrame: a row for each metric of each cloud of each space, with se, ci95, reference.

        Raises:
            UsageError: pandas is not installed.
        """
        return frame_of(rows(self.report))

    def tables(self) -> dict[str, str]:
        """Tables as text, by the names of their files."""
        return {"table.csv": to_csv(self.report), "table.tex": to_latex(self.report)}

    def __repr__(self) -> str:
        return "\n".join(f"{space!r}" for space in self)

    def _repr_html_(self) -> str:
        """Verdicts and metrics of every space, side by side."""
        axes = list(dict.fromkeys(axis for space in self for axis in space.verdict))
        found = [(space.verdict, space.metrics()) for space in self]
        lines = [_html_row("", [f"<b>{escape(name)}</b>" for name in self.spaces])]
        lines += [_html_row(axis, [verdict.get(axis, "") for verdict, _ in found]) for axis in axes]
        for key in dict.fromkeys(key for _, metrics in found for key in metrics):
            cells = [str(metrics[key]) if key in metrics else "" for _, metrics in found]
            lines.append(_html_row(key, cells))
        return f"<table>{''.join(lines)}</table>"

    def _only(self, what: str) -> Space:
        if len(self) != 1:
            names = ", ".join(map(repr, self.spaces))
            raise UsageError(f"'{what}' of which of {len(self)} spaces?", f"report.spaces[NAME], of {names}")
        return next(iter(self))


def _html_row(label: str, cells: list[str]) -> str:
    inside = "".join(f"<td>{cell}</td>" for cell in cells)
    return f"<tr><th style='text-align:left'>{label}</th>{inside}</tr>"
