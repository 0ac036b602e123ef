"""What every metric asks of its input, decided once.

Vectors: a float array (n, d) with n >= 2, d >= 1, all finite. Anything else is refused with what was expected
and what was found; a row with NaN is never dropped in silence. Zero rows, repeated rows, a single point and
n <= d are allowed here: the metrics define them and say so in a note. All sums are taken in float64.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError

NOISE = 1e-6
"""A spread below this share of the root mean square norm is rounding of float32, not a spread."""
LARGEST = 1e100
"""Larger numbers are no vectors of a model, and their squares would overflow."""


def check_cloud(x: np.ndarray, name: str = "x", *, least: int = 2) -> Float[np.ndarray, "n d"]:
    """The vectors in float64; `least` rows or more.

    >>> check_cloud(np.ones((1, 3)))
    Traceback (most recent call last):
    latentlab.errors.LatentsError: x: expected at least 2 rows, got shape (1, 3)
    """
    check_shape(x, name, least=least)
    check_finite(x, name)
    y: np.ndarray = x.astype(np.float64)
    return y


def check_shape(x: np.ndarray, name: str = "x", *, least: int = 2) -> None:
    """Floating-point vectors, `least` or more."""
    if x.ndim != 2 or x.shape[1] == 0:
        raise LatentsError(f"{name}: expected vectors of shape (n, d), got shape {x.shape}")
    if not np.issubdtype(x.dtype, np.floating):
        raise LatentsError(f"{name}: expected floating-point numbers, got {x.dtype}")
    if len(x) < least:
        raise LatentsError(f"{name}: expected at least {least} rows, got shape {x.shape}")


def check_finite(x: np.ndarray, name: str = "x") -> None:
    """Every number finite, and none larger than `LARGEST`."""
    # NaN passes through maximum and minimum, so two looks are enough where all is well.
    largest = max(float(np.max(x, initial=0)), -float(np.min(x, initial=0)))
    if largest <= LARGEST:
        return
    bad = np.flatnonzero(~np.isfinite(x).all(axis=1))
    if len(bad):
        raise LatentsError(
            f"{name}: expected finite numbers, got NaN or infinity in {len(bad)} of {len(x)} rows, "
            f"the first is row {bad[0]}"
        )
    raise LatentsError(f"{name}: expected magnitudes up to {LARGEST:g}, got {largest:g}")


def check_posterior(
    mu: np.ndarray, logvar: np.ndarray, name: str = "", *, least: int = 2
) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n d"]]:
    """Mean and log variance in float64, of one shape; `name` says whose they are."""
    prefix = f"{name}, " if name else ""
    if mu.shape != logvar.shape:
        raise LatentsError(f"{prefix}logvar: expected the shape of mu, {mu.shape}, got {logvar.shape}")
    return check_cloud(mu, f"{prefix}mu", least=least), check_cloud(logvar, f"{prefix}logvar", least=least)


def check_pairs(hypotheses: Sequence[object], references: Sequence[object]) -> None:
    """As many answers as references, and at least one."""
    if len(hypotheses) != len(references):
        raise LatentsError(
            f"expected one hypothesis a reference, got {len(hypotheses)} and {len(references)}"
        )
    if not references:
        raise LatentsError("expected at least one sentence, got none")


def centre(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """Subtract the sample mean; a cloud that is one point up to rounding becomes exactly zero.

    Without that rule the rounding errors of a constant cloud would be measured, and they are isotropic.

    >>> centre(np.full((3, 2), 0.1)).tolist()
    [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    """
    y: np.ndarray = check_cloud(x)
    energy = float(np.mean(np.sum(y**2, axis=1)))
    # The first row goes first: whatever all rows share is then gone before anything is rounded.
    y = y - y[0]
    y -= y.mean(axis=0)
    if float(np.mean(np.sum(y**2, axis=1))) <= NOISE**2 * energy:
        return np.zeros_like(y)
    return y
