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
    "n",
    "d",
    "measure",
    "value",
    "se",
    "ci95_low",
    "ci95_high",
    "reference",
    "note",
)


def rows(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each measure of each cloud of each item, then the posterior's; None where there is nothing to say.

    Takes the report as a dict. `reference` is the value of an isotropic Gaussian with the same n and d; a
    posterior has none.
    """
    for item in report["results"]["items"]:
        head = {"name": item["name"], "kind": item["kind"], "gate": item["gate"]["word"]}
        for cloud, content in item["clouds"].items():
            size = {"cloud": cloud, "n": content["n"], "d": content["d"]}
            for key, estimate in content["measures"].items():
                reference = content["reference"].get(key) or {}
                yield head | size | _number(key, estimate, reference.get("value"))
        for key, value in (item["posterior"] or {}).items():
            for name, estimate in _flat(key, value):
                yield head | {"cloud": "posterior"} | _number(name, estimate, None)


def to_csv(report: Mapping[str, Any]) -> str:
    """The rows as CSV with a header; an undefined number is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(report))
    return text.getvalue()


def _number(key: str, estimate: Mapping[str, Any], reference: float | None) -> dict[str, Any]:
    low, high = estimate.get("ci95") or (None, None)
    return {
        "measure": key,
        "value": estimate["value"],
        "se": estimate.get("se"),
        "ci95_low": low,
        "ci95_high": high,
        "reference": reference,
        "note": estimate.get("note"),
    }


def _flat(key: str, value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """An estimate as it is; a list or a table of numbers as one line each."""
    if isinstance(value, list):
        yield from ((f"{key}[{i}]", {"value": number}) for i, number in enumerate(value))
    elif "value" in value:
        yield key, value
    else:
        yield from ((f"{key}[{name}]", {"value": number}) for name, number in value.items())
