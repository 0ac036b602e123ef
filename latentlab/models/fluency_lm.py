"""A causal language model of Hugging Face that says how fluent a text is.

It never saw the models that are judged, and knows far more English than the n-gram that is learned from the
training sentences; its values do not compare with those of another model.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from latentlab.errors import EncoderError
from latentlab.models.encoder.encoder_files import resolve_encoder
from latentlab.models.encoder.encoder_weights import read_weights
from latentlab.models.encoder.pretrained import model_of, tokenizer_of
from latentlab.models.model_config import EncoderConfig

_BATCH = 32
_HINT = "--fluency-lm wants a causal language model such as gpt2, by name or folder"


class CausalFluencyLM:
    """Perplexity by a causal language model; each different text is read once."""

    def __init__(self, name: str, model: Any, tokenizer: Any) -> None:
        self.name = name
        self._model, self._tokenizer = model.eval(), tokenizer
        starts = (tokenizer.bos_token_id, tokenizer.eos_token_id)
        ends = (tokenizer.eos_token_id, tokenizer.bos_token_id)
        known = [next((i for i in ids if i is not None), None) for ids in (starts, ends)]
        if None in known:
            raise EncoderError(f"{name} has neither a first nor a last token", "take another model")
        self._start, self._end = known
        self._read: dict[str, tuple[float, int]] = {}

    @classmethod
    def load(cls, name: str, *, offline: bool = False) -> "CausalFluencyLM":
        """A model by folder or by its name on the hub, looked for where encoders are.

        Raises:
            EncoderError: It cannot be found, or is no causal language model.
        """
        path = Path(name).expanduser()
        try:
            found = resolve_encoder(
                EncoderConfig(id=name), folder=path if path.is_dir() else None, offline=offline
            )
            tokenizer = tokenizer_of(found.folder)
            loaded, report = model_of(found.folder, read_weights(found.folder), causal=True)
        except EncoderError as error:
            raise EncoderError(f"fluency LM {name}: {error.message}", _HINT) from error
        if report["missing_keys"]:
            # An encoder loads as a language model too, with a random head that says nothing.
            missing = ", ".join(sorted(report["missing_keys"])[:3])
            raise EncoderError(f"{name} is no causal language model: its weights lack {missing}")
        return cls(name, loaded, tokenizer)

    def perplexity(self, texts: Sequence[str]) -> float:
        r"""exp(−mean log p) over all tokens and ends of the texts. Range [1, inf), lower is better."""
        self.read(texts)
        total, count = (sum(self._read[text][i] for text in texts) for i in (0, 1))
        return float(np.exp(total / count))

    @torch.inference_mode()
    def read(self, texts: Iterable[str]) -> None:
        """Read the texts that are new, those of like length together."""
        new = [text for text in dict.fromkeys(texts) if text not in self._read]
        ids = {text: self._tokenizer(text, add_special_tokens=False)["input_ids"] for text in new}
        new.sort(key=lambda text: len(ids[text]))
        for start in range(0, len(new), _BATCH):
            part = new[start : start + _BATCH]
            rows = [[self._start, *ids[text], self._end] for text in part]
            width = max(map(len, rows))
            # Padded on the right: a causal model never looks there, and the loss leaves it out.
            tokens = torch.tensor([row + [self._end] * (width - len(row)) for row in rows])
            seen = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
            logits = self._model(input_ids=tokens, attention_mask=seen).logits[:, :-1].float()
            losses = F.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], reduction="none") * seen[:, 1:]
            for text, row, loss in zip(part, rows, losses.sum(dim=1).tolist(), strict=True):
                self._read[text] = loss, len(row) - 1
