"""What may change when a run is continued, and where its goal may be moved to.

A run that is prolonged is, step by step, the run that would have had that many steps from the beginning: the
steps that are done must have had the learning rate that they would have had. Warm-up and the controller's
wait are shares of the run, so they are pinned in steps.
"""

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from latentlab.checkpoints.folder import is_checkpoint
from latentlab.errors import ConfigError
from latentlab.models.encoder.encoder_files import MINILM_ID, MINILM_SHA256
from latentlab.models.encoder.encoder_names import is_path
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.training.optimisation.schedules import control_wait, learning_rate, warmup_steps
from latentlab.training.train_config import TrainConfig, changed_config, load_config

_FREE = {"threads", "loggers", "eval_every", "save_every", "log_every", "name", "precision"}
_PINNED = ("optim.warmup_steps", "loss.kl_wait_steps")
_ENCODER = "model.encoder."
_LATER = ("data.corpora", "data.pairs", "model.decoder.vocab_size", f"{_ENCODER}layer", "optim.steps")
_KNOWN = "leave these away, the run knows them; or give another --out"


def located(config: TrainConfig) -> TrainConfig:
    """The same with absolute paths, so that a run can be continued from another folder."""
    data = {
        "corpora": tuple(_absolute(source) for source in config.data.corpora),
        "pairs": None if config.data.pairs is None else _absolute(config.data.pairs),
    }
    start = None if config.init is None else _absolute(config.init)
    return config.model_copy(update={"init": start, "data": config.data.model_copy(update=data)})


def asked_again(
    was: TrainConfig,
    out: Path,
    preset: str | PathLike[str] | Mapping[str, Any] | TrainConfig | None,
    overrides: Sequence[str],
    flags: Mapping[str, Any],
) -> TrainConfig:
    """The configuration that a resume asks for: that of the run, with what is given beside it on top.

    With a preset it is the whole configuration that is given again; another number of steps must then be
    named, and not come from the preset.
    """
    if preset is None:
        return changed_config(was.model_dump(mode="json"), f"the run in {out}", overrides, flags)
    now = load_config(preset, overrides, flags)
    named = [key for key, value in flags.items() if value is not None]
    named += [override.partition("=")[0] for override in overrides]
    steps = (was.optim.steps, now.optim.steps)
    if steps[0] != steps[1] and "optim.steps" not in named:
        refuse_changes(out, changes(was, _with_encoder(was, located(now))) | {"optim.steps": steps})
    return now


def continued(was: TrainConfig, now: TrainConfig, done: int, out: Path) -> TrainConfig:
    """`now` as it goes on with a run of `was` that has done `done` steps.

    The encoder's name and hash are those of the run where `now` does not say.

    Raises:
        ConfigError: Something else differs than bookkeeping and the goal, or the goal cannot be moved there;
            every key is named with both values.
    """
    now = _with_encoder(was, now)
    refuse_changes(out, changes(located(was), now))
    now = _pinned(was, now)
    if now.optim.steps != was.optim.steps:
        _check_goal(was, now, done, out)
    return now


def changes(was: TrainConfig, now: TrainConfig) -> dict[str, tuple[Any, Any]]:
    """Dotted key to the old and the new value, of all that must not change before anything is loaded.

    What a start fills in (layer, vocabulary) and the sentences are compared when they are known; the goal may
    be moved.
    """
    old, new = _flat(was.model_dump(mode="json")), _flat(now.model_dump(mode="json"))
    for key, before in zip(_PINNED, _done_in_steps(was), strict=True):
        # What is not said stays as it was; what was a share and is said in steps may be the same.
        old[key] = None if new[key] is None else before
    misnamed = old[f"{_ENCODER}id"] == MINILM_ID and old[f"{_ENCODER}sha256"] != MINILM_SHA256
    for key in (*_FREE, *_LATER, *([f"{_ENCODER}id"] if misnamed else [])):
        new.pop(key)
    return {key: (old[key], value) for key, value in new.items() if old[key] != value}


def refuse_changes(out: Path, differ: Mapping[str, tuple[Any, Any]]) -> None:
    """ConfigError that names each key with both values, where there is one."""
    if differ:
        each = "; ".join(f"{key}: {_yaml(old)} → {_yaml(new)}" for key, (old, new) in differ.items())
        raise ConfigError(f"the run in {out} has another configuration: {each}", _KNOWN)


