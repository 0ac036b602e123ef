"""Old SGDD checkpoints of every layout, from plain torch modules written here, with what they compute.

`OldModel` shares no code with latentlab: it is the reference. Everything is tiny and random.
"""

import math
from functools import cache
from pathlib import Path
from typing import Any

import torch
from encoder_models import WORDS
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import nn
from torch.nn import functional as F
from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaModel

LAYOUTS = ("A", "B", "C", "identity", "D", "E", "S", "F")
H, HEADS, DEPTH, INNER, CANVAS, P = 16, 2, 2, 24, 12, 64
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
VOCAB = len(SPECIALS) + len(WORDS)
BOS, PAD, EOS, MASK = 0, 1, 2, 4


def encoder_config() -> RobertaConfig:
    return RobertaConfig(
        vocab_size=VOCAB, hidden_size=P, intermediate_size=32, num_hidden_layers=2, num_attention_heads=1,
        max_position_embeddings=26, type_vocab_size=1, pad_token_id=PAD, bos_token_id=BOS, eos_token_id=EOS,
        layer_norm_eps=1e-5,
    )  # fmt: skip


@cache
def roberta(seed: int = 0) -> RobertaModel:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return RobertaModel(encoder_config()).eval()


def encoder_folder(folder: Path, seed: int = 0) -> Path:
    """The frozen encoder with a tokenizer that has a mask."""
    roberta(seed).save_pretrained(folder)
    vocabulary = {token: i for i, token in enumerate([*SPECIALS, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", BOS), ("</s>", EOS)]
    )
    named = {"bos_token": "<s>", "eos_token": "</s>", "mask_token": "<mask>", "pad_token": "<pad>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", **named).save_pretrained(folder)
    return folder


def rope(x: torch.Tensor, rates: torch.Tensor) -> torch.Tensor:
    """Position by position, pair by pair."""
    out, width = x.clone(), x.shape[-1]
    for position in range(x.shape[-2]):
        for pair in range(width // 2):
            angle = position * float(rates[pair])
            a, b = x[..., position, pair], x[..., position, pair + width // 2]
            out[..., position, pair] = a * math.cos(angle) - b * math.sin(angle)
            out[..., position, pair + width // 2] = b * math.cos(angle) + a * math.sin(angle)
    return out


class SelfAttention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        for name in "qkv":
            setattr(self, f"{name}_proj", nn.Linear(width, width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor, rates: torch.Tensor) -> torch.Tensor:
        q, k, v = (
            getattr(self, f"{name}_proj")(x).unflatten(-1, (HEADS, -1)).transpose(1, 2) for name in "qkv"
        )
        q, k = rope(q, rates), rope(k, rates)
        weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1)
        return self.out_proj((weights @ v).transpose(1, 2).flatten(2))


class Layer(nn.Module):
    def __init__(self, layout: str, width: int) -> None:
        super().__init__()
        old = layout in "AB"
        torch_attention = nn.MultiheadAttention(width, HEADS, dropout=0.1, batch_first=True)
        self.self_attn = torch_attention if layout == "A" else SelfAttention(width)
        if old:
            self.cross_attn = nn.MultiheadAttention(width, HEADS, dropout=0.1, batch_first=True)
            self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))
        self.ffn = nn.Sequential(
            nn.Linear(width, INNER), nn.GELU(), nn.Dropout(0.1), nn.Linear(INNER, width), nn.Dropout(0.1)
        )


class OldDecoder(nn.Module):
    def __init__(self, layout: str, width: int) -> None:
        super().__init__()
        self.layout, self.width = layout, width
        self.token_emb = nn.Embedding(VOCAB, width)
        self.rotary_emb = nn.Module()
        head = width // HEADS
        self.rotary_emb.register_buffer("inv_freq", 1 / 10000 ** (torch.arange(0, head, 2) / head))
        if layout not in "AB":
            self.modulator = nn.Module()
            self.modulator.mlp = nn.Sequential(
                nn.Linear(2 * width, 4 * width), nn.SiLU(), nn.Linear(4 * width, DEPTH * 4 * width)
            )
        self.layers = nn.ModuleList([Layer(layout, width) for _ in range(DEPTH)])
        self.output_proj = nn.Linear(width, VOCAB)
        self.output_proj.weight = self.token_emb.weight

    def forward(self, x_t, z, t, prev=None):
        half, rates = self.width // 2, self.rotary_emb.inv_freq
        angles = t[:, None] * torch.exp(torch.arange(half) * (-math.log(10000) / (half - 1)))
        time = torch.cat([angles.sin(), angles.cos()], dim=1)
        x = self.token_emb(x_t) + (0 if prev is None else self.token_emb(prev))
        if self.layout in "AB":
            x = x + time[:, None]
            for layer in self.layers:
                own = layer.self_attn(x, x, x)[0] if self.layout == "A" else layer.self_attn(x, rates)
                x = layer.norm1(x + own)
                x = layer.norm2(x + layer.cross_attn(x, z[:, None], z[:, None])[0])
                x = layer.norm3(x + layer.ffn(x))
            return self.output_proj(x)
        m = self.modulator.mlp(torch.cat([time, z], dim=1)).reshape(len(z), DEPTH, 4, 1, self.width)
        for i, layer in enumerate(self.layers):
            h = F.layer_norm(x, (self.width,)) * (1 + m[:, i, 0]) + m[:, i, 1]
            x = x + layer.self_attn(h, rates)
            h = F.layer_norm(x, (self.width,)) * (1 + m[:, i, 2]) + m[:, i, 3]
            x = x + layer.ffn(h)
        return self.output_proj(x)


def mlp(width: int, *norm: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Linear(P, width), nn.GELU(), nn.Linear(width, width), *norm)


class OldModel(nn.Module):
    """One layout, with the names of the old files."""

    def __init__(self, layout: str, seed: int = 0) -> None:
        super().__init__()
        self.layout = layout
        width = P if layout == "identity" else H
        with torch.random.fork_rng():
            torch.manual_seed(seed + LAYOUTS.index(layout))
            self.encoder = nn.Module()
            if layout == "F":
                self.encoder.model = roberta()
                self.encoder.adapter = mlp(width)
                self.encoder.mu_layer, self.encoder.logvar_layer = nn.Linear(P, width), nn.Linear(P, width)
                self.encoder.register_buffer("whitening_mean", torch.randn(P))
                self.encoder.register_buffer("whitening_matrix", torch.randn(P, P) / 8)
            else:
                self.encoder.roberta = roberta()
            if layout == "A":
                self.encoder.proj = nn.Linear(P, width)
            if layout in ("B", "C"):
                self.encoder.adapter = mlp(width, nn.LayerNorm(width))
            if layout in ("D", "S"):
                self.encoder.mu_layer = mlp(width, nn.LayerNorm(width))
                self.encoder.logvar_layer = mlp(width, nn.LayerNorm(width))
            if layout == "E":
                self.encoder.mu_layer = mlp(width, nn.BatchNorm1d(width))
                self.encoder.logvar_layer = mlp(width, nn.BatchNorm1d(width))
            # Layout F had another decoder; what it has here stands for tensors that nobody knows.
            self.decoder = OldDecoder("C" if layout == "F" else layout[0].upper(), width)
            if layout == "identity":
                self.decoder.layout = "C"
            for name, tensor in self.state_dict().items():
                if not name.startswith(("encoder.roberta", "encoder.model")) and tensor.is_floating_point():
                    if name.endswith("running_var"):
                        tensor.uniform_(0.5, 2)
                    elif tensor.ndim == 1 and "inv_freq" not in name:
                        tensor.add_(torch.randn_like(tensor) * 0.3)
        schedule = nn.Module()
        schedule.register_buffer("alphas_cumprod", torch.linspace(1, 0, 1001))
        schedule.register_buffer("betas", torch.linspace(0, 1, 1000))
        self.noise_schedule = schedule
        self.eval()

    @torch.no_grad()
    def encode(self, ids: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        hidden = roberta()(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[:, :, None].float()
        mean = (hidden * weights).sum(1) / weights.sum(1)
        e, layout = self.encoder, self.layout
        if layout == "F":
            pooled = hidden[:, 0]
            x = (pooled - e.whitening_mean) @ e.whitening_matrix.T
            mu, logvar = e.mu_layer(x), e.logvar_layer(x).clamp(-10, 2)
            return {"pooled": pooled, "mu": mu, "logvar": logvar, "z": e.adapter(x) + mu}
        if layout in ("D", "E", "S"):
            mu, logvar = e.mu_layer(mean), e.logvar_layer(mean).clamp(-10, 2)
            return {"pooled": mean, "mu": mu, "logvar": logvar, "z": mu}
        head = {"A": "proj", "B": "adapter", "C": "adapter"}.get(layout)
        return {"pooled": mean, "z": getattr(e, head)(mean) if head else mean}


def old_config(layout: str) -> dict[str, Any]:
    """As SGDD wrote it at the time of the layout."""
    prefix = "decoder_" if layout in "AB" else "num_"
    sizes = {f"{prefix}layers": DEPTH, f"{prefix}heads": HEADS, "max_length": CANVAS}
    sizes["decoder_ffn_dim" if layout in "AB" else "ffn_dim"] = INNER
    model = {"encoder_name": "roberta-base", "semantic_dim": P if layout == "identity" else H, **sizes}
    if layout in ("D", "E", "S", "F"):
        model |= {"kl_weight": 0.01, "kl_threshold": 2.0}
    if layout == "S":
        model["use_vib"] = True
    return {"model": model, "training": {"learning_rate": 1e-4}, "seed": 42, "checkpoint_dir": "../ckpt"}


def old_tree(layout: str, **more: Any) -> dict[str, Any]:
    return {
        "model_state_dict": dict_of(OldModel(layout).state_dict()),
        "metric": 1.25,
        "metric_name": "val_loss",
        "config": old_config(layout),
        **more,
    }


def dict_of(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return type(state)((name, tensor.clone()) for name, tensor in state.items())


def write_old(path: Path, layout: str, **more: Any) -> Path:
    torch.save(old_tree(layout, **more), path)
    return path


def tokens(n: int = 5, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids of the encoder with padding, and their mask."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(len(SPECIALS), VOCAB, (n, CANVAS), generator=generator)
    mask = torch.ones_like(ids)
    for row in range(n):
        length = 4 + row % (CANVAS - 4)
        ids[row, 0], ids[row, length - 1], ids[row, length:] = BOS, EOS, PAD
        mask[row, length:] = 0
    return ids, mask
