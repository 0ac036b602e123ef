"""Write the JSON Schema of every report into docs/schema: `python -m scripts.schemas`."""

import json
from pathlib import Path
from typing import Any

from latentlab import REPORTS
from latentlab.results.report import RESULTS, SCHEMA, results_type
from latentlab.results.reports.provenance import Provenance
from latentlab.results.reports.typed import schema_of

FOLDER = Path(__file__).resolve().parents[1] / "docs/schema"
NOT_WRITTEN = tuple(kind for kind, (_, reader) in REPORTS.items() if reader is None)
"""Reports that are made of other files and live in memory alone."""
_INTERNAL = "df"
"""A field of an estimate that is in no report."""


def schema(command: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a command's report."""
    results, provenance = (_parts(schema_of(kind)) for kind in (results_type(command), Provenance))
    properties = {
        "schema": {"const": SCHEMA},
        "command": {"const": command},
        "inputs": {"type": "object", "description": "Paths and options as they were given."},
        "results": results[0],
        "provenance": provenance[0],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Report of latentlab {command}",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        "$defs": dict(sorted((results[1] | provenance[1]).items())),
    }


def files() -> dict[str, str]:
    """Text of every file by its name."""
    named = [command for command in RESULTS if command not in NOT_WRITTEN]
    return {f"{name}.json": json.dumps(schema(name), indent=1, ensure_ascii=False) + "\n" for name in named}


def _parts(found: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    definitions = found.pop("$defs", {})
    for one in (found, *definitions.values()):
        one.get("properties", {}).pop(_INTERNAL, None)
        one["additionalProperties"] = False
    return found, definitions


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
