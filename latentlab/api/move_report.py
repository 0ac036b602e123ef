"""The report of `move`: texts by checkpoint, a table, files."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from latentlab.api.support.document import CommandReport, frame_of
from latentlab.errors import UsageError
from latentlab.metrics import Estimate
from latentlab.results.reports.decoding_results import MoveResult, MoveResults
from latentlab.results.tables.column_files import to_csv_text


@dataclass(frozen=True, repr=False)
class Moved:
    """What one checkpoint decodes, in the order in which it was moved."""

    name: str
    content: MoveResult
    """As it stands in the report."""

    @property
    def texts(self) -> list[str]:
        """The decoded texts, one a point."""
        return [step.text for step in self.content.steps]

    @property
    def labels(self) -> list[str]:
        """What each point is: a strength, a place along a dimension, the number of a draw."""
        return [step.label for step in self.content.steps]

    @property
    def scores(self) -> dict[float, dict[str, Estimate]]:
        """Of an attribute of the grammar: strength -> shares `right` and `unmoved`; else empty."""
        found = self.content.scores or ()
        return {score.strength: {"right": score.right, "unmoved": score.unmoved} for score in found}

    def __repr__(self) -> str:
        lines = [f"{label}: {text}" for label, text in zip(self.labels, self.texts, strict=True)]
        return "\n".join([self.name, *(f"  {line}" for line in lines)])


@dataclass(frozen=True, repr=False, eq=False)
class MoveReport(CommandReport[MoveResults]):
    """What `move` found."""

    unused_lines: tuple[str, ...] = ()
    """What is wrong with lines of a file of pairs that are no pair, a line each."""
    unused_sentences: tuple[str, ...] = ()
    """What is wrong with sentences of pairs that a model cannot write, a line each."""

    command, figures = "move", False

    @property
    def checkpoints(self) -> dict[str, Moved]:
        """Every checkpoint's texts by its name."""
        found: dict[str, Moved] = {}
        for item in self.results.items:
            name, others = item.name, 1
            while name in found:
                others += 1
                name = f"{item.name} ({others})"
            found[name] = Moved(name, item)
        return found

    @property
    def texts(self) -> list[str]:
        """Those of the only checkpoint, in order; of several see `checkpoints`."""
        return self._only("texts").texts

    @property
    def labels(self) -> list[str]:
        """What each text of the only checkpoint is; of several see `checkpoints`."""
        return self._only("labels").labels

    @property
    def scores(self) -> dict[float, dict[str, Estimate]]:
        """Those of the only checkpoint; of several see `checkpoints`."""
        return self._only("scores").scores

    def __iter__(self) -> Iterator[Moved]:
        return iter(self.checkpoints.values())

    def __len__(self) -> int:
        return len(self.checkpoints)

    def to_frame(self) -> Any:
        """A pandas.DataFrame: a row for each text of each checkpoint; UsageError without pandas."""
        return frame_of(self._columns())

    def tables(self) -> dict[str, str]:
        """Tables as text, by the names of their files."""
        return {"table.csv": to_csv_text(self._columns())}

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))

    def _repr_html_(self) -> str:
        """Labels downwards, checkpoints side by side."""
        there = list(self)
        head = "".join(f"<th style='text-align:left'>{escape(moved.name)}</th>" for moved in there)
        body = ""
        for i, label in enumerate(there[0].labels):
            cells = "".join(f"<td style='text-align:left'>{escape(moved.texts[i])}</td>" for moved in there)
            body += f"<tr><th style='text-align:right'>{escape(label)}</th>{cells}</tr>"
        return f"<table><tr><th></th>{head}</tr>{body}</table>"

    def _columns(self) -> dict[str, list[str]]:
        return {
            "checkpoint": [moved.name for moved in self for _ in moved.labels],
            "label": [label for moved in self for label in moved.labels],
            "text": [text for moved in self for text in moved.texts],
        }

    def _only(self, what: str) -> Moved:
        if len(self) != 1:
            names = ", ".join(map(repr, self.checkpoints))
            raise UsageError(
                f"'{what}' of which of {len(self)} checkpoints?", f"report.checkpoints[NAME], of {names}"
            )
        return next(iter(self))
