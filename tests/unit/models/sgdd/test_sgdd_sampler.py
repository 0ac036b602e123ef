"""The two paths in which old decoders write, on decoders made up for the purpose."""

import math
from itertools import pairwise

import pytest
import torch

from latentlab.models.sgdd.sgdd_config import SgddDecoderConfig, SpecialTokens
from latentlab.models.sgdd.sgdd_decoders import SgddDecoder
from latentlab.models.sgdd.sgdd_sampler import Guided, content_logits, likely_lengths, sgdd_loop, timestep_of

SPECIALS = SpecialTokens(bos=0, pad=1, eos=2, mask=4)
SYMBOLS, CANVAS = 12, 64


class Scripted(SgddDecoder):
    """Logits from a function of canvas and latent: its hidden states are the logits."""

    def __init__(self, function):
        config = SgddDecoderConfig(
            kind="rotary",
            vocab_size=SYMBOLS,
            layers=1,
            heads=1,
            feed_forward=1,
            max_length=CANVAS,
            timesteps=1000,
        )
        super().__init__(config, SYMBOLS)
        self.function = function
        self.calls = []
        with torch.no_grad():
            self.token_emb.weight.copy_(torch.eye(SYMBOLS))
            self.output_proj.bias.zero_()

    def hidden(self, x_t, z, t, prev_pred=None):
        self.calls.append((x_t.clone(), t.clone()))
        return self.function(x_t, z)


def uniform(x, z):
    return torch.zeros(*x.shape, SYMBOLS)


@torch.no_grad()
def masks_left(steps: int, n: int = 3, canvas: int = CANVAS):
    model = Guided(Scripted(uniform), torch.zeros(n, SYMBOLS), 1.0)
    # Nothing that is drawn may be the mask itself, or the count of masks would not be that of steps.
    model.decoder.output_proj.bias.data[SPECIALS.mask] = -torch.inf
    path, _ = sgdd_loop(
        model, SPECIALS, canvas, steps=steps, temperature=1.0, generator=torch.Generator().manual_seed(0)
    )
    return (path == SPECIALS.mask).sum(dim=2)[:, 0].tolist(), model.decoder.calls


def test_the_original_loop_fills_half_first_and_leaves_masks():
    left, calls = masks_left(16)
    filled = [a - b for a, b in pairwise(left)]
    assert filled[:6] == [30, 14, 8, 4, 2, 1]
    assert masks_left(8)[0][-1] == 7
    assert masks_left(16, canvas=256)[0][-1] == 1
    # Time runs the wrong way: the all-masked canvas is read at T / S, the last one at T.
    assert [int(t[0]) for _, t in calls][:2] == [62, 125]


@torch.no_grad()
def test_the_original_loop_draws_from_the_softmax():
    logits = torch.linspace(-1, 1, SYMBOLS)
    model = Guided(Scripted(lambda x, z: logits.expand(*x.shape, SYMBOLS)), torch.zeros(400, SYMBOLS), 1.0)
    path, score = sgdd_loop(
        model, SPECIALS, 20, steps=1, temperature=0.5, generator=torch.Generator().manual_seed(1)
    )
    drawn = path[1][path[1] != SPECIALS.mask]
    wanted = (logits / 0.5).softmax(0)
    wanted[SPECIALS.mask] = 0  # a drawn mask cannot be told from one that was left
    found = torch.bincount(drawn, minlength=SYMBOLS) / len(drawn)
    assert (found - wanted / wanted.sum()).abs().max() < 0.06
    assert (score < 0).all()


@pytest.mark.parametrize("timesteps", [100, 1000])
def test_timestep_of_inverts_the_cosine_schedule(timesteps):
    def kept(t: float) -> float:
        return math.cos((t / timesteps + 0.008) / 1.008 * math.pi / 2) ** 2

    times = range(0, timesteps, 7)
    assert timestep_of(torch.tensor([kept(t) / kept(0) for t in times]), timesteps).tolist() == list(times)


@torch.no_grad()
def test_the_length_is_the_likeliest_end_and_not_the_likeliest_end_symbol():
    """Two in three texts end after 3 tokens; all others after 6, so there the symbol is surer."""

    def ends(x, z):
        logits = torch.zeros(*x.shape, SYMBOLS)
        logits[:, :, [SPECIALS.bos, SPECIALS.mask]] = -50.0
        logits[:, :, SPECIALS.pad] = 5.0  # not supervised: it must not matter
        others = SYMBOLS - 4
        logits[:, :, SPECIALS.eos] = -30.0
        logits[:, 4, SPECIALS.eos] = math.log(2 * others)
        logits[:, 7, SPECIALS.eos] = 30.0
        return logits

    assert likely_lengths(Guided(Scripted(ends), torch.zeros(2, SYMBOLS), 1.0), SPECIALS, 10) == [3, 3]


@torch.no_grad()
def test_no_end_at_all_is_the_longest_text():
    def never(x, z):
        logits = torch.zeros(*x.shape, SYMBOLS)
        logits[:, :, SPECIALS.eos] = -200.0
        return logits

    assert likely_lengths(Guided(Scripted(never), torch.zeros(1, SYMBOLS), 1.0), SPECIALS, 10) == [8]


@torch.no_grad()
def test_our_canvas_has_everything_around_the_tokens():
    decoder = Scripted(uniform)
    logits = content_logits(Guided(decoder, torch.zeros(1, SYMBOLS), 1.0), SPECIALS, 8)
    masked = torch.tensor([[True, False, True]])
    out = logits(torch.tensor([[0, 7, 0]]), masked)
    canvas, t = decoder.calls[0]
    assert canvas.tolist() == [[0, 4, 7, 4, 2, 1, 1, 1]]
    assert t.tolist() == timestep_of(torch.tensor([1 / 3]), 1000).tolist()
    assert out.shape == (2, SYMBOLS)
    assert torch.isneginf(out).all(dim=0).nonzero().flatten().tolist() == [0, 1, 2, 4]


@torch.no_grad()
def test_guidance_is_ours():
    def of_latent(x, z):
        return z[:, None].expand(-1, x.shape[1], -1)

    z = torch.randn(1, SYMBOLS, generator=torch.Generator().manual_seed(0))
    x, keep = torch.full((1, 3), 4), torch.ones(1, 3, dtype=torch.bool)
    given = Guided(Scripted(of_latent), z, 1.0)(x, torch.tensor([5]), keep)
    twice = Guided(Scripted(of_latent), z, 2.0)(x, torch.tensor([5]), keep)
    none = Guided(Scripted(of_latent), z, 0.0)(x, torch.tensor([5]), keep)
    assert torch.allclose(twice, 2 * given)
    assert torch.equal(none, torch.zeros_like(none))
