"""Who is compared with whom: no checkpoint twice, a baseline, a control, and what a reader should be told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from glob import has_magic
from pathlib import Path
from typing import Any

from latentlab.analysis.clouds import LoadedModel
from latentlab.analysis.loading import load_models
from latentlab.checkpoints import find_checkpoints, read_info
from latentlab.checkpoints.formats import is_file_of_a_format
from latentlab.errors import CheckpointError, UsageError
from latentlab.models.model_config import FORM
from latentlab.models.sentence_model import SentenceModel

USUAL_BASELINE = "baseline"
"""A condition of this name is the baseline, wherever it stands."""


def load_different(
    paths: Sequence[Path], *, encoder: Path | None = None, offline: bool = False
) -> list[SentenceModel]:
    """As `load_models`, for at least two checkpoints, none of them given twice."""
    folders = [folder for path in paths for folder in find_checkpoints(path)]
    for folder, count in Counter(folder.resolve() for folder in folders).items():
        if count > 1:
            raise UsageError(f"{folder} is given {count} times", "a checkpoint does not differ from itself")
    models = load_models(folders, encoder=encoder, offline=offline)
    check_different(models)
    return models


def load_conditions(
    given: Sequence[str], *, encoder: Path | None = None, offline: bool = False
) -> dict[str, list[SentenceModel]]:
    """The checkpoints of every condition, each condition written NAME=DIR.

    DIR is a checkpoint, a folder with checkpoints below, or a pattern such as `runs/vib-*`. A name that comes
    again adds to its condition.
    """
    folders: dict[str, list[Path]] = {}
    for text in given:
        name, equals, place = text.partition("=")
        if not (name.strip() and equals and place):
            raise UsageError(
                f"--condition {text!r} is not of the form NAME=DIR", "--condition 'vib=runs/vib-*'"
            )
        found = [folder for path in _expanded(place) for folder in find_checkpoints(path)]
        folders.setdefault(name.strip(), []).extend(found)
    models = load_different(
        [f for condition in folders.values() for f in condition], encoder=encoder, offline=offline
    )
    # Nothing is given twice, so there is one model for each folder, in order.
    rest = iter(models)
    return {name: [next(rest) for _ in condition] for name, condition in folders.items()}


def _expanded(place: str) -> list[Path]:
    path = Path(place).expanduser()
    if path.exists() or not has_magic(place):
        return [path]
    root = Path(path.anchor or ".")
    # A pattern may also match a file beside the runs, such as a log.
    matches = root.glob(str(path.relative_to(path.anchor)))
    found = sorted(match for match in matches if match.is_dir() or is_file_of_a_format(match))
    if not found:
        raise CheckpointError(f"no checkpoint matches {place}", "check the pattern")
    return found


def check_different(models: Sequence[LoadedModel]) -> None:
    """UsageError with fewer than two checkpoints, or where two share their name or their weights."""
    if len(models) < 2:
        who = ", ".join(model.name for model in models) or "none"
        raise UsageError(f"a comparison needs two checkpoints, got {who}", "latentlab compare A B")
    names = Counter(model.name for model in models)
    for name, count in names.items():
        if count > 1:
            raise UsageError(f"{count} checkpoints are called {name}", "rename the folder of one of them")
    owners: dict[str, str] = {}
    for model in models:
        if model.fingerprint in owners and model.fingerprint:
            raise UsageError(
                f"{owners[model.fingerprint]} and {model.name} are the same weights",
                "compare two different checkpoints",
            )
        owners[model.fingerprint] = model.name


def chosen(name: str | None, names: Sequence[str], option: str, what: str) -> str | None:
    """`name` if it is one of the names, None if it is None; UsageError lists the names."""
    if name is not None and name not in names:
        raise UsageError(f"{option}: no {what} is called {name!r}", f"there are {', '.join(names)}")
    return name


def baseline_of(name: str | None, names: Sequence[str], what: str) -> str:
    """The one asked for, or the first; among conditions the one that is called `baseline`, or the first."""
    usual = USUAL_BASELINE if what == "condition" and USUAL_BASELINE in names else names[0]
    return chosen(name, names, "--baseline", what) or usual


def control_of(
    name: str | None, groups: Mapping[str, Sequence[LoadedModel]], baseline: str, what: str
) -> tuple[str | None, list[str]]:
    """The control asked for, or the first of those trained with β = 0, and what is to be said about it."""
    if chosen(name, list(groups), "--control", what) is not None:
        if name == baseline:
            raise UsageError(f"--control: {name} is the baseline", f"give another {what}, or none")
        return name, []
    found = [key for key, models in groups.items() if key != baseline and all(map(without_kl, models))]
    if not found:
        return None, []
    notes = [f"control: {found[0]}, a variational head that was trained with β = 0"]
    if found[1:]:
        notes.append(f"{', '.join(found[1:])}: also trained with β = 0; --control chooses")
    return found[0], notes


def without_kl(model: LoadedModel) -> bool:
    """Whether a variational head was trained with nothing that shapes its space: neither KL nor cosine."""
    loss = training_of(model).get("loss")
    return (
        model.kind == "vib"
        and isinstance(loss, Mapping)
        and loss.get("kl_weight") == 0
        and loss.get("kl_schedule") != "controlled"
        and not loss.get("isotropy_weight")
    )


def training_of(model: LoadedModel) -> Mapping[str, Any]:
    """What the checkpoint's folder says of its training; nothing where there is no such folder."""
    if model.path is None:
        return {}
    try:
        return read_info(model.path).training
    except CheckpointError:
        return {}


