"""Words for one space: each is reached, and the gate silences the rest."""

from typing import get_args

import numpy as np
import pytest

from latentlab.metrics import Estimate
from latentlab.metrics.reading import Reading, read_space, rogue_share


def space(cosine=0.0, roundness=1.0, share=0.02, se=0.005):
    numbers = {"mean_cosine": cosine, "isoscore_debiased": roundness, "cc_share_top1": share}
    return {key: Estimate(value).with_se(se) for key, value in numbers.items()}


@pytest.mark.parametrize(
    ("axis", "measures", "word"),
    [
        ("cone", space(cosine=0.3), "CONE"),
        ("cone", space(cosine=0.01), "NO CONE"),
        ("cone", space(cosine=0.05), "INCONCLUSIVE"),
        ("cone", space(cosine=-0.2), "INCONCLUSIVE"),
        ("cone", {"mean_cosine": Estimate(None)}, "UNDEFINED"),
        ("anisotropy", space(roundness=0.3), "ANISOTROPIC"),
        ("anisotropy", space(roundness=0.97), "ISOTROPIC"),
        ("anisotropy", space(roundness=0.95), "INCONCLUSIVE"),
        ("anisotropy", {}, "UNDEFINED"),
        ("rogue", space(cosine=0.3, share=0.5), "ROGUE"),
        ("rogue", space(cosine=0.3, share=0.02), "NONE"),
        ("rogue", space(cosine=0.3, share=0.1), "INCONCLUSIVE"),
        ("rogue", space(cosine=0.005, share=0.5), "NOT APPLICABLE"),
    ],
)
def test_every_word_of_one_cloud(axis, measures, word):
    assert read_space("PASSED", measures, d=192)[axis].word == word


def test_noise_needs_z_and_intervals_apart():
    mu = space(roundness=0.3)
    words = {name: read_space("PASSED", mu, z, d=192)["noise"].word for name, z in NOISY.items()}
    assert words == {"rounder": "NOISE-INDUCED", "same": "NONE", "unsure": "NONE", "none": "UNDEFINED"}
    assert "noise" not in read_space("NOT APPLICABLE", mu, d=192)


NOISY = {
    "rounder": space(roundness=0.9),
    "same": space(roundness=0.31),
    "unsure": space(roundness=0.4, se=0.1),
    "none": {},
}


def test_a_collapsed_posterior_has_no_other_word():
    words = read_space("COLLAPSED", space(), space(), d=192)
    assert {axis: reading.word for axis, reading in words.items()} == {"gate": "COLLAPSED"}


def test_the_list_is_closed():
    reached = {"COLLAPSED"}
    for mark in test_every_word_of_one_cloud.pytestmark:
        reached |= {word for _, _, word in mark.args[1]}
    assert set(get_args(Reading)) == reached | {"NOISE-INDUCED"}


def test_with_few_dimensions_a_large_share_is_nothing_special():
    measures = space(cosine=0.5, share=0.2)
    words = {d: read_space("PASSED", measures, d=d)["rogue"].word for d in (1, 8, 48, 192)}
    assert words == {1: "NOT APPLICABLE", 8: "NONE", 48: "NONE", 192: "ROGUE"}
    alone = {
        "mean_cosine": space(cosine=0.5)["mean_cosine"],
        **{"cc_share_top1": space(share=0.99)["cc_share_top1"]},
    }
    assert read_space("PASSED", alone, d=8)["rogue"].word == "ROGUE"


@pytest.mark.parametrize("d", [3, 16, 64])
def test_random_directions_pass_the_threshold_once_in_a_hundred_times(d):
    x = np.random.default_rng(0).standard_normal((40_000, d))
    largest = (x**2 / (x**2).sum(axis=1, keepdims=True)).max(axis=1)
    assert 0.008 < (largest > rogue_share(d)).mean() < 0.0115
