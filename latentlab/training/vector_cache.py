"""Vectors of sentences on disk, so that an encoder reads each sentence once.

A file is a `.npy` with the sha256 of all before it as its last 32 bytes: numpy maps it as any other, and what
was changed or cut off is seen before it is used. What is damaged is made again, with a warning.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float

from latentlab.errors import InputError
from latentlab.files import atomic_write
from latentlab.models.encoder.frozen import FrozenEncoder

log = logging.getLogger(__name__)

CACHE_VERSION = 2
CHUNK = 8192
"""Sentences of a part: what an interruption can cost."""
_ELSEWHERE = "move it away, or set LATENTLAB_CACHE to a folder that can be written"
_DIGEST = hashlib.sha256().digest_size


def cached_vectors(
    texts: Sequence[str],
    encoder: FrozenEncoder,
    *,
    cache: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Float[np.ndarray, "n p"]:
    """Pooled vectors as a float16 memory map; encoded on the first call, read back on the next.

    The parts that are done survive an interruption, and serve another corpus that begins with the same
    sentences.
    """
    path = cache / f"{_key(texts, encoder)}.npy"
    mapped = _open(path, len(texts))
    if mapped is not None:
        return mapped
    parts = []
    for at in range(0, len(texts), CHUNK):
        chunk = texts[at : at + CHUNK]
        file = cache / f"{_key(chunk, encoder)}.part.npy"
        part = _open(file, len(chunk))
        if part is None:
            tell = partial(_tell, progress, at, len(texts)) if progress else None
            part = encoder.encode(chunk, progress=tell).astype(np.float16)
            _keep(file, part)
        parts.append(part)
        if progress:
            progress(at + len(chunk), len(texts))
    _keep(path, np.concatenate(parts))
    return _mapped(path)


def _open(path: Path, n: int) -> Float[np.ndarray, "n p"] | None:
    """The vectors as they were written; None where there are none, with a warning where they are damaged."""
    if os.path.lexists(path) and not path.is_file():
        raise InputError(f"{path} is in the way of cached vectors: it is no regular file", _ELSEWHERE)
    try:
        with path.open("rb") as file:
            left, digest = path.stat().st_size - _DIGEST, hashlib.sha256()
            while left > 0 and (block := file.read(min(left, 1 << 20))):
                digest.update(block)
                left -= len(block)
            whole = left == 0 and file.read() == digest.digest()
        mapped = _mapped(path) if whole else None
        if mapped is not None and mapped.ndim == 2 and len(mapped) == n and mapped.dtype == np.float16:
            return mapped
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        pass
    log.warning("the cached vectors in %s are damaged and are made again", path)
    return None


def _keep(path: Path, vectors: np.ndarray) -> None:
    try:
        atomic_write(path, partial(_save, vectors))
    except InputError as error:
        raise InputError(f"vectors cannot be cached: {error.message}", _ELSEWHERE) from error


def _mapped(path: Path) -> Float[np.ndarray, "n p"]:
    vectors: np.ndarray = np.load(path, mmap_mode="r")
    return vectors


def _tell(progress: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    progress(before + done, total)


def _save(vectors: np.ndarray, path: Path) -> None:
    with path.open("w+b") as file:  # given a name, numpy would add a suffix to it
        np.save(file, vectors, allow_pickle=False)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").digest()
        file.write(digest)


def _key(texts: Sequence[str], encoder: FrozenEncoder) -> str:
    """Of the sentences and of all that decides on their vectors."""
    settings = encoder.config.settings
    key = hashlib.sha256(repr((CACHE_VERSION, encoder.key, settings, encoder.precision)).encode())
    for text in texts:
        key.update(text.encode() + b"\n")
    return key.hexdigest()[:32]
