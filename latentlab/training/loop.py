"""The training loop: flat, in time order, from texts to a checkpoint.

Every random number of step s comes from a generator seeded with (seed, s), so a run that is killed and
resumed logs the same losses, bit for bit on the same CPU, as one that was never stopped. The frozen encoder
runs once, before the loop; the loop reads its cached vectors.
"""

import ctypes
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache as cache_calls
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from latentlab.errors import ConfigError, InputError, LatentlabError, UsageError
from latentlab.files import cache_folder
from latentlab.models.encoder import FrozenEncoder
from latentlab.models.precision import fast_bfloat16
from latentlab.models.tokenizer import TextTokenizer
from latentlab.training import export
from latentlab.training.config import TrainConfig
from latentlab.training.data import Sentences, batch_rows, encode_sentences, gather_texts
from latentlab.training.health import health
from latentlab.training.loggers import Loggers
from latentlab.training.losses import Losses, Model, batch_losses
from latentlab.training.optim import build_optimizers
from latentlab.training.schedules import controlled_weight, kl_weight, learning_rate
from latentlab.training.start import build_model, load_start, usable_device
from latentlab.training.state import Progress, has_state, read_progress, restore_state, save_state

Report = Callable[[str, int, int], None]
"""Called with what is going on ("encoding", "training"), how much is done, and of how much."""

HEALTH_ROWS, KL_AVERAGE = 512, 0.9


class Interrupted(LatentlabError):
    """The run was stopped by a signal after its state was saved."""

    exit_code = 130


def train(
    config: TrainConfig,
    out: Path,
    *,
    resume: bool = False,
    encoder: Path | None = None,
    offline: bool = False,
    cache: Path | None = None,
    report: Report | None = None,
) -> Path:
    """Train one autoencoder and write it to `out` as a checkpoint.

    `encoder` is a local folder with the frozen encoder; `cache` keeps its vectors (by default in the user's
    cache folder). With `resume`, a run that was stopped in `out` continues; a finished one is left as it
    is.

    Raises UsageError when `out` already holds a run and `resume` was not asked for, ConfigError when a
    resumed run's configuration differs, Interrupted after Ctrl-C.
    """
    # 1. Where do we stand?
    commit = export.current_commit()
    previous = _previous(config, out, resume)
    if previous and previous.step >= config.optim.steps and (out / "model.safetensors").exists():
        return out

    # 2. Sentences, vocabulary, vectors.
    if config.threads:
        torch.set_num_threads(config.threads)
    device = usable_device(config.device)
    load = cache_calls(
        lambda: FrozenEncoder.load(
            config.model.encoder, folder=encoder, offline=offline, device=config.device
        )
    )
    texts = gather_texts(config.data, config.seed, lambda: load().words)
    if previous and previous.texts != texts.fingerprint:
        raise ConfigError(f"{out} was trained on other sentences", "give the same corpora, or another --out")
    frozen, start = load(), load_start(config.init, config.model)
    tokenizer = (
        start.tokenizer if start else TextTokenizer.train(texts.train, config.model.decoder.vocab_size)
    )
    config = _resolved(config, frozen, tokenizer)

    def encode(sources: list[str], targets: list[str]) -> Sentences:
        limit = config.model.decoder.max_length
        notify = (lambda done, n: report("encoding", done, n)) if report else None
        folder = cache or cache_folder()
        return encode_sentences(sources, targets, frozen, tokenizer, limit, cache=folder, progress=notify)

    natural = encode(texts.train, texts.train)
    held_out = encode(texts.validation, texts.validation)
    sentences = natural
    if texts.extra:
        sentences = Sentences.join(natural, encode([a for a, _ in texts.extra], [b for _, b in texts.extra]))

    # 3. Model and optimisers.
    mean, covariance = export.moments(natural.pooled)
    model = build_model(config, mean, covariance, start).to(device)
    average = {k: v.clone() for k, v in model.state_dict().items()}
    optimizers = build_optimizers(
        torch.nn.ModuleList([model.head, model.length_head]), model.decoder, config.optim
    )
    step, beta, kl_average, seconds = 0, kl_weight(0, config.loss), math.nan, 0.0
    bfloat16 = {"float32": False, "bfloat16": True}.get(config.precision)
    bfloat16 = fast_bfloat16(device.type) if bfloat16 is None else bfloat16
    if previous:
        restore_state(out, model, average, optimizers)
        step, beta, kl_average, seconds = previous.step, previous.beta, previous.kl_average, previous.seconds
        # Bit for bit the same only with the same arithmetic.
        bfloat16 = previous.precision == "bfloat16"
        torch.set_num_threads(previous.threads)
    out.mkdir(parents=True, exist_ok=True)
    loggers = Loggers(config, out, resume_at=step)
    _keep_freed_memory()
    started = time.monotonic() - seconds
    held_out_batch = held_out.batch(np.arange(min(HEALTH_ROWS, len(held_out))))
    train_batch = natural.batch(np.arange(min(HEALTH_ROWS, len(natural))))

    def progress() -> Progress:
        return Progress(
            step=step,
            beta=beta,
            kl_average=kl_average,
            precision="bfloat16" if bfloat16 else "float32",
            threads=torch.get_num_threads(),
            config=config.model_dump(mode="json"),
            texts=texts.fingerprint,
            seconds=time.monotonic() - started,
        )

    # 4. The loop.
    with closing(loggers), _interruptible() as stopped:
        while step < config.optim.steps:
            # once in a while: health of the averaged weights, state on disk
            if step % config.eval_every == 0:
                loggers.log(step, _health(model, average, held_out_batch, train_batch, bfloat16))
            if step and step % config.save_every == 0:
                save_state(out, model, average, optimizers, progress())

            # one training step
            rows = batch_rows(len(sentences), config.optim.batch_size, step, config.seed)
            generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
            rate = learning_rate(step, config.optim)
            for optimizer in optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = group["peak_lr"] * rate
            with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
                losses = batch_losses(model, sentences.batch(rows), config, beta, generator)
            losses.total.backward()  # type: ignore[no-untyped-call]
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), config.optim.clip)
            if not math.isfinite(float(norm)):
                raise LatentlabError(
                    f"the gradient is not finite at step {step} (loss {float(losses.total)})",
                    "lower optim.muon_lr and optim.adamw_lr; the last saved state is whole",
                )
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            decay = min(config.optim.ema, (1 + step) / (10 + step))
            _update_average(average, model, decay)

            # numbers
            if step % config.log_every == 0 or step + 1 == config.optim.steps:
                loggers.log(step, _numbers(losses, beta, rate, float(norm), time.monotonic() - started))
            kl = float(losses.kl.detach())
            kl_average = kl if math.isnan(kl_average) else KL_AVERAGE * kl_average + (1 - KL_AVERAGE) * kl
            step += 1
            if config.loss.kl_schedule == "controlled":
                target = float(config.loss.kl_target or 0)
                beta = controlled_weight(
                    beta, kl_average, step, config.optim.steps, target, config.loss.kl_weight
                )
            else:
                beta = kl_weight(step, config.loss)
            if report:
                report("training", step, config.optim.steps)
            if stopped():
                save_state(out, model, average, optimizers, progress())
                raise Interrupted(f"stopped after step {step} of {config.optim.steps}; the state is saved")

        loggers.log(step, _health(model, average, held_out_batch, train_batch, bfloat16))

    # 5. The checkpoint.
    save_state(out, model, average, optimizers, progress())
    model.load_state_dict(average)
    model.cpu().eval()
    export.write_checkpoint(out, config, model, tokenizer, frozen, natural, texts, progress(), commit)
    return out


