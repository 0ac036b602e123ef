"""Every SGDD layout from constructed files, against the plain torch modules that they were saved from."""

import numpy as np
import pytest
import torch
from sgdd_files import (
    CANVAS,
    LAYOUTS,
    MASK,
    VOCAB,
    H,
    OldModel,
    P,
    old_tree,
    tokens,
    write_old,
)

import latentlab
from latentlab.errors import CheckpointError, EncoderError, InputError, UsageError

CLOSE = {"atol": 1e-5, "rtol": 0}


@pytest.fixture
def saved(tmp_path):
    return lambda layout, **more: write_old(tmp_path / f"{layout}.pt", layout, **more)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_latents_are_those_of_the_old_code(layout, saved, encoder):
    model = latentlab.load_checkpoint(saved(layout, step=7, epoch=2, loss=0.5), encoder)
    assert model.layout == {"identity": "C"}.get(layout, layout)
    assert (model.step, len(model.fingerprint), model.name) == (7, 64, layout)
    ids, mask = tokens()
    wanted, got = OldModel(layout).encode(ids, mask), model.encode_tokens(ids.numpy(), mask.numpy())
    for name, value in wanted.items():
        np.testing.assert_allclose(getattr(got, name), value.numpy(), **CLOSE)
    assert model.kind == ("vib" if "mu" in wanted else "deterministic")
    if "mu" not in wanted:
        assert got.logvar is None
        np.testing.assert_array_equal(got.mu, got.z)
        assert (model.kl(got) == 0).all()
    else:
        mu, logvar = wanted["mu"].double(), wanted["logvar"].double()
        kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)
        np.testing.assert_allclose(model.kl(got) * model.config.kl_weight, kl.clamp(min=2) * 0.01, rtol=1e-5)


@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if layout != "F"])
@pytest.mark.parametrize("conditioned", [False, True])
def test_logits_are_those_of_the_old_code(layout, conditioned, saved):
    ids, mask = tokens()
    reference = OldModel(layout)
    x = torch.where(torch.rand(ids.shape, generator=torch.Generator().manual_seed(2)) < 0.5, MASK, ids)
    z, t = reference.encode(ids, mask)["z"], torch.tensor([0, 10, 400, 700, 999])
    model = latentlab.load_checkpoint(saved(layout))
    if conditioned and layout in "AB":
        with pytest.raises(UsageError, match="self-conditioning"):
            model.logits(x.numpy(), z.numpy(), t.numpy(), ids.numpy())
        return
    with torch.no_grad():
        wanted = reference.decoder(x, z, t, ids if conditioned else None)
    got = model.logits(x.numpy(), z.numpy(), t.numpy(), ids.numpy() if conditioned else None)
    assert got.shape == (5, CANVAS, VOCAB)
    np.testing.assert_allclose(got, wanted.numpy(), atol=1e-4, rtol=0)


@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if layout != "F"])
def test_texts_come_out_of_both_samplers(layout, saved, encoder):
    model = latentlab.load_checkpoint(saved(layout), encoder)
    texts = ["the cat sees a dog", "a bird", "the dog likes the old house"]
    z = model.encode(texts).z
    decoded = model.decode_steps(z, guidance=2.0)
    assert all(1 <= len(row) <= CANVAS - 2 for row in decoded.tokens)
    assert {t for row in decoded.tokens for t in row}.isdisjoint({0, 1, 2, MASK})
    assert decoded.texts == model.decode(z, guidance=2.0)
    assert [len(row) for row in model.decode_steps(z, length=[3, 1, 4], steps=2).tokens] == [3, 1, 4]
    # Batched as one by one; neighbours do not matter to our sampler.
    assert decoded.texts == [model.decode(row[None], guidance=2.0)[0] for row in z]
    old = [model.decode_steps(z, sampler="sgdd", temperature=20.0, seed=seed).steps for seed in (3, 3, 4)]
    assert old[0] == old[1] != old[2]
    assert len(model.decode(z, sampler="sgdd")) == 3
    assert isinstance(model.generate(texts[0], sample_z=True, seed=5), str)


