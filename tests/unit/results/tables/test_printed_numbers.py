"""Numbers as they are printed everywhere: extreme ones, uneven intervals, none at all, smallest p-values."""

import io
import re

import pytest
from compare_fakes import TEXTS, Fake, gaussian
from figure_reports import layers, spaces, three
from noise_fakes import BagOfWords, Signs, corpus
from rich.console import Console
from typed_documents import typed

from latentlab.analysis.comparison.comparisons import compare
from latentlab.analysis.memorisation_report import memorisation
from latentlab.analysis.noise.noise_robustness import Sweep
from latentlab.cli.measuring.memorisation import show
from latentlab.cli.render import comparison_table
from latentlab.cli.render.table import Row, Section, cells_of, number, print_table
from latentlab.corpora import split_of
from latentlab.figures import anisotropy_overview, layer_profile
from latentlab.figures.output.figure_data import plotted
from latentlab.metrics.statistics.estimate import Estimate
from latentlab.metrics.statistics.intervals import in_words, is_bound, p_value, parts
from latentlab.results import to_latex
from latentlab.results.tables.comparison_latex import comparison_latex
from latentlab.results.tables.latex import in_column, plus_minus, tex_p
from latentlab.results.tables.section import section_latex, section_markdown


def cell(value, low=None, high=None, **more):
    return Estimate(value, ci95=None if low is None else (low, high), **more)


def shown(console_width, names, sections, beside=""):
    out = io.StringIO()
    print_table(Console(file=out, width=console_width), names, sections, beside=beside)
    return out.getvalue()


MADE = {"corpus": "made"}


# A million and more


@pytest.mark.parametrize(
    ("given", "text", "in_a_row", "latex"),
    [
        (cell(12_345_678.0), "1.23e7", "1.235e7", r"$1.23\times 10^{7}$"),
        (
            cell(12_345_678.0, 12_300_000.0, 12_391_356.0),
            "1.235e7 ± 0.005e7",
            "1.235e7 ± 0.005e7",
            r"$(1.235 \pm 0.005)\times 10^{7}$",
        ),
        (
            cell(1.2e40, 1.1e40, 9e40),
            "1.2e40 [1.1e40, 9.0e40]",
            "1.200e40 [1.100e40, 9.000e40]",
            r"$1.2\times 10^{40}$ $[1.1\times 10^{40}, 9.0\times 10^{40}]$",
        ),
        (cell(2.0, 1.0, 1e9), "2 [1, 1.000e9]", "2.000 [1.000, 1.000e9]", r"$2$ $[1, 1.000\times 10^{9}]$"),
        (cell(-2.5e8), "-2.50e8", "-2.500e8", r"$-2.50\times 10^{8}$"),
        (cell(3e7, 3e7, 3e7), "3.000e7 ± 0.000e7", "3.000e7 ± 0.000e7", r"$(3.000 \pm 0.000)\times 10^{7}$"),
        (cell(999_999.0), "999999", "999999.000", "$999999$"),
        (cell(999_999.6), "1.000e6", "1.000e6", r"$1.000\times 10^{6}$"),
        (cell(9_999_999.0), "1.000e7", "1.000e7", r"$1.000\times 10^{7}$"),
    ],
)
def test_a_million_has_a_power_of_ten(given, text, in_a_row, latex):
    assert in_words(given) == text
    assert in_words(given, decimals=3) == in_a_row
    assert plus_minus(given) == latex


@pytest.mark.parametrize(("word", "sign", "latex"), [("least", "≥", r"\geq"), ("most", "≤", r"\leq")])
def test_a_bound_is_never_printed_as_a_value(word, sign, latex):
    bound = Estimate(0.712, bound=f"at {word}", note="half is lost below 5 dB, outside the sweep")
    assert in_words(bound, decimals=3) == f"{sign} 0.712"
    assert plus_minus(bound) == f"${latex} 0.712$"


@pytest.mark.parametrize(("low", "sign"), [(5.0, "≥"), (-10.0, "")])
def test_the_table_of_the_hash_map_test_says_what_is_a_bound(low, sign):
    sentences = corpus()
    held_out = [text for text in sentences.texts if split_of(text) != "train"]
    asked = Sweep(low=low, high=20.0, step=5.0, seeds=1)
    report = memorisation(
        [Signs("condition")], held_out, asked, corpus=sentences, similarity_encoder=BagOfWords(), inputs=MADE
    )
    out = io.StringIO()
    show(Console(file=out, width=200), report)
    lines = out.getvalue().splitlines()
    (row,) = (line for line in lines if line.startswith("  noise radius / nearest distance"))
    assert ("≥" in row, "?" in row) == (bool(sign), False)
    told = [
        line for line in lines if line.startswith("condition, noise radius / nearest distance: at least what")
    ]
    assert len(told) == bool(sign)
    assert all(line.endswith("for half is lost below 5 dB, outside the sweep") for line in told)
    # A bound that lies beyond the threshold decides.
    assert any(line.startswith("condition: 0 of 5 criteria are hash-like") for line in lines)


