"""The search only ever comes nearer, and finds what one wrong token hides."""

import numpy as np
import pytest
from test_autoencoder import TEXTS, build

from latentlab.models.refinement import refine


@pytest.fixture
def model():
    return build()


def test_the_search_never_goes_further_away_and_counts_its_distance(model):
    z = model.encode(TEXTS).mu
    tokens = model.decode_steps(z).tokens
    start, _, before = refine(model, z, tokens, rounds=0)
    texts, best, after = refine(model, z, tokens, rounds=2, candidates=8)
    assert texts == model.tokenizer.decode(best)
    assert start == model.tokenizer.decode(tokens)
    assert (after <= before).all()
    known = np.isfinite(after)
    own = model.encode([t for t, k in zip(texts, known, strict=True) if k]).mu
    assert np.allclose(np.linalg.norm(own - z[known], axis=1), after[known], atol=1e-5)


def test_one_wrong_token_is_found_where_the_decoder_can_name_it(model):
    text = TEXTS[1]
    ids = model.tokenizer.encode([text])[0]
    wrong = [*ids]
    wrong[2] = ids[2] - 1
    # The right token is among the decoder's likeliest; that it belongs there is what encoding again shows.
    model.decoder.bias.data[ids[2]] = 50.0
    z = model.encode([text]).mu
    texts, _, distances = refine(model, z, [wrong], rounds=1, candidates=100)
    assert texts == [text]
    assert distances[0] == pytest.approx(0, abs=1e-5)


def test_state_and_inputs_are_unchanged(model):
    z = model.encode(TEXTS[:2]).mu
    tokens = model.decode_steps(z).tokens
    copies = z.copy(), [list(t) for t in tokens]
    refine(model, z, tokens, rounds=1)
    assert np.array_equal(z, copies[0])
    assert tokens == copies[1]