def group_notes(models: Sequence[LoadedModel], group: str | None) -> list[str]:
    """A warning about models trained with other groups than `group`: their held-out sentences are others."""
    known = {model.name: training_of(model).get("data") for model in models}
    trained = {name: data.get("group") for name, data in known.items() if isinstance(data, Mapping)}
    asked = f"--group {group}" if group else "no --group"
    return [
        f"{', '.join(name for name, other in trained.items() if other == theirs)}: trained with "
        f"{f'--group {theirs}' if theirs else 'no --group'}, and this command has {asked}: sentences "
        "that are held out here may have been learned"
        for theirs in dict.fromkeys(trained.values())
        if theirs != group
    ]


def encoder_notes(models: Sequence[LoadedModel]) -> list[str]:
    """A warning where the models do not read the same vectors.

    A checkpoint without a pin of configuration and tokenizer is taken for one with, of the same weights; one
    with a pin of the first form for one with that of today.
    """
    groups: dict[Any, list[str]] = {}
    pinned = {
        key[:3]: key for key in sorted((m.encoder_key for m in models if _settings(m.encoder_key)), key=_form)
    }
    for model in models:
        key = model.encoder_key
        best = pinned.get(key[:3], key)
        groups.setdefault(best if _form(key) < _form(best) else key, []).append(model.name)
    if len(groups) < 2:
        return []
    who = "; ".join(", ".join(names) for names in groups.values())
    return [f"different frozen encoders ({who}): a difference between them is also one of encoders"]


def _settings(key: Any) -> str:
    """The pin of configuration and tokenizer in what tells an encoder's vectors apart, or nothing."""
    return (key[3] if len(key) > 3 else None) or ""


def _form(key: Any) -> int:
    """How much the pin of configuration and tokenizer says: none, the first form, that of today."""
    settings = _settings(key)
    return int(bool(settings)) + int(settings.startswith(FORM))


def seed_notes(conditions: Mapping[str, Sequence[LoadedModel]]) -> list[str]:
    """A warning where several checkpoints of a condition name one training seed: they are not independent."""
    notes = []
    for condition, models in conditions.items():
        seeds = Counter(training_of(model).get("seed") for model in models)
        notes += [
            f"condition {condition}: {count} checkpoints name training seed {seed}: are they different runs?"
            for seed, count in seeds.items()
            if seed is not None and count > 1
        ]
    return notes
