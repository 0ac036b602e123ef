"""An old SGDD model behind the same names as a native one. Text and numpy outside, torch inside.

The decoder's vocabulary is the frozen encoder's. Where the checkpoint has no tokenizer of its own, it is
found when a text is first met: `encode_tokens` and `logits` at a given time do without one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

from latentlab.errors import InputError, UsageError
from latentlab.models.sampler import unmask_lengths
from latentlab.models.sentence_model import Arrayed, Decoded, Encoding, SentenceModel, TextEncoder
from latentlab.models.sgdd.sgdd_config import SgddConfig, SpecialTokens
from latentlab.models.sgdd.sgdd_decoders import SgddDecoder
from latentlab.models.sgdd.sgdd_heads import SgddHead
from latentlab.models.sgdd.sgdd_sampler import Guided, content_logits, likely_lengths, sgdd_loop, timestep_of
from latentlab.models.sgdd.sgdd_tokenizer import EncoderTokenizer
from latentlab.models.tokenizer import MASK

_NUMBERS = 1 << 26
"""Logits held at once; a canvas of 128 over 50,265 symbols has a tenth of it."""


@dataclass
class SgddAutoencoder(SentenceModel):
    """Encoder, head and decoder of one old checkpoint, ready for use."""

    config: SgddConfig
    head: SgddHead
    decoder: SgddDecoder | None
    load_encoder: Callable[[], TextEncoder]
    """Called on first need."""
    load_tokenizer: Callable[[], EncoderTokenizer]
    """Called on first need."""
    name: str = "model"
    path: Path | None = None
    fingerprint: str = ""
    """sha256 of the file."""
    step: int | None = None
    layout: str = "native"
    """The letter of the layout; `native` for a converted folder, whose letter is in `config.layout`."""
    _encoder: TextEncoder | None = field(default=None, repr=False)
    _tokenizer: EncoderTokenizer | None = field(default=None, repr=False)

    @property
    def tokenizer(self) -> EncoderTokenizer:
        """The encoder's vocabulary. EncoderError when there is no tokenizer, or one for another decoder."""
        if self._tokenizer is None:
            self._tokenizer = self.load_tokenizer()
        return self._tokenizer

    @property
    def specials(self) -> SpecialTokens:
        """Ids of mask, padding, begin and end."""
        return self.config.specials or self.tokenizer.specials

    @property
    def max_tokens(self) -> int:
        """Longest sentence in tokens: the canvas without its begin and end symbol."""
        return self._known_decoder().config.max_length - 2 if self.decoder else 1 << 30

    # -- text to latent ------------------------------------------------------------------------------------

    @torch.inference_mode()
    def encode_pooled(
        self,
        pooled: Float[np.ndarray, "n p"],
        texts: Sequence[str] | None = None,
        *,
        sample_z: bool = False,
        seed: int = 0,
    ) -> Encoding:
        """Pooled vectors to latents; the texts do not matter to an old head.

        InputError when the vectors are not of the width that the head takes.
        """
        x = torch.as_tensor(np.ascontiguousarray(pooled, dtype=np.float32))
        if x.ndim != 2 or x.shape[1] != self.config.head.pooled_width:
            raise InputError(
                f"{self.name} takes vectors (n, {self.config.head.pooled_width}), got {tuple(x.shape)}",
                "give the encoder that the checkpoint was trained with",
            )
        latent = self.head(x)
        z = latent.z(torch.Generator().manual_seed(seed) if sample_z else None)
        mu, logvar = latent.posterior
        return Encoding(np.asarray(pooled), mu.numpy(), None if logvar is None else logvar.numpy(), z.numpy())

    def kl(self, encoding: Encoding) -> Float[np.ndarray, " n"]:
        """KL to the prior as the model itself counts it, nats a sentence: max(KL, kl_threshold).

        Times `config.kl_weight` it is what the model's own forward pass returned. Zeros for a deterministic
        head.
        """
        if encoding.logvar is None:
            return np.zeros(len(encoding.mu), dtype=np.float32)
        mu, logvar = encoding.mu, encoding.logvar
        total = -0.5 * (1 + logvar - mu**2 - np.exp(logvar)).sum(axis=1)
        return np.asarray(np.maximum(total, np.float32(self.config.kl_threshold)))

    # -- latent to text ------------------------------------------------------------------------------------

    @torch.inference_mode()
    def logits(
        self,
        x_t: Arrayed,
        z: Arrayed,
        t: Arrayed | None = None,
        prev_pred: Arrayed | None = None,
    ) -> Float[np.ndarray, "n L v"]:
        """Logits of every position of a canvas in the encoder's vocabulary.

        Args:
            x_t: Token ids (n, L), some of them the mask.
            z: Latents (n, d), one a row.
            t: Timesteps (n,) or one for all, 0 … T; by default those at which as many tokens are masked as
                are here.
            prev_pred: Earlier guesses at the tokens (n, L) (self-conditioning), for layouts that learned it.

        Raises:
            UsageError: Ids, times or shapes are impossible; `prev_pred` for layouts A and B.
            CheckpointError: Layout F.
        """
        decoder = self._known_decoder()
        latents = torch.as_tensor(self.checked(z))
        x = torch.as_tensor(self.checked_ids(x_t, "x_t", len(latents)))
        if t is None:
            time = timestep_of((x != self.specials.mask).float().mean(dim=1), decoder.config.timesteps)
        else:
            time = self._times(t, len(x), decoder.config.timesteps)
        earlier = None
        if prev_pred is not None:
            earlier = torch.as_tensor(self.checked_ids(prev_pred, "prev_pred"))
            if earlier.shape != x.shape:
                raise UsageError(f"prev_pred has the shape {tuple(earlier.shape)}, x_t {tuple(x.shape)}")
        return np.asarray(decoder.output_proj(decoder.hidden(x, latents, time, earlier)).numpy())

    @torch.inference_mode()
    def decode_steps(
        self,
        z: Arrayed,
        *,
        steps: int = 8,
        guidance: float = 1.0,
        length: int | Sequence[int] | None = None,
        temperature: float | None = None,
        seed: int | Sequence[int] = 0,
        top_k: int | None = None,
        repetition_penalty: float = 1.0,
        sampler: str = "latentlab",
    ) -> Decoded:
        """Latents (n, d) to texts and every step on the way.

        Args:
            z: Latents.
            steps: Unmasking steps, at least 1.
            guidance: gamma in log p = gamma log p(.|z) + (1 - gamma) log p(.|0); 1 is the plain conditional.
                SGDD's own scale w is gamma - 1.
            length: Tokens, one for all or one a row; by default the most likely place of the end symbol.
            temperature: 0 is greedy. Default: 0, and 1 for the original loop, which cannot be greedy.
            seed: Of everything drawn, one for all or (not for the original loop) one a row.
            top_k: As in `sampler.unmask`; not for the original loop.
            repetition_penalty: As in `sampler.unmask`; not for the original loop.
            sampler: `latentlab`, or `sgdd` for the original loop with its faults (`sgdd_sampler`).

        Raises:
            UsageError: An impossible setting, or a length for the original loop.
            CheckpointError: Layout F.
        """
        decoder = self._known_decoder()
        latents = torch.as_tensor(self.checked(z))
        self.check_sampling(steps, guidance, temperature)
        if sampler not in ("latentlab", "sgdd"):
            raise UsageError(f"sampler must be latentlab or sgdd, got {sampler!r:.40}")
        if not len(latents):
            return Decoded([], [], [], [])
        if sampler == "sgdd":
            heat = 1.0 if temperature is None else temperature
            plain = top_k is None and repetition_penalty == 1.0 and isinstance(seed, int)
            if length is not None or heat <= 0 or not plain:
                raise UsageError(
                    "the original loop draws its tokens and finds its own length, and knows no other option",
                    "give a temperature above 0, one seed and no length, or take the other sampler",
                )
            assert isinstance(seed, int)
            return self._as_sgdd(Guided(decoder, latents, guidance), steps, heat, seed)
        size, specials = decoder.config, self.specials
        counts = (
            self.likely_lengths(z, guidance) if length is None else self.check_lengths(length, len(latents))
        )
        done = unmask_lengths(
            lambda rows, _: content_logits(
                Guided(decoder, latents[rows], guidance), specials, size.max_length
            ),
            counts,
            noise_shape=(size.max_length, size.vocab_size),
            seed=seed,
            at_once=self._at_once(decoder),
            steps=steps,
            temperature=temperature or 0.0,
            top_k=top_k,
            repetition_penalty=repetition_penalty,
        )
        return self.decoded(done.tokens, done.paths, done.logp, mask=MASK)

    @torch.inference_mode()
    def likely_lengths(self, z: Arrayed, guidance: float = 1.0) -> list[int]:
        """The most likely number of tokens of each latent, by the place of the end symbol."""
        decoder, latents = self._known_decoder(), torch.as_tensor(self.checked(z))
        counts: list[int] = []
        for part in torch.split(latents, self._at_once(decoder)):
            counts += likely_lengths(
                Guided(decoder, part, guidance), self.specials, decoder.config.max_length
            )
        return counts

    # -- parts ---------------------------------------------------------------------------------------------

    def _as_sgdd(self, model: Guided, steps: int, temperature: float, seed: int) -> Decoded:
        specials, canvas = self.specials, model.decoder.config.max_length
        generator = torch.Generator().manual_seed(seed)
        path, score = sgdd_loop(
            model, specials, canvas, steps=steps, temperature=temperature, generator=generator
        )
        kept = [_until(row, specials.eos) for row in path[-1].tolist()]
        tokens = [[t for t in row if t not in specials.model_dump().values()] for row in kept]
        filled = (path[-1] != specials.mask).sum(dim=1).clamp(min=1)
        ways = path.transpose(0, 1).tolist()
        return self.decoded(tokens, ways, (score / filled).tolist(), mask=specials.mask)

    def _at_once(self, decoder: SgddDecoder) -> int:
        return max(1, _NUMBERS // (decoder.config.max_length * decoder.config.vocab_size))

    def _known_decoder(self) -> SgddDecoder:
        self.check_decodes()
        assert self.decoder is not None
        return self.decoder

    @staticmethod
    def _times(given: Arrayed, n: int, timesteps: int) -> torch.Tensor:
        t = np.asarray(given)
        if t.shape not in ((), (n,)) or t.dtype.kind not in "iuf" or not ((t >= 0) & (t <= timesteps)).all():
            raise UsageError(
                f"t must be one timestep from 0 to {timesteps} for all {n} rows, or one a row; "
                f"got {t.dtype} of shape {t.shape}"
            )
        if (t != np.trunc(t)).any():
            raise UsageError("t must be whole timesteps", f"0 to {timesteps}")
        return torch.as_tensor(np.broadcast_to(t, (n,)).astype(np.int64))


def _until(row: list[int], end: int) -> list[int]:
    return row[: row.index(end)] if end in row else row
