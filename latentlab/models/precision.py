"""Whether this machine multiplies faster in bfloat16 than in float32: timed once, not guessed from a name.

Many processors accept bfloat16 and emulate it more slowly than float32, so a capability flag is not enough.
"""

import time
from functools import cache

import torch

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
