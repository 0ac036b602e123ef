"""Two proportions over the same sentences, such as which of them come back word for word.

What both have, or neither, cancels: all that is known of the difference is in the sentences on which they
disagree. Blind to retraining, as everything over sentences is.
"""

import math
from collections.abc import Sequence

from scipy import special

from latentlab.errors import LatentsError
from latentlab.metrics.statistics.estimate import Z95, Estimate, undefined
from latentlab.metrics.statistics.inference import PValue


def paired_proportions(a: Sequence[bool], b: Sequence[bool]) -> Estimate:
    r"""Difference of two proportions over the same sentences, b − a, with the interval that pairs allow.

    .. math:: \Delta = (f_{01} - f_{10}) / n, \quad \tilde p = (f + 1) / (n + 2), \quad
       \tilde p_{01} - \tilde p_{10} \pm z \sqrt{\frac{\tilde p_{01} + \tilde p_{10} - (\tilde p_{01} -
       \tilde p_{10})^2}{n + 2}}

    with f_01 sentences that only b has and f_10 that only a has. Range [-1, 1]. The plain interval, without
    the 1 and the 2, has no width where a and b agree everywhere, be it on three sentences; this one has.
    Source: Bonett & Price 2012, J. Educational and Behavioral Statistics 37:479.

    >>> paired_proportions([True, True, False, False], [True, False, False, False]).value
    -0.25
    """
    only_a, only_b = disagreements(a, b)
    n = len(a)
    if not n:
        return undefined("no sentences")
    p, q = (only_b + 1) / (n + 2), (only_a + 1) / (n + 2)
    se = math.sqrt((p + q - (p - q) ** 2) / (n + 2))
    low, high = max(-1.0, p - q - Z95 * se), min(1.0, p - q + Z95 * se)
    return Estimate((only_b - only_a) / n, se, (low, high), n=n)


def mcnemar(a: Sequence[bool], b: Sequence[bool]) -> PValue:
    r"""Are the sentences that only one of them has split as a fair coin would split them?

    .. math:: p = \min(1, 2 P(X \le \min(f_{01}, f_{10}))), \quad X \sim B(f_{01} + f_{10}, \tfrac12)

    Range (0, 1]; 1 without any disagreement. Exact.
    Source: McNemar 1947, Psychometrika 12:153, in its exact form.

    >>> mcnemar([False] * 5, [True] * 5).p  # one of 2 ** 5 splits, and its mirror image
    0.0625
    """
    only_a, only_b = disagreements(a, b)
    m = only_a + only_b
    p = min(1.0, 2 * float(special.bdtr(min(only_a, only_b), m, 0.5))) if m else 1.0
    return PValue(p, min(1.0, 2.0 ** (1 - m)), 2**m)


def disagreements(a: Sequence[bool], b: Sequence[bool]) -> tuple[int, int]:
    """How many sentences only a has, and how many only b has.

    >>> disagreements([True, False, True], [False, False, True])
    (1, 0)
    """
    if len(a) != len(b):
        raise LatentsError(f"expected one answer a sentence from both, got {len(a)} and {len(b)}")
    only_a = sum(bool(x) and not y for x, y in zip(a, b, strict=True))
    only_b = sum(bool(y) and not x for x, y in zip(a, b, strict=True))
    return only_a, only_b
