"""Sentences of the grammar beside what they become when one factor changes: the truth of an attribute."""

import random
from collections.abc import Iterator

from latentlab.corpora.corpus import Corpus
from latentlab.corpora.grammar.realisation import FACTORS, realise
from latentlab.corpora.normalisation import Split, split_of
from latentlab.corpora.pair_files import middles
from latentlab.errors import CorpusError, UsageError

Counterpart = tuple[str, str]
"""A sentence, and the same with the other value."""
LEARNED = 200
"""Pairs that make an attribute vector, on the terminal and in the dashboard."""


def counterparts(
    corpus: Corpus, factor: str, before: str, after: str, *, split: Split, n: int, seed: int
) -> list[Counterpart]:
    """Up to n sentences that have `before`, each with the sentence that differs in `factor` alone.

    Both are sentences of the grammar. The second, the answer, is of the part `split`; so is the first for
    the training part, and of any part otherwise: answers of a held-out part were never learned. `corpus`
    must know its factors, as the shipped one does.

    Raises:
        CorpusError: The corpus has no factors, or there is no such pair.
        UsageError: There is no such factor or value; the message names those there are.
    """
    if corpus.factors is None:
        raise CorpusError(f"{corpus.name} does not know its factors", "use the shipped corpus, or two files")
    if factor not in corpus.factors:
        raise UsageError(f"no factor is called {factor!r}", f"there are {', '.join(corpus.factors)}")
    values = sorted(set(corpus.factors[factor]))
    for value in (before, after):
        if value not in values:
            raise UsageError(f"{factor} is never {value!r}", f"it is {', '.join(values[:20])}")
    rows = [i for i, value in enumerate(corpus.factors[factor]) if value == before]
    random.Random(seed).shuffle(rows)
    found = _found(corpus, rows, factor, after, split)
    pairs = [pair for pair, _ in zip(found, range(n), strict=False)]
    if not pairs:
        raise CorpusError(
            f"no {split} sentence of {corpus.name} stays one when {factor} goes from {before} to {after}",
            "change another factor",
        )
    return pairs


def _found(corpus: Corpus, rows: list[int], factor: str, after: str, split: Split) -> Iterator[Counterpart]:
    for row in rows:
        text = corpus.texts[row]
        if split == "train" and split_of(text) != split:
            continue
        changed = _changed(corpus, row, factor, after)
        other = realise(changed)
        # Cheap questions first: whether the grammar has that sentence takes a search.
        if other != text and split_of(other) == split and other in middles(changed):
            yield text, other


def _changed(corpus: Corpus, row: int, factor: str, after: str) -> dict[str, str]:
    factors = {name: values[row] for name, values in (corpus.factors or {}).items() if name in FACTORS}
    return factors | {factor: after}
