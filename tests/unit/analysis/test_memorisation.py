"""The hash-map test: its rule, and three models that were made to be what it calls them."""

import numpy as np
import pytest
from noise_fakes import BagOfWords, ByHeart, HashMap, Lookup, Mute, Nearest, Poor, Signs, corpus, sentences

from latentlab import figures
from latentlab.analysis.interpolation.path_baselines import ReferenceSentences
from latentlab.analysis.interpolation.walk import WalkOptions, walk
from latentlab.analysis.memorisation_report import BESIDE, matched, memorisation
from latentlab.analysis.noise.noise_robustness import Sweep
from latentlab.corpora import Corpus, split_of
from latentlab.corpora.pair_files import Pair
from latentlab.errors import CheckpointError, InputError
from latentlab.metrics import Estimate, undefined
from latentlab.metrics.text.table_tests import (
    CRITERIA,
    WORDS,
    kept_share,
    memorisation_verdict,
    read_criterion,
)
from latentlab.results.tables.memorisation_tables import memorisation_csv, memorisation_latex

CORPUS = corpus()
HELD_OUT = [text for text in CORPUS.texts if split_of(text) != "train"]
FOUND = {"corpus": CORPUS, "similarity_encoder": BagOfWords()}
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
    return memorisation(models, HELD_OUT, ASKED, **FOUND)


# The rule


def test_the_list_of_words_is_closed():
    got = {verdict_of(0.01, 0.0, criteria).verdict for criteria in (SMOOTH, HASHED)}
    got |= {verdict_of(0.3, 0.3, SMOOTH).verdict, verdict_of(0.3, None, SMOOTH).verdict}
    assert got == set(WORDS) == {"HASH-LIKE", "SMOOTH", "UNDERTRAINED", "UNDEFINED"}


@pytest.mark.parametrize(
    ("held_out", "train", "word"),
    [
        (0.9, 0.0, "HASH-LIKE"),  # a literal table
        (0.45, 0.21, "HASH-LIKE"),  # learned by heart
        (0.2, 0.1, "HASH-LIKE"),
        (0.95, 0.6, "UNDERTRAINED"),  # not even half of its training sentences comes back
        (0.3, 0.25, "UNDERTRAINED"),
        (0.9, 0.9, "UNDERTRAINED"),
        (0.22, 0.19, "SMOOTH"),  # training sentences come back, the others nearly: the criteria decide
        (0.1999, 0.0, "HASH-LIKE"),  # by the criteria, as everything below .2
        (0.1, 0.05, "SMOOTH"),
        (0.15, 0.0, "SMOOTH"),  # worse by .15, and not surely
        (0.9, None, "UNDEFINED"),
        (None, 0.1, "SMOOTH"),
        (None, None, "UNDEFINED"),
    ],
)
def test_training_sentences_come_first(held_out, train, word):
    gap = None if None in (held_out, train) else held_out - train
    criteria = (HASHED if held_out == 0.1999 else SMOOTH) | {"gap": Estimate(gap)}
    assert verdict_of(held_out, train, criteria).verdict == word


def test_a_gap_that_is_sure_is_enough_wherever_it_lies():
    assert verdict_of(0.15, 0.0, SMOOTH | {"gap": sure(0.15)}).verdict == "HASH-LIKE"
    assert verdict_of(0.15, 0.0, SMOOTH | {"gap": sure(0.105)}).verdict == "SMOOTH"


def verdict_of(held_out, train, criteria):
    return memorisation_verdict(Estimate(held_out), Estimate(train), criteria)


@pytest.mark.parametrize("key", CRITERIA)
def test_each_criterion_has_its_side(key):
    assert read_criterion(key, SMOOTH[key]).verdict == "SMOOTH"
    assert read_criterion(key, HASHED[key]).verdict == "HASH-LIKE"
    threshold = CRITERIA[key].threshold
    at = "HASH-LIKE" if CRITERIA[key].hash_like == "from" else "SMOOTH"
    assert read_criterion(key, Estimate(threshold)).verdict == at
    assert not read_criterion(key, sure(threshold + 0.005)).sure
    assert read_criterion(key, sure(threshold + 0.02)).sure
    assert read_criterion(key, undefined("why")).verdict is None


