"""Modules without memory behind them: shapes to compare with those of a file, filled from it afterwards."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_NORMAL = torch.nn.init.normal_


class _Undrawn(TorchFunctionMode):
    """Initial weights are not drawn: there is nothing to draw into.

    For a normal distribution on the meta device torch imports its compiler, which takes a second.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        if func is _NORMAL:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **(kwargs or {}))


@contextmanager
def on_meta() -> Iterator[None]:
    """Modules made inside are on the meta device: shapes and types, no memory, no values."""
    with torch.device("meta"), _Undrawn():
        yield
