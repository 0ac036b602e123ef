"""Which shard a row belongs to, and which rows are kept: functions of the row's number and the seed alone.

Where rows come in groups (near copies, sentences of one source), the label of the group takes the number's
place: whole groups move, as an interval for dependent rows needs.

The same sentence falls into the same shard in every cloud, which is what a paired interval needs, and a file
that was cut into pieces is dealt as if it were whole, which is what merging needs.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64, UInt64

Labels = Int64[np.ndarray, " n"] | UInt64[np.ndarray, " n"]
"""A number for the group of each row, equal in rows that belong together."""
SHARDS = 50
"""Default number of shards."""


def row_hash(rows: Int64[np.ndarray, " n"] | UInt64[np.ndarray, " n"], seed: int) -> UInt64[np.ndarray, " n"]:
    """A random-looking number a row: splitmix64 (Steele, Lea & Flood 2014, OOPSLA) of row and seed.

    >>> len(set(row_hash(np.arange(1000), 0).tolist()))
    1000
    """
    with np.errstate(over="ignore"):
        h = rows.astype(np.uint64) + np.uint64(seed + 1) * np.uint64(0x9E3779B97F4A7C15)
        h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(h ^ (h >> np.uint64(31)))


def shard_of(
    labels: Int64[np.ndarray, " n"] | UInt64[np.ndarray, " n"], seed: int, shards: int = SHARDS
) -> Int64[np.ndarray, " n"]:
    """Shard of each row number, or of each group's label: a hash, so that no order of the file matters.

    Dealing out every run of rows to all shards would make the shards alike where the file is sorted, and
    their spread too small.

    >>> np.bincount(shard_of(np.arange(1000), 0, 4)).tolist()
    [260, 241, 244, 255]
    """
    return np.asarray(row_hash(labels, seed) % np.uint64(shards)).astype(np.int64)


def group_labels(values: Sequence[object]) -> UInt64[np.ndarray, " n"]:
    """A 64-bit label for each row's group, from what its values say: equal values, equal labels anywhere.

    >>> a, b, c = group_labels(["x", "y", "x"]).tolist()
    >>> a == c, a == b
    (True, False)
    """
    texts = [str(value) for value in values]
    digests = {
        text: int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        for text in dict.fromkeys(texts)
    }
    return np.array([digests[text] for text in texts], dtype=np.uint64)


def smallest(hashes: UInt64[np.ndarray, " n"], k: int) -> Int64[np.ndarray, " m"]:
    """Positions of the k smallest hashes, ascending positions; all of them where there are fewer.

    Keeping those rows is a random sample without replacement that merges (bottom-k sketch, Cohen & Kaplan
    2007, PODC).

    >>> smallest(np.array([5, 1, 9, 3], dtype=np.uint64), 2).tolist()
    [1, 3]
    """
    if len(hashes) <= k:
        return np.arange(len(hashes))
    return np.sort(np.argpartition(hashes, k - 1)[:k])
