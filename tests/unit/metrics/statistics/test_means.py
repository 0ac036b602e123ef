"""Means, shares and resampled statistics over rows that come in groups of near copies."""

import numpy as np
import pytest

from latentlab.errors import LatentsError
from latentlab.metrics import Estimate, bootstrap, exact_match
from latentlab.metrics.statistics.inference import sign_flip_test
from latentlab.metrics.statistics.means import group_rows, group_sums, mean_estimate, proportion
from latentlab.metrics.statistics.row_pairs import disjoint_pairs
from latentlab.metrics.text.noise_curves import ErrorCurve
from latentlab.metrics.text.reconstruction import ratio_of_sums

COPIES = 10


def copied(rng, groups=40):
    """Values that nearly repeat within a group, in no order, and their labels; the mean is 0."""
    labels = rng.permutation(np.repeat(np.arange(groups), COPIES))
    return rng.standard_normal(groups)[labels] + 0.05 * rng.standard_normal(len(labels)), labels


def covers(estimate, truth):
    return estimate.ci95[0] <= truth <= estimate.ci95[1]


def test_an_interval_over_groups_holds_the_mean_of_near_copies_and_one_over_rows_does_not():
    rng = np.random.default_rng(0)
    draws = [copied(rng) for _ in range(400)]
    assert np.mean([covers(mean_estimate(x), 0) for x, _ in draws]) < 0.6
    assert 0.92 <= np.mean([covers(mean_estimate(x, labels), 0) for x, labels in draws]) <= 0.98


@pytest.mark.parametrize("p", [0.5, 0.9])
def test_a_share_of_near_copies_is_as_sure_as_their_groups_are_many(p):
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(40), COPIES)
    hits = [(rng.random(40) < p).astype(float)[labels] for _ in range(400)]
    assert np.mean([covers(proportion(x), p) for x in hits]) < 0.6
    assert np.mean([covers(proportion(x, labels), p) for x in hits]) >= 0.92
    # Copies add nothing: the interval is about that of one sentence a group, with t for z.
    once, copies = proportion(hits[0][::COPIES]), proportion(hits[0], labels)
    assert copies.se == pytest.approx(once.se, rel=0.03)


def test_groups_of_independent_rows_change_little_and_never_gain():
    rng = np.random.default_rng(2)
    x, labels = (rng.random(2000) < 0.3).astype(float), np.arange(2000) % 200
    plain, grouped = proportion(x), proportion(x, labels)
    assert plain.se <= grouped.se <= 1.2 * plain.se
    # Two answers a person that never agree are worth more than independent ones; it is not counted.
    opposite = np.tile([0.0, 1.0], 50)
    assert proportion(opposite, np.arange(100) // 2).se == proportion(opposite).se
    # Every row a group of its own: the same standard error, Student's interval.
    single = mean_estimate(x, np.arange(2000))
    assert single.se == pytest.approx(mean_estimate(x).se, rel=1e-12)
    assert single.df == 1999


def test_where_all_are_hits_a_group_counts_as_one_sentence():
    labels = np.repeat(np.arange(40), COPIES)
    all_right = proportion(np.ones(400), labels)
    assert all_right.value == 1
    assert all_right.ci95[0] < proportion(np.ones(40)).ci95[0] < proportion(np.ones(400)).ci95[0]
    # One group of 361 and 39 of one: fewer than two sentences' worth.
    assert proportion(np.ones(400), np.minimum(np.arange(400), 39)).ci95[0] < 0.4


def test_resampled_groups_have_the_spread_of_the_cluster_robust_error():
    x, labels = copied(np.random.default_rng(3), 100)
    x, lengths = x + 5, np.ones(len(x))
    drawn = ratio_of_sums(x, lengths, np.random.default_rng(0), labels)
    assert drawn.se == pytest.approx(mean_estimate(x, labels).se, rel=0.1)
    assert drawn.se > 2.5 * ratio_of_sums(x, lengths, np.random.default_rng(0)).se
    curve = ErrorCurve.of(
        [0.0], x[None], 0 * x, 2 * x, lengths, rng=np.random.default_rng(0), resamples=1000, groups=labels
    )
    assert curve.estimates()[0].se == pytest.approx(drawn.se, rel=0.1)


def test_a_group_is_drawn_whole_or_not_at_all():
    labels, seen = np.repeat(np.arange(10), [1, 2, 3, 1, 1, 2, 1, 1, 4, 1]), []

    def rows_of(rows):
        seen.append(rows)
        return 0.0

    labels = labels[np.random.default_rng(1).permutation(len(labels))]
    bootstrap(Estimate(0.0), rows_of, len(labels), rng=np.random.default_rng(0), resamples=50, groups=labels)
    for rows in seen:
        times = np.bincount(rows, minlength=len(labels))
        assert all(len(set(times[labels == label])) == 1 for label in range(10))
    assert len({len(rows) for rows in seen}) > 1


def test_a_single_group_leaves_no_interval():
    one = np.zeros(4, dtype=np.int64)
    x = np.array([0.0, 1.0, 1.0, 1.0])
    for estimate in (
        mean_estimate(x, one),
        proportion(x, one),
        ratio_of_sums(x, x + 1, np.random.default_rng(0), one),
        exact_match(list("abcd"), list("abcx"), groups=one),
    ):
        assert (estimate.se, estimate.ci95) == (None, None)
        assert estimate.note == "a single group: no interval"
    with pytest.raises(LatentsError, match="at least two groups"):
        ErrorCurve.of([0.0], x[None], x, x, x + 1, rng=np.random.default_rng(0), groups=one)


def test_of_one_value_or_none_there_is_no_interval():
    assert mean_estimate(np.array([2.0])).note == "a single value: no interval"
    assert mean_estimate(np.array([])).value is None
    assert proportion(np.array([])).value is None


def test_labels_of_other_rows_are_refused():
    with pytest.raises(LatentsError, match="4 rows, and the groups of 3 are named"):
        group_rows(np.arange(3), 4)


def test_signs_of_groups_are_flipped_together():
    """Twelve copies of each of eight rows about zero: as rows they look like a mean direction."""
    rng, labels = np.random.default_rng(4), np.repeat(np.arange(8), 12)
    rows = rng.standard_normal((8, 3))
    sums = group_sums(rows[labels], labels)
    assert sums == pytest.approx(12 * rows)
    p = {"rows": [], "groups": []}
    for draw in range(40):
        u = np.random.default_rng(draw).standard_normal((8, 3))[labels]
        p["rows"].append(sign_flip_test(u, draws=99, seed=0).p)
        p["groups"].append(sign_flip_test(group_sums(u, labels), draws=99, seed=0).p)
    assert np.mean(np.array(p["rows"]) <= 0.05) > 0.5
    assert np.mean(np.array(p["groups"]) <= 0.05) <= 0.1


def test_pairs_of_different_labels_share_no_group():
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 21, 200)
    first, second, of_pair = disjoint_pairs(200, labels)
    rows = np.concatenate([first, second])
    assert len(np.unique(rows)) == len(rows) > 160
    for pair in np.unique(of_pair):
        mine = {*labels[first[of_pair == pair]], *labels[second[of_pair == pair]]}
        others = {*labels[first[of_pair != pair]], *labels[second[of_pair != pair]]}
        assert len(mine) == 2
        assert not mine & others
    assert [len(part) for part in disjoint_pairs(4, np.zeros(4, dtype=np.int64))] == [0, 0, 0]
