"""What a training learns from: files, which are named in its configuration, or sentences in memory."""

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentlab.api.support.checkpoint_inputs import corpus_of
from latentlab.errors import UsageError

if TYPE_CHECKING:
    from latentlab.api.support.checkpoint_inputs import Texts
    from latentlab.corpora import Corpus

    Learned = Texts | Iterable[str | PathLike[str]]

_SHOWN, _LONGEST_NAME, _LONGEST = 60, 255, 4000


def files_or_sentences(
    texts: "Learned | None", column: str | None, group: "str | Sequence[object] | None"
) -> "tuple[list[str] | None, Corpus | None]":
    """The names of files, or sentences; neither where the shipped ones are meant.

    A list is of files where every element is a path, a name that begins with `hf:`, or a string that is a
    file or ends as a file of sentences does.

    Raises:
        UsageError: It is neither.
        CorpusError: An element is no sentence, or there is none.
    """
    from latentlab.corpora import Corpus

    if texts is None:
        return None, None
    if isinstance(texts, str | PathLike):
        return [_named(texts)], None
    if isinstance(texts, Mapping | bytes) or not isinstance(texts, Iterable | Corpus):
        raise UsageError(
            f"texts: a {type(texts).__name__} is no list of sentences and no file", "give a list of strings"
        )
    given: Any = texts
    if not isinstance(texts, Corpus):
        given = list(texts)
        if given and all(map(_is_file, given)):
            return list(map(_named, given)), None
        if any(isinstance(one, PathLike) for one in given):
            raise UsageError("texts: paths and sentences in one list", "give files alone, or sentences alone")
    return None, corpus_of(given, column, group)


def file_name(x: str | PathLike[str], what: str) -> Path:
    """A path, with `~` for the home; UsageError where no file can be called so."""
    text = fspath(x)
    long = len(text) > _LONGEST or max(map(len, Path(text).parts), default=0) > _LONGEST_NAME
    if not isinstance(text, str) or long or not text.isprintable():
        raise UsageError(f"{what}: {text[:_SHOWN]!a} is no name of a file", "give a path")
    return Path(text).expanduser()


def _named(x: str | PathLike[str]) -> str:
    if isinstance(x, str) and x.startswith("hf:"):
        return x
    return str(file_name(x, "texts"))


def _is_file(x: object) -> bool:
    from latentlab.corpora.readers import SUFFIXES

    if isinstance(x, PathLike):
        return True
    if not isinstance(x, str) or len(x) > _LONGEST_NAME:
        return False
    return x.startswith("hf:") or x.lower().endswith(SUFFIXES) or _exists(x)


def _exists(name: str) -> bool:
    try:
        return Path(name).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False