def test_encoding_changes_no_state(saved, encoder):
    model = latentlab.load_checkpoint(saved("E"), encoder)
    before = {name: tensor.clone() for name, tensor in model.head.state_dict().items()}
    model.encode(["the cat sees a dog"], sample_z=True)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.head.state_dict().items())


def test_a_sample_has_the_posterior_s_spread(saved):
    model = latentlab.load_checkpoint(saved("D"))
    pooled = np.repeat(np.random.default_rng(0).standard_normal((1, P), dtype=np.float32), 4000, axis=0)
    drawn = model.encode_pooled(pooled, sample_z=True, seed=1)
    sigma = np.exp(0.5 * drawn.logvar[0])
    np.testing.assert_allclose(drawn.z.std(axis=0), sigma, rtol=0.1)
    np.testing.assert_allclose(drawn.z.mean(axis=0), drawn.mu[0], atol=0.1)


def test_layout_f_measures_and_does_not_write(saved, encoder):
    model = latentlab.load_checkpoint(saved("F"), encoder)
    encoding = model.encode(["the cat sees a dog"])
    assert not np.allclose(encoding.z, encoding.mu)
    for call in (lambda: model.decode(encoding.z), lambda: model.logits(np.ones((1, 4), int), encoding.z)):
        with pytest.raises(CheckpointError, match=r"layout F, whose decoder is not known"):
            call()


def test_layout_f_with_mean_pooling_where_the_encoder_is_called_roberta(tmp_path):
    tree = old_tree("F")
    state = tree["model_state_dict"]
    renamed = {n.replace("encoder.model.", "encoder.roberta."): t for n, t in state.items()}
    tree["model_state_dict"] = type(state)(renamed)
    torch.save(tree, tmp_path / "x.pt")
    assert latentlab.load_checkpoint(tmp_path / "x.pt").config.encoder.pooling == "mean"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_tensor_that_is_missing_is_named(layout, tmp_path):
    whole, file = old_tree(layout), tmp_path / "x.pt"
    skipped = ("noise_schedule", "decoder.rotary_emb", "encoder.roberta", "encoder.model")
    skipped += ("decoder.",) if layout == "F" else ()
    names = [name for name in whole["model_state_dict"] if not name.startswith(skipped)]
    if layout == "F":
        names = [name for name in names if "whitening_m" not in name]
    for name in names:
        state = type(whole["model_state_dict"])(whole["model_state_dict"])
        del state[name]
        torch.save({**whole, "model_state_dict": state}, file)
        with pytest.raises(CheckpointError) as caught:
            latentlab.load_checkpoint(file)
        assert name in caught.value.message


@pytest.mark.parametrize(
    "name",
    [
        *("encoder.extra.weight", "decoder.layers.0.gate.weight", "other.bias"),
        *("head.mu_layer.0.weight", "encoder.model.pooler.dense.bias"),
    ],
)
def test_a_tensor_too_many_is_named(name, tmp_path):
    tree = old_tree("D")
    tree["model_state_dict"][name] = torch.zeros(3)
    torch.save(tree, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match=name):
        latentlab.load_checkpoint(tmp_path / "x.pt")


def test_a_new_setting_counts_where_an_old_default_stands_beside_it(tmp_path):
    tree = old_tree("C")
    tree["config"]["model"] |= {"decoder_layers": 6, "decoder_heads": 8, "decoder_hidden": 512}
    torch.save(tree, tmp_path / "x.pt")
    assert latentlab.load_checkpoint(tmp_path / "x.pt").config.decoder.heads == 2


