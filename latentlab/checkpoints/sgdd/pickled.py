"""The pickle inside a `.pt` file, read as a table. Nothing in it is ever called.

Every name that it asks for becomes an inert stand-in, so reading is safe whatever the file says; a name that
a checkpoint has no business with is refused before torch sees the file. What comes out: plain values, and for
each tensor its type, shape and place, checked against the bytes that are there. Needs no torch.
"""

import io
import math
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

from latentlab.checkpoints.header import ITEM_BYTES, TensorInfo, shape_text
from latentlab.errors import CheckpointError
from latentlab.untrusted import one_line, shown

STORAGES = {
    "FloatStorage": "F32", "HalfStorage": "F16", "BFloat16Storage": "BF16", "DoubleStorage": "F64",
    "LongStorage": "I64", "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8",
    "ByteStorage": "U8", "BoolStorage": "BOOL",
}  # fmt: skip
_TABLE = "collections.OrderedDict"
_TENSOR = "torch._utils._rebuild_tensor_v2"
_PARAMETER = "torch._utils._rebuild_parameter"
_ALLOWED = {_TABLE, _TENSOR, _PARAMETER, "torch.Size", "torch.device"} | {f"torch.{s}" for s in STORAGES}
_ALLOWED |= {f"torch.{name}" for name in ("float16", "bfloat16", "float32", "float64", "int64")}

_DAMAGED = "restore the file from a copy"
_DEEPEST, _MOST_VALUES, _LARGEST_INT = 16, 20_000, 1 << 63


@dataclass(frozen=True)
class StoredTensor:
    """A tensor that the pickle describes, and the storage that it is a view of."""

    info: TensorInfo
    storage: str
    """Name of the member that holds the bytes."""
    view: tuple[int, tuple[int, ...]]
    """Offset and strides in numbers, not bytes."""


class Table(dict[Any, Any]):
    """A dictionary that remembers the first key given twice."""

    twice: Any = None

    def __setitem__(self, key: Any, value: Any) -> None:
        if key in self and self.twice is None:
            self.twice = key
        super().__setitem__(key, value)

    def __setstate__(self, state: Any) -> None:
        """Attributes, such as the versions that a state dict carries, are of no interest."""


