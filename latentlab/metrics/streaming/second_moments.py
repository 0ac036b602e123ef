r"""The two second moments of a covariance, (tr Σ)² and tr Σ², without bias for rows of any distribution.

The Wishart moments, which are often used, hold for Gaussian rows alone: with heavy-tailed row lengths they
make an isotropic cloud look anisotropic. The sum of fourth powers of the centred row lengths mends that.
Source: Himeno & Yamada 2014, J. Multivariate Analysis 130:27.
"""

from typing import TypeVar

import numpy as np
from jaxtyping import Float

FEWEST = 4
"""Rows that the estimators need."""

N = TypeVar("N", float, Float[np.ndarray, "*k"])


def unbiased_traces(n: N, trace: N, squares: N, quartic: N) -> tuple[N, N]:
    r"""Estimates of (tr Σ)² and tr Σ² from n rows, n >= 4; arguments are numbers or arrays of one shape.

    .. math:: c = \frac{n - 1}{n (n - 2)(n - 3)}, \quad Q = \tfrac{1}{n - 1} \sum_i \lVert x_i - \bar x
       \rVert^4,

       \widehat{tr \Sigma^2} = c\,((n - 1)(n - 2)\, tr S^2 + (tr S)^2 - n Q), \quad
       \widehat{(tr \Sigma)^2} = c\,(2\, tr S^2 + (n^2 - 3 n + 1)(tr S)^2 - n Q)

    `trace` is tr S and `squares` tr S² of the sample covariance S (ddof 1), `quartic` the sum in Q. They are
    the means over all sets of different rows: unbiased wherever fourth moments exist, both may be negative.

    >>> [round(t, 12) for t in unbiased_traces(4.0, trace=4 / 3, squares=8 / 9, quartic=4.0)]  # ±e₁, ±e₂
    [2.0, 0.666666666667]
    """
    c = (n - 1) / (n * (n - 2) * (n - 3))
    q = n * quartic / (n - 1)
    square_of_trace = c * (2 * squares + (n**2 - 3 * n + 1) * trace**2 - q)
    trace_of_square = c * ((n - 1) * (n - 2) * squares + trace**2 - q)
    return square_of_trace, trace_of_square
