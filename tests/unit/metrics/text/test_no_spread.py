"""No error in the sample is no proof of none: no interval of width zero, and a bound where there is one."""

import numpy as np
import pytest

from latentlab.metrics import bleu, chrf, exact_match, ter, token_accuracy
from latentlab.metrics.statistics.means import COSINES, mean_estimate, rule_of_three
from latentlab.metrics.text.noise_curves import ErrorCurve
from latentlab.metrics.text.reconstruction import own_less_other, ratio_of_sums
from latentlab.metrics.text.table_tests import CRITERIA, kept_share, memorisation_verdict
from latentlab.metrics.verdicts.answers import decoder_uses

TEXTS = [f"this is the sentence number {i} of all" for i in range(40)]
TOKENS = [text.split() for text in TEXTS]


def rng():
    return np.random.default_rng(0)


def pairs_of_two():
    return np.arange(len(TEXTS), dtype=np.uint64) // 2


@pytest.mark.parametrize("groups", [None, pairs_of_two()])
@pytest.mark.parametrize("right", [True, False])
def test_no_rate_without_an_error_has_a_width_of_zero(right, groups):
    texts, tokens = (TEXTS, TOKENS) if right else (["x"] * 40, [["y"] * 8] * 40)
    rates = [
        ter(tokens, TOKENS, rng=rng(), groups=groups),
        token_accuracy(tokens, TOKENS, rng=rng(), groups=groups),
        exact_match(texts, TEXTS, groups=groups),
        own_less_other(tokens, [["a", *t] for t in TOKENS], groups=groups),
    ]
    if right:
        rates += [bleu(texts, TEXTS, rng=rng(), groups=groups), chrf(texts, TEXTS, rng=rng(), groups=groups)]
    for rate in rates:
        assert rate.ci95 is None or rate.ci95[1] - rate.ci95[0] > 0.01
    note = rates[0].note
    assert ("at most 14 % of groups differ" if groups is not None else "at most 7.2 % of sentences") in note


def test_a_gap_of_nothing_and_a_full_share_have_none_either():
    lengths = np.arange(1.0, 31.0)
    assert ratio_of_sums(np.zeros(30), lengths, rng()).ci95 is None
    x = np.random.default_rng(1).random(30)
    assert kept_share(np.ones(30), x, np.ones(30), rng=rng()).ci95 is None


def test_one_error_gives_an_interval_again():
    written = [["oops"], *TOKENS[1:]]
    assert ter(written, TOKENS, rng=rng()).ci95 is not None


def test_a_curve_without_errors_at_a_point_has_no_interval_there():
    n = 50
    edits = np.array([np.random.default_rng(0).integers(0, 3, n), np.zeros(n)], dtype=float)
    curve = ErrorCurve.of([0.0, 10.0], edits, np.zeros(n), np.full(n, 4.0), np.full(n, 4.0), rng=rng())
    noisy, quiet, clean, _ = curve.estimates()
    assert noisy.ci95 is not None
    assert (quiet.value, quiet.ci95, clean.ci95) == (0.0, None, None)


def test_values_within_a_range_get_the_rule_of_three():
    ones = mean_estimate(np.ones(100), within=COSINES)
    assert ones.ci95 == (pytest.approx(1 - 2 * rule_of_three(100)), 1.0)
    half = mean_estimate(np.full(100, 0.5), within=COSINES)
    assert half.ci95 == (
        pytest.approx(0.5 - 1.5 * 0.02951, rel=1e-3),
        pytest.approx(0.5 + 0.5 * 0.02951, rel=1e-3),
    )
    assert mean_estimate(np.full(100, 3.0)).ci95 is None
    in_twos = mean_estimate(np.ones(100), np.arange(100, dtype=np.uint64) // 2, within=COSINES)
    assert in_twos.ci95[0] == pytest.approx(1 - 2 * rule_of_three(50))


def test_the_rule_of_three_covers():
    draws = np.random.default_rng(0).random((4000, 60)) < 0.0487  # just below the bound for 60
    assert rule_of_three(60) == pytest.approx(0.0487, abs=1e-4)
    assert np.mean(~draws.any(axis=1)) == pytest.approx(0.05, abs=0.01)


def test_a_decoder_that_writes_nothing_still_ignores_z():
    nothing = own_less_other([[]] * 200, [["a", str(i)] for i in range(200)])
    assert decoder_uses(nothing).verdict == "DECODER IGNORES Z"


def test_a_criterion_without_an_interval_is_not_said_to_hold_its_threshold():
    gap = ratio_of_sums(np.zeros(30), np.ones(30), rng())
    criteria = {
        key: ratio_of_sums(np.random.default_rng(2).random(30), np.ones(30), rng()) for key in CRITERIA
    }
    verdict = memorisation_verdict(gap, gap, criteria | {"gap": gap})
    assert "1 has no interval" in verdict.reason
    shown = {f"{key}_{one.hash_like}": one.threshold for key, one in CRITERIA.items()}
    assert shown.items() <= verdict.numbers.items()
    assert set(CRITERIA) <= set(verdict.numbers)
    assert verdict.numbers["criteria_with_a_value"] == 5
