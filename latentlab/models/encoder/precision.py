"""Whether this machine multiplies faster in bfloat16 than in float32, and whether it does so steadily.

Many processors accept bfloat16 and emulate it more slowly than float32, so `fast_bfloat16` times it. What a
sentence is decoded to must not hang on a stopwatch: `steady_bfloat16` asks for the processor's instructions
and for products that do not depend on the number of rows, and answers the same every time.
"""

import time
from functools import cache
from typing import Literal

import torch

Precision = Literal["float32", "bfloat16"]

_ROWS, _INNER, _OUTER = 512, 384, 1536
_ROUNDS = 7
_CLEARLY = 1.3


@cache
def fast_bfloat16(device: str = "cpu") -> bool:
    """Tell whether a matrix product of the encoder's shape is clearly faster in bfloat16.

    Timed at the first call, then remembered for the process; a fraction of a second.

    Args:
        device: Torch device, such as `cpu` or `cuda`.

    Returns:
        True when the best of several bfloat16 products takes less than 1/1.3 of the best float32 one.
    """
    return _best_seconds(torch.float32, device) > _CLEARLY * _best_seconds(torch.bfloat16, device)


def _best_seconds(dtype: torch.dtype, device: str) -> float:
    """Seconds of the fastest of several products; the minimum ignores whatever else the machine does."""
    left = torch.full((_ROWS, _INNER), 0.5, dtype=dtype, device=device)
    right = torch.full((_OUTER, _INNER), 0.5, dtype=dtype, device=device)
    best = float("inf")
    with torch.inference_mode():
        for _ in range(_ROUNDS):
            started = time.perf_counter()
            product = torch.nn.functional.linear(left, right)
            # Reading one number back waits for the device, where work is queued.
            product[0, 0].item()
            best = min(best, time.perf_counter() - started)
    return best


@cache
def steady_bfloat16() -> bool:
    """Tell whether the CPU has bfloat16 products of its own, and a row's product is the same in any company.

    Computed at the first call, then remembered for the process; some milliseconds.
    """
    has = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    if not (has.get("avx512_bf16") or has.get("amx_bf16")):
        return False
    generator = torch.Generator().manual_seed(0)
    with torch.inference_mode():
        for inner, outer in ((192, 576), (768, 192), (192, 2048)):
            rows = torch.randn(67, inner, generator=generator).bfloat16()
            weight = torch.randn(outer, inner, generator=generator).bfloat16()
            whole = torch.nn.functional.linear(rows, weight)
            parts = (torch.nn.functional.linear(rows[:n], weight) for n in (1, 2, 3, 4, 7, 11, 33, 64))
            if not all(torch.equal(part, whole[: len(part)]) for part in parts):
                return False
    return True
