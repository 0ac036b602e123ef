"""Which SGDD layout a set of tensors is, and everything about it that its shapes and its configuration say.

One function a historical change brings names to one form; then the keys decide the layout, and the shapes
every size. The configuration is asked only for what no tensor shows, and must not contradict the tensors.
Names here are `head.…`, `decoder.…` and `backbone.…` (the frozen encoder). Needs no torch.
"""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from latentlab.checkpoints.header import COUNTER, Header, shape_text
from latentlab.errors import CheckpointError
from latentlab.models.model_config import EncoderConfig
from latentlab.models.sgdd.sgdd_config import (
    DecoderKind,
    HeadKind,
    SgddConfig,
    SgddDecoderConfig,
    SgddHeadConfig,
    SgddLayout,
)
from latentlab.untrusted import shown

ROTARY = "decoder.rotary_emb.inv_freq"
UNNAMED = "unnamed"
"""In place of an encoder's name that is missing, or that could be a path."""
_HINT = "docs/checkpoints.md lists the layouts that can be read"
_OTHER_MODEL = "configuration and weights are not of one model"
_HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_BACKBONES = {"encoder.roberta.": "mean", "encoder.model.": "cls"}

_LAYOUTS: dict[tuple[HeadKind, DecoderKind], SgddLayout] = {
    ("projection", "attention"): "A",
    ("adapter", "rotary"): "B",
    ("adapter", "adaln"): "C",
    ("identity", "adaln"): "C",
    ("layernorm", "adaln"): "D",
    ("batchnorm", "adaln"): "E",
}


# -- repairs: one a historical change ------------------------------------------------------------------------


def without_wrappers(names: Mapping[str, str]) -> dict[str, str]:
    """Training on several devices puts `module.` before every name, torch.compile `_orig_mod.`."""
    bare = dict(names)
    for prefix in ("module.", "_orig_mod.", "module."):
        if bare and all(name.startswith(prefix) for name in bare):
            bare = {new.removeprefix(prefix): old for new, old in bare.items()}
    return bare


def without_schedule(names: Mapping[str, str]) -> dict[str, str]:
    """The noise schedule was a buffer; it follows from the number of timesteps."""
    return {new: old for new, old in names.items() if not new.startswith("noise_schedule.")}


def without_rotary_tables(names: Mapping[str, str]) -> dict[str, str]:
    """Rotary angles were buffers in several places; the rates of the whole decoder are the ones that count.

    In layout A nothing read them.
    """
    unread = any(".self_attn.in_proj_" in name for name in names)
    pattern = re.compile(r"decoder\.(layers\.\d+\.)?(self_attn\.)?rotary_emb\.(inv_freq|(cos|sin)(_cached)?)")
    return {
        new: old for new, old in names.items() if not pattern.fullmatch(new) or (new == ROTARY and not unread)
    }


def without_position_ids(names: Mapping[str, str]) -> dict[str, str]:
    """Before version 4.31 transformers stored the numbers 0, 1, 2, … with every encoder."""
    return {
        new: old
        for new, old in names.items()
        if not re.fullmatch(r"encoder\.(roberta|model)\.embeddings\.(position|token_type)_ids", new)
    }


def with_one_backbone(names: Mapping[str, str]) -> dict[str, str]:
    """The encoder was called `roberta`, and `model` once others were allowed; the head stood beside it.

    CheckpointError where a file has both, or a name that only we give, or two tensors would get one name.
    """
    renamed: dict[str, str] = {}
    used: set[str] = set()
    for name, old in names.items():
        prefix = next((p for p in (*_BACKBONES, "encoder.") if name.startswith(p)), "")
        used |= {prefix} & _BACKBONES.keys()
        new = {"encoder.": "head.", "": ""}.get(prefix, "backbone.") + name.removeprefix(prefix)
        if new in renamed or len(used) > 1 or (not prefix and new.startswith(("head.", "backbone."))):
            raise CheckpointError(f"tensor {shown(old)} belongs to no part of the model", _HINT)
        renamed[new] = old
    return renamed


REPAIRS = (without_wrappers, without_schedule, without_rotary_tables, without_position_ids, with_one_backbone)

_RENAMED = {
    "decoder_layers": "num_layers",
    "decoder_heads": "num_heads",
    "decoder_ffn_dim": "ffn_dim",
    "max_len": "max_length",
}


