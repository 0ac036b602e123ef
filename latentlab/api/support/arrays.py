"""From what holds numbers in Python to spaces to be measured: lists, tensors, columns, paths, models."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from latentlab.api.support.path_inputs import LONGEST, SENTENCES, exists, is_model, path_of
from latentlab.errors import LatentsError, UsageError
from latentlab.results.vectors.vector_file import SUFFIXES, Vectors, array_vectors
from latentlab.untrusted import one_line

if TYPE_CHECKING:
    from latentlab.models.sentence_model import SentenceModel

    Space = Path | Vectors | SentenceModel

_UNNAMED = "vectors"
_SHAPE = "vectors are rows: an array (n, d), a list of n equally long lists, a column of them"


def spaces_of(x: object) -> "list[Space]":
    """One space, or several from a list, or from a dict, which names arrays.

    Raises:
        UsageError: It is nothing that could be measured.
        LatentsError: An array holds no vectors.

    >>> [space.name for space in spaces_of({"a": np.ones((3, 2)), "b": [[1.0, 2.0], [3.0, 4.0]]})]
    ['a', 'b']
    >>> len(spaces_of([[1.0, 2.0], [3.0, 4.0]]))
    1
    """
    if isinstance(x, Mapping):
        return _named(x)
    if hasattr(x, "pooled") and hasattr(x, "logvar"):
        raise UsageError(
            "an Encoding is several clouds", "measure(mu=e.mu, logvar=e.logvar), or measure(e.mu)"
        )
    if isinstance(x, list | tuple) and _are_spaces(x):
        several = len(x) > 1
        found = [_space(value, f"{_UNNAMED} {i}" if several else _UNNAMED) for i, value in enumerate(x, 1)]
        return list({id(space): space for space in found}.values())
    return [_space(x, _UNNAMED)]


def vectors_of(x: object, name: str) -> "Path | Vectors":
    """A file's path, or what holds numbers as vectors of that name."""
    return path_of(x) if isinstance(x, str | os.PathLike) else array_vectors(as_array(x, name), name)


def as_array(x: Any, name: str = _UNNAMED) -> np.ndarray:
    """Rows of floating-point numbers (n, d) from anything that numpy, torch, pandas, polars or Arrow hold.

    Integers are refused: they are ids or counts more often than vectors. What numpy has no type for, such as
    bfloat16, becomes float32; an empty cell becomes a row of NaN.

    Raises:
        LatentsError: There are no rows, they are of unequal length, or are no numbers.
    """
    if isinstance(x, Iterable) and not hasattr(x, "__len__"):
        kind = type(x).__name__
        raise LatentsError(f"{name}: a {kind} can be read only once", "give a list or an array of it")
    if hasattr(x, "toarray"):
        raise LatentsError(f"{name}: a sparse matrix has no cloud to be measured", "x.toarray()")
    _check_columns(x, name)
    array = _converted(x, name)
    if array.dtype == object and not array.ndim:
        raise UsageError(f"{name}: a {type(x).__name__} is nothing that could be measured", _SHAPE)
    if array.dtype == object:
        array = _stacked(list(array), name)
    return _checked(array, name)


def _named(x: Mapping[Any, Any]) -> "list[Space]":
    spaces: list[Space] = []
    for key, value in x.items():
        name = str(key)
        if len(name) > LONGEST or not name.isprintable():
            raise UsageError(f"{name[:60]!a} is no name for vectors", "give short printable names")
        if is_model(value) or isinstance(value, str | os.PathLike):
            raise UsageError(f"{name}: a dict names arrays, and this is none", "give a list of files")
        if any(isinstance(space, Vectors) and space.name == name for space in spaces):
            raise UsageError(f"two arrays are called {name}", "give each a name of its own")
        spaces.append(_space(value, name))
    return spaces


def _checked(array: np.ndarray, name: str) -> np.ndarray:
    if not array.size:
        raise LatentsError(f"{name}: there are no numbers, the shape is {array.shape}", _SHAPE)
    kind = array.dtype.kind
    if kind in "US":
        raise LatentsError(f"{name}: text, and vectors are measured", SENTENCES)
    if array.ndim != 2:
        raise LatentsError(f"{name}: expected vectors of shape (n, d), got shape {array.shape}", _SHAPE)
    if kind != "f":
        whole = "x.astype(float), if these are vectors and no ids"
        raise LatentsError(
            f"{name}: expected floating-point numbers, got {array.dtype}", whole if kind in "iub" else _SHAPE
        )
    return array


