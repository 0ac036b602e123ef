"""A tiny autoencoder with random weights, and saving it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from latentlab.checkpoints import save_checkpoint
from latentlab.models.decoder import Decoder
from latentlab.models.heads import Head, LengthHead
from latentlab.models.model_config import DecoderConfig, EncoderConfig, HeadConfig, ModelConfig
from latentlab.models.tokenizer import TextTokenizer

SENTENCES = ["The cat sat on the mat.", "A dog ran home.", "We saw the old house yesterday."]
POOLED = 10


@dataclass
class Tiny:
    """Everything that a checkpoint is made of."""

    config: ModelConfig
    head: Head
    length_head: LengthHead
    decoder: Decoder
    tokenizer: TextTokenizer

    def save(self, folder: Path, **changes: Any) -> str:
        given = {"training": {"steps": 7}, "provenance": {"step": 7, "seed": 3}, **vars(self), **changes}
        return save_checkpoint(folder, **given)


@cache
def _tokenizer() -> TextTokenizer:
    return TextTokenizer.train(SENTENCES, 270)


def tiny(pooled: int = POOLED, seed: int = 0, **head: Any) -> Tiny:
    """One layer of width 16, latent width 8; all tensors random, so that none can be taken for another."""
    tokenizer = _tokenizer()
    config = ModelConfig(
        encoder=EncoderConfig(id="nobody/nothing"),
        head=HeadConfig(**{"width": 8, "hidden": 6, **head}),
        decoder=DecoderConfig(vocab_size=len(tokenizer), width=16, layers=1, heads=2, max_length=8),
    )
    parts = Head(config.head, pooled), LengthHead(8, 8), Decoder(config.decoder, 8)
    generator = torch.Generator().manual_seed(seed)
    for part in parts:
        part.eval()
        for tensor in part.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(0.1 + torch.rand(tensor.shape, generator=generator))
    return Tiny(config, *parts, tokenizer)


def reseal(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]] | None = None
) -> None:
    """Change the stored tensors, and record the files' present hashes, as a careful forger would."""
    weights = folder / "model.safetensors"
    if change is not None:
        save_file(change(load_file(weights)), weights)
    tree = json.loads((folder / "config.json").read_text())
    for key, name in (("weights_sha256", weights.name), ("tokenizer_sha256", "tokenizer.json")):
        tree[key] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "config.json").write_text(json.dumps(tree))
