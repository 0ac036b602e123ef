"""A word against the claim says first what decided it, and then what else could have."""

import pytest

from latentlab.metrics.verdicts import claim
from latentlab.metrics.verdicts.claim import Case


def case(gone="GONE", covariance="ROUNDER", **more):
    return Case("PASSED", gone, covariance, **more)


AGAINST = {
    "the cone GREW": case(gone="GREW", covariance="LESS ROUND"),
    "the covariance is LESS ROUND": case(covariance="LESS ROUND", cost="LOST"),
    "the covariance is MIXED": case(covariance="MIXED"),
    "the reconstruction is LOST": case(covariance="NOT ROUNDER", cost="LOST"),
    "DECODER IGNORES Z": case(decoder="DECODER IGNORES Z"),
    "the covariance is NOT ROUNDER, and the cone: STILL THERE": case(
        gone="STILL THERE", covariance="NOT ROUNDER"
    ),
    "the beta = 0 control is AS GOOD": case(control="AS GOOD"),
    "B's signal share is 0.995, above 0.99": case(signal_share=0.995),
}


@pytest.mark.parametrize("reason", AGAINST)
def test_a_word_against_the_claim_begins_with_what_decided_it(reason):
    assert claim.claim(AGAINST[reason]).reason.startswith(f"{reason} (the rule: ")
