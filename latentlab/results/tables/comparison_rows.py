"""A comparison as a table that every tool reads: one line a difference, with the word read from it."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = (
    *("name", "against", "unit", "cloud", "metric", "a", "b", "delta", "se", "ci95_low", "ci95_high", "n"),
    *("p", "p_holm", "p_equivalence", "p_attainable", "hedges_g", "cliffs_delta", "verdict", "note"),
)
AXES = {
    ("mu", "mean_cosine"): "cone",
    ("mu", "isoscore_debiased"): "anisotropy",
    ("z against white noise", "isoscore_debiased"): "anisotropy_z",
    ("mu", "variance_share_top1"): "rogue",
    ("text", "exact_match"): "task",
}
"""The cloud and the metric that a word is read from."""


def comparison_rows(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """For each comparison the gate, every difference, the answers, and the claim; takes the report as a dict.

    Where a posterior says nothing, every line says so: nothing is to be read from its numbers.
    """
    results = report["results"]
    for entry in results["comparisons"]:
        head = {"name": entry["name"], "against": entry["against"], "unit": results["unit"]}
        axes, claim = entry["axes"], entry["claim"]
        yield head | {"metric": "gate", "verdict": axes["gate"]["verdict"], "note": axes["gate"]["reason"]}
        for cloud, key, difference in _differences(entry):
            word = axes.get(AXES.get((cloud, key), ""), {}).get("verdict")
            if "cone" not in axes:
                word = claim["verdict"]
            if cloud == "mu on principal axes" and key == "isoscore_debiased":
                word = entry["pca_control"]["axes"]["anisotropy"]["verdict"] if "cone" in axes else word
            yield head | {"cloud": cloud, "metric": key, "verdict": word} | _numbers(difference)
        for key, answer in entry["answers"].items():
            yield head | {"metric": f"answer: {key}", "verdict": answer["verdict"], "note": answer["reason"]}
        yield head | {"metric": "claim", "verdict": claim["verdict"], "note": claim["reason"]}


def comparison_csv(report: Mapping[str, Any]) -> str:
    """The rows as CSV with a header; what is undefined is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(comparison_rows(report))
    return text.getvalue()


def _differences(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    of_z = entry["z"] or {}
    blocks = {
        "mu": entry["metrics"],
        "z against white noise": of_z.get("metrics"),
        "z": of_z.get("against_z"),
        "mu on principal axes": (entry["pca_control"] or {}).get("metrics"),
    }
    for cloud, block in blocks.items():
        for key, difference in (block or {}).items():
            yield cloud, key, difference
    if entry["task"]:
        yield "text", "exact_match", entry["task"]


def _numbers(difference: Mapping[str, Any]) -> dict[str, Any]:
    delta = difference["delta"]
    low, high = delta["ci95"] or (None, None)
    effects = {key: (difference.get(key) or {}).get("value") for key in ("hedges_g", "cliffs_delta")}
    return {
        "a": difference["a"]["value"],
        "b": difference["b"]["value"],
        "delta": delta["value"],
        "se": delta["se"],
        "ci95_low": low,
        "ci95_high": high,
        "n": delta.get("n"),
        **{key: difference.get(key) for key in ("p", "p_holm", "p_equivalence", "p_attainable")},
        **effects,
        "note": delta["note"],
    }
