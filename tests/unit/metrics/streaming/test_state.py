"""One pass, in any batches and any pieces, is one pass; and its standard errors are what they say."""

import numpy as np
import pytest
from scipy import stats

from latentlab.errors import LatentsError
from latentlab.metrics import CLOUD_METRICS, METRICS, Estimate, spectrum
from latentlab.metrics.streaming import accumulator, spectra
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import Setting, in_batches
from latentlab.metrics.streaming.read_accumulator import measure_state
from latentlab.metrics.streaming.sharding import shard_of


def cloud(n=700, d=12, seed=0):
    rng = np.random.default_rng(seed)
    spread = np.linspace(0.2, 3, d) * rng.uniform(0.5, 2, (n, 1))
    return rng.standard_normal((n, d)) * spread + rng.uniform(0.2, 1, d)


def numbers(state):
    """Value and standard error by key, of the metrics that are defined."""
    measured = {key: m.estimate for key, m in measure_state(state).items()}
    return {key: (e.value, e.se or 0.0) for key, e in measured.items() if e.value is not None}


def in_pieces(x, count, setting=Setting(), order=None):
    first = State.start(x, setting)
    states, at = [], 0
    for piece in np.array_split(x, count):
        state = first.sibling(first_row=at)
        state.update(piece)
        states.append(state)
        at += len(piece)
    merged = first
    for i in order if order is not None else range(count):
        merged = merged.merge(states[i])
    return merged


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_fifty_pieces_in_any_order_are_one_pass(dtype):
    x = cloud().astype(dtype)
    whole = State.of(x, Setting(subsample=100))
    merged = in_pieces(x, 50, whole.setting, np.random.default_rng(1).permutation(50))
    assert merged.ranges == [(0, 700)]
    np.testing.assert_array_equal(merged.kept, whole.kept)
    np.testing.assert_array_equal(merged.kept_rows, whole.kept_rows)
    rtol = 1e-9 if dtype == np.float64 else 1e-5
    for key, (value, se) in numbers(whole).items():
        assert numbers(merged)[key] == (pytest.approx(value, rel=rtol), pytest.approx(se, rel=rtol)), key


def test_batches_do_not_matter():
    x = cloud()
    a, b = State.start(x), State.start(x)
    a.update(x)
    for batch in in_batches(x, 37):
        b.update(batch)
    for key, (value, se) in numbers(a).items():
        assert numbers(b)[key] == (pytest.approx(value, rel=1e-11), pytest.approx(se, rel=1e-9)), key


def test_a_large_common_offset_costs_no_digits_of_single_precision():
    x = cloud()
    moved = (x + 300.0).astype(np.float32)
    exact = measure_state(State.of(moved.astype(np.float64)))
    single = measure_state(State.of(moved))
    for key in ("isoscore", "effective_rank", "top1_variance_share", "kurtosis_max"):
        assert single[key].estimate.value == pytest.approx(exact[key].estimate.value, rel=1e-5)


def at_one_size(values, whole, rests, n):
    """Less the line in 1 / size that runs from the whole through their mean."""
    inverse = 1 / np.array([len(rest) for rest in rests])
    slope = (np.mean(values) - whole) / (inverse.mean() - 1 / n)
    return (np.asarray(values) - slope * (inverse - inverse.mean())).tolist()


