"""What an old SGDD checkpoint is, in numbers: read off its tensors, and written to a converted folder.

Sources of a number, in order: the shapes of the tensors; the old configuration only for what no tensor shows
(attention heads, canvas, schedule, KL weight).
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from latentlab.models.model_config import EncoderConfig

SgddLayout = Literal["A", "B", "C", "D", "E", "S", "F"]
HeadKind = Literal["projection", "adapter", "identity", "layernorm", "batchnorm", "dual"]
DecoderKind = Literal["attention", "rotary", "adaln"]

VARIATIONAL: tuple[HeadKind, ...] = ("layernorm", "batchnorm", "dual")
LONGEST_CANVAS = 8192
"""Tokens; no encoder that SGDD ever used reads more."""


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SpecialTokens(_Frozen):
    """Ids in the encoder's vocabulary, which is the decoder's too."""

    mask: int = Field(ge=0)
    pad: int = Field(ge=0)
    bos: int = Field(ge=0)
    eos: int = Field(ge=0)


class SgddHeadConfig(_Frozen):
    """From the pooled vector to the latent."""

    kind: HeadKind
    pooled_width: int = Field(ge=1)
    width: int = Field(ge=1)
    """Dimensions of the latent; of the decoder too, in all layouts but F."""
    whitened: bool = False
    """Layout F may hold a mean and a matrix that are applied to the pooled vector first."""

    @property
    def use_vib(self) -> bool:
        """Variational or deterministic."""
        return self.kind in VARIATIONAL


class SgddDecoderConfig(_Frozen):
    """One of the two historical decoders."""

    kind: DecoderKind
    vocab_size: int = Field(ge=4)
    layers: int = Field(ge=1)
    heads: int = Field(ge=1)
    feed_forward: int = Field(ge=1)
    max_length: int = Field(ge=3, le=LONGEST_CANVAS)
    """Slots of the canvas, begin and end symbol included."""
    timesteps: int = Field(ge=1, le=1_000_000)
    """T of the noise schedule."""


class SgddConfig(_Frozen):
    """Encoder, head and decoder of one old model."""

    layout: SgddLayout
    encoder: EncoderConfig
    head: SgddHeadConfig
    decoder: SgddDecoderConfig | None
    """None for layout F, whose decoder is not known."""
    kl_weight: float | None = Field(None, ge=0, allow_inf_nan=False)
    """What the model's own KL was multiplied with; None where it was not recorded, or there is no KL."""
    kl_threshold: float = Field(0.0, ge=0, allow_inf_nan=False)
    """Free bits on the total KL, nats."""
    specials: SpecialTokens | None = None
    """Known once a tokenizer is at hand; always there in a converted folder."""

    @model_validator(mode="after")
    def _heads_divide_width(self) -> "SgddConfig":
        heads = 1 if self.decoder is None else self.decoder.heads
        if self.head.width % heads:
            raise ValueError(f"width {self.head.width} is not a multiple of {heads} attention heads")
        if self.decoder and self.decoder.kind == "rotary" and self.head.width // heads % 2:
            raise ValueError(f"rotary positions need an even width a head, not {self.head.width // heads}")
        return self
