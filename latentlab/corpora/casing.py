"""How a corpus writes its words: their case inside a sentence, and "a" or "an" before them."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

TOKEN = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
_ARTICLES = ("a", "an")


class Wording:
    """Learned from sentences; puts a word into another sentence as the corpus would write it there."""

    def __init__(self, texts: Sequence[str]) -> None:
        inside: defaultdict[str, Counter[str]] = defaultdict(Counter)
        articles: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text in texts:
            words = TOKEN.findall(text)
            for before, word in pairwise(words):
                # After an opening quote, or a stop, a word has the capital of a beginning.
                if before[-1].isalnum() or before == ",":
                    inside[word.lower()][word] += 1
                if before.lower() in _ARTICLES:
                    articles[word.lower()][before.lower()] += 1
        self._inside = {low: forms.most_common(1)[0][0] for low, forms in inside.items()}
        self._articles = {low: found.most_common(1)[0][0] for low, found in articles.items()}

    def article(self, word: str) -> str:
        """What stands before the word in most sentences; by its first letter where none has it."""
        return self._articles.get(word.lower(), "an" if word[0].lower() in "aeiou" else "a")

    def put(self, text: str, span: re.Match[str], word: str) -> str | None:
        """`text` with `word` at `span`, an article before it (or itself) made to fit.

        None where the word's case is not known, because the corpus has it at beginnings alone.
        """
        spans = list(TOKEN.finditer(text))
        at = next(i for i, found in enumerate(spans) if found.start() == span.start())
        words = [found.group() for found in spans]
        if at == 0:
            words[0] = word[0].upper() + word[1:]
        elif known := self._inside.get(word.lower()):
            words[at] = known
        else:
            return None
        for i in (at - 1, at):
            if i >= 0 and words[i].lower() in _ARTICLES and i + 1 < len(words) and words[i + 1][0].isalpha():
                right = self.article(words[i + 1])
                words[i] = right.capitalize() if words[i][0].isupper() else right
        gaps = [text[a.end() : b.start()] for a, b in pairwise(spans)]
        return text[: spans[0].start()] + "".join(
            word + gap for word, gap in zip(words, [*gaps, text[spans[-1].end() :]], strict=True)
        )
