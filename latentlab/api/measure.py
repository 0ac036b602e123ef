"""`measure`: spaces side by side, as `latentlab anisotropy` does it."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from latentlab.api.anisotropy_report import AnisotropyReport
from latentlab.api.support import checkpoint_inputs
from latentlab.api.support.arrays import spaces_of, vectors_of
from latentlab.api.support.inputs import Inputs
from latentlab.api.support.option_checks import labels, whole
from latentlab.api.support.path_inputs import path_of
from latentlab.errors import UsageError

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.api.support.checkpoint_inputs import Texts
    from latentlab.metrics.streaming.accumulator import State

    Groups = str | Sequence[object]


def measure(
    x: object = (),
    *,
    mu: object = None,
    logvar: object = None,
    texts: "Texts | None" = None,
    column: str | None = None,
    group: "Groups | None" = None,
    n: int | None = None,
    sample: int | None = None,
    drop_nonfinite: bool = False,
    state: "str | PathLike[str] | None" = None,
    like: "str | PathLike[str] | None" = None,
    first_row: int | None = None,
    seed: int = 0,
    encoder: "str | PathLike[str] | None" = None,
    offline: bool = False,
    progress: "Progress | None" = None,
) -> AnisotropyReport:
    """Measure spaces: is there a cone, over how many directions is the spread shared, is a posterior alive?

    Args:
        x: Vectors (n, d): an array, a list of rows, a tensor, a column of a table whose cells are
            vectors, a file (.npy, .safetensors, .parquet); a checkpoint that `load` gave, a folder of
            checkpoints; or a list of these; or a dict of arrays by name.
        mu: Means of a posterior (n, d), an array or a file; needs `logvar`.
        logvar: Log variances, log σ², of the same rows.
        texts: Sentences for checkpoints: a list, all of which are taken; a `Corpus`; a file. Default: the
            shipped ones.
        column: Of a file: which of its columns has the sentences, or the vectors.
        group: What belongs together and moves as one: labels, one a row; a column; a file of labels.
        n: Sentences drawn for checkpoints; default 5,000, or all of fewer.
        sample: Rows kept for metrics of pairs; default 3,000.
        drop_nonfinite: Leave rows of vectors with NaN or infinity out, and count them.
        state: Save the sums of the one file or array there too (.safetensors), to be merged.
        like: Make sums that merge with those of this saved state.
        first_row: Number of the first row, in a piece of a larger cloud.
        seed: Of everything that is drawn.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Every metric of every space as an `Estimate`, with verdicts; the report of the command.

    Raises:
        UsageError: There is nothing to measure, or an option has no meaning for it.
        LatentsError: Vectors have the wrong shape, type or content.
        CheckpointError: There is no checkpoint at a path, or it cannot be loaded.
        CorpusError: Sentences cannot be read.

    Examples:
        >>> import numpy as np
        >>> r = measure(np.random.default_rng(0).standard_normal((400, 8)) + 1.0)
        >>> r["mean_cosine"], r.verdict["cone"]
        (Estimate 0.491 ± 0.024, 'MODERATE TO STRONG')
    """
    group = labels(group)
    whole(seed=seed, n=n, sample=sample, first_row=first_row)
    inputs = _inputs(x, mu, logvar)
    inputs.check(
        {
            "--state": None if state is None else path_of(state),
            "--like": None if like is None else path_of(like),
            "--first-row": first_row,
            "--sample": sample,
            "--drop-nonfinite": drop_nonfinite,
            "--group": group is not None,
            "--corpus": texts is not None,
            "--n": n,
            "--encoder": encoder,
            "--offline": offline,
            "--column": column,
        },
        layers=False,
    )
    from latentlab.analysis.anisotropy.spaces import Groups as Labels
    from latentlab.analysis.anisotropy.spaces import measure_spaces
    from latentlab.results.accumulator_files import SavedState

    first, seed, sample = _setting(None if like is None else path_of(like), seed, sample)
    files, pair = inputs.open(column)
    of_files, of_pair = inputs.groups(group, files, pair, first_row or 0)
    drawn = checkpoint_inputs.draw(
        inputs.folders,
        texts,
        None if inputs.has_columns else column,
        n,
        seed,
        models=inputs.models,
        group=group,
        encoder=None if encoder is None else path_of(encoder),
        offline=offline,
    )
    found = measure_spaces(
        models=drawn.models,
        texts=drawn.texts,
        files=files,
        pair=pair,
        drop_nonfinite=drop_nonfinite,
        directions=state is not None,
        like=first,
        first_row=first_row or 0,
        groups=Labels(drawn.groups, of_files, of_pair),
        inputs=inputs.inputs(column) | checkpoint_inputs.named(group) | drawn.inputs,
        seed=seed,
        sample=sample,
        progress=progress,
    )
    if state is not None and found.state is not None:
        SavedState(files[0].name, found.state).write(path_of(state))
    return AnisotropyReport(found.report, tuple(found.warnings), found.state)


def merge_states(
    states: "Sequence[str | PathLike[str]]", *, progress: "Progress | None" = None
) -> AnisotropyReport:
    """Put the saved sums of the pieces of a cloud together: the report that one pass over all rows gives.

    Args:
        states: Files that `measure(..., state=FILE)` wrote, all but the first with `like` and `first_row`.
        progress: Called with what is being done, how much is done and of how much.

    Raises:
        LatentsError: A state cannot be read, or does not belong to the others.

    >>> import latentlab as ll, numpy as np, tempfile
    >>> x = np.random.default_rng(0).standard_normal((200, 4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first, second = f"{folder}/1.safetensors", f"{folder}/2.safetensors"
    ...     _ = ll.measure(x[:120], state=first)
    ...     _ = ll.measure(x[120:], state=second, like=first, first_row=120)
    ...     ll.merge_states([first, second])["mean_cosine"].n
    200
    """
    from latentlab.analysis.anisotropy.spaces import merge_spaces

    if isinstance(states, str | PathLike):
        states = [states]
    paths = list(map(path_of, states))
    found = merge_spaces(paths, inputs={"states": paths}, progress=progress)
    return AnisotropyReport(found.report, tuple(found.warnings), found.state)


def _inputs(x: object, mu: object, logvar: object) -> Inputs:
    nothing = isinstance(x, tuple | list) and not x
    return Inputs.of(
        [] if nothing else spaces_of(x),
        None if mu is None else vectors_of(mu, "mu"),
        None if logvar is None else vectors_of(logvar, "logvar"),
    )


def _setting(like: Path | None, seed: int, sample: int | None) -> "tuple[State | None, int, int]":
    """The state that sums are to be like, if any, and its seed and sample, or those asked for."""
    from latentlab.results.accumulator_files import SavedState

    if like is None:
        return None, seed, sample or checkpoint_inputs.USUAL_SAMPLE
    state = SavedState.read(like).state
    wanted = state.setting
    if seed not in (0, wanted.seed) or sample not in (None, wanted.subsample):
        raise UsageError(
            f"{like} has seed {wanted.seed} and sample {wanted.subsample}, and others do not merge with it",
            "omit --seed and --sample",
        )
    return state, wanted.seed, wanted.subsample
