"""The state of a pass on disk: one safetensors file with the sums, and what they are of as JSON.

Sums of one cloud that were written on different days or machines are added later. What is read is checked
against itself, for sums that do not belong together would add without a sound.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from latentlab.errors import InputError, LatentsError
from latentlab.files import atomic_write
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.metrics.streaming.sums import Sums
from latentlab.results.checked import is_number
from latentlab.results.vectors.memmapped import STATE_KEY, Tensors, read_header
from latentlab.untrusted import parse_json

FORMAT = 2
SUFFIX = ".safetensors"
_TYPES: dict[str, np.dtype] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8"), "I64": np.dtype("<i8")}
_COUNTS = ("shards.n", "shards.directed", "kept_rows", "kept_groups")
_SUMS = tuple(field.name for field in fields(Sums) if field.name != "square")
"""The squares are the diagonal of the products, and are not written."""
_NOT_WRITTEN = {"products": True}
_HINT = "write it with latentlab anisotropy FILE --state STATE"


@dataclass(frozen=True)
class SavedState:
    """A state, and whose it is."""

    name: str
    """Of the cloud, as reports call it."""
    state: State
    path: Path | None = None
    """Where it was read from."""

    def write(self, path: Path) -> None:
        """Write the whole file or leave what was there; InputError for another suffix than `SUFFIX`."""
        if path.suffix != SUFFIX:
            raise InputError(f"{path}: a state is written to a name that ends in {SUFFIX}")
        atomic_write(path, self._write)

    def _write(self, path: Path) -> None:
        # By hand, for the library copies every array twice, and the sums are the largest thing in memory.
        header: dict[str, Any] = {"__metadata__": {STATE_KEY: json.dumps(self._description())}}
        arrays = _arrays(self.state)
        at = 0
        for key, array in arrays.items():
            code = next(code for code, dtype in _TYPES.items() if dtype == array.dtype)
            header[key] = {"dtype": code, "shape": array.shape, "data_offsets": [at, at + array.nbytes]}
            at += array.nbytes
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with path.open("wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            for array in arrays.values():
                file.write(array.data)

    def _description(self) -> dict[str, Any]:
        state = self.state
        return {
            "format": FORMAT,
            "name": self.name,
            "setting": {k: v for k, v in asdict(state.setting).items() if k not in _NOT_WRITTEN},
            "ranges": state.ranges,
            "nonfinite": state.nonfinite,
            "row_spread": state.row_spread,
        }

    @classmethod
    def read(cls, path: Path) -> "SavedState":
        """Read and check; LatentsError names what is wrong."""
        try:
            if path.suffix != SUFFIX:
                raise LatentsError(f"{path} is no state: its name does not end in {SUFFIX}", _HINT)
            header = read_header(path)
            description = _described(path, header)
            arrays = dict(_read_arrays(path, header))
        except OSError as error:
            raise LatentsError(f"cannot read {path}: {error.strerror or error}", "check the path") from error
        try:
            setting = _setting(description["setting"])
            for wrong in _misshapen(arrays, setting):
                raise _contradiction(path, wrong)
            name, state = description["name"], _state(description, setting, arrays)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise LatentsError(f"{path} is no whole state: {error}", _HINT) from error
        for wrong in _contradictions(state):
            raise _contradiction(path, wrong)
        return cls(name, state, path)


def _contradiction(path: Path, wrong: str) -> LatentsError:
    return LatentsError(f"{path} contradicts itself: {wrong}", _HINT)


def _arrays(state: State) -> dict[str, np.ndarray]:
    """Everything of a state that is an array, as it lies in the file: eight bytes a number first."""
    directions = {} if state.unit_scatter is None else {"unit_scatter": state.unit_scatter}
    arrays = {
        "pilot": state.pilot,
        **{f"shards.{name}": getattr(state.shards, name) for name in _SUMS},
        **directions,
        "kept_rows": state.kept_rows,
        "kept_groups": state.kept_groups.view(np.int64),
        "kept": state.kept,
    }
    return {key: np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for key, array in arrays.items()}


def _described(path: Path, header: Tensors) -> dict[str, Any]:
    if STATE_KEY not in header.metadata:
        raise LatentsError(f"{path} is no state: it has no {STATE_KEY} in its metadata", _HINT)
    try:
        description = parse_json(header.metadata[STATE_KEY], "the metadata", LatentsError)
        version = description["format"]
    except (LatentsError, ValueError, TypeError, KeyError) as error:
        raise LatentsError(f"{path} is no whole state: its metadata is damaged", _HINT) from error
    if version != FORMAT:
        raise LatentsError(f"{path} has format {version!r}, this version reads {FORMAT}", _HINT)
    return dict(description)


def _read_arrays(path: Path, header: Tensors) -> Iterator[tuple[str, np.ndarray]]:
    with path.open("rb") as file:
        for key, stored in header.arrays.items():
            allowed = ("I64",) if key in _COUNTS else ("F32", "F64") if key == "kept" else ("F64",)
            if stored.code not in allowed:
                raise LatentsError(f"{path} is no whole state: {key} holds {stored.code} numbers", _HINT)
            dtype = _TYPES[stored.code]
            file.seek(stored.start)
            array = np.fromfile(file, dtype, int(np.prod(stored.shape, dtype=object))).reshape(stored.shape)
            yield key, array.astype(dtype.newbyteorder("="), copy=False)


def _setting(given: dict[str, Any]) -> Setting:
    """ValueError where it is none."""
    kinds = {"seed": int, "shards": int, "subsample": int, "directions": bool, "grouped": bool}
    if {key: type(value) for key, value in given.items()} != kinds:
        raise ValueError(f"its setting is {given}")
    if given["seed"] < 0 or given["shards"] < 1 or given["subsample"] < 1:
        raise ValueError(f"its setting is {given}")
    return Setting(**given)


def _misshapen(arrays: dict[str, np.ndarray], setting: Setting) -> Iterator[str]:
    """Arrays that do not fit together; ValueError where one is missing, or is no part of a state."""
    names = [f"shards.{name}" for name in _SUMS]
    names += ["pilot", "kept", "kept_rows", "kept_groups", *(["unit_scatter"] if setting.directions else [])]
    for what, odd in (("no", set(names) - set(arrays)), ("an unknown", set(arrays) - set(names))):
        if odd:
            raise ValueError(f"there is {what} tensor {sorted(odd)[0]}")
    d, g = arrays["pilot"].size, setting.shards
    wanted = dict.fromkeys(names, (g, d)) | {
        "shards.n": (g,),
        "shards.directed": (g,),
        "shards.scatter": (g, d, d),
        "pilot": (d,),
        "unit_scatter": (d, d),
        "kept": (arrays["kept_rows"].size, d),
        "kept_rows": (arrays["kept_rows"].size,),
        "kept_groups": (arrays["kept_rows"].size,),
        "shards.quartic": (g,),
    }
    for key, array in arrays.items():
        if array.shape != wanted[key]:
            yield f"{key} has shape {array.shape}, not {wanted[key]}"
        if not np.isfinite(array).all():
            yield f"{key} is not finite"


def _state(description: dict[str, Any], setting: Setting, arrays: dict[str, np.ndarray]) -> State:
    squares = description["row_spread"]
    _check_description(description)
    sums = {name: arrays[f"shards.{name}"] for name in _SUMS}
    return State(
        pilot=arrays["pilot"],
        setting=setting,
        ranges=[(start, end) for start, end in description["ranges"]],
        shards=Sums(**sums, square=np.einsum("kii->ki", sums["scatter"]).copy()),
        unit_scatter=arrays.get("unit_scatter"),
        kept=arrays["kept"],
        kept_rows=arrays["kept_rows"],
        kept_groups=arrays["kept_groups"].view(np.uint64),
        nonfinite=description["nonfinite"],
        row_spread=None if squares is None else float(squares),
    )


def _check_description(given: dict[str, Any]) -> None:
    """ValueError where a number is of another type: a text or a half would come out as a whole number."""
    counts = [given["nonfinite"], *(end for pair in given["ranges"] for end in pair)]
    if not all(type(number) is int and number >= 0 for number in counts):
        raise ValueError(f"its rows are {given['ranges']}, {given['nonfinite']} left out")
    spread = given["row_spread"]
    if spread is not None and not (is_number(spread) and spread >= 0):
        raise ValueError(f"its row_spread is {spread!r}")
    if not isinstance(given["name"], str):
        raise ValueError(f"its name is {given['name']!r}")


def _contradictions(state: State) -> Iterator[str]:
    """What cannot be of one pass."""
    sums, ranges, rows = state.shards, state.ranges, state.kept_rows
    if not ranges or any(start > end or start < 0 for start, end in ranges):
        yield f"its rows {ranges} are no ranges"
    if any(end > start for (_, end), (start, _) in pairwise(ranges)):
        yield f"its rows {ranges} overlap"
    seen = sum(end - start for start, end in ranges)
    if (sums.n < 0).any() or state.n + state.nonfinite != seen:
        yield f"{state.n} rows are counted and {state.nonfinite} left out, of {seen}"
    if (sums.square < 0).any() or (sums.quartic < 0).any():
        yield "a sum of squares is below 0"
    if (sums.directed < 0).any() or (sums.directed > sums.n).any():
        yield "more rows have a direction than there are"
    wanted = min(state.setting.subsample, state.n)
    enough = len(rows) <= wanted if state.setting.grouped else len(rows) == wanted  # one row a group
    if not enough or (np.diff(rows) <= 0).any():
        yield f"{len(rows)} rows are kept in this order, of {state.n}"
    if not all(any(start <= row < end for start, end in ranges) for row in rows.tolist()):
        yield "a row is kept that was not seen"
