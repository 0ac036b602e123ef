"""The training loop: flat, in time order, from texts to a checkpoint.

Every random number of step s comes from a generator seeded with (seed, s), so a run that is killed and
resumed logs the same losses, bit for bit on the same CPU, as one that was never stopped. The frozen encoder
runs once, before the loop; the loop reads its cached vectors.
"""

import logging
import math
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from latentlab.checkpoints.folder import LOG, STATE
from latentlab.corpora import Corpus
from latentlab.errors import LatentlabError
from latentlab.files import cache_folder, only_writer, sweep
from latentlab.models.encoder.precision import fast_bfloat16
from latentlab.training import export
from latentlab.training.data import Sentences, batch_rows
from latentlab.training.health import health
from latentlab.training.kept_texts import keep_texts
from latentlab.training.loggers import Loggers
from latentlab.training.optimisation.losses import Losses, Model, batch_losses
from latentlab.training.optimisation.optim import build_optimizers
from latentlab.training.optimisation.schedules import (
    control_wait,
    controlled_weight,
    kl_weight,
    learning_rate,
)
from latentlab.training.prepare import Report, prepare, quietly
from latentlab.training.process import interruptible, keep_freed_memory
from latentlab.training.record import find_run, previous_progress, saved_config, write_run
from latentlab.training.resume import continued, located
from latentlab.training.start import build_model, usable_device
from latentlab.training.train_config import TrainConfig
from latentlab.training.trainer_state import Progress, is_vouched, restore_state, save_state

log = logging.getLogger(__name__)
HEALTH_ROWS, KL_AVERAGE = 512, 0.9


class Interrupted(LatentlabError):
    """The run was stopped by a signal after its state was saved."""

    exit_code = 130


def train(
    config: TrainConfig,
    out: Path,
    *,
    corpus: Corpus | None = None,
    resume: bool = False,
    encoder: Path | None = None,
    offline: bool = False,
    cache: Path | None = None,
    report: Report = quietly,
    note: Callable[[str], None] = log.info,
) -> Path:
    """Train one autoencoder and write it to `out` as a checkpoint.

    A `corpus` is learned instead of files, and kept in the run's `state/texts.jsonl`, for a resume to read.
    `encoder` is a local folder with the frozen encoder; `cache` keeps its vectors (by default in the user's
    cache folder). With `resume`, a run that was stopped in `out` continues, or a finished one whose steps
    are now more; one that has nothing left to do is left as it is. `note` gets lines about what is used.

    Raises UsageError when `out` already holds a run and `resume` was not asked for, or another process trains
    into it, ConfigError when a resumed run's configuration differs, Interrupted after Ctrl-C.
    """
    with only_writer(out, STATE):
        sweep(out.resolve().parent, out.resolve().name)
        for folder in (out, out / STATE, cache or cache_folder()):
            sweep(folder)
        return _train(
            config,
            out,
            corpus=corpus,
            resume=resume,
            encoder=encoder,
            offline=offline,
            cache=cache,
            report=report,
            note=note,
        )


def _train(
    config: TrainConfig,
    out: Path,
    *,
    corpus: Corpus | None,
    resume: bool,
    encoder: Path | None,
    offline: bool,
    cache: Path | None,
    report: Report,
    note: Callable[[str], None],
) -> Path:
    # 1. Where do we stand?
    commit = export.current_commit()
    previous = previous_progress(out, resume=resume)
    was = saved_config(previous.config, out) if previous else None
    if corpus is not None:
        config = keep_texts(config, corpus, out, was)
    config = located(config)
    if previous and was:
        config = continued(was, config, previous.step, out)
        if previous.step >= config.optim.steps and export.checkpoint_step(out) == previous.step:
            note(f"the run in {out} is finished: {previous.step} of {config.optim.steps} steps are done")
            return out
        note(f"continuing after step {previous.step} of {config.optim.steps}")
        if not is_vouched(out):
            note("the state is an earlier version's: step and settings in it are checked against no digest")
    known = find_run(out) if resume else None
    if known:
        encoder, offline = known.source(encoder, offline)

    # 2. Sentences, vocabulary, vectors.
    if config.threads:
        torch.set_num_threads(config.threads)
    device = usable_device(config.device)
    material = prepare(
        config, out, previous, encoder=encoder, offline=offline, device=config.device, report=report
    )
    config, texts = material.config, material.texts
    note(f"training {config.name} for {config.optim.steps} steps; {out / LOG} is the log")
    note(material.encoder.described)
    write_run(out, material.run)
    natural = material.encode(texts.train, texts.train, cache, report)
    held_out = material.encode(texts.validation, texts.validation, cache, report)
    sentences = natural
    if texts.extra:
        made = material.encode([a for a, _ in texts.extra], [b for _, b in texts.extra], cache, report)
        sentences = Sentences.join(natural, made)

    # 3. Model and optimisers.
    mean, covariance = export.moments(natural.pooled)
    model = build_model(config, mean, covariance, material.start).to(device)
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
    loggers = Loggers(config, out, resume_at=step)
    lost = previous.rows - loggers.rows_before(step) if previous else 0
    if lost > 0:
        note(f"{lost} of the rows of {out / LOG} before step {step} are lost")
    keep_freed_memory()
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
            rows=loggers.rows_before(step),
        )

    # 4. The loop.
    wait = control_wait(config.loss, config.optim.steps)
    with closing(loggers), interruptible() as stopped:
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
                beta = controlled_weight(beta, kl_average, step, wait, target, config.loss.kl_weight)
            else:
                beta = kl_weight(step, config.loss)
            report("training", step, config.optim.steps)
            if stopped():
                save_state(out, model, average, optimizers, progress())
                raise Interrupted(f"stopped after step {step} of {config.optim.steps}; the state is saved")

        loggers.log(step, _health(model, average, held_out_batch, train_batch, bfloat16))

    # 5. The checkpoint.
    save_state(out, model, average, optimizers, progress())
    model.load_state_dict(average)
    model.cpu().eval()
    export.write_checkpoint(out, material, model, natural, progress(), commit, report)
    return out


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