@pytest.mark.parametrize("layout", ["B", "F"])
def test_every_encoder_tensor_that_is_missing_is_named(layout, tmp_path):
    whole, file = old_tree(layout), tmp_path / "x.pt"
    prefix = "encoder.model." if layout == "F" else "encoder.roberta."
    names = [name for name in whole["model_state_dict"] if name.startswith(prefix)]
    assert len(names) == 3 + 2 + 2 * 16 + 2
    for name in names:
        state = type(whole["model_state_dict"])(whole["model_state_dict"])
        del state[name]
        torch.save({**whole, "model_state_dict": state}, file)
        with pytest.raises(CheckpointError) as caught:
            latentlab.load_checkpoint(file)
        assert name in caught.value.message


def test_an_encoder_may_lack_the_pooler(tmp_path, encoder):
    tree = old_tree("B")
    state = tree["model_state_dict"]
    kept = {name: tensor for name, tensor in state.items() if ".pooler." not in name}
    torch.save({**tree, "model_state_dict": type(state)(kept)}, tmp_path / "x.pt")
    got = latentlab.load_checkpoint(tmp_path / "x.pt", encoder).encode_tokens(*(a.numpy() for a in tokens()))
    np.testing.assert_allclose(got.z, OldModel("B").encode(*tokens())["z"].numpy(), **CLOSE)


def test_without_an_encoder_inside_the_folder_gives_it(tmp_path, encoder):
    tree = old_tree("E")
    state = tree["model_state_dict"]
    kept = {name: tensor for name, tensor in state.items() if not name.startswith("encoder.roberta.")}
    torch.save({**tree, "model_state_dict": type(state)(kept)}, tmp_path / "x.pt")
    ids, mask = (a.numpy() for a in tokens())
    got = latentlab.load_checkpoint(tmp_path / "x.pt", encoder).encode_tokens(ids, mask)
    np.testing.assert_allclose(got.z, OldModel("E").encode(*tokens())["z"].numpy(), **CLOSE)
    with pytest.raises(EncoderError, match="roberta-base"):
        latentlab.load_checkpoint(tmp_path / "x.pt", offline=True).encode_tokens(ids, mask)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_read(dtype, tmp_path, encoder):
    tree = old_tree("E")
    state = tree["model_state_dict"]
    half = {n: t.to(dtype) if t.is_floating_point() else t for n, t in state.items()}
    torch.save({**tree, "model_state_dict": type(state)(half)}, tmp_path / "x.pt")
    model = latentlab.load_checkpoint(tmp_path / "x.pt", encoder)
    assert {t.dtype for t in model.head.state_dict().values()} == {torch.float32, torch.int64}
    exact = OldModel("E").encode(*tokens())["z"].numpy()
    got = model.encode_tokens(*(a.numpy() for a in tokens())).z
    assert np.abs(got - exact).max() < 0.1
    stored = half["encoder.mu_layer.0.weight"].float()
    assert torch.equal(model.head.mu_layer[0].weight, stored)


def test_impossible_calls_are_refused(saved, encoder):
    model = latentlab.load_checkpoint(saved("C"), encoder)
    z = np.zeros((2, H), dtype=np.float32)
    x = np.full((2, 4), MASK)
    for call, kind in (
        (lambda: model.logits(x + VOCAB, z), UsageError),
        (lambda: model.logits(x, z[:1]), UsageError),
        (lambda: model.logits(x, z, prev_pred=x[:, :2]), UsageError),
        (lambda: model.logits(x, z[:, :3]), InputError),
        (lambda: model.decode(z, length=CANVAS), UsageError),
        (lambda: model.decode(z, steps=0), UsageError),
        (lambda: model.decode(z, sampler="other"), UsageError),
        (lambda: model.decode(z, sampler="sgdd", length=3), UsageError),
        (lambda: model.encode_pooled(np.zeros((2, P + 1), dtype=np.float32)), InputError),
        (lambda: model.encode("a text"), UsageError),
        (lambda: model.encode(["the cat " * CANVAS]), InputError),
        (lambda: model.encode_tokens(x, np.zeros_like(x)), UsageError),
    ):
        with pytest.raises(kind):
            call()
