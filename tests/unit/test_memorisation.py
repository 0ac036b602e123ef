"""The hash-map test: its rule, and three models that were made to be what it calls them."""

import numpy as np
import pytest
from channel_fakes import BagOfWords, HashMap, Mute, Poor, Signs, corpus

from latentlab import figures
from latentlab.analysis.channel import Sweep
from latentlab.analysis.memorisation import BESIDE, matched, memorisation
from latentlab.analysis.path_baselines import Bank
from latentlab.corpora import Corpus, split_of
from latentlab.errors import CheckpointError, InputError
from latentlab.metrics import Estimate, undefined
from latentlab.metrics.memorisation import (
    CRITERIA,
    WORDS,
    kept_share,
    memorisation_verdict,
    read_criterion,
)
from latentlab.results.memorisation import memorisation_csv, memorisation_latex

CORPUS = corpus()
HELD_OUT = [text for text in CORPUS.texts if split_of(text) != "train"]
ASKED = Sweep(low=-10.0, high=20.0, step=2.5, seeds=2)
NONE = {key: undefined("not measured") for key in CRITERIA}


def sure(value):
    return Estimate(value, ci95=(value - 0.01, value + 0.01))


SMOOTH = {
    "gap": sure(0.01),
    "radius": sure(1.5),
    "noisy_meaning": sure(0.5),
    "middle_validity": sure(0.9),
    "middle_meaning": sure(0.9),
}
HASHED = {
    "gap": sure(0.15),
    "radius": sure(0.1),
    "noisy_meaning": sure(0.0),
    "middle_validity": sure(0.1),
    "middle_meaning": sure(0.0),
}


@pytest.fixture(scope="module")
def tested():
    models = [Signs("smooth"), HashMap(list(CORPUS.texts)), Poor("poor")]
    return memorisation(models, HELD_OUT, ASKED, corpus=CORPUS, judge=BagOfWords()).to_dict()


# The rule


def test_the_list_of_words_is_closed():
    assert {memorisation_verdict(sure(0.01), c).word for c in (SMOOTH, HASHED)} == {"SMOOTH", "HASH-LIKE"}
    assert memorisation_verdict(sure(0.3), SMOOTH).word == "UNDERTRAINED"
    assert WORDS == ("HASH-LIKE", "SMOOTH", "UNDERTRAINED")


@pytest.mark.parametrize(("error", "word"), [(0.1999, "HASH-LIKE"), (0.2, "UNDERTRAINED")])
def test_undertrained_comes_first(error, word):
    assert memorisation_verdict(sure(error), HASHED).word == word


@pytest.mark.parametrize("key", CRITERIA)
def test_each_criterion_has_its_side(key):
    assert read_criterion(key, SMOOTH[key]).word == "SMOOTH"
    assert read_criterion(key, HASHED[key]).word == "HASH-LIKE"
    threshold = CRITERIA[key].threshold
    at = "HASH-LIKE" if CRITERIA[key].hash_like == "from" else "SMOOTH"
    assert read_criterion(key, Estimate(threshold)).word == at
    assert not read_criterion(key, sure(threshold + 0.005)).sure
    assert read_criterion(key, sure(threshold + 0.02)).sure
    assert read_criterion(key, undefined("why")).word is None


def test_half_of_those_that_have_a_value_are_enough():
    keys = list(CRITERIA)
    for told in range(1, 6):
        for hashed in range(told + 1):
            criteria = NONE | {k: (HASHED if i < hashed else SMOOTH)[k] for i, k in enumerate(keys[:told])}
            verdict = memorisation_verdict(sure(0.05), criteria)
            assert verdict.word == ("HASH-LIKE" if hashed >= told / 2 else "SMOOTH")
            assert verdict.because == f"{hashed} of {told} criteria are hash-like"


def test_what_is_not_sure_is_said():
    verdict = memorisation_verdict(sure(0.05), SMOOTH | {"radius": Estimate(0.6, ci95=(0.4, 0.8))})
    assert verdict.word == "SMOOTH"
    assert verdict.because.endswith("; 1 interval holds its threshold")


def test_nothing_measured_says_nothing():
    assert memorisation_verdict(sure(0.05), NONE).word == "UNDERTRAINED"
    assert memorisation_verdict(undefined("no tokens"), SMOOTH).word == "UNDERTRAINED"


def test_kept_share_knows_its_ends():
    other, best = np.array([0.2, 0.3]), np.ones(2)
    assert kept_share(other, other, best).value == 0
    assert kept_share(best, other, best).value == 1
    assert kept_share(other - 0.1, other, best).value < 0
    assert kept_share(best, best, best).value is None
    # The cone of an encoder lifts all cosines, and cancels.
    own = np.array([0.5, 0.9])
    lifted = [0.6 + 0.4 * x for x in (own, other, best)]
    assert kept_share(*lifted).value == pytest.approx(kept_share(own, other, best).value)


# The models


@pytest.mark.parametrize("place", range(3))
def test_each_model_is_called_what_it_is(tested, place):
    item = tested["results"]["items"][place]
    assert item["verdict"]["word"] == ("SMOOTH", "HASH-LIKE", "UNDERTRAINED")[place], item["verdict"]


