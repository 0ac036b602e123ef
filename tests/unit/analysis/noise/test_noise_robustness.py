"""The channel with a sign decoder, whose error rates are known, and the figures of its report."""

import json

import numpy as np
import pytest
from figure_reports import assert_nothing_overlaps, legend_texts
from noise_fakes import PLACES, BagOfWords, HashMap, Mute, Signs, sentences, word_error
from typed_documents import typed

from latentlab import figures
from latentlab.analysis import decoding
from latentlab.analysis.meaning import Meaning, with_others
from latentlab.analysis.noise.noise_report import measure_noise
from latentlab.analysis.noise.noise_robustness import Sweep, noises, run_of, send, signal_of, sweep
from latentlab.errors import CheckpointError, InputError, UsageError
from latentlab.figures.output.figure_data import plotted
from latentlab.results import Report
from latentlab.results.reports.provenance import Provenance
from latentlab.results.tables.noise_tables import noise_csv, noise_latex

TEXTS = sentences(120)
ASKED = Sweep(low=-10.0, high=15.0, step=2.5, seeds=4)


def report(*models, texts=TEXTS, asked=ASKED, **options):
    return measure_noise(models, texts, asked, similarity_encoder=BagOfWords(), **options)


@pytest.fixture(scope="module")
def run():
    return run_of(Signs(), TEXTS, ASKED, Meaning(BagOfWords()))


@pytest.fixture(scope="module")
def drawn():
    return report(Signs("plain"), Signs("vib", sigma=0.7), draw=True).to_dict()


def test_error_rates_are_those_of_the_known_channel(run):
    """No edit distance is shorter than the number of wrong words here: each word has one place."""
    expected = [word_error(snr, run.signal.power) for snr in ASKED.snr]
    # Tokens are independent but for the four noises of one sentence: 120 * 4 * 16 of them.
    deviation = np.sqrt(np.array(expected) * (1 - np.array(expected)) / (len(TEXTS) * ASKED.seeds * PLACES))
    assert (np.abs(run.curve.values - expected) < 4 * deviation + 1e-9).all()
    assert (np.diff(run.curve.values) < 0).sum() >= len(ASKED.snr) - 3  # the last ones are all but zero
    assert run.curve.clean == 0
    assert run.curve.chance == pytest.approx(0.5, abs=0.02)


def test_half_error_is_where_q_is_a_quarter(run):
    """Half of the way from 0 to chance .5: σ with Q(1/σ) = .25, to the power of the sample."""
    level = run.curve.chance / 2
    fine = np.linspace(-6, 0, 6001)
    truth = fine[np.abs(word_error(fine, run.signal.power) - level).argmin()]
    assert run.half.side == "inside"
    assert run.half.snr.ci95[0] <= truth <= run.half.snr.ci95[1]
    assert run.half.snr.value == pytest.approx(truth, abs=0.25)


def test_no_noise_is_the_clean_decode():
    model = Signs()
    signal = signal_of(model, TEXTS)
    assert send(model, signal, np.inf) == TEXTS
    hashed = HashMap(TEXTS)
    assert send(hashed, signal_of(hashed, TEXTS), np.inf) == TEXTS
    assert send(hashed, signal_of(hashed, TEXTS), 30.0) != TEXTS


def test_one_snr_is_that_point_of_the_sweep():
    model = Signs()
    signal = signal_of(model, TEXTS)
    points = sweep(model, signal, Sweep(low=-5.0, high=5.0, step=5.0, seeds=2, seed=3))
    assert send(model, signal, 0.0, seed=3) == points[1][0].texts
    assert points[1][0].texts != points[1][1].texts


def test_the_same_whatever_the_chunk(monkeypatch):
    found = []
    for chunk in (256, 7, 1):
        monkeypatch.setattr(decoding, "CHUNK", chunk)
        model = Signs()
        found.append(sweep(model, signal_of(model, TEXTS[:20]), ASKED))
        assert max(model.batches) == min(chunk, 20 * 4 * 11)
    assert found[0] == found[1] == found[2]


def test_noise_does_not_depend_on_how_many_sentences_there_are():
    few, many = (noises(n, 5, seeds=3, seed=2) for n in (4, 9))
    np.testing.assert_array_equal(few, many[:, :4])
    assert not np.array_equal(many[0], many[1])
    assert not np.array_equal(few, noises(4, 5, seeds=3, seed=1))


