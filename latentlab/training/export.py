"""From a finished run to a checkpoint: statistics, a first evaluation, the card."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor


def moments(pooled: Float[np.ndarray, "n p"], chunk: int = 8192) -> tuple[Tensor, Tensor]:
    """Mean (p,) and covariance (p, p) of a cloud, float32; products in float64 around a pilot mean."""
    pilot = np.asarray(pooled[:chunk], dtype=np.float64).mean(axis=0)
    total, square = np.zeros_like(pilot), np.zeros((len(pilot), len(pilot)))
    for at in range(0, len(pooled), chunk):
        rows = np.asarray(pooled[at : at + chunk], dtype=np.float64) - pilot
        total += rows.sum(axis=0)
        square += rows.T @ rows
    n = len(pooled)
    shift = total / n
    covariance = (square - n * np.outer(shift, shift)) / max(n - 1, 1)
    return torch.as_tensor(pilot + shift).float(), torch.as_tensor(covariance).float()
