"""Single spaces with a known answer, through what `latentlab anisotropy` reads, each with the reason."""

import numpy as np
import pytest
from spaces import FALLING, FILLING, UNEVEN, D, N, Space, gaussian, hadamard, read

from latentlab.metrics.verdicts.gate import collapse_gate


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def live(k, width, n=N):
    """k live dimensions under little noise; the others are the prior."""
    mu, sigma = np.zeros((n, width)), np.ones(width)
    mu[:, :k], sigma[:k] = 3 * gaussian(1, n, k), 0.2
    return mu, sigma


def axis_times(factor, d=D):
    return 1 + (factor - 1) * np.eye(d)[0]


X = gaussian()
BEAMS = np.where(np.arange(N)[:, None] % 2, 1, -1) * (np.eye(D)[0] * 5 + 0.3 * X)
EMPTY = np.r_[np.ones(20), np.zeros(D - 20)]
ROGUE_MEAN = 0.3 * X + 0.35 + 4 * np.eye(D)[3]
SPACES = {
    # name: (means, sigma, words, reason)
    "round": (X, None, {"cone": "NONE", "anisotropy": "NONE", "rogue": "NONE"}, "nothing is wrong"),
    "moved far": (
        X + 2,
        None,
        {"cone": "STRONG", "anisotropy": "NONE"},
        "a cone does not touch the covariance",
    ),
    "moved by .26": (X + 0.26, None, {"cone": "NONE"}, "a mean cosine of .062 is not what .617 is"),
    "moved by .42": (X + 0.42, None, {"cone": "SLIGHT"}, "a mean cosine of .15"),
    "moved by .75": (X + 0.75, None, {"cone": "MODERATE"}, "a mean cosine of .36"),
    "at the first threshold": (X + 1 / 3, None, {"cone": "NONE TO SLIGHT"}, ".1 is in its interval"),
    "falling spectrum": (X * FALLING, None, {"cone": "NONE", "anisotropy": "MODERATE"}, "IsoScore .16"),
    "one direction": (X * axis_times(12), None, {"anisotropy": "STRONG"}, "IsoScore .02 or so"),
    "twelve dimensions empty": (X * EMPTY, None, {"anisotropy": "SLIGHT"}, "(k − 1)/(d − 1) is .61"),
    "a little uneven": (X * np.linspace(0.6, 1.4, D), None, {"anisotropy": "SLIGHT"}, "IsoScore .83 or so"),
    "unit sphere": (unit(X), None, {"cone": "NONE", "anisotropy": "NONE"}, "round, and of one length"),
    "unit cone": (unit(X + 2), None, {"cone": "STRONG"}, "lengths do not matter"),
    "antipodal beams": (
        BEAMS,
        None,
        {"cone": "NONE", "anisotropy": "STRONG"},
        "the mean cancels, the spread does not",
    ),
    "one coordinate of 12 sd, mean 0": (
        X * axis_times(12),
        None,
        {"cone": "NONE", "rogue": "ROGUE IN VARIANCE"},
        "the classic one: nothing in the cosine, .8 of the variance",
    ),
    "one coordinate of 4 sd": (
        X * axis_times(4),
        None,
        {"rogue": "ROGUE IN VARIANCE"},
        "16/47 of the variance",
    ),
    "one coordinate of 1.5 sd": (X * axis_times(1.5), None, {"rogue": "NONE"}, "2.25/33: less than 5/d"),
    "rotated off the axes": (X * axis_times(12) @ hadamard(), None, {"rogue": "NONE"}, "no axis has it"),
    "one coordinate is the cone": (
        ROGUE_MEAN,
        None,
        {"cone": "STRONG", "rogue": "ROGUE IN COSINE"},
        "its mean alone makes all cosines",
    ),
    "both at once": (
        ROGUE_MEAN * axis_times(1) + np.eye(D)[3] * 1.5 * gaussian(5)[:, :1],
        None,
        {"rogue": "ROGUE IN BOTH"},
        "the coordinate of the mean varies most as well",
    ),
    "a share of no cone": (
        X + 0.15 * np.eye(D)[0],
        None,
        {"cone": "NONE", "rogue": "NONE"},
        "one coordinate holds the mean cosine, which is next to nothing",
    ),
    "five dimensions": (X[:, :5], None, {"rogue": "NOT APPLICABLE"}, "each is a fifth"),
    "an ideal bottleneck": (
        0.8 * X,
        0.6,
        {"gate": "PASSED", "cone": "NONE", "anisotropy": "NONE", "noise": "NONE"},
        "the aggregate is N(0, I)",
    ),
    "white noise on a falling spectrum": (
        X * FALLING,
        1.0,
        {"gate": "LOW INFORMATION", "anisotropy": "MODERATE", "noise": "AS WHITE NOISE"},
        "it makes any cloud rounder; 2.7 nats of the 6.4 for 600 rows",
    ),
    "noise that fills": (
        X * UNEVEN,
        FILLING,
        {"anisotropy": "SLIGHT", "noise": "SHAPED NOISE"},
        "more noise where there is less signal",
    ),
    "hardly any noise": (X * FALLING, 0.02, {"noise": "NONE"}, "z is mu"),
    "collapsed": (1e-4 * X, 1.0, {"gate": "COLLAPSED"}, "the posterior is the prior"),
    "mean 0, variance e squared": (
        0 * X,
        np.e,
        {"gate": "NO INFORMATION"},
        "far from the prior: KL 2.2 a dimension",
    ),
    "one mean for all": (
        0 * X + 1.5,
        1.0,
        {"gate": "NO INFORMATION"},
        "KL 36 nats that tell no sentence apart",
    ),
    "15 of 384 live": (
        *live(15, 384),
        {"gate": "FEW ACTIVE UNITS", "cone": "NONE", "anisotropy": "STRONG"},
        "a working bottleneck that was pruned; its geometry is read",
    ),
    "3 of 64 live": (*live(3, 64), {"gate": "FEW ACTIVE UNITS"}, "information in fewer than 5 %"),
    "4 of 64 live": (*live(4, 64), {"gate": "PASSED"}, "6 %"),
    "2 of 64 live, fewer rows": (
        *live(2, 64, 50),
        {"gate": "FEW ACTIVE UNITS"},
        "n < d has the bound by dimension",
    ),
    "wide, few rows": (
        gaussian(0, 100, 384),
        None,
        {"cone": "NONE", "anisotropy": "NONE"},
        "without its bias",
    ),
}


@pytest.mark.parametrize("name", SPACES)
def test_a_space_is_called_what_it_was_made_to_be(name):
    mu, sigma, expected, reason = SPACES[name]
    got = read(Space(name, mu, sigma))
    assert {axis: got.get(axis) for axis in expected} == expected, reason


def test_of_a_posterior_that_says_nothing_only_the_gate_is_said():
    for name in ("collapsed", "mean 0, variance e squared", "one mean for all"):
        mu, sigma, *_ = SPACES[name]
        got = read(Space(name, mu, sigma))
        assert set(got) == {"gate"}
        space = Space(name, mu, sigma)
        told = collapse_gate(mu, space.logvar()).to_json()
        assert ("the posterior is the prior" in told["reason"]) == (got["gate"] == "COLLAPSED")


def test_one_outlier_row_is_no_anisotropy_that_anybody_is_sure_of():
    x = X.copy()
    x[0] *= 200
    got = read(Space("outlier", x))
    # Moments without bias see through the one row, and are not sure of it.
    assert (got["anisotropy"], got["rogue"]) == ("NONE TO SLIGHT", "INCONCLUSIVE")
