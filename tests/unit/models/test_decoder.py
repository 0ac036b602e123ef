"""The decoder: what it can tell apart at the start, and what it must not depend on."""

import pytest
import torch

from latentlab.models.decoder import Decoder, Layout
from latentlab.models.model_config import DecoderConfig
from latentlab.models.tokenizer import MASK, PAD

CONFIG = DecoderConfig(vocab_size=300, max_length=16, width=32, layers=2, heads=2)
DZ = 6


@pytest.fixture
def decoder() -> Decoder:
    made = Decoder(CONFIG, DZ)
    made.initialise(torch.Generator().manual_seed(0))
    return made.eval()


def test_all_mask_logits_differ_between_positions(decoder):
    layout = Layout.of(torch.tensor([8]))
    keep = torch.ones(8, dtype=torch.bool)
    logits = decoder(torch.full((8,), MASK), torch.randn(1, DZ), layout, keep)[:, 2:]
    gap = (logits[:, None] - logits[None]).abs().amax(dim=-1)
    assert gap[~torch.eye(8, dtype=torch.bool)].min() > 0.05 * logits.std()


def test_token_position_and_latent_are_of_one_order_in_the_first_stream(decoder):
    token = decoder.token.weight.std() * 50
    position = decoder.forward_position.weight.std()
    assert 0.8 < token < 1.2
    assert 0.2 < position < 0.6
    assert (decoder.shift.weight == 0).all()


def test_a_sentence_does_not_depend_on_its_neighbours(decoder):
    lengths = torch.tensor([3, 3, 5, 7])
    layout = Layout.of(lengths)
    tokens = torch.randint(2, 300, (18,), generator=torch.Generator().manual_seed(0))
    z = torch.randn(4, DZ)
    keep = torch.ones(18, dtype=torch.bool)
    together = decoder(tokens, z, layout, keep)
    at = 0
    for i, length in enumerate(lengths.tolist()):
        one = Layout.of(lengths[i : i + 1])
        alone = decoder(tokens[at : at + length], z[i : i + 1], one, torch.ones(length, dtype=torch.bool))
        assert torch.allclose(together[at : at + length], alone, atol=1e-5)
        at += length


def test_logits_come_at_the_kept_positions_alone(decoder):
    layout = Layout.of(torch.tensor([4, 4]))
    tokens, z = torch.randint(2, 300, (8,)), torch.randn(2, DZ)
    everything = decoder(tokens, z, layout, torch.ones(8, dtype=torch.bool))
    keep = torch.tensor([1, 0, 0, 1, 0, 1, 0, 0], dtype=torch.bool)
    assert torch.allclose(decoder(tokens, z, layout, keep), everything[keep], atol=1e-6)


def test_mask_and_pad_are_never_predicted(decoder):
    layout = Layout.of(torch.tensor([4]))
    logits = decoder(torch.full((4,), MASK), torch.randn(1, DZ), layout, torch.ones(4, dtype=torch.bool))
    assert (logits[:, [MASK, PAD]] == -torch.inf).all()
    assert torch.isfinite(logits[:, 2:]).all()


def test_layout_counts_from_both_ends():
    layout = Layout.of(torch.tensor([2, 2, 3]))
    assert layout.groups == [(2, 2), (1, 3)]
    assert layout.sentence.tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert layout.position.tolist() == [0, 1, 0, 1, 0, 1, 2]
