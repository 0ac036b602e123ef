"""Run every benchmark and write docs/benchmarks.md. `python -m benchmarks.run [--corpus FILE] [--only NAME]`.

Ratios are taken within one process, rounds alternating, so that a noisy machine meets both sides alike.
"""

import argparse
import datetime
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks import (
    bench_checkpoints,
    bench_cli,
    bench_coverage,
    bench_dashboard,
    bench_decoding,
    bench_encoder,
    bench_kills,
    bench_layouts,
    bench_measures,
    bench_paths,
    bench_quality,
    bench_report,
    bench_sessions,
    bench_training,
    bench_trust,
    bench_writes,
    fuzz,
)
from latentlab.corpora import data_folder, read_corpus, shipped_corpus

ROOT = Path(__file__).resolve().parent.parent
RAW = ROOT / "docs" / "benchmarks.json"
PAGE = ROOT / "docs" / "benchmarks.md"
NOTES = ROOT / "benchmarks" / "notes.md"
"""Written by hand: what was missed, what was tried."""


def main() -> None:
    """Measure, keep the raw numbers, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--corpus", help="sentences whose held-out part the quality rows use; default: shipped"
    )
    parser.add_argument(
        "--column", help="column of the corpus with the sentences; default: text, else sentence"
    )
    parser.add_argument("--only", action="append", help="measure this one again and keep the others' numbers")
    options = parser.parse_args()
    corpus = read_corpus(options.corpus, options.column) if options.corpus else shipped_corpus()
    shipped = data_folder() / "checkpoints"
    benches: dict[str, Callable[[], dict[str, Any]]] = {
        "quality": lambda: bench_quality.run(shipped, corpus),
        "encoder": bench_encoder.run,
        "training": bench_training.run,
        "decoding": lambda: bench_decoding.run(shipped / "baseline"),
        "cli": lambda: bench_cli.run(shipped),
        "measures": bench_measures.run,
        "coverage": bench_coverage.run,
        "checkpoints": bench_checkpoints.run,
        "layouts": bench_layouts.run,
        "paths": lambda: bench_paths.run(shipped),
        "report": lambda: bench_report.run(shipped),
        "dashboard": lambda: bench_dashboard.run(shipped),
        "fuzz": fuzz.run,
        "kills": bench_kills.run,
        "writes": bench_writes.run,
        "trust": bench_trust.run,
        "sessions": bench_sessions.run,
    }
    results = json.loads(RAW.read_text()) if options.only and RAW.exists() else {}
    for name, bench in benches.items():
        if not options.only or name in options.only:
            print(f"{name} …", flush=True)
            results[name] = {"machine": machine(), **bench()}
            RAW.write_text(json.dumps(results, indent=1) + "\n")
    PAGE.write_text(page(results))
    print(PAGE.read_text())


def machine() -> str:
    """What the numbers were measured on, without the machine's name."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    return f"{model}, {os.cpu_count()} cores, torch {torch.__version__}, {day}, load at start {load}"


def machines(results: dict[str, Any]) -> list[str]:
    """A line for each machine: rows of different ones are not to be set against each other."""
    found: dict[str, list[str]] = {}
    for name, measured in results.items():
        found.setdefault(measured["machine"].split(", load at start")[0], []).append(name)
    return [f"- {', '.join(names)}: {where}." for where, names in found.items()]


