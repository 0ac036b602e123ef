"""The model's configuration: what is written to a checkpoint's `config.json`, and what training asks for.

Unknown keys are refused, so that a misspelt key can never fall back to a default in silence.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Pooling = Literal["mean", "cls"]
Layer = int | Literal["middle"]
FORM = "2:"
"""How a pin begins that leaves out nothing: earlier ones left out the number 0, or a model's buffers."""


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EncoderRequest(_Frozen):
    """Which frozen encoder, and which of its vectors, as a training run asks for them."""

    id: str = "sentence-transformers/all-MiniLM-L6-v2"
    """Hugging Face id, or a local folder. Training records the name of a folder, never its path."""
    revision: str | None = None
    """Commit of the hub repository; None is its default branch."""
    sha256: str | None = None
    """Of `model.safetensors`, the file; other weights are refused. Recorded by training."""
    tensors: str | None = None
    """Sha256 of the tensors themselves: the same ones in another file are taken. Recorded by training."""
    settings: str | None = None
    """Sha256 of configuration and tokenizer; others are refused. Recorded by training."""
    layer: Layer = "middle"
    """Hidden state that is pooled: 0 the embeddings, -1 the last, "middle" half of the depth."""
    pooling: Pooling = "mean"
    """Mean over the attention mask, or the first token."""


class EncoderConfig(EncoderRequest):
    """The same in a checkpoint, where the layer is a number."""

    layer: int = 3
    """Hidden state that is pooled: 0 the embeddings, -1 the last."""


class HeadConfig(_Frozen):
    """From the pooled vector to the latent."""

    use_vib: bool = False
    """Variational (mu, log sigma squared) or deterministic."""
    width: int = Field(192, ge=1)
    """Dimensions of the latent."""
    hidden: int | None = Field(None, ge=1)
    """Width of a hidden GELU layer beside the linear path; None is a plain linear projection."""
    standardize: Literal["none", "standardize", "whiten"] = "none"
    """What is done to the pooled vector first. Either of the two removes the cone by itself."""
    sigma_init: float = Field(0.52, gt=0)
    """Posterior standard deviation before the first step."""
    batchnorm_gamma: float | None = Field(None, gt=0, le=1)
    """BatchNorm on mu alone, with this fixed scale (Zhu et al. 2020, arXiv:2004.12585)."""
    length_dropout: float = Field(0.15, ge=0, lt=1)
    """Share of training rows whose token-count features are hidden."""


class DecoderConfig(_Frozen):
    """The masked diffusion decoder."""

    vocab_size: int = Field(4096, ge=260)
    """Byte-level BPE symbols, specials included."""
    max_length: int = Field(32, ge=1)
    """Longest sentence in tokens."""
    width: int = Field(192, ge=8)
    """Residual stream."""
    layers: int = Field(4, ge=1)
    heads: int = Field(3, ge=1)
    null_probability: float = Field(0.1, ge=0, lt=1)
    """Share of training rows whose latent is replaced by the learned null latent; 0 forbids guidance."""

    @model_validator(mode="after")
    def _heads_divide_width(self) -> "DecoderConfig":
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of heads {self.heads}")
        return self


class ModelRequest(_Frozen):
    """Encoder, head and decoder as a training run asks for them."""

    encoder: EncoderRequest = EncoderRequest()
    head: HeadConfig = HeadConfig()
    decoder: DecoderConfig = DecoderConfig()

    def resolved(self) -> "ModelConfig":
        """The same as a checkpoint has it, once the layer is a number."""
        return ModelConfig.model_validate(self.model_dump())


class ModelConfig(ModelRequest):
    """Encoder, head and decoder of one autoencoder."""

    encoder: EncoderConfig = EncoderConfig()
