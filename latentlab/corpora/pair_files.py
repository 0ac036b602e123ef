"""Pairs of sentences to walk between, with what is known of the middle.

In a pair of kind `one` the grammar made a single independent choice differently (a subject with all that
agrees with it, a tense, a place, …), in `two` it made two, in `all` subject, verb and what follows differ.
The middle of a pair of the first two kinds is right if it is a sentence of the grammar with every factor
that both ends share. All sentences are of the held-out split.

    python -m latentlab.corpora.pair_files --out data/pairs.jsonl
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate, product
from pathlib import Path
from typing import Any, Literal

from latentlab.corpora.corpus import Corpus
from latentlab.corpora.grammar.frames import Cell
from latentlab.corpora.grammar.grammar import space
from latentlab.corpora.grammar.realisation import FACTORS, NONE, realise
from latentlab.corpora.normalisation import is_blank, normalise, split_of
from latentlab.errors import CorpusError, InputError
from latentlab.files import atomic_write
from latentlab.untrusted import LARGEST_DOCUMENT, parse_json

Kind = Literal["one", "two", "all"]
SHIPPED = {"one": 100, "two": 50, "all": 50}
"""Pairs of each kind in `data/pairs.jsonl`."""
_MUST_DIFFER = ("subject", "verb", "construction")
Factors = dict[str, str]


@dataclass(frozen=True)
class Pair:
    """Two sentences, and the factors that both share where they are known."""

    a: str
    b: str
    kind: str = "given"
    shared: Factors = field(default_factory=dict)
    """Factor -> value, `none` included; empty where nothing is known."""

    def to_json(self) -> dict[str, Any]:
        """A line of a pairs file."""
        return {"a": self.a, "b": self.b, "kind": self.kind, "shared": self.shared}


def middles(shared: Mapping[str, str]) -> frozenset[str]:
    """Every sentence of the grammar that has these factors, among them a verb."""
    if "verb" not in shared:
        raise CorpusError("the middle of a pair of different verbs has no known truth")
    found = set()
    for cell in _cells_by_verb().get(shared["verb"], ()):
        axes = []
        for axis in cell.axes:
            axes.append([part for part in axis if _agrees(part, shared)])
            if not axes[-1]:
                break  # nothing in this cell has all of them
        for parts in product(*axes):
            factors = dict.fromkeys(FACTORS, NONE)
            for part in parts:
                factors |= part
            if _agrees(shared, factors):
                found.add(realise(factors))
    return frozenset(found)


@cache
def _cells_by_verb() -> dict[str, list[Cell]]:
    cells: defaultdict[str, list[Cell]] = defaultdict(list)
    for block in space()[0]:
        for cell in block.cells:
            for verb in {part["verb"] for axis in cell.axes for part in axis if "verb" in part}:
                cells[verb].append(cell)
    return dict(cells)


def _agrees(part: Mapping[str, str], with_these: Mapping[str, str]) -> bool:
    return all(with_these.get(name, value) == value for name, value in part.items())


def grammar_pairs(counts: Mapping[str, int], seed: int) -> list[Pair]:
    """Held-out pairs of the grammar, as many of each kind as asked for, none twice."""
    rng = random.Random(seed)
    draws = {"one": _differing(rng, 1), "two": _differing(rng, 2), "all": _unlike(rng)}
    if unknown := set(counts) - set(draws):
        raise CorpusError(f"no kind of pair is called {sorted(unknown)[0]!r}", "there are one, two, all")
    pairs: list[Pair] = []
    used: set[str] = set()
    for kind, n in counts.items():
        wanted = len(pairs) + n
        while len(pairs) < wanted:
            first, second = next(draws[kind])
            a, b = realise(first), realise(second)
            if not {a, b} & used:
                used |= {a, b}
                shared = {name: first[name] for name in FACTORS if first[name] == second[name]}
                pairs.append(Pair(a, b, kind, shared))
    return pairs


def corpus_pairs(corpus: Corpus, n: int, seed: int) -> list[Pair]:
    """N pairs of different sentences of a corpus, no sentence in two of them."""
    texts = corpus.sample(2 * n, seed).texts
    return [Pair(a, b, "drawn") for a, b in zip(texts[::2], texts[1::2], strict=True)]


def _held_out(rng: random.Random) -> Iterator[tuple[Cell, list[int], Factors]]:
    """Cells with the choices of a held-out sentence, drawn as the grammar draws."""
    blocks, weights, _ = space()
    sums = list(accumulate(weights))
    while True:
        block = rng.choices(blocks, cum_weights=sums)[0]
        cell = rng.choices(block.cells, [cell.size for cell in block.cells])[0]
        choice = [rng.randrange(len(axis)) for axis in cell.axes]
        factors = _factors(cell, choice)
        if split_of(realise(factors)) == "test":
            yield cell, choice, factors


def _differing(rng: random.Random, count: int) -> Iterator[tuple[Factors, Factors]]:
    for cell, choice, factors in _held_out(rng):
        free = [i for i, axis in enumerate(cell.axes) if len(axis) > 1]
        if len(free) < count:
            continue
        for _ in range(20):
            other = list(choice)
            for i in rng.sample(free, count):
                other[i] = rng.choice([k for k in range(len(cell.axes[i])) if k != choice[i]])
            changed = _factors(cell, other)
            if split_of(realise(changed)) == "test" and realise(changed) != realise(factors):
                yield factors, changed
                break


def _unlike(rng: random.Random) -> Iterator[tuple[Factors, Factors]]:
    stream = _held_out(rng)
    while True:
        (_, _, a), (_, _, b) = next(stream), next(stream)
        if all(a[name] != b[name] for name in _MUST_DIFFER) and a["sentence_type"] == b["sentence_type"]:
            yield a, b


def _factors(cell: Cell, choice: list[int]) -> Factors:
    factors = dict.fromkeys(FACTORS, NONE)
    for axis, place in zip(cell.axes, choice, strict=True):
        factors |= axis[place]
    return factors


def load_pairs(path: Path) -> tuple[list[Pair], list[str]]:
    """The pairs of a .jsonl file with `a` and `b` on each line, and a complaint for every line that is none.

    `kind` and `shared` are optional. Blank lines are passed over.

    Raises:
        CorpusError: The file cannot be read, or no line of it is a pair.
    """
    try:
        with path.open("rb") as file:  # sentences may come through a pipe, which has no size
            data = file.read(LARGEST_DOCUMENT + 1)
    except OSError as error:
        raise CorpusError(f"cannot read {path}: {error.strerror}", "give a .jsonl file of pairs") from error
    if len(data) > LARGEST_DOCUMENT:
        raise CorpusError(f"{path} has more than {LARGEST_DOCUMENT} bytes", "give fewer pairs")
    pairs, complaints = [], []
    for number, line in enumerate(data.splitlines(), start=1):
        if line.strip():
            try:
                pairs.append(_parse(line))
            except ValueError as error:
                complaints.append(f"line {number}: {error}")
    if not pairs:
        first = f"; {complaints[0]}" if complaints else ""
        raise CorpusError(f"{path} holds no pair{first}", 'write {"a": "…", "b": "…"} on each line')
    return pairs, complaints


def _parse(line: bytes) -> Pair:
    try:
        row = parse_json(line, "the line")
    except InputError as error:
        raise ValueError("not JSON in UTF-8") from error
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in "ab"):
        raise ValueError("no strings `a` and `b`")
    shared = row.get("shared", {})
    if not isinstance(shared, dict) or not all(
        name in FACTORS and isinstance(value, str) for name, value in shared.items()
    ):
        raise ValueError("`shared` is not a table of the grammar's factors")
    a, b = normalise(row["a"]), normalise(row["b"])
    if is_blank(a) or is_blank(b):
        raise ValueError(f"`{'a' if is_blank(a) else 'b'}` is empty")
    try:
        (a + b).encode()
    except UnicodeEncodeError as error:
        raise ValueError("half a surrogate pair, which is no character") from error
    return Pair(a, b, str(row.get("kind", "given")), shared)


def main(arguments: list[str] | None = None) -> None:
    """Write pairs of the grammar to a file."""
    parser = argparse.ArgumentParser(description="Write held-out pairs of sentences as JSON lines.")
    for kind, n in SHIPPED.items():
        parser.add_argument(f"--{kind}", type=int, default=n, help=f"pairs of kind {kind}")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same file")
    parser.add_argument("--out", type=Path, required=True, help="where to, for example data/pairs.jsonl")
    options = parser.parse_args(arguments)
    pairs = grammar_pairs({kind: getattr(options, kind) for kind in SHIPPED}, options.seed)
    atomic_write(options.out, "".join(json.dumps(pair.to_json()) + "\n" for pair in pairs))


if __name__ == "__main__":
    main()
