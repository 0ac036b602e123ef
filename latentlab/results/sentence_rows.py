"""Which sentence each row of vectors is of, so that labels can be joined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from latentlab.corpora import Corpus, text_id

COLUMNS = ("row", "record_id", "group", "text_id", "text")


@dataclass(frozen=True)
class SentenceRows:
    """Columns of n values each, row i of the vectors being of sentence i.

    Raises:
        ValueError: The columns are not of one length.
    """

    text_id: tuple[str, ...]
    """`latentlab.corpora.text_id` of the sentences: equal ids, equal sentences, in any file."""
    row: tuple[int, ...] | None = None
    """Numbers of the records in the corpus file, from 0, those that were left out counted too."""
    record_id: tuple[str, ...] | None = None
    """What the corpus itself calls the records, where it has a column of ids."""
    group: tuple[str, ...] | None = None
    """Names of the groups that the sentences come in, where a column of the corpus was named for that."""
    text: tuple[str, ...] | None = None
    """The sentences as they were encoded: normalised."""

    def __post_init__(self) -> None:
        for name, values in self.columns().items():
            if len(values) != len(self):
                raise ValueError(f"{len(values)} values of {name} for {len(self)} of text_id")

    def __len__(self) -> int:
        return len(self.text_id)

    @classmethod
    def of(cls, sentences: Corpus, *, text: bool = False) -> "SentenceRows":
        """Of the sentences of a corpus, with the sentences themselves where `text` asks for them."""
        ids = tuple(map(text_id, sentences.texts))
        kept = sentences.texts if text else None
        return cls(ids, sentences.rows, sentences.ids, sentences.groups, kept)

    @classmethod
    def from_columns(cls, columns: Mapping[str, Sequence[Any]]) -> "SentenceRows":
        """From what `columns` gave, out of a file; ValueError or TypeError where it is something else."""
        for name, values in columns.items():
            wanted = int if name == "row" else str
            if not all(type(value) is wanted for value in values):
                raise ValueError(f"a value of {name} is of another type than {wanted.__name__}")
        return cls(**{name: tuple(values) for name, values in columns.items()})

    def columns(self) -> dict[str, tuple[Any, ...]]:
        """The columns that there are, by name, in the order in which they are written."""
        return {name: values for name in COLUMNS if (values := getattr(self, name)) is not None}
