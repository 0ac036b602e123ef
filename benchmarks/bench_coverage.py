"""Do the intervals hold? Clouds of eight kinds with a known truth, drawn again and again.

For every metric with a ±: how often its 95 % interval holds the value of the space. For `compare`: how often
two spaces that differ by nothing but noise are said to differ. Clouds of 32 and 384 dimensions, 200 and 2,000
rows; the wide large ones have fewer draws of the second space, for they cost most.
"""

import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from latentlab.analysis.anisotropy.cloud import state_of
from latentlab.analysis.comparison.comparisons import of_sentences
from latentlab.analysis.comparison.primary_metrics import CORE, OF_ONE_WIDTH, core_of
from latentlab.metrics import METRICS
from latentlab.metrics.intrinsic import mle_id, twonn
from latentlab.metrics.statistics.inference import holm
from latentlab.metrics.streaming.read_accumulator import Measured, measure_state
from latentlab.metrics.streaming.sampled import measure_sample
from latentlab.metrics.streaming.sharding import group_labels

SIZES = ((200, 32, 300, 300), (2000, 32, 300, 300), (200, 384, 300, 100), (2000, 384, 300, 100))
"""Rows, dimensions, draws, and draws in which two spaces are compared: wide ones cost most."""
LARGE = 200_000
"""Rows that a truth without a closed form is read from."""
PAIRED, REPEATS = 8000, 8
"""Rows of which all pairs are, and how often that is done: one sample alone is uncertain by half of what an
interval at 2,000 rows is wide."""
PAIRS = ("uniformity_gap", "mmd2")
TESTED = tuple(key for key in CORE if key not in OF_ONE_WIDTH)
"""Measures whose differences over sentences have a p-value."""
LOW, HIGH = 0.92, 0.98
LENGTHS, NOISE = 0.7, 0.05

Cloud = np.ndarray
Row = tuple[str, str, str, bool]


def powers(d: int) -> np.ndarray:
    """Variances of a power law, 1 in the mean."""
    falling = np.arange(1, d + 1) ** -0.5
    return np.asarray(falling / falling.mean())


def cloud_of(family: str, n: int, d: int, common: np.random.Generator, own: np.random.Generator) -> Cloud:
    """N rows; what `common` draws is shared by the two spaces of a comparison."""

    def gaussian(m: int = n) -> np.ndarray:
        shape = (m, d)
        return np.asarray((common.standard_normal(shape) + own.standard_normal(shape)) / np.sqrt(2))

    falling = np.sqrt(powers(d))
    if family == "Gaussian":
        return gaussian()
    if family == "cone":
        return gaussian() + 0.6
    if family == "t5":
        return gaussian() / np.sqrt(common.chisquare(5, (n, 1)) / 5)
    if family == "clusters":
        near = NOISE * own.standard_normal((n, d))
        return np.repeat(gaussian(n // 10) * falling + 0.3, 10, axis=0) + near
    x = gaussian() * falling + 0.3
    if family == "unit norm":
        return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))
    if family == "log-normal lengths":
        return np.asarray(x * np.exp(LENGTHS * common.standard_normal((n, 1))))
    return x


FAMILIES = (
    "Gaussian",
    "cone",
    "power law",
    "unit norm",
    "t5",
    "log-normal lengths",
    "clusters",
    "sorted file",
)


def covariance(family: str, d: int) -> np.ndarray | None:
    """Of the space, where it has a closed form."""
    mean = np.full(d, 0.3)
    if family in ("Gaussian", "cone", "t5"):
        return np.eye(d)  # up to a factor, which no metric here sees
    if family == "unit norm":
        return None
    if family == "log-normal lengths":
        square, first = np.exp(2 * LENGTHS**2), np.exp(LENGTHS**2 / 2)
        raw = np.diag(powers(d)) + np.outer(mean, mean)
        return np.asarray(square * raw - first**2 * np.outer(mean, mean))
    return np.diag(powers(d) + (NOISE**2 if family == "clusters" else 0))


