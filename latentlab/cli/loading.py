"""What several commands do with sentences before the library gets them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from latentlab.cli import terminal

if TYPE_CHECKING:
    from latentlab.corpora import Corpus


def load_corpus(source: str | None, column: str | None = None) -> "Corpus":
    """The named sentences, or the shipped ones; what the reader left out is said."""
    from latentlab.corpora import read_corpus, shipped_corpus

    corpus = read_corpus(source, column) if source else shipped_corpus()
    left_out = ", ".join(f"{count} {reason}" for reason, count in corpus.dropped.items() if count)
    if left_out:
        terminal.say(f"{corpus.name}: left out {left_out}")
    return corpus


def say_excluded(excluded: Sequence[str], total: int) -> None:
    """Name the sentences that no model is measured on, because one of them cannot write them."""
    if excluded:
        first = "; ".join(repr(text[:50]) for text in excluded[:3])
        more = f" and {len(excluded) - 3} more" if len(excluded) > 3 else ""
        terminal.say(f"left out {len(excluded)} of {total} sentences, too long for a model: {first}{more}")
