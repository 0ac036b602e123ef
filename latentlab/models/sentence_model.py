"""What every loaded checkpoint can do, whatever wrote it: text to latents, latents to text.

Shared by `Autoencoder` (the native format) and `SgddAutoencoder` (old SGDD layouts). Text and numpy outside,
torch inside; no call changes any state, and nothing is ever cut in silence.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from latentlab.errors import CheckpointError, InputError, UsageError

EncoderKey = tuple[str, int, str, str | None]
Arrayed = Any
"""A numpy array, or a list or tensor that numpy makes one of; shape and type are checked where it is used."""


@runtime_checkable
class TextEncoder(Protocol):
    """What an autoencoder needs of an encoder; `FrozenEncoder` is the real one."""

    def encode(self, texts: Sequence[str]) -> Float[np.ndarray, "n p"]:
        """One pooled vector a text, in order."""


@runtime_checkable
class TokenEncoder(Protocol):
    """An encoder that also takes its own tokens."""

    def encode_tokens(
        self, input_ids: Int[np.ndarray, "n L"], attention_mask: Int[np.ndarray, "n L"]
    ) -> Float[np.ndarray, "n p"]:
        """One pooled vector a row."""


class Encoding(NamedTuple):
    """What a text becomes, as float32 arrays of n rows."""

    pooled: Float[np.ndarray, "n p"]
    """The frozen encoder's vector."""
    mu: Float[np.ndarray, "n d"]
    """The latent point: the posterior mean, or the deterministic latent."""
    logvar: Float[np.ndarray, "n d"] | None
    """log sigma squared of the posterior; None for a deterministic head."""
    z: Float[np.ndarray, "n d"]
    """What the decoder gets: mu, or a sample where one was asked for (layout F: plus its direct path)."""


class Decoded(NamedTuple):
    """Decoded texts and how they came about."""

    texts: list[str]
    tokens: list[list[int]]
    steps: list[list[str]]
    """The text after every unmasking step, masks shown as `_`."""
    logp: list[float]
    """Mean log-probability of a revealed token, nats."""


