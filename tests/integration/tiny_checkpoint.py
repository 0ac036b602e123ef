"""A checkpoint of random weights that takes a second to make and the tiny encoder to use."""

import hashlib
import os
from pathlib import Path

import numpy as np
import torch

from latentlab.checkpoints import save_checkpoint
from latentlab.models.decoder import Decoder
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.heads import Head, LengthHead
from latentlab.models.model_config import DecoderConfig, EncoderConfig, HeadConfig, ModelConfig
from latentlab.models.tokenizer import TextTokenizer

WIDTH = 8


def sentences(n: int, seed: int = 0) -> list[str]:
    """Distinct sentences of the tiny encoder's words."""
    rng = np.random.default_rng(seed)
    nouns, verbs, places = ["cat", "dog", "bird"], ["sees", "likes", "finds"], ["on", "under"]
    made: dict[str, None] = {}
    while len(made) < n:
        a, b, c = (str(rng.choice(nouns)) for _ in range(3))
        verb, place, tail = str(rng.choice(verbs)), str(rng.choice(places)), str(rng.integers(1000))
        made[f"the {a} {verb} a {b} {place} the {c} {tail}"] = None
    return list(made)


def cached(encoder: Path) -> str:
    """The name under which a model folder lies in the cache of the hub's client, where it is put."""
    name = "tiny--" + hashlib.sha256(str(encoder.resolve()).encode()).hexdigest()[:8]
    repository = Path(os.environ["HF_HUB_CACHE"]) / f"models--{name}"
    if not repository.is_dir():
        (repository / "refs").mkdir(parents=True)
        (repository / "refs" / "main").write_text("c0ffee")
        (repository / "snapshots").mkdir()
        (repository / "snapshots" / "c0ffee").symlink_to(encoder.resolve())
    return name.replace("--", "/")


def tiny_checkpoint(
    folder: Path,
    encoder: Path,
    *,
    use_vib: bool,
    seed: int = 0,
    max_length: int = 32,
    collapsed: bool = False,
) -> Path:
    """Write a checkpoint whose encoder is the given folder; the posterior of a collapsed one is the prior."""
    frozen = FrozenEncoder.load(EncoderConfig(id=str(encoder)))
    tokenizer = TextTokenizer.train(sentences(50), 300)
    config = ModelConfig(
        encoder=EncoderConfig(id=cached(encoder), sha256=frozen.sha256),
        head=HeadConfig(use_vib=use_vib, width=WIDTH),
        decoder=DecoderConfig(vocab_size=len(tokenizer), max_length=max_length, width=16, layers=1, heads=2),
    )
    generator = torch.Generator().manual_seed(seed)
    head = Head(config.head, frozen.dim)
    head.initialise(torch.zeros(frozen.dim), torch.eye(frozen.dim), generator)
    if collapsed:
        with torch.no_grad():
            for parameter in head.parameters():
                parameter.mul_(1e-3)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        length_head = LengthHead(WIDTH, max_length)
    decoder = Decoder(config.decoder, WIDTH)
    decoder.initialise(generator)
    save_checkpoint(
        folder,
        config=config,
        head=head,
        length_head=length_head,
        decoder=decoder,
        tokenizer=tokenizer,
        training={},
        provenance={"step": 3},
    )
    return folder