@pytest.mark.parametrize(("decomposed", "tolerance"), [(18, 1e-7), (17, 0.1)])
def test_standard_errors_are_those_of_full_decompositions_without_each_shard(
    decomposed, tolerance, monkeypatch
):
    monkeypatch.setattr(spectra, "DECOMPOSED", decomposed)
    x = cloud(2000, 18)
    measured = measure_state(State.of(x))
    shard = shard_of(np.arange(2000), 0, 50)
    rests = [x[shard != g] for g in range(50)]
    for key in CLOUD_METRICS:
        measure = METRICS[key]
        if measure.stage not in ("spectrum", "columns"):
            continue
        replicates = [measure.function(rest).value for rest in rests]
        if measure.interval == "plug-in":
            replicates = at_one_size(replicates, measure.function(x).value, rests, 2000)
        if key == "effective_rank_debiased":  # the factor on it is that of the whole
            factor = measured[key].estimate.value / measured["effective_rank"].estimate.value
            logs = np.log([METRICS["effective_rank"].function(rest).value for rest in rests])
            whole = np.log(METRICS["effective_rank"].function(x).value)
            replicates = (factor * np.exp(at_one_size(logs, whole, rests, 2000))).tolist()
        exact = Estimate(0.0).with_jackknife(replicates).se
        found = Estimate(0.0).with_jackknife(measured[key].replicates).se
        if key in ("dims_90", "condition_number") and decomposed < 18:
            continue  # neither smooth nor known to first order
        # The rest is second order in the change that a fiftieth of the rows makes.
        assert found == pytest.approx(exact, rel=tolerance, abs=1e-12), key
        said = measured[key].estimate
        if measure.interval == "none":
            assert said.se is None, key
        elif measure.interval == "unbiased" and key != "mean_cosine":  # that one has its own, delete-one-row
            assert said.se == pytest.approx(found, rel=1e-12), key
        elif said.se is None:
            assert "plug-in value, which depends on n" in said.note, key


def demanding(name, n=4000, d=40):
    """Clouds whose directions differ by more than single precision does, or seem to."""
    rng = np.random.default_rng(3)
    g = rng.standard_normal((n, d))
    turn = np.linalg.qr(rng.standard_normal((d, d)))[0]
    return {
        "flat": g[:, :3] @ rng.standard_normal((3, d)) + 0.5,
        "steep": g * np.arange(1, d + 1) ** -1.5,
        "steep and turned": (g * np.arange(1, d + 1) ** -1.5) @ turn,
        "one large coordinate": g * np.where(np.arange(d) == 7, 4000, 1),
        "one large mean": g + np.where(np.arange(d) == 7, 6000, 0),
        "far away": g + 300,
    }[name].astype(np.float32)


@pytest.mark.parametrize("decomposed", [40, 39])
@pytest.mark.parametrize(
    "name", ["flat", "steep", "steep and turned", "one large coordinate", "one large mean", "far away"]
)
def test_single_precision_neither_invents_a_spread_nor_loses_one(name, decomposed, monkeypatch):
    monkeypatch.setattr(spectra, "DECOMPOSED", decomposed)
    x = demanding(name)
    single, exact = (
        {key: m.estimate for key, m in measure_state(State.of(rows)).items()}
        for rows in (x, x.astype(np.float64))
    )
    for key in (
        "effective_rank_sv",
        "rankme",
        "effective_rank",
        "isoscore",
        "top1_variance_share",
        "alpha_req",
    ):
        if exact[key].value is None:
            assert single[key].value is None
            continue
        assert single[key].value == pytest.approx(exact[key].value, rel=2e-5), key
        if exact[key].se is not None:
            assert single[key].se == pytest.approx(exact[key].se, rel=1e-2, abs=1e-7), key
    assert (single["condition_number"].value is None) == (exact["condition_number"].value is None)


def test_isoscore_keeps_its_exact_error_in_wide_clouds_of_few_rows():
    x = np.random.default_rng(5).standard_normal((1000, 300))
    measured = measure_state(State.of(x, Setting(directions=False)))
    shard = shard_of(np.arange(1000), 0, 50)
    parts = [x[shard != g] for g in range(50)]
    rests = [spectrum(part) for part in parts]
    for key, tolerance in (
        ("isoscore", 1e-6),
        ("participation_ratio_debiased", 1e-6),
        ("effective_rank", 0.1),
    ):
        replicates = [METRICS[key].function(rest).value for rest in rests]
        if METRICS[key].interval == "plug-in":
            replicates = at_one_size(replicates, METRICS[key].function(x).value, parts, 1000)
        exact = Estimate(0.0).with_jackknife(replicates).se
        found = Estimate(0.0).with_jackknife(measured[key].replicates).se
        assert found == pytest.approx(exact, rel=tolerance), key
    for key in ("isoscore", "effective_rank"):
        assert measured[key].estimate.se is None
        assert "plug-in value, which depends on n" in measured[key].estimate.note


