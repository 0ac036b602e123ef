"""A sentence autoencoder: frozen encoder, head, decoder. Text and numpy outside, torch inside.

This is the one place where torch becomes numpy. Encoding uses z = mu unless a sample is asked for, and no
call changes any state. The autoencoder does not know where it came from; `checkpoints` fills in `name`,
`path` and `fingerprint` when it loads one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

from latentlab.errors import UsageError
from latentlab.models.decoder import Condition, Decoder, Layout
from latentlab.models.encoder.precision import Precision, steady_bfloat16
from latentlab.models.greedy import GreedyDecoder
from latentlab.models.heads import Head, LengthHead, Posterior
from latentlab.models.model_config import ModelConfig
from latentlab.models.sampler import unmask_lengths
from latentlab.models.sentence_model import Arrayed, Decoded, Encoding, SentenceModel, TextEncoder
from latentlab.models.tokenizer import MASK, TextTokenizer


@dataclass
class Autoencoder(SentenceModel):
    """Encoder, head and decoder of one checkpoint, ready for use."""

    config: ModelConfig
    tokenizer: TextTokenizer
    head: Head
    length_head: LengthHead
    decoder: Decoder
    load_encoder: Callable[[], TextEncoder]
    """Called on first need: decoding latents must not wait for an encoder."""
    name: str = "model"
    path: Path | None = None
    fingerprint: str = ""
    """sha256 of the weights file; empty for weights that were never saved."""
    step: int | None = None
    precision: Precision | None = None
    """Of the products of greedy decoding; None: bfloat16 where the processor has it
    (`precision.steady_bfloat16`), else float32. It changes one text in about a hundred."""
    _encoder: TextEncoder | None = field(default=None, repr=False)

    @property
    def layout(self) -> str:
        """The checkpoint format that the weights came in."""
        return "native"

    @property
    def max_tokens(self) -> int:
        """Longest sentence in the decoder's tokens."""
        return self.config.decoder.max_length

    @property
    def products(self) -> Precision:
        """What greedy decoding multiplies in."""
        return self.precision or ("bfloat16" if steady_bfloat16() else "float32")

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
        """Pooled vectors to latents; without `texts` the head does without token counts."""
        counts = self.token_counts(texts) if texts is not None else np.zeros(len(pooled), dtype=np.int64)
        # In double precision, so that the rounded latent is the same whatever stands beside it.
        x = torch.as_tensor(np.ascontiguousarray(pooled, dtype=np.float64))
        posterior: Posterior = self.head(x, torch.as_tensor(counts))
        z = posterior.mu
        if sample_z:
            z = posterior.sample(torch.Generator().manual_seed(seed))
        logvar = None if posterior.logvar is None else posterior.logvar.numpy()
        return Encoding(np.asarray(pooled), posterior.mu.numpy(), logvar, z.numpy())

    # -- latent to text ------------------------------------------------------------------------------------

    @torch.inference_mode()
    def lengths(self, z: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n lengths"]:
        """Log-probability of each length; column i is i + 1 tokens."""
        logits = self.length_head(torch.as_tensor(np.ascontiguousarray(z, dtype=np.float32)))
        return np.asarray(logits.log_softmax(dim=1).numpy())

    def likely_lengths(self, z: Arrayed) -> list[int]:
        """The most likely number of tokens of each latent."""
        return [int(n) + 1 for n in self.lengths(self.checked(z)).argmax(axis=1)]

    @torch.inference_mode()
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
        """Latents (n, d) to texts and every step on the way.

        `guidance` is gamma in log p = gamma log p(.|z) + (1 - gamma) log p(.|null) (Schiff et al. 2024,
        arXiv:2412.10193); 1 is the plain conditional. `length` in tokens, one for all or one a row; by
        default the most likely one given z. Greedy unless `temperature` > 0; then rows of one `seed` share a
        noise tensor, and `seed` is one for all or one a row. `top_k` and `repetition_penalty` are those of
        `sampler.unmask`. UsageError for a gamma the model was not trained for, or an impossible length.

        Greedy decoding without guidance and penalty may multiply in bfloat16 (`precision`).
        """
        self.check_sampling(steps, guidance, temperature)
        latents = torch.as_tensor(self.checked(z))
        counts = self.likely_lengths(z) if length is None else self.check_lengths(length, len(latents))
        self._check_guidance(guidance)
        plain = temperature == 0 and guidance == 1 and repetition_penalty == 1
        greedy = GreedyDecoder(self.decoder, self.products) if plain else None
        done = unmask_lengths(
            lambda rows, count: self._tokens_to_logits(latents[rows], count, guidance),
            counts,
            to_choice=(lambda rows, count: greedy.canvas(latents[rows], count)) if greedy else None,
            noise_shape=(self.config.decoder.max_length, self.config.decoder.vocab_size),
            seed=seed,
            steps=steps,
            temperature=temperature,
            top_k=top_k,
            repetition_penalty=repetition_penalty,
        )
        return self.decoded(done.tokens, done.paths, done.logp, mask=MASK)

    @torch.inference_mode()
    def logits(
        self,
        x_t: Arrayed,
        z: Arrayed,
        t: Arrayed | None = None,
        prev_pred: Arrayed | None = None,
    ) -> Float[np.ndarray, "n L v"]:
        """Logits of every position of a partly masked canvas; id 0 is the mask.

        `t` is taken and not used: this decoder reads the time off the number of masks. UsageError with
        `prev_pred`, because it has no self-conditioning, and for impossible ids.
        """
        if prev_pred is not None:
            raise UsageError("this decoder has no self-conditioning", "leave prev_pred away")
        latents = torch.as_tensor(self.checked(z))
        x = torch.as_tensor(self.checked_ids(x_t, "x_t", len(latents)))
        n, length = x.shape
        self.check_lengths(length, n)
        layout = Layout.of(torch.full((n,), length))
        keep = torch.ones(n * length, dtype=torch.bool)
        flat = self.decoder(x.reshape(-1), latents, layout, keep)
        return np.asarray(flat.view(n, length, -1).numpy())

    # -- parts ---------------------------------------------------------------------------------------------

    def _tokens_to_logits(
        self, z: torch.Tensor, length: int, guidance: float
    ) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        layout = Layout.of(torch.full((len(z),), length))
        given = self.decoder.condition(z, layout.lengths)
        if guidance == 1.0:
            return self._conditional(given, layout)
        null = self.decoder.condition(self.decoder.null.expand_as(z), layout.lengths)
        p, q = self._conditional(given, layout), self._conditional(null, layout)

        def guided(tokens: torch.Tensor, masked: torch.Tensor) -> torch.Tensor:
            conditional, free = (f(tokens, masked).log_softmax(dim=-1) for f in (p, q))
            # Impossible symbols are -inf in both; their difference is undefined and stays impossible.
            mixed = guidance * conditional + (1 - guidance) * free
            return mixed.masked_fill(conditional == -torch.inf, -torch.inf)

        return guided

    def _conditional(
        self, condition: Condition, layout: Layout
    ) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        def logits(tokens: torch.Tensor, masked: torch.Tensor) -> torch.Tensor:
            hidden = self.decoder.hidden(tokens.reshape(-1), condition, layout, masked.reshape(-1))
            return self.decoder.vocabulary(hidden)

        return logits

    def _check_guidance(self, guidance: float) -> None:
        if guidance != 1.0 and self.config.decoder.null_probability == 0:
            raise UsageError(
                f"guidance {guidance} needs a null branch, and this checkpoint was trained without one",
                "use guidance 1",
            )
