"""Columns of a table by what their types can hold: vectors, single floats, or neither, and then why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from latentlab.errors import LatentsError
from latentlab.results.vectors.vector_hints import FLOATING, HOW_TO_WRITE, ONE_VECTOR, TEXT, number_hint
from latentlab.results.vectors.vector_source import is_vector, listed, shown

_SPARK = ["type", "size", "indices", "values"]
"""Fields of a vector of Spark's machine learning library."""


@dataclass(frozen=True)
class Field:
    """A column by its type alone."""

    name: str
    type: Any
    depth: int
    """Lists around the numbers; 0 for a single value."""
    leaf: Any
    """Type of what is in the innermost lists."""
    shape: tuple[int, ...] | None = None
    """Of a tensor as it is stored; a permutation of its axes changes nothing where it is a vector."""

    @classmethod
    def of(cls, field: Any) -> "Field":
        """Of a field of an Arrow schema."""
        import pyarrow

        kind = field.type
        if isinstance(kind, pyarrow.FixedShapeTensorType):
            return cls(field.name, kind, 1, kind.value_type, tuple(kind.shape))
        depth = 0
        inner = kind.storage_type if isinstance(kind, pyarrow.BaseExtensionType) else kind
        while cls.is_list(inner):
            depth, inner = depth + 1, inner.value_type
        return cls(field.name, kind, depth, inner)

    @staticmethod
    def is_list(kind: Any) -> bool:
        """Whether it is a list of any of Arrow's kinds."""
        from pyarrow import types

        plain = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
        return bool(plain or types.is_list_view(kind) or types.is_large_list_view(kind))

    @property
    def holds_vectors(self) -> bool:
        """As far as the type says: lists in lists may still turn out longer than 1 on two axes."""
        return self.depth > 0 and _is_real(self.leaf) and (self.shape is None or is_vector(self.shape))

    @property
    def is_float(self) -> bool:
        """Whether it holds a floating-point number a row."""
        return not self.depth and _is_real(self.leaf)

    @property
    def is_unusual(self) -> bool:
        """Whether it is neither a number nor a text, so that vectors may have been meant."""
        from pyarrow import types

        kind = self.leaf
        return self.depth > 0 or _is_bytes(kind) or types.is_struct(kind)

    @property
    def kind(self) -> str:
        """What it holds, for a message."""
        return "text" if not self.depth and is_text(self.leaf) else shown(str(self.type))


def dtype_of(leaf: Any) -> np.dtype:
    """The type that numbers have in numpy; decimals become float64."""
    from pyarrow import types

    return np.dtype(np.float64 if types.is_decimal(leaf) else leaf.to_pandas_dtype())


def is_text(kind: Any) -> bool:
    """Whether it is a string of any of Arrow's kinds."""
    from pyarrow import types

    kind = kind.value_type if types.is_dictionary(kind) else kind
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def refusal(path: Path, field: Field, vectors: Sequence[Field]) -> LatentsError:
    """Why a column holds no vectors, and what to do; `vectors` are the columns that do hold some."""
    from pyarrow import types

    where, leaf = f"{path}, {shown(field.name)}", field.leaf
    said = f"{field.kind} where vectors were expected"
    hint = HOW_TO_WRITE
    if field.shape is not None and not is_vector(field.shape):
        said, hint = f"tensors of shape {field.shape} where one vector a row was expected", ONE_VECTOR
    elif field.depth:
        said = f"{field.kind} where {FLOATING}"
        if types.is_integer(leaf) or types.is_boolean(leaf):
            hint = number_hint(str(leaf))
    elif is_text(leaf):
        hint = TEXT
    elif _is_bytes(leaf):
        hint = "of float32: numpy.frombuffer(cell, 'float32'); of packed bits: "
        hint += "numpy.unpackbits(numpy.frombuffer(cell, 'uint8')) * 2.0 - 1"
    elif types.is_struct(leaf):
        fields = [leaf.field(at).name for at in range(leaf.num_fields)]
        hint = f"save its field of numbers as a column of its own; there are {listed(fields)}"
        if fields == _SPARK:
            hint = "Spark makes a column of lists of it: pyspark.ml.functions.vector_to_array"
    if vectors:
        hint = f"columns of vectors: {listed(each.name for each in vectors)}"
    return LatentsError(f"{where}: {said}", hint)


def _is_real(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_floating(kind) or types.is_decimal(kind))


def _is_bytes(kind: Any) -> bool:
    from pyarrow import types

    plain = types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)
    return bool(plain or types.is_fixed_size_binary(kind))
