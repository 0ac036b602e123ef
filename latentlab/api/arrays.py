"""From what holds numbers in Python to spaces to be measured: lists, tensors, columns, paths, models."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from latentlab.errors import LatentsError, UsageError
from latentlab.results.vectors import SUFFIXES, Vectors, array_vectors

if TYPE_CHECKING:
    from latentlab.models.sentence_model import SentenceModel

    Space = Path | Vectors | SentenceModel

_UNNAMED = "vectors"
_SHAPE = "vectors are rows: an array (n, d), a list of n equally long lists, a column of them"


def spaces_of(x: object) -> "list[Space]":
    """One space, or several from a list or a dict of them; a dict names its arrays.

    Raises:
        UsageError: It is nothing that could be measured.
        LatentsError: An array holds no vectors.

    >>> [space.name for space in spaces_of({"a": np.ones((3, 2)), "b": [[1.0, 2.0], [3.0, 4.0]]})]
    ['a', 'b']
    >>> len(spaces_of([[1.0, 2.0], [3.0, 4.0]]))
    1
    """
    if isinstance(x, Mapping):
        return [_space(value, str(name)) for name, value in x.items()]
    if isinstance(x, list | tuple) and any(_is_space(value) for value in x):
        several = len(x) > 1
        return [_space(value, f"{_UNNAMED} {i}" if several else _UNNAMED) for i, value in enumerate(x, 1)]
    return [_space(x, _UNNAMED)]


def vectors_of(x: object, name: str) -> "Path | Vectors":
    """A file's path, or what holds numbers as vectors of that name."""
    return _path(x) if isinstance(x, str | os.PathLike) else array_vectors(as_array(x, name), name)


def as_array(x: Any, name: str = _UNNAMED) -> np.ndarray:
    """Rows of floating-point numbers (n, d) from anything that numpy, torch, pandas, polars or Arrow hold.

    Integers are refused: they are ids or counts more often than vectors. bfloat16 becomes float32.

    Raises:
        LatentsError: There are no rows, they are of unequal length, or are no numbers.
    """
    if isinstance(x, Iterable) and not hasattr(x, "__len__"):
        raise LatentsError(
            f"{name}: a {type(x).__name__} can be read only once", "give a list or an array of it"
        )
    array = _array(x, name)
    if array.dtype == object and not array.ndim:
        raise UsageError(f"{name}: a {type(x).__name__} is nothing that could be measured", _SHAPE)
    if array.dtype == object:
        array = _stacked(list(array), name)
    if not array.size:
        raise LatentsError(f"{name}: there are no numbers, the shape is {array.shape}", _SHAPE)
    if array.dtype.kind in "US":
        raise LatentsError(
            f"{name}: text, and vectors are measured",
            "encode the sentences first, or give a model and texts=[...]",
        )
    if array.ndim != 2:
        raise LatentsError(f"{name}: expected vectors of shape (n, d), got shape {array.shape}", _SHAPE)
    if array.dtype.kind in "iub":
        raise LatentsError(
            f"{name}: expected floating-point numbers, got {array.dtype}",
            "x.astype(float), if these are vectors and no ids",
        )
    return array


def _array(x: Any, name: str) -> np.ndarray:
    if hasattr(x, "detach"):  # a tensor of torch, which numpy refuses with a gradient, on a GPU, in bfloat16
        x = x.detach().cpu()
        x = x.float() if str(x.dtype) == "torch.bfloat16" else x
    try:
        return np.asarray(x)
    except ValueError as error:
        if isinstance(x, list | tuple):
            return _stacked(list(x), name)
        raise LatentsError(f"{name}: {' '.join(str(error).split())}", _SHAPE) from error


def _stacked(rows: Sequence[Any], name: str) -> np.ndarray:
    """Rows one by one: a column whose cells are lists."""
    try:
        return np.stack([np.asarray(row, dtype=np.float64) for row in rows])
    except (TypeError, ValueError) as error:
        lengths = {len(row) for row in rows if hasattr(row, "__len__")}
        why = (
            f"rows of {min(lengths)} to {max(lengths)} numbers"
            if len(lengths) > 1
            else "cells are no vectors"
        )
        raise LatentsError(f"{name}: {why}", _SHAPE) from error


def _is_space(x: object) -> bool:
    """Whether an element of a list is a space by itself, and no row of one."""
    if isinstance(x, str):
        return Path(x).exists() or x.endswith((*SUFFIXES, ".pt"))
    shape = getattr(x, "shape", None)
    return isinstance(x, os.PathLike) or _is_model(x) or (shape is not None and len(shape) == 2)


def _is_model(x: object) -> bool:
    return hasattr(x, "encoder_key") and hasattr(x, "kind")


def _space(x: Any, name: str) -> "Space":
    if _is_model(x) or isinstance(x, Vectors):
        space: Space = x
        return space
    if x is None:
        raise UsageError(f"{name}: there is nothing to measure", "measure(x): an array, a path or a model")
    return vectors_of(x, name)


def _path(x: "str | os.PathLike[str]") -> Path:
    path = Path(x).expanduser()
    if isinstance(x, str) and not path.exists() and (" " in x or len(x) > 200):
        raise UsageError(
            f"{x[:60]!r} is no path, and vectors are measured",
            "encode the sentences first, or give a model and texts=[...]",
        )
    return path
