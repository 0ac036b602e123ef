"""The checkpoint folder: the names in it, its `config.json`, and how to read a file nobody vouches for.

A file is read only if it is a regular file inside the folder and of a sane size; JSON may not repeat a key.
This file needs no torch and knows nothing about tensors.
"""

import hashlib
import json
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from latentlab import untrusted
from latentlab.errors import CheckpointError, InputError
from latentlab.models.model_config import ModelConfig
from latentlab.models.sgdd.sgdd_config import SgddConfig
from latentlab.untrusted import shown

FORMAT = 1
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
STATISTICS = "statistics.safetensors"
CARD = "README.md"
LOG = "training.jsonl"
STATE = "state"
CORE = (CONFIG, WEIGHTS, TOKENIZER)
"""What a folder must hold to be loaded."""

_DAMAGED = "restore the folder from a copy, or train again"
_KEYS = ("format", "model", "training", "provenance", "weights_sha256", "tokenizer_sha256")


@dataclass(frozen=True)
class Manifest:
    """What `config.json` says."""

    model: ModelConfig | SgddConfig
    """The second in a folder that an old SGDD checkpoint was converted to."""
    training: dict[str, Any]
    provenance: dict[str, Any]
    weights_sha256: str
    tokenizer_sha256: str

    @property
    def step(self) -> int | None:
        """Training step that the weights are from; None where it was not recorded."""
        step: int | None = self.provenance.get("step")
        return step

    def to_json(self) -> str:
        """The text of `config.json`; NaN and infinities, which JSON lacks, become null."""
        tree = {
            "format": FORMAT,
            "model": self.model.model_dump(mode="json"),
            "training": _finite(self.training),
            "provenance": _finite(self.provenance),
            "weights_sha256": self.weights_sha256,
            "tokenizer_sha256": self.tokenizer_sha256,
        }
        return json.dumps(tree, indent=2, allow_nan=False) + "\n"


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def reading(path: Path) -> AbstractContextManager[None]:
    """Turn what the operating system says about reading `path` into a CheckpointError."""
    return untrusted.reading(path, CheckpointError)


def checkpoint_folder(path: str | Path) -> Path:
    """`path` as a folder. CheckpointError when it is missing, a file, or has no `config.json`."""
    folder = Path(path)
    with reading(folder):
        if not folder.exists():
            raise CheckpointError(f"{folder} does not exist", "check the path")
        if not folder.is_dir():
            raise CheckpointError(
                f"{folder} is a file; a checkpoint is a folder", "give the folder that holds it"
            )
        if not os.path.lexists(folder / CONFIG):
            raise CheckpointError(
                f"{folder} is not a checkpoint: it has no {CONFIG}",
                f"a checkpoint folder holds {', '.join(CORE)}",
            )
    return folder


def is_checkpoint(folder: Path) -> bool:
    """Whether `folder` is a checkpoint, whole or damaged; a foreign `config.json` does not count."""
    with reading(folder):
        if not (folder / CONFIG).is_file():
            return False
        try:
            tree = untrusted.parse_json(untrusted.read_small(folder / CONFIG), CONFIG)
        except InputError:
            return (folder / WEIGHTS).exists()
    return isinstance(tree, dict) and "format" in tree


def regular_file(folder: Path, name: str, hint: str = _DAMAGED) -> Path:
    """The path of a file of the checkpoint. CheckpointError unless it is a non-empty regular file inside."""
    path = folder / name
    with reading(path):
        if not os.path.lexists(path):
            raise CheckpointError(f"{folder} has no {name}", hint)
        if path.is_symlink() and not _points_into(folder, path):
            raise CheckpointError(
                f"{path} is a link out of the checkpoint folder, or to nowhere", "put the file itself there"
            )
        if not path.is_file():
            raise CheckpointError(f"{path} is not a regular file", hint)
        if path.stat().st_size == 0:
            raise CheckpointError(f"{path} is empty (0 bytes)", hint)
    return path


def read_text_file(folder: Path, name: str) -> bytes:
    """The bytes of a small file of the checkpoint. CheckpointError when it cannot be read or is too large."""
    return untrusted.read_small(regular_file(folder, name), CheckpointError, _DAMAGED)


def parse_json(data: bytes, where: str) -> Any:
    """Parse JSON strictly. CheckpointError names `where` when it is not JSON, too deep, or repeats a key."""
    return untrusted.parse_json(data, where, CheckpointError, _DAMAGED)


def read_manifest(folder: Path) -> Manifest:
    """Read and check `config.json`. CheckpointError names the key that is missing, unknown or impossible."""
    path = folder / CONFIG
    tree = parse_json(read_text_file(folder, CONFIG), str(path))
    if not isinstance(tree, dict):
        raise CheckpointError(f"{path} must hold keys and values, found {type(tree).__name__}", _DAMAGED)
    version = tree.get("format")
    if type(version) is not int or version != FORMAT:
        raise CheckpointError(
            f"{path}: format is {version!r:.40}, this version reads {FORMAT}",
            "use the latentlab that wrote it",
        )
    _check_keys(path, tree)
    return Manifest(
        _model_config(path, tree["model"]),
        tree["training"],
        tree["provenance"],
        tree["weights_sha256"],
        tree["tokenizer_sha256"],
    )


def check_hash(path: Path, found: str, recorded: str) -> None:
    """CheckpointError when the SHA-256 of a file is not the one that `config.json` recorded."""
    if found != recorded:
        raise CheckpointError(
            f"{path} has changed since it was written: sha256 {found[:12]}…, not {shown(recorded[:12])}…",
            _DAMAGED,
        )


def _points_into(folder: Path, link: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # the second is a link in a circle
        return False


def _check_keys(path: Path, tree: dict[str, Any]) -> None:
    for key in _KEYS:
        if key not in tree:
            raise CheckpointError(f"{path} lacks the key {key}", _DAMAGED)
    for key in tree:
        if key not in _KEYS:
            raise CheckpointError(f"{path}: unknown key {shown(key)}", f"known keys: {', '.join(_KEYS)}")
    for key, kind in (
        ("training", dict),
        ("provenance", dict),
        ("weights_sha256", str),
        ("tokenizer_sha256", str),
    ):
        if not isinstance(tree[key], kind):
            raise CheckpointError(
                f"{path}: {key} must be {kind.__name__}, found {type(tree[key]).__name__}", _DAMAGED
            )
    if not isinstance(tree["provenance"].get("converted_from", {}), dict):
        raise CheckpointError(f"{path}: provenance.converted_from must hold keys and values", _DAMAGED)
    step = tree["provenance"].get("step", 0)
    if type(step) is not int or step < 0:
        raise CheckpointError(f"{path}: provenance.step must be a whole number, found {step!r:.40}", _DAMAGED)


def _model_config(path: Path, tree: Any) -> ModelConfig | SgddConfig:
    try:
        if isinstance(tree, dict) and "layout" in tree:
            return SgddConfig.model_validate(tree)
        return ModelConfig.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["model", *map(str, first["loc"])])
        unknown = first["type"] == "extra_forbidden"
        reason = "unknown key" if unknown else first["msg"].removeprefix("Value error, ")
        raise CheckpointError(f"{path}: {shown(where)}: {reason}", _DAMAGED) from error


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and value - value != 0:
        return None
    return value
