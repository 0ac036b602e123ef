"""The anisotropy report at scale: against one matrix product, against other packages, in bounded memory.

Ratios come from alternating rounds in one process.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics.pairwise import cosine_similarity

from latentlab.metrics import mean_cosine
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import Setting, in_batches
from latentlab.metrics.streaming.read_accumulator import measure_state

D = 768
STREAMED = (1_000_000, 2_000_000, 10_000_000)
_PIECES = 50


def run(rounds: int = 3, streamed: tuple[int, ...] = STREAMED) -> dict[str, Any]:
    """All rows of the table; `streamed` are the sizes of the generated clouds."""
    with tempfile.TemporaryDirectory() as folder:
        large = _cloud(Path(folder) / "large.npy", 200_000)
        small = np.array(_cloud(Path(folder) / "small.npy", 20_000))
        results = {
            "one_product": _one_product(large, rounds),
            "isoscore": _isoscore(small, rounds),
            "mean_cosine": _mean_cosine(small, rounds),
            "merge": _merge(small),
        }
        del large
    results["streamed"] = [_streamed(n) for n in streamed]
    return results


def report(x: np.ndarray) -> Any:
    """Every streaming metric with its standard error, the exact jackknife by a second look."""
    state = State.start(x[:4096], Setting(directions=False))
    for batch in in_batches(x):
        state.update(batch)
    state.second_pass(in_batches(x))
    return measure_state(state)


def _cloud(path: Path, n: int) -> np.ndarray:
    """A cone with a falling spectrum, on disk and mapped."""
    rng = np.random.default_rng(0)
    mapped = np.lib.format.open_memmap(path, "w+", np.float32, (n, D))
    scale = (np.arange(1, D + 1) ** -0.4).astype(np.float32)
    for batch in in_batches(mapped):
        batch[:] = rng.standard_normal(batch.shape, dtype=np.float32) * scale + 0.05
    mapped.flush()
    return np.load(path, mmap_mode="r")


def _one_product(x: np.ndarray, rounds: int) -> dict[str, float]:
    """Against `X.T @ X` in torch on the same array in memory; ours maps the file (in the page cache)."""
    tensor = torch.from_numpy(np.array(x))
    return _alternate(lambda: report(x), lambda: tensor.T @ tensor, rounds)


def _isoscore(x: np.ndarray, rounds: int) -> dict[str, float]:
    """Against IsoScore 2.0.1, which gives one of these numbers."""
    from IsoScore import IsoScore

    theirs = float(IsoScore.IsoScore(torch.from_numpy(x)))
    ours = report(x)["isoscore"].estimate.value
    if abs(theirs - ours) > 1e-4:
        raise RuntimeError(f"the two do not measure the same: {ours} and {theirs}")
    return _alternate(lambda: report(x), lambda: IsoScore.IsoScore(torch.from_numpy(x)), rounds)


def _mean_cosine(x: np.ndarray, rounds: int) -> dict[str, float]:
    """With its exact standard error, against the n × n matrix of scikit-learn."""
    return _alternate(lambda: mean_cosine(x), lambda: cosine_similarity(x).mean(), rounds)


def _merge(x: np.ndarray) -> dict[str, float]:
    """Largest relative difference between one pass and merged pieces, over all values and standard errors."""
    x = x.astype(np.float64)
    start = State.start(x[:4096])
    whole, merged, first = start.sibling(first_row=0), start, 0
    for batch in in_batches(x):
        whole.update(batch)
    for piece in np.array_split(x, _PIECES):
        state = start.sibling(first_row=first)
        state.update(piece)
        merged = merged.merge(state)
        first += len(piece)
    a, b = measure_state(whole), measure_state(merged)
    pairs = [(a[k].estimate.value, b[k].estimate.value) for k in a] + [
        (a[k].estimate.se, b[k].estimate.se) for k in a
    ]
    if any((p is None) != (q is None) for p, q in pairs):
        raise RuntimeError("merging defines or undefines a metric")
    worst = max(abs(p - q) / abs(q) for p, q in pairs if q)
    return {"pieces": _PIECES, "largest_relative_difference": worst}


def _streamed(n: int) -> dict[str, float]:
    """Seconds and peak memory of a process of its own that measures n generated rows."""
    call = [sys.executable, "-m", "benchmarks.bench_measures", str(n)]
    answer: dict[str, float] = json.loads(subprocess.run(call, check=True, capture_output=True).stdout)
    return answer


def _generated(n: int) -> dict[str, float]:
    """Rows are one block, shifted along itself: generating them costs next to nothing."""
    rng = np.random.default_rng(0)
    block = rng.standard_normal((8192 + 4096, D), dtype=np.float32) + np.float32(0.05)
    started = time.perf_counter()
    state = State.start(block[:4096])
    for at in range(0, n, 8192):
        shift = at // 8192 % 4096
        state.update(block[shift : shift + min(8192, n - at)])
    measure_state(state)
    return {"n": n, "seconds": time.perf_counter() - started, "peak_bytes": _peak()}


def _peak() -> int:
    """Largest resident memory of this process so far, bytes.

    Not `ru_maxrss`: a process inherits that from the one that started it.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _alternate(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> dict[str, float]:
    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    for way, call in (("ours", ours), ("theirs", theirs)) * (rounds + 1):
        started = time.perf_counter()
        call()
        seconds[way].append(time.perf_counter() - started)
    # The first round warms caches and threads.
    medians = {way: statistics.median(values[1:]) for way, values in seconds.items()}
    ratios = [a / b for a, b in zip(seconds["ours"][1:], seconds["theirs"][1:], strict=True)]
    return {**{f"{way}_s": value for way, value in medians.items()}, "ratio": statistics.median(ratios)}


if __name__ == "__main__":
    print(json.dumps(_generated(int(sys.argv[1]))))
