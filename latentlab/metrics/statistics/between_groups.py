r"""Measures of rows that come in groups, from products of rows in different shards, so of different groups.

Rows of one group resemble each other: their products say nothing of the space, and a formula that takes them
for independent rows takes off the wrong bias. Whole groups lie in one shard each, so products across shards
are of independent rows; what is given up are products of different groups in one shard, one in fifty.

.. math:: tr \Sigma^2 = E (x_1 \cdot x_2)^2 - 2 E (x_1 \cdot x_2)(x_2 \cdot x_3) + E (x_1 \cdot x_2)(x_3 \cdot
    x_4), \quad (tr \Sigma)^2 = E \lVert x_1 \rVert^2 \lVert x_2 \rVert^2 - 2 E \lVert x_1 \rVert^2 (x_2 \cdot
    x_3) + E (x_1 \cdot x_2)(x_3 \cdot x_4)

with each x from another shard: unbiased for rows of any distribution.
Source: U-statistics, Hoeffding 1948, Annals of Mathematical Statistics 19:293.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from latentlab.metrics.participation import on_unit_scale, ratio_of_traces
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.streaming.products import Products
from latentlab.metrics.streaming.sums import Sums

FEWEST = 5
"""Shards with rows: products of four are needed without any one of them."""
_FEW = "too few groups for products across them"

Shards = Int64[np.ndarray, " s"]
Values = tuple[Estimate, list[Estimate]]
"""Of all rows, and without each shard that has rows."""


def between_shards(shards: Sums, pilot: Float[np.ndarray, " d"]) -> dict[str, Values]:
    """Mean cosine, mean energy ratio, debiased participation ratio and IsoScore, by key."""
    at = np.array(list(shards.filled()))
    d, keys = len(pilot), ("mean_cosine", "mean_energy_ratio", "participation_ratio_debiased")
    if len(at) < FEWEST:
        few = undefined(_FEW)
        return dict.fromkeys((*keys, "isoscore_debiased"), (few, []))
    n = shards.n[at].astype(np.float64)
    raw = shards.total[at] + np.outer(n, pilot)
    energy = shards.square[at].sum(axis=1) + 2 * shards.total[at] @ pilot + n * float(pilot @ pilot)
    units, count = shards.unit_total[at], shards.directed[at].astype(np.float64)
    cosines, products, traces = units @ units.T, raw @ raw.T, _Traces.of(shards)

    def cosine(s: Shards) -> Estimate:
        pairs = _off_diagonal(np.outer(count, count), s)
        return Estimate(_off_diagonal(cosines, s) / pairs) if pairs else undefined("no row has a direction")

    def ratio(s: Shards) -> Estimate:
        if not energy[s].any():
            return undefined("every row is zero")
        mean = _off_diagonal(products, s) / _off_diagonal(np.outer(n, n), s)
        return Estimate(mean / float(energy[s].sum() / n[s].sum()))

    def participation(s: Shards) -> Estimate:
        return ratio_of_traces(*traces.of_shards(s), d)

    everything = np.arange(len(at))
    found: dict[str, Values] = {}
    for key, value in zip(keys, (cosine, ratio, participation), strict=True):
        found[key] = value(everything), [value(np.delete(everything, g)) for g in everything]
    whole, each = found["participation_ratio_debiased"]
    found["isoscore_debiased"] = on_unit_scale(whole, d), [on_unit_scale(one, d) for one in each]
    return found


@dataclass(frozen=True)
class _Traces:
    """What the two second moments of the covariance are made of."""

    products: Products
    totals: Float[np.ndarray, "k k"]
    forms: Float[np.ndarray, "k k k"]
    """Σ y yᵀ of the first shard between Σ y of the other two."""

    @classmethod
    def of(cls, shards: Sums) -> "_Traces":
        p = Products.of(shards)
        at = list(shards.filled())
        inside = np.stack([p.total @ shards.scatter[g] @ p.total.T for g in at])
        raw, along = shards.total[at] @ p.total.T, p.total @ p.centre
        mixed = np.einsum("ts,u->tsu", raw, along)
        inside += -mixed - mixed.transpose(0, 2, 1) + np.einsum("t,s,u->tsu", p.n, along, along)
        return cls(p, p.total @ p.total.T, inside)

    def of_shards(self, s: Shards) -> tuple[float, float]:
        """(tr Σ)² and tr Σ² from some of the shards."""
        p, g = self.products, self.totals[np.ix_(s, s)].copy()
        n, length, forms = p.n[s], p.length[s], self.forms[np.ix_(s, s, s)].copy()
        k = np.arange(len(s))
        np.fill_diagonal(g, 0.0)
        forms[k, k, :] = forms[k, :, k] = forms[:, k, k] = 0.0
        row, square, total = g.sum(axis=1), (g**2).sum(axis=1), float(g.sum())
        p1, p2, p3, p4 = (float((n**power).sum()) for power in (1, 2, 3, 4))
        pairs, triples = p1**2 - p2, p1**3 - 3 * p1 * p2 + 2 * p3
        quadruples = p1**4 - 6 * p1**2 * p2 + 8 * p1 * p3 + 3 * p2**2 - 6 * p4
        of_four = (total**2 - 4 * float((row**2 - square).sum()) - 2 * float(square.sum())) / quadruples
        lengths = float(length.sum()) ** 2 - float((length**2).sum())
        bent = float((length * (total - 2 * row)).sum())
        of_square = _off_diagonal(p.inner, s) / pairs - 2 * float(forms.sum()) / triples + of_four
        return lengths / pairs - 2 * bent / triples + of_four, of_square


def _off_diagonal(table: Float[np.ndarray, "k k"], s: Shards) -> float:
    part = table[np.ix_(s, s)]
    return float(part.sum() - np.trace(part))
