"""The decoder's own vocabulary: byte-level BPE trained on the corpus.

The frozen encoder keeps its own tokenizer; the two never meet. `<mask>` is 0 and `<pad>` is 1; there is no
end-of-sentence symbol, because the length is decided before the words (`heads.LengthHead`).
Every text survives: bytes that BPE has not merged stay single symbols.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MASK, PAD = 0, 1


class TextTokenizer:
    """Text to token ids and back, exactly: `decode(encode(text)) == text` for stripped text."""

    def __init__(self, tokenizer: "Tokenizer") -> None:
        self._tokenizer = tokenizer

    @classmethod
    def train(cls, texts: Iterable[str], vocab_size: int = 4096) -> "TextTokenizer":
        """Learn the merges; at least the 256 bytes and the two specials are always there."""
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

        tokenizer = Tokenizer(models.BPE())
        # The leading space makes "cat" one symbol wherever it stands in the sentence.
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=vocab_size,
            special_tokens=["<mask>", "<pad>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts, trainer)
        return cls(tokenizer)

    @classmethod
    def from_json(cls, text: str) -> "TextTokenizer":
        """Read what `to_json` wrote. ValueError when it is not a tokenizer."""
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # tokenizers raises bare Exception for every malformed file
            raise ValueError(f"not a tokenizer: {error}") from error
        specials = (tokenizer.token_to_id("<mask>"), tokenizer.token_to_id("<pad>"))
        if specials != (MASK, PAD):
            raise ValueError(
                f"<mask> and <pad> must be {MASK} and {PAD}, they are {specials[0]} and {specials[1]}"
            )
        return cls(tokenizer)

    def to_json(self) -> str:
        """Everything, as one JSON document."""
        return str(self._tokenizer.to_str(pretty=False))

    def __len__(self) -> int:
        return int(self._tokenizer.get_vocab_size())

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids, one list a text. A special's name inside a text is spelt out, never obeyed."""
        self._tokenizer.encode_special_tokens = True
        return [e.ids for e in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def decode(self, ids: Iterable[Sequence[int]]) -> list[str]:
        """Texts; masks and pads are dropped, the leading space as well."""
        rows = [[int(i) for i in row if i not in (MASK, PAD)] for row in ids]
        return [text.removeprefix(" ") for text in self._tokenizer.decode_batch(rows)]