def with_new_settings(model: Mapping[str, Any]) -> dict[str, Any]:
    """The decoder's settings lost their prefix; `decoder_hidden` was never read and is none of them.

    Where a file has both names the new one counts: the old one was a default that nobody read any more.
    """
    return {_RENAMED.get(name, name): value for name, value in model.items()} | {
        name: model[name] for name in _RENAMED.values() if name in model
    }


def repaired_names(tensors: Header) -> dict[str, str]:
    """New name to the name in the file, for every tensor that belongs to the model."""
    names = {name: name for name in tensors}
    for repair in REPAIRS:
        names = repair(names)
    return names


# -- what it is ----------------------------------------------------------------------------------------------


def sgdd_config(tensors: Header, config: Mapping[str, Any]) -> SgddConfig:
    """Layout and sizes of a file's tensors, under the file's own names.

    Raises:
        CheckpointError: The tensors are no known layout, contradict each other or the configuration, or one
            is not of floating point.
    """
    names = repaired_names(tensors)
    header = {new: tensors[old] for new, old in names.items()}
    model = config.get("model")
    settings = with_new_settings(model if isinstance(model, dict) else {})
    head = _head(header)
    dual = head.kind == "dual"
    decoder = None if dual else _decoder(header, head.width, settings)
    layout: SgddLayout = "F" if decoder is None else _layout(head, decoder)
    vib = settings.get("use_vib")
    if layout in ("C", "D") and isinstance(vib, bool):
        if vib != head.use_vib:
            raise CheckpointError(f"config.model.use_vib is {vib}, the head says otherwise", _OTHER_MODEL)
        layout = "S"
    bare = without_wrappers({name: name for name in tensors})
    pooling = next((p for prefix, p in _BACKBONES.items() if any(n.startswith(prefix) for n in bare)), "")
    tree: dict[str, Any] = {
        "layout": layout,
        "encoder": EncoderConfig(
            id=_encoder_id(settings), layer=-1, pooling="cls" if dual and pooling != "mean" else "mean"
        ),
        "head": head,
        "decoder": decoder,
    }
    if head.use_vib:
        recorded = (name for name in ("kl_weight", "kl_threshold") if name in settings)
        tree |= {name: float(_number(settings, name)) for name in recorded}
    return checked_config(tree, "config.model")


def checked_config(tree: Mapping[str, Any], where: str) -> SgddConfig:
    """A configuration from its parts. CheckpointError names the first value that is impossible."""
    try:
        return SgddConfig.model_validate(tree)
    except ValidationError as error:
        raise CheckpointError(_first(error, where), _OTHER_MODEL) from error


def check_converted(header: Header, config: SgddConfig) -> None:
    """CheckpointError when a converted folder's tensors are of other sizes than its configuration says.

    Afterwards every size in the configuration is one that the file has: modules may be built from it.
    """
    head = _head(header)
    decoder = config.decoder
    settings = {} if decoder is None else {"num_heads": decoder.heads, "max_length": decoder.max_length}
    settings |= {} if decoder is None else {"num_diffusion_steps": decoder.timesteps}
    if head != config.head or (decoder and _decoder(header, head.width, settings) != decoder):
        raise CheckpointError("model: the tensors are of other sizes or of another kind", _OTHER_MODEL)


def _layout(head: SgddHeadConfig, decoder: SgddDecoderConfig) -> SgddLayout:
    layout = _LAYOUTS.get((head.kind, decoder.kind))
    if layout is None:
        raise CheckpointError(f"no layout has the head {head.kind} with the decoder {decoder.kind}", _HINT)
    return layout


