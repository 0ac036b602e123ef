"""The thresholds that verdicts go by. They are this project's own; docs/metrics.md argues for them."""

MARGIN = 0.05
"""Of the mean cosine, of IsoScore and of a share, which all live in [0, 1]: smaller is no change."""
CONE_FROM = (0.1, 0.25, 0.5)
"""Mean cosine from which a cone is slight, moderate, strong."""
ANISOTROPY_BELOW = (0.9, 0.5, 0.1)
"""Debiased IsoScore below which anisotropy is slight, moderate, strong."""
MIN_NATS = 0.1
"""Of the rate, and of the information: less is none."""
FEWEST_ROWS = 10
"""Of a posterior: the information of fewer is that of the rows, and not of the code."""
POINT_SHARE = 0.99
"""Of the variance of z that is not noise: more, and the noise is so small that the posterior is a point."""
HELD = 0.95
"""Share of the KL, or of the information, whose dimensions a count gives."""
FEW_DIMS = 0.05
"""Share of the width: fewer effective dimensions hold the information."""
ROGUE_SHARE, ROGUE_TIMES = 0.1, 5
"""One coordinate stands out from this share on, or from so many times its even share."""
LOST_BELOW = 0.5
"""Share of the baseline's reconstruction that is left: less, and it is lost."""
UNDERTRAINED_FROM = 0.2
"""Token error rate from which sentences do not come back."""
TABLE_BELOW = 0.5
"""Training token error rate below which training sentences come back at least in half."""
GAP_FROM = 0.1
"""Held-out less training token error rate, at equal length."""


def short(number: float) -> str:
    """A threshold without its leading zero.

    >>> short(0.25), short(5.0)
    ('.25', '5')
    """
    text = f"{number:g}"
    return text[1:] if text.startswith("0.") else text
