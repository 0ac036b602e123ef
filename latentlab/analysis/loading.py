"""Several checkpoints at once: found, loaded, told apart, sharing a frozen encoder where they can."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt64

from latentlab.checkpoints import find_checkpoints, load_checkpoint
from latentlab.corpora import Corpus
from latentlab.errors import InputError
from latentlab.metrics.streaming.sharding import group_labels
from latentlab.models.sentence_model import EncoderKey, SentenceModel, TextEncoder


def load_models(
    paths: Sequence[Path], *, encoder: Path | None = None, offline: bool = False
) -> list[SentenceModel]:
    """Load every checkpoint below every path, once each.

    Checkpoints that share a name are called by their parent folder too.

    Args:
        paths: Checkpoint folders, or folders with checkpoints somewhere below.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for the encoder.

    Raises:
        CheckpointError: A path holds no checkpoint, or one of them cannot be loaded.
    """
    folders = {folder.resolve(): folder for path in paths for folder in find_checkpoints(path)}
    models = [load_checkpoint(folder, encoder=encoder, offline=offline) for folder in folders.values()]
    names = Counter(model.name for model in models)
    for model, folder in zip(models, folders, strict=True):
        if names[model.name] > 1:
            model.name = f"{folder.parent.name}/{folder.name}"
    share_encoders(models)
    return models


def share_encoders(models: Sequence[SentenceModel]) -> None:
    """Let models whose pooled vectors are the same use one encoder in memory."""
    first: dict[EncoderKey, SentenceModel] = {}
    for model in models:
        owner = first.setdefault(model.encoder_key, model)
        if owner is not model:
            model.load_encoder = _encoder_of(owner)


def _encoder_of(owner: SentenceModel) -> Callable[[], TextEncoder]:
    return lambda: owner.encoder


def filter_by_length(models: Sequence[SentenceModel], texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The sentences that every model can write, and the others: nothing is cut, and all get the same.

    Raises:
        InputError: None is left.
    """
    long = {i for model in models for i in model.too_long(texts)}
    kept = [text for i, text in enumerate(texts) if i not in long]
    if not kept:
        limit = min(model.max_tokens for model in models)
        raise InputError(
            f"none of {len(texts)} sentences can be used: the models write at most {limit} tokens",
            "give shorter sentences",
        )
    return kept, [texts[i] for i in sorted(long)]


def groups_of(corpus: Corpus, texts: Sequence[str]) -> UInt64[np.ndarray, " n"] | None:
    """Labels of the groups of some of a corpus' sentences; None where it has no groups."""
    if corpus.groups is None:
        return None
    of_text = dict(zip(corpus.texts, corpus.groups, strict=True))
    return group_labels([of_text[text] for text in texts])
