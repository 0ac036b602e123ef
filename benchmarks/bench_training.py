"""Training throughput with cached encoder vectors against the same model with the encoder in the loop."""

import statistics
import time
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from latentlab.checkpoints import load_checkpoint
from latentlab.corpora import data_folder, shipped_corpus
from latentlab.models.encoder.encoder_files import resolve_encoder
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.encoder.precision import fast_bfloat16
from latentlab.training.data import Sentences, batch_rows
from latentlab.training.optimisation.losses import batch_losses
from latentlab.training.optimisation.optim import build_optimizers
from latentlab.training.process import keep_freed_memory
from latentlab.training.start import build_model
from latentlab.training.train_config import load_config


def run(rounds: int = 25) -> dict[str, Any]:
    """Sentences a second of whole training steps (512 sentences), three ways, alternating.

    `cached` reads vectors from memory; `ours` encodes each batch with FrozenEncoder (layers above the pooled
    one cut off, sorted, unpadded); `usual` calls the transformers model as it comes: all layers, padded.
    """
    keep_freed_memory()
    config = load_config("vib")
    corpus = shipped_corpus().split("train").sample(4096, seed=0)
    # The shipped one: a vocabulary trained on these few sentences would be smaller, and the step cheaper.
    tokenizer = load_checkpoint(data_folder() / "checkpoints" / "vib").tokenizer
    folder = resolve_encoder(config.model.encoder).folder
    encoder = FrozenEncoder.load(config.model.encoder)
    plain_model = AutoModel.from_pretrained(folder).eval()
    plain_tokenizer = AutoTokenizer.from_pretrained(folder)
    texts = list(corpus.texts)
    ids = tokenizer.encode(texts)
    lengths = np.array([len(i) for i in ids])
    starts = np.cumsum(lengths) - lengths
    vectors = encoder.encode(texts).astype(np.float16)
    data = Sentences(texts, vectors, lengths, np.concatenate(ids), starts, lengths)
    model = build_model(config, torch.zeros(encoder.dim), torch.eye(encoder.dim))
    optimizers = build_optimizers(
        torch.nn.ModuleList([model.head, model.length_head]), model.decoder, config.optim
    )
    bfloat16 = fast_bfloat16()

    def encode_as_usual(rows: np.ndarray) -> torch.Tensor:
        inputs = plain_tokenizer([texts[i] for i in rows], padding=True, return_tensors="pt")
        with torch.no_grad():
            hidden = plain_model(**inputs, output_hidden_states=True).hidden_states[encoder.layer]
        mask = inputs["attention_mask"][..., None]
        return (hidden * mask).sum(1) / mask.sum(1)

    def step(number: int, way: str) -> float:
        started = time.perf_counter()
        rows = batch_rows(len(texts), config.optim.batch_size, number, seed=0)
        batch = data.batch(rows)
        ordered = rows[np.argsort(lengths[rows], kind="stable")]
        if way == "usual":
            batch = batch._replace(pooled=encode_as_usual(ordered))
        elif way == "ours":
            batch = batch._replace(pooled=torch.as_tensor(encoder.encode([texts[i] for i in ordered])))
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            losses = batch_losses(model, batch, config, 0.01, torch.Generator().manual_seed(number))
        losses.total.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return config.optim.batch_size / (time.perf_counter() - started)

    ways = ("cached", "ours", "usual")
    for way in ways:
        step(0, way)  # warm up
    speeds = {way: [] for way in ways}
    for number in range(1, rounds + 1):
        for way in ways:
            speeds[way].append(step(number, way))
    result = {f"{way}_sentences_per_s": statistics.median(values) for way, values in speeds.items()}
    pairs = zip(speeds["cached"], speeds["usual"], speeds["ours"], strict=True)
    ratios = [(c / u, c / o) for c, u, o in pairs]
    result["ratio_to_usual"] = statistics.median(r[0] for r in ratios)
    result["ratio_to_ours"] = statistics.median(r[1] for r in ratios)
    return result
