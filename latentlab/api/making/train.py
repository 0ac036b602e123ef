"""`train`: an autoencoder trained and written as a checkpoint, as `latentlab train` does it."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentlab.api.making.training_texts import file_name, files_or_sentences
from latentlab.api.support.option_checks import between, labels
from latentlab.api.support.path_inputs import path_of
from latentlab.errors import ConfigError, CorpusError, UsageError

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.api.making.training_texts import Learned
    from latentlab.training.record import Run
    from latentlab.training.train_config import TrainConfig

    Config = str | PathLike[str] | Mapping[str, Any] | TrainConfig

USUAL = "vib"
"""The preset where nothing is said."""
_MOST = 2**53


def train(
    config: "Config | None" = None,
    texts: "Learned | None" = None,
    out: str | PathLike[str] | None = None,
    *,
    changes: "Sequence[str] | Mapping[str, Any]" = (),
    seed: int | None = None,
    steps: int | None = None,
    threads: int | None = None,
    device: str | None = None,
    loggers: str | Sequence[str] = (),
    column: str | None = None,
    group: "str | Sequence[object] | None" = None,
    resume: bool = False,
    encoder: str | PathLike[str] | None = None,
    offline: bool = False,
    progress: "Progress | None" = None,
    note: Callable[[str], None] | None = None,
) -> Path:
    """Train an autoencoder and write it as a checkpoint; Ctrl-C saves the state.

    Configuration: defaults, then `config`, then `changes`, then the other arguments. With `resume` that of
    the run: `train(out="runs/vib", resume=True)` continues it, and `steps` moves its goal where the learning
    rate allows it.

    Sentences in a list are kept in `out/state/texts.jsonl`, so that a resume and an export find them without
    being given them again; no file of the checkpoint has them. Other sentences than those of the state are
    refused.

    Args:
        config: A preset's name, a YAML file, a nested mapping, or a `TrainConfig`; default: `vib`.
        texts: Sentences to learn: a file or a list of files; a list of sentences; a `Corpus`. Default: the
            shipped ones. Strings in a list are sentences unless every one is or ends as a file of sentences.
        out: Folder for the checkpoint and for what a resume needs.
        changes: `"optim.batch_size=256"`, or a list of these, or a dict of them.
        seed: Of everything that is drawn; short for `seed=N` in `changes`.
        steps: Short for `optim.steps`.
        threads: Of torch.
        device: `cpu`, `cuda`, `cuda:1`, …
        loggers: `tensorboard`, `wandb`; `jsonl` is always on.
        column: Which column of the files has the sentences.
        group: What belongs together and is in one split whole: a column, or labels of texts in a list.
        resume: Continue the run in `out`.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.
        note: Called with a line about what is used; default: the log.

    Returns:
        The checkpoint's folder, `out`.

    Raises:
        UsageError: `out` holds a run already, or another process trains into it.
        ConfigError: A key or a value is wrong, or a resumed run's configuration differs.
        CorpusError: Sentences cannot be read, or are too few.
        Interrupted: After Ctrl-C, once the state is saved; the hint says how to go on.
    """
    group = labels(group)
    files, sentences = files_or_sentences(texts, column, group)
    flags: dict[str, Any] = {
        "data.corpora": files,
        "data.column": None if sentences is not None else column,
        "data.group": None if sentences is not None else _column(group),
        "optim.steps": None if steps is None else between("--steps", steps, 1, _MOST),
        "seed": None if seed is None else between("--seed", seed, 0, 2**63 - 1),
        "threads": None if threads is None else between("--threads", threads, 1, _MOST),
        "device": device,
        "loggers": _loggers(loggers),
    }
    folder = None if out is None else file_name(out, "out") if isinstance(out, str) else path_of(out)
    asked, known = asked_config(config, changes, flags, folder, resume=resume, more=sentences is not None)
    if folder is None:
        raise UsageError("--out is missing", "give a folder to write to")

    from latentlab.training.loop import Interrupted
    from latentlab.training.loop import train as run
    from latentlab.training.prepare import quietly
    from latentlab.training.record import find_run

    told: dict[str, Any] = {} if note is None else {"note": note}
    try:
        return run(
            asked,
            folder,
            corpus=sentences,
            resume=resume,
            encoder=None if encoder is None else path_of(encoder),
            offline=offline,
            report=progress or quietly,
            **told,
        )
    except CorpusError as error:
        if known is None or texts is not None:
            raise
        moved = f"{error.hint}; for a file that lies elsewhere now: --resume --corpus FILE"
        raise CorpusError(f"the run in {folder}: {error.message}", moved) from error
    except (Interrupted, KeyboardInterrupt) as stop:
        # While encoding, or at a second Ctrl-C, there was no time to save; finished parts are on disk.
        saved = isinstance(stop, Interrupted)
        message = str(stop) if saved else "stopped; what was saved before is kept"
        again = f"continue with: {shlex.join(['latentlab', 'train', '--out', str(folder), '--resume'])}"
        hint = again if find_run(folder) else "nothing was saved yet: give the same command again"
        raise Interrupted(message, hint) from stop


def asked_config(
    config: "Config | None",
    changes: "Sequence[str] | Mapping[str, Any]",
    flags: Mapping[str, Any],
    out: Path | None,
    *,
    resume: bool,
    more: bool = False,
) -> "tuple[TrainConfig, Run | None]":
    """The configuration that is asked for, and the run that is to be continued, where there is one.

    `flags` are values by dotted key, None for what is not said; `more` says that something else is given.
    """
    from latentlab.training.record import find_run, run_to_continue
    from latentlab.training.resume import asked_again
    from latentlab.training.train_config import load_config

    wanted = None if config is None else _source(config)
    overrides, put = _changes(changes)
    values = {**put, **{key: value for key, value in flags.items() if value is not None}}
    given = config is not None or more or bool(overrides) or bool(values)
    known = None
    if resume and out is not None:
        # With options given there need not be a run: one command then begins and resumes.
        known = find_run(out) if given else run_to_continue(out)
    if known and out is not None:
        return asked_again(known.config, out, wanted, overrides, values), known
    return load_config(USUAL if wanted is None else wanted, overrides, values), None


def _source(config: Any) -> "Config":
    from latentlab.training.train_config import TrainConfig

    if isinstance(config, TrainConfig | Mapping):
        return config
    if not isinstance(config, str | PathLike):
        raise ConfigError(
            f"config: a {type(config).__name__} is no configuration", "a preset's name, a YAML file, a dict"
        )
    file = file_name(config, "config")
    return config if isinstance(config, str) and not config.startswith("~") else file


def _changes(changes: Any) -> tuple[list[str], dict[str, Any]]:
    """As `key=value`, and as values by key."""
    if isinstance(changes, Mapping):
        odd = next((key for key in changes if not isinstance(key, str)), None)
        if odd is not None:
            raise ConfigError(f"--set: {odd!r:.60} is no name of a key", "such as optim.steps")
        return [], dict(changes)
    listed = [changes] if isinstance(changes, str) else changes
    if not isinstance(listed, Sequence) or not all(isinstance(change, str) for change in listed):
        raise ConfigError("--set takes KEY=VALUE, a list of these, or a dict", "such as optim.steps=2000")
    return list(listed), {}


def _loggers(loggers: Any) -> list[str] | None:
    named = [loggers] if isinstance(loggers, str) else loggers
    if not isinstance(named, Sequence) or not all(isinstance(name, str) for name in named):
        raise ConfigError("--logger takes names", "jsonl, tensorboard, wandb")
    return [name for name in named if name != "jsonl"] if named else None


def _column(group: "str | list[Any] | None") -> str | None:
    if group is None or isinstance(group, str):
        return group
    raise UsageError("labels of groups go with texts in a list", "name a column: --group COLUMN")
