"""Checkpoints and sentences for a command: loaded, drawn, what was left out said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from latentlab.api.support.notices import warn
from latentlab.api.support.option_checks import sentence
from latentlab.errors import CorpusError, PartialError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import UInt64

    from latentlab.corpora import Corpus
    from latentlab.models.sentence_model import SentenceModel

    Texts = str | PathLike[str] | Iterable[str] | Corpus

USUAL_N = 5000
"""Sentences that checkpoints are measured on where nothing else is asked for."""
TASK_N = 500
"""Sentences that every checkpoint decodes where the task is measured."""
SPLITS: dict[str, Literal["train", "test"]] = {"held-out": "test", "train": "train"}
"""Parts of a corpus, by the hash split of training."""
USUAL_SAMPLE = 3000
"""Rows that are kept for metrics of pairs where nothing else is asked for."""


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
    source: "Texts | None",
    column: str | None,
    n: int | None,
    seed: int,
    *,
    models: "Sequence[SentenceModel]" = (),
    group: "str | Sequence[object] | None" = None,
    encoder: Path | None,
    offline: bool,
) -> Drawn:
    """Load the checkpoints below the paths and draw n sentences for them; nothing where there is none.

    Sentences in a list are all taken, in their order, unless n says how many.
    """
    if not (paths or models):
        return Drawn()
    from latentlab.analysis import loading

    models = [*models, *(loading.load_models(paths, encoder=encoder, offline=offline) if paths else ())]
    loading.share_encoders(models)
    drawn = drawn_of(corpus_of(source, column, group), source, n, seed)
    texts, excluded = loading.filter_by_length(models, drawn.texts)
    say_excluded(excluded, len(drawn))
    inputs = {"corpus": drawn.name, "asked": n, "left_out": len(excluded), **named(group)}
    return Drawn(models, texts, inputs, groups=groups_of(drawn, texts))


def drawn_of(sentences: "Corpus", source: "Texts | None", n: int | None, seed: int) -> "Corpus":
    """N of the sentences; without n all of a list, up to `USUAL_N` of a file."""
    if n is None and not isinstance(source, str | PathLike | None):
        return sentences
    return sentences.sample(min(USUAL_N, len(sentences)) if n is None else n, seed)


def held_out_of(models: "Sequence[SentenceModel]", sentences: "Corpus", seed: int) -> list[str]:
    """Sentences that no training has seen and every model can write, up to `TASK_N`."""
    from latentlab.analysis import loading
    from latentlab.analysis.reconstruction_report import parts_of

    held_out = parts_of(sentences, TASK_N, seed=seed).get("held out", [])
    return loading.filter_by_length(models, held_out)[0] if held_out else []


def name_of(group: "str | Sequence[object] | None") -> str | None:
    """How a report calls the groups."""
    return group if isinstance(group, str | None) else "labels"


def named(group: "str | Sequence[object] | None") -> dict[str, str]:
    """What a report says of the groups."""
    name = name_of(group)
    return {} if name is None else {"group": name}


def groups_of(corpus: "Corpus", texts: Sequence[str]) -> "UInt64[np.ndarray, ' n'] | None":
    """Labels of the groups of some of a corpus' sentences; None where it has no groups."""
    from latentlab.analysis import loading

    return loading.groups_of(corpus, texts)


def say_other_groups(models: "Sequence[SentenceModel]", group: str | None) -> None:
    """Warn where what is held out here was not held out in training, for groups are others."""
    from latentlab.analysis.comparison.control_selection import group_notes

    for note in group_notes(models, group):
        warn(note)


def listed(source: "Texts | None") -> bool:
    """Whether sentences were given one by one, and not as a file or corpus to draw from."""
    from latentlab.corpora import Corpus

    return not isinstance(source, str | PathLike | Corpus | None)


