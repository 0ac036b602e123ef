"""Sentences to a cloud of vectors that is kept in a file."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from latentlab.analysis.anisotropy.layer_profiles import encoder_at
from latentlab.analysis.clouds import Progress, latent_clouds
from latentlab.corpora import Corpus
from latentlab.errors import UsageError
from latentlab.models.encoder.encoder_names import file_name
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.sentence_model import SentenceModel, TextEncoder
from latentlab.results import Latents
from latentlab.results.latents import Origin
from latentlab.results.sentence_rows import SentenceRows

OF_A_POSTERIOR = ("logvar", "z")


def encode_cloud(
    model: SentenceModel,
    sentences: Corpus,
    *,
    cloud: str,
    text: bool = False,
    layer: int | None = None,
    seed: int = 0,
    encoder: Path | None = None,
    offline: bool = False,
    progress: Progress | None = None,
) -> Latents:
    """The vectors of a cloud as they stand behind a report on the model, in single precision.

    Args:
        model: A checkpoint.
        sentences: Those that it can take.
        cloud: `pooled`, `pooled_centred`, `mu`, `logvar` or `z`.
        text: Keep the sentences beside their vectors, and not their numbers and ids alone.
        layer: Of the encoder, where `pooled` is to be of another one than the model reads.
        seed: Of z.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub.
        progress: Called with what is being done, how much is done and of how much.

    Raises:
        UsageError: The model has no such cloud, or a layer is asked for of another cloud than `pooled`.
        ConfigError: The encoder has no such layer.
    """
    if cloud in OF_A_POSTERIOR and model.kind != "vib":
        raise UsageError(f"{model.name} is deterministic: it has no {cloud}", "its latent point is mu")
    texts, at, frozen = sentences.texts, None, None

    def encoded(done: int) -> None:
        if progress:
            progress("encoding sentences", done, len(texts))

    encoded(0)
    if layer is None:
        vectors = _cloud(model, texts, cloud, seed, encoded)
    elif cloud == "pooled":
        frozen = encoder_at(model, layer, folder=encoder, offline=offline)
        vectors, at = frozen.encode(texts, progress=encoded), frozen.layer
    else:
        raise UsageError(f"a layer is of the encoder, {cloud} is not", "ask for pooled")
    return Latents(
        vectors.astype(np.float32),
        cloud,
        model.fingerprint,
        sentences.fingerprint,
        at,
        _origin(model, frozen or model.encoder, sentences.name, seed),
        SentenceRows.of(sentences, text=text),
    )


def _origin(model: SentenceModel, encoder: TextEncoder, corpus: str, seed: int) -> Origin:
    config = model.config.encoder
    sha256, layer, pooling = config.sha256, config.layer, config.pooling
    if isinstance(encoder, FrozenEncoder):
        # What was really used: the configuration may leave the hash open and count layers from the end.
        sha256, layer, pooling = encoder.key
    # A folder of this machine says nothing elsewhere, and its name does.
    return Origin(model.name, corpus, file_name(config.id), sha256 or None, layer, pooling, seed)


def _cloud(
    model: SentenceModel, texts: Sequence[str], cloud: str, seed: int, encoded: Callable[[int], None]
) -> Float[np.ndarray, "n d"]:
    encoder = model.encoder
    if isinstance(encoder, FrozenEncoder):
        pooled: Float[np.ndarray, "n d"] = encoder.encode(texts, progress=encoded)
    else:
        pooled = model.pool(texts)
    if cloud == "pooled":
        return pooled
    if cloud == "pooled_centred":
        double = pooled.astype(np.float64)
        return np.asarray(double - double.mean(axis=0))
    latents = latent_clouds(model, pooled, texts, seed=seed)
    found = {"mu": latents.mu, "logvar": latents.logvar, "z": latents.z}[cloud]
    assert found is not None
    return found
