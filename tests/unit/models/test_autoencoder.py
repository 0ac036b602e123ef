"""The public object: numpy in and out, no call changes anything, batches equal single rows."""

import numpy as np
import pytest
import torch

from latentlab.errors import InputError, UsageError
from latentlab.models.autoencoder import Autoencoder
from latentlab.models.decoder import Decoder
from latentlab.models.heads import Head, LengthHead
from latentlab.models.likelihood import entropy_bound, nll_bound
from latentlab.models.model_config import DecoderConfig, HeadConfig, ModelConfig
from latentlab.models.tokenizer import TextTokenizer

P = 10
TEXTS = ["the cat sleeps", "a dog runs in the park", "we like tea", "no", "the dog and the cat sleep"]


class HashEncoder:
    """Vectors from a text's own characters: small, real, and different for different texts."""

    calls = 0

    def encode(self, texts):
        self.calls += 1
        seeds = [sum(ord(c) * 31**i for i, c in enumerate(t)) % 2**32 for t in texts]
        return np.stack([np.random.default_rng(s).standard_normal(P) for s in seeds]).astype(np.float32)


def build(*, use_vib: bool = True, null: float = 0.1, norm: float | None = None) -> Autoencoder:
    tokenizer = TextTokenizer.train(TEXTS, 300)
    config = ModelConfig(
        head=HeadConfig(use_vib=use_vib, width=6, batchnorm_gamma=norm),
        decoder=DecoderConfig(
            vocab_size=len(tokenizer), max_length=12, width=16, layers=2, heads=2, null_probability=null
        ),
    )
    g = torch.Generator().manual_seed(0)
    head = Head(config.head, P)
    head.initialise(torch.zeros(P), torch.eye(P), g)
    decoder = Decoder(config.decoder, 6)
    decoder.initialise(g)
    # Zero-initialised modulations would hide any dependence on z.
    for layer in (*decoder.modulations, decoder.shift):
        torch.nn.init.normal_(layer.weight, std=0.5, generator=g)
    length_head = LengthHead(6, 12)
    torch.nn.init.normal_(length_head.out.weight, std=2.0, generator=g)
    encoder = HashEncoder()
    return Autoencoder(config, tokenizer, head.eval(), length_head, decoder.eval(), lambda: encoder)


@pytest.fixture
def model() -> Autoencoder:
    return build()


def state(model: Autoencoder) -> list[torch.Tensor]:
    parts = (model.head, model.length_head, model.decoder)
    return [t.clone() for part in parts for t in part.state_dict().values()]


def test_encoding_has_numpy_rows_and_z_is_mu(model):
    e = model.encode(TEXTS)
    assert [a.shape for a in e] == [(5, P), (5, 6), (5, 6), (5, 6)]
    assert all(isinstance(a, np.ndarray) and a.dtype == np.float32 for a in e)
    assert np.array_equal(e.z, e.mu)


def test_a_deterministic_head_has_no_logvar():
    model = build(use_vib=False)
    e = model.encode(TEXTS, sample_z=True, seed=3)
    assert (model.kind, e.logvar) == ("deterministic", None)
    assert np.array_equal(e.z, e.mu)


@pytest.mark.parametrize("norm", [None, 0.5])
def test_no_call_changes_any_state(norm):
    model = build(norm=norm)
    before = state(model)
    rng = torch.random.get_rng_state()
    model.encode(TEXTS, sample_z=True, seed=1)
    model.generate(TEXTS[0], sample_z=True, seed=2)
    model.decode(np.random.default_rng(0).standard_normal((3, 6)), temperature=1.0, guidance=1.5)
    assert all(torch.equal(a, b) for a, b in zip(before, state(model), strict=True))
    assert torch.equal(rng, torch.random.get_rng_state())
    assert not model.head.training


