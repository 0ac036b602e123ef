"""Extra sentences for training: words swapped for others, so that many words are met in many places.

"He heard a shout." may become "He heard a kettle.", because "a kettle." is somewhere in the corpus too. Most
results are grammatical, few are sensible; the decoder learns from them to read words from the latent rather
than to guess them from a sentence it knows by heart. Material for training, never a corpus to measure on.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence, Set

from latentlab.corpora.casing import TOKEN, Wording
from latentlab.corpora.normalisation import normalise, split_of

_START, _END = "<s>", "</s>"
_FUNCTION_WORDS = 200
_ENDINGS = ("s", "es", "ed", "ing", "ly")
_TAILS = (*_ENDINGS, "ies", "ied", "ily")
Frame = tuple[str, str]


def substitute(texts: Sequence[str], n: int, seed: int) -> list[str]:
    """Up to `n` new sentences, each with one to three words swapped.

    Fillers of a frame (left word, right word) are drawn evenly, so that rare words come up often. Results
    that exist already, or whose hash belongs to a held-out split, are dropped: fewer than `n` may come back.
    """
    rng = random.Random(seed)
    choices = {frame: list(words) for frame, words in _fillers(texts).items() if len(words) > 1}
    kept = _Kept(texts)
    for _ in range(n):
        text = texts[rng.randrange(len(texts))]
        for _ in range(rng.choice((1, 1, 2, 3))):
            text = _swap(text, choices, rng)
        kept.add(text)
    return kept.new


def spread_rare_words(texts: Sequence[str], n: int, seed: int) -> list[str]:
    """Up to `n` new sentences that each take in one or two words of the corpus, rare ones above all.

    A word is drawn with the inverse square root of its frequency, then one of the frames it stands in, then
    a sentence with that frame; where no other sentence has the frame, one that shares the left or the right
    word. A decoder spells a word only after it has met it in many sentences; this makes it meet all of them.
    The word and an article before it are written as the corpus would (`Wording`). Dropped as in `substitute`.
    """
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    frames: defaultdict[str, list[Frame]] = defaultdict(list)
    places: defaultdict[Frame, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        words = [_START, *TOKEN.findall(text), _END]
        for left, word, right in zip(words, words[1:], words[2:], strict=False):
            if word[0].isalpha():
                counts[word] += 1
                frames[word].append((left.lower(), right.lower()))
                for frame in _views((left.lower(), right.lower())):
                    places[frame].append(row)
    words = sorted(counts)
    drawn = rng.choices(words, [counts[word] ** -0.5 for word in words], k=2 * n)
    wording = Wording(texts)
    kept = _Kept(texts)
    for at in range(n):
        text = _place(drawn[2 * at], texts, frames, places, wording, rng)
        if rng.random() < 0.5:
            text = _place(drawn[2 * at + 1], texts, frames, places, wording, rng, within=text)
        kept.add(text)
    return kept.new


def plant_words(texts: Sequence[str], words: Sequence[str], n: int, seed: int) -> list[str]:
    """Up to `n` new sentences that each take in one of `words` that the corpus does not know.

    `words` are lower case, the likely ones first: word number r is drawn with weight r ** -0.5. It takes the
    place of a word with the same ending (-ing, -ed, -ly, -s, none of these) that is not among the corpus's
    200 commonest, and that word's capital if it begins the sentence. Only words with another form are taken
    ("knit", "knitting"): names would be taught in a wrong case, stumps ("don" of "don't") as words. Dropped
    as in `substitute`.
    """
    rng = random.Random(seed)
    counts = Counter(word.lower() for text in texts for word in TOKEN.findall(text))
    common = {word for word, _ in counts.most_common(_FUNCTION_WORDS)}
    known = {part for word in counts for part in (word, *re.split("['’]", word))}
    forms = {*words, *known}
    unknown = [word for word in dict.fromkeys(words) if word not in known and _inflected(word, forms)]
    slots: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for row, text in enumerate(texts):
        for i, span in enumerate(TOKEN.finditer(text)):
            word = span.group()
            if word.lower() not in common and word.isalpha() and (i == 0 or word.islower()):
                slots[_ending(word)].append((row, i))
    kept = _Kept(texts)
    for word in rng.choices(unknown, [r**-0.5 for r in range(1, len(unknown) + 1)], k=n) if unknown else ():
        if places := slots[_ending(word)]:
            row, i = rng.choice(places)
            span = list(TOKEN.finditer(texts[row]))[i]
            text = _with(texts[row], span, word.capitalize() if span.group()[0].isupper() else word)
            kept.add(re.sub(rf"\b([Aa])n? {word}\b", rf"\1{'n' * (word[0] in 'aeiou')} {word}", text))
    return kept.new


def _inflected(word: str, forms: Set[str]) -> bool:
    """Whether a form of the word with another ending, or none, is among `forms`."""
    stems = {word, *(word.removesuffix(ending) for ending in _ENDINGS if len(word) - len(ending) > 2)}
    stems |= {stem[:-1] for stem in stems if stem.endswith(("e", "i", "y"))}
    stems |= {stem[:-1] for stem in stems if len(stem) > 3 and stem[-1] == stem[-2]}
    others = {stem + tail for stem in stems for tail in ("", "e", "y", *_TAILS)} - {word}
    return not others.isdisjoint(forms)


def _ending(word: str) -> str:
    return next((e for e in ("ing", "ed", "ly", "s") if word.lower().endswith(e)), "")


class _Kept:
    """New sentences in the order they came, each once, none of a held-out split."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._seen = set(texts)
        self.new: list[str] = []

    def add(self, text: str) -> None:
        text = normalise(text)
        if text not in self._seen and split_of(text) == "train":
            self._seen.add(text)
            self.new.append(text)


