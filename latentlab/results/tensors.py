"""safetensors in and out of this room, with one-line errors."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from latentlab.errors import LatentsError
from latentlab.results.vectors.memmapped import read_header
from latentlab.results.vectors.npy_header import npy_header
from latentlab.untrusted import check_regular, reading


def serialise(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Bytes of a safetensors file; the rows must lie in order in memory, so they are made to."""
    data: bytes = save({key: np.ascontiguousarray(array) for key, array in arrays.items()})
    return data


def parse_tensors(data: bytes, path: Path) -> dict[str, np.ndarray]:
    """Arrays by name; `path` is for the message."""
    try:
        arrays: dict[str, np.ndarray] = load(data)
    except KeyError as error:
        raise LatentsError(
            f"{path} holds {error.args[0]} numbers, a type that numpy lacks", "save them as F32"
        ) from error
    except (SafetensorError, ValueError) as error:
        raise LatentsError(f"{path} is not a whole safetensors file: {error}") from error
    return arrays


def read_bytes(path: Path) -> bytes:
    """Content of a file, or LatentsError; a safetensors or a .npy must be as long as its header says."""
    total = check_regular(path, LatentsError)
    if path.suffix == ".safetensors" and total != (end := read_header(path).end):
        raise LatentsError(
            f"{path} is not a whole safetensors file: it has {total} bytes, its header is that of {end}"
        )
    if path.suffix == ".npy":
        header = npy_header(path)
        if header.dtype.hasobject:
            raise LatentsError(f"{path} is not an array of numbers: Python objects are never unpickled")
        header.check_whole()
        if total > header.end:
            raise LatentsError(
                f"{path} is not a whole .npy file: it has {total} bytes, its header is that of {header.end}"
            )
    with reading(path, LatentsError):
        return path.read_bytes()