def test_half_of_those_that_have_a_value_are_enough():
    keys = list(CRITERIA)[1:]  # a gap that is sure needs no others
    for told in range(1, 5):
        for hashed in range(told + 1):
            criteria = NONE | {k: (HASHED if i < hashed else SMOOTH)[k] for i, k in enumerate(keys[:told])}
            verdict = verdict_of(0.05, 0.0, criteria)
            assert verdict.verdict == ("HASH-LIKE" if hashed >= told / 2 else "SMOOTH")
            assert verdict.reason == f"{hashed} of {told} criteria are hash-like"


def test_what_is_not_sure_is_said():
    verdict = verdict_of(0.05, 0.0, SMOOTH | {"radius": Estimate(0.6, ci95=(0.4, 0.8))})
    assert verdict.verdict == "SMOOTH"
    assert verdict.reason.endswith("; 1 interval holds its threshold")


def test_nothing_measured_says_nothing():
    assert verdict_of(0.05, 0.0, NONE).verdict == "UNDEFINED"
    assert verdict_of(None, None, NONE).verdict == "UNDEFINED"


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
    item = tested.results.items[place]
    assert item.verdict.verdict == ("SMOOTH", "HASH-LIKE", "UNDERTRAINED")[place], item.verdict


def test_the_smooth_one_in_numbers(tested):
    item = tested.results.items[0]
    criteria, beside = item.criteria, item.beside
    assert criteria["gap"].value == beside["ter_train"].value == 0
    assert item.half_error.snr.value == pytest.approx(-3.4, abs=0.5)
    power = item.total_variance
    radius = np.sqrt(power * 10 ** (-item.half_error.snr.value / 10))
    assert beside["noise_radius"].value == pytest.approx(radius, rel=0.02)
    train = [text for text in CORPUS.texts if split_of(text) == "train"]
    points = Signs().pool(train)
    nearest = [np.linalg.norm(points - point, axis=1).min() for point in Signs().pool(HELD_OUT)]
    assert beside["nearest_distance"].value == pytest.approx(np.mean(nearest))
    assert criteria["radius"].value == pytest.approx(radius / np.mean(nearest), rel=0.02)
    # A quarter of the words wrong: cosine .75 where chance gives .5.
    assert criteria["noisy_meaning"].value == pytest.approx(0.5, abs=0.08)
    assert criteria["middle_meaning"].value == pytest.approx(1, abs=0.05)
    # Nothing is wrong without noise, and all is well-formed: of neither is a spread seen.
    bare = {key for key, cell in criteria.items() if cell.ci95 is None}
    assert bare <= {"gap", "middle_validity", "middle_meaning"}
    assert all(reading.sure for key, reading in item.verdict.readings.items() if key not in bare)


def test_the_hash_map_is_fluent_and_has_no_gap_and_is_caught_all_the_same(tested):
    item = tested.results.items[1]
    readings = {key: reading.verdict for key, reading in item.verdict.readings.items()}
    assert readings == {
        "gap": "SMOOTH",
        "radius": "HASH-LIKE",
        "noisy_meaning": "HASH-LIKE",
        "middle_validity": "SMOOTH",
        "middle_meaning": "HASH-LIKE",
    }
    assert item.criteria["radius"].bound == "at most"
    assert item.criteria["noisy_meaning"].value == pytest.approx(0, abs=0.1)
    assert item.criteria["middle_meaning"].value == pytest.approx(0, abs=0.15)


@pytest.mark.parametrize("kind", [HashMap, Lookup, Nearest, ByHeart])
def test_what_knows_its_training_sentences_alone_is_a_table(kind):
    few, new = corpus(200), sentences(40, seed=9)
    known = list(few.split("train").texts)
    quick = Sweep(low=0.0, high=20.0, step=10.0, seeds=1)
    item = memorisation([kind(known)], new, quick, corpus=few, similarity_encoder=BagOfWords()).to_dict()
    (only,) = item["results"]["items"]
    assert only["verdict"]["verdict"] == "HASH-LIKE"
    assert "on training sentences" in only["verdict"]["reason"]
    train, held_out = (only["beside"][f"ter_{part}"]["value"] for part in ("train", "held_out"))
    if kind is ByHeart:
        assert (train, held_out) == (pytest.approx(3 / 16), pytest.approx(7 / 16))
    else:
        assert train == 0
        assert held_out > (0.1 if kind is Nearest else 0.4)
    assert only["verdict"]["numbers"]["gap_from"] == 0.1


