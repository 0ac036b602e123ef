"""A comparison as a table that every tool reads: one line a difference, with the word read from it."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = (
    *("name", "against", "unit", "cloud", "measure", "a", "b", "delta", "se", "ci95_low", "ci95_high", "n"),
    *("p", "p_holm", "p_equivalence", "p_attainable", "hedges_g", "cliffs_delta", "word", "note"),
)
AXES = {
    ("mu", "mean_cosine"): "cone",
    ("mu", "isoscore_debiased"): "anisotropy",
    ("z against white noise", "isoscore_debiased"): "anisotropy_z",
    ("mu", "variance_share_top1"): "rogue",
    ("text", "exact_match"): "task",
}
"""The cloud and the measure that a word is read from."""


def comparison_rows(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """For each comparison the gate, every difference, the answers, and the claim; takes the report as a dict.

    Where a posterior says nothing, every line says so: nothing is to be read from its numbers.
    """
    results = report["results"]
    for entry in results["comparisons"]:
        head = {"name": entry["name"], "against": entry["against"], "unit": results["unit"]}
        axes, claim = entry["axes"], entry["claim"]
        yield head | {"measure": "gate", "word": axes["gate"]["word"], "note": axes["gate"]["because"]}
        for cloud, key, difference in _differences(entry):
            word = axes.get(AXES.get((cloud, key), ""), {}).get("word")
            if "cone" not in axes:
                word = claim["word"]
            if cloud == "mu on principal axes" and key == "isoscore_debiased":
                word = entry["pca_control"]["axes"]["anisotropy"]["word"] if "cone" in axes else word
            yield head | {"cloud": cloud, "measure": key, "word": word} | _numbers(difference)
        for key, answer in entry["answers"].items():
            yield head | {"measure": f"answer: {key}", "word": answer["word"], "note": answer["because"]}
        yield head | {"measure": "claim", "word": claim["word"], "note": claim["because"]}


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
        "mu": entry["measures"],
        "z against white noise": of_z.get("measures"),
        "z": of_z.get("against_z"),
        "mu on principal axes": (entry["pca_control"] or {}).get("measures"),
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