def _fillers(texts: Sequence[str]) -> dict[Frame, dict[str, None]]:
    fillers: defaultdict[Frame, dict[str, None]] = defaultdict(dict)
    for text in texts:
        words = [_START, *TOKEN.findall(text), _END]
        for left, word, right in zip(words, words[1:], words[2:], strict=False):
            if word[0].isalpha():
                fillers[left.lower(), right.lower()][word] = None
    return fillers


def _swap(text: str, choices: dict[Frame, list[str]], rng: random.Random) -> str:
    spans, frames = _spans(text)
    at = [i for i in range(len(spans)) if spans[i].group()[0].isalpha() and frames[i] in choices]
    if not at:
        return text
    i = rng.choice(at)
    return _with(text, spans[i], rng.choice(choices[frames[i]]))


def _place(
    word: str,
    texts: Sequence[str],
    frames: dict[str, list[Frame]],
    places: dict[Frame, list[int]],
    wording: Wording,
    rng: random.Random,
    within: str | None = None,
) -> str:
    """The word in another sentence where its frame, or one side of it, stands; or in `within`."""
    exact, left, right = _views(rng.choice(frames[word]))
    for view in (exact, *rng.sample((left, right), 2)):
        rows = [within] if within is not None else [texts[rng.choice(places[view])] for _ in range(8)]
        for text in rows:
            spans, found = _spans(text)
            fits = [i for i in range(len(spans)) if view in _views(found[i]) and spans[i].group() != word]
            fits = [i for i in fits if spans[i].group()[0].isalpha()]
            if fits and (made := wording.put(text, spans[rng.choice(fits)], word)) is not None:
                return made
    return within if within is not None else texts[rng.choice(places[exact])]


def _views(frame: Frame) -> tuple[Frame, Frame, Frame]:
    """Both neighbours, the left one, the right one."""
    return frame, (frame[0], ""), ("", frame[1])


def _spans(text: str) -> tuple[list[re.Match[str]], list[Frame]]:
    spans = list(TOKEN.finditer(text))
    words = [_START, *(s.group().lower() for s in spans), _END]
    return spans, list(zip(words, words[2:], strict=False))


def _with(text: str, span: re.Match[str], word: str) -> str:
    return text[: span.start()] + word + text[span.end() :]
