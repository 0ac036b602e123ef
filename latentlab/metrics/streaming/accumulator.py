"""One pass over a cloud of any size: the sums from which every streaming metric is read.

The sums are of y = x - pilot, the mean of the first rows: without that shift a float32 product of vectors
whose mean is thirty times their spread has a relative error of a hundredth. Products are taken in the input's
precision (float16 in float32), sums are kept in float64, apart for each of G shards. The rows with the
smallest hashes are kept as they are, for metrics that need pairs of rows or a second look.

States of different rows under one pilot and one configuration merge into the state of all rows.
Source of the rule: Chan, Golub & LeVeque 1979, with the shift fixed beforehand.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Float64, Int64, UInt64

from latentlab.errors import LatentsError
from latentlab.metrics.streaming.directions import along
from latentlab.metrics.streaming.pass_settings import Setting, in_batches, joined_ranges, working_precision
from latentlab.metrics.streaming.sharding import row_hash, shard_of, smallest
from latentlab.metrics.streaming.sums import Sums
from latentlab.metrics.streaming.threads import each

PILOT_ROWS = 4096
_KEEP = 1
"""Added to the seed where rows are kept: a sample that does not depend on the shards."""


@dataclass
class State:
    """Sums of the rows seen so far.

    >>> x = np.random.default_rng(0).standard_normal((300, 4))
    >>> a = State.start(x); a.update(x[:100])
    >>> b = a.sibling(first_row=100); b.update(x[100:])
    >>> whole = a.merge(b)
    >>> whole.n, bool(np.allclose(whole.pilot + whole.whole.total[0] / 300, x.mean(axis=0)))
    (300, True)
    """

    pilot: Float64[np.ndarray, " d"]
    setting: Setting
    ranges: list[tuple[int, int]]
    """Half-open ranges of the row numbers seen; the next row is the end of the last one."""
    shards: Sums
    """Sums with one row a shard."""
    unit_scatter: Float64[np.ndarray, "d d"] | None
    """Sum of (u - c)(u - c)ᵀ over the rows that are not zero, c the `axis`: in a narrow cone all u are nearly
    one vector, and a sum of u uᵀ would hold nothing but that."""
    kept: Float[np.ndarray, "m d"]
    """The rows with the smallest hashes, by row number; `kept_rows` are those numbers."""
    kept_rows: Int64[np.ndarray, " m"]
    kept_groups: UInt64[np.ndarray, " m"]
    """Their groups' labels; their numbers where rows do not come in groups."""
    nonfinite: int = 0
    """Rows with NaN or infinity that were left out because the caller allowed it."""
    row_spread: float | None = None
    """Sum over rows of the squared distance of u · S from its mean, S the sum of all u: `second_pass`."""

    @classmethod
    def start(
        cls, first: Float[np.ndarray, "n d"], setting: Setting = Setting(), *, first_row: int = 0
    ) -> "State":
        """An empty state whose pilot is the mean of the first rows; they are not counted yet."""
        if first.ndim != 2 or 0 in first.shape:
            raise LatentsError(f"expected vectors of shape (n, d), got shape {first.shape}")
        head = np.asarray(first[:PILOT_ROWS], dtype=np.float64)
        head = head[np.isfinite(head).all(axis=1)]
        d, working = first.shape[1], working_precision(first.dtype)
        return cls(
            # Rounded to what the rows are computed in, so that x - pilot is what the sums say it is.
            pilot=(head.mean(axis=0) if len(head) else np.zeros(d)).astype(working).astype(np.float64),
            setting=setting,
            ranges=[(first_row, first_row)],
            shards=Sums.zeros(d, setting.shards, products=setting.products),
            unit_scatter=np.zeros((d, d)) if setting.directions else None,
            kept=np.zeros((0, d), dtype=working),
            kept_rows=np.zeros(0, dtype=np.int64),
            kept_groups=np.zeros(0, dtype=np.uint64),
        )

    def sibling(self, *, first_row: int) -> "State":
        """An empty state that merges with this one."""
        empty = State.start(self.pilot[None], self.setting, first_row=first_row)
        return replace(empty, pilot=self.pilot.copy(), kept=self.kept[:0])

    @classmethod
    def of(
        cls,
        x: Float[np.ndarray, "n d"],
        setting: Setting = Setting(),
        *,
        groups: UInt64[np.ndarray, " n"] | None = None,
    ) -> "State":
        """The state of one array; `groups` are the labels of the rows, where the setting is grouped."""
        state, at = cls.start(x, setting), 0
        for batch in in_batches(x):
            state.update(batch, groups=None if groups is None else groups[at : at + len(batch)])
            at += len(batch)
        return state

    @property
    def d(self) -> int:
        """Dimensions."""
        return len(self.pilot)

    @property
    def axis(self) -> Float64[np.ndarray, " d"]:
        """Direction of the pilot, as the rows' precision has it; zero for a pilot of zeros."""
        length = float(np.linalg.norm(self.pilot))
        unit = self.pilot / length if length else self.pilot
        return np.asarray(unit.astype(self.kept.dtype).astype(np.float64))

    @property
    def n(self) -> int:
        """Rows counted."""
        return int(self.shards.n.sum())

    @property
    def whole(self) -> Sums:
        """Sums of all rows."""
        return self.shards.added()

    @property
    def groups(self) -> int:
        """Groups seen: exact where they are no more than the rows kept, else estimated from the kept ones.

        Source: the k smallest hashes as a counter, Bar-Yossef et al. 2002, RANDOM.
        """
        k = self.setting.subsample
        if self.groups_counted:
            return len(self.kept_groups)
        largest = int(row_hash(self.kept_groups, self.setting.seed + _KEEP).max())
        return min(round((k - 1) / (largest / 2**64)), self.n)

    @property
    def groups_counted(self) -> bool:
        """Whether the number of groups is exact."""
        return len(self.kept_groups) < self.setting.subsample

    def update(
        self,
        batch: Float[np.ndarray, "n d"],
        *,
        groups: UInt64[np.ndarray, " n"] | None = None,
        drop_nonfinite: bool = False,
    ) -> None:
        """Count the next rows; `groups` are their groups' labels, where the setting is grouped.

        Raises:
            LatentsError: Another width, or a row with NaN or infinity; with `drop_nonfinite` such rows are
                left out and counted.
        """
        if batch.ndim != 2 or batch.shape[1] != self.d:
            raise LatentsError(f"expected vectors of shape (n, {self.d}), got shape {batch.shape}")
        if self.setting.grouped != (groups is not None) or (groups is not None and len(groups) != len(batch)):
            raise LatentsError("expected a group for each row of a grouped state, and none for any other")
        start, end = self.ranges[-1]
        rows = np.arange(end, end + len(batch))
        labels = rows.astype(np.uint64) if groups is None else groups
        working_precision(batch.dtype)
        x = np.asarray(batch, dtype=self.kept.dtype)
        with np.errstate(invalid="ignore", over="ignore"):
            finite = np.isfinite(x @ np.ones(self.d, x.dtype))  # a quick look: of a row that is, nothing else
        if not finite.all():
            finite = np.isfinite(x).all(axis=1)
            bad = np.flatnonzero(~finite)
            if len(bad) and not drop_nonfinite:
                raise LatentsError(
                    f"expected finite numbers, got NaN or infinity in {len(bad)} rows, the first is row "
                    f"{rows[bad[0]]}",
                    "--drop-nonfinite leaves them out and counts them",
                )
            self.nonfinite += len(bad)
            x, rows, labels = x[finite], rows[finite], labels[finite]
        self.ranges[-1] = (start, end + len(batch))
        if len(x):
            self.count(x, labels)
            self._keep(x, rows, labels)

    def count(self, x: Float[np.ndarray, "n d"], labels: UInt64[np.ndarray, " n"]) -> None:
        """Add up finite rows; `update` looks at them first, and keeps some."""
        shard = shard_of(labels, self.setting.seed, self.setting.shards)
        order = np.argsort(shard, kind="stable")
        bounds = np.searchsorted(shard[order], np.arange(self.setting.shards + 1))
        pilot = self.pilot.astype(x.dtype)
        units = np.empty_like(x) if self.unit_scatter is not None else None
        axis = self.axis.astype(x.dtype)

        def add(g: int) -> None:
            at = order[bounds[g] : bounds[g + 1]]
            if not len(at):
                return
            u = None if units is None else units[bounds[g] : bounds[g + 1]]
            self.shards.count(g, x, at, pilot, u)
            if u is not None:
                u -= axis * np.any(u, axis=1, keepdims=True)

        # One product a shard is too small for two threads; two shards at a time are not.
        each(add, range(self.setting.shards))
        if not np.isfinite(self.shards.fourth).all():
            raise LatentsError(f"numbers too large for fourth powers in {x.dtype}", "scale the vectors down")
        if units is not None:
            self.unit_scatter += units.T @ units

    def _keep(
        self, x: Float[np.ndarray, "n d"], rows: Int64[np.ndarray, " n"], labels: UInt64[np.ndarray, " n"]
    ) -> None:
        k, seed = self.setting.subsample, self.setting.seed + _KEEP
        at = self._first_of_groups(rows, labels)
        hashes = row_hash(labels[at], seed)
        few = smallest(hashes, k)
        if len(self.kept_rows) >= k:
            # A group that is kept already is looked at again, for this may be its row with the smallest hash.
            few = few[hashes[few] <= row_hash(self.kept_groups, seed).max()]
        at = at[few]
        self._keep_smallest(
            np.concatenate([self.kept, x[at]]),
            np.concatenate([self.kept_rows, rows[at]]),
            np.concatenate([self.kept_groups, labels[at]]),
        )

    def _keep_smallest(
        self, x: Float[np.ndarray, "n d"], rows: Int64[np.ndarray, " n"], labels: UInt64[np.ndarray, " n"]
    ) -> None:
        one = self._first_of_groups(rows, labels)
        at = one[smallest(row_hash(labels[one], self.setting.seed + _KEEP), self.setting.subsample)]
        at = at[np.argsort(rows[at], kind="stable")]
        self.kept, self.kept_rows, self.kept_groups = x[at], rows[at], labels[at]

    def _first_of_groups(
        self, rows: Int64[np.ndarray, " n"], labels: UInt64[np.ndarray, " n"]
    ) -> Int64[np.ndarray, " m"]:
        """Positions of one row a group, the one with the smallest hash of its number, in any order."""
        if not self.setting.grouped:
            return np.arange(len(rows))
        order = np.argsort(row_hash(rows, self.setting.seed + _KEEP), kind="stable")
        return np.asarray(order[np.unique(labels[order], return_index=True)[1]])

    def second_pass(self, batches: Iterable[np.ndarray]) -> None:
        """Spread of u · S over the same rows again: what `directions` gives at the price of a second product.

        In double precision: in a narrow cone the rows differ in the last digits of single precision.
        """
        total = self.shards.unit_total.sum(axis=0)
        middle = float(total @ total) / max(int(self.shards.directed.sum()), 1)
        n, first, second = 0, 0.0, 0.0
        for batch in batches:
            rows = batch[np.isfinite(batch).all(axis=1)] if self.nonfinite else batch
            away = along(rows, total) - middle
            n, first, second = n + len(away), first + float(away.sum()), second + float(away @ away)
        self.row_spread = second - first**2 / n if n else None

    def spread_of_rows(self) -> float | None:
        """Sum of squared distances of u · S from its mean, from either source; None where there is none."""
        if self.unit_scatter is None:
            return self.row_spread
        whole = self.whole
        total, n = whole.unit_total[0], int(whole.directed[0])
        first = float((total - n * self.axis) @ total)
        return float(total @ self.unit_scatter @ total) - first**2 / n if n else None

    def merge(self, other: "State") -> "State":
        """Both together, the arguments untouched.

        Raises:
            LatentsError: They have another pilot or configuration, or share rows.
        """
        if self.pilot.shape != other.pilot.shape or not np.array_equal(self.pilot, other.pilot):
            raise LatentsError(
                "the two states have different pilots, so their sums do not add",
                "make the second one with --like FIRST",
            )
        if self.setting != other.setting:
            raise LatentsError(f"the two states differ: {self.setting} and {other.setting}")
        ranges = sorted(r for r in [*self.ranges, *other.ranges] if r[0] < r[1]) or [(0, 0)]
        for (_, end), (start, _) in pairwise(ranges):
            if start < end:
                raise LatentsError(
                    f"the two states share rows: one begins at row {start}, before row {end}",
                    "give --first-row when a cloud is read in pieces",
                )
        merged = replace(
            self,
            ranges=joined_ranges(ranges),
            shards=self.shards.plus(other.shards),
            nonfinite=self.nonfinite + other.nonfinite,
            row_spread=None,
        )
        if self.unit_scatter is not None and other.unit_scatter is not None:
            merged.unit_scatter = self.unit_scatter + other.unit_scatter
        merged._keep_smallest(
            np.concatenate([self.kept, other.kept]),
            np.concatenate([self.kept_rows, other.kept_rows]),
            np.concatenate([self.kept_groups, other.kept_groups]),
        )
        return merged
