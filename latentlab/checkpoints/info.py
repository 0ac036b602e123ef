"""What a checkpoint is: configuration, sizes, provenance, and what is wrong. A folder needs no torch."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from latentlab.checkpoints.folder import (
    WEIGHTS,
    check_hash,
    checkpoint_folder,
    read_manifest,
    reading,
)
from latentlab.checkpoints.header import PARTS, Header, check_dtypes, check_sizes, read_header
from latentlab.checkpoints.sgdd.pt_file import PtFile, describe_pt
from latentlab.checkpoints.sgdd.sgdd_layouts import check_converted, repaired_names, sgdd_config
from latentlab.checkpoints.vocabulary import read_tokenizer
from latentlab.errors import CheckpointError
from latentlab.models.model_config import EncoderConfig, ModelConfig
from latentlab.models.sgdd.sgdd_config import SgddConfig

_T = TypeVar("_T")


@dataclass(frozen=True)
class CheckpointInfo:
    """A checkpoint described from its files; None and empty where the files do not say."""

    path: Path
    name: str
    layout: str
    """`native`, the letter of an SGDD layout, or `unknown` for a `.pt` file that is damaged."""
    config: ModelConfig | SgddConfig | None = None
    step: int | None = None
    """Training step that the weights are from."""
    training: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    """sha256 of the weights file as it lies there."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Numbers stored for `head`, `length_head`, `decoder` and an encoder inside, buffers included."""
    dtypes: tuple[str, ...] = ()
    files: dict[str, int] = field(default_factory=dict)
    """Bytes of every file at or below the folder, by relative name."""
    problems: list[str] = field(default_factory=list)
    """One line each; empty when nothing is wrong as far as can be seen."""
    hints: list[str | None] = field(default_factory=list)
    """What to do about each problem."""

    @property
    def kind(self) -> str | None:
        """`vib` or `deterministic`."""
        return None if self.config is None else "vib" if self.config.head.use_vib else "deterministic"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as `latentlab info --json` prints them."""
        return {
            "name": self.name,
            "path": str(self.path),
            "layout": self.layout,
            "kind": self.kind,
            "config": self.config.model_dump(mode="json") if self.config else None,
            "step": self.step,
            "training": self.training,
            "provenance": self.provenance,
            "fingerprint": self.fingerprint,
            "sizes": self.sizes,
            "dtypes": self.dtypes,
            "files": self.files,
            "problems": self.problems,
            "hints": self.hints,
        }

    @property
    def native(self) -> ModelConfig | None:
        """What a native model is."""
        return self.config if isinstance(self.config, ModelConfig) else None

    @property
    def old(self) -> SgddConfig | None:
        """What an old SGDD model is, in its file or in a folder that it was converted to."""
        return self.config if isinstance(self.config, SgddConfig) else None

    @property
    def origin(self) -> dict[str, Any]:
        """What is recorded of the old file: this one, or the one that the folder was converted from."""
        origin: dict[str, Any] = self.provenance.get("converted_from", self.provenance)
        return origin

    @property
    def encoder(self) -> EncoderConfig | None:
        """Id, revision, sha256, layer and pooling of the frozen encoder."""
        return None if self.config is None else self.config.encoder


def folder_info(path: Path) -> CheckpointInfo:
    """A native folder, also a damaged one."""
    folder = checkpoint_folder(path)
    faults: list[CheckpointError] = []

    def tried(read: Callable[[], _T]) -> _T | None:
        try:
            return read()
        except CheckpointError as error:
            faults.append(error)
            return None

    manifest = tried(lambda: read_manifest(folder))
    header = tried(lambda: read_header(folder))
    weights = folder / WEIGHTS
    fingerprint = ""
    if header:
        fingerprint = tried(lambda: _sha256(weights)) or ""
        tried(lambda: check_dtypes(header, weights))
    if manifest:
        tried(lambda: read_tokenizer(folder, manifest))
    if manifest and header:
        config = manifest.model
        if isinstance(config, SgddConfig):
            tried(lambda: check_converted(header, config))
        else:
            tried(lambda: check_sizes(header, config, weights))
        tried(lambda: check_hash(weights, fingerprint, manifest.weights_sha256))
    return CheckpointInfo(
        path=folder,
        name=folder.resolve().name,
        layout="native",
        config=manifest.model if manifest else None,
        step=manifest.step if manifest else None,
        training=manifest.training if manifest else {},
        provenance=manifest.provenance if manifest else {},
        fingerprint=fingerprint,
        sizes={part: size for part, size in _sizes(header).items() if size} if header else {},
        dtypes=tuple(sorted({tensor.dtype for tensor in header.values()})) if header else (),
        files=_files(folder),
        problems=[fault.message for fault in faults],
        hints=[fault.hint for fault in faults],
    )


def pt_info(path: Path) -> CheckpointInfo:
    """A `.pt` file of SGDD, also a damaged one."""
    if not os.path.lexists(path):
        raise CheckpointError(f"{path} does not exist", "check the path")
    fault, file = None, PtFile(path, {}, {})
    try:
        file = describe_pt(path)
        # The modules know which tensors must be there, and torch the numbers.
        from latentlab.checkpoints.sgdd.sgdd_load import open_pt

        open_pt(file)
    except CheckpointError as error:
        fault = error
    header, config = _known(file)
    return CheckpointInfo(
        path=path,
        name=path.stem,
        layout=config.layout if config else "unknown",
        config=config,
        step=file.step,
        training=file.config,
        provenance=file.about,
        fingerprint=file.sha256,
        sizes={part: size for part, size in _sizes(header).items() if size},
        dtypes=tuple(sorted({tensor.dtype for tensor in header.values()})),
        files={path.name: path.stat().st_size} if path.is_file() else {},
        problems=[fault.message] if fault else [],
        hints=[fault.hint] if fault else [],
    )


def _sha256(path: Path) -> str:
    with reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known(file: PtFile) -> tuple[Header, SgddConfig | None]:
    """Tensors and configuration, as far as a file that may be damaged tells them."""
    header = file.tensors
    try:
        header = {new: file.tensors[old] for new, old in repaired_names(header).items()}
        return header, sgdd_config(file.tensors, file.config)
    except CheckpointError:
        return header, None


def _sizes(header: Header) -> dict[str, int]:
    return {
        part: sum(tensor.size for name, tensor in header.items() if name.startswith(f"{part}."))
        for part in (*PARTS, "backbone")
    }


def _files(folder: Path) -> dict[str, int]:
    with reading(folder):
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
