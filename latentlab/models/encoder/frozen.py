"""The frozen text encoder: sentences in, one pooled hidden state per sentence out.

Only the layers below the wanted one are kept and run, and their weights never change. Sentences of one length
go together, as many as a budget of tokens allows: no padding is computed, and a vector is the same to the
last bit whatever stands beside its sentence. The next ones are tokenised while these are multiplied.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float32, Int

from latentlab.errors import EncoderError, InputError
from latentlab.models.encoder.encoder_files import MINILM_SETTINGS, MINILM_SHA256, Source, resolve_encoder
from latentlab.models.encoder.encoder_load import Forward, Tokenise, load_forward, tokenise_of
from latentlab.models.encoder.encoder_names import file_name
from latentlab.models.encoder.encoder_pin import check_settings
from latentlab.models.encoder.precision import Precision, fast_bfloat16
from latentlab.models.encoder.pretrained import tokenizer_of
from latentlab.models.model_config import EncoderConfig, EncoderRequest, Pooling
from latentlab.untrusted import foreign

_CHUNK = 2048


class FrozenEncoder:
    """A pretrained text encoder that is only ever read.

    Attributes:
        config: The configuration it was loaded with; a layer "middle" is a number there.
        layer: The hidden state that is pooled, counted from 0 (the embeddings), also where -1 was asked for.
        depth: Number of the model's last layer.
        dim: Dimensions of a pooled vector.
        max_tokens: Longest sentence in tokens, special tokens included.
        sha256, source: Of the weights, and where they came from.
        precision: What the layers are computed in; pooling is float32 always.
        words: Words that are one token of its vocabulary, lower case, by id.
    """

    def __init__(
        self,
        config: EncoderRequest,
        forward: Forward,
        tokenise: Tokenise,
        *,
        max_tokens: int,
        sha256: str,
        source: Source,
        precision: Precision,
        words: Sequence[str] = (),
    ) -> None:
        layer = forward.layer if config.layer == "middle" else config.layer
        self.config = EncoderConfig.model_validate({**config.model_dump(), "layer": layer})
        self.layer = forward.layer
        self.depth = forward.depth
        self.dim = forward.dim
        self.max_tokens = max_tokens
        self.sha256 = sha256
        self.source = source
        self.precision = precision
        self.words = words
        self._forward = forward
        self._tokenise = tokenise

    @classmethod
    def load(
        cls,
        config: EncoderRequest,
        *,
        folder: Path | None = None,
        offline: bool = False,
        untrusted: bool = False,
        precision: Literal["auto", "float32", "bfloat16"] = "float32",
        device: str = "cpu",
    ) -> "FrozenEncoder":
        """Find, check and load an encoder.

        Args:
            config: Which encoder, and which of its vectors.
            folder: A local folder with the model, instead of cache, package and hub.
            offline: Never ask the hub.
            untrusted: The configuration is out of a checkpoint: an id that is a path is not followed.
            precision: `auto` is bfloat16 where this machine is clearly faster at it. bfloat16 moves each
                vector by about one part in two hundred; measure in float32.
            device: Torch device that holds the weights.

        Raises:
            EncoderError: The encoder cannot be found, read, or is not the one that was asked for.
            ConfigError: It has no such layer.
        """
        found = resolve_encoder(config, folder=folder, offline=offline, untrusted=untrusted)
        if precision == "auto":
            precision = "bfloat16" if fast_bfloat16(device) else "float32"
        dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        forward = load_forward(found.folder, config.layer, dtype=dtype, device=device)
        tokenizer = tokenizer_of(found.folder)
        known = MINILM_SETTINGS if config.sha256 == MINILM_SHA256 else None
        check_settings(found.folder, config.settings or known, forward.model.config, tokenizer)
        with foreign(lambda said: EncoderError(f"{found.folder}: the tokenizer cannot be used: {said}")):
            tokenise, max_tokens, words = tokenise_of(tokenizer, forward.max_positions)
            tokenise(["a b"])  # what is broken in a tokenizer may show with the first text only
        return cls(
            config,
            forward,
            tokenise,
            max_tokens=max_tokens,
            sha256=found.sha256,
            source=found.source,
            precision=precision,
            words=words,
        )

    @property
    def model(self) -> Any:
        """The transformers model behind it, down to the layer that is read."""
        return self._forward.model

    @property
    def described(self) -> str:
        """One line: which layer of how many, of which encoder, with the first digits of its hash."""
        return (
            f"reads layer {self.layer} of {self.depth} of {file_name(self.config.id)} "
            f"(sha256 {self.sha256[:12]}…), {self.config.pooling} pooling"
        )

    @property
    def key(self) -> tuple[str, int, str]:
        """Identity of the vectors: hash of the weights, layer counted from 0, pooling."""
        return self.sha256, self.layer, self.config.pooling

    def reading(self, layer: int, pooling: Pooling) -> "FrozenEncoder":
        """The same model in memory, read at another of the layers it has, negative from the end.

        ConfigError where it has no such layer; those above the one it was loaded for may be gone.
        """
        other = copy(self)
        other._forward = self._forward.at(layer)
        other.layer = other._forward.layer
        other.config = self.config.model_copy(update={"layer": layer, "pooling": pooling})
        return other

    def encode(
        self,
        texts: Sequence[str],
        *,
        batch_tokens: int = 1024,
        progress: Callable[[int], None] | None = None,
    ) -> Float32[np.ndarray, "n dim"]:
        """Encode sentences.

        Args:
            texts: n sentences.
            batch_tokens: Most tokens in one forward pass. Changes speed and memory only.
            progress: Called after each forward pass with the number of sentences done so far.

        Returns:
            Pooled vectors in the order of `texts`; (0, dim) for no sentences.

        Raises:
            InputError: A sentence is longer than `max_tokens`, or has no token at all. Nothing is cut.
        """
        out = np.empty((len(texts), self.dim), dtype=np.float32)
        done = 0
        for rows, ids in self._tokenised(texts):
            for batch in _batches([len(row) for row in ids], batch_tokens):
                out[[rows[i] for i in batch]] = self._pooled(torch.tensor([ids[i] for i in batch]), None)
                done += len(batch)
                if progress is not None:
                    progress(done)
        return out

    def encode_layers(
        self,
        texts: Sequence[str],
        *,
        batch_tokens: int = 1024,
        progress: Callable[[int], None] | None = None,
    ) -> list[Float32[np.ndarray, "n dim"]]:
        """Encode sentences at every layer up to this encoder's own, in one pass.

        Loaded with layer -1 this is every layer there is.

        Args:
            texts: n sentences.
            batch_tokens: As in `encode`.
            progress: As in `encode`.

        Returns:
            Pooled vectors of the embeddings, of layer 1, and so on; rows in the order of `texts`.

        Raises:
            InputError: As in `encode`.
        """
        out = [np.empty((len(texts), self.dim), dtype=np.float32) for _ in range(self.layer + 1)]
        done = 0
        for rows, ids in self._tokenised(texts):
            for batch in _batches([len(row) for row in ids], batch_tokens):
                at = [rows[i] for i in batch]
                tokens = torch.tensor([ids[i] for i in batch])
                with torch.inference_mode():
                    for layer, hidden in enumerate(self._forward.below(tokens, None)):
                        out[layer][at] = self._pool(hidden, None)
                done += len(batch)
                if progress is not None:
                    progress(done)
        return out

    def encode_tokens(
        self, input_ids: Int[np.ndarray, "n length"], attention_mask: Int[np.ndarray, "n length"]
    ) -> Float32[np.ndarray, "n dim"]:
        """Encode tokens of this encoder's own vocabulary in one forward pass.

        Args:
            input_ids: Token ids, padded to one length.
            attention_mask: 1 for a token, 0 for padding; every row has a 1.

        Returns:
            Pooled vectors, one a row.

        Raises:
            InputError: An id is none of the vocabulary's, or the rows are longer than the encoder reads.
        """
        ids, mask = torch.from_numpy(input_ids).long(), torch.from_numpy(attention_mask).long()
        symbols, longest = self._forward.symbols, self._forward.max_positions
        if int(ids.min()) < 0 or (symbols is not None and int(ids.max()) >= symbols):
            raise InputError(
                f"input_ids go from {int(ids.min())} to {int(ids.max())}, the encoder has {symbols} symbols",
                hint="use the tokenizer of this encoder",
            )
        if longest is not None and ids.shape[1] > longest:
            raise InputError(
                f"input_ids have {ids.shape[1]} columns, the encoder reads {longest} at most",
                hint="leave columns away that are padding everywhere, or shorten the sentences",
            )
        return self._pooled(ids, None if bool((mask == 1).all()) else mask)

    def _tokenised(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[list[int]]]]:
        """Chunks of similar length, longest first, one ahead of the reader; all lengths are checked."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        chunks = [order[start : start + _CHUNK] for start in range(0, len(order), _CHUNK)]
        bad: list[tuple[int, int]] = []
        with ThreadPoolExecutor(1) as pool:
            following = [pool.submit(self._tokenise, [texts[i] for i in chunk]) for chunk in chunks[:1]]
            for number, chunk in enumerate(chunks):
                ids = following.pop().result()
                if number + 1 < len(chunks):
                    following.append(pool.submit(self._tokenise, [texts[i] for i in chunks[number + 1]]))
                self._forward.check_known(ids)
                bad += [
                    (row, len(row_ids))
                    for row, row_ids in zip(chunk, ids, strict=True)
                    if not 0 < len(row_ids) <= self.max_tokens
                ]
                if not bad:
                    yield chunk, ids
        if bad:
            first, tokens = min(bad)
            raise InputError(
                f"{len(bad)} of {len(texts)} sentences do not fit the encoder: "
                f"sentence {first} (from 0) has {tokens} tokens, allowed are 1 to {self.max_tokens}",
                hint="shorten or drop them; the encoder never cuts a sentence",
            )

    def _pooled(self, ids: torch.Tensor, mask: torch.Tensor | None) -> Float32[np.ndarray, "n dim"]:
        with torch.inference_mode():
            return self._pool(self._forward(ids, mask), mask)

    def _pool(self, hidden: torch.Tensor, mask: torch.Tensor | None) -> Float32[np.ndarray, "n dim"]:
        hidden = hidden.float()
        if self.config.pooling == "cls":
            pooled = hidden[:, 0]
        elif mask is None:
            pooled = hidden.mean(1)
        else:
            weights = mask.to(hidden.device, hidden.dtype)[:, :, None]
            pooled = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        array: np.ndarray[Any, Any] = pooled.cpu().numpy()
        return array


def _batches(lengths: list[int], budget: int) -> Iterator[list[int]]:
    """Positions of one length at a time, longest first, cut where a batch would go over the budget."""
    same: dict[int, list[int]] = {}
    for i, length in enumerate(lengths):
        same.setdefault(length, []).append(i)
    for length in sorted(same, reverse=True):
        rows = max(budget // length, 1)
        for start in range(0, len(same[length]), rows):
            yield same[length][start : start + rows]
