"""Vectors from files measured as they are read: any number of rows, in memory for a batch and the sums.

A file is one cloud, `latents`. It is read twice, for the exact interval of the mean cosine needs the sum of
all directions first; a state that is to be saved sums their products as well, and once is enough.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt64

from latentlab.analysis.anisotropy.cloud import DOUBLE_BELOW, Cloud, measure_cloud
from latentlab.analysis.anisotropy.spaces_report import Item
from latentlab.analysis.clouds import Progress
from latentlab.errors import LatentsError
from latentlab.metrics import collapse_gate
from latentlab.metrics.streaming.accumulator import PILOT_ROWS, State
from latentlab.metrics.streaming.pass_settings import NUMBERS, SUBSAMPLE, Setting
from latentlab.metrics.streaming.sharding import SHARDS
from latentlab.metrics.streaming.wide import fits_in_span
from latentlab.results.accumulator_files import SavedState
from latentlab.results.vectors.vector_file import Vectors

WIDE = 2048
"""Dimensions up to which all the shards are kept; above it fewer, for each holds d² sums."""
FEWEST_SHARDS = 10
WIDEST = 8192
"""More dimensions are refused: the sums alone would take tens of gigabytes."""
_SHOWN = 5


def transpose(path: str | Path | None) -> str:
    """What to do about a file whose rows and columns are swapped, in words that can be typed.

    >>> transpose("runs/x.npy")
    "if they are: numpy.save('turned.npy', numpy.load('runs/x.npy').T), and measure that"
    """
    if path is None or Path(path).suffix.lower() != ".npy":
        return "if they are: turn the table or the array over (its .T), save it, and measure that"
    return f"if they are: numpy.save('turned.npy', numpy.load({str(path)!r}).T), and measure that"


def setting_of(d: int, *, seed: int, sample: int = SUBSAMPLE, directions: bool = False) -> Setting:
    """The setting for vectors of this width."""
    shards = max(FEWEST_SHARDS, min(SHARDS, SHARDS * WIDE**2 // d**2))
    return Setting(seed=seed, shards=shards, subsample=sample, directions=directions)


def measure_vectors(
    vectors: Vectors,
    *,
    seed: int,
    drop_nonfinite: bool = False,
    setting: Setting | None = None,
    like: State | None = None,
    first_row: int = 0,
    groups: UInt64[np.ndarray, " n"] | None = None,
    progress: Progress | None = None,
) -> tuple[State, Item]:
    """Measure one file.

    Args:
        vectors: An open file.
        seed: Of the shards, the rows that are kept and the simulated references.
        drop_nonfinite: Leave rows with NaN or infinity out, and count them.
        setting: Instead of the usual one; its seed wins.
        like: A state that this one is to be merged with: pilot, setting and precision are taken from it.
        first_row: Number of the first row, where the file is a piece of a larger cloud.
        groups: Labels of the rows' groups, where rows resemble each other.
        progress: Called with what is being done, how much is done and of how much.

    Raises:
        LatentsError: Rows that are not finite, numbers too large to be squared, a width that is not that of
            `like` or too large to be summed up, or fewer than two rows.
    """
    setting = replace(setting or setting_of(vectors.d, seed=seed), grouped=groups is not None)
    if like is None and not setting.directions and fits_in_span(vectors.n, vectors.d, setting):
        setting = replace(setting, products=False)
    if like is not None and like.setting.grouped != setting.grouped:
        raise LatentsError(
            f"{vectors.where}: rows come in groups either here or in the sums that these are to be like",
            "give --group for all pieces of a cloud or for none",
        )
    if groups is not None and len(groups) != vectors.n:
        raise LatentsError(
            f"{vectors.where}: {vectors.n} rows, and {len(groups)} groups are named", "one label a row"
        )
    with naming(vectors):
        state, at = started(vectors, setting, like, first_row), 0
        nonfinite = Nonfinite(state.kept.dtype)
        for x in read(vectors, state.kept.dtype, progress):
            nonfinite.look(x)
            of_batch = None if groups is None else groups[at : at + len(x)]
            state.update(x, groups=of_batch, drop_nonfinite=True)
            at += len(x)
        nonfinite.check_allowed(drop_nonfinite)
        if state.setting.products and not state.setting.directions and groups is None:
            state.second_pass(read(vectors, state.kept.dtype, progress, "again"))
        left_out = nonfinite.named() if nonfinite.count else None
        told = {"left_out": left_out, "doubt": vectors.doubt}
        return state, item_of(
            state, vectors.name, path=None if vectors.path is None else str(vectors.path), **told
        )


def merge_states(saved: Iterable[SavedState]) -> SavedState:
    """One state of all, named after the one with the first rows.

    Raises:
        LatentsError: There is none, or one does not belong to those before it; it is named.
    """
    names: list[tuple[int, str]] = []
    whole: State | None = None
    for each in saved:
        names.append((each.state.ranges[0][0], each.name))
        if whole is None:
            whole = each.state
            continue
        try:
            _check_alike(whole.setting, each.state.setting)
            whole = whole.merge(each.state)
        except LatentsError as error:
            raise LatentsError(f"{each.path or each.name}: {error.message}", error.hint) from error
    if whole is None:
        raise LatentsError("there is no state to merge", "give one or more")
    name = min(names)[1]
    return SavedState(f"{name} + {len(names) - 1} more" if len(names) > 1 else name, whole)


def item_of(
    state: State,
    name: str,
    *,
    path: str | None = None,
    left_out: str | None = None,
    doubt: str | None = None,
) -> Item:
    """What a report says of the rows that a state has seen; `left_out` names those that it did not count."""
    cloud = noted(measure_cloud(state), left_out, shards=state.setting.shards, doubt=doubt)
    return Item(name, path, "vectors", {"latents": cloud}, collapse_gate(None))


def noted(cloud: Cloud, left_out: str | None, *, shards: int, doubt: str | None = None) -> Cloud:
    """The cloud with warnings: rows that were left out, fewer shards than usual, and what looks wrong."""
    rows = f"these are rows {left_out}" if left_out else None
    fewer = f"{shards} jackknife shards instead of {SHARDS}" if shards < SHARDS else None
    return replace(cloud, note="; ".join(note for note in (cloud.note, rows, fewer, doubt) if note) or None)


def started(vectors: Vectors, setting: Setting, like: State | None = None, first_row: int = 0) -> State:
    """An empty state for the rows of a file; LatentsError where their width has no place in one."""
    if vectors.d > WIDEST:
        swapped = vectors.n < vectors.d
        question = f"; n = {vectors.n} < d: are rows and columns swapped?" if swapped else ""
        raise LatentsError(
            f"d = {vectors.d} is too wide to be summed up, the most is {WIDEST}{question}",
            transpose(vectors.path) if swapped else "project the vectors to fewer dimensions",
        )
    if like is not None:
        if like.d != vectors.d:
            raise LatentsError(f"d = {vectors.d}, and the state that it is to be like has d = {like.d}")
        return like.sibling(first_row=first_row)
    # A read of its own, so that the pilot does not depend on the size of a batch.
    first = next(vectors.batches(PILOT_ROWS))
    # Double precision where it costs nothing to speak of.
    first = first.astype(np.float64) if vectors.n * vectors.d < DOUBLE_BELOW else first
    return State.start(first, setting, first_row=first_row)


def read(
    vectors: Vectors, dtype: np.dtype, progress: Progress | None = None, again: str = "", *, at_once: int = 1
) -> Iterator[np.ndarray]:
    """Batches in one precision, the smaller the more files are read at once."""
    done = 0
    for batch in vectors.batches(max(1, NUMBERS // vectors.d // at_once)):
        yield np.asarray(batch, dtype=dtype)
        done += len(batch)
        if progress:
            progress(f"reading {vectors.name} {again}".rstrip(), done, vectors.n)


@contextmanager
def naming(vectors: Vectors) -> Iterator[None]:
    """Errors of what is measured say of which file; sums over rows that are left out on purpose are quiet."""
    try:
        with np.errstate(invalid="ignore", over="ignore"):
            yield
    except LatentsError as error:
        if error.message.startswith(vectors.where):
            raise
        raise LatentsError(f"{vectors.where}: {error.message}", error.hint) from error


class Nonfinite:
    """Rows of a file that have NaN or infinity: how many, and the numbers of the first of them."""

    def __init__(self, dtype: np.dtype) -> None:
        self.rows: list[int] = []
        self.count = 0
        self.largest = (float(np.finfo(dtype).max) / 2**18) ** 0.25
        """The fourth powers of larger numbers cannot be summed up in this precision."""
        self._at = 0

    def look(self, x: Float[np.ndarray, "n d"]) -> None:
        """Look at the next rows; LatentsError for numbers that are too large."""
        # One look for both: a comparison with NaN is false.
        if not (x.max() <= self.largest and x.min() >= -self.largest):
            finite = np.isfinite(x).all(axis=1)
            if finite.any() and (largest := float(np.abs(x[finite]).max())) > self.largest:
                raise LatentsError(
                    f"a number as large as {largest:.3g} is no part of a vector",
                    "other numbers, or another order of bytes, look like that",
                )
            bad = np.flatnonzero(~finite)
            self.count += len(bad)
            self.rows += (bad[: _SHOWN - len(self.rows)] + self._at).tolist()
        self._at += len(x)

    def check_allowed(self, allowed: bool) -> None:
        """LatentsError where rows were found and may not be left out."""
        if self.count and self.count == self._at:
            raise LatentsError(
                f"NaN or infinity in each of {self._at} rows: there is no vector", "write the vectors again"
            )
        if self.count and not allowed:
            raise LatentsError(
                f"NaN or infinity in {self.count} of {self._at} rows: {self.named()}",
                "--drop-nonfinite leaves them out and counts them",
            )

    def named(self) -> str:
        """The numbers of the first of the rows."""
        more = f" and {self.count - len(self.rows)} more" if self.count > len(self.rows) else ""
        return f"{', '.join(map(str, self.rows))}{more}, counted from 0"


def _check_alike(a: Setting, b: Setting) -> None:
    """LatentsError says in what two settings differ."""
    others = asdict(b)
    differ = [f"{key} {value} and {others[key]}" for key, value in asdict(a).items() if others[key] != value]
    if differ:
        raise LatentsError(
            f"its sums were made with another setting: {', '.join(differ)}",
            "make all states but the first with --like FIRST",
        )
