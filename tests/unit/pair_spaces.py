"""Pairs of spaces with a known answer: cures, cheats, and what lies between, each with the reason."""

import numpy as np
from spaces import FALLING, FILLING, UNEVEN, D, Space, gaussian, rotation

X, OTHER = gaussian(), gaussian(1)
CONE = 1.5 * np.ones(D)
BAD = X * FALLING + CONE
"""A cone (mean cosine .8 or so) with a falling spectrum."""
FLAT = X * FALLING
"""The same spectrum without a cone."""
CURED, SIGMA = 0.8 * X, 0.6
"""As round as can be: the aggregate is N(0, I)."""
COLLAPSED = 1e-4 * X


def a(mu=BAD, right=None, sigma=None):
    return Space("a", mu, sigma, right)


def b(mu=CURED, sigma=SIGMA, right=None, ignores=False):
    return Space("b", mu, sigma, right, ignores)


def control(mu, sigma=0.02, right=None):
    return Space("c", mu, sigma, right)


OUTLIER = CURED.copy()
OUTLIER[0] *= 200
NARROW = np.hstack([gaussian(2, d=16), 1e-3 * gaussian(3, d=D - 16)]) @ rotation() + 1.5
LENGTHS = X * np.exp(2 * gaussian(4, d=1)) + CONE
PAIRS = {
    # name: (a, b, control, words, reason)
    "a perfect cure": (
        a(right=0.8),
        b(right=0.8),
        None,
        {
            "cone": "REDUCED",
            "anisotropy": "REDUCED",
            "cone gone?": "GONE",
            "centring?": "FOR THE CONE ONLY",
            "covariance?": "ROUNDER",
            "cost?": "NO COST",
            "decoder?": "USES Z",
            "control?": "NOT COMPARED",
            "claim": "SUPPORTED, NO CONTROL",
        },
        "gone, rounder in mu, at no cost; whether it was the bottleneck nothing tells",
    ),
    "a perfect cure beside a bad control": (
        a(right=0.8),
        b(right=0.8),
        control(BAD @ rotation(), right=0.8),
        {"control?": "NOT AS GOOD", "claim": "SUPPORTED"},
        "what the head does without a bottleneck is not it",
    ),
    "a cure that writes better": (
        a(right=0.7),
        b(right=0.8),
        None,
        {"cost?": "BETTER", "claim": "SUPPORTED, NO CONTROL"},
        "of course",
    ),
    "a cure at a cost": (
        a(right=0.8),
        b(right=0.6),
        None,
        {"cost?": "COSTS", "claim": "SUPPORTED AT A COST, NO CONTROL"},
        ".2 of .8",
    ),
    "a cure without a decoder": (
        a(),
        b(),
        None,
        {"cost?": "NOT MEASURED", "claim": "SUPPORTED IN GEOMETRY, NO CONTROL"},
        "random codes would get it too, and it says so",
    ),
    "no cone before": (
        a(FLAT, right=0.8),
        b(right=0.8),
        None,
        {"cone gone?": "NO CONE BEFORE", "claim": "SUPPORTED, NO CONE BEFORE, NO CONTROL"},
        "the covariance alone was cured",
    ),
    "a part of the cone is left": (
        a(right=0.8),
        b(CURED + 0.5, right=0.8),
        None,
        {"cone gone?": "REDUCED", "covariance?": "ROUNDER", "claim": "PARTLY SUPPORTED"},
        "mean cosine .28",
    ),
    "the cone is still there": (
        a(),
        b(CURED + 2.35, 0.6),
        None,
        {"cone gone?": "STILL THERE", "covariance?": "ROUNDER", "claim": "COVARIANCE ONLY"},
        "rounder, and as much of a cone",
    ),
    "centring": (
        a(right=0.8),
        b(BAD - BAD.mean(axis=0), 0.3, right=0.8),
        None,
        {"cone gone?": "GONE", "centring?": "YES", "covariance?": "NOT ROUNDER", "claim": "MEAN-SHIFT ONLY"},
        "a cheat: only the mean moved",
    ),
    "half of the mean taken away": (
        a(),
        b(BAD - 0.9 * CONE, 0.3),
        None,
        {"centring?": "YES", "claim": "MEAN-SHIFT ONLY"},
        "however far the shift goes",
    ),
    "very uneven lengths": (
        a(LENGTHS),
        b(right=None),
        None,
        {"cone gone?": "GONE", "centring?": "NO"},
        "the mean is that of the long rows: centred, the short ones point away from it, cosine .4",
    ),
    "noise in z": (
        a(FLAT),
        b(FLAT, 1.0),
        None,
        {
            "anisotropy": "UNCHANGED",
            "anisotropy_z": "UNCHANGED",
            "covariance?": "NOT ROUNDER",
            "claim": "NOT SUPPORTED",
        },
        "a cheat: white noise does that to any cloud",
    ),
    "noise that fills": (
        a(X * UNEVEN),
        b(X * UNEVEN, FILLING),
        None,
        {"anisotropy_z": "REDUCED", "covariance?": "ROUNDER IN Z ONLY", "claim": "NOISE-INDUCED"},
        "z is rounder than white noise makes mu, mu is not",
    ),
    "collapse": (
        a(),
        b(COLLAPSED, 1.0),
        None,
        {"gate": "COLLAPSED", "claim": "COLLAPSED"},
        "a cheat: the prior itself",
    ),
    "far from the prior": (
        a(),
        b(1.5 + 0 * X, 1.0),
        None,
        {"gate": "NO INFORMATION", "claim": "NO INFORMATION"},
        "a cheat: KL 36 nats, and not a word about the sentence",
    ),
    "wide noise": (
        a(),
        b(0 * X, np.e),
        None,
        {"claim": "NO INFORMATION"},
        "KL 2.2 a dimension, information 0",
    ),
    "a rotation": (
        a(FLAT),
        b(FLAT @ rotation(), 0.3),
        None,
        {"anisotropy": "UNCHANGED", "covariance?": "NOT ROUNDER", "claim": "NOT SUPPORTED"},
        "a cheat: the axes moved, the cloud did not",
    ),
    "standardised axes, a pinch of noise": (
        a(right=0.8),
        b((BAD - BAD.mean(axis=0)) / BAD.std(axis=0), 0.03, right=0.8),
        None,
        {"covariance?": "ROUNDER", "claim": "NOT THE BOTTLENECK"},
        "a cheat: the posterior is a point, so nothing is the bottleneck's",
    ),
    "standardised axes, as much noise as a bottleneck has": (
        a(right=0.8),
        b((BAD - BAD.mean(axis=0)) / BAD.std(axis=0), 0.3, right=0.8),
        control((BAD - BAD.mean(axis=0)) / BAD.std(axis=0), right=0.8),
        {"covariance?": "ROUNDER", "control?": "AS GOOD", "claim": "NOT THE BOTTLENECK"},
        "a cheat: whitened by hand, and the control shows it",
    ),
    "the same without a control": (
        a(right=0.8),
        b((BAD - BAD.mean(axis=0)) / BAD.std(axis=0), 0.3, right=0.8),
        None,
        {"covariance?": "ROUNDER", "control?": "NOT COMPARED", "claim": "SUPPORTED, NO CONTROL"},
        "in numbers alone it is a perfect cure, so the word has to say what is missing",
    ),
    "standardised axes": (
        a(right=0.8),
        Space("b", (BAD - BAD.mean(axis=0)) / BAD.std(axis=0), None, 0.8),
        None,
        {"gate": "NOT APPLICABLE", "claim": "NOT APPLICABLE"},
        "a cheat: there is no posterior",
    ),
    "random codes": (
        a(right=0.8),
        b(0.8 * OTHER, right=0.02),
        None,
        {"covariance?": "ROUNDER", "cost?": "LOST", "claim": "NOT SUPPORTED"},
        "a cheat: perfectly round, and nothing can be read",
    ),
    "codes that nobody could read before": (
        a(right=0.01),
        b(right=0.01),
        None,
        {"cost?": "INCONCLUSIVE", "claim": "NOT SUPPORTED"},
        "equal, and there was nothing to lose; what is written has nothing to do with z",
    ),
    "a decoder that ignores z": (
        a(right=0.8),
        b(right=0.8, ignores=True),
        None,
        {"decoder?": "DECODER IGNORES Z", "claim": "NOT SUPPORTED"},
        "a cheat: one sentence for all",
    ),
    "a control that is as good": (
        a(right=0.8),
        b(right=0.8),
        control(OTHER, right=0.8),
        {"control?": "AS GOOD", "claim": "NOT THE BOTTLENECK"},
        "beta = 0 does it as well",
    ),
    "an outlier row before": (
        a(OUTLIER),
        b(),
        None,
        {"anisotropy": "INCONCLUSIVE", "claim": "INCONCLUSIVE"},
        "a cheat: one row made the baseline look bad",
    ),
    "a narrower space": (
        a(NARROW),
        b(0.8 * gaussian(2, d=16), 0.6),
        None,
        {"covariance?": "NOT ROUNDER", "claim": "MEAN-SHIFT ONLY"},
        "a cheat: the empty dimensions were left out",
    ),
    "a wider space": (
        a(0.8 * gaussian(2, d=16) * FALLING[:16] + 1.5),
        b(np.hstack([CURED[:, :16], 0.01 * OTHER[:, :16]]), 0.6),
        None,
        {"gate": "PASSED", "claim": "SUPPORTED IN GEOMETRY, NO CONTROL"},
        "rounder at its own width and at equal width",
    ),
    "less round": (
        a(0.8 * X + 0.8),
        b(FLAT, 0.3),
        None,
        {"covariance?": "LESS ROUND", "claim": "NOT SUPPORTED"},
        "the wrong way",
    ),
    "a cone that grew": (
        a(FLAT),
        b(CURED + 1, 0.6),
        None,
        {"cone gone?": "GREW", "claim": "NOT SUPPORTED"},
        "rounder, and a cone",
    ),
    "nothing to cure": (
        a(X),
        b(),
        None,
        {"cone gone?": "NO CONE BEFORE", "claim": "NOT APPLICABLE"},
        "A has neither cone nor anisotropy",
    ),
    "nothing changed": (
        a(),
        b(BAD, 0.3),
        None,
        {"cone gone?": "STILL THERE", "claim": "NOT SUPPORTED"},
        "the same means",
    ),
    "few active units": (
        a(gaussian(0, d=64) * 0.93 ** np.arange(64) + 1.5),
        b(np.pad(3 * gaussian(1, d=3), [(0, 0), (0, 61)]), np.r_[np.full(3, 0.2), np.ones(61)]),
        None,
        {
            "gate": "FEW ACTIVE UNITS",
            "cone gone?": "GONE",
            "covariance?": "LESS ROUND",
            "claim": "NOT SUPPORTED",
        },
        "judged like any other: mu has three directions",
    ),
    "a rogue coordinate is cured": (
        a(X * (1 + 11 * np.eye(D)[0])),
        b(),
        None,
        {"rogue": "REDUCED", "anisotropy": "REDUCED"},
        "its share of the variance falls; there was no cone to share",
    ),
    "a share of no cone": (
        a(X + 3 * np.eye(D)[0] + 0.5),
        b(CURED + 0.1 * np.eye(D)[1], 0.6),
        None,
        {"rogue": "UNCHANGED"},
        "B's mean cosine is next to nothing, and so is a share of it",
    ),
}
