"""Checkpoints in memory: loaded once for all browsers, again when a file of theirs is another one.

A folder may be replaced while it is read or used: what is taken from two states of it is never kept.
"""

import copy
import gc
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import streamlit as st

from latentlab.checkpoints.folder import CONFIG, STATISTICS, TOKENIZER, WEIGHTS
from latentlab.errors import CheckpointError
from latentlab.untrusted import read_small

if TYPE_CHECKING:
    from latentlab.models.sentence_model import SentenceModel, TextEncoder

LOCK = threading.RLock()
"""Models are shared between all browsers: one encodes or decodes at a time."""
AGAIN = 2
"""Times that a checkpoint is read once more."""
Stamp = tuple[tuple[str, int, int, int, int], ...]


def stamp(path: Path) -> Stamp:
    """What changes when a file does that is read of a checkpoint: its place on the disk, times, size.

    Sizes and times of modification alone are not enough: two checkpoints out of one archive may share them.
    """
    if not path.is_dir():
        files = [path]
    else:
        inside = sorted((path / "encoder").glob("*"))
        files = [*(path / name for name in (CONFIG, WEIGHTS, TOKENIZER, STATISTICS)), *inside]
    seen = []
    for file in files:
        try:
            s = file.stat()
        except OSError:
            continue
        seen.append((file.name, s.st_ino, s.st_ctime_ns, s.st_mtime_ns, s.st_size))
    return tuple(seen)


class Replaced(CheckpointError):
    """The files of a checkpoint are others now."""


def newest(name: str, path: Path) -> "SentenceModel":
    """One checkpoint as it is now; what was replaced while others were served is read as it is then."""
    for _ in range(AGAIN):
        with suppress(Replaced):
            return load(name, path, stamp(path))
    return load(name, path, stamp(path))


@st.cache_resource(show_spinner="Loading a checkpoint …", max_entries=8)
def load(name: str, path: Path, seen: Stamp) -> "SentenceModel":
    """One checkpoint; `seen` is its stamp. Replaced where that is another one afterwards."""
    from latentlab.analysis.loading import load_models

    encoder = os.environ.get("LATENTLAB_ENCODER")
    with LOCK:
        model = _shared(load_models([path], encoder=Path(encoder) if encoder else None)[0], path)
        reader = readers().setdefault(model.encoder_key, Reader(model.load_encoder))
        model.load_encoder = reader.encoder
    model.name, model.stamp = name, seen
    _check(model)
    freeze_gc()
    return model


def _shared(model: "SentenceModel", path: Path) -> "SentenceModel":
    """The model on the tensors of one with the same content, where it is in memory under whatever name.

    Pages that wait keep what they have loaded: each replacement would be one more set of weights.
    """
    key = model.fingerprint, read_small(path / CONFIG) if path.is_dir() else b""
    known = contents().setdefault(key, model)
    if known is model:
        return model
    alike: Any = copy.copy(known)
    alike.path, alike.kept_by = model.path, known  # the first is found as long as one of them is there
    return alike


@contextmanager
def steady(models: "Sequence[SentenceModel]") -> Iterator[None]:
    """What the block makes of models and of statistics beside them is of one state, else Replaced."""
    yield
    for model in models:
        _check(model)


def freeze_gc() -> None:
    """What is loaded by now stays: the sweep for garbage after every run need not look at it again.

    What was kept so before may be garbage by now, as the page of one who left: it is looked at again.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Reader:
    """An encoder for all models that read with it, loaded when the first of them needs it."""

    def __init__(self, load: "Callable[[], TextEncoder]") -> None:
        self._load = cache(load)

    def encoder(self) -> "TextEncoder":
        """The same one each time."""
        return self._load()


@st.cache_resource(show_spinner=False)
def readers() -> WeakValueDictionary[Any, Reader]:
    """By what tells vectors apart; each is there as long as a model that uses it."""
    return WeakValueDictionary()


@st.cache_resource(show_spinner=False)
def contents() -> "WeakValueDictionary[Any, SentenceModel]":
    """Models in memory, by weights and configuration, which names the digests of all else."""
    return WeakValueDictionary()


def _check(model: Any) -> None:
    if stamp(model.path) != model.stamp:
        raise Replaced(
            f"{model.name} was replaced while it was read", "change a field, or load the page again"
        )
