"""The LaTeX table: every brace has its partner, every sign is escaped, bold only where intervals part."""

import re

import pytest
from figure_reports import layers, spaces, three
from typed_documents import typed

from latentlab.metrics import CLOUD_METRICS, Estimate
from latentlab.metrics.register import METRICS, shown_in
from latentlab.metrics.statistics.intervals import rounded
from latentlab.results import rows, to_latex
from latentlab.results.tables.escape import escape
from latentlab.results.tables.latex import SHOWN, best
from latentlab.results.tables.metric_rows import MetricRow

# A model of what LaTeX would see, small enough to be trusted.


def body(text):
    """Lines of the tabular, without comments."""
    return [line for line in text.splitlines() if not line.startswith("%")]


def cells(text, label):
    """The cells of the first line with this label."""
    line = next(line for line in body(text) if line.startswith(label))
    return [cell.strip() for cell in line.removesuffix(r" \\").split(" & ")]


def assert_well_formed(text, columns):
    text.encode("ascii")
    bare = re.sub(r"\\[\\{}&%$#_\"'`^~]", "", "\n".join(body(text)))
    depth = 0
    for sign in bare:
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert depth == 0
    assert bare.count("$") % 2 == 0
    assert not set(bare) & set('%#~^_`"')
    lines = body(text)
    assert lines[0].startswith(r"\begin{tabular}")
    assert lines[1] == r"\toprule"
    assert lines[-1] == r"\end{tabular}"
    assert r"\bottomrule" in lines[-3:]
    for line in lines:
        if line.endswith(r"\\") and not line.startswith(r"\multicolumn"):
            assert len(re.findall(r"(?<!\\)&", line)) == columns + 1


def test_a_real_report_is_a_booktabs_table_of_siunitx_columns():
    text = to_latex(typed(three()))
    assert_well_formed(text, 3)
    assert r"*{4}{S[separate-uncertainty" in text
    assert body(text).count(r"\midrule") == 5
    assert "\\hline" not in text
    for wanted in (
        "booktabs",
        "siunitx",
        "separate-uncertainty",
        r"\pm, or [ ] where it is not even, is the 95 \% interval",
        "n is the",
    ):
        assert any(line.startswith("%") and wanted in line for line in text.splitlines()), wanted
    for heading in ("pooled encoder vectors, $n = 200$, $d = 8$", r"latent points $\mu$, $n = 200$, $d = 8$"):
        assert heading in text
    assert to_latex(typed(three())) == text


def test_numbers_are_those_of_the_report():
    report = three()
    estimate = report["results"]["items"][0]["clouds"]["pooled"]["metrics"]["mean_cosine"]
    half = estimate["ci95"][1] - estimate["value"]
    label, first, *_, isotropic = cells(to_latex(typed(report)), "mean cosine")
    assert label == r"mean cosine $\downarrow$"
    value, uncertainty = map(float, first.removeprefix(r"\bfseries ").split(r" \pm "))
    assert value == pytest.approx(estimate["value"], abs=uncertainty / 10)
    assert uncertainty == pytest.approx(half, rel=0.15)
    assert isotropic == "0"
    active = report["results"]["items"][1]["posterior"]["metrics"]["active_units"]["value"]
    assert cells(to_latex(typed(report)), "active units")[1:] == ["{}", f"{active:.0f}", "0", "{}"]


def test_an_undefined_number_is_a_dash_and_a_sample_says_its_rows():
    report = three()
    measures = report["results"]["items"][1]["clouds"]["mu"]["metrics"]
    measures["effective_rank"] = {"value": None, "se": None, "ci95": None, "n": 200, "note": "why"}
    measures["twonn"]["n"] = 150
    text = to_latex(typed(report))
    after = text[text.index("latent points") :]
    assert cells(after, "effective rank")[2] == "{--}"
    assert "% n = 150 for TwoNN dimension, which need pairs of rows." in text


def test_what_centring_does_not_change_is_said_once():
    text = to_latex(typed(three()))
    centred = text[text.index("vectors, centred") : text.index("latent points")]
    assert "mean cosine" in centred
    assert "IsoScore" not in centred
    assert "energy" not in centred


def test_a_collapsed_item_is_marked_and_never_best():
    text = to_latex(typed(three()))
    assert r"{dead\textsuperscript{\textdagger}}" in text
    assert r"\textdagger} collapsed" in text
    for line in body(text):
        if line.count(" & ") == 4:
            assert r"\bfseries" not in line.split(" & ")[3]
    assert "dagger" not in to_latex(typed(spaces(("plain", "deterministic"))))


def test_other_measures_and_layers_can_be_asked_for():
    text = to_latex(typed(three()), metrics=CLOUD_METRICS)
    assert_well_formed(text, 3)
    assert r"hubness\_skewness\_cosine" in text
    assert_well_formed(to_latex(typed(layers("one", "two"))), 2)
    assert "layer 2, $n = 200$, $d = 8$" in to_latex(typed(layers("one")))


# Names


NASTY = ["a&b%c$d#e_f{g}h~i^j\\k", "µ μ σ größe naïve ő", "--|<x>|\"q\" 'r' `s`", "中文\t\n[y]"]