def _previous(config: TrainConfig, out: Path, resume: bool) -> Progress | None:
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is not a folder", "give another --out")
    if not has_state(out):
        if out.exists() and any(out.iterdir()) and not resume:
            raise UsageError(f"{out} is not empty", "give another --out, or --resume")
        return None
    if not resume:
        raise UsageError(f"{out} already holds a run", "add --resume to continue it, or give another --out")
    previous = read_progress(out)
    # A state of an older version lacks the keys that came since; their defaults are what it ran with.
    was, now = _identity(TrainConfig.model_validate(previous.config)), _identity(config)
    if differ := [key for key in now if was[key] != now[key]]:
        raise ConfigError(f"the run in {out} has another configuration: {', '.join(differ)}", "give the same")
    return previous


def _identity(config: TrainConfig) -> dict[str, Any]:
    """What must not change on resume: everything but bookkeeping, and what the first start filled in."""
    free = {"threads", "loggers", "eval_every", "save_every", "log_every", "name", "precision"}
    kept = config.model_dump(mode="json", exclude=free)
    kept["model"]["encoder"].pop("sha256")
    kept["model"]["decoder"].pop("vocab_size")
    return kept


def _resolved(config: TrainConfig, encoder: FrozenEncoder, tokenizer: TextTokenizer) -> TrainConfig:
    """Fill in what is only known now: the encoder's hash, and the size the vocabulary came out at."""
    tree = config.model_dump()
    tree["model"]["encoder"]["sha256"] = encoder.sha256
    tree["model"]["decoder"]["vocab_size"] = len(tokenizer)
    return TrainConfig.model_validate(tree)


def _health(
    model: Model, average: dict[str, Tensor], held_out: object, train: object, bf16: bool
) -> dict[str, float]:
    """Signals of the averaged weights, which are the ones that will be shipped."""
    current = {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(average)
    model.eval()
    signals = health(model, held_out, train, bfloat16=bf16)  # type: ignore[arg-type]
    model.train()
    model.load_state_dict(current)
    return signals


@torch.no_grad()
def _update_average(average: dict[str, Tensor], model: Model, decay: float) -> None:
    for key, value in model.state_dict().items():
        if value.is_floating_point():
            average[key].lerp_(value, 1 - decay)
        else:
            average[key].copy_(value)


def _numbers(losses: Losses, beta: float, rate: float, norm: float, seconds: float) -> dict[str, float]:
    names = ("total", "reconstruction", "length", "kl", "isotropy")
    values = {name: float(value.detach()) for name, value in zip(names, losses, strict=True)}
    return {**values, "beta": beta, "rate": rate, "gradient_norm": norm, "seconds": round(seconds, 3)}


def _keep_freed_memory() -> None:
    """Ask glibc to keep freed blocks; elsewhere this does nothing.

    Returning them to the system and faulting them in again costs a third of a step on a CPU.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
            mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C (or SIGTERM) into a question that the loop asks after each step."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(number, signal.default_int_handler)  # a second one stops at once

    handled = (signal.SIGINT, signal.SIGTERM)
    try:
        before = [signal.signal(s, ask) for s in handled]
    except ValueError:  # not the main thread: signals are somebody else's business
        yield lambda: False
        return
    try:
        yield lambda: asked
    finally:
        for number, handler in zip(handled, before, strict=True):
            signal.signal(number, handler)
