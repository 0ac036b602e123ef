"""Which shard a row belongs to, and which rows are kept: functions of the row's number and the seed alone.

The same sentence falls into the same shard in every cloud, which is what a paired interval needs, and a file
that was cut into pieces is dealt as if it were whole, which is what merging needs.
"""

import numpy as np
from jaxtyping import Int64, UInt64

SHARDS = 50
"""Default number of shards."""


def row_hash(rows: Int64[np.ndarray, " n"], seed: int) -> UInt64[np.ndarray, " n"]:
    """A random-looking number a row: splitmix64 (Steele, Lea & Flood 2014, OOPSLA) of row and seed.

    >>> len(set(row_hash(np.arange(1000), 0).tolist()))
    1000
    """
    with np.errstate(over="ignore"):
        h = rows.astype(np.uint64) + np.uint64(seed + 1) * np.uint64(0x9E3779B97F4A7C15)
        h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(h ^ (h >> np.uint64(31)))


def shard_of(rows: Int64[np.ndarray, " n"], seed: int, shards: int = SHARDS) -> Int64[np.ndarray, " n"]:
    """Shard of each row: every run of `shards` rows is dealt out to all shards, each run in its own order.

    >>> sorted(shard_of(np.arange(50, 100), 0, 50).tolist()) == list(range(50))
    True
    """
    first, last = int(rows.min()) // shards, int(rows.max()) // shards
    every = np.arange(first * shards, (last + 1) * shards)
    ranks = row_hash(every, seed).reshape(-1, shards).argsort(axis=1, kind="stable").argsort(axis=1)
    return np.asarray(ranks.reshape(-1)[rows - first * shards])


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
