"""Modules of a configuration, without memory behind them, and the strict match with a file's tensors."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from latentlab.checkpoints.header import (
    Header,
    TensorInfo,
    check_dtypes,
    check_sizes,
    pooled_width,
    shape_text,
)
from latentlab.errors import CheckpointError
from latentlab.models.decoder import Decoder
from latentlab.models.heads import Head, LengthHead
from latentlab.models.meta import on_meta
from latentlab.models.model_config import ModelConfig
from latentlab.untrusted import shown

_OTHER_MODEL = "configuration and weights are not of one model"


class Parts(nn.Module):
    """Head, length head and decoder; its state dict is the weights file."""

    def __init__(self, head: Head, length_head: LengthHead, decoder: Decoder) -> None:
        super().__init__()
        self.head = head
        self.length_head = length_head
        self.decoder = decoder


def matching_parts(config: ModelConfig, header: Header, path: Path) -> Parts:
    """Modules on the meta device whose state dict has exactly the tensors of the header.

    Nothing is allocated. CheckpointError names a tensor that is missing, not expected, of another shape or
    type, or a size in the configuration that the tensors contradict; `path` is for the messages.
    """
    check_dtypes(header, path)
    check_sizes(header, config, path)
    with on_meta():
        head = Head(config.head, pooled_width(header, path))
        length_head = LengthHead(config.head.width, config.decoder.max_length)
        parts = Parts(head, length_head, Decoder(config.decoder, config.head.width))
    check_tensors({name: tuple(t.shape) for name, t in parts.state_dict().items()}, header, path)
    return parts


def check_tensors(wanted: dict[str, tuple[int, ...]], header: dict[str, TensorInfo], path: Path) -> None:
    """CheckpointError names a tensor that is missing, of another shape, or not wanted."""
    for name, shape in wanted.items():
        if name not in header:
            raise CheckpointError(f"{path}: tensor {name} is missing", _OTHER_MODEL)
        if header[name].shape != shape:
            found = shape_text(header[name].shape)
            raise CheckpointError(
                f"{path}: tensor {name} is {found}, the configuration wants {shape_text(shape)}", _OTHER_MODEL
            )
    for name in header:
        if name not in wanted:
            raise CheckpointError(
                f"{path}: tensor {shown(name)} belongs to no part of the model", _OTHER_MODEL
            )


def check_finite(tensors: Mapping[str, torch.Tensor], where: str) -> None:
    """CheckpointError names the first tensor with a NaN or an infinity."""
    for name, tensor in tensors.items():
        # The extremes are NaN or infinite if any number is, and take no memory.
        if tensor.numel() and not torch.isfinite(torch.stack(tensor.aminmax()).float()).all():
            raise CheckpointError(
                f"{where}: tensor {shown(name)} holds NaN or infinity", "train again, or use an older state"
            )
