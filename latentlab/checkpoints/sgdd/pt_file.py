"""A `.pt` file that nobody vouches for: a zip of stored members, checked before torch may look at it.

Every member is plain (not compressed, so it cannot grow), inside the file, of one name, and has the checksum
that was written with it. The pickle is read as a table first (`pickled`). Only then are the tensors mapped,
with `weights_only=True`; there is no way to turn that off. `describe_pt` needs no torch.
"""

import hashlib
import os
import pickle
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentlab.checkpoints.folder import CONFIG, reading, regular_file
from latentlab.checkpoints.header import Header
from latentlab.checkpoints.sgdd.pickled import bare_tensors, check_twice, plain, read_pickle, tensors_of
from latentlab.errors import CheckpointError
from latentlab.untrusted import LARGEST_TEXT, one_line, shown

if TYPE_CHECKING:
    import torch

SUFFIX = ".pt"
WEIGHTS_KEY = "model_state_dict"
_ABOUT = ("epoch", "step", "loss", "metric", "metric_name")
_BLOCK = 1 << 20
_ZIP = b"PK\x03\x04"
_PROTOCOL = b"\x80\x02"
"""What a pickle of protocol 2 begins with, the one that torch.save writes and torch reads without trust."""
_BARE_PICKLE = b"\x80"
"""What a pickle of protocol 2 or later begins with; torch.save writes zip archives since version 1.6."""
_DAMAGED = "restore the file from a copy"
_ANEW = "if you trust it, save it anew: torch.save(torch.load(FILE, weights_only=True), NEW)"
_PROTOCOL_HINT = "save it again without pickle_protocol: torch.save(tree, NEW)"
_AS_VECTORS = (
    "vectors are read from .npy: x = torch.load('{}', weights_only=True); "
    "numpy.save('x.npy', {}.detach().float().numpy())"
)
_NOT_ONE = "give a file that SGDD wrote: best_model.pt, checkpoint_epoch_N.pt, checkpoint_final.pt"


@dataclass(frozen=True)
class PtFile:
    """What a `.pt` file holds, as far as can be told without its numbers."""

    path: Path
    tensors: Header
    """Of the model alone; an optimiser's are never looked at."""
    config: dict[str, Any]
    about: dict[str, Any] = field(default_factory=dict)
    """Epoch, step, loss and metric, where they are recorded as a number or a text."""
    sha256: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    """For each tensor its type, shape and checksum: equal marks, equal numbers, barring malice."""

    @property
    def step(self) -> int | None:
        """Training step, where one is recorded that can be."""
        step = self.about.get("step")
        return step if type(step) is int and step >= 0 else None


def is_pt(path: Path) -> bool:
    """Whether `path` is to be read as a `.pt` file: by its name, unless a checkpoint folder is called so."""
    return path.suffix == SUFFIX and not (path / CONFIG).exists()


def describe_pt(path: Path) -> PtFile:
    """Read everything but the numbers, and check every byte against its checksum.

    Raises:
        CheckpointError: The file is missing, damaged, asks for more than data, or is no SGDD checkpoint.
    """
    with reading(path):
        if not os.path.lexists(path):
            raise CheckpointError(f"{path} does not exist", "check the path")
        path = regular_file(path.parent, path.name, _DAMAGED)
        with path.open("rb") as file:
            start = file.read(len(_ZIP))
            if start.startswith(_BARE_PICKLE):
                raise CheckpointError(
                    f"{path} is in torch's old non-zip pickle format, which is not read", _ANEW
                )
    with reading(path), ThreadPoolExecutor(1) as pool, path.open("rb") as file, path.open("rb") as again:
        # Hash and checksums read the file at the same time: both let other threads run.
        hashed = pool.submit(hashlib.file_digest, again, "sha256")
        try:
            with zipfile.ZipFile(file) as archive:
                # Python finds an archive behind anything; torch, and whoever looks at the name, does not.
                if not start.startswith(_ZIP):
                    raise CheckpointError("something stands before the zip archive in it", _DAMAGED)
                data, storages = _members(archive, path.stat().st_size)
        except CheckpointError as error:
            raise CheckpointError(f"{path}: {error.message}", error.hint) from error
        except OSError:
            raise
        except Exception as error:  # zipfile raises half a dozen kinds of error for a damaged archive
            raise CheckpointError(
                f"{path} is not a whole .pt file (a zip archive): {one_line(error)}", _DAMAGED
            ) from error
        digest = hashed.result().hexdigest()
    try:
        tree = read_pickle(data)
        if data[:2] != _PROTOCOL:
            raise CheckpointError("its pickle is not of protocol 2, which torch.save writes", _PROTOCOL_HINT)
        return _described(path, tree, storages, digest)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error.message}", error.hint) from error


