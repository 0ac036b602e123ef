"""Rows of tables: what a number says of itself."""

from latentlab.results import rows


def test_a_measure_that_does_not_say_its_rows_has_those_of_its_cloud():
    layer = {"layer": 3, "n": 50, "d": 2, "metrics": {"isoscore": {"value": 0.5}}, "reference": {}}
    line = next(rows({"results": {"items": [{"name": "encoder", "layers": [layer]}]}}))
    assert (line["cloud"], line["rows"], line["n"], line["kind"], line["gate"]) == (
        "layer 3",
        50,
        50,
        None,
        None,
    )
