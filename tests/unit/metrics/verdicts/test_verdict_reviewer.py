"""Words derived from the rules without any output: spaces through `anisotropy`, pairs through `compare`."""

import pytest
from reviewer_spaces import PAIRS, SINGLES
from spaces import judged, read, words


@pytest.mark.parametrize("name", SINGLES)
def test_a_space_is_called_what_a_reviewer_calls_it(name):
    space, expected, reason = SINGLES[name]
    got = read(space)
    assert {axis: got.get(axis) for axis in expected} == expected, reason


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_is_called_what_a_reviewer_calls_it(name):
    first, second, beside, expected, reason = PAIRS[name]
    entry = judged(first, second, *([beside] if beside else []), control="c" if beside else None)
    got = words(entry)
    assert {key: got.get(key) for key in expected} == expected, (reason, got, entry["claim"]["reason"])