def test_generate_is_deterministic_and_samples_only_when_asked(model):
    assert model.generate(TEXTS[1]) == model.generate(TEXTS[1])
    a = model.encode(TEXTS, sample_z=True, seed=1).z
    assert np.array_equal(a, model.encode(TEXTS, sample_z=True, seed=1).z)
    assert not np.array_equal(a, model.encode(TEXTS, sample_z=True, seed=2).z)
    assert not np.array_equal(a, model.encode(TEXTS).z)


def test_decoding_a_batch_equals_one_by_one(model):
    z = np.random.default_rng(0).standard_normal((40, 6)) * 2
    together = model.decode_steps(z)
    alone = [model.decode_steps(row[None]) for row in z]
    assert together.tokens == [a.tokens[0] for a in alone]
    assert together.texts == [a.texts[0] for a in alone]
    assert len({len(t) for t in together.tokens}) > 2


def test_a_latent_is_the_same_to_the_last_bit_in_any_company(model):
    pooled = model.pool(TEXTS)
    together = model.encode_pooled(pooled, TEXTS)
    for rows in ([2], [4, 2], [0, 1, 2]):
        alone = model.encode_pooled(pooled[rows], [TEXTS[row] for row in rows])
        assert np.array_equal(alone.mu, together.mu[rows])
        assert np.array_equal(alone.logvar, together.logvar[rows])


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_precision_of_products_is_what_was_asked_for(model, precision):
    model.precision = precision
    assert model.products == precision
    z = np.random.default_rng(0).standard_normal((20, 6))
    plain = model.decode_steps(z, repetition_penalty=1 + 1e-9)  # not the fast way: all logits in float32
    fast = model.decode_steps(z)
    if precision == "float32":
        assert fast.tokens == plain.tokens
        assert fast.logp == pytest.approx(plain.logp, abs=1e-5)
    else:
        assert fast.logp != pytest.approx(plain.logp, abs=1e-5)


def test_no_mask_is_left_and_every_step_is_returned(model):
    z = np.random.default_rng(1).standard_normal((8, 6))
    decoded = model.decode_steps(z, steps=4, length=7)
    assert all(len(t) == 7 and min(t) > 1 for t in decoded.tokens)
    assert all(len(s) == 5 for s in decoded.steps)
    assert all(s[0].count("_") == 7 and s[-1] == t for s, t in zip(decoded.steps, decoded.texts, strict=True))
    assert all(p < 0 for p in decoded.logp)


def test_guidance_one_is_bitwise_the_conditional_path(model):
    z = torch.randn(3, 6, generator=torch.Generator().manual_seed(0))
    tokens = torch.zeros(3, 5, dtype=torch.long)
    masked = torch.ones(3, 5, dtype=torch.bool)
    with torch.inference_mode():
        plain = model._tokens_to_logits(z, 5, 1.0)(tokens, masked)
        guided = model._tokens_to_logits(z, 5, 2.0)(tokens, masked)
    direct = model.logits(tokens.numpy(), z.numpy()).reshape(15, -1)
    assert np.array_equal(plain.numpy(), direct)
    assert not np.allclose(guided.numpy()[:, 2:], plain.log_softmax(-1).numpy()[:, 2:])


def test_guidance_follows_its_formula(model):
    z = torch.randn(2, 6, generator=torch.Generator().manual_seed(0))
    tokens, masked = torch.zeros(2, 4, dtype=torch.long), torch.ones(2, 4, dtype=torch.bool)
    with torch.inference_mode():
        null = model.decoder.null.expand_as(z)
        p = model._tokens_to_logits(z, 4, 1.0)(tokens, masked).log_softmax(-1)[:, 2:]
        q = model._tokens_to_logits(null, 4, 1.0)(tokens, masked).log_softmax(-1)[:, 2:]
        guided = model._tokens_to_logits(z, 4, 2.5)(tokens, masked)[:, 2:]
    assert torch.allclose(guided, 2.5 * p - 1.5 * q, atol=1e-4)


def test_guidance_is_refused_without_a_null_branch():
    with pytest.raises(UsageError, match="null branch"):
        build(null=0.0).decode(np.zeros((1, 6)), guidance=2.0)