def load_tensors(file: PtFile) -> "dict[str, torch.Tensor]":
    """The model's tensors, mapped and not copied. CheckpointError when they are not as described."""
    import torch

    try:
        tree = torch.load(file.path, map_location="cpu", mmap=True, weights_only=True)
        tensors: dict[str, torch.Tensor] = dict(tree[WEIGHTS_KEY])
    except pickle.UnpicklingError as error:
        # Its text, some paragraphs long, advises to trust the file.
        raise CheckpointError(
            f"{file.path}: torch does not read its pickle without trust", _DAMAGED
        ) from error
    except Exception as error:  # whatever torch says of it, the file cannot be used
        raise CheckpointError(f"{file.path} cannot be read: {one_line(error)}", _DAMAGED) from error
    for name, info in file.tensors.items():
        tensor = tensors.get(name)
        if tensor is None or tuple(tensor.shape) != info.shape or tensor.device.type != "cpu":
            raise CheckpointError(f"{file.path} changed while it was read: {shown(name)}", "try again")
    return tensors


def _members(archive: zipfile.ZipFile, total: int) -> tuple[bytes, dict[str, zipfile.ZipInfo]]:
    """The bytes of the pickle, and the member of every storage by its name."""
    names = archive.namelist()
    twice = (
        next((name for name in names if names.count(name) > 1), None)
        if len(set(names)) < len(names)
        else None
    )
    if twice is not None:
        raise CheckpointError(f"the member {shown(twice)} is there twice", _DAMAGED)
    pickles = [name for name in names if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise CheckpointError("it is a zip archive, but not one that torch.save wrote", _NOT_ONE)
    prefix = pickles[0].removesuffix("data.pkl")
    room = total
    for info in archive.infolist():
        room -= info.file_size
        if (
            info.compress_type != zipfile.ZIP_STORED
            or info.file_size != info.compress_size
            or info.flag_bits & 1
        ):
            raise CheckpointError(
                f"the member {shown(info.filename)} is compressed or encrypted; torch.save does neither",
                _DAMAGED,
            )
        if not info.filename.startswith(prefix):
            raise CheckpointError(f"the member {shown(info.filename)} does not belong to it", _DAMAGED)
    if room < 0:
        raise CheckpointError("its members are larger than the file", _DAMAGED)
    order = f"{prefix}byteorder"
    if order in names and archive.read(order) != b"little":
        raise CheckpointError("its numbers are not little-endian", "save it again on another machine")
    if archive.getinfo(pickles[0]).file_size > LARGEST_TEXT:
        raise CheckpointError(f"its pickle is larger than {LARGEST_TEXT} bytes", _DAMAGED)
    _check_sums(archive)
    data, storages = archive.read(pickles[0]), f"{prefix}data/"
    found = [info for info in archive.infolist() if info.filename.startswith(storages)]
    return data, {info.filename.removeprefix(storages): info for info in found}


def _check_sums(archive: zipfile.ZipFile) -> None:
    for info in archive.infolist():
        # Reading to the end makes zipfile compare the checksum.
        with archive.open(info) as member:
            while member.read(_BLOCK):
                pass


def _described(path: Path, tree: Any, storages: dict[str, zipfile.ZipInfo], digest: str) -> PtFile:
    if not isinstance(tree, dict) or WEIGHTS_KEY not in tree:
        if bare := bare_tensors(tree):
            raise CheckpointError(
                f"it holds {bare[0]}, not a checkpoint", _AS_VECTORS.format(path.name, bare[1])
            )
        raise CheckpointError(f"it holds no {WEIGHTS_KEY}: it is not an SGDD checkpoint", _NOT_ONE)
    check_twice(tree, "it")
    if not isinstance(tree.get("config"), dict):
        raise CheckpointError("it holds no config, and so neither heads nor canvas nor KL weight", _NOT_ONE)
    sizes = {name: info.file_size for name, info in storages.items()}
    stored = tensors_of(tree[WEIGHTS_KEY], sizes, WEIGHTS_KEY)
    marks = {name: f"{t.info} {t.view} {storages[t.storage].CRC:08x}" for name, t in stored.items()}
    tensors = {name: t.info for name, t in stored.items()}
    about = {key: tree[key] for key in _ABOUT if isinstance(tree.get(key), bool | int | float | str)}
    about = {key: plain(value, key) for key, value in about.items()}
    return PtFile(path, tensors, plain(tree["config"], "config"), about, digest, marks)
