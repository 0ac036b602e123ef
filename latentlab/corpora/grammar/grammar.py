"""A controlled grammar: short everyday English sentences, each with the factors it was made from.

Every sentence is one point of a finite space (`size`), reached from its factors alone (`realise`), so that
one factor can be changed and the true answer is known. Sentences are drawn without replacement and in a
stream: the first m of n are the m that would have been drawn for m.

    python -m latentlab.corpora.grammar.grammar --n 30000 --seed 0 --out data/sentences.jsonl.gz
"""

import argparse
import gzip
import io
import json
import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path

from latentlab.corpora.corpus import Corpus
from latentlab.corpora.grammar.frames import Block, action_blocks
from latentlab.corpora.grammar.realisation import FACTORS, NONE, realise
from latentlab.corpora.grammar.state_frames import state_blocks
from latentlab.errors import CorpusError
from latentlab.files import atomic_write

__all__ = ["FACTORS", "NONE", "generate", "main", "realise", "size", "space"]

_FAMILY_WEIGHTS = {
    "transitive": 34,
    "giving": 7,
    "stative": 11,
    "intransitive": 14,
    "animal": 5,
    "thing": 2,
    "property": 7,
    "quality": 5,
    "location": 5,
    "existence": 3,
    "identity": 4,
    "experience": 2,
    "weather": 1,
}
_TYPE_WEIGHTS = {"statement": 10, "question": 4, "wh": 2, "imperative": 2, "suggestion": 1}


@cache
def space() -> tuple[tuple[Block, ...], tuple[float, ...], tuple[int, ...]]:
    """Return all blocks, the weight of each, and the size of each.

    The weights balance families, then the verbs of a family, then sentence types, then details.
    """
    blocks = (*action_blocks(), *state_blocks())
    entries = Counter(family for family, _ in {block.group[:2] for block in blocks})
    types: Counter[tuple[str, str]] = Counter()
    for family, entry, kind in {block.group for block in blocks}:
        types[family, entry] += _TYPE_WEIGHTS[kind]
    details: defaultdict[tuple[str, str, str], float] = defaultdict(float)
    for block in blocks:
        details[block.group] += block.weight
    weights = []
    for block in blocks:
        family, entry, kind = block.group
        weight = _FAMILY_WEIGHTS[family] / entries[family] * _TYPE_WEIGHTS[kind] / types[family, entry]
        weights.append(weight * block.weight / details[block.group])
    return blocks, tuple(weights), tuple(block.size for block in blocks)


def size() -> int:
    """Return how many distinct sentences the grammar has."""
    return sum(space()[2])


def generate(n: int, seed: int) -> Corpus:
    """Draw n distinct sentences with their factors.

    Args:
        n: how many, 1 to `size()`.
        seed: the same seed gives the same stream of sentences, of which these are the first n.

    Returns:
        A corpus whose factors are the columns named in `FACTORS`.

    Raises:
        CorpusError: n is below 1 or above `size()`.
    """
    if not 1 <= n <= size():
        raise CorpusError(
            f"the grammar cannot write {n} sentences", f"it has {size():,}; ask for 1 to that many"
        )
    stream = _draw(random.Random(seed))
    rows = [next(stream) for _ in range(n)]
    factors = {name: tuple(row[name] for row in rows) for name in FACTORS}
    return Corpus(tuple(realise(row) for row in rows), f"grammar[{n}, seed {seed}]", factors)


def _draw(rng: random.Random) -> Iterator[dict[str, str]]:
    """Yield factors without end or repetition: a block by weight, then one of its sentences not yet drawn."""
    blocks, fixed_weights, sizes = space()
    weights = list(fixed_weights)
    sums = list(accumulate(weights))
    moved: defaultdict[int, dict[int, int]] = defaultdict(dict)
    left = list(sizes)
    while True:
        number = min(bisect_right(sums, rng.random() * sums[-1]), len(blocks) - 1)
        block = blocks[number]
        # Fisher-Yates on a list that is never written out: `moved` holds what is no longer at its own place.
        place = rng.randrange(left[number])
        left[number] -= 1
        index = moved[number].get(place, place)
        moved[number][place] = moved[number].pop(left[number], left[number])
        yield _complete(block, index)
        if not left[number]:
            weights[number] = 0.0
            sums = list(accumulate(weights))


def _complete(block: Block, index: int) -> dict[str, str]:
    for cell in block.cells:
        if index < cell.size:
            return dict.fromkeys(FACTORS, NONE) | cell.factors(index)
        index -= cell.size
    raise IndexError(index)


def write(corpus: Corpus, path: Path) -> None:
    """Write sentences and factors as gzipped JSON lines; the same corpus gives the same bytes.

    Raises:
        ResourceError: The disk is full; what was there before is untouched.
    """
    buffer = io.BytesIO()
    # No name and no time in the header, so that the bytes depend on the sentences alone.
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as packed:
        for row, text in enumerate(corpus.texts):
            factors = {name: values[row] for name, values in (corpus.factors or {}).items()}
            packed.write((json.dumps({"text": text} | factors) + "\n").encode())
    atomic_write(path, buffer.getvalue())


def main(arguments: list[str] | None = None) -> None:
    """Write a corpus to a file."""
    parser = argparse.ArgumentParser(description="Write sentences with their factors as gzipped JSON lines.")
    parser.add_argument("--n", type=int, default=30_000, help="how many sentences")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same file")
    parser.add_argument(
        "--out", type=Path, required=True, help="where to, for example data/sentences.jsonl.gz"
    )
    options = parser.parse_args(arguments)
    write(generate(options.n, options.seed), options.out)


if __name__ == "__main__":
    main()
