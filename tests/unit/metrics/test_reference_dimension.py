"""Published intrinsic dimensions, from the slow reference and from our neighbour lists."""

import numpy as np
import pytest

from latentlab.metrics.intrinsic import mle_id
from latentlab.metrics.streaming.neighbours import nearest
from tests.reference.brute_force import CLOUD
from tests.reference.clouds import ball, sphere


@pytest.mark.parametrize(
    ("x", "twonn", "mle"),
    [(ball(), 4.362176532655, 4.435823456943), (sphere(), 3.221205130439, 3.771250564547)],
)
def test_intrinsic_dimension_as_dadapy_and_r_publish_it(x, twonn, mle):
    assert CLOUD["twonn"](x) == pytest.approx(twonn, abs=1e-9)
    assert CLOUD["mle_id"](x) == pytest.approx(mle, abs=1e-9)


@pytest.mark.parametrize(
    ("x", "twonn_ml", "mle_mean", "mle_5"),
    [
        (ball(), 4.113138917298, 4.671100854881, 4.392113471283),
        (sphere(), 3.328071611007, 4.013179295370, 3.750451769649),
    ],
)
def test_their_other_estimators_follow_from_the_same_neighbours(x, twonn_ml, mle_mean, mle_5):
    x = np.asarray(x)
    near, _ = nearest(x, 20)
    assert (len(x) - 1) / np.log(near[:, 1] / near[:, 0]).sum() == pytest.approx(twonn_ml, abs=1e-9)
    local = 1 / np.log(near[:, -1:] / near[:, :-1]).mean(axis=1)
    assert local.mean() == pytest.approx(mle_mean, abs=1e-9)
    assert mle_id(x, k=5).value == pytest.approx(mle_5, abs=1e-9)
