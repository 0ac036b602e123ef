"""Rows that come in groups: whole groups move together, and count about as much as one row of each."""

import numpy as np
import pytest

from latentlab.analysis.anisotropy.cloud import measure_cloud
from latentlab.errors import LatentsError
from latentlab.metrics.streaming import read_accumulator
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.metrics.streaming.sharding import group_labels, shard_of

KEYS = ("mean_cosine", "mean_energy_ratio", "participation_ratio_debiased", "isoscore_debiased")
PLAIN, GROUPED = Setting(subsample=150), Setting(subsample=150, grouped=True)


def clusters(groups=200, size=10, d=6, noise=0.02, seed=0):
    """Near copies of rows, mixed up; the rows themselves; and the group of each."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((groups, d)) * np.linspace(0.5, 1.5, d) + 0.4
    group = rng.permutation(np.repeat(np.arange(groups), size))
    return rows[group] + noise * rng.standard_normal((groups * size, d)), rows, group


@pytest.fixture(autouse=True)
def few_measures(monkeypatch):
    """Only the metrics that are looked at here."""
    monkeypatch.setattr(read_accumulator, "CLOUD_METRICS", KEYS)


def estimates(state):
    measured = read_accumulator.measure_state(state)
    return {key: measured[key].estimate for key in KEYS}


def test_labels_are_the_same_everywhere():
    labels = group_labels(["a", "b", "a", "", "ä\udc80", 7])
    assert labels.dtype == np.uint64
    assert labels.tolist()[:2] == [4681665781835383343, 9543904841865449333]  # the first 64 bits of blake2b
    assert labels[0] == labels[2]
    assert len(set(labels.tolist())) == 5
    assert group_labels(["7"])[0] == labels[5]


def test_whole_groups_move_together_and_one_row_of_each_is_kept():
    x, _, group = clusters()
    labels = group_labels(group.tolist())
    state = State.of(x, GROUPED, groups=labels)
    shard = shard_of(labels, 0, 50)
    assert state.shards.n.tolist() == np.bincount(shard, minlength=50).tolist()
    assert {int(n) % 10 for n in state.shards.n} == {0}
    assert len(state.kept) == 150 == len(set(group[state.kept_rows]))
    np.testing.assert_array_equal(state.kept, x[state.kept_rows])
    np.testing.assert_array_equal(state.kept_groups, labels[state.kept_rows])
    assert state.groups == pytest.approx(200, rel=0.3)
    assert State.of(x, Setting(grouped=True), groups=labels).groups == 200


def test_groups_count_as_much_as_one_row_of_each():
    x, rows, group = clusters()
    grouped = estimates(State.of(x, GROUPED, groups=group_labels(group.tolist())))
    single = estimates(State.of(rows, PLAIN))
    for key, estimate in grouped.items():
        assert estimate.value == pytest.approx(single[key].value, abs=0.5 * single[key].se), key
        assert estimate.se == pytest.approx(single[key].se, rel=0.4), key
    ungrouped = estimates(State.of(x, PLAIN))
    for key in KEYS:
        assert ungrouped[key].se < 0.5 * single[key].se, key


def test_copies_are_told_unless_the_groups_are():
    x, _, group = clusters()
    setting = Setting(subsample=1000)
    plain = measure_cloud(State.of(x, setting))
    assert plain.copies.telling
    assert plain.copies.near > 0.8 * plain.copies.sampled
    assert (plain.copies.exact, plain.copies.rows, plain.groups) == (0, 2000, None)
    told = measure_cloud(
        State.of(x, Setting(subsample=1000, grouped=True), groups=group_labels(group.tolist()))
    )
    assert (told.copies, told.groups, told.sampled) == (None, 200, 200)


@pytest.mark.parametrize("cuts", [[1000], [3, 700, 701, 1999]])
def test_pieces_that_cut_through_groups_are_one_pass(cuts):
    x, _, group = clusters()
    labels = group_labels(group.tolist())
    whole = State.of(x, GROUPED, groups=labels)
    first = State.start(x, GROUPED)
    merged = first
    for at, (piece, of_piece) in zip(
        [0, *cuts], zip(np.split(x, cuts), np.split(labels, cuts), strict=True), strict=True
    ):
        state = first.sibling(first_row=at)
        state.update(piece, groups=of_piece)
        merged = state.merge(merged)
    np.testing.assert_array_equal(merged.kept_rows, whole.kept_rows)
    np.testing.assert_array_equal(merged.kept_groups, whole.kept_groups)
    assert merged.groups == whole.groups
    for key, estimate in estimates(whole).items():
        again = estimates(merged)[key]
        assert (again.value, again.se) == (
            pytest.approx(estimate.value, rel=1e-9),
            pytest.approx(estimate.se, rel=1e-9),
        )


def test_groups_have_to_be_told_for_all_rows_or_for_none():
    x = np.eye(6)
    for setting, groups in ((PLAIN, group_labels("aabbcc")), (GROUPED, None)):
        with pytest.raises(LatentsError, match="a group for each row of a grouped state"):
            State.of(x, setting, groups=groups)
    grouped, plain = State.of(x, GROUPED, groups=group_labels("aabbcc")), State.of(x, PLAIN)
    with pytest.raises(LatentsError, match="differ"):
        grouped.merge(plain)


def test_the_bias_of_a_rank_is_not_seen_where_one_group_is_most_of_the_rows(monkeypatch):
    x = np.random.default_rng(0).standard_normal((300, 8)) * np.linspace(0.3, 1.5, 8)
    labels = group_labels([max(i - 279, 0) for i in range(300)])
    found = read_accumulator.measure_state(State.of(x, GROUPED, groups=labels))[
        "effective_rank_debiased"
    ].estimate
    assert found.value is None
    assert "93 % of the rows are in one group or a few" in found.note
    even = group_labels([i // 10 for i in range(300)])
    assert read_accumulator.measure_state(State.of(x, GROUPED, groups=even))[
        "effective_rank_debiased"
    ].estimate.value
