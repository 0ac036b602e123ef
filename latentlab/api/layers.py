"""`measure_layers`: every layer of frozen encoders, as `latentlab anisotropy --layers` does it."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from latentlab.api import loading
from latentlab.api.arrays import spaces_of
from latentlab.api.inputs import Inputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentlab.analysis.latents import Progress
    from latentlab.api.loading import Texts
    from latentlab.results import Report


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
    others: "Mapping[str, object] | None" = None,
) -> "Report":
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
        others: Options of the command by name that have no meaning here.

    Raises:
        UsageError: There is no checkpoint, or an option has no meaning.
        CheckpointError: A checkpoint cannot be loaded.
        CorpusError: Sentences cannot be read.
    """
    from latentlab.analysis.layers import layer_profile

    nothing = isinstance(checkpoints, tuple | list) and not checkpoints
    inputs = Inputs.of([] if nothing else spaces_of(checkpoints))
    inputs.check({**(others or {}), "--column": column, "--corpus": texts is not None}, layers=True)
    drawn = loading.draw(
        inputs.folders,
        texts,
        column,
        n,
        seed,
        models=inputs.models,
        encoder=None if encoder is None else Path(encoder),
        offline=offline,
    )
    return layer_profile(
        drawn.models,
        drawn.texts,
        seed=seed,
        encoder=None if encoder is None else Path(encoder),
        offline=offline,
        inputs=inputs.inputs(column) | drawn.inputs,
        progress=progress,
    )
