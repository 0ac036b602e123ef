"""The header of a .npy: numpy parses it, and what it says is checked before anything is made by it."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from latentlab.errors import LatentsError
from latentlab.untrusted import NUMPY_ERRORS, check_regular, reading


@dataclass(frozen=True)
class NpyHeader:
    """What array a .npy holds, and where it begins."""

    path: Path
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype
    start: int
    """Byte in the file."""
    size: int
    """Bytes of the file."""

    @property
    def end(self) -> int:
        """Byte after the last number."""
        return self.start + math.prod(self.shape) * self.dtype.itemsize

    def check_whole(self) -> None:
        """LatentsError where the file has fewer bytes than its header says."""
        if self.size < self.end:
            raise LatentsError(
                f"{self.path} is cut short: its header says {self.shape}", "write it again, or copy it again"
            )


def npy_header(path: Path) -> NpyHeader:
    """Read the header; LatentsError where the file is no regular one, no .npy, or its sizes are no sizes."""
    readers: dict[Any, Any] = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    size = check_regular(path, LatentsError)
    with reading(path, LatentsError), path.open("rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            shape, fortran, dtype = readers[version](file)
        except NUMPY_ERRORS as error:
            raise LatentsError(f"{path} is not a whole .npy file", "write it with numpy.save") from error
        # numpy lets a minus sign and a truth value through.
        if not all(type(length) is int and length >= 0 for length in shape):
            raise LatentsError(
                f"{path} is not a whole .npy file: its header says {shape!r:.40}", "write it with numpy.save"
            )
        return NpyHeader(path, shape, fortran, dtype, file.tell(), size)
