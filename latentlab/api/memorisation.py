"""`memorisation`: is a decoder a table of its training sentences? As `latentlab memorisation` asks it."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from latentlab.api.support import checkpoint_inputs, path_inputs
from latentlab.api.support.document import CommandReport, frame_of
from latentlab.api.support.option_checks import labels, real, whole
from latentlab.results.reports.noise_results import MemorisationResults
from latentlab.results.tables.memorisation_tables import (
    memorisation_csv,
    memorisation_latex,
    memorisation_rows,
)

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.api.support.checkpoint_inputs import Texts


@dataclass(frozen=True, repr=False, eq=False)
class MemorisationReport(CommandReport[MemorisationResults]):
    """What `memorisation` found."""

    command = "memorisation"

    @property
    def verdict(self) -> dict[str, str]:
        """By checkpoint: HASH-LIKE, SMOOTH or UNDERTRAINED."""
        return {item.name: item.verdict.verdict for item in self.results.items}

    def to_frame(self) -> Any:
        """A pandas.DataFrame: a row for each criterion and number; UsageError without pandas."""
        return frame_of(memorisation_rows(self.report))

    def tables(self) -> dict[str, str]:
        """Tables as text, by the names of their files."""
        return {
            "table.csv": memorisation_csv(self.report),
            "table.tex": memorisation_latex(self.report),
        }

    def __repr__(self) -> str:
        return "\n".join(
            f"{item.name}: {item.verdict.verdict}, {item.verdict.reason}" for item in self.results.items
        )


def memorisation(
    checkpoints: object,
    texts: "Texts | None" = None,
    *,
    column: str | None = None,
    group: "str | Sequence[object] | None" = None,
    n: int | None = None,
    low: float | int = -10.0,
    high: float | int = 20.0,
    step: float | int = 2.5,
    seeds: int = 2,
    seed: int = 0,
    encoder: "str | PathLike[str] | None" = None,
    offline: bool = False,
    progress: "Progress | None" = None,
) -> MemorisationReport:
    """Ask whether a decoder is a table of its training sentences.

    Args:
        checkpoints: Folders, what `load` gave, or a list of these.
        texts: The sentences that the checkpoints were trained on, of which the hash split holds some out: a
            file, a list, a `Corpus`. Default: the shipped ones.
        column: Which column of a file has the sentences.
        group: What belongs together and moves as one: a column, or labels of texts in a list.
        n: Held-out sentences, at most; default 200.
        low: Lowest SNR of the noise, in dB.
        high: Highest SNR.
        step: From one SNR to the next.
        seeds: Noises for each sentence.
        seed: Of everything that is drawn.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        A verdict for each checkpoint with its criteria, their thresholds and 95 % intervals.

    Raises:
        UsageError: An option has no meaning, or is out of its range.
        CheckpointError: A checkpoint cannot be loaded.
        CorpusError: Sentences cannot be read, or none is held out.
        InputError: There are fewer than 8 held-out sentences.
    """
    group = labels(group)
    whole(seed=seed, n=n, seeds=seeds)
    low, high, step = real(low=low, high=high, step=step)
    from latentlab.analysis.memorisation_report import memorisation as test
    from latentlab.analysis.noise.noise_robustness import Sweep

    asked = Sweep(low, high, step, seeds, seed)
    models, named = path_inputs.models_of(checkpoints, encoder, offline)
    drawn = checkpoint_inputs.draw_part(models, texts, column, "held-out", n, seed, usual=200, group=group)
    report = test(
        models,
        drawn.texts,
        asked,
        corpus=None if texts is None and group is None else drawn.corpus,
        groups=drawn.groups,
        encoder=path_inputs.local_path(encoder),
        offline=offline,
        inputs={"paths": named, **drawn.inputs},
        progress=progress,
    )
    return MemorisationReport(report)