def _head(header: Header) -> SgddHeadConfig:
    def has(*starts: str) -> bool:
        return any(name.startswith(tuple(f"head.{start}" for start in starts)) for name in header)

    kind: HeadKind
    # Any tensor of a part decides, so that the one that is missing is named.
    if has("mu_layer.weight", "mu_layer.bias", "logvar_layer.weight", "logvar_layer.bias"):
        kind, name = "dual", "head.mu_layer.weight"
    elif has("mu_layer.", "logvar_layer."):
        batch = ("running_mean", "running_var", COUNTER)
        kind = "batchnorm" if any(key.endswith(batch) for key in header) else "layernorm"
        name = "head.mu_layer.0.weight"
    elif has("adapter."):
        kind, name = "adapter", "head.adapter.0.weight"
    elif has("proj."):
        kind, name = "projection", "head.proj.weight"
    elif any(name.startswith("decoder.") for name in header):
        # Layout C has no head where the encoder is as wide as the decoder.
        kind, name = "identity", "decoder.token_emb.weight"
    else:
        raise CheckpointError("it has neither a head nor a decoder of SGDD", _HINT)
    width, pooled = matrix(header, name)
    if kind == "identity":
        width = pooled
    backbone = header.get("backbone.embeddings.word_embeddings.weight")
    if backbone is not None and backbone.shape[-1:] != (pooled,):
        found = shape_text(header[name].shape)
        wide = f"the encoder's width is {backbone.shape[-1] if backbone.shape else 1}"
        wide = f"there is no head, and {wide}" if kind == "identity" else wide
        raise CheckpointError(f"{name} is {found}, {wide}", _OTHER_MODEL)
    return SgddHeadConfig(kind=kind, pooled_width=pooled, width=width, whitened=has("whitening_"))


def _decoder(header: Header, width: int, settings: Mapping[str, Any]) -> SgddDecoderConfig:
    kind: DecoderKind = "rotary"
    if any(name.startswith("decoder.modulator.") for name in header):
        kind = "adaln"
    elif any(".self_attn.in_proj_" in name for name in header):
        kind = "attention"
    symbols, own = matrix(header, "decoder.token_emb.weight")
    if own != width:
        raise CheckpointError(f"the decoder is {own} wide, the latent {width}", _OTHER_MODEL)
    # In layout F, whose decoder has a width of its own, these may be anything.
    for name in ("semantic_dim", "hidden_dim"):
        _agree(name, settings, width)
    rates = header.get(ROTARY)
    if rates is not None and rates.size and width % (2 * rates.size) == 0:
        # Two dimensions of a head for each rate: here a tensor does show the heads.
        heads = width // (2 * rates.size)
        _agree("num_heads", settings, heads)
        settings = {**settings, "num_heads": heads}
    layers = {name.split(".")[2] for name in header if name.startswith("decoder.layers.")}
    feed_forward = matrix(header, "decoder.layers.0.ffn.0.weight")[0]
    _agree("num_layers", settings, len(layers))
    _agree("ffn_dim", settings, feed_forward)
    _agree("vocab_size", settings, symbols)
    tree = {
        "kind": kind,
        "vocab_size": symbols,
        "layers": len(layers),
        "heads": _number(settings, "num_heads"),
        "feed_forward": feed_forward,
        # What SGDD's own generation took where nothing was said; z and logits do not depend on it.
        "max_length": _number({"max_length": 64, **settings}, "max_length"),
        "timesteps": _number({"num_diffusion_steps": 1000, **settings}, "num_diffusion_steps"),
    }
    try:
        return SgddDecoderConfig.model_validate(tree)
    except ValidationError as error:
        raise CheckpointError(_first(error, "config.model"), _OTHER_MODEL) from error


def matrix(header: Header, name: str) -> tuple[int, ...]:
    """The shape of a tensor with two axes. CheckpointError when it is missing or has not."""
    tensor = header.get(name)
    if tensor is None:
        raise CheckpointError(f"tensor {name} is missing", _HINT)
    if len(tensor.shape) != 2:
        raise CheckpointError(f"tensor {name} is {shape_text(tensor.shape)}, wanted a matrix", _HINT)
    return tensor.shape


def _number(settings: Mapping[str, Any], name: str) -> int | float:
    value = settings.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CheckpointError(f"config.model.{name} must be a number, found {value!r:.40}", _OTHER_MODEL)
    return value


def _agree(name: str, settings: Mapping[str, Any], size: int) -> None:
    said = settings.get(name, size)
    if said != size:
        raise CheckpointError(f"config.model.{name} is {said!r:.40}, the tensors say {size}", _OTHER_MODEL)


def _encoder_id(settings: Mapping[str, Any]) -> str:
    name = settings.get("encoder_name", settings.get("encoder_model"))
    # Whatever could be a path is dropped: nothing that a file names is ever opened.
    return name if isinstance(name, str) and len(name) < 100 and _HUB_ID.fullmatch(name) else UNNAMED


def _first(error: ValidationError, where: str) -> str:
    first = error.errors()[0]
    path = ".".join([where, *map(str, first["loc"])])
    return f"{shown(path)}: {first['msg'].removeprefix('Value error, ')}"