def test_what_is_printed_of_an_extreme_number_covers_its_interval():
    for value in (2.0, 9.7e5, 1e6, 4.2e11, -3e7):
        for down, up in ((0.0, 3e5), (1e6, 1e6), (4e3, 9e8), (1e12, 1e12)):
            for decimals in (None, 3):
                text, half, span = parts(cell(value, value - down, value + up), decimals)
                if span:
                    slack = 1e-9 * (abs(value) + down + up)
                    assert float(span[0]) <= value - down + slack
                    assert float(span[1]) >= value + up - slack
                else:
                    assert float(half) >= 0.85 * max(down, up)
                    assert float(text) == pytest.approx(value, abs=0.51 * float(half))


def test_one_extreme_number_leaves_the_others_their_decimals():
    numbers = [cell(52.3, 51.9, 52.7), cell(2e36, -2e36, 6e36), cell(0.25)]
    row = Row("KL", [*numbers, None])
    assert cells_of(row) == ["52.30 ± 0.40", "2.000e36 ± 4.000e36", "0.25", "–"]
    assert number(2.5e8, 3) == "2.500e8"


# No interval, an uneven one


def test_a_value_without_an_interval_is_printed_bare():
    estimate = Estimate(168.25, note="plug-in value")
    assert in_words(estimate) == "168"
    assert cells_of(Row("rank", [estimate])) == ["168.2"]
    assert plus_minus(estimate) == "$168$"
    assert in_column(estimate) == "168"
    assert in_column(estimate, bold=True) == r"\bfseries 168"


def test_both_ends_of_an_uneven_interval_are_in_tables_too():
    estimate = cell(1.0, 0.981, 1.0)
    assert cells_of(Row("share", [estimate])) == ["1.000 [0.981, 1.000]"]
    assert in_column(estimate) == "{$1.000$ $[0.981, 1.000]$}"
    assert in_column(estimate, bold=True) == r"{\boldmath$1.000$ $[0.981, 1.000]$}"
    # Uneven by less than a table shows.
    assert cells_of(Row("share", [cell(0.5, 0.4988, 0.5014)])) == ["0.500 ± 0.001"]


def test_a_latex_table_of_a_report_with_all_of_it():
    report = three()
    measures = report["results"]["items"][1]["clouds"]["mu"]["metrics"]
    measures["effective_rank"] = cell(5.25, n=200).to_json()
    measures["mean_cosine"] = cell(0.2, 0.19, 0.3, n=200).to_json()
    of_posterior = report["results"]["items"][1]["posterior"]["metrics"]
    of_posterior["kl_total"] = cell(3.2e12, 3.1e12, 3.3e12, n=200).to_json()
    text = to_latex(typed(report))
    assert r"{$(3.20 \pm 0.10)\times 10^{12}$}" in text
    assert r"{\boldmath$0.200$ $[0.190, 0.300]$}" in text
    assert "half the 95" not in text
    line = next(line for line in text[text.index("latent points") :].splitlines() if "effective rank" in line)
    assert line.split(" & ")[2] == "5.25"
    assert not re.search(r"None|nan|\d\.\d+e\d", text)


def test_a_results_section_with_all_of_it():
    document = spaces(("run 1.5e7", "vib"))
    document["inputs"] = {"n": 9}
    (item,) = document["results"]["items"]
    metrics = {"mean_cosine": cell(0.2, 0.19, 0.3), "isoscore_debiased": cell(0.5)}
    item["clouds"]["mu"]["metrics"] |= {key: value.to_json() for key, value in metrics.items()}
    item["posterior"]["metrics"]["kl_total"] = cell(3.2e12, 3.1e12, 3.3e12).to_json()
    reports = {"anisotropy": typed(document)}
    assert "Its KL is 3.20e12 ± 0.10e12 nats" in section_markdown(reports)
    assert "is 0.200 [0.190, 0.300], the debiased IsoScore 0.500." in section_markdown(reports)
    assert r"3.20$\times 10^{12}$ $\pm$ 0.10$\times 10^{12}$ nats" in section_latex(reports)


# Tables of a terminal