class SentenceModel(ABC):
    """Encoder, head and decoder of one checkpoint, ready for use."""

    config: Any
    name: str
    path: Path | None
    fingerprint: str
    step: int | None
    """Training step that the weights are from; None where it was not recorded."""
    load_encoder: Callable[[], TextEncoder]
    _encoder: TextEncoder | None

    @property
    def kind(self) -> str:
        """`vib` or `deterministic`."""
        return "vib" if self.config.head.use_vib else "deterministic"

    @property
    @abstractmethod
    def layout(self) -> str:
        """The format that the weights came in: `native`, or the letter of an SGDD layout."""

    if TYPE_CHECKING:
        # For the type checker alone: a property here would be taken for a default by dataclasses below.
        @property
        def tokenizer(self) -> Any:
            """The decoder's vocabulary."""

    @property
    def encoder(self) -> TextEncoder:
        """The frozen encoder, loaded on first use. EncoderError when it cannot be found."""
        if self._encoder is None:
            self._encoder = self.load_encoder()
        return self._encoder

    @property
    def encoder_key(self) -> EncoderKey:
        """Identity of the pooled vectors: equal keys, equal vectors for the same text.

        The last is the pin of configuration and tokenizer; None where training recorded none.
        """
        e = self.config.encoder
        return (e.sha256 or e.id, e.layer, e.pooling, e.settings)

    def pool(self, texts: Sequence[str]) -> Float[np.ndarray, "n p"]:
        """The frozen encoder's pooled vectors."""
        return self.encoder.encode(texts)

    def token_counts(self, texts: Sequence[str]) -> Int[np.ndarray, " n"]:
        """Length of each text in the decoder's tokens, begin and end symbols not counted."""
        return np.array([len(ids) for ids in self.tokenizer.encode(texts)], dtype=np.int64)

    @property
    @abstractmethod
    def max_tokens(self) -> int:
        """Longest sentence in the decoder's tokens."""

    def too_long(self, texts: Sequence[str]) -> list[int]:
        """Indices of texts that the decoder cannot write, because they have no token or too many."""
        counts = self.token_counts(texts)
        return np.flatnonzero((counts == 0) | (counts > self.max_tokens)).tolist()

    @abstractmethod
    def encode_pooled(
        self,
        pooled: Float[np.ndarray, "n p"],
        texts: Sequence[str] | None = None,
        *,
        sample_z: bool = False,
        seed: int = 0,
    ) -> Encoding:
        """Pooled vectors to latents."""

    def encode(self, texts: Iterable[str], *, sample_z: bool = False, seed: int = 0) -> Encoding:
        """Texts to pooled vectors and latents; z is at mu unless `sample_z`.

        InputError names texts that are empty or too long; nothing is ever cut in silence.
        """
        if isinstance(texts, str):
            raise UsageError("encode takes a list of texts, got one string", "encode([text])")
        texts = list(texts)
        bad = self.too_long(texts)
        if bad:
            raise InputError(
                f"{len(bad)} of {len(texts)} sentences do not have 1 to {self.max_tokens} "
                f"tokens; the first is number {bad[0] + 1}: {texts[bad[0]][:60]!r}",
                "shorten or remove them",
            )
        return self.encode_pooled(self.pool(texts), texts, sample_z=sample_z, seed=seed)

    def encode_tokens(self, input_ids: Arrayed, attention_mask: Arrayed) -> Encoding:
        """Tokens of the frozen encoder's own vocabulary to pooled vectors and latents, z at mu.

        A native head does without the token counts of its own vocabulary here, which tokens of another do not
        give. UsageError where the arrays do not fit each other, or a row has no token.
        """
        ids, mask = np.asarray(input_ids), np.asarray(attention_mask)
        known = ids.dtype.kind in "iuf" and mask.dtype.kind in "biuf"
        fit = known and ids.ndim == 2 and ids.shape == mask.shape and ids.size > 0
        if not fit or not (mask.sum(axis=1) > 0).all():
            raise UsageError(
                f"input_ids and attention_mask must be of one shape (n, L) with a token in every row; "
                f"got {ids.dtype} {ids.shape} and {mask.dtype} {mask.shape}"
            )
        encoder = self.encoder
        if not isinstance(encoder, TokenEncoder):
            raise UsageError(f"the encoder of {self.name} takes texts alone", "encode(texts)")
        return self.encode_pooled(encoder.encode_tokens(ids.astype(np.int64), mask.astype(np.int64)))

    def check_decodes(self) -> None:
        """CheckpointError where the decoder is not known, which is so in layout F."""
        if self.config.decoder is None:
            raise CheckpointError(
                f"{self.name} is of layout F, whose decoder is not known: it cannot decode",
                "its geometry and KL can be measured: latentlab anisotropy, compare",
            )

    @abstractmethod
    def likely_lengths(self, z: Arrayed) -> list[int]:
        """The most likely number of tokens of each latent."""

    @abstractmethod
    def decode_steps(
        self,
        z: Arrayed,
        *,
        steps: int = 8,
        guidance: float = 1.0,
        length: int | Sequence[int] | None = None,
        temperature: float = 0.0,
        seed: int | Sequence[int] = 0,
        top_k: int | None = None,
        repetition_penalty: float = 1.0,
    ) -> Decoded:
        """Latents (n, d) to texts and every step on the way."""

    def decode(
        self,
        z: Arrayed,
        steps: int = 8,
        guidance: float = 1.0,
        length: int | Sequence[int] | None = None,
        seed: int = 0,
        **options: Any,
    ) -> list[str]:
        """Latents to texts; see `decode_steps`, which says what `options` there are."""
        return self.decode_steps(z, steps=steps, guidance=guidance, length=length, seed=seed, **options).texts

    def generate(
        self,
        text: str,
        sample_z: bool = False,
        seed: int = 0,
        *,
        steps: int = 8,
        guidance: float = 1.0,
    ) -> str:
        """Encode and decode one text: z at mu, or one sample from the posterior."""
        z = self.encode([text], sample_z=sample_z, seed=seed).z
        return self.decode(z, steps=steps, guidance=guidance)[0]

    @abstractmethod
    def logits(
        self,
        x_t: Arrayed,
        z: Arrayed,
        t: Arrayed | None = None,
        prev_pred: Arrayed | None = None,
    ) -> Float[np.ndarray, "n L v"]:
        """Logits of every position of a partly masked canvas."""

    def checked(self, z: Arrayed) -> Float[np.ndarray, "n d"]:
        """A float32 copy of latents. InputError unless they are finite and of this model's width."""
        array = np.asarray(z).astype(np.float32)
        width = self.config.head.width
        if array.ndim != 2 or array.shape[1] != width or not np.isfinite(array).all():
            raise InputError(
                f"expected finite latents (n, {width}), got {array.dtype} of shape {array.shape}"
            )
        return array

    def decoded(
        self,
        tokens: list[list[int]],
        paths: Sequence[Sequence[Sequence[int]]],
        logp: list[float],
        *,
        mask: int,
    ) -> Decoded:
        """Tokens and the way to them as texts; a masked token is shown as `_`."""
        blank = self.tokenizer.encode(["_"])[0]
        steps = [
            self.tokenizer.decode([[t for i in row for t in (blank if i == mask else [i])] for row in path])
            for path in paths
        ]
        return Decoded(self.tokenizer.decode(tokens), tokens, steps, logp)

    def check_sampling(self, steps: int, guidance: float, temperature: float | None) -> None:
        """UsageError for numbers that no sampler can work with."""
        if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:
            raise UsageError(f"steps must be a whole number of at least 1, got {steps!r:.40}")
        if not np.isfinite(guidance):
            raise UsageError(f"guidance must be a finite number, got {guidance!r:.40}", "1 is none")
        if temperature is not None and not (np.isfinite(temperature) and temperature >= 0):
            raise UsageError(f"temperature must be at least 0, got {temperature!r:.40}", "0 is greedy")

    def checked_ids(self, given: Arrayed, what: str, rows: int | None = None) -> Int[np.ndarray, "n L"]:
        """Ids (n, L) of the decoder's symbols, int64, one row for each of `rows` latents; UsageError else."""
        symbols = self.config.decoder.vocab_size
        ids = np.asarray(given)
        whole = ids.dtype.kind in "iu" or (ids.dtype.kind == "f" and bool((ids == np.trunc(ids)).all()))
        if ids.ndim != 2 or not ids.size or not whole or ids.min() < 0 or ids.max() >= symbols:
            raise UsageError(
                f"{what} must be ids (n, L) from 0 to {symbols - 1}, got {ids.dtype} of shape {ids.shape}"
            )
        if rows is not None and rows != len(ids):
            raise UsageError(f"{what} has {len(ids)} rows, z {rows}", "one latent a row")
        return ids.astype(np.int64)

    def check_lengths(self, length: int | Sequence[int], n: int) -> list[int]:
        """One length a row, in tokens; UsageError for an impossible one."""
        counts = [int(length)] * n if isinstance(length, int | np.integer) else list(length)
        if len(counts) != n or any(not 1 <= c <= self.max_tokens for c in counts):
            raise UsageError(
                f"length must be 1 … {self.max_tokens} tokens, one for all or one for each of the {n} "
                f"latents; got {length!r}"
            )
        return counts
