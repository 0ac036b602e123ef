"""The vocabulary of old decoders: the frozen encoder's own, begin and end symbols and all.

The canvas of such a decoder is `<bos> tokens <eos> <pad> …`; here a text is its tokens alone.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentlab.errors import EncoderError
from latentlab.models.encoder.pretrained import tokenizer_of
from latentlab.models.sgdd.sgdd_config import SpecialTokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class EncoderTokenizer:
    """Text to ids and back in the encoder's vocabulary, special symbols left out."""

    def __init__(self, tokenizer: "Tokenizer", specials: SpecialTokens) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self.specials = specials

    @classmethod
    def from_folder(cls, folder: Path) -> "EncoderTokenizer":
        """Read the tokenizer of a model folder.

        Raises:
            EncoderError: There is none, it has no fast form, or it lacks a mask, pad, begin or end symbol.
        """
        from tokenizers import Tokenizer

        found = tokenizer_of(folder)
        if not found.is_fast:
            raise EncoderError(
                f"{folder}: the tokenizer has no fast form", "give a folder with tokenizer.json"
            )
        fast = Tokenizer.from_str(found.backend_tokenizer.to_str())
        return cls(fast, _specials(found, folder))

    @classmethod
    def from_json(cls, text: str, specials: SpecialTokens) -> "EncoderTokenizer":
        """Read what `to_json` wrote. ValueError when it is no tokenizer, or lacks one of the symbols."""
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # tokenizers raises bare Exception for every malformed file
            raise ValueError(f"not a tokenizer: {error}") from error
        if max(specials.model_dump().values()) >= tokenizer.get_vocab_size():
            raise ValueError(f"a special symbol is outside the {tokenizer.get_vocab_size()} symbols")
        return cls(tokenizer, specials)

    def to_json(self) -> str:
        """Everything but which ids are special, as one JSON document."""
        return str(self._tokenizer.to_str(pretty=False))

    def __len__(self) -> int:
        return int(self._tokenizer.get_vocab_size())

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids, one list a text."""
        return [e.ids for e in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def decode(self, ids: Iterable[Sequence[int]]) -> list[str]:
        """Texts; special symbols are dropped, and spaces at both ends."""
        rows = [[int(i) for i in row] for row in ids]
        return [text.strip() for text in self._tokenizer.decode_batch(rows, skip_special_tokens=True)]


def _specials(tokenizer: Any, folder: Path) -> SpecialTokens:
    begin = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.cls_token_id
    end = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else tokenizer.sep_token_id
    named = {"mask": tokenizer.mask_token_id, "pad": tokenizer.pad_token_id, "bos": begin, "eos": end}
    for name, number in named.items():
        if number is None:
            raise EncoderError(
                f"{folder}: the tokenizer has no {name} symbol", "give the folder of the model's own encoder"
            )
    return SpecialTokens(**named)
