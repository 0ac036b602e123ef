"""Writing a checkpoint folder: all of it or nothing, and never one that could not be read back.

Everything is serialised and checked before the first byte is written. The folder is then replaced in one
step; what a checkpoint does not define itself is carried over from the folder before.
"""

import io
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as safetensors_bytes

from latentlab.checkpoints.folder import (
    CARD,
    CONFIG,
    CORE,
    LOG,
    STATE,
    STATISTICS,
    TOKENIZER,
    WEIGHTS,
    Manifest,
    is_checkpoint,
    reading,
    sha256,
)
from latentlab.checkpoints.header import parse_header
from latentlab.checkpoints.modules import Parts, check_finite, matching_parts
from latentlab.checkpoints.vocabulary import check_vocabulary
from latentlab.errors import CheckpointError, UsageError
from latentlab.files import atomic_folder
from latentlab.models.decoder import Decoder
from latentlab.models.heads import Head, LengthHead
from latentlab.models.model_config import ModelConfig
from latentlab.models.tokenizer import TextTokenizer

_DEFINED = (*CORE, STATISTICS, CARD, LOG, STATE)


def save_checkpoint(
    folder: Path,
    *,
    config: ModelConfig,
    head: Head,
    length_head: LengthHead,
    decoder: Decoder,
    tokenizer: TextTokenizer,
    training: Mapping[str, Any],
    provenance: Mapping[str, Any],
    extra_files: Mapping[str, bytes | str] | None = None,
    keep: Sequence[str] = (STATE, LOG),
    half: bool = True,
) -> str:
    """Write a checkpoint, in the place of what was there before.

    Args:
        folder: Where to. It may be missing, empty, a checkpoint, or the folder of a training run.
        config: Written to `config.json`; must describe the modules and the tokenizer.
        head: Its state dict is stored as `head.*`.
        length_head: Stored as `length_head.*`.
        decoder: Stored as `decoder.*`.
        tokenizer: Stored whole.
        training: What the run was, in JSON's own types. NaN becomes null.
        provenance: Encoder, versions, commit, corpus, seed, `step`, in JSON's own types.
        extra_files: Further files by name (`statistics.safetensors`, `README.md`, …); text is UTF-8.
        keep: Entries of the format that are taken over from an existing folder unless given anew. Files that
            the format does not know are always taken over.
        half: Store parameters as float16. Buffers (input standardisation, BatchNorm) stay float32, as does a
            parameter that float16 cannot hold.

    Returns:
        The fingerprint: sha256 of `model.safetensors`.

    Raises:
        CheckpointError: Weights are not finite or do not fit the configuration, or the folder is not ours.
        ResourceError: The disk is full; what was there before is untouched.
        InputError: The folder cannot be written.
        UsageError: An extra file has the name of a file of the format, or a path for a name.
    """
    for name in extra_files or {}:
        if name in (*CORE, STATE) or Path(name).name != name:
            raise UsageError(f"{name!r} cannot be the name of an extra file of a checkpoint")
    parts = Parts(head, length_head, decoder)
    weights = _weights(parts, half, folder)
    matching_parts(config, parse_header(io.BytesIO(weights), folder / WEIGHTS), folder / WEIGHTS)
    check_vocabulary(tokenizer, config.decoder.vocab_size, folder / TOKENIZER)
    vocabulary = tokenizer.to_json().encode()
    manifest = Manifest(config, dict(training), dict(provenance), sha256(weights), sha256(vocabulary))
    files: dict[str, bytes | str] = dict(extra_files or {})
    files |= {CONFIG: manifest.to_json(), WEIGHTS: weights, TOKENIZER: vocabulary}

    kept = _kept(folder, files, keep)
    with atomic_folder(folder, overwrite=True) as temporary:
        for name, content in files.items():
            (temporary / name).write_bytes(content.encode() if isinstance(content, str) else content)
        for entry in kept:
            _carry(entry, temporary / entry.name)
    return manifest.weights_sha256


def _weights(parts: Parts, half: bool, folder: Path) -> bytes:
    tensors = {name: tensor.detach().cpu() for name, tensor in parts.state_dict().items()}
    check_finite(tensors, f"not saved to {folder}")
    learned = {name for name, _ in parts.named_parameters()} if half else set()
    return bytes(safetensors_bytes({k: _stored(v, k in learned).contiguous() for k, v in tensors.items()}))


def _stored(tensor: torch.Tensor, half: bool) -> torch.Tensor:
    if not tensor.is_floating_point():
        return tensor
    full = tensor.float()
    small = full.half()
    return small if half and bool(torch.isfinite(small).all()) else full


def _kept(folder: Path, files: Mapping[str, Any], keep: Sequence[str]) -> list[Path]:
    """Entries of the existing folder to take over. CheckpointError when the folder is none of ours."""
    with reading(folder):
        if not folder.is_dir():
            return []
        entries = sorted(folder.iterdir())
    names = {entry.name for entry in entries}
    if entries and not names & {STATE, LOG} and not is_checkpoint(folder):
        raise CheckpointError(
            f"{folder} has something in it that is neither a checkpoint nor a training run",
            "give another folder",
        )
    dropped = set(_DEFINED) - set(keep) | set(files)
    kept = [entry for entry in entries if entry.name not in dropped]
    for path in (path for entry in kept for path in (entry, *entry.rglob("*"))):
        if not path.is_file() and not path.is_dir():
            raise CheckpointError(f"{path} is neither a file nor a folder", "move it out of the checkpoint")
    return kept


def _carry(source: Path, target: Path) -> None:
    """Hard links where there are such: a trainer state is large, and a log may be open for writing."""
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, copy_function=_link)
    else:
        _link(source, target)


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