def page(results: dict[str, Any]) -> str:
    """The table of what was to be reached, and what was measured."""
    rows = [
        *bench_quality.rows(results["quality"]),
        *speed_rows(results),
        *measure_rows(results.get("measures")),
    ]
    rows += [*bench_layouts.rows(results.get("layouts")), *checkpoint_rows(results.get("checkpoints"))]
    numbers = (bench_coverage, bench_paths, bench_report, bench_dashboard)
    trust = (fuzz, bench_kills, bench_trust, bench_writes, bench_sessions)
    for bench in (*numbers, *trust):
        name = bench.__name__.rpartition(".")[2]
        rows += bench.rows(results.get(name.removeprefix("bench_")))
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` (`make bench CORPUS=FILE` for another corpus); the raw numbers are in",
        "`docs/benchmarks.json`. Nothing here is asserted by a test: machines differ, and they are noisy.",
        "Which rows were measured on what:",
        "",
        *machines(results),
        "",
        "| what | to reach | measured | reached |",
        "|---|---|---|---|",
        *(f"| {what} | {reach} | {value} | {'yes' if ok else 'no'} |" for what, reach, value, ok in rows),
        "",
        *bench_quality.table(results["quality"]),
        *bench_coverage.table(results.get("coverage")),
    ]
    return "\n".join(lines) + "\n\n" + NOTES.read_text()


def speed_rows(r: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Ratios and seconds."""
    t, e, d, c = r["training"], r["encoder"], r["decoding"], r["cli"]
    speeds = e["sentences_per_second"]
    ours = f"{t['ratio_to_ours']:.1f}× against our own truncated encoder in the loop"
    return [
        (
            "training throughput against the same model with the encoder in the loop",
            "≥ 4×",
            f"{t['ratio_to_usual']:.1f}× ({t['cached_sentences_per_s']:.0f} against "
            f"{t['usual_sentences_per_s']:.0f} sentences/s; {ours})",
            t["ratio_to_usual"] >= 4,
        ),
        (
            "encoder throughput against sentence-transformers, layer −1, float32",
            "≥ 1.2×",
            f"{e['ratio']:.2f}× ({speeds['latentlab']:.0f} against {speeds['sentence_transformers']:.0f} "
            "sentences/s)",
            e["ratio"] >= 1.2,
        ),
        (
            "greedy decoding, 8 steps, against the usual loop on the same weights",
            "≥ 20×",
            f"{d['ratio']:.0f}× ({d['ours_sentences_per_s']:.0f} against "
            f"{d['reference_sentences_per_s']:.1f} sentences/s)",
            d["ratio"] >= 20,
        ),
        ("`latentlab --help`", "≤ 0.3 CPU-s", f"{c['help_cpu_s']:.2f} CPU-s", c["help_cpu_s"] <= 0.3),
        (
            "`latentlab anisotropy data/checkpoints`, 5,000 sentences",
            "≤ 30 s",
            f"{c['anisotropy_wall_s']:.1f} s",
            c["anisotropy_wall_s"] <= 30,
        ),
    ]


def measure_rows(m: dict[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """The anisotropy report at scale; no row where it has not been measured."""
    if not m:
        return []
    product, isoscore, cosine = m["one_product"], m["isoscore"], m["mean_cosine"]
    merged = m["merge"]["largest_relative_difference"]
    runs = sorted(m["streamed"], key=lambda run: run["n"])
    rates = [run["n"] / run["seconds"] for run in runs]
    peak = max(run["peak_bytes"] for run in runs) / 1e9
    sizes = " / ".join(f"{run['n'] / 1e6:g}M" for run in runs)
    seconds = " / ".join(f"{run['seconds']:.0f}" for run in runs)
    return [
        (
            "all streaming metrics with jackknife, 200k × 768 from disk, against one `X.T @ X` in torch",
            "≤ 1.6× its time",
            f"{product['ratio']:.2f}× ({product['ours_s']:.2f} against {product['theirs_s']:.2f} s)",
            product["ratio"] <= 1.6,
        ),
        (
            "the same, 20k × 768, against IsoScore 2.0.1 alone",
            "≥ 5× faster",
            f"{1 / isoscore['ratio']:.1f}× ({isoscore['ours_s']:.2f} against {isoscore['theirs_s']:.2f} s)",
            isoscore["ratio"] <= 1 / 5,
        ),
        (
            "mean cosine with exact SE, 20k × 768, against scikit-learn's n × n cosine",
            "≥ 100×",
            f"{1 / cosine['ratio']:.0f}× ({cosine['ours_s']:.3f} against {cosine['theirs_s']:.2f} s)",
            cosine["ratio"] <= 1 / 100,
        ),
        (
            f"merge of {m['merge']['pieces']} shards = one pass, float64",
            "1e-9",
            f"{merged:.1e}",
            merged <= 1e-9,
        ),
        (
            f"memory, {sizes} × 768 streamed (generated, not stored)",
            "< 1 GB, time linear in n",
            f"{peak:.2f} GB, {seconds} s, rows a second last / first {rates[-1] / rates[0]:.2f}",
            peak < 1 and rates[-1] > 0.8 * rates[0],
        ),
    ]


def checkpoint_rows(c: dict[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """Old SGDD checkpoints; no row where it has not been measured."""
    if not c:
        return []
    size = c["file_bytes"] / 1e6
    tried = f"{c['mutations']} tried, {c['refused']} refused, {c['loaded']} loaded with the numbers they hold"
    return [
        (
            f"loading an old checkpoint of {size:.0f} MB, RoBERTa-base inside, against building and copying",
            "≥ 2× faster",
            f"{c['load_speedup']:.1f}× ({c['load_s']:.1f} against {c['build_and_copy_s']:.1f} s)",
            c["load_speedup"] >= 2,
        ),
        (
            "its peak memory",
            "≤ 1.3 × the file",
            f"{c['load_peak_files']:.2f} × ({c['build_and_copy_peak_files']:.2f} × when copied)",
            c["load_peak_files"] <= 1.3,
        ),
        (
            "mutated old checkpoints of every layout",
            "≥ 5,000 tried, none crashes",
            tried,
            c["mutations"] >= 5000 and c["refused"] + c["loaded"] == c["mutations"],
        ),
    ]


if __name__ == "__main__":
    main()
