"""What a training run is made of, and the order in which the parts override each other.

defaults < preset or YAML < `--set a.b=c` < flags. Unknown keys are errors that name the path.
This file imports neither torch nor any other room but `models.model_config`.
"""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from latentlab.errors import ConfigError
from latentlab.models.model_config import ModelRequest
from latentlab.untrusted import one_line, parse_yaml, read_small, shown

_CONDITIONS = ("baseline", "centred", "bottleneck", "vib")
_KEYS = "`latentlab train --print-config` shows every key"
MOST_THREADS = 1024
_SHOWN = 5
"""So many faults are named in a message."""
PRESETS = (*_CONDITIONS, *(f"{condition}-further" for condition in _CONDITIONS), "vib-sgdd", "tiny")


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(_Frozen):
    """Which sentences are learned."""

    corpora: tuple[str, ...] = ()
    """Files or `hf:` names; the train split of each. Empty is the shipped grammar corpus."""
    column: str | None = None
    """Column that holds the sentences, in each of `corpora` that has columns; `text`, else `sentence`."""
    group: str | None = None
    """Column that says which sentences belong together, in each of `corpora` that has columns: a group is in
    one split whole. Without it each sentence is on its own."""
    pairs: str | None = None
    """Paraphrase pairs (.tsv or .jsonl): encode the first, decode the second. Added to the sentences."""
    attribution: tuple[str, ...] = ()
    """Lines for the model card: source, authors, licence of the sentences."""
    substitutions: float = Field(0.0, ge=0)
    """Extra sentences, as a multiple of the corpus, made by swapping words that share their neighbours (see
    corpora.substitution). They teach the decoder to read words from the latent rather than to recite."""
    rare_words: float = Field(0.0, ge=0)
    """Extra sentences, as a multiple of the corpus, that spread its rare words over many sentences."""
    encoder_words: float = Field(0.0, ge=0)
    """Extra sentences, as a multiple of the corpus, with words that only the encoder's vocabulary has."""
    grammar: float = Field(0.0, ge=0)
    """Extra sentences of the grammar, as a multiple of the corpus: correct English throughout."""


class LossConfig(_Frozen):
    """Everything that is minimised, in nats per token (see docs/training.md for the units)."""

    kl_schedule: Literal["constant", "linear", "sigmoid", "cyclical", "controlled"] = "constant"
    kl_weight: float = Field(0.0, ge=0)
    """beta, in ELBO units: 1 is the evidence lower bound of a sentence, whatever its length."""
    kl_anneal_steps: int = Field(0, ge=0)
    """Steps from 0 to `kl_weight` (linear, sigmoid), or of one cycle (cyclical)."""
    kl_target: float | None = Field(None, gt=0)
    """KL budget in nats a sentence, for `controlled`, which begins at `kl_weight` where that is not 0."""
    kl_wait_steps: float | None = Field(None, ge=0)
    """Steps before `controlled` begins to control; None is a twentieth of the run. Prolonging sets it."""
    free_bits: float = Field(0.0, ge=0)
    """Nats per dimension, on the batch mean, that cost nothing."""
    length_weight: float = Field(1.0, ge=0)
    """Weight of the length head's cross-entropy, nats a sentence."""
    isotropy_weight: float = Field(0.0, ge=0)
    """Weight of the mean squared off-diagonal cosine of z."""
    latent_noise: float = Field(0.0, ge=0)
    """Standard deviation of noise added to a deterministic z, as a share of z's own."""
    neighbour_mix: float = Field(0.0, ge=0, le=1)
    """Share of the rows whose z, on its way to the decoder, is moved towards its nearest neighbour's."""

    @model_validator(mode="after")
    def _target_for_control(self) -> "LossConfig":
        if self.kl_schedule == "controlled" and self.kl_target is None:
            raise ValueError("kl_schedule 'controlled' needs kl_target")
        if self.kl_schedule in ("linear", "sigmoid", "cyclical") and self.kl_anneal_steps == 0:
            raise ValueError(f"kl_schedule {self.kl_schedule!r} needs kl_anneal_steps")
        return self


