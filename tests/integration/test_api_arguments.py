"""What the public calls take, and what they say to arguments that cannot be; native and old checkpoints."""

import numpy as np
import pytest
import torch
from sgdd_files import encoder_folder, tokens, write_old
from tiny_checkpoint import sentences

import latentlab
from latentlab.errors import InputError, UsageError

KINDS = ("plain", "vib", "A", "D")
NAN = float("nan")


@pytest.fixture(scope="module")
def models(tiny_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("old")
    encoder = encoder_folder(folder / "roberta")
    old = {name: latentlab.load_checkpoint(write_old(folder / f"{name}.pt", name), encoder) for name in "AD"}
    return old | {name: latentlab.load_checkpoint(tiny_folder / name) for name in ("plain", "vib")}


@pytest.fixture(params=KINDS)
def model(request, models):
    return models[request.param]


@pytest.fixture
def z(model):
    return model.encode([s.rsplit(" ", 1)[0] for s in sentences(3)]).z


def test_the_calls_are_those_that_are_documented(model, z):
    """By place and by name."""
    texts = ["the cat sees a dog", "a bird"]
    encoding = model.encode(texts)
    assert encoding._fields == ("pooled", "mu", "logvar", "z")
    assert (encoding.logvar is None) == (model.kind == "deterministic")
    x = np.full((3, 5), 4)
    assert np.array_equal(model.logits(x, z, None, None), model.logits(x_t=x, z=z, t=None, prev_pred=None))
    plain = model.decode(z)
    assert model.decode(z, 8, 1.0, None, 0) == plain
    assert model.decode(z, steps=8, guidance=1.0, length=None, seed=0) == plain
    assert [type(text) for text in plain] == [str] * 3
    assert np.array_equal(model.encode(np.array(texts)).z, encoding.z)
    assert model.generate(texts[0], False, 0) == model.decode(encoding.z[:1])[0]
    assert isinstance(model.generate(text=texts[0], sample_z=True, seed=3), str)


def test_lists_and_tensors_are_arrays_too(model, z):
    ids, mask = (a[:, :6].numpy() for a in tokens(2))
    wanted = model.encode_tokens(ids, mask).z
    for given in ((ids.tolist(), mask.tolist()), (torch.tensor(ids), torch.tensor(mask))):
        assert np.array_equal(model.encode_tokens(*given).z, wanted)
    assert np.array_equal(model.encode_tokens(ids.astype(np.int32), mask.astype(bool)).z, wanted)
    x = np.full((3, 5), 4)
    assert np.array_equal(model.logits(torch.tensor(x), torch.tensor(z)), model.logits(x, z))
    assert model.decode(z.tolist()) == model.decode(torch.tensor(z)) == model.decode(z)


def test_one_time_for_all_rows(model, z):
    x = np.full((3, 5), 4)
    assert np.array_equal(model.logits(x, z, 500), model.logits(x, z, np.array([500, 500, 500])))
    assert np.array_equal(model.logits(x, z, 500.0), model.logits(x, z, [500, 500, 500]))


def test_nothing_decodes_to_nothing(model, z):
    assert model.decode(z[:0]) == []


def test_numbers_that_no_sampler_can_work_with(model, z):
    for wrong in (
        {"steps": 0},
        {"steps": True},
        {"guidance": NAN},
        {"guidance": float("inf")},
        {"temperature": -1.0},
        {"temperature": NAN},
        {"length": 0},
        {"length": model.max_tokens + 1},
        {"length": [1, 2]},
    ):
        with pytest.raises(UsageError):
            model.decode(z, **wrong)


def test_ids_that_do_not_exist(model, z):
    x, symbols = np.full((3, 5), 4), model.config.decoder.vocab_size
    for wrong in (x * 0 + symbols, x - 5, x + 0.5, x[0], x[:, :0], x.astype(str)):
        with pytest.raises(UsageError, match=f"x_t must be ids .n, L. from 0 to {symbols - 1}"):
            model.logits(wrong, z)
    with pytest.raises(UsageError, match="x_t has 3 rows, z 2"):
        model.logits(x, z[:2])


def test_tokens_that_the_encoder_does_not_have(model):
    ids, mask = (a[:, :6].numpy() for a in tokens(2))
    for wrong in (ids + 10**6, ids - 100):
        with pytest.raises(InputError, match="input_ids go from"):
            model.encode_tokens(wrong, mask)
    long = np.full((1, 600), 5)
    with pytest.raises(InputError, match="600 columns, the encoder reads"):
        model.encode_tokens(long, np.ones_like(long))


@pytest.mark.parametrize("name", ["A", "D"])
@pytest.mark.parametrize("t", [-1, 1001, 3.5, NAN, [1, 2], [[1, 2, 3]], "now"])
def test_times_that_cannot_be(name, t, models):
    z = np.zeros((3, models[name].config.head.width), dtype=np.float32)
    with pytest.raises(UsageError, match="t must be"):
        models[name].logits(np.full((3, 5), 4), z, t)
