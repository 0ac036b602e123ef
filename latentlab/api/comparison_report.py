"""The report of `compare`: differences, four answers and a claim for each checkpoint against the baseline."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from latentlab.api.support.document import CommandReport, frame_of
from latentlab.errors import UsageError
from latentlab.metrics import Estimate
from latentlab.results.reports.comparison_results import ComparisonResult, ComparisonResults
from latentlab.results.tables.comparison_rows import comparison_csv, comparison_rows


@dataclass(frozen=True, repr=False)
class Comparison:
    """One checkpoint, or one group of seeds, against the baseline."""

    name: str
    against: str
    content: ComparisonResult = field(hash=False)
    """As it stands in the report."""

    @property
    def claim(self) -> str:
        """Whether the bottleneck cured anisotropy, in the words of docs/metrics.md."""
        return self.content.claim.verdict

    @property
    def reason(self) -> str:
        """Why the claim is that."""
        return self.content.claim.reason

    @property
    def answers(self) -> dict[str, str]:
        """Cone gone? Would centring do? Is the covariance rounder? At what cost? The control, where known."""
        return {key: answer.verdict for key, answer in self.content.answers.items()}

    @property
    def verdict(self) -> dict[str, str]:
        """What changed, by axis."""
        return {key: axis.verdict for key, axis in self.content.axes.items()}

    def __getitem__(self, metric: str) -> Estimate:
        """The difference B − A of a metric of mu, with its 95 % interval."""
        found = self.content.metrics
        if not isinstance(metric, str) or metric not in found:
            raise UsageError(f"{self.name} was not compared by {metric!r}", f"there are: {', '.join(found)}")
        return found[metric].delta

    def __repr__(self) -> str:
        told = ", ".join(f"{key}: {word}" for key, word in self.answers.items())
        return f"{self.name} against {self.against}: {self.claim}" + (f" ({told})" if told else "")


@dataclass(frozen=True, repr=False, eq=False)
class ComparisonReport(CommandReport[ComparisonResults]):
    """What `compare` found."""

    command, figures = "compare", False

    @property
    def comparisons(self) -> dict[str, Comparison]:
        """Every comparison by the name of what is compared with the baseline."""
        found = self.results.comparisons
        return {entry.name: Comparison(entry.name, entry.against, entry) for entry in found}

    @property
    def claim(self) -> str:
        """That of the only comparison; of several see `comparisons`."""
        return self._only("claim").claim

    @property
    def reason(self) -> str:
        """Why the only comparison has its claim; of several see `comparisons`."""
        return self._only("reason").reason

    @property
    def answers(self) -> dict[str, str]:
        """Those of the only comparison; of several see `comparisons`."""
        return self._only("answers").answers

    def __getitem__(self, metric: str) -> Estimate:
        """The difference B − A of the only comparison; of several see `comparisons`."""
        return self._only(metric)[metric]

    def __iter__(self) -> Iterator[Comparison]:
        return iter(self.comparisons.values())

    def __len__(self) -> int:
        return len(self.comparisons)

    def to_frame(self) -> Any:
        """A pandas.DataFrame: a row for each difference, answer and claim; UsageError without pandas."""
        return frame_of(comparison_rows(self.report))

    def tables(self) -> dict[str, str]:
        """Tables as text, by the names of their files."""
        from latentlab.results.tables.comparison_latex import comparison_latex

        return {"table.csv": comparison_csv(self.report), "table.tex": comparison_latex(self.report)}

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))

    def _repr_html_(self) -> str:
        """A line a comparison."""
        return "<br>".join(escape(repr(comparison)) for comparison in self)

    def _only(self, what: str) -> Comparison:
        if len(self) != 1:
            names = ", ".join(map(repr, self.comparisons))
            raise UsageError(
                f"'{what}' of which of {len(self)} comparisons?", f"report.comparisons[NAME], of {names}"
            )
        return next(iter(self))
