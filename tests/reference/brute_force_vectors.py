"""Cone, covariance and rogue dimensions of a cloud from their definitions in float64; slow on purpose.

Pairs are visited in full n × n matrices and spectra are singular values of the centred matrix, padded with
zeros to d. A metric that is undefined on a cloud is None.
"""

import math

import numpy as np
from scipy import stats


def as_rows(x):
    return np.array(x, dtype=np.float64)


def unit_rows(x):
    """The rows divided by their norms; rows of norm zero are left out."""
    x = as_rows(x)
    return np.array([row / math.sqrt(math.fsum(row * row)) for row in x if row.any()]).reshape(-1, x.shape[1])


def centred(x):
    """Minus the column means; exactly zero in a column that is constant."""
    x = as_rows(x)
    means = [column[0] if (column == column[0]).all() else math.fsum(column) / len(x) for column in x.T]
    return x - np.array(means)


def pairs(matrix):
    """The entries i < j of an n × n matrix."""
    return matrix[np.triu_indices(len(matrix), 1)]


# Cone


def mean_cosine(x):
    u = unit_rows(x)
    if len(u) < 2:
        return None
    return math.fsum(pairs(u @ u.T)) / math.comb(len(u), 2)


def mean_cosine_centred(x):
    return mean_cosine(centred(x))


def mean_cosine_se(x):
    """Delete-one jackknife: the metric again without each row in turn."""
    u = unit_rows(x)
    n = len(u)
    if n < 3:
        return None
    without = np.array([mean_cosine(np.delete(u, i, axis=0)) for i in range(n)])
    return math.sqrt((n - 1) / n * math.fsum((without - math.fsum(without) / n) ** 2))


def mean_energy_ratio(x):
    """The mean product of two different rows over the mean squared norm."""
    x = as_rows(x)
    mean_square = math.fsum((x * x).ravel()) / len(x)
    return math.fsum(pairs(x @ x.T)) / math.comb(len(x), 2) / mean_square if mean_square > 0 else None


def resultant_length(x):
    u = unit_rows(x)
    if len(u) == 0:
        return None
    return math.sqrt(math.fsum((math.fsum(column) / len(u)) ** 2 for column in u.T))


# Covariance


def eigenvalues(x):
    """All d eigenvalues of the covariance (ddof 1), descending, or None when nothing varies."""
    x = as_rows(x)
    n, d = x.shape
    if n < 2:
        return None
    singular = np.linalg.svd(centred(x), compute_uv=False)
    values = np.zeros(d)
    values[: len(singular)] = singular**2 / (n - 1)
    return values if values[0] > 0 else None


def shares(x):
    values = eigenvalues(x)
    return None if values is None else values / math.fsum(values)


def entropy_rank(p):
    return math.exp(-math.fsum(q * math.log(q) for q in p if q > 0))


def isoscore(x):
    """The paper's steps: rotate, take the diagonal, normalise, defect, fraction of dimensions, rescale."""
    x = as_rows(x)
    d = x.shape[1]
    if d < 2 or eigenvalues(x) is None:
        return None
    axes = np.linalg.svd(centred(x), full_matrices=True)[2]
    diagonal = np.var(centred(x) @ axes.T, axis=0, ddof=1)
    normalised = math.sqrt(d) * diagonal / np.linalg.norm(diagonal)
    defect = np.linalg.norm(normalised - np.ones(d)) / math.sqrt(2 * (d - math.sqrt(d)))
    fraction = (d - defect**2 * (d - math.sqrt(d))) ** 2 / d**2
    return float((d * fraction - 1) / (d - 1))


def participation_ratio(x):
    values = eigenvalues(x)
    return None if values is None else math.fsum(values) ** 2 / math.fsum(values**2)


def traces(x):
    """(tr Σ)² and tr Σ² as means over all tuples of two, three and four different rows.

    Of products of rows about any fixed point, here the mean of all, which the combination cancels. Sums over
    different rows are sums over all rows without those where two are the same.
    """
    y = centred(x)
    n = len(y)
    lengths, products = (y * y).sum(axis=1), y @ y.T
    np.fill_diagonal(products, 0.0)
    row, total = products.sum(axis=1), float(products.sum())
    pair, triple = n * (n - 1), n * (n - 1) * (n - 2)
    # Rows and columns i and j away, their crossing was taken off twice.
    rest = total - 2 * row[:, None] - 2 * row + 2 * products
    four = math.fsum((products * rest).ravel()) / (triple * (n - 3))
    bent = math.fsum(row**2 - (products**2).sum(axis=1)) / triple
    squares = math.fsum((products**2).ravel()) / pair
    both = (math.fsum(lengths) ** 2 - math.fsum(lengths**2)) / pair
    beside = math.fsum(lengths * (total - 2 * row)) / triple
    return both - 2 * beside + four, squares - 2 * bent + four


