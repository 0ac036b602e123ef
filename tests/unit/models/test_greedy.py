"""The fast way to the likeliest tokens against the plain one, and what it must not depend on."""

import numpy as np
import pytest
import torch

from latentlab.models.decoder import Decoder, Layout
from latentlab.models.encoder.precision import steady_bfloat16
from latentlab.models.greedy import GreedyDecoder
from latentlab.models.model_config import DecoderConfig
from latentlab.models.sampler import fill, unmask
from latentlab.models.tokenizer import MASK

DZ = 24
PRECISIONS = ["float32", "bfloat16"] if steady_bfloat16() else ["float32"]


@pytest.fixture(scope="module", params=[300, 512, 1000])
def decoder(request) -> Decoder:
    made = Decoder(DecoderConfig(vocab_size=request.param, max_length=16, width=64, layers=3, heads=2), DZ)
    g = torch.Generator().manual_seed(0)
    made.initialise(g)
    for layer in (*made.modulations, made.final, made.shift):  # zero at the start: nothing would depend on z
        torch.nn.init.normal_(layer.weight, std=0.2, generator=g)
    torch.nn.init.normal_(made.bias, std=0.5, generator=g)
    torch.nn.init.normal_(made.token.weight, std=0.1, generator=g)  # far from even
    return made.eval()


def plain(decoder: Decoder, z: torch.Tensor, length: int):
    layout = Layout.of(torch.full((len(z),), length))
    return lambda tokens, masked: decoder(tokens.reshape(-1), z, layout, masked.reshape(-1))


def latents(n: int) -> torch.Tensor:
    return torch.randn(n, DZ, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("length", [1, 2, 7, 16])
@torch.inference_mode()
def test_in_single_precision_it_is_the_plain_way(decoder, length):
    z = latents(5)
    choose, logits = GreedyDecoder(decoder, "float32").canvas(z, length), plain(decoder, z, length)
    tokens = torch.randint(2, 300, (5, length), generator=torch.Generator().manual_seed(2))
    columns = torch.arange(length).expand(5, -1)
    for left in range(1, length + 1):  # every row has equally many masks, in places of its own
        masked = (columns + torch.arange(5)[:, None]) % length < left
        canvas = tokens.masked_fill(masked, MASK)
        guess, logp = choose(canvas, masked)
        expected = logits(canvas, masked).log_softmax(dim=1)
        assert torch.equal(guess, expected.argmax(dim=1))
        np.testing.assert_allclose(logp, expected.amax(dim=1), atol=2e-5)


@pytest.mark.parametrize("precision", PRECISIONS)
@torch.inference_mode()
def test_a_row_is_the_same_in_any_company(decoder, precision):
    """To the last bit where the processor's products allow it, which is asked for bfloat16."""
    z, length = latents(70), 9
    fast = GreedyDecoder(decoder, precision)
    canvas = torch.full((70, length), MASK)
    whole, scores = fill(fast.canvas(z, length), canvas)
    for rows in ([3], [69, 3], list(range(69, -1, -1)), list(range(0, 70, 7))):
        part, part_scores = fill(fast.canvas(z[rows], length), canvas[rows])
        assert torch.equal(part, whole[:, rows])
        if precision == "bfloat16":
            assert torch.equal(part_scores, scores[rows])


@torch.inference_mode()
def test_rounded_products_choose_nearly_always_the_same(decoder):
    """With exact logits of the candidates; and what they are said to be worth is not rounded either."""
    z, length = latents(300), 8
    exact, scores = unmask(plain(decoder, z, length), torch.full((300, length), MASK), steps=1)
    guess, rounded = fill(GreedyDecoder(decoder, "bfloat16").canvas(z, length), exact[0], steps=1)
    assert (guess[-1] == exact[-1]).float().mean() > 0.97
    same = (guess[-1] == exact[-1]).all(dim=1)
    assert (rounded - scores)[same].abs().mean() < 0.02 * scores.abs().mean()
