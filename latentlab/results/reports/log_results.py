"""What figures of a training and of a map are drawn from."""

from dataclasses import dataclass

from latentlab.results.reports.typed import Part, check_lengths


@dataclass(frozen=True)
class LogColumn(Part):
    """One logged number."""

    step: tuple[int, ...]
    value: tuple[float, ...]

    def __post_init__(self) -> None:
        check_lengths(step=self.step, value=self.value)


@dataclass(frozen=True)
class LogResult(Part):
    """The log of one run."""

    name: str
    log: dict[str, LogColumn]


@dataclass(frozen=True)
class TrainingResults(Part):
    """Logs of trainings."""

    items: tuple[LogResult, ...]


@dataclass(frozen=True)
class MapPoints(Part):
    """Two coordinates a sentence."""

    cloud: str
    method: str | None
    x: tuple[float, ...]
    y: tuple[float, ...]
    text: tuple[str, ...]

    def __post_init__(self) -> None:
        check_lengths(x=self.x, y=self.y, text=self.text)


@dataclass(frozen=True)
class MapResult(Part):
    """The map of one checkpoint."""

    name: str
    map: MapPoints


@dataclass(frozen=True)
class MapResults(Part):
    """Maps of several checkpoints."""

    items: tuple[MapResult, ...]
