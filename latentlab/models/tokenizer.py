"""The decoder's own vocabulary: byte-level BPE trained on the corpus.

The frozen encoder keeps its own tokenizer; the two never meet. `<mask>` is 0 and `<pad>` is 1; there is no
end-of-sentence symbol, because the length is decided before the words (`heads.LengthHead`).
Every text survives: bytes that BPE has not merged stay single symbols.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from latentlab.untrusted import parse_json, shown

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MASK, PAD = 0, 1
_EMPTY = dict.fromkeys(("truncation", "padding", "normalizer", "post_processor"))
_BYTES = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}


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
        """Read what `to_json` wrote. ValueError when it is anything else: the library is not asked then."""
        from tokenizers import Tokenizer

        _check_form(text)
        try:
            tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # tokenizers raises bare Exception for every malformed file
            raise ValueError(f"not a tokenizer: {error}") from error
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


def _check_form(text: str) -> None:
    """ValueError unless it is byte-level BPE as `TextTokenizer.train` makes it.

    A normaliser, a post-processor, cutting or padding would change sentences without a word, and some of them
    stop the process or take all memory.
    """
    tree = parse_json(text, "the text", _NotOfTheForm)
    if not isinstance(tree, dict) or not isinstance(tree.get("model"), dict):
        raise ValueError("not a tokenizer")
    model = tree["model"]
    for part, wanted in (*_EMPTY.items(), ("pre_tokenizer", _BYTES), ("decoder", _BYTES)):
        if tree.get(part) != wanted:
            raise ValueError(f"{part} is not the one that latentlab writes")
    for key, value in model.items():
        if key not in ("type", "vocab", "merges") and value not in (None, False):
            raise ValueError(f"model.{shown(key)} is not the one that latentlab writes")
    added = tree.get("added_tokens") or []
    named = [(a.get("content"), a.get("id")) for a in added] if _are(added, dict) else None
    if named != [("<mask>", MASK), ("<pad>", PAD)]:
        raise ValueError(f"<mask> and <pad> must be {MASK} and {PAD}, and no other symbol may be added")
    vocabulary, merges = model.get("vocab"), model.get("merges")
    if model.get("type") != "BPE" or not isinstance(vocabulary, dict) or not isinstance(merges, list):
        raise ValueError("the model is no BPE with a vocabulary and merges")
    if {type(i) for i in vocabulary.values()} != {int} or sorted(vocabulary.values()) != [
        *range(len(vocabulary))
    ]:
        raise ValueError("the symbols are not numbered from 0 on")
    for merge in merges:
        if not (_are(merge, str) and len(merge) == 2 and {*merge, "".join(merge)} <= vocabulary.keys()):
            raise ValueError(f"the merge {shown(str(merge))} is not of two symbols that make a third")


class _NotOfTheForm(ValueError):
    """What `untrusted.parse_json` raises here; there is no hint."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)


def _are(values: object, kind: type) -> bool:
    return isinstance(values, list) and all(isinstance(value, kind) for value in values)