class OptimConfig(_Frozen):
    """Muon on the blocks' matrices, AdamW on the rest."""

    steps: int = Field(4000, ge=1)
    batch_size: int = Field(512, ge=2)
    """Sentences a step."""
    muon_lr: float = Field(0.02, gt=0)
    adamw_lr: float = Field(3e-3, gt=0)
    head_lr: float = Field(3e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    warmup: float = Field(0.02, ge=0, le=1)
    """Share of the steps with a rising learning rate."""
    warmup_steps: float | None = Field(None, ge=0)
    """The same in steps; None is the share. Prolonging a run sets it."""
    cooldown: float = Field(0.5, ge=0, le=1)
    """Share of the steps at the end with a falling one."""
    clip: float = Field(1.0, gt=0)
    ema: float = Field(0.999, ge=0, lt=1)
    all_masked: float = Field(0.25, ge=0, le=1)
    """Share of rows that start from the all-masked canvas."""


class TrainConfig(_Frozen):
    """One run."""

    name: str = "run"
    init: str | None = None
    """A checkpoint whose weights and vocabulary the run begins with; its model must be the same."""
    seed: int = 0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """auto times a matrix product at the start; what it chose is kept on resume."""
    device: str = "cpu"
    """Where the loop and the encoder compute: cpu, cuda, cuda:1 or another that torch knows."""
    threads: int | None = Field(None, ge=1, le=MOST_THREADS)
    eval_every: int = Field(250, ge=1)
    save_every: int = Field(250, ge=1)
    log_every: int = Field(10, ge=1)
    loggers: tuple[Literal["tensorboard", "wandb"], ...] = ()
    """Beside `training.jsonl`, which is always written."""
    model: ModelRequest = ModelRequest()
    data: DataConfig = DataConfig()
    loss: LossConfig = LossConfig()
    optim: OptimConfig = OptimConfig()

    @model_validator(mode="after")
    def _kl_needs_a_posterior(self) -> "TrainConfig":
        loss, head = self.loss, self.model.head
        if not head.use_vib and (loss.kl_weight or loss.kl_target):
            raise ValueError("loss.kl_weight and loss.kl_target need model.head.use_vib")
        if head.use_vib and loss.latent_noise:
            raise ValueError("loss.latent_noise is for a deterministic head; a variational one has its own")
        return self


def load_config(
    source: str | PathLike[str] | Mapping[str, Any] | TrainConfig,
    overrides: Sequence[str] = (),
    flags: Mapping[str, Any] | None = None,
) -> TrainConfig:
    """Read a preset's name or a YAML file, then `a.b=c` overrides, then flags (dotted keys to values).

    A nested mapping is taken as what a file holds, and a whole configuration as it is. ConfigError names the
    path of an unknown key or an impossible value.
    """
    if isinstance(source, TrainConfig):
        source = source.model_dump(mode="json")
    if isinstance(source, Mapping):
        return changed_config(_copied(source), "config", overrides, flags)
    text, where = _read(source)
    tree = parse_yaml(text, where, ConfigError) or {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{where} must hold keys and values, found {type(tree).__name__}")
    odd = next((key for key in tree if not isinstance(key, str)), None)
    if odd is not None:
        raise ConfigError(f"{where}: {shown(str(odd))} is no name of a key", _KEYS)
    return changed_config(tree, where, overrides, flags)


def changed_config(
    tree: dict[str, Any], where: str, overrides: Sequence[str] = (), flags: Mapping[str, Any] | None = None
) -> TrainConfig:
    """A nested mapping, which is changed, with `a.b=c` overrides and then flags on top. Errors as above."""
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key:
            raise ConfigError(
                f"--set {override!r} is not of the form a.b=value", "--set optim.steps=2000, say"
            )
        _put(tree, key, parse_yaml(value, f"--set {shown(override)}: the value", ConfigError))
    for key, value in (flags or {}).items():
        if value is not None:
            _put(tree, key, value)
    return parse_config(tree, where)


def parse_config(tree: Mapping[str, Any], where: str) -> TrainConfig:
    """Validate a nested mapping. ConfigError names every wrong key."""
    try:
        return TrainConfig.model_validate(tree)
    except ValidationError as error:
        wrong = error.errors()
        faults = [
            f"{shown('.'.join(map(str, e['loc']))) or 'config'}: {_reason(e['type'], e['msg'])}"
            for e in wrong[:_SHOWN]
        ]
        faults += [f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
        raise ConfigError(
            f"{where}: {'; '.join(faults)}", "`latentlab train --print-config` shows every key"
        ) from error


def _reason(kind: str, message: str) -> str:
    return (
        "unknown key"
        if kind == "extra_forbidden"
        else one_line(ValueError(message.removeprefix("Value error, ")))
    )


def _read(source: str | PathLike[str]) -> tuple[str, str]:
    if str(source) in PRESETS:
        return (Path(__file__).parent / "presets" / f"{source}.yaml").read_text("utf-8"), f"preset {source}"
    path = Path(source)
    if not path.is_file():
        raise ConfigError(f"no preset or file called {source}", f"presets: {', '.join(PRESETS)}")
    try:
        return read_small(path, ConfigError).decode(), str(path)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8: {one_line(error)}") from error


def _copied(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) if isinstance(value, Mapping) else value for key, value in tree.items()}


def _put(tree: dict[str, Any], dotted: str, value: Any) -> None:
    *parents, last = dotted.split(".")
    for key in parents:
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            raise ConfigError(f"{dotted}: {key} is a value, not a group of keys")
    tree[last] = value