def _check_columns(x: Any, name: str) -> None:
    """LatentsError for a table that is more than numbers: an id would be measured as a dimension."""
    names = getattr(x, "column_names", None) or getattr(x, "columns", None)
    if names is None or not hasattr(x, "__getitem__"):
        return
    odd = [key for key in names if _converted(x[key], name).dtype.kind != "f"]
    if odd:
        raise LatentsError(
            f"{name}: column {str(odd[0])[:60]!a} of the table holds no floating-point numbers",
            "one column of vectors, table['vectors'], or a table of the dimensions alone",
        )


def _converted(x: Any, name: str) -> np.ndarray:
    if np.ma.isMaskedArray(x) and np.ma.is_masked(x):
        raise LatentsError(f"{name}: numbers are masked", "x.filled(nan), with drop_nonfinite=True")
    try:
        return np.asarray(untorched(x))
    except Exception as error:  # whatever the library of x raises for a type that numpy has not
        if isinstance(x, list | tuple):
            return _stacked(list(x), name)
        raise LatentsError(f"{name}: {one_line(error)}", _SHAPE) from error


def untorched(x: Any) -> Any:
    """A tensor of torch on the CPU, in a type that numpy has; anything else as it is."""
    if not hasattr(x, "detach"):
        return x
    x = x.detach().cpu().resolve_conj().resolve_neg()
    known = str(x.dtype) in ("torch.float16", "torch.float32", "torch.float64")
    return x.float() if x.is_floating_point() and not known else x


def _stacked(rows: Sequence[Any], name: str) -> np.ndarray:
    """Rows one by one: a column whose cells are lists; an empty cell is a row of NaN."""
    found = [None if _is_empty(row) else _converted(row, name) for row in rows]
    there = [row for row in found if row is not None]
    if not there or any(row.ndim != 1 for row in there):
        raise LatentsError(f"{name}: cells are no vectors", _SHAPE)
    lengths = {len(row) for row in there}
    if len(lengths) > 1:
        raise LatentsError(f"{name}: rows of {min(lengths)} to {max(lengths)} numbers", _SHAPE)
    odd = next((row for row in there if row.dtype.kind != "f"), None)
    if odd is not None:  # said as of an array
        return np.broadcast_to(odd if odd.dtype != object else odd.astype(str), (len(rows), len(odd)))
    nothing = np.full(lengths.pop(), np.nan)
    return np.stack([nothing if row is None else row for row in found])


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and cell != cell) or str(cell) in ("<NA>", "NaT")


def _are_spaces(x: Sequence[Any]) -> bool:
    """Whether the elements of a list are spaces by themselves, and no rows of one."""
    texts = [value for value in x if isinstance(value, str)]
    if texts and len(texts) == len(x) and not any(" " in text for text in texts):
        return True  # paths, there or not
    return any(_is_space(value) for value in x)


def _is_space(x: object) -> bool:
    if isinstance(x, str):
        from latentlab.checkpoints.formats import SUFFIXES as OF_CHECKPOINTS  # not for arrays

        named = (*SUFFIXES, *OF_CHECKPOINTS)
        return len(x) <= LONGEST and (exists(Path(x).expanduser()) or x.endswith(named))
    if isinstance(x, os.PathLike) or is_model(x) or isinstance(x, Vectors):
        return True
    if "list" in str(getattr(x, "type", "")):  # a column of Arrow
        return True
    shape = getattr(x, "shape", None)
    nested = str(getattr(x, "dtype", "")) == "object"
    return shape is not None and (len(shape) == 2 or (nested and len(shape) == 1))


def _space(x: Any, name: str) -> "Space":
    if is_model(x) or isinstance(x, Vectors):
        space: Space = x
        return space
    if x is None:
        raise UsageError(f"{name}: there is nothing to measure", "measure(x): an array, a path or a model")
    return vectors_of(x, name)
