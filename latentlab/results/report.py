"""The one form in which a command's answer is kept: what was asked, what came out, and what it is about.

A report holds no time and no machine, so that the same inputs, seed and versions give the same bytes.
"""

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Generic, TypeVar

from latentlab import REPORTS, __version__
from latentlab.errors import InputError
from latentlab.files import atomic_write
from latentlab.results.checked import check_numbers
from latentlab.results.jsonable import to_jsonable
from latentlab.results.reports.provenance import Provenance
from latentlab.results.reports.typed import Part, lost, parse
from latentlab.results.upgrade import upgraded
from latentlab.untrusted import LARGEST_DOCUMENT, parse_json, read_small, shown

SCHEMA = 2
READABLE = (1, SCHEMA)
"""Schemas of reports that are read; an earlier one as what it is today."""
_PARTS = ("command", "inputs", "results", "provenance")
_MAKE = "give the report.json of a command with --out"
_PACKAGES = ("numpy", "scipy", "torch", "transformers")
RESULTS = {kind: results for kind, (results, _) in REPORTS.items()}
"""Kind of report -> module and type of its results."""
R = TypeVar("R", bound=Part)
Inputs = Mapping[str, object]
"""Paths and options of a command as they were given."""


@dataclass(frozen=True)
class Report(Generic[R]):
    """One JSON document of schema `SCHEMA`; two are equal where the documents are."""

    command: str
    inputs: dict[str, Any]
    """Paths and options as they were given."""
    results: R
    """Of the command's type, see RESULTS. Every number has its n, and an estimate `se` and `ci95`."""
    provenance: Provenance
    """Fingerprints of weights, encoders and sentences; seed; versions."""
    schema: int = SCHEMA

    @classmethod
    def of(
        cls, command: str, inputs: Inputs, results: Mapping[str, object], provenance: Provenance
    ) -> "Report[Any]":
        """A report from plain values, or from objects with `to_json`.

        Raises:
            TypeError: The command's type has no place for one of them.
            InputError: One has another type than the command's has there, as a name that is not UTF-8.
        """
        plain = to_jsonable(results)
        typed = parse(results_type(command), plain, command)
        if gone := lost(plain, typed):
            raise TypeError(f"a report of {command} has no place for {', '.join(gone[:3])}")
        return Report(command, to_jsonable(inputs), typed, provenance)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, in the order in which they are written."""
        content = {"schema": self.schema, **{part: getattr(self, part) for part in _PARTS}}
        document: dict[str, Any] = to_jsonable(content)
        return document

    def to_json(self) -> str:
        """The document as text; NaN is null."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def write(self, path: Path) -> None:
        """Write the whole document or leave what was there; ResourceError when the disk is full."""
        atomic_write(path, self.to_json())

    @classmethod
    def read(cls, path: Path) -> "Report[Any]":
        """Read a document of this schema or an earlier one; InputError says what else it is."""
        data = read_small(path, hint=_MAKE, limit=LARGEST_DOCUMENT)
        document = parse_json(data, f"{path} is not a report: it", hint="expected a JSON document")
        if not isinstance(document, dict) or "schema" not in document:
            raise InputError(f"{path} is not a report: it has no schema", _MAKE)
        if type(document["schema"]) is not int or document["schema"] not in READABLE:
            readable = " and ".join(map(str, READABLE))
            raise InputError(
                f"{path} has schema {shown(repr(document['schema']))}, this version reads {readable}", _MAKE
            )
        wrong = sorted(set(document) ^ {"schema", *_PARTS})
        if wrong:
            raise InputError(f"{path}: missing or unknown keys {shown(', '.join(wrong))}", _MAKE)
        if not isinstance(document["command"], str):
            raise InputError(f"{path} is damaged: its command is no name", _MAKE)
        for key in _PARTS[1:]:
            if not isinstance(document[key], dict):
                raise InputError(f"{path} is damaged: its {key} are no object", _MAKE)
        check_numbers(document, str(path))
        today, document = document["schema"] == SCHEMA, upgraded(document)
        if document["command"] not in RESULTS:
            named = shown(document["command"])
            raise InputError(f"{path} is a report of {named}, which has no such reports", _MAKE)
        results = parse(results_type(document["command"]), document["results"], f"{path}, results,")
        about = parse(Provenance, document["provenance"], f"{path}, provenance,")
        unknown = lost(document["results"], results) + lost(document["provenance"], about, "provenance")
        if today and unknown:
            raise InputError(f"{path} is damaged: {shown(unknown[0])} has no place there", _MAKE)
        return Report(document["command"], document["inputs"], results, about)


def results_type(command: str) -> type[Part]:
    """The type of a command's results."""
    module, name = RESULTS[command].split(".")
    found: type[Part] = getattr(import_module(f"latentlab.results.reports.{module}"), name)
    return found


def versions() -> dict[str, str]:
    """Of latentlab, Python and the packages that numbers can depend on; nothing is imported for it."""
    found = {"latentlab": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def interval_units(inputs: Inputs) -> str:
    """What a report's intervals are over, from its inputs.

    >>> interval_units({"group": "source"}), interval_units({})
    ('groups of one source', 'sentences')
    """
    return f"groups of one {inputs['group']}" if inputs.get("group") else "sentences"
