"""Rules say what they mean: the covariance by what IsoScore does, and a range is not called an interval."""

from latentlab.metrics import Estimate
from latentlab.metrics.verdicts import answers, verdict
from latentlab.metrics.verdicts.rules import RULES, reason_for


def test_rules_of_the_covariance_speak_of_what_isoscore_does_and_numbers_of_anisotropy():
    words = {rule.verdict for rule in RULES if rule.axis == "change"}
    for rule in RULES:
        if rule.axis in ("covariance", "change of anisotropy"):
            assert not any(word in rule.when for word in words - {"MIXED"})
    up, down = Estimate(0.2).with_se(0.01), Estimate(-0.2).with_se(0.01)
    for delta, word, does in ((up, "REDUCED", "rises"), (down, "INCREASED", "falls")):
        axis = verdict.anisotropy_verdict(delta)
        assert (axis.verdict, axis.reason.split(": ")[0]) == (word, f"IsoScore {does}")
        assert axis.reason == reason_for("change of anisotropy", word)
        told = answers.covariance_rounder(axis, axis, axis)
        assert does in told.reason
        assert [key for key, value in told.numbers.items() if value == word] == [
            "anisotropy_of_mu",
            "anisotropy_of_z_against_white_noise",
            "anisotropy_at_equal_width",
        ]


def test_a_range_that_is_no_interval_is_not_called_one():
    for rule in RULES:
        if rule.axis == "rogue":
            assert "interval" not in rule.when
