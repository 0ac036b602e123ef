r"""The rate: what a variational posterior N(μ, diag σ²) costs against the prior N(0, I). Natural logarithms.

Read `collapse_gate` first: a collapsed posterior scores as a perfectly isotropic space in every other family,
because its samples are the prior. All metrics take the posterior means and log variances of the same rows,
or the sums over them (`Aggregate`). None of them knows what a decoder does with z.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from latentlab.metrics.aggregate import (
    COLLAPSE_EPSILONS,
    Input,
    Vectors,
    aggregate,
    information_per_dim,
)
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.verdicts.thresholds import HELD

ACTIVE = 0.01
"""Variance of a posterior mean above which its dimension counts as active."""
SWEEP = (0.001, 0.003, 0.01, 0.03, 0.1)
"""Other thresholds, to show how much the count hangs on this one."""
COLLAPSE_DELTA = 0.01


@dataclass(frozen=True, repr=False)
class ActiveUnits(Estimate):
    """The count at `ACTIVE`, the counts at other thresholds, and how close the nearest dimensions are."""

    sweep: dict[str, int] | None = None
    gap: tuple[float | None, float | None] = (None, None)
    """Largest variance that is not above the threshold, smallest that is; None where there is none."""

    def to_json(self) -> dict[str, object]:
        """Plain values for a report."""
        return {**super().to_json(), "sweep": self.sweep, "gap": list(self.gap)}


def kl_per_dim(mu: Input, logvar: Vectors | None = None) -> Float[np.ndarray, " d"]:
    r"""Mean KL divergence of each dimension from the prior, in nats.

    .. math:: KL_j = \tfrac1n \sum_i \tfrac12 (\mu_{ij}^2 + e^{l_{ij}} - 1 - l_{ij}), \quad l = \log \sigma^2

    Range [0, inf); 0 where the posterior is the prior. Blind to whether the dimensions say the same thing.
    Source: Kingma & Welling 2014, arXiv:1312.6114, appendix B.

    >>> kl_per_dim(np.array([[1.0, 0.0], [1.0, 0.0]]), np.zeros((2, 2))).tolist()
    [0.5, 0.0]
    """
    return aggregate(mu, logvar).kl


def kl_total(mu: Input, logvar: Vectors | None = None) -> Estimate:
    r"""The rate: mean KL divergence of a row's posterior from the prior, in nats.

    .. math:: \sum_j KL_j

    Range [0, inf); 0 when collapsed. An upper bound on the information that z carries about the sentence.
    Blind to how much of it is spent on moving the aggregate away from the prior.
    Source: Kingma & Welling 2014, arXiv:1312.6114; "rate" as in Alemi et al. 2018, arXiv:1711.00464.

    >>> kl_total(np.array([[1.0, 0.0], [1.0, 0.0]]), np.zeros((2, 2))).value
    0.5
    """
    a = aggregate(mu, logvar)
    value = float(a.kl.sum())
    if not math.isfinite(value):
        return Estimate(value)
    spread = max(a.row_kl_square - value**2, 0.0) * a.n / (a.n - 1)
    return Estimate(value).with_se(math.sqrt(spread / a.n))


def kl_total_bits(mu: Input, logvar: Vectors | None = None) -> Estimate:
    r"""The rate in bits.

    .. math:: \sum_j KL_j / \ln 2

    Range [0, inf); 0 when collapsed. Blind to what `kl_total` is blind to.
    Source: as `kl_total`.

    >>> round(kl_total_bits(np.array([[1.0, 0.0], [1.0, 0.0]]), np.zeros((2, 2))).value, 4)
    0.7213
    """
    nats = kl_total(mu, logvar)
    if nats.value is None or nats.se is None:
        return nats
    return Estimate(nats.value / math.log(2)).with_se(nats.se / math.log(2))


def active_units(mu: Input, logvar: Vectors | None = None) -> ActiveUnits:
    r"""Number of dimensions whose posterior mean moves with the sentence.

    .. math:: \#\{j : Var_x(\mu_j) > 0.01\} \quad (\text{ddof } 1)

    Range 0 to d; 0 when collapsed. The threshold belongs to a prior of unit variance and means nothing under
    another; `sweep` and `gap` show whether the count hangs on it. Blind to sigma: a mean that moves less than
    its noise still counts, and free bits fill the count; `kl_dims_95` and `information_dims_95` only
    where nothing lies above their floor.
    Source: Burda et al. 2016, arXiv:1509.00519, section 4.1.

    >>> units = active_units(np.array([[1.0, 0.0625], [-1.0, -0.0625]]), np.zeros((2, 2)))
    >>> units.value, units.sweep["0.003"], units.gap
    (1.0, 2, (0.0078125, 2.0))
    """
    a = aggregate(mu, logvar)
    variances = a.means.scatter.diagonal() / (a.n - 1)
    below, above = variances[variances <= ACTIVE], variances[variances > ACTIVE]
    gap = (float(below.max()) if len(below) else None, float(above.min()) if len(above) else None)
    sweep = {f"{threshold:g}": int(np.sum(variances > threshold)) for threshold in SWEEP}
    return ActiveUnits(float(len(above)), sweep=sweep, gap=gap)


def collapsed_dims(mu: Input, logvar: Vectors | None = None) -> dict[str, int]:
    r"""Number of (ε, δ)-collapsed dimensions for each ε of 0.01 and 0.1, with δ = 0.01.

    .. math:: \#\{j : P_x[KL_{ij} < \varepsilon] \ge 1 - \delta\}

    Range 0 to d; d when collapsed. Blind to a dimension that is constant but far from the prior.
    Source: Lucas et al. 2019, arXiv:1911.02469, section 6.2.

    >>> collapsed_dims(np.array([[0.3, 0.0], [-0.3, 0.0]]), np.zeros((2, 2)))
    {'0.01': 1, '0.1': 2}
    """
    a = aggregate(mu, logvar)
    # A share of exactly 1 - δ counts; the margin keeps 0.99 = 99/100 from failing by its rounding.
    enough = 1 - COLLAPSE_DELTA - 1e-12
    shares = a.below / a.n
    return {f"{e:g}": int(np.sum(row >= enough)) for e, row in zip(COLLAPSE_EPSILONS, shares, strict=True)}


def kl_dims_95(mu: Input, logvar: Vectors | None = None) -> Estimate:
    r"""Number of dimensions that carry 95 % of the rate, largest first.

    .. math:: \min \{k : \sum_{j \le k} KL_{(j)} \ge 0.95 \sum_j KL_j\}

    Range 1 to d; undefined without any rate. What free bits give every dimension alike counts little here.
    Blind to dimensions that cost and say nothing: `information_dims_95`.
    Source: as `kl_per_dim`; a count of the ordered terms.

    >>> kl_dims_95(np.array([[1.0, 0.0], [-1.0, 0.0]]), np.zeros((2, 2))).value
    1.0
    """
    return _dims_holding(aggregate(mu, logvar).kl, "the rate")


def information_dims_95(mu: Input, logvar: Vectors | None = None) -> Estimate:
    r"""Number of dimensions that carry 95 % of the information that gets through the noise, largest first.

    .. math:: \min \{k : \sum_{j \le k} I_{(j)} \ge 0.95 \sum_j I_j\}

    With I_j of `information_per_dim`. Range 1 to d; undefined without any. Blind to whether two dimensions
    say the same thing: they count twice.
    Source: as `information_per_dim`; a count of the ordered terms.

    >>> information_dims_95(np.array([[1.0, 3.0], [-1.0, 3.0]]), np.zeros((2, 2))).value
    1.0
    """
    return _dims_holding(information_per_dim(mu, logvar), "the information")


def _dims_holding(values: Float[np.ndarray, " d"], what: str) -> Estimate:
    total = float(values.sum())
    if not math.isfinite(total) or total <= 0:
        return undefined(f"{what} is zero or not finite")
    held = np.cumsum(np.sort(values)[::-1]) / total
    # The margin keeps what is exactly the share from failing by its rounding.
    return Estimate(1.0 + float(np.searchsorted(held, HELD - 1e-12)))
