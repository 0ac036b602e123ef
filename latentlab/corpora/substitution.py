"""Extra sentences by swapping words between the sentences of a corpus.

"He heard a shout." may become "He heard a beer.". Such sentences are grammatical noise on purpose: a decoder
that has seen them must read each word from the latent and cannot guess it from its neighbours, and rare words
turn up in many places. They are training material only, never a corpus to measure on.
"""

import random
import re
from collections import Counter
from collections.abc import Sequence

from latentlab.corpora.text import normalise, split_of

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")


def substitute(texts: Sequence[str], n: int, seed: int) -> list[str]:
    """Up to `n` new sentences, each with one or two words replaced by words of the corpus.

    Replacements are drawn with the square root of their frequency, so that rare words come up often. A sentence
    that already exists, or whose hash belongs to a held-out split, is dropped.
    """
    rng = random.Random(seed)
    counts = Counter(word.lower() for text in texts for word in _WORD.findall(text))
    words = sorted(counts)
    weights = [counts[word] ** 0.5 for word in words]
    pool = rng.choices(words, weights, k=2 * n)
    seen = set(texts)
    new = []
    for _ in range(n):
        text = texts[rng.randrange(len(texts))]
        for _ in range(rng.choice((1, 1, 2))):
            spans = list(_WORD.finditer(text))
            if not spans:
                break
            span = spans[rng.randrange(len(spans))]
            word = pool.pop()
            word = word.capitalize() if span.group()[0].isupper() else word
            text = text[: span.start()] + word + text[span.end() :]
        text = normalise(text)
        if text not in seen and split_of(text) == "train":
            seen.add(text)
            new.append(text)
    return new
