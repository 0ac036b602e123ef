"""The numbers of a report as a table that every tool reads: one line a number."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = (
    "name",
    "kind",
    "gate",
    "cloud",
    "rows",
    "d",
    "metric",
    "n",
    "value",
    "se",
    "ci95_low",
    "ci95_high",
    "reference",
    "note",
)
NUMBER_COLUMNS = ("n", "value", "se", "ci95_low", "ci95_high", "note")
"""The last columns of every table of estimates."""
_GAP = ("below", "above")


def rows(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each metric of each cloud of each item, then the posterior's; None where there is nothing to say.

    Takes the report as a dict. `rows` are those of the cloud and `n` those behind the number, fewer where it
    comes from a sample. `reference` is the value of an isotropic Gaussian with the same rows and d; the
    posterior has none.
    """
    for item in report["results"]["items"]:
        gate = (item.get("gate") or {}).get("verdict")
        head = dict.fromkeys(COLUMNS) | {"name": item["name"], "kind": item.get("kind"), "gate": gate}
        for cloud, content in _spaces(item):
            size = {"cloud": cloud, "rows": content["n"], "d": content["d"]}
            for key, estimate in content["metrics"].items():
                reference = content["reference"].get(key) or {}
                yield head | size | _number(key, {"n": content["n"]} | estimate, reference.get("value"))
        posterior = item.get("posterior") or {}
        by_dim = ("kl_per_dim", "information_per_dim", "collapsed_dims")
        of_it = posterior.get("metrics", {}) | {key: posterior.get(key) or {} for key in by_dim}
        for key, value in of_it.items():
            for name, estimate in _flat(key, value):
                yield head | {"cloud": "posterior"} | _number(name, estimate, None)


def _spaces(item: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The clouds of a checkpoint or a file, the layers of an encoder."""
    yield from item.get("clouds", {}).items()
    for layer in item.get("layers", []):
        yield f"layer {layer['layer']}", layer


def to_csv(report: Mapping[str, Any]) -> str:
    """The rows as CSV with a header; an undefined number is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(report))
    return text.getvalue()


def number_columns(cell: Mapping[str, Any]) -> dict[str, Any]:
    """An estimate in a report as NUMBER_COLUMNS; the note of a bound begins with which bound it is."""
    low, high = cell["ci95"] or (None, None)
    note = f"{cell['bound']}: {cell['note']}" if cell.get("bound") else cell["note"]
    own = {"ci95_low": low, "ci95_high": high, "note": note}
    return {key: own.get(key, cell.get(key)) for key in NUMBER_COLUMNS}


def _number(key: str, estimate: Mapping[str, Any], reference: float | None) -> dict[str, Any]:
    low, high = estimate.get("ci95") or (None, None)
    return {
        "metric": key,
        "n": estimate.get("n"),
        "value": estimate["value"],
        "se": estimate.get("se"),
        "ci95_low": low,
        "ci95_high": high,
        "reference": reference,
        "note": estimate.get("note"),
    }


def _flat(key: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """An estimate as it is, and what it holds beside; a list or a table of numbers as one line each."""
    if isinstance(value, list):
        yield from ((f"{key}[{i}]", {"value": number}) for i, number in enumerate(value))
    elif "value" in value:
        yield key, value
        # The counts of other thresholds and the nearest dimensions are of the same rows.
        beside = {
            "sweep": value.get("sweep") or {},
            "gap": dict(zip(_GAP, value.get("gap") or (), strict=False)),
        }
        for part, table in beside.items():
            for name, number in table.items():
                yield f"{key}.{part}[{name}]", {"value": number, "n": value.get("n")}
    else:
        yield from ((f"{key}[{name}]", {"value": number}) for name, number in value.items())
