"""A word n-gram model that judges how fluent a sentence is and knows nothing of what wrote it.

It is small and exact: counts in dictionaries, learned from some ten thousand sentences in a second or two. It
knows the words and turns of its training text alone; what is fluent elsewhere is rare to it. Compare values
of one judge, never those of two.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from latentlab.errors import CorpusError

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
START, END, UNKNOWN = "<s>", "</s>", "<unk>"
Context = tuple[str, ...]


def words_of(text: str) -> list[str]:
    """Words and marks, in lower case.

    >>> words_of("Tom's dog, isn't it?")
    ["tom's", 'dog', ',', "isn't", 'it', '?']
    """
    return [word.lower() for word in _WORD.findall(text)]


@dataclass(frozen=True)
class _Order:
    """Counts of one length of context."""

    counts: dict[Context, Counter[str]]
    totals: dict[Context, int]
    discount: float


@dataclass(frozen=True)
class NGram:
    r"""Interpolated Kneser–Ney smoothing with one discount an order.

    .. math:: p(w | h) = \frac{\max(c(hw) - D, 0) + D\, N_{1+}(h\cdot)\, p(w | h')}{c(h)},
        \quad D = \frac{n_1}{n_1 + 2 n_2}

    h' is h without its first word; below the highest order c counts different words to the left, not places
    (but for contexts at the start of a sentence, which have one left neighbour: there it counts places). The
    lowest order is mixed with a uniform one over the words, the end and one word for all unknown ones.
    Source: Kneser & Ney 1995; Chen & Goodman 1999, Computer Speech and Language 13:359.
    """

    orders: tuple[_Order, ...]
    """From no context upwards."""
    vocabulary: frozenset[str]

    @classmethod
    def fit(cls, texts: Iterable[str], order: int = 5) -> "NGram":
        """Learn from sentences; words that come once are known words too."""
        sentences = [[START, *words_of(text), END] for text in texts]
        if not sentences:
            raise CorpusError("there is no sentence to learn from")
        counts: list[defaultdict[Context, Counter[str]]] = [defaultdict(Counter) for _ in range(order)]
        left: list[defaultdict[Context, set[str]]] = [defaultdict(set) for _ in range(order)]
        for words in sentences:
            for end in range(1, len(words)):
                for n in range(min(order, end + 1)):
                    context = tuple(words[end - n : end])
                    whole = n == order - 1 or words[end - n] == START
                    if whole:
                        counts[n][context][words[end]] += 1
                    else:
                        seen = left[n][(*context, words[end])]
                        before = words[end - n - 1]
                        if before not in seen:
                            seen.add(before)
                            counts[n][context][words[end]] += 1
        vocabulary = frozenset(word for words in sentences for word in words[1:])
        return cls(tuple(_order(dict(by_context)) for by_context in counts), vocabulary)

    def log_probabilities(self, text: str) -> Float[np.ndarray, " words"]:
        """Natural log-probability of every word and of the end."""
        words = [word if word in self.vocabulary else UNKNOWN for word in words_of(text)]
        padded = [START, *words, END]
        return np.array(
            [math.log(self._probability(padded, end)) for end in range(1, len(padded))], dtype=np.float64
        )

    def perplexity(self, texts: Sequence[str]) -> float:
        r"""exp(−mean log p) over all words and ends of the texts. Range [1, inf), lower is better."""
        scores = np.concatenate([self.log_probabilities(text) for text in texts])
        return float(np.exp(-scores.mean()))

    def probability(self, word: str, context: Sequence[str] = ()) -> float:
        """Of a word after words of one sentence; `START` is its beginning, `END` its end.

        >>> judge = NGram.fit(["a b", "a c"], order=2)
        >>> round(sum(judge.probability(w, ["a"]) for w in ("a", "b", "c", END, UNKNOWN)), 12)
        1.0
        """
        known = [w if w in self.vocabulary or w == START else UNKNOWN for w in (*context, word)]
        return self._probability(known, len(known) - 1)

    def _probability(self, words: Sequence[str], end: int) -> float:
        p = 1.0 / (len(self.vocabulary) + 1)
        for n, level in enumerate(self.orders[: end + 1]):
            context = tuple(words[end - n : end])
            total = level.totals.get(context)
            if total is None:
                break  # a longer context is unknown too
            followers = level.counts[context]
            own = max(followers.get(words[end], 0) - level.discount, 0.0)
            p = (own + level.discount * len(followers) * p) / total
        return p


def _order(counts: dict[Context, Counter[str]]) -> _Order:
    sizes = Counter(count for followers in counts.values() for count in followers.values())
    once, twice = sizes[1], sizes[2]
    # Without singletons there is nothing to estimate it from, and all of it would go to what was seen.
    discount = once / (once + 2 * twice) if once and twice else 0.5
    return _Order(counts, {context: followers.total() for context, followers in counts.items()}, discount)
