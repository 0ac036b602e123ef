"""`measure_layers`: every layer of frozen encoders, as `latentlab anisotropy --layers` does it."""

from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from latentlab.api.support import checkpoint_inputs
from latentlab.api.support.arrays import spaces_of
from latentlab.api.support.document import CommandReport, frame_of
from latentlab.api.support.inputs import Inputs
from latentlab.api.support.option_checks import whole
from latentlab.api.support.path_inputs import path_of
from latentlab.results import Report, rows, to_csv
from latentlab.results.reports.space_results import EncoderResult, LayersResults
from latentlab.results.tables.latex import Column, tabular
from latentlab.results.tables.metric_rows import of_cloud

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.api.support.checkpoint_inputs import Texts

SHOWN = (
    "mean_cosine",
    "mean_energy_ratio",
    "isoscore_debiased",
    "effective_rank",
    "top1_variance_share",
    "cc_share_top1",
)
"""Metrics of the table."""


@dataclass(frozen=True, repr=False, eq=False)
class LayersReport(CommandReport[LayersResults]):
    """What `measure_layers` found: every layer of every encoder."""

    command = "layers"

    def to_frame(self) -> Any:
        """A pandas.DataFrame: a row for each metric of each layer; UsageError without pandas."""
        return frame_of(rows(self.report))

    def tables(self) -> dict[str, str]:
        """Tables as text, by the names of their files."""
        return {"table.csv": to_csv(self.report), "table.tex": _latex(self.report)}

    def __repr__(self) -> str:
        return "\n".join(map(_line, self.results.items))


def _line(item: EncoderResult) -> str:
    values = [str(layer.metrics["mean_cosine"]) for layer in item.layers]
    return f"{item.name}, mean cosine by layer: {', '.join(values)}"


def _latex(report: Report[LayersResults]) -> str:
    """A LaTeX tabular an encoder, with a column a layer."""

    def of(item: EncoderResult) -> str:
        columns = [Column(f"layer {layer.layer}", tuple(of_cloud("pooled", layer))) for layer in item.layers]
        return f"% {item.name}\n{tabular(columns, SHOWN)}"

    return "\n".join(map(of, report.results.items))


def measure_layers(
    checkpoints: object,
    *,
    texts: "Texts | None" = None,
    column: str | None = None,
    n: int | None = None,
    seed: int = 0,
    encoder: "str | PathLike[str] | None" = None,
    offline: bool = False,
    progress: "Progress | None" = None,
) -> LayersReport:
    """Measure every layer of every distinct encoder of the checkpoints on the same sentences.

    Args:
        checkpoints: Checkpoints that `load` gave, folders of checkpoints, or a list of these.
        texts: Sentences: a list, all of which are taken; a `Corpus`; a file. Default: the shipped ones.
        column: Which column of a file has the sentences.
        n: Sentences drawn; default 5,000, or all of fewer.
        seed: Of everything that is drawn.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.

    Raises:
        UsageError: There is no checkpoint, or an option has no meaning.
        CheckpointError: A checkpoint cannot be loaded.
        CorpusError: Sentences cannot be read.

    >>> import latentlab as ll
    >>> report = ll.measure_layers("data/checkpoints/vib", n=40)
    >>> [layer.layer for layer in report.results.items[0].layers]
    [0, 1, 2, 3, 4, 5, 6]
    """
    from latentlab.analysis.anisotropy.layer_profiles import layer_profile
    from latentlab.analysis.anisotropy.row_warnings import OF_LAYERS

    whole(seed=seed, n=n)
    nothing = isinstance(checkpoints, tuple | list) and not checkpoints
    inputs = Inputs.of([] if nothing else spaces_of(checkpoints))
    inputs.check({"--column": column, "--corpus": texts is not None}, layers=True)
    drawn = checkpoint_inputs.draw(
        inputs.folders,
        texts,
        column,
        n,
        seed,
        models=inputs.models,
        encoder=None if encoder is None else path_of(encoder),
        offline=offline,
    )
    report = layer_profile(
        drawn.models,
        drawn.texts,
        seed=seed,
        encoder=None if encoder is None else path_of(encoder),
        offline=offline,
        inputs=inputs.inputs(column) | drawn.inputs,
        progress=progress,
    )
    told = [(item.name, warning) for item in report.results.items for warning in item.warnings]
    hints = (
        OF_LAYERS if "repeat another" in warning or "near copy" in warning else None for _, warning in told
    )
    return LayersReport(
        report, tuple((f"{name}, {warning}", hint) for (name, warning), hint in zip(told, hints, strict=True))
    )