def _yaml(value: Any) -> str:
    """A value as a configuration file says it.

    >>> _yaml(None), _yaml(True), _yaml(["a"]), _yaml("x")
    ('null', 'true', '["a"]', 'x')
    """
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def check_resolved(was: TrainConfig, now: TrainConfig, encoder: FrozenEncoder, out: Path) -> None:
    """ConfigError where the layer or the vocabulary came out otherwise than in the state."""
    layer = was.model.encoder.layer
    # Earlier versions kept -1 as it was given.
    old = layer % (encoder.depth + 1) if isinstance(layer, int) else encoder.layer
    sizes = [config.model.decoder.vocab_size for config in (was, now)]
    found = {_LATER[2]: (sizes[0], sizes[1]), _LATER[3]: (old, encoder.layer)}
    refuse_changes(out, {key: both for key, both in found.items() if both[0] != both[1]})


def other_sentences(was: TrainConfig, now: TrainConfig, out: Path) -> ConfigError:
    """The error for texts that are not those of the state; it names the files that differ."""
    old, new = (_flat(c.model_dump(mode="json")) for c in (located(was), now))
    named = "; ".join(
        f"{key}: {_yaml(old[key])} → {_yaml(new[key])}" for key in _LATER[:2] if old[key] != new[key]
    )
    return ConfigError(
        f"{out} was trained on other sentences{f': {named}' if named else ', the files have changed'}",
        "give the same corpora, or another --out",
    )


def _with_encoder(was: TrainConfig, now: TrainConfig) -> TrainConfig:
    old, new = was.model.encoder, now.model.encoder
    pins = ("sha256", "tensors", "settings")
    update: dict[str, Any] = {pin: getattr(new, pin) or getattr(old, pin) for pin in pins}
    if new.id == MINILM_ID or is_path(new.id):
        # The default, or a folder: what it is called is decided by its weights.
        update |= {"id": old.id, "revision": old.revision}
    encoder = new.model_copy(update=update)
    return now.model_copy(update={"model": now.model.model_copy(update={"encoder": encoder})})


def _done_in_steps(config: TrainConfig) -> tuple[float, float | None]:
    """Warm-up and the controller's wait in steps."""
    controls = config.loss.kl_schedule == "controlled"
    wait = control_wait(config.loss, config.optim.steps) if controls else config.loss.kl_wait_steps
    return warmup_steps(config.optim), wait


def _pinned(was: TrainConfig, now: TrainConfig) -> TrainConfig:
    """With another goal, warm-up and wait as many steps as they were."""
    warm, wait = was.optim.warmup_steps, was.loss.kl_wait_steps
    if now.optim.steps != was.optim.steps:
        warm, wait = _done_in_steps(was)
    optim = now.optim.model_copy(update={"warmup_steps": warm})
    loss = now.loss.model_copy(update={"kl_wait_steps": wait})
    return now.model_copy(update={"optim": optim, "loss": loss})


def _check_goal(was: TrainConfig, now: TrainConfig, done: int, out: Path) -> None:
    """ConfigError unless every step that is done had the learning rate that it has in the run asked for."""
    before, goal = was.optim.steps, now.optim.steps
    if goal >= done and all(
        learning_rate(step, was.optim) == learning_rate(step, now.optim) for step in range(done)
    ):
        return
    full = {steps: _last_full(steps, now.optim.cooldown) for steps in (before, goal)}
    cooling = done - 1 > full[before]
    if cooling:
        named = out if is_checkpoint(out) else "CHECKPOINT"
        first = "" if is_checkpoint(out) else f"`latentlab export {out}`, then "
        hint = f"{first}begin another run with these weights: --set init={named} and another --out"
    else:
        least = next(n for n in range(done, before + 1) if _last_full(n, now.optim.cooldown) >= done - 1)
        hint = f"{least} or more"
    falling = before if cooling else goal
    reason = f"{done} steps are done"
    if goal >= done:
        reason = (
            f"in a run of {falling} the learning rate falls after step {full[falling]} "
            f"(optim.cooldown {now.optim.cooldown:g}), and {reason}"
        )
    raise ConfigError(f"optim.steps: {before} → {goal} is not possible: {reason}", hint)


def _last_full(steps: int, cooldown: float) -> int:
    """The last step with the full learning rate in a run of `steps`."""
    return int(steps - max(1.0, cooldown * steps))


def _absolute(source: str) -> str:
    path = Path(source).expanduser()
    return str(path.resolve()) if path.exists() else source


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for key, value in tree.items():
        rows |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return rows