@pytest.mark.parametrize(
    "key", ["effective_rank", "effective_rank_debiased", "effective_rank_sv", "isoscore"]
)
def test_shards_of_unequal_sizes_do_not_widen_an_interval(key, monkeypatch):
    x = np.random.default_rng(8).standard_normal((1000, 100))

    def error():
        return Estimate(0.0).with_jackknife(measure_state(State.of(x))[key].replicates).se

    dealt = error()
    monkeypatch.setattr(accumulator, "shard_of", lambda rows, seed, shards: rows.astype(np.int64) % shards)
    # The same rows in other shards move it by a tenth or so; their sizes alone moved it by half.
    assert dealt == pytest.approx(error(), rel=0.25)


def test_numbers_too_small_for_fourth_powers_have_no_kurtosis():
    x = (np.random.default_rng(6).standard_normal((500, 6)) * 1e-12).astype(np.float32)
    measured = measure_state(State.of(x))
    for key in ("kurtosis_median", "kurtosis_max"):
        assert measured[key].estimate.value is None
        assert "too small" in measured[key].estimate.note


def test_every_row_has_one_shard_whatever_piece_it_comes_in():
    whole = shard_of(np.arange(1000), 3, 50)
    # Sizes are those of a fair die.
    assert stats.chisquare(np.bincount(whole, minlength=50)).pvalue > 0.01
    np.testing.assert_array_equal(shard_of(np.arange(333, 777), 3, 50), whole[333:777])
    assert (shard_of(np.arange(1000), 4, 50) != whole).mean() > 0.9


def test_states_that_do_not_belong_together_do_not_merge():
    x = cloud(100)
    a = State.of(x)
    with pytest.raises(LatentsError, match="different pilots"):
        a.merge(State.of(x + 1))
    with pytest.raises(LatentsError, match="share rows: one begins at row 0, before row 100"):
        a.merge(a)
    other = State.start(x, Setting(seed=1))
    with pytest.raises(LatentsError, match="differ"):
        a.merge(other)


def test_rows_with_nan_are_refused_or_counted():
    x = cloud(100)
    x[[7, 90], 3] = np.nan, np.inf
    with pytest.raises(LatentsError, match="NaN or infinity in 2 rows, the first is row 7"):
        State.of(x)
    state = State.start(x)
    state.update(x, drop_nonfinite=True)
    assert (state.n, state.nonfinite) == (98, 2)
    kept = np.isfinite(x).all(axis=1)
    assert measure_state(state)["isoscore"].estimate.value == pytest.approx(
        METRICS["isoscore"].function(x[kept]).value
    )


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones((3, 0)), r"got shape \(3, 0\)"),
        (np.ones((0, 3)), r"got shape \(0, 3\)"),
    ],
)
def test_what_is_no_cloud(x, message):
    with pytest.raises(LatentsError, match=message):
        State.start(x)


def test_another_width_is_refused():
    state = State.of(cloud(10))
    with pytest.raises(LatentsError, match=r"shape \(n, 12\), got shape \(5, 3\)"):
        state.update(np.ones((5, 3)))


DEGENERATE = {
    "constant": np.full((60, 5), 3.0),
    "zero": np.zeros((60, 5)),
    "rank one": np.outer(np.linspace(-1, 1, 60), np.ones(5)),
    "n < d": cloud(4, 9),
    "two rows": cloud(2, 5),
    "one value repeated": np.repeat(cloud(3, 5), 20, axis=0),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_clouds_have_a_value_or_a_note_and_never_flatter(name):
    measured = measure_state(State.of(DEGENERATE[name]))
    for key, m in measured.items():
        assert m.estimate.value is not None or m.estimate.note, key
    if name in ("constant", "zero"):
        assert measured["isoscore_debiased"].estimate.value is None
        assert measured["effective_rank"].estimate.value is None
    if name == "rank one":
        assert measured["isoscore"].estimate.value == pytest.approx(0, abs=1e-9)
        assert measured["condition_number"].estimate.value is None
