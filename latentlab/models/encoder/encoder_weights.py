"""The weight files of a model folder: which they are, their hash, and the tensors in exactly those bytes."""

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from latentlab.errors import EncoderError
from latentlab.untrusted import check_regular, one_line, parse_json, read_small, reading, shown

if TYPE_CHECKING:
    import torch

_INDICES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_HINT = "--encoder FOLDER with config.json, model.safetensors and a tokenizer, as they were published"


def weight_files(folder: Path) -> list[Path]:
    """The files in the order in which they are hashed; safetensors wins where both forms lie."""
    return sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))


def weights_sha256(folder: Path) -> str:
    """Of `model.safetensors`, or of the weight files one after the other where there are several.

    Raises:
        EncoderError: There is no weight file, one is no regular file, or something names other files.
    """
    files = weight_files(folder)
    if not files:
        raise EncoderError("no model.safetensors there", _HINT)
    _check_index(folder, files)
    return _sha256(tuple((file, *_stamp(file)) for file in files))


def read_weights(folder: Path) -> "dict[str, torch.Tensor]":
    """The tensors by name, of the files that are hashed and of no others.

    Raises:
        EncoderError: A file is damaged, or has more in it than tensors.
    """
    tensors: dict[str, "torch.Tensor"] = {}
    files = weight_files(folder)
    _check_index(folder, files)
    for path in files:
        before = _stamp(path)
        try:
            tensors |= _read(path)
        except Exception as error:  # each library raises its own
            raise EncoderError(f"{path} cannot be read: {one_line(error)}", _HINT) from error
        if _stamp(path) != before:
            raise EncoderError(f"{path} changed while it was read", "try again when nobody writes to it")
    return tensors


def _read(path: Path) -> "dict[str, torch.Tensor]":
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        tensors: dict[str, "torch.Tensor"] = load_file(path)
        return tensors
    import torch

    found = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise ValueError("it holds more than named tensors")
    return {str(name): tensor for name, tensor in found.items()}


def _check_index(folder: Path, files: list[Path]) -> None:
    """Nothing in the folder may name weights that are not among the hashed files."""
    names = {file.name for file in files}
    for index in (folder / name for name in _INDICES):
        if index.suffixes[-2] != ".index" or not index.is_file() or _other_kind(index, files):
            continue
        tree = parse_json(read_small(index, EncoderError), str(index), EncoderError)
        table = tree.get("weight_map") if isinstance(tree, dict) else None
        if not isinstance(table, dict) or not all(isinstance(name, str) for name in table.values()):
            raise EncoderError(f"{index} is no table of tensors and the files that they lie in", _HINT)
        for name in set(table.values()) - names:
            raise EncoderError(
                f"{index} names weights that are not hashed here: {shown(name)}",
                "an index may name the model*.safetensors of its own folder alone",
            )
    config = folder / "config.json"
    tree = parse_json(read_small(config, EncoderError), str(config), EncoderError)
    if isinstance(tree, dict) and tree.get("transformers_weights") not in (None, *names):
        raise EncoderError(
            f"{config} names other weights, {shown(str(tree['transformers_weights']))}",
            "take transformers_weights out of it, if model.safetensors is meant",
        )


def _other_kind(index: Path, files: list[Path]) -> bool:
    """Whether an index is about the form that is not read."""
    return not files or (".safetensors" in index.name) != (files[0].suffix == ".safetensors")


def bytes_sha256(path: Path) -> str:
    """Of one small file. EncoderError where it cannot be read."""
    return hashlib.sha256(read_small(path, EncoderError)).hexdigest()


def _stamp(path: Path) -> tuple[int, int, int, int]:
    """What changes with a file: its time of change can be set back, that of its entry cannot."""
    size, found = check_regular(path, EncoderError, _HINT), path.stat()
    return size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


@cache
def _sha256(files: tuple[tuple[Path, int, int, int, int], ...]) -> str:
    """Hash files one after the other; size and times are in the key, so an edited file is reread."""
    digest = hashlib.sha256()
    for path, *_ in files:
        with reading(path, EncoderError), path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
