"""The results section: fixed sentences, numbers with intervals that are what was measured."""

import pytest

from latentlab.metrics import Estimate
from latentlab.metrics.statistics.intervals import in_words, parts
from latentlab.results import Report
from latentlab.results.reports.decoding_results import InterpolationResults, PathsResult
from latentlab.results.reports.noise_results import (
    ByChance,
    DecodedMetrics,
    HalfErrorResult,
    NoiseResult,
    NoiseResults,
    NoisyExample,
)
from latentlab.results.reports.provenance import Provenance
from latentlab.results.tables.section import section_latex, section_markdown

NAME = "größe_*μ* <b>"


def cell(value, low=None, high=None, n=None):
    return Estimate(value, ci95=None if low is None else (low, high), n=n)


def paths(*kinds):
    scores = {"kept": cell(0.9, 0.85, 0.95, n=150), "fluency_middle": cell(1.455, 0.36, 6.046, n=200)}
    items = tuple(
        PathsResult(NAME, None, "vib", kind, (), scores={"all pairs": scores}, baselines={}) for kind in kinds
    )
    found = InterpolationResults({"kept": "right middles"}, None, None, items)
    return {"interpolate": Report("interpolate", {"pairs": 200, "steps": 11}, found, Provenance())}


def noise(**half):
    some = cell(0.5, 0.4, 0.6)
    item = NoiseResult(
        **{"name": "a", "path": None, "kind": "vib", "d": 2, "total_variance": 1.0, "points": ()},
        clean=DecodedMetrics(some, some, some),
        chance=ByChance(some, some),
        half_error=HalfErrorResult(slope=some, **half),
        posterior=None,
        example=NoisyExample("a", "a", ()),
        constellation=None,
    )
    return {"noise": Report("noise", {"n": 60}, NoiseResults({}, (item,)), Provenance())}


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (cell(0.6171, 0.6134, 0.6208), "0.617 ± 0.004"),
        (cell(0.00324, 0.00307, 0.00341), "0.00324 ± 0.00017"),
        (cell(1.0, 0.981, 1.0), "1.000 [0.981, 1.000]"),
        (cell(1.455, 0.36, 6.046), "1.5 [0.3, 6.1]"),
        (cell(-1.29, -1.791, -0.747), "-1.3 ± 0.5"),
        (cell(2.0, 2.0, 2.0), "2 ± 0"),
        (cell(2.728, 0.543, 13.701), "2.7 [0.5, 13.8]"),
        (cell(1.0, 1.0 - 3e-12, 1.0), "1 ± 0"),
        (cell(0.0, -1e-7, 0.0), "0 ± 0"),
        (cell(0.01, -0.0004, 0.04), "0.010 [-0.001, 0.040]"),
        (cell(0.25), "0.250"),
        (cell(None), "–"),
    ],
)
def test_an_interval_is_written_as_it_is(given, written):
    assert in_words(given) == written


def test_what_is_written_never_covers_less_than_the_interval():
    for value in (0.2, 0.5, 0.97, 1.0):
        for down in (0.0, 0.003, 0.04, 0.2):
            for up in (0.0, 0.004, 0.041, 0.3):
                text, half, span = parts(cell(value, value - down, value + up))
                if span:
                    assert float(span[0]) <= value - down + 1e-9
                    assert float(span[1]) >= value + up - 1e-9
                else:  # rounded to one or two digits
                    assert float(half) >= 0.85 * max(down, up)
                    assert float(text) == pytest.approx(value, abs=0.51 * float(half))


def test_names_are_text_in_both_and_a_score_of_fewer_pairs_says_so():
    markdown, latex = section_markdown(paths("slerp")), section_latex(paths("slerp"))
    assert r"größe\_\*μ\* \<b\> (slerp): share of right middles 0.90 ± 0.05 (n = 150)" in markdown
    assert "perplexity of the middle over that of the ends 1.5 [0.3, 6.1]." in markdown
    assert latex.isascii()
    assert r"gr\"{o}\ss{}e\_*$\mu$* \textless{}b\textgreater{} (slerp)" in latex
    assert "kinds of path" not in markdown
    assert "the kinds of path differ as well" in section_markdown(paths("slerp", "linear"))


@pytest.mark.parametrize(
    ("half", "said"),
    [
        (
            {"snr": cell(-1.29, -1.8, -0.75), "side": "inside"},
            "is halfway between none and chance at -1.3 ± 0.5",
        ),
        ({"snr": cell(None), "side": "above"}, "worse than halfway even at the highest SNR"),
        ({"snr": cell(None), "side": "below"}, "better than halfway even at the lowest SNR"),
        ({"snr": cell(None), "side": "nowhere"}, "errs as often without noise as by chance"),
    ],
)
def test_noise_says_on_which_side_a_curve_lies(half, said):
    assert said in section_markdown(noise(**half))
