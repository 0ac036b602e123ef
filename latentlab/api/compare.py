"""`compare`: what differs between checkpoints, as `latentlab compare` does it."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentlab.api.comparison_report import ComparisonReport
from latentlab.api.support import checkpoint_inputs
from latentlab.api.support.option_checks import labels, whole
from latentlab.api.support.path_inputs import is_model, models_of, path_of
from latentlab.errors import UsageError

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.api.support.checkpoint_inputs import Texts
    from latentlab.models.sentence_model import SentenceModel

    Checkpoint = str | PathLike[str] | SentenceModel


def compare(
    *checkpoints: "Checkpoint",
    conditions: "Sequence[str] | Mapping[str, Sequence[SentenceModel]]" = (),
    texts: "Texts | None" = None,
    column: str | None = None,
    group: "str | Sequence[object] | None" = None,
    n: int | None = None,
    baseline: str | None = None,
    control: str | None = None,
    task: bool = False,
    margin: float | int = 0.05,
    seed: int = 0,
    encoder: "str | PathLike[str] | None" = None,
    offline: bool = False,
    progress: "Progress | None" = None,
) -> ComparisonReport:
    """Say what differs between checkpoints on the same sentences, and how surely.

    Args:
        checkpoints: Two or more: folders, or what `load` gave. The first is the baseline.
        conditions: Instead of them, training seeds of one method: `NAME=DIR` each, or checkpoints by name.
        texts: Sentences: a list, all of which are taken; a file; a `Corpus`. Default: the shipped ones.
        column: Which column of a file has the sentences.
        group: What belongs together and moves as one: a column, or labels of texts in a list.
        n: Sentences drawn; default 5,000, or all of fewer.
        baseline: Name of the checkpoint that the others are compared with.
        control: Name of the one with the same head and no bottleneck; default: the first with β = 0.
        task: Also decode 500 held-out sentences with each; slow.
        margin: A smaller difference is no change.
        seed: Of everything that is drawn.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Differences with 95 % intervals, answers and a claim for each checkpoint against the baseline.

    Raises:
        UsageError: There are fewer than two checkpoints, or an option has no meaning.
        CheckpointError: A checkpoint cannot be loaded.
        CorpusError: Sentences cannot be read.

    >>> import latentlab as ll
    >>> report = ll.compare("data/checkpoints/baseline", "data/checkpoints/vib", n=100)
    >>> report.answers["cone gone"], report["mean_cosine"].ci95 is not None
    ('NO CONE BEFORE', True)
    """
    group = labels(group)
    whole(seed=seed, n=n)
    if len(checkpoints) == 1 and isinstance(checkpoints[0], list | tuple):
        checkpoints = tuple(checkpoints[0])
    if bool(checkpoints) == bool(conditions):  # both or neither
        what = (
            "checkpoints and --condition exclude each other" if checkpoints else "there is nothing to compare"
        )
        raise UsageError(what, "latentlab compare A B, or two of --condition NAME=DIR")
    if conditions and group is not None:
        raise UsageError(
            "--group has no meaning with --condition: there the unit is the seed", "omit --group"
        )
    if isinstance(margin, str) or not 0 < margin < float("inf"):
        raise UsageError(f"--margin {margin} is no number above 0", "the usual one is 0.05")
    from latentlab.analysis import loading
    from latentlab.analysis.anisotropy.row_warnings import DEPENDENT, copy_warnings
    from latentlab.analysis.comparison.comparisons import compare as compare_checkpoints
    from latentlab.analysis.comparison.conditions import compare_conditions

    source: dict[str, Any] = {"encoder": None if encoder is None else path_of(encoder), "offline": offline}
    by_condition = _conditions(conditions, source)
    models = [model for members in by_condition.values() for model in members] or _models(checkpoints, source)
    sentences = checkpoint_inputs.corpus_of(texts, column, group)
    checkpoint_inputs.say_other_groups(models, checkpoint_inputs.name_of(group))
    drawn = checkpoint_inputs.drawn_of(sentences, texts, n, seed)
    wanted, excluded = loading.filter_by_length(models, drawn.texts)
    checkpoint_inputs.say_excluded(excluded, len(drawn))
    held_out = checkpoint_inputs.held_out_of(models, sentences, seed) if task else None
    asked: dict[str, Any] = {
        "baseline": baseline,
        "control": control,
        "task": held_out,
        "margin": margin,
        "seed": seed,
        "progress": progress,
        "inputs": {
            "paths": [_named(checkpoint) for checkpoint in checkpoints],
            "conditions": list(conditions),
            "corpus": drawn.name,
            "asked": n,
            "left_out": len(excluded),
            **checkpoint_inputs.named(group),
        },
    }
    if group is not None:
        asked["groups"] = checkpoint_inputs.groups_of(sentences, wanted)
        asked["task_groups"] = checkpoint_inputs.groups_of(sentences, held_out or [])
    found = (
        compare_conditions(by_condition, wanted, **asked)
        if conditions
        else compare_checkpoints(models, wanted, **asked)
    )
    warnings = copy_warnings(found.results.items)
    return ComparisonReport(found, tuple((warning, DEPENDENT) for warning in warnings))


def _models(checkpoints: "Sequence[Checkpoint]", source: Mapping[str, Any]) -> "list[SentenceModel]":
    from latentlab.analysis.comparison import control_selection

    paths = [path_of(given) for given in checkpoints if not is_model(given)]
    if len(paths) == len(checkpoints):
        return control_selection.load_different(paths, **source)
    models, _ = models_of(list(checkpoints), **source)
    control_selection.check_different(models)
    return models


def _conditions(
    conditions: "Sequence[str] | Mapping[str, Sequence[SentenceModel]]", source: Mapping[str, Any]
) -> "dict[str, list[SentenceModel]]":
    from latentlab.analysis.comparison import control_selection

    if not isinstance(conditions, Mapping):
        return control_selection.load_conditions(conditions, **source) if conditions else {}
    found: dict[str, list[SentenceModel]] = {}
    for name, members in conditions.items():
        if not isinstance(members, list | tuple) or not all(map(is_model, members)):
            raise UsageError(f"conditions: {name} is no list of loaded checkpoints", "NAME: load_all(FOLDER)")
        found[name] = list(members)
    control_selection.check_different([model for members in found.values() for model in members])
    return found


def _named(checkpoint: "Checkpoint") -> Path | str:
    return path_of(checkpoint) if isinstance(checkpoint, str | PathLike) else checkpoint.name
