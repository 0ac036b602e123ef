"""Conditions of training seeds: the seed is the unit, few seeds cannot prove much, and no seed is dropped."""

import numpy as np
import pytest
from compare_fakes import SPREAD, TEXTS, D, Fake, N, Writer, gaussian
from scipy import stats

from latentlab.analysis.comparison.conditions import compare_conditions
from latentlab.analysis.comparison.primary_metrics import CORE, PRIMARY_METRICS
from latentlab.errors import UsageError
from latentlab.results.tables.comparison_rows import comparison_rows

LITTLE = 0.3


def condition(name, clouds, sigma=None):
    return [Fake(f"{name}-{i}", cloud, sigma) for i, cloud in enumerate(clouds)]


def flat(seeds=range(3)):
    return [gaussian(s) * SPREAD for s in seeds]


def round_(seeds=range(10, 13)):
    return [gaussian(s) * SPREAD**0.2 for s in seeds]


def compared(conditions, **options):
    return compare_conditions(conditions, TEXTS, seed=0, **options).to_dict()["results"]


@pytest.fixture(scope="module")
def report():
    conditions = {"vib": condition("vib", round_(), LITTLE), "baseline": condition("base", flat())}
    return compare_conditions(conditions, TEXTS, seed=0)


@pytest.fixture(scope="module")
def three_against_three(report):
    return report.to_dict()["results"]


def test_the_arm_called_baseline_is_the_baseline(three_against_three):
    assert three_against_three["unit"] == "seeds"
    assert three_against_three["baseline"] == "baseline"
    (comparison,) = three_against_three["comparisons"]
    assert (comparison["name"], comparison["against"]) == ("vib", "baseline")
    assert comparison["axes"]["anisotropy"]["verdict"] == "REDUCED"
    assert comparison["claim"]["verdict"] == "SUPPORTED IN GEOMETRY, NO CONE BEFORE, NO CONTROL"


def test_three_against_three_cannot_get_below_a_tenth(three_against_three):
    for key, one in three_against_three["comparisons"][0]["metrics"].items():
        assert one["p_attainable"] == pytest.approx(0.1), key
        assert (one["arrangements"], one["exact"]) == (20, True)
        assert one["p"] >= one["p_attainable"]
        assert one["p_equivalence"] is None  # a normal test over six seeds would be none
    roundness = three_against_three["comparisons"][0]["metrics"]["isoscore_debiased"]
    assert roundness["p"] == pytest.approx(0.1)
    assert roundness["p_holm"] == pytest.approx(0.5)
    assert roundness["cliffs_delta"]["value"] == 1
    assert roundness["hedges_g"]["value"] > 3


def test_numbers_are_over_seeds(three_against_three):
    values = {name: part["values"]["mu"] for name, part in three_against_three["conditions"].items()}
    metrics = three_against_three["comparisons"][0]["metrics"]
    assert list(metrics) == list(PRIMARY_METRICS)
    for key, one in metrics.items():
        a, b = values["baseline"][key], values["vib"][key]
        assert len(a) == len(b) == 3
        welch = stats.ttest_ind(b, a, equal_var=False).confidence_interval()
        assert one["delta"]["value"] == pytest.approx(np.mean(b) - np.mean(a))
        assert one["delta"]["ci95"] == pytest.approx([welch.low, welch.high])
        half = stats.t.ppf(0.975, 2) * np.std(a, ddof=1) / np.sqrt(3)
        assert one["a"]["ci95"] == pytest.approx([np.mean(a) - half, np.mean(a) + half])
        assert (one["a"]["n"], one["b"]["n"], one["delta"]["n"]) == (3, 3, 6)


def test_every_seed_is_in_the_report(report, three_against_three):
    part = three_against_three["conditions"]["vib"]
    assert (part["seeds"], part["d"], part["gate"]["verdict"]) == (3, D, "PASSED")
    assert [seed["name"] for seed in part["checkpoints"]] == ["vib-0", "vib-1", "vib-2"]
    assert part["checkpoints"][0]["fingerprint"] == "weights of vib-0"
    assert list(part["values"]) == ["mu", "z"]
    assert list(three_against_three["conditions"]["baseline"]["values"]) == ["mu"]
    rows = list(comparison_rows(report))
    assert {row.get("unit") for row in rows} == {"seeds"}
    assert {round(row["p_attainable"], 9) for row in rows if "delta" in row} == {0.1}


def test_arms_may_differ_in_size_and_seeds_have_no_order():
    conditions = {"a": condition("a", flat()), "b": condition("b", round_(range(10, 14)))}
    shuffled = {"a": conditions["a"][::-1], "b": [conditions["b"][i] for i in (2, 0, 3, 1)]}
    results, again = compared(conditions), compared(shuffled)
    one = results["comparisons"][0]["metrics"]["isoscore_debiased"]
    assert (results["conditions"]["a"]["seeds"], results["conditions"]["b"]["seeds"]) == (3, 4)
    assert one["arrangements"] == 35
    other = again["comparisons"][0]["metrics"]["isoscore_debiased"]
    assert other["p"] == one["p"] == pytest.approx(1 / 35)
    assert other["delta"]["value"] == pytest.approx(one["delta"]["value"])