@pytest.mark.parametrize("length", [0, 13, [3], [3, 99]])
def test_impossible_lengths_are_refused(model, length):
    with pytest.raises(UsageError, match=r"1 … 12"):
        model.decode(np.zeros((2, 6)), length=length)


def test_long_sentences_are_counted_and_named(model):
    long = " ".join(["zebra"] * 20)
    assert model.too_long([*TEXTS, long, ""]) == [5, 6]
    with pytest.raises(InputError, match=r"1 of 2 .* 12 tokens; the first is number 2"):
        model.encode([TEXTS[0], long])
    with pytest.raises(InputError, match="1 of 1 sentences do not have 1 to 12 tokens"):
        model.encode([""])


@pytest.mark.parametrize("z", [np.zeros((2, 5)), np.full((1, 6), np.nan)])
def test_latents_of_another_shape_or_not_finite_are_refused(model, z):
    with pytest.raises(InputError, match=r"finite latents \(n, 6\)"):
        model.decode(z)


def test_one_string_is_not_a_list_of_texts(model):
    with pytest.raises(UsageError, match="list of texts"):
        model.encode("the cat sleeps")


def test_decoding_needs_no_encoder(model):
    def never():
        raise AssertionError("the encoder was asked for")

    model.load_encoder = never
    assert model.decode(np.zeros((1, 6)))[0]


def test_temperature_uses_one_noise_for_all_rows(model):
    z = np.repeat(np.random.default_rng(0).standard_normal((1, 6)), 4, axis=0)
    texts = model.decode(z, temperature=2.0, seed=5, length=8)
    assert len(set(texts)) == 1
    assert texts != model.decode(z, temperature=2.0, seed=6, length=8)


def test_the_bound_is_exact_for_a_decoder_that_ignores_everything(model):
    """With uniform logits every CE_k is ln V', so the bound is L ln V' plus the length's own."""
    torch.nn.init.zeros_(model.decoder.token.weight)
    z = model.encode(TEXTS).mu
    counts = model.token_counts(TEXTS)
    lengths = -model.lengths(z)[np.arange(len(TEXTS)), counts - 1]
    expected = counts * np.log(len(model.tokenizer) - 2) + lengths
    assert np.allclose(nll_bound(model, z, TEXTS), expected, rtol=1e-5)


def test_the_bound_is_that_of_a_sum_written_out(model):
    """Against L * E_k[mean CE] by brute force over every mask of a short sentence."""
    from itertools import combinations

    text = min(TEXTS, key=lambda t: model.token_counts([t])[0])
    ids = model.tokenizer.encode([text])[0]
    z = model.encode([text]).mu
    total = -model.lengths(z)[0, len(ids) - 1]
    for k in range(1, len(ids) + 1):
        values = []
        for chosen in combinations(range(len(ids)), k):
            canvas = np.array([[0 if i in chosen else t for i, t in enumerate(ids)]])
            logp = torch.as_tensor(model.logits(canvas, z)[0]).log_softmax(-1)
            values.append(-np.mean([logp[i, ids[i]] for i in chosen]))
        total += np.mean(values)
    drawn = np.mean([nll_bound(model, z, [text], seed=s)[0] for s in range(60)])
    assert drawn == pytest.approx(total, rel=0.03)


def test_the_entropy_bound_comes_from_the_null_branch_and_the_length_frequencies(model):
    torch.nn.init.zeros_(model.decoder.token.weight)  # uniform words, whatever the latent
    counts = model.token_counts(TEXTS)
    frequency = np.array([(counts == c).mean() for c in counts])
    expected = counts * np.log(len(model.tokenizer) - 2) - np.log(frequency)
    assert np.allclose(entropy_bound(model, TEXTS), expected, rtol=1e-5)


def test_the_entropy_bound_needs_a_null_branch():
    with pytest.raises(UsageError, match="null latent"):
        entropy_bound(build(null=0.0), TEXTS)
