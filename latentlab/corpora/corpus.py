"""A corpus: sentences, their factors where these are known, and a fingerprint.

It does not know where the sentences came from; `readers.py` and `grammar.py` do.
"""

import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import get_args

from latentlab.corpora.normalisation import Split, split_of
from latentlab.errors import CorpusError, UsageError


@dataclass(frozen=True)
class Corpus:
    """Sentences in a fixed order. Changing one never happens; `split` and `sample` return new corpora.

    Raises:
        CorpusError: a factor has more or fewer values than there are sentences.
    """

    texts: tuple[str, ...]
    """The n sentences."""
    name: str
    """Where they came from, as a reader would say it: a file name or `hf:NAME:SPLIT`."""
    factors: dict[str, tuple[str, ...]] | None = None
    """Named columns of n strings each, row i belonging to sentence i; None where nothing is known."""
    dropped: dict[str, int] = field(default_factory=dict)
    """How many rows the reader left out, by reason: `empty`, `duplicates`."""
    warnings: tuple[str, ...] = ()
    """What was decided in reading and could have been decided otherwise, a line each."""
    group: str | None = None
    """The factor that says which sentences belong together; None where each is on its own."""
    rows: tuple[int, ...] | None = None
    """n numbers of the records that hold the sentences, from 0; None where no source has records."""
    ids: tuple[str, ...] | None = None
    """n values of the source's own column of ids, where it has one."""

    def __post_init__(self) -> None:
        for factor, values in (self.factors or {}).items():
            if len(values) != len(self.texts):
                raise CorpusError(
                    f"{self.name}: factor '{factor}' has {len(values)} values for {len(self.texts)} sentences"
                )

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def groups(self) -> tuple[str, ...] | None:
        """The n groups' names, where sentences belong together."""
        return None if self.group is None or self.factors is None else self.factors[self.group]

    @property
    def messages(self) -> list[str]:
        """What whoever gave the file should be told: what was left out, and the warnings. A line each."""
        left_out = ", ".join(f"{count} {reason}" for reason, count in self.dropped.items() if count)
        return [*([f"{self.name}: left out {left_out}"] if left_out else []), *self.warnings]

    @cached_property
    def fingerprint(self) -> str:
        """Sha256 (64 hexadecimal digits) over the sentences in their order; name and factors do not enter."""
        digest = hashlib.sha256()
        for text in self.texts:
            data = text.encode("utf-8", "surrogatepass")
            # The length in front keeps ("ab", "c") and ("a", "bc") apart.
            digest.update(len(data).to_bytes(8, "little") + data)
        return digest.hexdigest()

    def split(self, name: Split) -> "Corpus":
        """Return the sentences of one split, in their order. May be empty when the corpus is small.

        Where sentences come in groups, a group is in one split whole: its name is hashed, not the text.

        Raises:
            UsageError: there is no such split.
        """
        if name not in get_args(Split):
            raise UsageError(f"there is no split '{name}'", f"the splits are {', '.join(get_args(Split))}")
        rows = [row for row, key in enumerate(self.groups or self.texts) if split_of(key) == name]
        return self._rows(rows, f"{self.name}[{name}]")

    def sample(self, n: int | None, seed: int) -> "Corpus":
        """Return n sentences drawn without replacement, in the order drawn; for None all, as they are.

        For one seed the first m of a sample of n are the sample of m.

        Raises:
            CorpusError: n is below 1 or above the number of sentences.
        """
        if n is None:
            return self
        if not 1 <= n <= len(self):
            raise CorpusError(
                f"cannot draw {n} sentences from {self.name}, which has {len(self)}",
                f"ask for 1 to {len(self)}, or give a larger corpus",
            )
        order = list(range(len(self)))
        random.Random(seed).shuffle(order)
        return self._rows(order[:n], self.name)

    def one_of_each_group(self, seed: int) -> "Corpus":
        """Return one sentence of each group, drawn by the seed, in their order; all where there are none.

        >>> c = Corpus(("a", "b", "c"), "three", {"g": ("x", "x", "y")}, group="g")
        >>> len(c.one_of_each_group(0)), c.one_of_each_group(0).texts[-1]
        (2, 'c')
        """
        if self.groups is None:
            return self
        drawn = self.sample(len(self), seed)
        first = dict(zip(reversed(drawn.groups or ()), reversed(drawn.texts), strict=True))
        return self.only(first.values())

    def only(self, texts: Iterable[str]) -> "Corpus":
        """Return the sentences that are among `texts`, in their order here."""
        wanted = set(texts)
        return self._rows((row for row, text in enumerate(self.texts) if text in wanted), self.name)

    def _rows(self, rows: Iterable[int], name: str) -> "Corpus":
        rows = list(rows)
        factors = None
        if self.factors is not None:
            factors = {factor: tuple(values[row] for row in rows) for factor, values in self.factors.items()}
        return replace(
            self,
            texts=tuple(self.texts[row] for row in rows),
            name=name,
            factors=factors,
            rows=None if self.rows is None else tuple(self.rows[row] for row in rows),
            ids=None if self.ids is None else tuple(self.ids[row] for row in rows),
        )