def truth(family: str, d: int) -> dict[str, float]:
    """The value of the space, by metric; of the cone and of pairs from many rows, but for exact zeros."""
    rng = np.random.default_rng([11, d])
    kind = "power law" if family in ("clusters", "sorted file") else family
    parts = [cloud_of(kind, LARGE // 10, d, rng, rng) for _ in range(10)]
    units = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in parts]
    s = sum(u.sum(axis=0) for u in units)
    total, energy = sum(x.sum(axis=0) for x in parts), sum(float((x**2).sum()) for x in parts)
    found = {
        "mean_cosine": (s @ s - LARGE) / (LARGE * (LARGE - 1)),
        "mean_energy_ratio": (total @ total - energy) / (LARGE - 1) / energy,
    }
    sigma = covariance(family, d)
    large = sigma is None
    if sigma is None:
        sigma = sum(x.T @ x for x in parts) / LARGE - np.outer(total, total) / LARGE**2
    p = np.linalg.eigvalsh(sigma)[::-1]
    p /= p.sum()
    entropy = -float(p @ np.log(p)) + (d / (2 * LARGE) if large else 0.0)
    ratio = 1 / float(p @ p)
    roots = np.sqrt(p) / np.sqrt(p).sum()
    found |= dict.fromkeys(("participation_ratio", "participation_ratio_debiased"), ratio)
    found |= dict.fromkeys(("isoscore", "isoscore_debiased"), (ratio - 1) / (d - 1))
    found |= {key: float(np.exp(entropy)) for key in ("effective_rank", "effective_rank_debiased")}
    found |= {
        "effective_rank_sv": float(np.exp(-roots @ np.log(roots))),
        "top1_variance_share": float(p[0]),
        "top10_variance_share": float(p[:10].sum()),
        "resultant_length": float(np.sqrt(max(found["mean_cosine"], 0.0))),
    }
    drawn = (cloud_of(kind, PAIRED, d, rng, rng) for _ in range(REPEATS))
    samples = [measure_sample(x, seed=0, keys=PAIRS).metrics for x in drawn]
    found |= {key: float(np.mean([sample[key].value or 0.0 for sample in samples])) for key in PAIRS}
    if family in ("Gaussian", "t5"):
        found |= dict.fromkeys(("mean_cosine", "mean_energy_ratio", "resultant_length"), 0.0)
        found |= {"uniformity_gap": 0.0, **({"mmd2": 0.0} if family == "Gaussian" else {})}
    return found


def space(family: str, n: int, d: int, seed: list[int], of_pair: int) -> dict[str, Measured]:
    """One of the two spaces of a draw, measured as a report does it."""
    order, groups = np.arange(n), None
    x = cloud_of(family, n, d, np.random.default_rng(seed), np.random.default_rng([*seed, 1 + of_pair]))
    if family == "sorted file":
        first = cloud_of(family, n, d, np.random.default_rng(seed), np.random.default_rng([*seed, 1]))[:, 0]
        order = np.argsort(first)
    elif family == "clusters":
        groups = group_labels((np.arange(n) // 10).tolist())
    state = state_of(x[order], seed=seed[-1], groups=groups)
    of_pairs = () if of_pair else PAIRS
    return measure_state(state) | {key: Measured(METRICS[key].function(state.kept)) for key in of_pairs}


def draw(family: str, n: int, d: int, known: Mapping[str, float], costly: int, i: int) -> Counter[str]:
    """What one draw adds to the counts."""
    a = space(family, n, d, [7, n, d, i], 0)
    counts: Counter[str] = Counter(draws=1)
    for key, value in known.items():
        ci = a[key].estimate.ci95
        counts[f"printed {key}"] += ci is not None
        counts[f"held {key}"] += bool(ci is not None and ci[0] <= value <= ci[1])
    if i < costly:
        b = space(family, n, d, [7, n, d, i], 1)
        one, two = core_of(a, d), core_of(b, d)
        p = {key: of_sentences(one[key], two[key], margin=0.05).p for key in TESTED}
        counts["compared"] += 1
        counts.update({f"differs {key}": int(value is not None and value < 0.05) for key, value in p.items()})
        counts["differs any"] += any(value is not None and value < 0.05 for value in holm(p).values())
    return counts


def copied(share: float, noise: float) -> list[float]:
    """TwoNN and MLE of rows of which a share are copies, over those of the distinct rows."""
    rng = np.random.default_rng(5)
    x = rng.standard_normal((3000, 10)) @ rng.standard_normal((10, 64)) / 8 + 0.5
    x += 0.05 * rng.standard_normal(x.shape)
    copies = x[rng.permutation(len(x))[: round(share / (1 - share) * len(x))]]
    copies = copies * (1 + noise * rng.standard_normal(copies.shape))
    both = np.concatenate([x, copies])[rng.permutation(len(x) + len(copies))]
    return [float((f(both).value or 0) / (f(x).value or 1)) for f in (twonn, mle_id)]


def run(sizes: tuple[tuple[int, int, int, int], ...] = SIZES) -> dict[str, Any]:
    """Counts by family and size, and what copies do to the intrinsic dimension."""
    found: dict[str, Any] = {"clouds": {}}
    found["copied"] = {
        f"{share:.0%}, {kind}": copied(share, noise)
        for share in (0.05, 0.2, 0.44)
        for kind, noise in (
            ("exact", 0.0),
            ("to the last bits", 1e-7),
            ("near, .001", 1e-3),
            ("near, .01", 1e-2),
        )
    }
    with ProcessPoolExecutor(os.cpu_count(), initializer=threadpool_limits, initargs=(1,)) as pool:
        for n, d, draws, compared in sizes:
            for family in FAMILIES:
                one = partial(draw, family, n, d, truth(family, d), compared)
                counts: Counter[str] = sum(pool.map(one, range(draws), chunksize=5), Counter())
                found["clouds"][f"{family}, n = {n}, d = {d}"] = dict(counts)
                print(f"coverage: {family}, n = {n}, d = {d}", flush=True)
    return found


def rows(results: Mapping[str, Any] | None) -> list[Row]:
    """Rows of the table of benchmarks."""
    if not results:
        return []
    outside, inside, worst, alarms = [], 0, 0.0, 0.0
    for place, counts in results["clouds"].items():
        for key, share in shares(counts).items():
            if LOW <= share <= HIGH:
                inside += 1
            else:
                outside.append(f"{key} {share:.3f} ({place})")
        worst = max(worst, *(counts.get(f"differs {key}", 0) / counts["compared"] for key in TESTED))
        alarms = max(alarms, counts.get("differs any", 0) / counts["compared"])
    said = f"{inside} of {inside + len(outside)} cells"
    far = max((abs(ratio - 1) for pair in results["copied"].values() for ratio in pair), default=0.0)
    return [
        ("coverage of 95 % intervals: eight kinds of cloud × measures", ".92 … .98", said, not outside),
        (
            "false positives of `compare` under a true null, worst measure and cloud",
            "≤ .06",
            f"{worst:.3f}",
            worst <= 0.06,
        ),
        ("the same, any metric after Holm, worst cloud", "≤ .05", f"{alarms:.3f}", alarms <= 0.05),
        (
            "TwoNN and MLE with 5 … 44 % exact or near copies",
            "within 5 % of the distinct rows'",
            f"{100 * far:.1f} %",
            far <= 0.05,
        ),
    ]


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """How often the interval held the truth, by metric, of the draws in which there was one."""
    printed = {key: counts.get(f"printed {key}", 0) for key in METRICS}
    return {key: counts.get(f"held {key}", 0) / n for key, n in printed.items() if n}


def table(results: Mapping[str, Any] | None) -> list[str]:
    """Coverage by cloud and measure, and how often `compare` saw a difference that was none."""
    if not results:
        return []
    found = {place: shares(counts) for place, counts in results["clouds"].items()}
    keys = [key for key in METRICS if any(key in of_place for of_place in found.values())]
    lines = [
        "## Coverage",
        "",
        "Share of the draws in which the 95 % interval held the value of the space; – where there was none,",
        "and of how many draws where the others had none.",
        "Last two columns: share of draws in which `compare` saw a difference (p < .05)",
        "between two spaces that differ by noise alone, in the worst of its metrics and in any after Holm.",
        "",
        "| cloud (draws, compared) | " + " | ".join(f"`{key}`" for key in keys) + " | worst p | any, Holm |",
        "|---|" + "---|" * (len(keys) + 2),
    ]
    for place, of_place in found.items():
        counts = results["clouds"][place]
        printed = {key: counts[f"printed {key}"] for key in keys if key in of_place}
        cells = [
            "–"
            if key not in printed
            else f"{of_place[key]:.3f}" + (f" of {printed[key]}" if printed[key] < counts["draws"] else "")
            for key in keys
        ]
        worst = max(counts.get(f"differs {key}", 0) for key in TESTED) / counts["compared"]
        last = [f"{worst:.3f}", f"{counts.get('differs any', 0) / counts['compared']:.3f}"]
        drawn = f"{counts['draws']}, {counts['compared']}"
        lines.append(f"| {place} ({drawn}) | {' | '.join([*cells, *last])} |")
    return [*lines, ""]
