"""Every metric against a brute-force float64 implementation that shares no code with it.

As it stands on arrays, and as a report has it: from the sums of one pass, in double and in single precision.
"""

import numpy as np
import pytest

from latentlab.analysis.anisotropy.cloud import measure_cloud
from latentlab.analysis.anisotropy.posterior_report import aggregates, measure_posterior
from latentlab.metrics import CLOUD_METRICS, METRICS
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.read_accumulator import measure_state
from tests.reference.brute_force import CLOUD, IN_REPORT, POSTERIOR, mean_cosine_se
from tests.reference.brute_force_shape import distinct
from tests.reference.clouds import CASES, POSTERIOR_CASES, cloud, draws, posterior

NAMES = ["-".join(map(str, case)) for case in CASES]


def test_no_measure_was_forgotten():
    assert set(CLOUD) == set(CLOUD_METRICS)
    named = {key for key, measure in METRICS.items() if measure.family == "posterior"}
    assert set(POSTERIOR) == named | {"mi_sampled"}


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_measure_of_a_cloud(case):
    single = cloud(*case).astype(np.float32)
    x = single.astype(np.float64)
    from_double, from_single = (measure_cloud(State.of(y)).metrics for y in (x, single))
    # What hangs on the smallest eigenvalue cannot be surer than the products that it comes from.
    condition = CLOUD["condition_number"](x) or 1.0
    for key, reference in CLOUD.items():
        expected = few_rows(key, x, reference(x))
        compare(key, METRICS[key].function(x), expected, 1e-9)
        if IN_REPORT[key] is not reference:
            expected = few_rows(key, x, IN_REPORT[key](x))
        compare(key, from_double[key], expected, 1e-9)
        smallest = key in ("condition_number", "alpha_req")
        rtol = max(1e-5, condition * 2.0**-24) if smallest else 1e-5
        # An excess is what is left of a ratio when 3 is taken off, and has the ratio's rounding.
        compare(key, from_single[key], expected, rtol, 3 * 2.0**-24 if key.startswith("kurtosis") else 0.0)


def few_rows(key, x, expected):
    """The reference makes do with fewer neighbours than the metric is defined with."""
    return None if key == "mle_id" and len(distinct(x)) <= 20 else expected


def compare(key, estimate, expected, rtol, rounding=0.0):
    if expected is None or estimate.value is None:
        assert estimate.value is None, (key, estimate, expected)
        assert expected is None, (key, estimate, expected)
        assert estimate.note
        return
    # What is zero by construction is rounding on both sides.
    assert estimate.value == pytest.approx(expected, rel=rtol, abs=max(rtol * 1e-3, rounding)), key


@pytest.mark.parametrize("case", POSTERIOR_CASES, ids=str)
def test_posterior(case):
    mu, logvar = posterior(*case)
    z = draws(mu, logvar, 0)
    found = measure_posterior(aggregates(mu, logvar, seed=0), mu, logvar, z)
    lists = {key: getattr(found, key) for key in ("kl_per_dim", "information_per_dim", "collapsed_dims")}
    values = {**found.metrics, **lists}
    for key, reference in POSTERIOR.items():
        expected = reference(mu, logvar, z) if key == "mi_sampled" else reference(mu, logvar)
        value = values[key]
        if isinstance(expected, dict):
            assert value == expected
        elif isinstance(expected, np.ndarray):
            np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-12)
        elif key.startswith("agg_") or key == "mi_upper_bound":
            if len(mu) > mu.shape[1]:
                assert value.value == pytest.approx(expected, rel=1e-9), key
            else:
                assert value.value is None
        else:
            assert value.value == pytest.approx(expected, rel=1e-9), key


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_standard_error_of_the_mean_cosine_is_the_exact_jackknife(dtype):
    x = cloud("cone", 150, 24, 0).astype(dtype)
    state = State.of(x)
    expected = mean_cosine_se(x.astype(np.float64))
    assert measure_cloud(state).metrics["mean_cosine"].se == pytest.approx(expected, rel=1e-5)
    state.unit_scatter = None
    assert measure_cloud(state).metrics["mean_cosine"].se != pytest.approx(expected, rel=1e-5)
    state.second_pass([x[:70], x[70:]])
    assert measure_cloud(state).metrics["mean_cosine"].se == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("offset", "rel"), [(1, 1e-4), (30, 1e-2), (300, 5e-2)])
def test_the_standard_error_survives_single_precision_in_a_narrow_cone(offset, rel):
    x = (np.random.default_rng(0).standard_normal((4000, 64)) + offset).astype(np.float32)
    expected = METRICS["mean_cosine"].function(x.astype(np.float64)).se
    state = State.of(x)
    assert measure_state(state)["mean_cosine"].estimate.se == pytest.approx(expected, rel=rel)
    state.unit_scatter = None
    state.second_pass([x])
    assert measure_state(state)["mean_cosine"].estimate.se == pytest.approx(expected, rel=rel)