def test_a_table_that_writes_its_training_sentences_a_little_worse_is_one_all_the_same():
    known = list(CORPUS.split("train").texts)
    quick = Sweep(low=0.0, high=20.0, step=10.0, seeds=1)
    model = ByHeart(known, wrong=(4, 8))  # .25 and .5
    (item,) = memorisation([model], HELD_OUT[:40], quick, **FOUND).results.items
    assert item.verdict.verdict == "HASH-LIKE"
    assert item.beside["ter_train"].value == pytest.approx(0.25)


def test_a_code_that_bears_all_noise_of_the_sweep_is_not_hash_like():
    quiet = Sweep(low=10.0, high=20.0, step=5.0, seeds=1)
    (item,) = memorisation([Signs()], HELD_OUT, quiet, **FOUND).results.items
    assert item.half_error.side == "below"
    assert item.criteria["radius"].value is None  # noise this small bounds nothing
    louder = Sweep(low=5.0, high=20.0, step=5.0, seeds=1)
    (item,) = memorisation([Signs()], HELD_OUT, louder, **FOUND).results.items
    assert item.criteria["radius"].value > 0.5
    assert item.criteria["radius"].bound == "at least"


def test_midpoints_are_held_against_all_sentences_but_their_ends():
    """Once more, pair by pair, with ten sentences: there the ends would weigh among the others."""
    texts, model = HELD_OUT[:10], HashMap(list(CORPUS.texts))
    (item,) = memorisation([model], texts, ASKED, **FOUND).results.items
    unit = {
        text: row / np.linalg.norm(row) for text, row in zip(texts, BagOfWords().encode(texts), strict=True)
    }
    near, best = 0.0, 0.0
    for way in walk(model, [Pair(texts[i], texts[i + 5]) for i in range(5)], WalkOptions(steps=3)):
        middle = BagOfWords().encode([way.texts[0][1]])[0]
        middle /= np.linalg.norm(middle)
        a, b = unit[way.pair.a], unit[way.pair.b]
        chance = np.mean([middle @ unit[text] for text in texts if text not in (way.pair.a, way.pair.b)])
        near += (middle @ a + middle @ b) / 2 - chance
        best += (1 + a @ b) / 2 - chance
    assert item.criteria["middle_meaning"].value == pytest.approx(near / best, abs=1e-5)


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
    reference = ReferenceSentences.of([model], CORPUS.split("train"), 0, n=50)
    z = model.pool(HELD_OUT).astype(np.float64)
    expected = np.linalg.norm(z[:, None] - model.pool(reference.texts), axis=2).min(axis=1)
    np.testing.assert_allclose(reference.distances(model, z), expected)
    assert reference.distances(model, model.pool(reference.texts).astype(np.float64)).max() == 0


def test_what_cannot_be_tested_is_refused():
    with pytest.raises(InputError, match="at least 8"):
        memorisation([Signs()], HELD_OUT[:7], ASKED, **FOUND)
    with pytest.raises(CheckpointError, match="layout F"):
        memorisation([Mute()], HELD_OUT, ASKED, **FOUND)
    untrained = Corpus(tuple(HELD_OUT), "held out")
    with pytest.raises(InputError):
        memorisation([Signs()], HELD_OUT, ASKED, corpus=untrained, similarity_encoder=BagOfWords())


def test_the_same_seed_gives_the_same_report():
    def once():
        return memorisation([Signs()], HELD_OUT[:20], ASKED, **FOUND).to_json()

    assert once() == once()


def test_tables_and_figures(tested):
    rows = [line.split(",") for line in memorisation_csv(tested).splitlines()]
    assert rows[0][:5] == ["name", "kind", "verdict", "metric", "threshold"]
    assert len(rows) == 1 + 3 * (len(CRITERIA) + len(BESIDE))
    table = memorisation_latex(tested)
    assert r"verdict & SMOOTH & HASH-LIKE & UNDERTRAINED &  \\" in table
    assert r"$\geq 0.1$" in table
    assert figures.available(tested) == ["waterfall"]
    assert set(tested.results.beside) == set(tested.results.items[0].beside)
