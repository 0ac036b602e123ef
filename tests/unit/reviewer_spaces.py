"""Spaces and pairs whose words were derived from the table of rules, without any output.

Each has the reason. Where the first run disagreed, the case says so.
"""

import numpy as np
from spaces import FALLING, FILLING, UNEVEN, D, N, Space, gaussian, rotation

X, OTHER = gaussian(), gaussian(1)
FLAT = X * FALLING
BAD = FLAT + 1.5
SINGLES = {
    # name: (space, words, reason)
    "unequal opposite beams": (
        Space("s", np.where(np.arange(N)[:, None] % 8, 1, -1) * 2.0 + X),
        {"cone": "MODERATE TO STRONG", "anisotropy": "STRONG", "rogue": "NONE"},
        "mean cosine .75^2 * .8 = .45; first answered MODERATE, but its interval of +- .06 holds .5",
    ),
    "every coordinate twice": (
        Space("s", np.hstack([gaussian(d=16), gaussian(d=16)])),
        {"cone": "NONE", "anisotropy": "MODERATE", "rogue": "NONE"},
        "all 32 axes have variance 1, but the rank is 16: IsoScore 15/31 = .484",
    ),
    "one dead dimension": (
        Space("s", X * (np.arange(D) > 0)),
        {"cone": "NONE", "anisotropy": "NONE", "rogue": "NONE"},
        "PR 31 of 32: IsoScore 30/31 = .968; a log-determinant or smallest-eigenvalue judge would panic",
    ),
    "lengths of log-normal spread": (
        Space("s", X * np.exp(1.3 * gaussian(4, d=1))),
        {"cone": "NONE"},
        "directions are uniform whatever the lengths; must not be measured after dividing by a mean norm",
    ),
    "one live dimension of 32": (
        Space("s", 3 * X * np.eye(D)[0], np.where(np.arange(D) == 0, 0.2, 1.0)),
        {"gate": "FEW ACTIVE UNITS", "anisotropy": "STRONG", "rogue": "ROGUE IN VARIANCE"},
        "2.7 nats in one of 32 dimensions (1 < 1.6); PR 1; cosines are +-1 with mean 0",
    ),
    "KL of .08 nat, all of it information": (
        Space("s", 0.07 * X, 1.0),
        {"gate": "COLLAPSED"},
        "KL = 32 * .0049 / 2 = .078 < .1",
    ),
    "KL of .16 nat, all of it information": (
        Space("s", 0.1 * X, np.sqrt(0.99)),
        {"gate": "LOW INFORMATION", "anisotropy": "NONE"},
        "KL = information = .16 nat of the 6.4 for 600 rows, signal share .01; 31 dimensions needed for 95 %",
    ),
    "signal share of .0009 in many dimensions": (
        Space("s", 0.03 * gaussian(0, N, 384), 1.0),
        {"gate": "LOW INFORMATION"},
        "KL and information .17 nat; answered NO INFORMATION by the rule that went",
    ),
    "one clean channel under a roar elsewhere": (
        Space("s", X * np.eye(D)[0], np.where(np.arange(D) == 0, 0.1, 10.0)),
        {"gate": "FEW ACTIVE UNITS"},
        "coordinate 0 tells 2.3 nats; a rule by the share of the variance missed them, and went",
    ),
    "noise in proportion to the signal": (
        Space("s", X * UNEVEN, 0.8 * UNEVEN),
        {"gate": "PASSED", "anisotropy": "SLIGHT", "noise": "NONE"},
        "cov z = 1.64 cov mu: same IsoScore",
    ),
    "noise shaped half way to the signal": (
        Space("s", FLAT, 0.9 * np.sqrt(FALLING)),
        {"gate": "LOW INFORMATION", "anisotropy": "MODERATE", "noise": "AS WHITE NOISE"},
        "z is rounder than mu, and less round than white noise of that power would make it",
    ),
    "one ray of log-normal length": (
        Space("s", np.exp(gaussian(5, d=1)) * np.ones(D) + 0.05 * X),
        {"cone": "STRONG", "anisotropy": "STRONG", "rogue": "NONE"},
        "rank one up to a pinch of noise; shared evenly by the axes",
    ),
    "at the second threshold": (
        Space("s", X + 1 / np.sqrt(3)),
        {"cone": "SLIGHT TO MODERATE"},
        "population mean cosine about .25, sd .003",
    ),
    "a cone along a random direction": (
        Space("s", (X + 2) @ rotation()),
        {"cone": "STRONG", "anisotropy": "NONE", "rogue": "NONE"},
        "a random direction has some coordinate above .1 by itself; must stay below the 1 % point",
    ),
    "five rogues of equal size": (
        Space("s", X * np.where(np.arange(D) < 5, 8.0, 1.0)),
        {"rogue": "ROGUE IN VARIANCE", "anisotropy": "MODERATE"},
        "each of five coordinates has 64/347 = .18 of the variance, above .1 and 5/32 = .156",
    ),
}
PAIRS = {
    # name: (a, b, control, words, reason)
    "signs flipped at random": (
        Space("a", BAD),
        Space("b", np.where(np.arange(N)[:, None] % 2, 1, -1) * BAD, 0.3),
        None,
        {"cone gone?": "GONE", "covariance?": "LESS ROUND", "claim": "NOT SUPPORTED"},
        "half of the rows mirrored: the cone has become one direction of 90 % of the variance",
    ),
    "hand-standardised, noise just below the 1 % rule": (
        Space("a", BAD),
        Space("b", (FLAT - FLAT.mean(axis=0)) / FLAT.std(axis=0), 0.11),
        None,
        {"covariance?": "ROUNDER", "cone gone?": "GONE", "claim": "SUPPORTED IN GEOMETRY, NO CONTROL"},
        "signal share 1/1.0121 = .988 < .99: the cheat gets it, and the word says that there was no control",
    ),
    "a collapsed control": (
        Space("a", BAD, None, 0.8),
        Space("b", 0.8 * X, 0.6, 0.8),
        Space("c", 0.0001 * OTHER, 1.0, 0.8),
        {"control?": "NOT COMPARED", "claim": "SUPPORTED, NO CONTROL"},
        "a control that tells nothing is none",
    ),
    "a control of another width": (
        Space("a", BAD, None, 0.8),
        Space("b", 0.8 * X, 0.6, 0.8),
        Space("c", gaussian(1, d=16), 0.02, 0.8),
        {"control?": "NOT COMPARED", "claim": "SUPPORTED, NO CONTROL"},
        "16 dimensions are no control of 32",
    ),
    "a round control with a cone": (
        Space("a", BAD, None, 0.8),
        Space("b", 0.8 * X, 0.6, 0.8),
        Space("c", OTHER + 0.5, 0.02, 0.8),
        {"control?": "NOT AS GOOD", "claim": "SUPPORTED"},
        "control as round as B but mean cosine .2",
    ),
    "a control without a cone but falling": (
        Space("a", BAD, None, 0.8),
        Space("b", 0.8 * X, 0.6, 0.8),
        Space("c", OTHER * FALLING, 0.02, 0.8),
        {"control?": "NOT AS GOOD", "claim": "SUPPORTED"},
        "no cone in the control, IsoScore .17 against 1",
    ),
    "reconstruction to three eighths": (
        Space("a", BAD, None, 0.8),
        Space("b", 0.8 * X, 0.6, 0.3),
        None,
        {"cost?": "LOST", "covariance?": "ROUNDER", "claim": "NOT SUPPORTED"},
        ".3 < half of .8",
    ),
    "a baseline posterior that says nothing": (
        Space("a", 1.5 + 0.0001 * FLAT, 1.0),
        Space("b", 0.8 * X, 0.6),
        None,
        {"gate": "PASSED", "claim": "NOT APPLICABLE"},
        "A's own posterior carries no information: nothing there to cure",
    ),
    "rows of the cure in another order": (
        Space("a", BAD),
        Space("b", 0.8 * X[::-1], 0.6),
        None,
        {"cone gone?": "GONE", "covariance?": "ROUNDER", "claim": "SUPPORTED IN GEOMETRY, NO CONTROL"},
        "geometry only: the order of the rows is nothing to cosine or covariance",
    ),
    "a rogue mean taken away": (
        Space("a", 0.3 * X + 0.35 + 4 * np.eye(D)[3]),
        Space("b", 0.3 * X + 0.35, 0.2),
        None,
        {
            "cone gone?": "REDUCED",
            "rogue": "REDUCED",
            "covariance?": "NOT ROUNDER",
            "claim": "MEAN-SHIFT ONLY",
        },
        "mean cosine .89 to .58, the covariance identical, the share of coordinate 3 of the cone .83 to .03",
    ),
    "ten times as large": (
        Space("a", BAD),
        Space("b", 10 * BAD, 0.3),
        None,
        {
            "cone gone?": "STILL THERE",
            "covariance?": "NOT ROUNDER",
            "anisotropy": "UNCHANGED",
            "cone": "UNCHANGED",
            "claim": "NOT SUPPORTED",
        },
        "scale is no geometry",
    ),
    "drowned in white noise": (
        Space("a", BAD),
        Space("b", BAD, 3.0),
        None,
        {
            "cone gone?": "STILL THERE",
            "covariance?": "NOT ROUNDER",
            "anisotropy_z": "UNCHANGED",
            "claim": "NOT SUPPORTED",
        },
        "mu untouched, and z no rounder than white noise makes it",
    ),
    "centred, with noise that fills": (
        Space("a", X * UNEVEN + 1.5),
        Space("b", X * UNEVEN, FILLING),
        None,
        {
            "cone gone?": "GONE",
            "centring?": "YES",
            "covariance?": "ROUNDER IN Z ONLY",
            "claim": "NOISE-INDUCED",
        },
        "the mean shift hides a cure that exists in the noise only",
    ),
    "rows on the unit sphere": (
        Space("a", BAD),
        Space("b", BAD / np.linalg.norm(BAD, axis=1, keepdims=True), 0.05),
        None,
        {"cone": "UNCHANGED", "cone gone?": "STILL THERE"},
        "cosines do not change by normalising rows",
    ),
    "IsoScore down, effective rank up": (
        Space("a", X * (np.arange(D) < 6)),
        Space("b", OTHER * np.where(np.arange(D) == 0, 6.0, 1.0), 0.3),
        None,
        {"covariance?": "MIXED", "claim": "NOT SUPPORTED"},
        "PR 6 to 3.4, effective rank 6 to 9.8",
    ),
    "IsoScore up, effective rank down": (
        Space("a", OTHER * np.where(np.arange(D) == 0, 6.0, 1.0)),
        Space("b", X * np.where(np.arange(D) < 6, 1.0, 0.001), 0.3),
        None,
        {"covariance?": "MIXED", "claim": "NOT SUPPORTED"},
        "PR 3.4 to 6, effective rank 9.8 to 6",
    ),
    "just over and just under the first threshold": (
        Space("a", X + 0.37),
        Space("b", X + 0.3, 0.6),
        None,
        {"cone": "UNCHANGED", "cone gone?": "INCONCLUSIVE"},
        ".12 to .083: a change of .04, and B has NONE",
    ),
    "padded with empty dimensions": (
        Space("a", gaussian(2, d=16) * FALLING[:16] + 1.5),
        Space("b", np.hstack([gaussian(2, d=16) * FALLING[:16], 0.001 * gaussian(3, d=16)]), 0.3),
        None,
        {"covariance?": "NOT ROUNDER"},
        "the same at equal width; first answered INCONCLUSIVE, the rule had not said which width",
    ),
    "a slight cone, a real cure": (
        Space("a", FLAT + 0.25),
        Space("b", 0.8 * X, 0.6),
        None,
        {
            "cone gone?": "GONE",
            "centring?": "FOR THE CONE ONLY",
            "covariance?": "ROUNDER",
            "claim": "SUPPORTED IN GEOMETRY, NO CONTROL",
        },
        "mean cosine about .22 to 0, IsoScore .17 to 1",
    ),
    "a deterministic cure with control": (
        Space("a", BAD, None, 0.8),
        Space("b", OTHER, None, 0.8),
        Space("c", OTHER * FALLING + 1.5, 0.02, 0.8),
        {"gate": "NOT APPLICABLE", "claim": "NOT APPLICABLE"},
        "no posterior, no variational bottleneck to credit",
    ),
}
