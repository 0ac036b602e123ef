"""Reading a checkpoint: everything is checked before it is believed.

The order is part of the safety: configuration, header against configuration, hash, tensors. The frozen
encoder is not touched; it is found on first use.
"""

import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_safetensors

from latentlab.checkpoints.folder import (
    CONFIG,
    WEIGHTS,
    Manifest,
    check_hash,
    checkpoint_folder,
    read_manifest,
    reading,
    regular_file,
    sha256,
)
from latentlab.checkpoints.formats import format_of, is_file_of_a_format
from latentlab.checkpoints.header import parse_header
from latentlab.checkpoints.modules import Parts, check_finite, matching_parts
from latentlab.checkpoints.sgdd.sgdd_load import load_converted
from latentlab.checkpoints.vocabulary import read_native_tokenizer
from latentlab.errors import CheckpointError
from latentlab.models.autoencoder import Autoencoder
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.model_config import ModelConfig
from latentlab.models.sentence_model import SentenceModel
from latentlab.models.sgdd.sgdd_config import SgddConfig
from latentlab.untrusted import one_line, shown


def load_checkpoint(
    path: str | Path, encoder: Path | str | None = None, *, offline: bool = False
) -> SentenceModel:
    """Load a checkpoint, ready for use: evaluation mode, no gradients, float32.

    Args:
        path: A folder with `config.json`, `model.safetensors` and `tokenizer.json`, or a `.pt` file of SGDD,
            or a folder that holds one such file.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub. For a `.pt` file
            it gives the tokenizer, and the encoder only where the file has none inside.
        offline: Never ask the hub for the encoder.

    Returns:
        The model; `layout` is `native`, or the letter of the file's layout. Its encoder is looked for when it
        is first needed, and EncoderError comes only then.

    Raises:
        CheckpointError: It is missing, damaged, contradicts itself, or asks for more than data; the message
            names where.
    """
    local = None if encoder is None else Path(encoder)
    place = _only_file(Path(path)) or Path(path)
    return format_of(place).load(place, local, offline)


def load_folder(path: Path, encoder: Path | None = None, *, offline: bool = False) -> SentenceModel:
    """Load a folder with `config.json`: a native checkpoint, or one that was converted from SGDD."""
    folder = checkpoint_folder(path)
    manifest = read_manifest(folder)
    config = manifest.model
    if isinstance(config, SgddConfig):
        return load_converted(folder, manifest, config, encoder=encoder, offline=offline)
    parts = _load_parts(folder, manifest, config)
    tokenizer = read_native_tokenizer(folder, manifest, config)
    return Autoencoder(
        config=config,
        tokenizer=tokenizer,
        head=parts.head,
        length_head=parts.length_head,
        decoder=parts.decoder,
        load_encoder=lambda: FrozenEncoder.load(
            config.encoder, folder=encoder, offline=offline, untrusted=True
        ),
        name=folder.resolve().name,
        path=folder,
        fingerprint=manifest.weights_sha256,
        step=manifest.step,
    )


def _only_file(path: Path) -> Path | None:
    """The one checkpoint file of a folder that is none itself; CheckpointError where there are several."""
    with reading(path):
        if not path.is_dir() or os.path.lexists(path / CONFIG):
            return None
        files = sorted(f for f in path.iterdir() if not f.name.startswith(".") and is_file_of_a_format(f))
    if len(files) > 1:
        names = ", ".join(shown(file.name) for file in files[:3])
        raise CheckpointError(f"{path} holds {len(files)} checkpoints: {names}", "give one of them")
    return files[0] if files else None


def _load_parts(folder: Path, manifest: Manifest, config: ModelConfig) -> Parts:
    path = regular_file(folder, WEIGHTS)
    with reading(path), path.open("rb") as file:
        header = parse_header(file, path)
        parts = matching_parts(config, header, path)
        # One read for hash and tensors: what was verified is what is used.
        file.seek(0)
        data = file.read()
    check_hash(path, sha256(data), manifest.weights_sha256)
    try:
        stored: dict[str, torch.Tensor] = parse_safetensors(data)
    except (SafetensorError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"{path} is damaged: {one_line(error)}", "restore the file from a copy"
        ) from error
    check_finite(stored, str(path))
    # Copies in torch's own alignment, so that products come out bit for bit as they did in training.
    tensors = {
        k: v.to(torch.float32 if v.is_floating_point() else v.dtype, copy=True) for k, v in stored.items()
    }
    parts.load_state_dict(tensors, strict=True, assign=True)
    parts.requires_grad_(False)
    parts.eval()
    return parts
