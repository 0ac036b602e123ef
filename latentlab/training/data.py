"""From corpora to batches: the encoder runs once, its vectors are cached, the loop only reads them.

The cache is a float16 memory map keyed by encoder weights, layer, pooling and the texts themselves. Which
sentences make up step s is a function of the seed and s, so a resumed run sees what an uninterrupted one
sees.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import torch
from jaxtyping import Float, Int

from latentlab.corpora import Corpus, read_corpus, read_pairs, shipped_corpus
from latentlab.corpora.grammar.grammar import generate
from latentlab.corpora.normalisation import Split, normalise, split_of
from latentlab.corpora.readers import has_columns
from latentlab.corpora.substitution import plant_words, spread_rare_words, substitute
from latentlab.errors import ConfigError, CorpusError
from latentlab.models.decoder import Layout
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.tokenizer import TextTokenizer
from latentlab.training.optimisation.losses import Batch
from latentlab.training.train_config import DataConfig
from latentlab.training.vector_cache import cached_vectors

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sentences:
    """Encoded sentences; row i decodes to `tokens[starts[i] : starts[i] + lengths[i]]`."""

    texts: list[str]
    pooled: Float[np.ndarray, "n p"]
    """float16, possibly a memory map."""
    counts: Int[np.ndarray, " n"]
    """Tokens of the encoded text; `lengths` are those of the decoded one."""
    tokens: Int[np.ndarray, " T"]
    starts: Int[np.ndarray, " n"]
    lengths: Int[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.lengths)

    @classmethod
    def join(cls, first: "Sentences", second: "Sentences") -> "Sentences":
        """One after the other."""
        return cls(
            [*first.texts, *second.texts],
            np.concatenate([first.pooled, second.pooled]),
            np.concatenate([first.counts, second.counts]),
            np.concatenate([first.tokens, second.tokens]),
            np.concatenate([first.starts, second.starts + len(first.tokens)]),
            np.concatenate([first.lengths, second.lengths]),
        )

    def batch(self, rows: Int[np.ndarray, " b"]) -> Batch:
        """The given rows, sorted by length."""
        rows = rows[np.argsort(self.lengths[rows], kind="stable")]
        lengths = torch.as_tensor(self.lengths[rows])
        layout = Layout.of(lengths)
        at = torch.as_tensor(self.starts[rows])[layout.sentence] + layout.position
        return Batch(
            pooled=torch.as_tensor(self.pooled[rows].astype(np.float32)),
            counts=torch.as_tensor(self.counts[rows]),
            tokens=torch.as_tensor(self.tokens[at.numpy()]).long(),
            layout=layout,
        )


@dataclass(frozen=True)
class Texts:
    """What a run learns from, before any encoding."""

    train: list[str]
    extra: list[tuple[str, str]]
    """(encoded, decoded): made sentences, where both are the same, and paraphrase pairs."""
    validation: list[str]
    test: list[str]
    names: list[str]

    @property
    def fingerprint(self) -> str:
        """sha256 of everything that is learned, in order."""
        parts = [*self.train, "", *(text for pair in self.extra for text in pair)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def gather_texts(config: DataConfig, seed: int, words: Callable[[], Sequence[str]] = tuple) -> Texts:
    """Read the corpora and split them by hash; make the extra sentences that were asked for.

    With a column of groups it is the group that is hashed. A sentence may then be in several groups of
    several files; it is learned only where none of them is held out.

    `words` gives the encoder's own, and is asked only for `encoder_words`. CorpusError when nothing is left
    to learn or to hold out, ConfigError for a column where no file has columns.
    """
    for option, value in (("column", config.column), ("group", config.group)):
        if value is not None and not any(has_columns(source) for source in config.corpora):
            raise ConfigError(
                f"data.{option} is for corpora with columns, and there is none", f"omit --{option}"
            )
    corpora = _read(config) if config.corpora else [shipped_corpus()]
    train, validation, test = (_unique([c.split(s).texts for c in corpora]) for s in get_args(Split))
    held_out: set[str] = set()
    if config.group is not None:
        held_out = set(map(_key_of, test))
        validation = [text for text in validation if _key_of(text) not in held_out]
        held_out |= set(map(_key_of, validation))
        train = [text for text in train if _key_of(text) not in held_out]
    if len(train) < 2 or len(validation) < 2:
        raise CorpusError(
            f"{len(train)} training and {len(validation)} validation sentences are too few",
            f"2 % of the {'groups' if config.group else 'sentences'} are held out for validation by their "
            "hash: give a larger corpus",
        )
    made = substitute(train, int(config.substitutions * len(train)), seed)
    made += spread_rare_words(train, int(config.rare_words * len(train)), seed)
    if config.encoder_words:
        made += plant_words(train, words(), int(config.encoder_words * len(train)), seed)
    if config.grammar:
        made += _grammar(int(config.grammar * len(train)), seed, set(train))
    extra = [(t, t) for t in dict.fromkeys(made) if _key_of(t) not in held_out]
    pairs = read_pairs(config.pairs) if config.pairs else []
    # A sentence of a held-out part is not learned by way of its paraphrase either.
    learned = [
        pair
        for pair in pairs
        if all(split_of(text) == "train" and _key_of(text) not in held_out for text in pair)
    ]
    if len(learned) < len(pairs):
        log.warning(
            "%d of %d pairs have a held-out sentence and are left out", len(pairs) - len(learned), len(pairs)
        )
    extra += learned
    return Texts(train, extra, validation, test, [c.name for c in corpora])


def _read(config: DataConfig) -> list[Corpus]:
    """The corpora in their order; what was left out of them is logged."""
    corpora = [
        read_corpus(s, config.column, config.group) if has_columns(s) else read_corpus(s)
        for s in config.corpora
    ]
    for message in (message for corpus in corpora for message in corpus.messages):
        log.warning("%s", message)
    return corpora


def _grammar(n: int, seed: int, known: set[str]) -> list[str]:
    """Up to n sentences of the grammar; those that are known or held out are dropped.

    Seed 0 wrote the shipped corpus: another stream than its own is taken.
    """
    return [t for t in generate(n, seed + 1).texts if t not in known and split_of(t) == "train"] if n else []


def _key_of(text: str) -> str:
    """What `split_of` takes for the same sentence."""
    return normalise(text).casefold()


def _unique(parts: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(text for part in parts for text in part))


def encode_sentences(
    sources: Sequence[str],
    targets: Sequence[str],
    encoder: FrozenEncoder,
    tokenizer: TextTokenizer,
    max_length: int,
    *,
    cache: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Sentences:
    """Cached vectors of `sources` beside the tokens of `targets`.

    Sentences of more than `max_length` tokens are left out, and their number is logged: never cut.
    """
    counts = np.array([len(ids) for ids in tokenizer.encode(sources)], dtype=np.int64)
    ids = tokenizer.encode(targets)
    lengths = np.array([len(i) for i in ids], dtype=np.int64)
    fits = (lengths <= max_length) & (counts <= max_length) & (lengths > 0) & (counts > 0)
    keep: list[int] = np.flatnonzero(fits).tolist()
    if len(keep) < len(lengths):
        first = next(i for i, fit in enumerate(fits) if not fit)
        log.warning(
            "%d of %d sentences do not have 1 to %d tokens and are left out; the first is %r",
            len(lengths) - len(keep),
            len(lengths),
            max_length,
            targets[first][:60],
        )
    sources = [sources[i] for i in keep]
    pooled = cached_vectors(sources, encoder, cache=cache, progress=progress)
    lengths = lengths[keep]
    starts = np.cumsum(lengths) - lengths
    flat = np.array([t for i in keep for t in ids[i]], dtype=np.int32)
    return Sentences([targets[i] for i in keep], pooled, counts[keep], flat, starts, lengths)


def batch_rows(n: int, batch_size: int, step: int, seed: int) -> Int[np.ndarray, " b"]:
    """Rows of step `step`: epochs of n sentences laid end to end, each in its own order."""
    batch_size = min(batch_size, n)
    first = step * batch_size
    wanted = np.arange(first, first + batch_size)
    epochs = np.unique(wanted // n)
    orders = {int(e): np.random.default_rng((seed, int(e))).permutation(n) for e in epochs}
    return np.concatenate([orders[int(e)][wanted[wanted // n == e] % n] for e in epochs])