class _Named:
    """The stand-in for something that the pickle asks for by name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *args: Any) -> Any:
        if self.name == _TABLE:
            return Table(*args)
        return _Made(self.name, args)


class _Made:
    """The stand-in for what a named function would have made."""

    def __init__(self, name: str, args: tuple[Any, ...]) -> None:
        self.name, self.args = name, args

    def __setstate__(self, state: Any) -> None:
        """What a pickle sets on it is of no interest."""


# The C implementation fills plain dictionaries unseen; this one, in Python, can be told to use `Table`.
class _Reader(pickle._Unpickler):
    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(pickle._Unpickler.dispatch)

    def find_class(self, module: str, name: str) -> Any:
        wanted = f"{module}.{name}"
        if wanted not in _ALLOWED:
            raise CheckpointError(
                f"it asks for {shown(wanted)}, which a checkpoint has no business with; nothing was run",
                "do not load it elsewhere either; weights need tensors, numbers and text alone",
            )
        return _Named(wanted)

    def persistent_load(self, pid: Any) -> Any:
        return _Made("storage", tuple(pid) if isinstance(pid, tuple) else (pid,))

    def get_extension(self, code: int) -> NoReturn:
        raise pickle.UnpicklingError("extension codes are not used by checkpoints")

    def _load_table(self) -> None:
        self.stack.append(Table())  # type: ignore[attr-defined]

    dispatch[pickle.EMPTY_DICT[0]] = _load_table

    def _refuse(self) -> NoReturn:
        raise pickle.UnpicklingError("an instruction that checkpoints do not use")

    for _code in (pickle.INST, pickle.OBJ, pickle.NEWOBJ, pickle.NEWOBJ_EX, pickle.DICT, pickle.NEXT_BUFFER):
        dispatch[_code[0]] = _refuse
    # It takes the memory that it is told before it looks for the bytes.
    dispatch[pickle.BYTEARRAY8[0]] = _refuse


def read_pickle(data: bytes) -> Any:
    """Parse a pickle without calling anything. CheckpointError: it is damaged, or what it asked for."""
    try:
        return _Reader(io.BytesIO(data)).load()
    except CheckpointError:
        raise
    except Exception as error:  # a damaged pickle can fail in any way
        raise CheckpointError(f"its pickle is damaged: {one_line(error)}", _DAMAGED) from error


def plain(value: Any, where: str) -> Any:
    """Numbers, text, lists and dictionaries of a configuration, as fresh objects.

    CheckpointError names what is something else, too deep, too much, or given twice.
    """
    count = 0

    def copied(item: Any, path: str, depth: int) -> Any:
        nonlocal count
        count += 1
        if depth > _DEEPEST or count > _MOST_VALUES:
            raise CheckpointError(f"{where} is nested too deep or too large at {shown(path)}", _DAMAGED)
        if isinstance(item, dict):
            check_twice(item, path)
            return {_key(k, path): copied(v, f"{path}.{_key(k, path)}", depth + 1) for k, v in item.items()}
        if isinstance(item, list | tuple):
            return [copied(v, path, depth + 1) for v in item]
        if isinstance(item, int) and not isinstance(item, bool) and abs(item) >= _LARGEST_INT:
            raise CheckpointError(f"{shown(path)} is a number of more than 63 bits", _DAMAGED)
        if item is None or isinstance(item, bool | int | float | str):
            return item
        raise CheckpointError(f"{shown(path)} is neither a number nor text", "checkpoints hold plain values")

    return copied(value, where, 0)


def bare_tensors(tree: Any) -> tuple[str, str] | None:
    """What a pickle holds where it is tensors alone, and what makes one of it in Python, `x` being the whole.

    None where it is something else, the weights of a model included: their names have dots.
    """
    if _is_tensor(tree):
        return "a tensor", "x"
    if isinstance(tree, list | tuple):
        at = [number for number, value in enumerate(tree) if _is_tensor(value)]
        if at and len(at) == len(tree):
            return f"a list of {len(tree)} tensors", "torch.stack(x)"
        if at:
            return "a tensor and more", f"x[{at[0]}]"
    if isinstance(tree, Table):
        names = [key for key, value in tree.items() if isinstance(key, str) and _is_tensor(value)]
        if names and not any("." in name for name in names):
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            return f"a tensor {shown(names[0])}{more}", f"x[{names[0]!r}]" if len(
                names[0]
            ) < 40 else "x[NAME]"
    return None


def tensors_of(table: Any, sizes: Mapping[str, int], where: str) -> dict[str, StoredTensor]:
    """The tensors of a state dict.

    CheckpointError names an entry that is no tensor, is there twice, or has not the bytes of its shape.

    Args:
        table: What `read_pickle` made of it.
        sizes: Bytes of every storage that the file has, by its name.
        where: What the table is, for messages.
    """
    if not isinstance(table, Table):
        raise CheckpointError(f"{where} is not a table of tensors", _DAMAGED)
    check_twice(table, where)
    return dict(_tensors(table, sizes, where))


def _tensors(table: Table, sizes: Mapping[str, int], where: str) -> Iterator[tuple[str, StoredTensor]]:
    for key, value in table.items():
        name = _key(key, where)
        value = _unwrapped(value)
        if not _is_tensor(value):
            raise CheckpointError(f"{shown(name)} in {where} is no tensor", _DAMAGED)
        yield name, _tensor(value, sizes, name)


def _unwrapped(value: Any) -> Any:
    """The tensor of a parameter, anything else as it is."""
    parameter = isinstance(value, _Made) and value.name == _PARAMETER and value.args
    return value.args[0] if parameter else value


def _is_tensor(value: Any) -> bool:
    value = _unwrapped(value)
    return isinstance(value, _Made) and value.name == _TENSOR and len(value.args) >= 4


def _tensor(made: _Made, sizes: Mapping[str, int], name: str) -> StoredTensor:
    bad = CheckpointError(f"tensor {shown(name)} is described wrongly", _DAMAGED)
    storage, offset, shape, stride = made.args[:4]
    if not isinstance(storage, _Made) or storage.name != "storage" or len(storage.args) != 5:
        raise bad
    tag, kind, key, device, count = storage.args
    dtype = STORAGES.get(kind.name.removeprefix("torch.")) if isinstance(kind, _Named) else None
    if tag != "storage" or dtype is None or not _counts((count, offset)):
        raise bad
    if not isinstance(key, str) or not isinstance(device, str):
        raise bad
    if not (isinstance(shape, tuple) and isinstance(stride, tuple) and _counts(shape) and _counts(stride)):
        raise bad
    if len(shape) != len(stride) or len(shape) > 8:
        raise bad
    info = TensorInfo(dtype, shape)
    last = offset + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
    # A step of 0 would let one number pass for a matrix of any size.
    if info.size == 0 or info.size > count or last >= count or not _distinct(shape, stride):
        raise CheckpointError(
            f"tensor {shown(name)} claims {shape_text(shape)} numbers, its storage has {count}", _DAMAGED
        )
    if sizes.get(key) != count * ITEM_BYTES[dtype]:
        raise CheckpointError(
            f"tensor {shown(name)} needs {count * ITEM_BYTES[dtype]} bytes, the file has {sizes.get(key, 0)}",
            _DAMAGED,
        )
    return StoredTensor(info, key, (offset, stride))


def _distinct(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """Whether no two indices share a number: each step is longer than everything below it."""
    reach = 1
    for step, size in sorted((s, n) for n, s in zip(shape, stride, strict=True) if n > 1):
        if step < reach:
            return False
        reach = step * size if math.prod(shape) else 1
    return True


def _counts(values: tuple[Any, ...]) -> bool:
    return all(type(v) is int and 0 <= v < _LARGEST_INT for v in values)


def check_twice(table: dict[Any, Any], where: str) -> None:
    """CheckpointError when a key was given twice, so that one of two values was lost."""
    twice = getattr(table, "twice", None)
    if twice is not None:
        raise CheckpointError(f"{shown(where)} has the key {shown(_key(twice, where))} twice", _DAMAGED)


def _key(key: Any, where: str) -> str:
    if not isinstance(key, str):
        # Not the key itself: the digits of a number can be too many to write down.
        raise CheckpointError(f"{shown(where)} has a key that is no text but {type(key).__name__}", _DAMAGED)
    return key