def test_the_same_seed_gives_the_same_report():
    one, two = (report(Signs(), Signs("vib", sigma=0.5)).to_json() for _ in range(2))
    assert one == two
    assert (
        report(Signs(), asked=Sweep(seed=1, seeds=1)).to_json()
        != report(Signs(), asked=Sweep(seed=2, seeds=1)).to_json()
    )


def test_posterior_noise_is_measured_at_its_own_power():
    """White here, so that it does what white noise of its power does."""
    plain, vib = report(Signs(), Signs("vib", sigma=0.8)).to_dict()["results"]["items"]
    assert plain["posterior"] is None
    own = vib["posterior"]
    assert own["snr_db"] == pytest.approx(10 * np.log10(vib["total_variance"] / (PLACES * 0.64)), abs=1e-4)
    assert own["ter"]["value"] == pytest.approx(word_error(own["snr_db"], vib["total_variance"]), abs=0.02)
    low, high = own["ter_white"]["ci95"]
    assert low - 0.01 < own["ter"]["value"] < high + 0.01
    outside = report(Signs("vib", sigma=20.0)).to_dict()["results"]["items"][0]["posterior"]
    assert (outside["ter_white"]["value"], outside["ter_white"]["note"]) == (None, "outside the sweep")


def test_a_hash_map_has_no_half_in_the_sweep():
    item = report(HashMap(TEXTS)).to_dict()["results"]["items"][0]
    assert item["clean"]["exact_match"]["value"] == 1
    assert item["half_error"]["side"] == "above"
    assert item["half_error"]["snr"]["value"] is None
    cosine, chance = item["points"][-1]["cosine"], item["chance"]["cosine"]
    assert cosine["value"] == pytest.approx(chance["value"], abs=0.03)


def test_meaning_of_others_is_the_mean_over_others():
    meaning = Meaning(BagOfWords())
    units = meaning.units(TEXTS[:9])
    expected = [np.mean([units[i] @ units[j] for j in range(9) if j != i]) for i in range(9)]
    np.testing.assert_allclose(with_others(units, units), expected)
    swapped = with_others(units[[3, 3]], units, np.array([3, 4]))
    assert swapped[0] == pytest.approx(expected[3])
    assert swapped[1] == pytest.approx(np.mean([units[3] @ units[j] for j in range(9) if j != 4]))
    assert not meaning.units(["", TEXTS[0]])[0].any()


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": 5.0, "high": 5.0},
        {"low": 9.0, "high": 5.0},
        {"step": 0.0},
        {"step": -1.0},
        {"step": 99.0},
        {"step": 1e-3},
        {"low": float("nan")},
        {"high": float("inf")},
        {"seeds": 0},
    ],
)
def test_sweeps_that_make_no_sense(wrong):
    with pytest.raises(UsageError):
        Sweep(**wrong)


def test_a_sweep_has_both_ends_where_they_fit():
    assert Sweep().snr[0] == -10
    assert Sweep().snr[-1] == 30
    assert Sweep(low=0.0, high=1.0, step=0.1).snr[-1] == 1
    assert Sweep(low=0.0, high=1.0, step=0.4).snr == [0, 0.4, 0.8]


def test_what_cannot_be_sent_is_refused():
    with pytest.raises(CheckpointError, match="layout F"):
        report(Signs(), Mute("old"))
    with pytest.raises(InputError, match="at least 2"):
        report(Signs(), texts=TEXTS[:1])
    with pytest.raises(InputError, match="same latent"):
        report(Signs(), texts=TEXTS[:1] * 2)


# What is written and drawn


def test_tables_have_the_numbers(drawn):
    rows = [line.split(",") for line in noise_csv(typed(drawn)).splitlines()]
    assert rows[0][:5] == ["name", "kind", "noise", "snr_db", "metric"]
    white = [row for row in rows if row[0] == "plain" and row[2] == "white" and row[4] == "ter"]
    assert [float(row[3]) for row in white] == ASKED.snr
    assert [float(row[6]) for row in white] == [
        p["ter"]["value"] for p in drawn["results"]["items"][0]["points"]
    ]
    assert [row[0] for row in rows if row[2] == "posterior"] == ["vib"] * 4
    table = noise_latex(typed(drawn))
    assert r" & plain & vib \\" in table
    assert "half error at (dB)" in table
    assert "own posterior & -- & $0." in table


