"""From a model folder to a forward pass up to one layer and a tokenizer, by way of transformers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from latentlab.errors import ConfigError, EncoderError
from latentlab.models.encoder.encoder_weights import read_weights
from latentlab.models.encoder.pretrained import model_of
from latentlab.models.model_config import Layer
from latentlab.untrusted import one_line

Tokenise = Callable[[Sequence[str]], list[list[int]]]
"""Sentences to token ids, special tokens included, nothing cut or padded."""

_PROBE = 4


@dataclass(frozen=True)
class Forward:
    """The forward pass up to one layer; called with ids and a mask (None: no padding)."""

    model: Any
    layer: int
    """Counted from 0, the embeddings."""
    depth: int
    """Number of the model's last layer, also where it was dropped."""
    dim: int
    max_positions: int | None
    """Longest input in tokens; None where positions are not learned."""
    truncated: bool
    """Higher layers were dropped; otherwise all run and the wanted hidden state is picked."""
    device: str

    def __call__(self, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Hidden states (n, length, dim) of the layer for token ids (n, length)."""
        ids = ids.to(self.device)
        if self.truncated:
            # No mask where nothing is padded: attention without one takes a faster path.
            mask = None if mask is None else mask.to(self.device)
            hidden: torch.Tensor = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
            return hidden
        mask = torch.ones_like(ids) if mask is None else mask.to(self.device)
        states = self.model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        picked: torch.Tensor = states[self.layer]
        return picked

    @property
    def symbols(self) -> int | None:
        """Number of ids that it knows; None where it has no table of them."""
        try:
            table = self.model.get_input_embeddings()
        except NotImplementedError:
            return None
        return int(table.num_embeddings) if isinstance(table, torch.nn.Embedding) else None

    def check_known(self, rows: Sequence[Sequence[int]]) -> None:
        """EncoderError for a token id that the model has no symbol for: the tokenizer is another model's."""
        symbols = self.symbols
        largest = max((max(ids, default=0) for ids in rows), default=0)
        if symbols is not None and largest >= symbols:
            raise EncoderError(
                f"the tokenizer makes the id {largest}, the encoder has {symbols} symbols",
                "--encoder FOLDER with the tokenizer that the model was saved with",
            )

    def at(self, layer: int) -> "Forward":
        """The same model read at another layer, negative from the end; ConfigError where it has none such."""
        index = layer_index(layer, self.layer)
        return replace(self, layer=index, truncated=self.truncated and index == self.layer)

    def below(self, ids: torch.Tensor, mask: torch.Tensor | None) -> Sequence[torch.Tensor]:
        """Hidden states of every layer from 0, the embeddings, up to this one, from the same pass."""
        mask = torch.ones_like(ids) if mask is None else mask
        states: Sequence[torch.Tensor] = self.model(
            input_ids=ids.to(self.device), attention_mask=mask.to(self.device), output_hidden_states=True
        ).hidden_states
        return states[: self.layer + 1]


def load_forward(folder: Path, layer: Layer, *, dtype: torch.dtype, device: str) -> Forward:
    """Load the model of a folder, frozen, and drop what lies above the layer where that is exact.

    Args:
        folder: Has `config.json` and the weights.
        layer: Hidden state to read, 0 the embeddings, negative from the end, or "middle".
        dtype: Of weights and hidden states.
        device: Torch device.

    Raises:
        EncoderError: The folder cannot be loaded, lacks weights, or they are not finite.
        ConfigError: The layer is outside the model's depth.
    """
    model = load_whole(folder)
    # Token 0 exists in every vocabulary; which token it is does not matter here.
    probe = torch.zeros(1, _PROBE, dtype=torch.long)
    states = _probed(folder, model, probe)
    index = layer_index(layer, len(states) - 1)
    wanted = states[index]
    positions = max_positions(model)
    truncated = _truncate(model, index, probe, wanted)
    model.to(device=device, dtype=dtype)
    return Forward(model, index, len(states) - 1, wanted.shape[-1], positions, truncated, device)


def layer_index(layer: Layer, depth: int) -> int:
    """A layer counted from 0, the embeddings; negative ones count from the end. ConfigError outside.

    The middle is half of the depth, rounded up: 3 of 6, 6 of 12, 1 of 1.
    """
    if layer == "middle":
        return (depth + 1) // 2
    if not -depth - 1 <= layer <= depth:
        raise ConfigError(
            f"encoder.layer {layer} is outside the encoder's depth {depth}",
            hint=f"0 (the embeddings) to {depth}, or -1 for the last",
        )
    return layer % (depth + 1)


def tokenise_of(tokenizer: Any, max_positions: int | None) -> tuple[Tokenise, int, list[str]]:
    """What is used of a tokenizer.

    Returns:
        The function from sentences to ids, the longest sentence in tokens that tokenizer and model both
        allow, and the words that are one token, lower case.
    """
    # A tokenizer without a limit says so with a number of thirty digits.
    limits = [limit for limit in (tokenizer.model_max_length, max_positions) if limit is not None]
    max_tokens = int(min(limits, default=1 << 30))
    tokenise = _fast(tokenizer) if tokenizer.is_fast else _slow(tokenizer)
    return tokenise, max_tokens, _words(tokenizer.get_vocab())


def _words(vocabulary: dict[str, int]) -> list[str]:
    """Words of three letters or more among the tokens, by id: most vocabularies put the common ones first.

    Where a tenth of the tokens has a mark that a word begins (byte-level BPE, SentencePiece) or ends, the
    tokens without it are pieces.
    """
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    begins = next((m for m in ("Ġ", "▁") if sum(t.startswith(m) for t in tokens) * 10 > len(tokens)), "")
    ends = "</w>" if sum(t.endswith("</w>") for t in tokens) * 10 > len(tokens) else ""
    whole = [t for t in tokens if t.startswith(begins) and t.endswith(ends)]
    words = [t.removeprefix(begins).removesuffix(ends) for t in whole]
    return [w for w in words if len(w) > 2 and w.isascii() and w.isalpha() and w.islower()]


def _fast(tokenizer: Any) -> Tokenise:
    """The Rust tokenizer itself: it lets other threads run, and builds nothing but ids."""
    from tokenizers import Tokenizer

    # A copy, so that switching cutting and padding off changes nobody else's tokenizer.
    own = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    own.no_truncation()
    own.no_padding()

    def tokenise(texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in own.encode_batch_fast(list(texts))]

    return tokenise


def _slow(tokenizer: Any) -> Tokenise:
    def tokenise(texts: Sequence[str]) -> list[list[int]]:
        cut = tokenizer(list(texts), padding=False, truncation=False, verbose=False)
        return [list(ids) for ids in cut["input_ids"]]

    return tokenise


def load_whole(folder: Path) -> Any:
    """The model of a folder with all its layers, frozen, on the very tensors that are hashed.

    EncoderError where it cannot be loaded, lacks weights, or they are not finite.
    """
    model, report = model_of(folder, read_weights(folder))
    # The pooler is not read here, and many published encoders have none.
    missing = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if missing:
        raise EncoderError(f"{folder}: {len(missing)} tensors are missing, the first is {missing[0]}")
    if model.config.is_encoder_decoder:
        model = model.get_encoder()
    for name, parameter in model.named_parameters():
        if not bool(torch.isfinite(parameter).all()):
            raise EncoderError(f"{folder}: {name} has values that are not finite")
    model.eval()
    model.requires_grad_(False)
    return model


def _probed(folder: Path, model: Any, probe: torch.Tensor) -> Sequence[torch.Tensor]:
    """All hidden states of a few tokens, which shows the depth and that this is a text encoder at all."""
    try:
        with torch.inference_mode():
            states: Sequence[torch.Tensor] = model(
                input_ids=probe, attention_mask=torch.ones_like(probe), output_hidden_states=True
            ).hidden_states
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise EncoderError(
            f"{folder}: {type(model).__name__} does not encode text: {one_line(error)}"
        ) from error
    return states


def _truncate(model: Any, index: int, probe: torch.Tensor, wanted: torch.Tensor) -> bool:
    """Drop layers above `index` where the model is built like BERT and the result is the same hidden state.

    Some models put more behind their last layer, a norm for instance; there the comparison fails and the
    model is left whole.
    """
    encoder = getattr(model, "encoder", None)
    layers = getattr(encoder, "layer", None)
    if encoder is None or not isinstance(layers, torch.nn.ModuleList):
        return False
    pooler = getattr(model, "pooler", None)
    encoder.layer = layers[:index]
    if pooler is not None:
        model.pooler = None
    with torch.inference_mode():
        got = model(input_ids=probe).last_hidden_state
    if got.shape == wanted.shape and torch.allclose(got, wanted, atol=1e-5):
        return True
    encoder.layer = layers
    if pooler is not None:
        model.pooler = pooler
    return False


def max_positions(model: Any) -> int | None:
    """Longest input; RoBERTa and its kin start counting positions after the padding index."""
    table = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    if isinstance(table, torch.nn.Embedding):
        return int(table.num_embeddings) - (0 if table.padding_idx is None else table.padding_idx + 1)
    limit = getattr(model.config, "max_position_embeddings", None)
    return None if limit is None else int(limit)
