"""Differences and how sure they are: two checkpoints on the same sentences, or conditions of several seeds.

The unit decides what may be said. Sentences (`paired_difference`, `sign_flip_test`) speak of these two
checkpoints; only seeds (`condition_difference`, `permutation_test`, `paired_sign_flip`) speak of a method.
A difference is always b − a. A p-value comes with the smallest one that its design can give: three seeds a
condition cannot get below .10, whatever they measure. A seed without a value is never dropped in silence.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, combinations

import numpy as np
from jaxtyping import Float
from scipy import special

from latentlab.errors import LatentsError, UsageError
from latentlab.metrics._checks import check_cloud
from latentlab.metrics.statistics.estimate import Estimate, undefined

# Enumerated up to here: 10 against 10 seeds, or 18 pairs, or the rows of a small cloud; from there drawn.
MOST_ARRANGEMENTS, EXACT_ROWS = 200_000, 12
TIE = 1e-9  # of all magnitudes: closer is a tie, for 0.3 - 0.2 is not 0.2 - 0.1
BLOCK = 2_000_000  # signs in memory at a time

Scalars = Sequence[float | None]


@dataclass(frozen=True)
class PValue:
    """A p-value, the smallest that its design can give, and how many arrangements it is a share of."""

    p: float | None
    attainable: float | None = None
    arrangements: int = 0
    exact: bool = True
    note: str | None = None

    def to_json(self) -> dict[str, object]:
        """Plain values for a report."""
        return asdict(self)


def paired_difference(a: Estimate, b: Estimate, replicates_a: Scalars, replicates_b: Scalars) -> Estimate:
    r"""Difference of two checkpoints on the same sentences, with its delete-one-shard standard error.

    .. math:: \Delta = b - a, \ \Delta_g = b_g - a_g,\ SE^2 = \tfrac{G-1}{G} \sum_g (\Delta_g - \bar\Delta)^2

    Both replicates g leave out the same sentences, so what the two share cancels. One that is None or not
    finite leaves no standard error, with a note. Blind to retraining: another seed may differ by more.
    Source: the delete-a-group jackknife, Kott 2001, J. Official Statistics 17:521.

    >>> paired_difference(Estimate(1.0), Estimate(3.0), [0.5, 1.0, 1.5], [2.5, 3.0, 3.5]).to_json()
    {'value': 2.0, 'se': 0.0, 'ci95': [2.0, 2.0], 'note': None}
    """
    if len(replicates_a) != len(replicates_b):
        raise LatentsError(f"expected one replicate a shard, got {len(replicates_a)} and {len(replicates_b)}")
    if a.value is None or b.value is None:
        return undefined(f"one side has no value: {(a if a.value is None else b).note or 'no reason given'}")
    (x, y), _, _ = _read(replicates_a, replicates_b)
    left_out = [None if math.isnan(r) else r for r in (y - x).tolist()]
    return Estimate(b.value - a.value).with_jackknife(left_out)


def sign_flip_test(u: Float[np.ndarray, "n d"], *, draws: int = 999, seed: int) -> PValue:
    r"""Is there a mean direction at all? The sum of the rows against sums under random signs.

    .. math:: p = \frac{1 + \#\{b : \lVert \sum_i s_{ib} u_i \rVert \ge \lVert \sum_i u_i \rVert\}}{1 + B}

    Give unit vectors to test the mean cosine. Range (0, 1]. Exact where a row is as likely as its opposite,
    approximate where only the mean is zero. A cone in any direction counts; rows that cancel better than
    chance give 1, a centred cloud by construction. One pass; up to 12 rows all signs are enumerated instead.
    Source: Fisher 1935, The Design of Experiments, section 21; Phipson & Smyth 2010, arXiv:1603.05766.

    >>> sign_flip_test(np.ones((6, 2)), seed=0).p  # one in 2 ** 5
    0.03125
    """
    check_cloud(u[:2], "u")  # the one row of a single pair is allowed below
    return _sign_flips(u, EXACT_ROWS, draws, seed)


def paired_sign_flip(differences: Scalars, *, draws: int = 9999, seed: int = 0) -> PValue:
    r"""Differences of paired seeds against all choices of their signs.

    .. math:: p = 2^{-n} \#\{s \in \{\pm1\}^n : |\sum_i s_i \Delta_i| \ge |\sum_i \Delta_i|\}

    Range [2^(1-n), 1]: 5 pairs reach .0625, 6 reach .031, and a difference of zero is as good as no pair.
    Exact up to 18 pairs, from there drawn, (1 + k) / (1 + draws). Source: as `sign_flip_test`.

    >>> paired_sign_flip([0.1, 0.2, 0.1, 0.3, 0.2]).p
    0.0625
    """
    (x,), _, problem = _read(differences)
    if problem:
        return PValue(None, note=problem)
    return _sign_flips(x[:, None], 1 + int(math.log2(MOST_ARRANGEMENTS)), draws, seed)


def permutation_test(a: Scalars, b: Scalars, *, draws: int = 9999, seed: int = 0) -> PValue:
    r"""Difference of the conditions' means against all ways to label the same seeds.

    .. math:: p = \#\{\pi : |\bar b_\pi - \bar a_\pi| \ge |\bar b - \bar a|\} / \tbinom{n_a + n_b}{n_a}

    Range (0, 1]: 3 against 3 reach .10, 4 against 4 .029, 5 against 5 .0079. Exact up to 200 000 labellings,
    from there random ones and (1 + k) / (1 + draws). Ties count against the difference. With unequal
    sizes and spreads it tests the whole distribution, not the mean alone.
    Source: Fisher 1935; Pitman 1937; Phipson & Smyth 2010, arXiv:1603.05766.

    >>> permutation_test([0.1, 0.2, 0.3], [0.4, 0.5, 0.6]).p
    0.1
    """
    conditions, slack, problem = _read(a, b)
    if problem:
        return PValue(None, note=problem)
    # At fixed sizes the difference of means is, up to a factor, the sum of one of them, centred.
    x = np.concatenate(conditions) - np.concatenate(conditions).mean()
    n, k = len(x), len(a)
    if exact := math.comb(n, k) <= MOST_ARRANGEMENTS:
        # The first of these combinations is a itself.
        chosen = np.fromiter(chain.from_iterable(combinations(range(n), k)), dtype=np.intp).reshape(-1, k)
    else:
        order = np.random.default_rng(seed).permuted(np.tile(np.arange(n), (draws, 1)), axis=1)
        chosen = np.concatenate([np.arange(k)[None], order[:, :k]])
    return _share(np.abs(x[chosen].sum(axis=1)), slack, exact)


def condition_difference(a: Scalars, b: Scalars) -> Estimate:
    r"""Difference of two conditions' means over training seeds, with Welch's interval.

    .. math:: SE^2 = s_a^2 / n_a + s_b^2 / n_b, \quad \hat\Delta \pm t_{.975, \nu} SE

    The interval is Student's: with 3 seeds a condition ±1.96 SE would cover 88 %, not 95 %. None without two
    seeds in each or any spread. Source: Welch 1947, Biometrika 34:28, with Satterthwaite's ν.

    >>> condition_difference([1.0, 3.0], [2.0, 4.0]).value
    1.0
    """
    (x, y), slack, problem = _read(a, b)
    if problem:
        return undefined(problem)
    value = float(y.mean() - x.mean())
    if min(len(x), len(y)) < 2:
        return Estimate(value, note="no standard error from a single seed")
    u, v = float(x.var(ddof=1)) / len(x), float(y.var(ddof=1)) / len(y)
    if (se := math.sqrt(u + v)) <= slack:
        return Estimate(value, note="no spread inside the conditions: no interval")
    nu = (u + v) ** 2 / (u**2 / (len(x) - 1) + v**2 / (len(y) - 1))
    half = float(special.stdtrit(nu, 0.975)) * se
    return Estimate(value, se, (value - half, value + half))


def hedges_g(a: Scalars, b: Scalars) -> Estimate:
    r"""Difference of two conditions in pooled standard deviations between seeds, without small-sample bias.

    .. math:: g = J d,\ d = (\bar b - \bar a) / s,\ J = \Gamma(m/2) / (\sqrt{m/2}\,\Gamma((m-1)/2)),
        \ SE^2 = J^2 \tfrac{m}{m-2} (\tfrac1{\tilde n} + g^2) - g^2

    with m = n_a + n_b − 2 and ñ = n_a n_b / (n_a + n_b). Range (-inf, inf), 0 without a difference. The
    interval inverts the noncentral t, exact for normal seeds of one variance. Undefined without spread in
    the conditions or below four seeds. Blind to worth: a large g may be a small difference of very even runs.
    Source: Hedges 1981, J. Educational Statistics 6:107 (J and SE); Steiger & Fouladi 1997 (interval).

    >>> round(hedges_g([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]).value, 4)  # J(4) = .7979
    0.7979
    """
    (x, y), slack, problem = _read(a, b)
    if problem:
        return undefined(problem)
    m, size = len(x) + len(y) - 2, len(x) * len(y) / (len(x) + len(y))
    if m < 2:
        return undefined("fewer than four seeds in all")
    if (spread := math.sqrt((x.var() * len(x) + y.var() * len(y)) / m)) <= slack:
        return undefined("no spread inside the conditions")
    j = math.sqrt(2 / m) * math.exp(math.lgamma(m / 2) - math.lgamma((m - 1) / 2))
    t = float(y.mean() - x.mean()) / spread * math.sqrt(size)
    low, high = (float(special.nctdtrinc(m, p, t)) / math.sqrt(size) for p in (0.975, 0.025))
    g = j * t / math.sqrt(size)
    se = math.sqrt(j**2 * m / (m - 2) * (1 / size + g**2) - g**2) if m > 2 else None
    return Estimate(g, se, (low, high), None if m > 2 else "no standard error from four seeds")


def cliffs_delta(a: Scalars, b: Scalars) -> Estimate:
    r"""How much more often a seed of b is above a seed of a than below it.

    .. math:: \delta = (\#\{b_j > a_i\} - \#\{b_j < a_i\}) / (n_a n_b)

    Range [-1, 1]; 0 when neither tends to be higher, 1 when every b is above every a. Blind to by how much.
    No interval: the usual one has no width where the conditions are apart. Source: Cliff 1993.

    >>> cliffs_delta([1.0, 2.0], [2.0, 3.0]).value  # three pairs up, one tied
    0.75
    """
    (x, y), slack, problem = _read(a, b)
    if problem:
        return undefined(problem)
    gaps = y[:, None] - x[None]
    return Estimate(float(np.mean(np.sign(gaps) * (np.abs(gaps) > slack))))


def holm(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    r"""P-values adjusted for having looked at several: below .05 is significant at .05 for all together.

    .. math:: \tilde p_{(i)} = \max_{j \le i} \min(1, (m - j + 1)\, p_{(j)})

    Range [p, 1]. None was not tested, stays None and does not count. Valid under any dependence. The smallest
    is multiplied by m: of five axes none can pass with six paired seeds, 5 · .031 = .16. Source: Holm 1979.

    >>> holm({"cone": 0.01, "rank": 0.04, "rogue": None})
    {'cone': 0.02, 'rank': 0.04, 'rogue': None}
    """
    tested = {key: p for key, p in p_values.items() if p is not None}
    for key, p in tested.items():
        if not 0 <= p <= 1:
            raise UsageError(f"{key}: expected a p-value in [0, 1], got {p}")
    adjusted, least = dict[str, float | None].fromkeys(p_values), 0.0
    for rank, key in enumerate(sorted(tested, key=tested.__getitem__)):
        least = max(least, min(1.0, (len(tested) - rank) * tested[key]))
        adjusted[key] = least
    return adjusted


def difference_p(estimate: Estimate) -> float | None:
    r"""Two-sided p-value of no difference, for estimates over sentences.

    .. math:: p = 2 F(-|\Delta| / SE), \quad F \text{ Student's t, or the normal without } df

    Range [0, 1]; None without a standard error; if that is zero, 1 at zero and 0 elsewhere. Not for a handful
    of seeds, where `permutation_test` is exact. Source: Wald 1943.

    >>> round(difference_p(Estimate(1.959964, se=1.0)), 6)
    0.05
    """
    if estimate.value is None or estimate.se is None:
        return None
    return min(1.0, 2 * _tail(-abs(estimate.value), estimate.se, estimate.df))


def equivalence(estimate: Estimate, margin: float) -> float | None:
    r"""P-value of a difference as large as the margin: the larger of two one-sided tests (TOST).

    .. math:: p = F((|\Delta| - \epsilon) / SE)

    Range [0, 1]; None without a standard error. Below .05 where the 90 % interval is inside the margin, below
    .025 where the 95 % one is, as UNCHANGED asks. Source: Schuirmann 1987, J. Pharmacokin. Biopharm. 15:657.

    >>> round(equivalence(Estimate(0.0, se=1.0), margin=1.959964), 6)
    0.025
    """
    check_margin(margin)
    if estimate.value is None or estimate.se is None:
        return None
    return _tail(abs(estimate.value) - margin, estimate.se, estimate.df)


def check_margin(margin: float) -> None:
    """A margin is a number above 0."""
    if not 0 < margin < math.inf:
        raise UsageError(f"expected a margin above 0, got {margin}")


def _sign_flips(u: Float[np.ndarray, "n d"], most_exact: int, draws: int, seed: int) -> PValue:
    n, exact = len(u), len(u) <= most_exact
    if exact:
        rows = u.astype(np.float64) if n == 1 else check_cloud(u, "u")
        # The first row keeps its sign: to flip all of them changes no length.
        sums = rows[:1]
        for row in rows[1:]:
            sums = np.concatenate([sums + row, sums - row])
    else:
        rng, sums = np.random.default_rng(seed), np.zeros((1 + draws, u.shape[1]))
        # Blocks of rows and not of draws: the rows may be a file on disk, and are then read once.
        for part in np.array_split(np.arange(n), math.ceil(n / max(4, BLOCK // (1 + draws)))):
            rows = check_cloud(u[part[0] : part[-1] + 1], f"u from row {part[0]}")
            signs = 2.0 * rng.integers(2, size=(1 + draws, len(rows)), dtype=np.int8) - 1
            signs[0] = 1
            sums += signs @ rows
    lengths = np.linalg.norm(sums, axis=1)
    return _share(lengths, TIE * float(lengths.max()), exact)


def _share(statistics: Float[np.ndarray, " m"], slack: float, exact: bool) -> PValue:
    """How many are as large as the first, the one observed; and as the largest, if equal values tie."""
    m = len(statistics)
    p = float(np.mean(statistics >= statistics[0] - slack))
    return PValue(p, float(np.mean(statistics >= statistics.max() - slack)) if exact else 1 / m, m, exact)


def _tail(value: float, se: float, df: int | None) -> float:
    return float(special.stdtr(df or math.inf, value / se)) if se else float(value >= 0)


def _read(*conditions: Scalars) -> tuple[list[Float[np.ndarray, " _"]], float, str | None]:
    """The conditions as arrays, what counts as a tie between them, and what is missing."""
    x = [np.array(condition, dtype=np.float64) for condition in conditions]  # None becomes NaN
    x = [np.where(np.isfinite(condition), condition, np.nan) for condition in x]
    problem = None if all(len(condition) for condition in conditions) else "no seeds to compare"
    if missing := sum(int(np.isnan(condition).sum()) for condition in x):
        problem = f"{missing} seeds have no value"
    return x, TIE * sum(float(np.abs(condition).sum()) for condition in x), problem
