"""From an old SGDD checkpoint, or a folder that one was converted to, to a model that is ready for use.

The order is part of the safety: checksums and the pickle as a table, layout and sizes from the shapes,
modules without memory, and only then the numbers. The frozen encoder inside is mapped, not copied.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load as parse_safetensors

from latentlab.checkpoints.folder import (
    WEIGHTS,
    Manifest,
    check_hash,
    reading,
    regular_file,
    sha256,
)
from latentlab.checkpoints.header import Header, parse_header
from latentlab.checkpoints.modules import check_finite
from latentlab.checkpoints.sgdd.pt_file import PtFile, describe_pt, load_tensors
from latentlab.checkpoints.sgdd.sgdd_layouts import UNNAMED, check_converted, repaired_names, sgdd_config
from latentlab.checkpoints.sgdd.sgdd_modules import (
    OUTPUT,
    TOKENS,
    SgddParts,
    check_backbone,
    check_tied,
    check_variances,
    fill,
    matching_sgdd,
)
from latentlab.checkpoints.vocabulary import check_vocabulary, read_sgdd_tokenizer
from latentlab.errors import CheckpointError, EncoderError
from latentlab.models.encoder.encoder_files import resolve_encoder
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.model_config import EncoderConfig
from latentlab.models.sgdd.sgdd_config import SgddConfig
from latentlab.models.sgdd.sgdd_encoder import encoder_inside
from latentlab.models.sgdd.sgdd_model import SgddAutoencoder
from latentlab.models.sgdd.sgdd_tokenizer import EncoderTokenizer
from latentlab.untrusted import one_line

ENCODER = "encoder"
"""Folder of the encoder, in a converted folder whose encoder lies nowhere else."""
BACKBONE = "backbone."


@dataclass(frozen=True)
class OpenedPt:
    """A `.pt` file in which nothing is wrong."""

    config: SgddConfig
    names: dict[str, str]
    """Our name of each tensor to that in the file."""
    tensors: dict[str, torch.Tensor]
    """By the names in the file, mapped."""
    parts: SgddParts
    """On the meta device."""


def open_pt(file: PtFile) -> OpenedPt:
    """All checks of an old checkpoint. CheckpointError names what is wrong with the file, and where."""
    where = str(file.path)
    with _in(file):
        config = sgdd_config(file.tensors, file.config)
        names = repaired_names(file.tensors)
        backbone = {new: file.tensors[old] for new, old in names.items() if new.startswith(BACKBONE)}
        if backbone:
            check_backbone(backbone, file.path)
        parts = matching_sgdd(config, _own_header(file, names, config), file.path)
    tensors = load_tensors(file)
    check_finite(tensors, where)
    check_variances(tensors, where)
    if config.decoder:
        check_tied(tensors[names[TOKENS]], tensors[names[OUTPUT]], where)
    return OpenedPt(config, names, tensors, parts)


def load_pt(path: Path, *, encoder: Path | None = None, offline: bool = False) -> SgddAutoencoder:
    """Load an old checkpoint. CheckpointError as from `open_pt`."""
    file = describe_pt(path)
    opened = open_pt(file)
    config, names, tensors = opened.config, opened.names, opened.tensors
    parts = opened.parts
    own = (name for name in parts.state_dict() if name in names and name != OUTPUT)
    fill(parts, {name: tensors[names[name]] for name in own})
    inside = {n.removeprefix(BACKBONE): tensors[old] for n, old in names.items() if n.startswith(BACKBONE)}
    if inside:
        known = config.encoder.model_copy(update={"sha256": _identity(file, names)})
        config = config.model_copy(update={"encoder": known})

    def load_encoder() -> FrozenEncoder:
        if not inside:
            return _encoder(config.encoder, encoder, offline)
        return encoder_inside(config.encoder, inside, folder=encoder or _cached(config.encoder))

    def load_tokenizer() -> EncoderTokenizer:
        folder = encoder or _named_folder(config.encoder, offline)
        tokenizer = EncoderTokenizer.from_folder(folder)
        if config.decoder:
            check_vocabulary(tokenizer, config.decoder.vocab_size, folder, spare=True)
        return tokenizer

    return SgddAutoencoder(
        config=config,
        head=parts.head,
        decoder=parts.decoder,
        load_encoder=load_encoder,
        load_tokenizer=load_tokenizer,
        name=path.stem,
        path=path,
        fingerprint=file.sha256,
        step=file.step,
        layout=config.layout,
    )


def load_converted(
    folder: Path, manifest: Manifest, config: SgddConfig, *, encoder: Path | None, offline: bool
) -> SgddAutoencoder:
    """Load a converted folder, whose `config.json` has been read. CheckpointError as for any folder."""
    own = folder / ENCODER
    if own.exists() and (own.is_symlink() or not own.is_dir()):
        raise CheckpointError(f"{own} is not a folder of the checkpoint", "put the encoder itself there")
    used = own if own.exists() else encoder
    parts = _converted_parts(folder, manifest, config)
    return SgddAutoencoder(
        config=config,
        head=parts.head,
        decoder=parts.decoder,
        load_encoder=lambda: _encoder(config.encoder, used, offline),
        load_tokenizer=lambda: read_sgdd_tokenizer(folder, manifest, config),
        name=folder.resolve().name,
        path=folder,
        fingerprint=manifest.weights_sha256,
        step=manifest.step,
    )


def _own_header(file: PtFile, names: dict[str, str], config: SgddConfig) -> Header:
    """The tensors that the modules must have exactly, under their new names.

    The encoder has its own strict match; the decoder of layout F is not known; the tied output layer must be
    there, and is the token table.
    """
    header = {new: file.tensors[old] for new, old in names.items() if not new.startswith(BACKBONE)}
    if config.decoder is None:
        return {name: info for name, info in header.items() if not name.startswith("decoder.")}
    if header.pop(OUTPUT, None) is None:
        raise CheckpointError(f"tensor {OUTPUT} is missing", "restore the file from a copy")
    return header


@contextmanager
def _in(file: PtFile) -> Iterator[None]:
    """Say in which file something is wrong, and call the tensors as the file does."""
    newer = any("encoder.model." in name for name in file.tensors)
    prefixes = {"head.": "encoder.", BACKBONE: f"encoder.{'model' if newer else 'roberta'}."}

    def old_name(match: re.Match[str]) -> str:
        return match[0] if match[0] in file.tensors else prefixes[match[1]] + match[2]

    try:
        yield
    except CheckpointError as error:
        message = re.sub(r"\b(head\.|backbone\.)([a-z][\w.]*)", old_name, error.message)
        message = message if str(file.path) in message else f"{file.path}: {message}"
        raise CheckpointError(message, error.hint) from error


def _identity(file: PtFile, names: dict[str, str]) -> str:
    """Whose vectors the encoder inside gives, from names, shapes and checksums: no byte is hashed twice.

    The pooler, which is not read, does not count.
    """
    own = {new: old for new, old in names.items() if new.startswith(BACKBONE)}
    marks = [f"{n} {file.marks[old]}" for n, old in sorted(own.items()) if ".pooler." not in n]
    return sha256("\n".join(marks).encode())


def _converted_parts(folder: Path, manifest: Manifest, config: SgddConfig) -> SgddParts:
    path = regular_file(folder, WEIGHTS)
    with reading(path), path.open("rb") as stream:
        header = parse_header(stream, path)
        try:
            check_converted(header, config)
            parts = matching_sgdd(config, header, path)
        except CheckpointError as error:
            message = error.message if str(path) in error.message else f"{path}: {error.message}"
            raise CheckpointError(message, error.hint) from error
        # One read for hash and tensors: what was verified is what is used.
        stream.seek(0)
        data = stream.read()
    check_hash(path, sha256(data), manifest.weights_sha256)
    try:
        tensors: dict[str, torch.Tensor] = parse_safetensors(data)
    except Exception as error:  # the header has been checked; whatever else is wrong, it is damaged
        raise CheckpointError(f"{path} is damaged: {one_line(error)}", "restore it from a copy") from error
    check_finite(tensors, str(path))
    check_variances(tensors, str(path))
    return fill(parts, {name: tensor.clone() for name, tensor in tensors.items()})


def _encoder(config: EncoderConfig, folder: Path | None, offline: bool) -> FrozenEncoder:
    if folder is None:
        _check_named(config)
    return FrozenEncoder.load(config, folder=folder, offline=offline, untrusted=True)


def _named_folder(config: EncoderConfig, offline: bool) -> Path:
    _check_named(config)
    return resolve_encoder(config.model_copy(update={"sha256": None}), offline=offline, untrusted=True).folder


def _cached(config: EncoderConfig) -> Path | None:
    try:
        return _named_folder(config, offline=True)
    except EncoderError:
        return None


def _check_named(config: EncoderConfig) -> None:
    """EncoderError where a checkpoint's word for its encoder would make us open a folder."""
    if config.id == UNNAMED or Path(config.id).exists():
        raise EncoderError(
            f"the checkpoint calls its encoder {config.id!r}; folders that a checkpoint names are not opened",
            "--encoder FOLDER, with the encoder and tokenizer that it was trained with",
        )
