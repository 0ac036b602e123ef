"""Rows of tables: what a number says of itself."""

from figure_reports import layers
from typed_documents import typed

from latentlab.results import rows


def test_a_measure_that_does_not_say_its_rows_has_those_of_its_cloud():
    report = layers("encoder", count=1)
    layer = {"layer": 3, "n": 50, "d": 2, "metrics": {"isoscore": {"value": 0.5}}, "reference": {}}
    report["results"]["items"][0]["layers"] = [layer]
    line = next(rows(typed(report)))
    assert (line["cloud"], line["rows"], line["n"], line["kind"], line["gate"]) == (
        "layer 3",
        50,
        50,
        None,
        None,
    )