@pytest.mark.parametrize("name", ["waterfall", "constellation"])
def test_every_number_beside_a_figure_says_whose_it_is(drawn, name):
    series = {row["series"] for row in plotted(figures.FIGURES[name](typed(drawn)))}
    assert "" not in series
    assert len(series) > 1


def test_the_waterfall_shows_the_points(drawn):
    figure = figures.waterfall(typed(drawn))
    for axes, key in zip(figure.axes, ("ter", "exact_match", "cosine"), strict=True):
        lines = [line for line in axes.lines if len(line.get_xdata()) == len(ASKED.snr)]
        for line, item in zip(lines, drawn["results"]["items"], strict=True):
            assert line.get_ydata().tolist() == [point[key]["value"] for point in item["points"]]
        markers = {(line.get_color(), line.get_marker(), line.get_linestyle()) for line in lines}
        assert len({m[0] for m in markers}) == len({m[1] for m in markers}) == 2
    assert legend_texts(figure) == ["plain", "vib", "its own posterior noise", "half error", "chance"]
    assert_nothing_overlaps(figure)


def test_the_constellation_is_what_the_decoder_says(drawn):
    """The regions are decoded again here, from the definition."""
    content = drawn["results"]["items"][0]["constellation"]
    model, names = Signs(), content["sentences"]
    z = signal_of(model, TEXTS).z
    centred = z - z.mean(axis=0)
    at, cloud = np.array(content["at"]), np.array(content["cloud"])
    axes = np.linalg.lstsq(centred, cloud, rcond=None)[0].T
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-9)
    regions = np.array(content["regions"])
    x, y = (np.linspace(*content["edges"][i : i + 2], len(regions)) for i in (0, 2))
    for i, j in ((0, 0), (20, 20), (39, 0), (7, 31)):
        point = np.array([x[j], y[i]])
        k = int(np.linalg.norm(at - point, axis=1).argmin())
        moved = z[TEXTS.index(names[k])] + (point - at[k]) @ axes
        assert content["texts"][regions[i, j]] == model.write(moved)
    assert content["texts"][: len(names)] == names
    assert len(set(names)) == 5
    assert content["snr_db"] in ASKED.snr
    figure = figures.constellation(typed(drawn))
    assert_nothing_overlaps(figure)
    assert [axes.get_title(loc="left").split("\n")[0] for axes in figure.axes] == ["plain", "vib"]
    assert legend_texts(figure)[:5] == names


def test_figures_are_there_where_their_numbers_are(drawn):
    assert figures.available(typed(drawn)) == ["waterfall", "constellation"]
    plain = report(Signs()).to_dict()
    assert figures.available(typed(plain)) == ["waterfall"]
    with pytest.raises(UsageError, match="no constellation"):
        figures.constellation(typed(plain))
    with pytest.raises(UsageError, match="sweep through noise"):
        figures.waterfall(Report.of("noise", {}, {"metrics": {}, "items": []}, Provenance()))


def test_no_sentence_to_choose_is_no_constellation():
    item = report(HashMap(sentences(40, seed=9)), texts=TEXTS[:10], draw=True).to_dict()["results"]["items"][
        0
    ]
    assert item["clean"]["exact_match"]["value"] == 0
    assert item["constellation"] is None


def test_a_sentence_that_is_there_twice_is_chosen_once():
    found = report(Signs(), texts=[TEXTS[0]] * 3 + [TEXTS[1]] * 3, draw=True).results.items[0].constellation
    assert sorted(found.sentences) == sorted(TEXTS[:2])
    assert len(found.at) == 2


def test_a_report_says_what_it_is_about(drawn):
    assert json.loads(json.dumps(drawn)) == drawn
    assert set(drawn["provenance"]["sentences"]) == {"measured"}
    assert drawn["provenance"]["shards"] is None
    assert drawn["inputs"]["n"] == len(TEXTS)
    example = drawn["results"]["items"][0]["example"]
    assert example["text"] == example["clean"] == TEXTS[0]
    assert len(example["points"]) == len(ASKED.snr)
