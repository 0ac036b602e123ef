"""What a comparison of two checkpoints reports, whom it compares, and what is refused."""

import json
from itertools import pairwise

import pytest
from compare_fakes import SPREAD, TEXTS, Fake, gaussian

from latentlab.analysis.comparison.comparisons import compare
from latentlab.analysis.comparison.primary_metrics import PRIMARY_METRICS
from latentlab.errors import UsageError
from latentlab.results.tables.comparison_rows import COLUMNS, comparison_csv, comparison_rows

LITTLE, SEED = 0.3, 5


def compared(a, b, *more, **options):
    return compare([a, b, *more], TEXTS, seed=SEED, **options).to_dict()["results"]


def test_baseline_order_and_provenance():
    models = [Fake("a", gaussian()), Fake("b", gaussian(1)), Fake("c", gaussian(2), LITTLE)]
    report = compare(models, TEXTS, seed=0, baseline="b", inputs={"corpus": "x"})
    document = report.to_dict()
    assert [(c["name"], c["against"]) for c in document["results"]["comparisons"]] == [("a", "b"), ("c", "b")]
    assert [item["name"] for item in document["results"]["items"]] == ["a", "b", "c"]
    assert document["inputs"] | {"corpus": "x", "n": 400, "seed": 0, "baseline": "b"} == document["inputs"]
    found = {name: about["fingerprint"] for name, about in document["provenance"]["checkpoints"].items()}
    assert found == {name: f"weights of {name}" for name in "abc"}
    assert set(document["provenance"]["sentences"]) == {"measured"}
    assert document["results"]["unit"] == "sentences"
    assert compare(models, TEXTS, seed=0, baseline="b", inputs={"corpus": "x"}).to_json() == report.to_json()
    assert "another training seed" in document["results"]["says"]


def test_different_encoders_are_said():
    models = [Fake("a", gaussian()), Fake("b", gaussian(1)), Fake("c", gaussian(2), encoder_key=("other",))]
    assert compared(*models[:2])["notes"] == []
    assert "different frozen encoders (a, b; c)" in compared(*models)["notes"][0]


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        ("a", {}, "needs two checkpoints, got a"),
        ("", {}, "needs two checkpoints, got none"),
        ("aa", {}, "2 checkpoints are called a"),
        ("ab", {"baseline": "x"}, "--baseline: no checkpoint is called 'x'"),
        ("ab", {"control": "x"}, "--control: no checkpoint is called 'x'"),
        ("ab", {"control": "a"}, "--control: a is the baseline"),
    ],
)
def test_calls_that_make_no_sense(names, options, message):
    models = [Fake(name, gaussian()) for name in names]
    with pytest.raises(UsageError, match=message) as refused:
        compare(models, TEXTS, seed=0, **options)
    if "x" in options.values():
        assert refused.value.hint == "there are a, b"


def test_the_same_weights_under_two_names():
    class Copy(Fake):
        @property
        def fingerprint(self):
            return "one"

    with pytest.raises(UsageError, match="a and b are the same weights"):
        compared(Copy("a", gaussian()), Copy("b", gaussian()))


def test_the_table_has_a_line_for_every_difference():
    x = gaussian()
    report = compare([Fake("a", x * SPREAD), Fake("b", x, LITTLE)], TEXTS, seed=SEED)
    rows = list(comparison_rows(report))
    asked = [f"answer: {key}" for key in ("cone gone", "centring", "covariance", "cost", "control")]
    assert [row["metric"] for row in rows] == ["gate", *PRIMARY_METRICS, "isoscore_debiased", *asked, "claim"]
    assert all(set(row) <= set(COLUMNS) for row in rows)
    said = {(row.get("cloud"), row["metric"]): row["verdict"] for row in rows if row["verdict"]}
    assert said == {
        (None, "gate"): "PASSED",
        ("mu", "mean_cosine"): "UNCHANGED",
        ("mu", "isoscore_debiased"): "REDUCED",
        ("mu", "variance_share_top1"): "REDUCED",
        ("z against white noise", "isoscore_debiased"): "REDUCED",
        (None, "answer: cone gone"): "NO CONE BEFORE",
        (None, "answer: centring"): "NOT APPLICABLE",
        (None, "answer: covariance"): "ROUNDER",
        (None, "answer: cost"): "NOT MEASURED",
        (None, "answer: control"): "NOT COMPARED",
        (None, "claim"): "SUPPORTED IN GEOMETRY, NO CONE BEFORE, NO CONTROL",
    }
    lines = comparison_csv(report).splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == len(rows) + 1
    json.dumps(report.to_dict(), allow_nan=False)
    assert all(one["n"] == other["n"] == 400 for one, other in pairwise(r for r in rows if "n" in r))