def draw_part(
    models: "list[SentenceModel]",
    source: "Texts | None",
    column: str | None,
    part: str | None,
    n: int | None,
    seed: int,
    *,
    usual: int,
    group: "str | Sequence[object] | None" = None,
) -> Drawn:
    """Draw up to n sentences of a part of the corpus: `held-out`, `train` or `all`.

    Without n and part all sentences of a list, up to `usual` held-out ones of a corpus or file.

    Raises:
        CorpusError: The part is empty.
        UsageError: There is no such part.
    """
    from latentlab.analysis import loading

    part = part or ("all" if listed(source) else "held-out")
    if part not in (*SPLITS, "all"):
        raise UsageError(f"--part: there is no part {part!r}", f"there are: {', '.join(SPLITS)}, all")
    whole = corpus_of(source, column, group)
    if part != "all":
        say_other_groups(models, name_of(group))
    sentences = whole if part == "all" else whole.split(SPLITS[part])
    if not len(sentences):
        raise CorpusError(f"{whole.name} has no {part} sentence", "give a larger corpus")
    asked = len(sentences) if n is None and listed(source) else n or usual
    drawn = sentences.sample(min(asked, len(sentences)), seed)
    texts, excluded = loading.filter_by_length(models, drawn.texts)
    say_excluded(excluded, len(drawn))
    inputs = {"corpus": drawn.name, "part": part, "asked": asked, "left_out": len(excluded), **named(group)}
    return Drawn(models, texts, inputs, whole, groups_of(drawn, texts))


def corpus_of(
    source: "Texts | None", column: str | None = None, group: "str | Sequence[object] | None" = None
) -> "Corpus":
    """Sentences from a file, a list or a `Corpus`; the shipped ones for None. CorpusError, UsageError."""
    from latentlab.corpora import Corpus

    if source is None or isinstance(source, str | PathLike):
        if group is not None and not isinstance(group, str):
            raise UsageError("labels of groups go with texts in a list", "name a column: --group COLUMN")
        path = None if source is None else str(source)
        home = path is not None and path.startswith("~")
        return load_corpus(str(Path(path).expanduser()) if home and path else path, column, group)
    check_column(column, given=False)
    if isinstance(source, Corpus):
        corpus = source
    elif not isinstance(source, Iterable) or isinstance(source, Mapping | bytes):
        raise UsageError(f"texts: no sentences but a {type(source).__name__}", "give a list of strings")
    else:
        texts = tuple(source)
        wrong = next((i for i, text in enumerate(texts) if not isinstance(text, str)), None)
        if wrong is not None or not texts:
            what = (
                f"text {wrong} is a {type(texts[wrong]).__name__}"
                if wrong is not None
                else "there are no texts"
            )
            raise CorpusError(f"texts: {what}", "give a list of strings")
        corpus = Corpus(texts, "texts")
    for i, text in enumerate(corpus.texts):
        sentence(f"text {i}", text)
    if group is None or isinstance(group, str):
        return grouped(corpus, group)
    if len(group) != len(corpus):
        raise UsageError(f"{len(group)} labels of groups for {len(corpus)} sentences", "one label a sentence")
    labels = tuple(_label(label, i) for i, label in enumerate(group))
    return replace(corpus, factors={**(corpus.factors or {}), "labels": labels}, group="labels")


def numbered(corpus: "Corpus", source: "Texts | None") -> "Corpus":
    """Sentences of a list or a `Corpus` with their places in it, from 0; those of a file have theirs."""
    if corpus.rows is not None or isinstance(source, str | PathLike | None):
        return corpus
    return replace(corpus, rows=tuple(range(len(corpus))))


def _label(label: object, row: int) -> str:
    """As text; an empty one is a group of its own, as in a file of vectors."""
    from latentlab.corpora.labels import as_label, no_label

    text = as_label(label)
    if text is None:
        raise UsageError(*no_label(label, f"group, row {row} (from 0)"))
    return text or f"\0{row}"


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
        warn(message)
    return corpus


def grouped(corpus: "Corpus", group: str | None) -> "Corpus":
    """The same sentences in groups by a factor; UsageError where there is no such factor."""
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
        warn(f"left out {len(excluded)} of {total} sentences, too long for a model: {first}{more}")


def say_unused(lines: Sequence[str], sentences: Sequence[str]) -> None:
    """Say, after the rest was done, which lines and sentences of a file could not be used.

    Raises:
        PartialError: There is one.
    """
    for complaint in (*lines, *sentences):
        warn(complaint)
    if lines or sentences:
        raise PartialError(
            f"{len(lines)} lines and {len(sentences)} sentences could not be used", "the rest was done"
        )
