"""What counts as the same text, and which split a text belongs to.

The split is a property of the text alone: it survives shuffling, merging and re-ordering of files, and a
sentence that appears in two corpora is in the same split of both.
"""

import hashlib
import re
import unicodedata
from typing import Literal

Split = Literal["train", "val", "test"]

# White space, control characters, what Unicode lists as Default_Ignorable_Code_Point (zero-width space, byte
# order mark, soft hyphen, direction marks, Hangul fillers, variation selectors, tags), the braille blank.
_INVISIBLE = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff]*"
)


def normalise(text: str) -> str:
    r"""Return `text` in NFKC with every run of white space as one blank and none at the ends. Idempotent.

    >>> normalise("  ﬁve\tcats\u00a0")
    'five cats'
    """
    return " ".join(unicodedata.normalize("NFKC", text).split())


def is_blank(text: str) -> bool:
    r"""Whether nothing of `text` is visible; the empty text is blank.

    >>> is_blank("\u200b\u00ad \ufeff"), is_blank("\u200bTom")
    (True, False)
    """
    return _INVISIBLE.fullmatch(text) is not None


def text_id(text: str) -> str:
    """Return an id of the text alone: 16 hexadecimal digits of the sha256 of what `normalise` makes of it.

    Two of a million texts share one with a probability of 3e-8.

    >>> text_id("Tom is reading a book.")
    '518ae95c79a965fe'
    """
    return hashlib.sha256(normalise(text).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def split_of(text: str) -> Split:
    """Return the split: sha1 of the normalised, case-folded text modulo 100; 0-2 test, 3-4 val, else train.

    >>> split_of("Tom is reading a book.") == split_of("  TOM is reading a book. ")
    True
    """
    key = normalise(text).casefold().encode("utf-8", "surrogatepass")
    bucket = int.from_bytes(hashlib.sha1(key, usedforsecurity=False).digest(), "big") % 100
    if bucket < 3:
        return "test"
    return "val" if bucket < 5 else "train"
