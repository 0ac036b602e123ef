"""Pairs of spaces with a known answer, through `compare`: cures are supported, and no cheat is."""

import pytest
from pair_spaces import PAIRS, a, b
from spaces import N, judged, words


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_is_called_what_it_was_made_to_be(name):
    first, second, beside, expected, reason = PAIRS[name]
    entry = judged(first, second, *([beside] if beside else []), control="c" if beside else None)
    got = words(entry)
    assert {key: got.get(key) for key in expected} == expected, (reason, got, entry["claim"]["reason"])


def test_cures_are_supported_and_nothing_else():
    claims = {name: expected.get("claim", "") for name, (*_, expected, _) in PAIRS.items()}
    supported = {name: word for name, word in claims.items() if word.startswith("SUPPORTED")}
    assert list(supported) == [
        *("a perfect cure", "a perfect cure beside a bad control", "a cure that writes better"),
        *("a cure at a cost", "a cure without a decoder", "no cone before"),
        *("the same without a control", "a wider space"),
    ]
    # Without a control nobody can tell the bottleneck from whitening, and the word says so.
    assert [name for name, word in supported.items() if not word.endswith("NO CONTROL")] == [
        "a perfect cure beside a bad control"
    ]
    cheats = [expected["claim"] for *_, expected, reason in PAIRS.values() if reason.startswith("a cheat")]
    assert len(cheats) >= 11
    assert not any(word.startswith("SUPPORTED") for word in cheats)


def test_every_answer_of_a_report_has_its_rule_and_its_numbers():
    entry = judged(a(right=0.8), b(right=0.8))
    for found in (*entry["axes"].values(), *entry["answers"].values(), entry["claim"]):
        assert found["reason"]
        assert found["numbers"]
    assert entry["answers"]["cone gone"]["numbers"]["cone_from"] == 0.1
    assert entry["z"]["metrics"]["isoscore_debiased"]["delta"]["ci95"] is not None
    assert entry["task"]["delta"]["n"] == N
