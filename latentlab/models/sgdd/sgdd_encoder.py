"""The frozen encoder that lies inside an old checkpoint: built without memory, then given the file's tensors.

Depth and sizes follow from the shapes. What no tensor shows (attention heads, epsilon of the norms, the
activation) is taken from the `config.json` of the user's folder, else it is what every RoBERTa and BERT has:
heads of 64 dimensions, GELU, and the epsilon of the published models or of transformers' class.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentlab.errors import EncoderError, LatentlabError
from latentlab.models.encoder.encoder_load import (
    Forward,
    Tokenise,
    load_forward,
    max_positions,
    tokenise_of,
)
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.encoder.pretrained import config_of, empty_model, has_tokenizer, quiet, tokenizer_of
from latentlab.models.meta import on_meta
from latentlab.models.model_config import EncoderConfig

_WORDS = "embeddings.word_embeddings.weight"
_POSITIONS = "embeddings.position_embeddings.weight"
_TYPES = "embeddings.token_type_embeddings.weight"
_INNER = "encoder.layer.0.intermediate.dense.weight"
_POOLER = "pooler.dense.weight"
_HEAD_WIDTH = 64
_PUBLISHED = (514, 258)
"""Position tables of published RoBERTas: 512 or 256 tokens, and the two rows that are never used."""
_HINT = "give the folder of the encoder that the checkpoint was trained with: --encoder FOLDER"

Shapes = Mapping[str, tuple[int, ...]]


def encoder_inside(
    config: EncoderConfig, tensors: Mapping[str, Tensor], *, folder: Path | None = None
) -> FrozenEncoder:
    """A frozen encoder on the given tensors, which are not copied where they are float32.

    Args:
        config: Pooling, and the identity of the weights in `sha256`.
        tensors: transformers' own names, without a prefix; finite.
        folder: A model folder with `config.json` and tokenizer; without the tokenizer only `encode_tokens`
            works.

    Raises:
        EncoderError: The tensors are no BERT or RoBERTa, or not the model that the folder describes.
    """
    tokenizer_folder = folder if folder is not None and has_tokenizer(folder) else None
    model = _built({name: tuple(tensor.shape) for name, tensor in tensors.items()}, folder)
    state = {name: tensor.float() for name, tensor in tensors.items()}
    try:
        model.load_state_dict(state, strict=True, assign=True)
    except RuntimeError as error:
        raise EncoderError(f"the encoder in the checkpoint: {_reason(error)}", _HINT) from error
    _fill_buffers(model)
    model.eval()
    model.requires_grad_(False)
    positions = max_positions(model)
    depth, width = model.config.num_hidden_layers, model.config.hidden_size
    forward = Forward(model, depth, depth, width, positions, True, "cpu")
    tokenise: Tokenise = _no_tokenizer
    limit, words = positions or 1, list[str]()
    if tokenizer_folder is not None:
        tokenise, limit, words = tokenise_of(tokenizer_of(tokenizer_folder), positions)
    return FrozenEncoder(
        config,
        forward,
        tokenise,
        max_tokens=limit,
        sha256=config.sha256 or "",
        source="checkpoint",
        precision="float32",
        words=words,
    )


def same_weights(encoder: FrozenEncoder, folder: Path) -> bool:
    """Whether a model folder holds the very tensors of an encoder that lay inside a checkpoint."""
    try:
        other = load_forward(folder, -1, dtype=torch.float32, device="cpu").model.state_dict()
    except LatentlabError:
        return False
    own = {k: v for k, v in encoder.model.state_dict().items() if not k.startswith("pooler.")}
    return own.keys() == other.keys() and all(torch.equal(own[name], other[name]) for name in own)


def save_encoder(encoder: FrozenEncoder, source: Path | None, target: Path) -> None:
    """Write an encoder that lay inside a checkpoint as a model folder, with the tokenizer of `source`."""
    with quiet():
        encoder.model.save_pretrained(target)
        if source is not None:
            tokenizer_of(source).save_pretrained(target)


def _built(shapes: Shapes, folder: Path | None) -> Any:
    config = _settings(shapes, folder)
    try:
        with on_meta():
            # Without the keyword a pooler is made that the file may not have, and strict loading would miss.
            return empty_model(config, add_pooling_layer=_POOLER in shapes)
    except (TypeError, ValueError, RuntimeError) as error:
        raise EncoderError(f"the encoder cannot be built: {_reason(error)}", _HINT) from error


def _settings(shapes: Shapes, folder: Path | None) -> Any:
    from transformers import BertConfig, RobertaConfig

    sizes = _sizes(shapes)
    if folder is not None:
        config = config_of(folder)
        for name, size in sizes.items():
            if getattr(config, name, size) != size:
                said = getattr(config, name)
                raise EncoderError(
                    f"{folder}: {name} is {said}, the encoder in the checkpoint has {size}", _HINT
                )
        return config
    if sizes["hidden_size"] % _HEAD_WIDTH:
        raise EncoderError(
            f"an encoder of width {sizes['hidden_size']} does not say how many attention heads it has", _HINT
        )
    heads = sizes["hidden_size"] // _HEAD_WIDTH
    if sizes["type_vocab_size"] > 1:
        return BertConfig(**sizes, num_attention_heads=heads)
    # Every published RoBERTa has 1e-5; one that somebody made from the class has its default.
    published = {"layer_norm_eps": 1e-5} if sizes["max_position_embeddings"] in _PUBLISHED else {}
    return RobertaConfig(**sizes, num_attention_heads=heads, **published)


def _sizes(shapes: Shapes) -> dict[str, int]:
    for name in (_WORDS, _POSITIONS, _TYPES, _INNER):
        if len(shapes.get(name, ())) != 2:
            raise EncoderError(f"the encoder in the checkpoint has no matrix {name}", _HINT)
    layers = {name.split(".")[2] for name in shapes if name.startswith("encoder.layer.")}
    return {
        "vocab_size": shapes[_WORDS][0],
        "hidden_size": shapes[_WORDS][1],
        "max_position_embeddings": shapes[_POSITIONS][0],
        "type_vocab_size": shapes[_TYPES][0],
        "intermediate_size": shapes[_INNER][0],
        "num_hidden_layers": len(layers),
    }


def _fill_buffers(model: Any) -> None:
    """Position numbers and token types are not in any file; made without memory, they are filled here."""
    for module in model.modules():
        for name, buffer in list(module.named_buffers(recurse=False)):
            if buffer.is_meta:
                count = buffer.shape[-1]
                values = (
                    torch.arange(count) if name == "position_ids" else torch.zeros(count, dtype=torch.long)
                )
                module.register_buffer(name, values.expand(buffer.shape), persistent=False)


def _no_tokenizer(texts: Sequence[str]) -> list[list[int]]:
    raise EncoderError("the checkpoint holds the encoder but no tokenizer", _HINT)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
