"""From a finished run to a checkpoint: statistics of the training cloud, a first evaluation, the card."""

import platform
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

import latentlab
from latentlab.checkpoints import model_card, save_checkpoint
from latentlab.metrics.text import exact_match, length_accuracy, token_accuracy
from latentlab.models.autoencoder import Autoencoder
from latentlab.models.encoder import FrozenEncoder
from latentlab.models.tokenizer import TextTokenizer
from latentlab.results.statistics import Statistics
from latentlab.training.config import TrainConfig
from latentlab.training.data import Sentences, Texts
from latentlab.training.losses import Model
from latentlab.training.start import described
from latentlab.training.state import Progress

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
    config: TrainConfig,
    model: Model,
    tokenizer: TextTokenizer,
    encoder: FrozenEncoder,
    natural: Sentences,
    texts: Texts,
    progress: Progress,
    commit: str | None,
) -> None:
    """Write `model` (the averaged weights) to `out`, beside the run's log and state.

    `commit` is the code's own when the run began, or was resumed.
    """
    # What will be read back is what is described: parameters rounded as they are stored.
    for parameter in model.parameters():
        parameter.data = parameter.data.half().float()
    parts = (model.head, model.length_head, model.decoder)
    autoencoder = Autoencoder(config.model, tokenizer, *parts, lambda: encoder)
    latents = autoencoder.encode_pooled(np.asarray(natural.pooled, dtype=np.float32), natural.texts).mu
    statistics = Statistics.of(natural.pooled, latents)
    results = {"training sentences": _quality(autoencoder, natural.texts[:EVALUATED])}
    fitting = [
        t
        for t, n in zip(texts.test, autoencoder.token_counts(texts.test).tolist(), strict=True)
        if _fits(n, config)
    ]
    if fitting:
        results["held-out sentences"] = _quality(autoencoder, fitting[:EVALUATED])
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
    flat = {f"{split}: {k}": v for split, values in results.items() for k, v in values.items()}
    card = model_card(config.model, training, provenance, flat, name=config.name, attribution=attribution)
    save_checkpoint(
        out,
        config=config.model,
        head=model.head,
        length_head=model.length_head,
        decoder=model.decoder,
        tokenizer=tokenizer,
        training=training,
        provenance=provenance,
        extra_files={"statistics.safetensors": statistics.to_bytes(), "README.md": card},
    )


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
