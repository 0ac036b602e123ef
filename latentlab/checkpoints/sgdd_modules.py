"""Head and decoder of an old model without memory behind them, and the strict match with a file's tensors."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from latentlab.checkpoints.header import Header
from latentlab.checkpoints.modules import check_tensors
from latentlab.checkpoints.sgdd_layouts import check_floats
from latentlab.errors import CheckpointError
from latentlab.models.sgdd_config import SgddConfig
from latentlab.models.sgdd_decoders import SgddDecoder
from latentlab.models.sgdd_heads import SgddHead

TOKENS, OUTPUT = "decoder.token_emb.weight", "decoder.output_proj.weight"
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
    check_floats(header)
    with torch.device("meta"):
        decoder = SgddDecoder(config.decoder, config.head.width) if config.decoder else None
        parts = SgddParts(SgddHead(config.head), decoder)
    wanted = {name: tuple(tensor.shape) for name, tensor in parts.state_dict().items() if name != OUTPUT}
    check_tensors(wanted, header, path)
    return parts


def fill(parts: SgddParts, tensors: Mapping[str, Tensor]) -> SgddParts:
    """Give the modules their numbers, float32, not copied where they already are what torch would make."""
    state = {name: _own(tensor) for name, tensor in tensors.items()}
    if TOKENS in state:
        state[OUTPUT] = state[TOKENS]
    parts.load_state_dict(state, strict=True, assign=True)
    parts.requires_grad_(False)
    return parts.eval()


def check_tied(tokens: Tensor, output: Tensor, where: str) -> None:
    """CheckpointError unless the output layer is the token table."""
    if tokens.shape != output.shape or not torch.equal(tokens, output):
        raise CheckpointError(
            f"{where}: {OUTPUT} is not {TOKENS}, which it was tied to", "restore the file from a copy"
        )


def _own(tensor: Tensor) -> Tensor:
    """Products may differ in the last bit with the alignment of their inputs: a copy where it is another."""
    if not tensor.is_floating_point():
        return tensor.clone()
    tensor = tensor.float().contiguous()
    return tensor if tensor.data_ptr() % _ALIGNED == 0 else tensor.clone()
