"""The whole stack learns: sentences by heart, from latents that matter, with real losses and optimisers."""

import numpy as np
import pytest
import torch
from tiny_checkpoint import sentences

from latentlab.models.autoencoder import Autoencoder
from latentlab.models.tokenizer import TextTokenizer
from latentlab.training.data import Sentences
from latentlab.training.health import cross_entropy
from latentlab.training.optimisation.losses import Model, batch_losses
from latentlab.training.optimisation.optim import build_optimizers
from latentlab.training.start import build_model
from latentlab.training.train_config import TrainConfig, load_config


def overfitted(seed: int = 0) -> tuple[Autoencoder, Sentences, TrainConfig, Model]:
    """64 sentences with random vectors, learned by heart with the real losses and optimisers."""
    texts = [t.removesuffix(".") for t in sentences(64, seed)]
    tokenizer = TextTokenizer.train(texts, 300)
    ids = tokenizer.encode(texts)
    lengths = np.array([len(i) for i in ids])
    rng = np.random.default_rng(seed)
    data = Sentences(
        texts,
        rng.standard_normal((64, 24)).astype(np.float16),
        lengths,
        np.concatenate(ids),
        np.cumsum(lengths) - lengths,
        lengths,
    )
    c = load_config(
        "tiny",
        [
            "model.encoder.layer=3",
            "model.head={use_vib: false, width: 32, length_dropout: 0.0}",
            f"model.decoder={{vocab_size: {len(tokenizer)}, width: 48, layers: 2, heads: 2, max_length: 40}}",
            "loss={}",
            "optim={steps: 250, batch_size: 64, cooldown: 0.4}",
        ],
    )
    model = build_model(c, torch.zeros(24), torch.eye(24))
    optimizers = build_optimizers(
        torch.nn.ModuleList([model.head, model.length_head]), model.decoder, c.optim
    )
    batch = data.batch(np.arange(64))
    for step in range(c.optim.steps):
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak_lr"] * min(1, (c.optim.steps - step) / 100)
        batch_losses(model, batch, c, 0.0, torch.Generator().manual_seed(step)).total.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    model.eval()
    never: object = None
    autoencoder = Autoencoder(
        c.model.resolved(), tokenizer, model.head, model.length_head, model.decoder, lambda: never
    )
    return autoencoder, data, c, model


@pytest.fixture(scope="module")
def learned():
    return overfitted()


def test_64_sentences_are_learned_by_heart_and_counted_on_decoded_text(learned):
    autoencoder, data, _, _ = learned
    z = autoencoder.encode_pooled(data.pooled.astype(np.float32), data.texts).mu
    assert autoencoder.decode(z) == data.texts


def test_an_untrained_decoder_does_not_reconstruct(learned):
    autoencoder, data, c, _ = learned
    fresh = build_model(c, torch.zeros(24), torch.eye(24)).eval()
    other = Autoencoder(
        c.model.resolved(), autoencoder.tokenizer, fresh.head, fresh.length_head, fresh.decoder, lambda: None
    )
    z = other.encode_pooled(data.pooled.astype(np.float32), data.texts).mu
    assert sum(a == b for a, b in zip(other.decode(z), data.texts, strict=True)) == 0


def test_a_shuffled_latent_costs_more_and_context_helps(learned):
    _, data, _, model = learned
    batch = data.batch(np.arange(64))
    everything = torch.ones_like(batch.tokens, dtype=torch.bool)
    with torch.no_grad():
        z = model.head(batch.pooled, batch.counts).mu
        own = cross_entropy(model, batch, z, everything)
        shuffled = cross_entropy(model, batch, z.roll(1, 0), everything)
    assert own < 0.1
    assert shuffled > own + 1
