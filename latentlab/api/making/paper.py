"""`study`: all that a paper wants of two checkpoints, as `latentlab report` writes it."""

import shlex
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentlab.api.support import checkpoint_inputs, path_inputs
from latentlab.api.support.option_checks import between, labels, one_of, whole
from latentlab.api.support.path_inputs import path_of
from latentlab.errors import InputError

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.api.support.checkpoint_inputs import Texts
    from latentlab.figures.output.venues import Width

_MOST = 2**53


def study(
    checkpoints: object,
    out: str | PathLike[str],
    *,
    texts: "Texts | None" = None,
    column: str | None = None,
    group: "str | Sequence[object] | None" = None,
    n: int = 5000,
    pairs: int = 200,
    venue: str | None = None,
    width: "Width" = "full",
    overwrite: bool = False,
    seed: int = 0,
    encoder: str | PathLike[str] | None = None,
    offline: bool = False,
    progress: "Progress | None" = None,
) -> list[str]:
    """Write all that a paper wants of two checkpoints: figures, tables, a results section.

    Args:
        checkpoints: Checkpoints that `load` gave, folders of checkpoints, or a list of these. The others are
            compared with the first.
        out: Folder for the files; a new or an empty one.
        texts: Sentences: a list, a `Corpus`, a file. Default: the shipped ones.
        column: Which column of a file has the sentences.
        group: What belongs together and moves as one: a column, or labels of texts in a list.
        n: Sentences that are measured.
        pairs: Of the shipped pairs of sentences, to walk.
        venue: Draw at the size of acl, aistats, colm, iclr, icml, jmlr, neurips or tmlr.
        width: `column` or `full`, of the venue.
        overwrite: Replace what an earlier report left there.
        seed: Of everything that is drawn.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        The names of the files; begin with `results.md`. `manifest.json` has the hash of every other one, and
        the command that makes them again where everything that was given lies in files.

    Raises:
        UsageError: There is no such venue, or an option has no meaning.
        InputError: The folder holds something else than a report.
        CheckpointError: A checkpoint cannot be loaded.
        CorpusError: Sentences cannot be read.
    """
    group = labels(group)
    whole(seed=seed, n=n)
    pairs = between("--pairs", pairs, 1, _MOST)
    one_of("--width", width, ("column", "full"))
    from latentlab.analysis.study import StudyOptions
    from latentlab.analysis.study import study as measured
    from latentlab.corpora import data_folder
    from latentlab.corpora.pair_files import load_pairs
    from latentlab.figures.output.bundle import bundle
    from latentlab.figures.output.venues import venue_width
    from latentlab.files import atomic_folder

    if venue is not None:
        venue_width(venue, width)  # before minutes are spent
    folder = path_of(out)
    _check_folder(folder, overwrite=overwrite)
    models, named = path_inputs.models_of(checkpoints, encoder, offline)
    sentences = checkpoint_inputs.corpus_of(texts, column, group)
    checkpoint_inputs.say_other_groups(models, checkpoint_inputs.name_of(group))
    walked, _ = load_pairs(data_folder() / "pairs.jsonl")
    with atomic_folder(folder, overwrite=overwrite) as temporary:
        reports = measured(
            models,
            sentences,
            walked,
            StudyOptions(n=n, pairs=pairs, seed=seed),
            own=texts is not None or group is not None,
            encoder=None if encoder is None else path_of(encoder),
            offline=offline,
            inputs={"paths": list(map(str, named))},
            progress=progress,
        )
        words = ["latentlab", "report", *map(str, named), "--out", str(folder)]
        for option, value, usual in (
            ("--corpus", _name(texts), None),
            ("--column", column, None),
            ("--group", checkpoint_inputs.name_of(group), None),
            ("--n", n, 5000),
            ("--pairs", pairs, 200),
            ("--venue", venue, None),
            ("--width", width, "full"),
            ("--seed", seed, 0),
            ("--encoder", encoder, None),
        ):
            words += [] if value == usual else [option, str(value)]
        files = bundle(reports, shlex.join(words), venue=venue, width=width)
        for name, data in files.items():
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            (temporary / name).write_bytes(data)
    return list(files)


def _check_folder(out: Path, *, overwrite: bool) -> None:
    from latentlab.figures.output.overwrite_guard import not_of_a_report

    if out.is_dir() and any(out.iterdir()):
        if not overwrite:
            raise InputError(f"{out} is a folder with something in it", "--overwrite replaces a report")
        foreign = not_of_a_report(out)
        if foreign:
            raise InputError(
                f"{out} is not a report alone: {foreign}", "move that elsewhere, or give another name"
            )


def _name(texts: Any) -> str | None:
    """As the manifest names the sentences: a file, or that they were in memory."""
    return None if texts is None else str(texts) if isinstance(texts, str | PathLike) else "texts"
