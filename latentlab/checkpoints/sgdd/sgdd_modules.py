"""Head and decoder of an old model without memory behind them, and the strict match with a file's tensors."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from latentlab.checkpoints.header import Header, check_dtypes
from latentlab.checkpoints.modules import check_tensors
from latentlab.checkpoints.sgdd.sgdd_layouts import ROTARY, matrix
from latentlab.errors import CheckpointError
from latentlab.models.meta import on_meta
from latentlab.models.sgdd.sgdd_config import SgddConfig
from latentlab.models.sgdd.sgdd_decoders import SgddDecoder, rotary_rates
from latentlab.models.sgdd.sgdd_heads import SgddHead
from latentlab.untrusted import shown

TOKENS, OUTPUT = "decoder.token_emb.weight", "decoder.output_proj.weight"
_TABLES = ("word_embeddings", "position_embeddings", "token_type_embeddings")
_LAYERS = "backbone.encoder.layer."
_ALIGNED = 64
"""Bytes; torch's own allocations have it, and the members of its files."""


class SgddParts(nn.Module):
    """Head and decoder; in its state dict the tied output layer is there twice."""

    decoder: SgddDecoder | None

    def __init__(self, head: SgddHead, decoder: SgddDecoder | None) -> None:
        super().__init__()
        self.head = head
        self.decoder = decoder


def matching_sgdd(config: SgddConfig, header: Header, path: Path) -> SgddParts:
    """Modules on the meta device whose state dict has exactly the tensors of the header, the tied one once.

    Nothing is allocated: every size in the configuration is one that the header has. CheckpointError names a
    tensor that is missing, not expected, or of another shape or type.
    """
    check_dtypes(header, path)
    with on_meta():
        decoder = SgddDecoder(config.decoder, config.head.width) if config.decoder else None
        parts = SgddParts(SgddHead(config.head), decoder)
    wanted = {name: tuple(tensor.shape) for name, tensor in parts.state_dict().items() if name != OUTPUT}
    if ROTARY not in header:
        wanted.pop(ROTARY, None)
    check_tensors(wanted, header, path)
    return parts


def check_backbone(header: Header, path: Path) -> None:
    """Strict match of the frozen encoder inside, which is a BERT or RoBERTa, under `backbone.…` names.

    CheckpointError names a tensor that is missing, not expected, or of another shape or type.
    """
    check_dtypes(header, path)

    def size(name: str, axis: int = 0) -> int:
        return matrix(header, f"backbone.{name}")[axis]

    width, inner = (
        size("embeddings.word_embeddings.weight", 1),
        size("encoder.layer.0.intermediate.dense.weight"),
    )
    wanted: dict[str, tuple[int, ...]] = {}
    for table in _TABLES:
        wanted[f"embeddings.{table}.weight"] = (size(f"embeddings.{table}.weight"), width)
    wanted |= _norm("embeddings.LayerNorm", width)
    for layer in range(len({name.split(".")[3] for name in header if name.startswith(_LAYERS)})):
        own = f"encoder.layer.{layer}"
        for part in ("attention.self.query", "attention.self.key", "attention.self.value"):
            wanted |= _linear(f"{own}.{part}", width, width)
        wanted |= _linear(f"{own}.attention.output.dense", width, width)
        wanted |= _norm(f"{own}.attention.output.LayerNorm", width)
        wanted |= _linear(f"{own}.intermediate.dense", inner, width)
        wanted |= _linear(f"{own}.output.dense", width, inner) | _norm(f"{own}.output.LayerNorm", width)
    if any(name.startswith("backbone.pooler.") for name in header):
        wanted |= _linear("pooler.dense", width, width)
    check_tensors({f"backbone.{name}": shape for name, shape in wanted.items()}, header, path)


def check_variances(tensors: Mapping[str, Tensor], where: str) -> None:
    """CheckpointError names a variance that BatchNorm cannot have; the tensors are finite."""
    for name, tensor in tensors.items():
        if name.endswith(".running_var") and (tensor < 0).any():
            raise CheckpointError(
                f"{where}: tensor {shown(name)} is a variance and holds negative numbers",
                "restore the file from a copy",
            )


def fill(parts: SgddParts, tensors: Mapping[str, Tensor]) -> SgddParts:
    """Give the modules their numbers, float32, not copied where they already are what torch would make."""
    state = {name: _own(tensor) for name, tensor in tensors.items()}
    if TOKENS in state:
        state[OUTPUT] = state[TOKENS]
    config = None if parts.decoder is None else parts.decoder.config
    if config and config.kind != "attention" and ROTARY not in state:
        state[ROTARY] = rotary_rates(parts.head.config.width // config.heads)
    parts.load_state_dict(state, strict=True, assign=True)
    parts.requires_grad_(False)
    return parts.eval()


def check_tied(tokens: Tensor, output: Tensor, where: str) -> None:
    """CheckpointError unless the output layer is the token table."""
    if tokens.shape != output.shape or not torch.equal(tokens, output):
        raise CheckpointError(
            f"{where}: {OUTPUT} is not {TOKENS}, which it was tied to", "restore the file from a copy"
        )


def _linear(name: str, out: int, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (out, width), f"{name}.bias": (out,)}


def _norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _own(tensor: Tensor) -> Tensor:
    """Products may differ in the last bit with the alignment of their inputs: a copy where it is another."""
    if not tensor.is_floating_point():
        return tensor.clone()
    tensor = tensor.float().contiguous()
    return tensor if tensor.data_ptr() % _ALIGNED == 0 else tensor.clone()
