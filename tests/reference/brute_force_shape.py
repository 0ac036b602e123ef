"""Shape, normality and the appendix measures of a cloud from their definitions in float64; slow on purpose.

Neighbours come from the full distance matrix. A metric that is undefined on a cloud is None.
"""

import math

import numpy as np
from scipy import stats
from scipy.spatial.distance import cdist
from scipy.special import hyp0f1, logsumexp

from .brute_force_vectors import as_rows, centred, eigenvalues, pairs, unit_rows

# Shape


def uniformity(x):
    u = unit_rows(x)
    if len(u) < 2:
        return None
    return math.log(math.fsum(pairs(np.exp(-2 * cdist(u, u) ** 2))) / math.comb(len(u), 2))


def uniformity_gap(x):
    value = uniformity(x)
    d = as_rows(x).shape[1]
    return None if value is None else float(value - (-4 + math.log(hyp0f1(d / 2, 4))))


def distances(x):
    """Between all rows, infinite from a row to itself."""
    between = cdist(as_rows(x), as_rows(x))
    np.fill_diagonal(between, np.inf)
    return between


def distinct(x):
    """Without the rows that repeat an earlier one to the last bit."""
    return as_rows(x)[np.sort(np.unique(as_rows(x), axis=0, return_index=True)[1])]


def directed(x):
    """Without the rows of zeros, unless there are no others."""
    rows = [row for row in as_rows(x) if any(row)]
    return np.array(rows) if rows else as_rows(x)


def twonn(x):
    x = distinct(x)
    if len(x) < 3:
        return None
    nearest = np.sort(distances(x), axis=1)[:, :2]
    ratios = sorted(r2 / r1 for r1, r2 in nearest if r1 > 0)
    n = len(ratios)
    kept = 9 * n // 10
    across = np.array([math.log(ratio) for ratio in ratios[:kept]])
    up = np.array([-math.log(1 - i / n) for i in range(1, kept + 1)])
    if not across.any():
        return None
    return float(np.linalg.lstsq(across[:, None], up, rcond=None)[0][0])


def mle_id(x, k=20):
    """Over min(k, n − 1) neighbours."""
    x = distinct(x)
    k = min(k, len(x) - 1)
    if k < 2:
        return None
    nearest = np.sort(distances(x), axis=1)[:, :k]
    inverses = [math.fsum(math.log(row[-1] / t) for t in row[:-1]) / (k - 1) for row in nearest if row[0] > 0]
    return len(inverses) / math.fsum(inverses) if any(inverses) else None


def occurrences(x, k):
    """How often each row is among the k nearest of another; equal distances go to the lower index."""
    counts = [0] * len(x)
    for row in distances(x):
        for j in np.argsort(row, kind="stable")[:k]:
            counts[j] += 1
    return counts


def hubness_skewness(x, k=10):
    k = min(k, len(x) - 1)
    if k < 1:
        return None
    counts = occurrences(x, k)
    return float(stats.skew(counts)) if len(set(counts)) > 1 else None


def hubness_robinhood(x, k=10):
    k = min(k, len(x) - 1)
    return sum(abs(c - k) for c in occurrences(x, k)) / (2 * len(x) * k) if k >= 1 else None


# Normality


def ks_distances(x):
    return [float(stats.ks_1samp(column, stats.norm.cdf).statistic) for column in as_rows(x).T]


def mmd2(x):
    """Squared width d; the expectations under N(0, I) are exact."""
    x = as_rows(x)
    n, d = x.shape
    if n < 2:
        return None
    among = math.fsum(pairs(np.exp(-(cdist(x, x) ** 2) / (2 * d)))) / math.comb(n, 2)
    across = math.fsum((d / (d + 1)) ** (d / 2) * math.exp(-(row @ row) / (2 * (d + 1))) for row in x) / n
    return among - 2 * across + (d / (d + 2)) ** (d / 2)


# Appendix


def partition_isotropy(x):
    """Over all d right singular vectors with both signs, those of the null space included."""
    x = as_rows(x)
    directions = np.linalg.svd(x, full_matrices=True)[2]
    logs = [float(logsumexp(sign * (x @ c))) for c in directions for sign in (1, -1)]
    return math.exp(min(logs) - max(logs))


def rankme(x):
    singular = np.linalg.svd(as_rows(x), compute_uv=False)
    if singular[0] == 0:
        return None
    p = singular / math.fsum(singular) + 1e-7
    return math.exp(-math.fsum(p * np.log(p)))


def alpha_req(x):
    """Ordinary line with intercept; each squared residual weighs 1/r."""
    values = eigenvalues(x)
    if values is None:
        return None
    last = min(100, len(values), len(x) - 1, np.linalg.matrix_rank(centred(x)))
    if last - 10 < 6:
        return None
    ranks = np.arange(11, last + 1)
    slope, _ = np.polyfit(-np.log(ranks), np.log(values[10:last]), 1, w=np.sqrt(1 / ranks))
    return float(slope)