@pytest.mark.parametrize("name", NASTY)
def test_any_name_is_escaped(name):
    text = to_latex(typed(spaces((name, "deterministic"), ("vib", "vib"))))
    assert_well_formed(text, 2)
    assert escape(name) in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a&b", r"a\&b"),
        ("50%", r"50\%"),
        ("$x_1$", r"\$x\_1\$"),
        ("#{}", r"\#\{\}"),
        ("~^\\", r"\textasciitilde{}\textasciicircum{}\textbackslash{}"),
        ("µμ", r"$\mu$$\mu$"),
        ("σλ", r"$\sigma$$\lambda$"),
        ("é", r"\'{e}"),
        ("e\u0301", r"\'{e}"),
        ("ß", r"\ss{}"),
        ("a--b", "a-{}-{}b"),
        ("a\nb", "a b"),
        ("中", "U+4E2D"),
    ],
)
def test_escapes(text, expected):
    assert escape(text) == expected


# Rounding


@pytest.mark.parametrize(
    ("value", "half", "expected"),
    [
        (0.61719, 0.00369, ("0.617", "0.004")),
        (0.61719, 0.00354, ("0.6172", "0.0035")),
        (0.827, 0.119, ("0.83", "0.12")),
        (0.827, 0.367, ("0.8", "0.4")),
        (14.674, 0.964, ("14.7", "1.0")),
        (919.0055, 0.6, ("919.0", "0.6")),
        (1325.8, 52.0, ("1326", "52")),
        (-0.00001, 0.004, ("0.000", "0.004")),
        (0.9999, 1e-9, ("0.999900", "0.000001")),
        (6.0, 0.0, ("6", "0")),
        (0.25, None, ("0.250", None)),
        (191.0, None, ("191", None)),
        (0.0, None, ("0", None)),
    ],
)
def test_rounding(value, half, expected):
    assert rounded(value, half) == expected


# Bold


def cell(low, high, *, n=100, d=4):
    """A number in the middle of an interval; of one end it is that, without an interval."""
    if low is None or high is None:
        return MetricRow("mu", "one", Estimate(low or high, n=n), n, d)
    return MetricRow("mu", "one", Estimate((low + high) / 2, ci95=(low, high), n=n), n, d)


ALIVE = (False, False, False)


@pytest.mark.parametrize(
    ("key", "row", "collapsed", "expected"),
    [
        ("mean_cosine", [cell(0.1, 0.2), cell(0.3, 0.4), cell(0.5, 0.6)], ALIVE, 0),
        ("isoscore_debiased", [cell(0.1, 0.2), cell(0.3, 0.4), cell(0.5, 0.6)], ALIVE, 2),
        ("mean_cosine", [cell(0.1, 0.31), cell(0.3, 0.4), cell(0.5, 0.6)], ALIVE, None),
        ("mean_cosine", [cell(0.1, 0.3), cell(0.3, 0.4), cell(0.5, 0.6)], ALIVE, None),
        ("mean_cosine", [cell(0.1, 0.2), cell(0.15, 0.8), cell(0.5, 0.6)], ALIVE, None),
        ("mean_cosine", [cell(0.1, 0.2), None, None], ALIVE, None),
        ("mean_cosine", [cell(0.1, 0.2), cell(None, None), None], ALIVE, None),
        ("mean_cosine", [cell(0.1, 0.2), cell(0.3, 0.4), None], ALIVE, 0),
        ("mean_cosine", [cell(0.1, 0.2), cell(0.3, 0.4), cell(0.5, 0.6)], (True, False, False), 1),
        ("mean_cosine", [cell(0.1, 0.31), cell(0.3, 0.4), cell(0.5, 0.6)], (True, False, False), None),
        ("mean_cosine", [cell(0.1, 0.2), cell(0.3, 0.4), None], (True, False, False), None),
        ("mean_cosine", [cell(0.1, 0.2), cell(0.3, 0.4, d=8), None], ALIVE, None),
        ("mean_cosine", [cell(0.1, 0.2), cell(0.3, 0.4, n=50), None], ALIVE, None),
        ("n_outlier_dims_mean3sd", [cell(1.0, 1.0), cell(5.0, 5.0), None], ALIVE, None),
        ("mean_cosine", [cell(0.15, None), cell(0.3, 0.4), None], ALIVE, None),
        ("kl_total", [cell(0.1, 0.2), cell(0.3, 0.4), None], ALIVE, None),
        ("twonn", [cell(0.1, 0.2), cell(0.3, 0.4), None], ALIVE, None),
        ("no such key", [cell(0.1, 0.2), cell(0.3, 0.4), None], ALIVE, None),
    ],
)
def test_the_best_is_one_only_where_the_intervals_say_so(key, row, collapsed, expected):
    assert best(key, row, collapsed) == expected


def test_bold_stands_at_the_best_value_and_one_item_has_none():
    report = spaces(("cone", "deterministic"), ("round", "vib"))
    after = to_latex(typed(report))[to_latex(typed(report)).index("latent points") :]
    _, cone, rounder, _ = cells(after, "mean cosine")
    assert rounder.startswith(r"\bfseries ")
    assert not cone.startswith(r"\bfseries")
    assert r"\bfseries" not in to_latex(typed(spaces(("cone", "deterministic"))))
    posterior = to_latex(typed(three()))
    assert r"\bfseries" not in posterior[posterior.index("{posterior") :]


def test_every_row_has_a_known_measure():
    known = {line["metric"] for line in rows(typed(three()))}
    assert set(SHOWN) <= known
    assert "collapsed_dims[0.01]" in SHOWN
    assert len(SHOWN) == len(shown_in("paper"))


def test_names_are_written_as_they_are_read():
    """A label without a form of its own for LaTeX has nothing that LaTeX would take for a command."""
    plain = [metric.label for metric in METRICS.values() if metric.label and not metric.latex]
    assert plain
    assert not [label for label in plain if set(label) & set("\\%$&#_{}~^|")]
    assert "top-1 variance share $" in to_latex(typed(three()))
