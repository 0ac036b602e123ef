"""From a run to a checkpoint: statistics of the training cloud, a first evaluation, the card."""

import logging
import platform
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

import latentlab
from latentlab.checkpoints import model_card, save_checkpoint
from latentlab.checkpoints.folder import CARD, LOG, STATISTICS, WEIGHTS, read_manifest
from latentlab.errors import CheckpointError, UsageError
from latentlab.metrics.text.reconstruction import exact_match, length_accuracy, token_accuracy
from latentlab.models.autoencoder import Autoencoder
from latentlab.results.statistics import Statistics
from latentlab.training.data import Sentences
from latentlab.training.loggers import lines_before
from latentlab.training.optimisation.losses import Model
from latentlab.training.prepare import Material, Report, prepare, quietly
from latentlab.training.record import run_to_continue, saved_config, saved_state
from latentlab.training.start import build_model, described
from latentlab.training.train_config import TrainConfig
from latentlab.training.trainer_state import Progress

logger = logging.getLogger(__name__)
EVALUATED = 1000


def moments(pooled: Float[np.ndarray, "n p"], chunk: int = 8192) -> tuple[Tensor, Tensor]:
    """Mean (p,) and covariance (p, p) of a cloud, float32; products in float64 around a pilot mean."""
    pilot = np.asarray(pooled[:chunk], dtype=np.float64).mean(axis=0)
    total, square = np.zeros_like(pilot), np.zeros((len(pilot), len(pilot)))
    for at in range(0, len(pooled), chunk):
        rows = np.asarray(pooled[at : at + chunk], dtype=np.float64) - pilot
        total += rows.sum(axis=0)
        square += rows.T @ rows
    n = len(pooled)
    shift = total / n
    covariance = (square - n * np.outer(shift, shift)) / max(n - 1, 1)
    return torch.as_tensor(pilot + shift).float(), torch.as_tensor(covariance).float()


def write_checkpoint(
    out: Path,
    material: Material,
    model: Model,
    natural: Sentences,
    progress: Progress,
    commit: str | None,
    report: Report = quietly,
    log: str | None = None,
) -> None:
    """Write `model` (the averaged weights) to `out`, beside the run's log and state.

    `natural` are the training sentences without the made ones. `commit` is the code's own when the run
    began, or was resumed. A run that has steps left is said to have them. `log` is its `training.jsonl`,
    where that is not in `out` already.
    """
    config, texts = material.config, material.texts
    # What will be read back is what is described: parameters rounded as they are stored.
    for parameter in model.parameters():
        parameter.data = parameter.data.half().float()
    parts = (model.head, model.length_head, model.decoder)
    autoencoder = Autoencoder(config.model.resolved(), material.tokenizer, *parts, lambda: material.encoder)
    latents = autoencoder.encode_pooled(np.asarray(natural.pooled, dtype=np.float32), natural.texts).mu
    statistics = Statistics.of(natural.pooled, latents)
    counts = autoencoder.token_counts(texts.test).tolist()
    fitting = [t for t, n in zip(texts.test, counts, strict=True) if _fits(n, config)]
    evaluated = {"training sentences": natural.texts, "held-out sentences": fitting}
    evaluated = {split: sentences[:EVALUATED] for split, sentences in evaluated.items() if sentences}
    results: dict[str, float] = {}
    done, total = 0, sum(map(len, evaluated.values()))
    for split, sentences in evaluated.items():
        report("evaluating sentences", done, total)
        quality = _quality(autoencoder, sentences)
        done += len(sentences)
        results |= {f"{split}: {measure}": value for measure, value in quality.items()}
    training = {
        **{k: v for k, v in config.model_dump(mode="json").items() if k not in ("model", "loggers")},
        "seconds": round(progress.seconds),
        "threads": progress.threads,
        "precision": progress.precision,
        "sentences": len(natural),
        "extra_sentences": len(texts.extra),
    }
    # Where a corpus lies on this machine is nobody else's business; what it is called and holds is.
    training["data"] = {**training["data"], "corpora": texts.names, "pairs": bool(config.data.pairs)}
    training["init"] = described(config.init) if config.init else None
    # Whose sentences the weights began with is said as long as they live.
    before = (training["init"] or {}).get("training", {}).get("data", {}).get("attribution", ())
    attribution = tuple(dict.fromkeys((*config.data.attribution, *before)))
    training["data"]["attribution"] = attribution
    provenance: dict[str, Any] = {
        "encoder": config.model.encoder.model_dump(mode="json"),
        "corpus_fingerprint": texts.fingerprint,
        "seed": config.seed,
        "step": progress.step,
        "latentlab": latentlab.__version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "commit": commit,
    }
    limits = []
    if progress.step < config.optim.steps:
        provenance["unfinished"] = f"step {progress.step} of {config.optim.steps}"
        limits.append(
            f"It was exported after step {progress.step} of {config.optim.steps}: its training was not done."
        )
    card = model_card(
        config.model.resolved(),
        training,
        provenance,
        results,
        name=config.name,
        attribution=attribution,
        limits=limits,
    )
    files: dict[str, bytes | str] = {STATISTICS: statistics.to_bytes(), CARD: card}
    save_checkpoint(
        out,
        config=config.model.resolved(),
        head=model.head,
        length_head=model.length_head,
        decoder=model.decoder,
        tokenizer=material.tokenizer,
        training=training,
        provenance=provenance,
        extra_files=files if log is None else {**files, LOG: log},
    )