def participation_ratio_debiased(x):
    if eigenvalues(x) is None or len(x) < 4:
        return None
    square_of_trace, trace_of_square = traces(x)
    return square_of_trace / trace_of_square if min(square_of_trace, trace_of_square) > 0 else None


def isoscore_debiased(x):
    ratio = participation_ratio_debiased(x)
    d = as_rows(x).shape[1]
    return None if ratio is None or d < 2 else (ratio - 1) / (d - 1)


def effective_rank(x):
    p = shares(x)
    return None if p is None else entropy_rank(p)


def effective_rank_debiased(x, parts):
    """The jackknife of the entropy over parts, lists of row numbers; None where it takes off over .25."""
    ranks = [effective_rank(np.delete(as_rows(x), rows, axis=0)) for rows in parts if len(x) - len(rows) > 1]
    if effective_rank(x) is None or len(ranks) < 2 or None in ranks:
        return None
    entropy, left = math.log(effective_rank(x)), [math.log(rank) for rank in ranks]
    bias = (len(left) - 1) * (math.fsum(left) / len(left) - entropy)
    return math.exp(entropy - bias) if abs(bias) <= 0.25 else None


def dealt(n, parts=20):
    """Equal parts by a seeded shuffle, as an array is dealt."""
    return np.array_split(np.random.default_rng(0).permutation(n), max(1, min(parts, n // 2)))


def hashed(n, shards=50):
    """Parts by splitmix64 of the row number, as a report deals its rows with seed 0; empty ones left out."""
    word, parts = 2**64 - 1, {}
    for row in range(n):
        h = (row + 0x9E3779B97F4A7C15) & word
        h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9 & word
        h = (h ^ (h >> 27)) * 0x94D049BB133111EB & word
        parts.setdefault((h ^ (h >> 31)) % shards, []).append(row)
    return [parts[g] for g in sorted(parts)]


def effective_rank_sv(x):
    values = eigenvalues(x)
    return None if values is None else entropy_rank(np.sqrt(values) / math.fsum(np.sqrt(values)))


def top_share(x, count):
    p = shares(x)
    return None if p is None else math.fsum(p[:count])


def dims_90(x):
    p = shares(x)
    if p is None:
        return None
    return next(count for count in range(1, len(p) + 1) if math.fsum(p[:count]) >= 0.9)


def condition_number(x):
    values = eigenvalues(x)
    if values is None or np.linalg.matrix_rank(centred(x)) < len(values):
        return None
    return float(values[0] / values[-1])


# Rogue dimensions


def cosine_contributions(x):
    u = unit_rows(x)
    if len(u) < 2:
        return None
    return [math.fsum(pairs(np.outer(column, column))) / math.comb(len(u), 2) for column in u.T]


def cc_share(x, count):
    contributions = cosine_contributions(x)
    if contributions is None:
        return None
    sizes = sorted((abs(value) for value in contributions), reverse=True)
    return math.fsum(sizes[:count]) / math.fsum(sizes) if sizes[0] > 0 else None


def variance_share_top1(x):
    squares = [math.fsum(column**2) for column in centred(x).T]
    return max(squares) / math.fsum(squares) if any(squares) else None


def n_outlier_dims_mean3sd(x):
    means = [math.fsum(column) / len(column) for column in as_rows(x).T]
    middle = math.fsum(means) / len(means)
    spread = math.sqrt(math.fsum((m - middle) ** 2 for m in means) / len(means))
    return sum(abs(m - middle) > 3 * spread for m in means)


def n_outlier_dims_var5x(x):
    if len(x) < 2:
        return None
    variances = [math.fsum(column**2) / (len(column) - 1) for column in centred(x).T]
    return sum(v > 5 * math.fsum(variances) / len(variances) for v in variances)


def kurtoses(x):
    """Of the columns that vary."""
    return [float(stats.kurtosis(column)) for column in centred(x).T if column.any()]


def kurtosis_median(x):
    values = kurtoses(x)
    return float(np.median(values)) if values else None


def kurtosis_max(x):
    return max(kurtoses(x), default=None)
