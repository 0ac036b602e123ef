"""What several commands do with sentences before the library gets them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentlab.cli import terminal
from latentlab.errors import PartialError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import UInt64

    from latentlab.corpora import Corpus
    from latentlab.models.sentence_model import SentenceModel

USUAL_N = 5000
"""Sentences that checkpoints are measured on where nothing else is asked for."""


@dataclass(frozen=True)
class Drawn:
    """Checkpoints, the sentences that all of them get, and what a report says of how they were drawn."""

    models: "list[SentenceModel]" = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    inputs: dict[str, Any] = field(default_factory=dict)
    corpus: "Corpus | None" = None
    """What they were drawn from, all parts of it."""
    groups: "UInt64[np.ndarray, ' n'] | None" = None
    """Labels of the groups that the sentences come in, where these were named."""


def draw(
    paths: Sequence[Path],
    source: str | None,
    column: str | None,
    n: int | None,
    seed: int,
    *,
    group: str | None = None,
    encoder: Path | None,
    offline: bool,
) -> Drawn:
    """Load the checkpoints below the paths and draw n sentences for them; nothing where there is no path."""
    from latentlab.analysis import load

    if not paths:
        return Drawn()
    models = load.load_models(paths, encoder=encoder, offline=offline)
    sentences = load_corpus(source, column, group)
    drawn = sentences.sample(min(USUAL_N, len(sentences)) if n is None else n, seed)
    texts, excluded = load.usable(models, drawn.texts)
    say_excluded(excluded, len(drawn))
    inputs = {"corpus": drawn.name, "asked": n, "left_out": len(excluded), **named(group)}
    return Drawn(models, texts, inputs, groups=groups_of(drawn, texts))


def named(group: str | None) -> dict[str, str]:
    """What a report says of the groups."""
    return {} if group is None else {"group": group}


def groups_of(corpus: "Corpus", texts: Sequence[str]) -> "UInt64[np.ndarray, ' n'] | None":
    """Labels of the groups of some of a corpus' sentences; None where it has no groups."""
    from latentlab.analysis import load

    return load.groups_of(corpus, texts)


def say_other_groups(models: "Sequence[SentenceModel]", group: str | None) -> None:
    """Warn where what is held out here was not held out in training, for groups are others."""
    from latentlab.analysis.lineup import group_notes

    for note in group_notes(models, group):
        terminal.say(note)


def draw_part(
    paths: Sequence[Path],
    source: str | None,
    column: str | None,
    part: str,
    n: int,
    seed: int,
    *,
    group: str | None = None,
    encoder: Path | None,
    offline: bool,
) -> Drawn:
    """Load checkpoints, and draw up to n sentences of a part of the corpus: `held-out`, `train` or `all`.

    Raises:
        CorpusError: The part is empty.
    """
    from latentlab.analysis import load
    from latentlab.errors import CorpusError

    models = load.load_models(paths, encoder=encoder, offline=offline)
    whole = load_corpus(source, column, group)
    if part != "all":
        say_other_groups(models, group)
    sentences = whole if part == "all" else whole.split("test" if part == "held-out" else "train")
    if not len(sentences):
        raise CorpusError(f"{whole.name} has no {part} sentence", "give a larger corpus")
    drawn = sentences.sample(min(n, len(sentences)), seed)
    texts, excluded = load.usable(models, drawn.texts)
    say_excluded(excluded, len(drawn))
    inputs = {"corpus": drawn.name, "part": part, "asked": n, "left_out": len(excluded), **named(group)}
    return Drawn(models, texts, inputs, whole, groups_of(drawn, texts))


def load_corpus(source: str | None, column: str | None = None, group: str | None = None) -> "Corpus":
    """The named sentences, or the shipped ones; what the reader left out, and how it read, is said.

    `group` names the column that says which sentences belong together, of the shipped ones a factor.

    Raises:
        CorpusError: They cannot be read.
        UsageError: A column is named, and no file.
    """
    from latentlab.corpora import read_corpus, shipped_corpus

    check_column(column, given=bool(source))
    corpus = read_corpus(source, column, group) if source else grouped(shipped_corpus(), group)
    for message in corpus.messages:
        terminal.say(message)
    return corpus


def grouped(corpus: "Corpus", group: str | None) -> "Corpus":
    """The same sentences in groups by a factor; UsageError where there is no such factor."""
    from dataclasses import replace

    if group is None:
        return corpus
    factors = corpus.factors or {}
    if group not in factors:
        there = ", ".join(factors) or "none"
        raise UsageError(f"--group: {corpus.name} has no factor '{group}'", f"there are: {there}")
    return replace(corpus, group=group)


def check_column(column: str | None, *, given: bool) -> None:
    """UsageError for a --column where no file is given that could have one."""
    if column is not None and not given:
        raise UsageError(
            "--column is for a file of sentences with columns, and none is given",
            "give one, or omit --column",
        )


def say_excluded(excluded: Sequence[str], total: int) -> None:
    """Name the sentences that no model is measured on, because one of them cannot write them."""
    if excluded:
        first = "; ".join(repr(text[:50]) for text in excluded[:3])
        more = f" and {len(excluded) - 3} more" if len(excluded) > 3 else ""
        terminal.say(f"left out {len(excluded)} of {total} sentences, too long for a model: {first}{more}")


def say_unused(lines: Sequence[str], sentences: Sequence[str]) -> None:
    """Say, after the rest was done, which lines and sentences of a file could not be used.

    Raises:
        PartialError: There is one.
    """
    for complaint in (*lines, *sentences):
        terminal.say(complaint)
    if lines or sentences:
        raise PartialError(
            f"{len(lines)} lines and {len(sentences)} sentences could not be used", "the rest was done"
        )