def export_run(
    run: Path,
    out: Path | None = None,
    *,
    encoder: Path | None = None,
    offline: bool = False,
    cache: Path | None = None,
    report: Report = quietly,
    note: Callable[[str], None] = logger.info,
) -> Path:
    """Write a checkpoint of the averaged weights in the state that a run has saved last.

    The run may be going on: one state is read, in one piece, and nothing is written to its folder.

    Args:
        run: Folder of a run.
        out: Where to, missing or empty; by default beside the run, RUN-step-N.
        encoder: A local folder with the frozen encoder; by default what the run has.
        offline: Never ask the hub.
        cache: Where the run keeps its vectors.
        report: Called with what is being done.
        note: Called with a line about the state.

    Returns:
        The folder that was written.

    Raises:
        InputError: `run` is no run, or has saved nothing yet.
        UsageError: `out` has something in it, or lies in the run.
        ConfigError: The sentences of the run are no longer what they were.
    """
    state = saved_state(run)
    encoder, offline = run_to_continue(run).source(encoder, offline)
    whole = run if run.name not in ("", "..") else run.resolve()
    out = out or whole.with_name(f"{whole.name}-step-{state.progress.step}")
    if out.resolve().is_relative_to(run.resolve()):
        raise UsageError(f"{out} lies in the run itself", "give another --out")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is there already", "give another --out")
    config = saved_config(state.progress.config, run)
    note(f"exporting step {state.progress.step} of {config.optim.steps}")
    material = prepare(config, run, state.progress, encoder=encoder, offline=offline, report=report)
    natural = material.encode(material.texts.train, material.texts.train, cache, report)
    model = build_model(material.config, *moments(natural.pooled))
    try:
        model.load_state_dict(state.average)
    except RuntimeError as error:
        raise CheckpointError(
            f"the state in {run} is not of its configuration", "resume the run first"
        ) from error
    model.eval()
    log = "".join(line for _, line in lines_before(run / LOG, state.progress.step))
    write_checkpoint(out, material, model, natural, state.progress, current_commit(), report, log=log)
    return out


def checkpoint_step(out: Path) -> int | None:
    """The step of the checkpoint in `out`; None where there is no whole one."""
    try:
        return read_manifest(out).step if (out / WEIGHTS).is_file() else None
    except CheckpointError:
        return None


def _fits(tokens: int, config: TrainConfig) -> bool:
    return 0 < tokens <= config.model.decoder.max_length


def _quality(model: Autoencoder, texts: list[str]) -> dict[str, float]:
    """Greedy, z = mu, length from the latent."""
    decoded = model.decode_steps(model.encode(texts).mu)
    ids = model.tokenizer.encode(texts)
    estimates = {
        "exact match": exact_match(decoded.texts, texts),
        "token accuracy": token_accuracy(decoded.tokens, ids),
        "length accuracy": length_accuracy(decoded.tokens, ids),
    }
    return {name: e.value for name, e in estimates.items() if e.value is not None} | {"n": len(texts)}


def current_commit() -> str | None:
    """The commit of the clone that this code runs from; None for an installed wheel."""
    here = Path(latentlab.__file__).resolve().parent.parent
    if not (here / ".git").exists():
        return None
    try:
        # "-dirty" says that the code was not what the commit holds.
        call = ["git", "-C", str(here), "describe", "--always", "--abbrev=40", "--match=", "--dirty"]
        return subprocess.run(call, capture_output=True, text=True, check=True, timeout=5).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
