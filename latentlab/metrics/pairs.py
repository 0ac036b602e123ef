"""Standard errors of means over all pairs of rows."""

import math

import numpy as np
from jaxtyping import Float


def standard_error_of_pairs(row_means: Float[np.ndarray, " n"], mean_square: float) -> float:
    r"""Standard error of the mean of a symmetric h(x_i, x_j) over all pairs of n >= 3 different rows.

    .. math:: SE^2 = \frac{4 (n - 2)}{n (n - 1)} \hat\zeta_1 + \frac{2}{n (n - 1)} \hat\zeta_2, \quad
        \hat\zeta_2 = \overline{h^2} - \bar h^2, \quad \hat\zeta_1 = \max\Bigl(0,\ \frac{(n - 1) s_r^2 -
        \hat\zeta_2}{n - 2}\Bigr)

    with s_r² the variance of the rows' own means and `mean_square` the mean of h² over pairs. The jackknife
    leaves the second term twice too large, which matters where the first vanishes: no mean direction, a
    uniform sphere, the prior itself. Source: Hoeffding 1948, Annals of Mathematical Statistics 19:293.

    >>> round(standard_error_of_pairs(np.array([0.5, -0.25, -0.25]), 0.25), 3)
    0.408
    """
    n = len(row_means)
    of_pairs = max(mean_square - float(row_means.mean()) ** 2, 0.0)
    of_rows = max(((n - 1) * float(row_means.var(ddof=1)) - of_pairs) / (n - 2), 0.0)
    return math.sqrt((4 * (n - 2) * of_rows + 2 * of_pairs) / (n * (n - 1)))