@pytest.mark.parametrize("width", [20, 44, 80, 100, 300])
def test_no_column_is_cut_and_labels_are_repeated(width):
    names = ["baseline", "a/long/name/of/a/run", "模型", "vib"]
    ends = [(1.0, 0.981, 1.0), (2e36, -2e36, 6e36), (0.25,), (0.5, 0.4, 0.6)]
    values = [cell(*each) for each in ends]
    text = shown(
        width, names, [Section("a heading", [Row("IsoScore, debiased", values, "1.000")])], "isotropic"
    )
    assert "…" not in text
    lines = text.splitlines()
    for part in (*names, "1.000 [0.981, 1.000]", "2.000e36 ± 4.000e36", "0.500 ± 0.100"):
        assert sum(part in line for line in lines) == 1, part
    blocks = sum("a heading" in line for line in lines)
    assert blocks == sum("IsoScore, debiased" in line for line in lines)
    if width >= 80:
        assert max(map(len, lines)) <= width
        assert blocks == (2 if width == 80 else 1)


# P-values


@pytest.mark.parametrize(
    ("p", "attainable", "terminal", "latex"),
    [
        (0.001, 0.001, "≤ 0.001", r"{$\leq 0.001$}"),
        (0.002, 0.001, "0.002", "0.002"),
        (0.1, 0.1, "≤ 0.100", r"{$\leq 0.100$}"),
        (0.03125, 0.03125, "≤ 0.032", r"{$\leq 0.032$}"),
        (0.001, None, "0.001", "0.001"),
        (1e-9, 1e-9, "< 0.001", "{$< 0.001$}"),
        (1.0, 1.0, "1.000", "1.000"),
        (None, 0.001, "–", "{--}"),
    ],
)
def test_the_smallest_p_of_a_design_is_a_bound(p, attainable, terminal, latex):
    bound = is_bound(p, attainable)
    assert p_value(p, bound=bound) == terminal
    assert tex_p(p, bound=bound) == latex


@pytest.fixture(scope="module")
def compared():
    return compare([Fake("a", gaussian() + 0.3), Fake("b", gaussian())], TEXTS, seed=0).to_dict()


def on_terminal(report):
    out = io.StringIO()
    report["inputs"] |= {"corpus": "sentences"}
    comparison_table.show(Console(file=out, width=100, highlight=False, markup=False), typed(report))
    return out.getvalue()


def test_a_comparison_prints_bounds_and_keeps_the_number(compared):
    assert compared["results"]["sign_flip"]["a"]["p"] == compared["results"]["sign_flip"]["a"]["attainable"]
    line = next(line for line in on_terminal(compared).splitlines() if "p of no mean direction" in line)
    assert line.split()[5:7] == ["≤", "0.001"]


def test_an_adjusted_smallest_p_is_a_bound_too(compared):
    one = compared["results"]["comparisons"][0]["metrics"]["mean_cosine"]
    one |= {"p": 0.1, "p_attainable": 0.1, "p_holm": 0.5, "p_equivalence": 0.25}
    one["delta"] |= {"value": -0.5, "ci95": [-0.7, -0.45]}
    line = next(line for line in on_terminal(compared).splitlines() if line.startswith("    mean cosine "))
    assert line.split()[-8:] == ["-0.500", "[-0.700,", "-0.450]", "≤", "0.100", "≤", "0.500", "0.250"]
    row = next(
        line for line in comparison_latex(typed(compared)).splitlines() if line.startswith("mean cosine")
    )
    assert r"{$-0.50$ $[-0.70, -0.45]$} & {$\leq 0.500$}" in row


# Figures


def series(figure):
    return {row["series"] for row in plotted(figure)}


def test_a_figure_draws_no_interval_where_there_is_none():
    report = spaces(("plain", "deterministic"), ("other", "deterministic"))
    first = report["results"]["items"][0]["clouds"]["mu"]["metrics"]
    for key in ("mean_cosine", "isoscore_debiased"):
        first[key] |= {"ci95": None, "se": None}
    figure = anisotropy_overview(typed(report))
    assert "plain μ" in series(figure)
    assert "plain μ, 95 % CI" not in series(figure)
    assert "other μ, 95 % CI" in series(figure)
    profile = layers("one")
    for layer in profile["results"]["items"][0]["layers"]:
        layer["metrics"]["effective_rank"] |= {"ci95": None, "se": None}
    rows = [row for row in plotted(layer_profile(typed(profile))) if row["panel"] == 3]
    assert {row["series"] for row in rows} == {"isotropic, for one", "one"}
    assert all(row["y"] == row["y"] for row in rows)