def test_seeds_that_spread_make_an_open_question_where_sentences_would_not():
    clouds = [gaussian() * SPREAD**power for power in (0.1, 0.6, 1.1)]
    conditions = {"a": condition("a", clouds), "b": condition("b", [c + 1e-3 for c in clouds[::-1]], LITTLE)}
    comparison = compared(conditions)["comparisons"][0]
    assert comparison["axes"]["anisotropy"]["verdict"] == "INCONCLUSIVE"
    assert comparison["claim"]["verdict"] == "INCONCLUSIVE"


def test_a_cone_against_the_centred_arm_and_a_control_condition():
    conditions = {
        "a": condition("a", [gaussian(s) + 2 for s in range(3)]),
        "control": condition("c", [gaussian(s) + 0.5 for s in range(3, 5)], LITTLE),
        "b": condition("b", [gaussian(s) for s in range(6, 9)], LITTLE),
    }
    results = compared(conditions, control="control")
    of_control, of_b = results["comparisons"]
    assert of_control["answers"]["control"]["verdict"] == "NOT COMPARED"
    assert of_b["answers"]["cone gone"]["verdict"] == "GONE"
    assert of_b["claim"]["verdict"] == "MEAN-SHIFT ONLY"
    values = {name: part["values"]["mu"]["mean_cosine"] for name, part in results["conditions"].items()}
    gap = of_b["answers"]["control"]["numbers"]["control_less_b_cosine"]
    assert gap["value"] == pytest.approx(np.mean(values["control"]) - np.mean(values["b"]))
    centred = of_b["answers"]["centring"]["numbers"]["centred_gap"]
    assert centred["value"] == pytest.approx(-np.mean(values["b"]), abs=0.01)


def test_one_collapsed_seed_is_neither_averaged_in_nor_dropped():
    clouds = [*round_()[:2], 1e-4 * gaussian()]
    vib = [*condition("vib", clouds[:2], LITTLE), Fake("dead", clouds[2], 1.0)]
    comparison = compared({"baseline": condition("base", flat()), "vib": vib})["comparisons"][0]
    assert list(comparison["axes"]) == ["gate"]
    gate = comparison["axes"]["gate"]
    assert gate["verdict"] == comparison["claim"]["verdict"] == "COLLAPSED"
    assert "(dead)" in gate["reason"]
    assert gate["numbers"] == {"with_this_verdict": 1, "seeds": 3}


def test_arms_of_different_width_are_compared_on_principal_axes():
    narrow = condition("n", [gaussian(s, d=6) for s in range(2)])
    wide = condition("w", [np.pad(gaussian(s, d=6), [(0, 0), (0, 3)]) for s in range(2, 4)])
    comparison = compared({"narrow": narrow, "wide": wide})["comparisons"][0]
    assert comparison["pca_control"]["axes"]["anisotropy"]["verdict"] == "UNCHANGED"
    assert list(comparison["pca_control"]["metrics"]) == list(CORE)
    assert comparison["metrics"]["top1_variance_share"]["delta"]["value"] is None
    assert comparison["metrics"]["top1_variance_share"]["p_holm"] is None


def test_the_task_over_seeds():
    numbered = np.arange(N, dtype=float)[:, None]

    def writers(name, rights):
        return [
            Writer(f"{name}{i}", np.hstack([numbered, gaussian(i, d=3)]), right=right)
            for i, right in enumerate(rights)
        ]

    conditions = {"a": writers("a", (90, 92, 91)), "b": writers("b", (50, 52, 48))}
    results = compared(conditions, task=TEXTS[:100])
    comparison = results["comparisons"][0]
    assert comparison["axes"]["task"]["verdict"] == "REDUCED"
    assert comparison["task"]["delta"]["value"] == pytest.approx(-0.41)
    assert comparison["task"]["p"] == pytest.approx(0.1)
    assert [seed["exact_match"] for seed in results["conditions"]["a"]["checkpoints"]] == [0.9, 0.92, 0.91]


def test_what_is_no_condition():
    two, one = condition("a", flat(range(2))), condition("b", flat(range(1)))
    cases = [
        ({"a": two}, "needs two conditions, got a"),
        ({"a": two, "b": one}, "condition b has 1 checkpoint"),
        ({"a": two, "b": []}, "condition b has no checkpoint"),
        ({"a": two, "b": two}, "2 checkpoints are called a-0"),
        (
            {"a": two, "b": [*one, *condition("c", round_(range(1)), 0.1)]},
            "condition b has deterministic and vib",
        ),
        ({"a": two, "b": [*one, Fake("c", gaussian(d=3))]}, "condition b has latents of 3 and 8 dimensions"),
    ]
    for conditions, message in cases:
        with pytest.raises(UsageError, match=message) as refused:
            compared(conditions)
        if "1 checkpoint" in message:
            assert "latentlab compare A B" in refused.value.hint
    with pytest.raises(UsageError, match="no condition is called 'x'"):
        compared({"a": two, "b": condition("b", flat(range(2, 4)))}, baseline="x")
