"""Extra sentences: words swapped for others that stand between the same two neighbours elsewhere.

"He heard a shout." may become "He heard a kettle.", because "a kettle." is somewhere in the corpus too. Most
results are grammatical, few are sensible; the decoder learns from them to read words from the latent rather
than to guess them from a sentence it knows by heart. Material for training, never a corpus to measure on.
"""

import random
import re
from collections import defaultdict
from collections.abc import Sequence

from latentlab.corpora.text import normalise, split_of

_TOKEN = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
_START, _END = "<s>", "</s>"


def substitute(texts: Sequence[str], n: int, seed: int) -> list[str]:
    """Up to `n` new sentences, each with one to three words swapped.

    Fillers of a frame (left word, right word) are drawn evenly, so that rare words come up often. Results
    that exist already, or whose hash belongs to a held-out split, are dropped: fewer than `n` may come back.
    """
    rng = random.Random(seed)
    fillers: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for text in texts:
        words = [_START, *_TOKEN.findall(text), _END]
        for left, word, right in zip(words, words[1:], words[2:], strict=False):
            if word[0].isalpha():
                fillers[left.lower(), right.lower()][word] = None
    choices = {frame: list(words) for frame, words in fillers.items() if len(words) > 1}
    seen = set(texts)
    new = []
    for _ in range(n):
        text = texts[rng.randrange(len(texts))]
        for _ in range(rng.choice((1, 1, 2, 3))):
            text = _swap(text, choices, rng)
        text = normalise(text)
        if text not in seen and split_of(text) == "train":
            seen.add(text)
            new.append(text)
    return new


def _swap(text: str, choices: dict[tuple[str, str], list[str]], rng: random.Random) -> str:
    spans = list(_TOKEN.finditer(text))
    words = [_START, *(s.group().lower() for s in spans), _END]
    at = [i for i in range(len(spans)) if words[i + 1][0].isalpha() and (words[i], words[i + 2]) in choices]
    if not at:
        return text
    i = rng.choice(at)
    word = rng.choice(choices[words[i], words[i + 2]])
    return text[: spans[i].start()] + word + text[spans[i].end() :]
