"""A causal language model as the judge of paths, and paths along which the decoder's guesses change least."""

import math

import numpy as np
import pytest
import torch
from sgdd_files import encoder_folder, write_old
from tiny_checkpoint import sentences
from tokenizers import Tokenizer, models, pre_tokenizers
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from latentlab import cli
from latentlab.analysis.loading import load_models
from latentlab.corpora import data_folder
from latentlab.errors import EncoderError
from latentlab.geometry import interpolate
from latentlab.models.fluency_lm import CausalFluencyLM
from latentlab.models.geodesic import energy, geodesic


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.fixture(scope="module")
def gpt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gpt")
    words = sorted({word for text in sentences(200) for word in text.split()})
    vocabulary = {word: i for i, word in enumerate(["<end>", "<unk>", *words])}
    built = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    built.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=built, eos_token="<end>", unk_token="<unk>").save_pretrained(
        folder
    )
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(vocabulary),
        n_positions=64,
        n_embd=16,
        n_layer=2,
        n_head=2,
        bos_token_id=0,
        eos_token_id=0,
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


def test_perplexity_is_that_of_the_model_read_text_by_text(gpt):
    judge = CausalFluencyLM.load(str(gpt), offline=True)
    texts = ["the cat", "the dog sees a bird on the cat", "nonsense", ""]
    model = GPT2LMHeadModel.from_pretrained(gpt).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(gpt)
    total, count = 0.0, 0
    for text in texts:
        ids = torch.tensor([[0, *tokenizer(text)["input_ids"], 0]])
        with torch.inference_mode():
            loss = F.cross_entropy(model(ids).logits[0, :-1], ids[0, 1:], reduction="sum")
        total, count = total + float(loss), count + ids.shape[1] - 1
    assert judge.perplexity(texts) == pytest.approx(math.exp(total / count), rel=1e-5)
    assert judge.perplexity(texts[:1]) == pytest.approx(
        CausalFluencyLM.load(str(gpt)).perplexity(texts[:1]), rel=1e-6
    )


def test_an_encoder_is_no_judge(tiny_encoder):
    with pytest.raises(EncoderError, match=r"is no causal language model|cannot be loaded as a causal"):
        CausalFluencyLM.load(str(tiny_encoder), offline=True)


def test_interpolate_takes_a_judge_and_names_it(capsys, gpt, tiny_folder, tiny_corpus, tmp_path):
    ends = ("--from", "the cat sees a dog", "--to", "the bird finds a cat", "--steps", 3, "--scores")
    given = ("interpolate", tiny_folder, *ends, "--corpus", tiny_corpus)
    code, with_it, _ = run(capsys, *given, "--fluency-lm", gpt)
    assert code == 0
    assert f"fluency by {gpt}" in with_it.replace("\n", "")
    _, without, _ = run(capsys, *given)
    assert "fluency by 5-gram" in without

    def line(out):
        return next(row for row in out.splitlines() if "perplexity ratio" in row)

    assert line(with_it) != line(without)
    code, out, err = run(capsys, *given, "--fluency-lm", tmp_path / "nothing", "--offline")
    assert (code, out) == (3, "")
    assert err.startswith("error: fluency LM ")
    assert "--fluency-lm wants a causal language model" in err


@pytest.mark.encoder
@pytest.mark.parametrize("name", ["baseline", "vib"])
def test_a_geodesic_keeps_its_ends_and_costs_less_than_the_line(name):
    model = load_models([data_folder() / "checkpoints" / name], offline=True)[0]
    mu = model.encode(["The cat is sleeping.", "We bought a red car."]).mu.astype(np.float64)
    line = interpolate(mu[0], mu[1], 7, "linear")
    path = geodesic(model, line, 6, rounds=25)
    assert path[[0, -1]].tolist() == line[[0, -1]].tolist()
    assert np.isfinite(path).all()
    assert energy(model, path, 6) < 0.95 * energy(model, line, 6)
    assert energy(model, line[:1].repeat(4, axis=0), 6) == pytest.approx(0, abs=1e-4)


@pytest.mark.encoder
def test_a_geodesic_of_odd_ends_is_finite_and_no_worse_than_the_line():
    model = load_models([data_folder() / "checkpoints" / "vib"], offline=True)[0]
    z = model.encode(["The cat is sleeping."]).mu[0].astype(np.float64)
    for a, b in ((z, -z), (z, 0 * z), (1e6 * z, -1e6 * z), (z, z + 1e-12)):
        line = interpolate(a, b, 5, "linear")
        path = geodesic(model, line, 5, rounds=5)
        assert np.isfinite(path).all()
        assert path[[0, -1]].tolist() == line[[0, -1]].tolist()
        assert energy(model, path, 5) <= energy(model, line, 5)


@pytest.mark.encoder
def test_the_energy_is_the_jensen_shannon_divergence_of_what_the_decoder_says():
    model = load_models([data_folder() / "checkpoints" / "vib"], offline=True)[0]
    mu = model.encode(["The cat is sleeping.", "We bought a red car."]).mu
    logits = model.logits(np.zeros((2, 6), dtype=np.int64), mu)
    p, q = torch.as_tensor(logits).double().softmax(dim=-1).numpy()
    m = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(x > 0, x * np.log(x / m), 0).sum() for x in (p, q)]
    assert energy(model, mu, 6) == pytest.approx(sum(parts) / 2, rel=1e-4)


@pytest.mark.encoder
def test_a_geodesic_of_identical_ends_stands_still():
    model = load_models([data_folder() / "checkpoints" / "vib"], offline=True)[0]
    z = model.encode(["The cat is sleeping."]).mu[0].astype(np.float64)
    line = np.stack([z] * 5)
    assert geodesic(model, line, 5).tolist() == line.tolist()


def test_a_geodesic_of_an_old_model_is_refused(capsys, tmp_path):
    file = write_old(tmp_path / "old.pt", "B")
    ends = ("--from", "the cat sleeps", "--to", "a dog runs", "--path", "geodesic")
    code, out, err = run(capsys, "interpolate", file, "--encoder", encoder_folder(tmp_path / "enc"), *ends)
    assert (code, out) == (2, "")
    assert "a geodesic needs a native decoder" in err
