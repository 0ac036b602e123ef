"""Checkpoints and files of vectors in one report, and what a reader should be told about the lot."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt64

from latentlab.analysis.anisotropy.row_warnings import DEPENDENT, OF_FILES, copy_warnings, row_warnings
from latentlab.analysis.anisotropy.spaces_report import Item, measure_models
from latentlab.analysis.anisotropy.vector_clouds import (
    item_of,
    measure_vectors,
    merge_states,
    setting_of,
    transpose,
)
from latentlab.analysis.anisotropy.vector_pairs import measure_pair
from latentlab.analysis.clouds import LoadedModel, Progress
from latentlab.analysis.report_provenance import report_provenance
from latentlab.errors import UsageError
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import SUBSAMPLE
from latentlab.results import Inputs, Report, versions
from latentlab.results.accumulator_files import SavedState
from latentlab.results.reports.provenance import Provenance
from latentlab.results.reports.space_results import AnisotropyResults
from latentlab.results.vectors.vector_file import Vectors

SpaceWarning = tuple[str, str | None]
"""What is to be said, and a hint or None."""


@dataclass(frozen=True)
class Spaces:
    """A report, what a reader should be told of it, and the state of the only file, where it was one."""

    report: Report[AnisotropyResults]
    warnings: list[SpaceWarning]
    state: State | None = None


@dataclass(frozen=True)
class Groups:
    """Labels of the groups that rows come in, from `group_labels`; None where they do not."""

    texts: UInt64[np.ndarray, " n"] | None = None
    files: Sequence[UInt64[np.ndarray, " n"]] = ()
    """One array a file, or nothing."""
    pair: UInt64[np.ndarray, " n"] | None = None


def measure_spaces(
    *,
    models: Sequence[LoadedModel] = (),
    texts: Sequence[str] = (),
    files: Sequence[Vectors] = (),
    pair: tuple[Vectors, Vectors] | None = None,
    seed: int,
    sample: int = SUBSAMPLE,
    drop_nonfinite: bool = False,
    directions: bool = False,
    like: State | None = None,
    first_row: int = 0,
    groups: Groups = Groups(),
    inputs: Inputs | None = None,
    progress: Progress | None = None,
) -> Spaces:
    """Measure checkpoints on sentences, and vectors from files.

    Args:
        models: Loaded checkpoints.
        texts: Sentences for them, at least two.
        files: Clouds as they are.
        pair: Means and log variances of a posterior.
        seed: Of everything that is drawn.
        sample: Rows that are kept for metrics of pairs.
        drop_nonfinite: Leave rows of files with NaN or infinity out, and count them.
        directions: Make the state of a single file one that can be saved and merged.
        like: A state that it is to be merged with; seed and sample are then those of this state.
        first_row: Number of its first row.
        groups: Labels of the groups that sentences or rows come in.
        inputs: What else the report should say was asked for.
        progress: Called with what is being done, how much is done and of how much.

    Raises:
        UsageError: There is nothing to measure.
        LatentsError: A file cannot be measured; `measure_vectors` says when.
    """
    if not (models or files or pair):
        raise UsageError("there is nothing to measure", "give checkpoint folders or files of vectors")
    items: list[Item] = []
    if models:
        shared: dict[str, Any] = {"seed": seed, "sample": sample, "progress": progress}
        items = measure_models(models, texts, groups=groups.texts, **shared)
    state = None
    for number, file in enumerate(files):
        setting = setting_of(file.d, seed=seed, sample=sample, directions=directions)
        state, item = measure_vectors(
            file,
            seed=seed,
            drop_nonfinite=drop_nonfinite,
            setting=setting,
            like=like,
            first_row=first_row,
            groups=groups.files[number] if groups.files else None,
            progress=progress,
        )
        items.append(item)
    if pair:
        setting = setting_of(pair[0].d, seed=seed, sample=sample, directions=True)
        items.append(
            measure_pair(
                *pair,
                seed=seed,
                drop_nonfinite=drop_nonfinite,
                setting=setting,
                groups=groups.pair,
                progress=progress,
            )
        )
    items = _told_apart(items)
    about = report_provenance(models, {"measured": texts} if models else {}, seed, sharded=True)
    inputs = {**(inputs or {}), "sample": sample}
    if models:
        inputs = {**inputs, "n": len(texts)}
    if files or pair:
        inputs = {**inputs, "drop_nonfinite": drop_nonfinite, "first_row": first_row}
        hashes = {file.where: file.fingerprint() for file in (*files, *(pair or ()))}
        about = replace(about, vectors=hashes)
    return Spaces(
        _report(items, seed, inputs, about), space_warnings(items), state if len(files) == 1 else None
    )


def merge_spaces(
    saved: Sequence[Path], *, inputs: Inputs | None = None, progress: Progress | None = None
) -> Spaces:
    """The report on all rows that the saved states have seen, as if they had been read at once.

    Raises:
        LatentsError: A state cannot be read, or does not belong to the others.
    """

    def read() -> Iterator[SavedState]:
        # One at a time: a state may be a quarter of a gigabyte.
        for done, path in enumerate(saved, start=1):
            yield SavedState.read(path)
            if progress:
                progress("adding states", done, len(saved))

    whole = merge_states(read())
    seed = whole.state.setting.seed
    items = [item_of(whole.state, whole.name)]
    about = Provenance(seed=seed, shards=whole.state.setting.shards, versions=versions())
    return Spaces(_report(items, seed, inputs, about), space_warnings(items), whole.state)


def space_warnings(items: Sequence[Item]) -> list[SpaceWarning]:
    """What has to be said before anything is read off.

    Rows that were left out of a file, more dimensions than rows, rows that are zero or repeat each other,
    dimensions that do not vary, widths and sizes that differ.
    """
    said: list[SpaceWarning] = []
    for item in items:
        cloud = item.primary
        if item.fingerprint is None and cloud.note:
            said.append((f"{item.name}: {cloud.note}", transpose(item.path) if cloud.n < cloud.d else None))
    # A file of vectors has no columns beside it, but for a .parquet.
    bare = all(item.kind == "vectors" and not (item.path or "").endswith(".parquet") for item in items)
    said += [(warning, OF_FILES if bare else DEPENDENT) for warning in copy_warnings(items)]
    said += [(warning, None) for warning in row_warnings(items)]
    latents = [item.primary for item in items]
    for letter, sizes, meaning in (
        ("d", [cloud.d for cloud in latents], "only metrics that do not depend on d can be compared"),
        ("n", [cloud.n for cloud in latents], "read each number beside its own isotropic value"),
    ):
        if len(set(sizes)) > 1:
            said.append((f"{letter} differs ({', '.join(map(str, dict.fromkeys(sizes)))}): {meaning}", None))
    return said


def _report(
    items: Sequence[Item], seed: int, inputs: Inputs | None, about: Provenance
) -> Report[AnisotropyResults]:
    asked = {**(inputs or {}), "seed": seed}
    return Report.of("anisotropy", inputs=asked, results={"items": items}, provenance=about)


def _told_apart(items: Sequence[Item]) -> list[Item]:
    """Items of one name are called by their folder too, and by their kind where they are one file."""
    for longer in (_with_folder, _with_kind):
        names = Counter(item.name for item in items)
        items = [replace(item, name=longer(item)) if names[item.name] > 1 else item for item in items]
    return list(items)


def _with_folder(item: Item) -> str:
    return f"{Path(item.path).resolve().parent.name}/{item.name}" if item.path else item.name


def _with_kind(item: Item) -> str:
    return f"{item.name} ({item.kind})"
