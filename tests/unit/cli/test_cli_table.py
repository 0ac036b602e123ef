"""Tables of the command line: nothing wrapped, nothing narrower than it is."""

import io

import pytest
from rich.console import Console

from latentlab.cli.measuring.reconstruct import mark
from latentlab.cli.render.table import Row, Section, cells_of, number, print_table
from latentlab.metrics import Estimate
from latentlab.results.reports.decoding_results import ExampleResult

NAMES = ["baseline", "centred", "bottleneck", "vib"]


def entry(value, low=None, high=None):
    return Estimate(value, ci95=None if low is None else (low, high))


def printed(width, names, sections, beside=""):
    out = io.StringIO()
    print_table(Console(file=out, width=width), names, sections, beside=beside)
    return [line.rstrip() for line in out.getvalue().splitlines()]


SECTIONS = [
    Section("", [Row("collapse gate", ["NOT APPLICABLE", "NOT APPLICABLE", "PASSED", "COLLAPSED"])]),
    Section(
        "mu",
        [Row("top-1 variance share", [entry(x, x - 0.1, x + 0.1) for x in (0.1, 0.2, 0.3, 0.4)], "0.014")],
    ),
    Section("z", [Row("mean cosine", [None, None, entry(0.5), entry(0.25)], "0.000")]),
]


def test_four_checkpoints_fit_side_by_side_in_100_columns():
    lines = printed(100, NAMES, SECTIONS, "isotropic")
    assert lines[0].split() == [*NAMES, "isotropic"]
    assert max(map(len, lines)) <= 100
    values = "0.100 ± 0.100 0.200 ± 0.100 0.300 ± 0.100 0.400 ± 0.100 0.014"
    assert " ".join(lines[3].split()) == f"top-1 variance share {values}"


def test_a_narrow_terminal_gets_several_tables_without_empty_sections():
    lines = printed(66, NAMES, SECTIONS, "isotropic")
    assert max(map(len, lines)) <= 66
    headers = [line.split() for line in lines if "isotropic" in line]
    assert headers == [["baseline", "centred", "isotropic"], ["bottleneck", "vib", "isotropic"]]
    assert lines.count("mu") == 2
    assert lines.count("z") == 1


def test_one_row_has_one_number_of_decimals():
    assert cells_of(Row("rank", [entry(3.14159), entry(123.456, 120.0, 124.0)])) == [
        "3.1",
        "123.5 [120.0, 124.0]",
    ]


def test_an_interval_that_is_not_even_is_shown_with_both_ends():
    assert cells_of(Row("share", [entry(0.0, 0.0, 0.278)])) == ["0.000 [0.000, 0.278]"]


def test_what_is_undefined_is_a_dash():
    assert cells_of(Row("share", [entry(None), None])) == ["–", "–"]


@pytest.mark.parametrize(("value", "text"), [(-0.0001, "0.000"), (-0.002, "-0.002"), (0.0, "0.000")])
def test_there_is_no_minus_zero(value, text):
    assert number(value, 3) == text


def test_words_that_differ_are_in_brackets():
    assert mark(ExampleResult("", "the cat ran", False, (False, True, False))) == "the [cat] ran"
    assert mark(ExampleResult("", "", True, ())) == "(nothing)"