def test_the_smooth_one_in_numbers(tested):
    item = tested["results"]["items"][0]
    criteria, beside = item["criteria"], item["beside"]
    assert criteria["gap"]["value"] == beside["ter_train"]["value"] == 0
    assert item["half_error"]["snr"]["value"] == pytest.approx(-3.4, abs=0.5)
    power = item["total_variance"]
    radius = np.sqrt(power * 10 ** (-item["half_error"]["snr"]["value"] / 10))
    assert beside["noise_radius"]["value"] == pytest.approx(radius, rel=0.02)
    train = [text for text in CORPUS.texts if split_of(text) == "train"]
    points = Signs().pool(train)
    nearest = [np.linalg.norm(points - point, axis=1).min() for point in Signs().pool(HELD_OUT)]
    assert beside["nearest_distance"]["value"] == pytest.approx(np.mean(nearest))
    assert criteria["radius"]["value"] == pytest.approx(radius / np.mean(nearest), rel=0.02)
    # A quarter of the words wrong: cosine .75 where chance gives .5.
    assert criteria["noisy_meaning"]["value"] == pytest.approx(0.5, abs=0.08)
    assert criteria["middle_meaning"]["value"] == pytest.approx(1, abs=0.05)
    assert all(reading["sure"] for reading in item["verdict"]["readings"].values())


def test_the_hash_map_is_fluent_and_has_no_gap_and_is_caught_all_the_same(tested):
    item = tested["results"]["items"][1]
    readings = {key: reading["word"] for key, reading in item["verdict"]["readings"].items()}
    assert readings == {
        "gap": "SMOOTH",
        "radius": "HASH-LIKE",
        "noisy_meaning": "HASH-LIKE",
        "middle_validity": "SMOOTH",
        "middle_meaning": "HASH-LIKE",
    }
    assert item["criteria"]["radius"]["note"].startswith("at most")
    assert item["criteria"]["noisy_meaning"]["value"] == pytest.approx(0, abs=0.1)
    assert item["criteria"]["middle_meaning"]["value"] == pytest.approx(0, abs=0.15)


def test_a_table_of_training_sentences_alone_has_not_learned_to_write():
    known = list(CORPUS.split("train").texts)
    item = memorisation([HashMap(known)], HELD_OUT, ASKED, corpus=CORPUS, judge=BagOfWords()).to_dict()
    (only,) = item["results"]["items"]
    assert only["verdict"]["word"] == "UNDERTRAINED"
    assert only["criteria"]["gap"]["value"] > 0.4


def test_a_code_that_bears_all_noise_of_the_sweep_is_not_hash_like():
    quiet = Sweep(low=10.0, high=20.0, step=5.0, seeds=1)
    (item,) = memorisation([Signs()], HELD_OUT, quiet, corpus=CORPUS, judge=BagOfWords()).results["items"]
    assert item["half_error"]["side"] == "below"
    assert item["criteria"]["radius"].value is None  # noise this small bounds nothing
    louder = Sweep(low=5.0, high=20.0, step=5.0, seeds=1)
    (item,) = memorisation([Signs()], HELD_OUT, louder, corpus=CORPUS, judge=BagOfWords()).results["items"]
    assert item["criteria"]["radius"].value > 0.5
    assert item["criteria"]["radius"].note.startswith("at least")


# Material


def test_partners_are_as_long_and_are_taken_once():
    class Lengths(Signs):
        def token_counts(self, texts):
            return np.array([len(text) for text in texts])

    held_out = ["aa", "bb", "cc", "d", "eeee"]
    pairs = matched([Lengths()], held_out, ["x", "yy", "zz", "ww", "vv"])
    assert pairs == [(0, "yy"), (1, "zz"), (2, "ww"), (3, "x")]

    class Words(Signs):
        def token_counts(self, texts):
            return np.array([len(text.split()) for text in texts])

    assert matched([Lengths(), Words()], ["a b"], ["abc", "c d"]) == [(0, "c d")]


def test_a_bank_knows_the_nearest_distance():
    model = Signs()
    bank = Bank.of([model], CORPUS.split("train"), 0, n=50)
    z = model.pool(HELD_OUT).astype(np.float64)
    expected = np.linalg.norm(z[:, None] - model.pool(bank.texts), axis=2).min(axis=1)
    np.testing.assert_allclose(bank.distances(model, z), expected)
    assert bank.distances(model, model.pool(bank.texts).astype(np.float64)).max() == 0


def test_what_cannot_be_tested_is_refused():
    with pytest.raises(InputError, match="at least 8"):
        memorisation([Signs()], HELD_OUT[:7], ASKED, corpus=CORPUS, judge=BagOfWords())
    with pytest.raises(CheckpointError, match="layout F"):
        memorisation([Mute()], HELD_OUT, ASKED, corpus=CORPUS, judge=BagOfWords())
    untrained = Corpus(tuple(HELD_OUT), "held out")
    with pytest.raises(InputError):
        memorisation([Signs()], HELD_OUT, ASKED, corpus=untrained, judge=BagOfWords())


def test_the_same_seed_gives_the_same_report():
    def once():
        return memorisation([Signs()], HELD_OUT[:20], ASKED, corpus=CORPUS, judge=BagOfWords()).to_json()

    assert once() == once()


def test_tables_and_figures(tested):
    rows = [line.split(",") for line in memorisation_csv(tested).splitlines()]
    assert rows[0][:5] == ["name", "kind", "verdict", "measure", "threshold"]
    assert len(rows) == 1 + 3 * (len(CRITERIA) + len(BESIDE))
    table = memorisation_latex(tested)
    assert r"verdict & SMOOTH & HASH-LIKE & UNDERTRAINED &  \\" in table
    assert r"$\geq 0.1$" in table
    assert figures.available(tested) == ["waterfall"]
    assert set(tested["results"]["beside"]) == set(tested["results"]["items"][0]["beside"])
