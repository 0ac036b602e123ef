"""One word for one thing: names that were given up do not come back (the table of terms in CONTRIBUTING)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIVEN_UP = {
    "Bank": "ReferenceSentences",
    "CausalJudge": "CausalFluencyLM",
    "WayScorer": "PathScorer",
    "shipped_judge": "shipped_fluency_lm",
    "way_strips": "path_strips",
    "Bench": "ScoringResources",
    "Surroundings": "LatentStatistics",
    "surroundings": "latent_statistics",
    "arm": "condition",
    "arms": "conditions",
    "because": "reason",
    "channel": "noise",
    "cured": "transformed",
    "fitting": "filter_pairs_by_length",
    "longest": "max_tokens",
    "measures": "metrics",
    "remark": "warning",
    "remarks": "warnings",
    "lineup": "control_selection",
    "placeless": "strip_paths",
    "settle": "freeze_gc",
    "unwritable": "too_long",
    "usable": "filter_by_length",
}
"""Old name -> what it is called now."""


def names(source: str) -> Iterator[tuple[str, int]]:
    """Functions, classes and their fields, parameters, and attributes that are read or set."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        if isinstance(node, ast.ClassDef):
            stored = (part for line in node.body if isinstance(line, ast.Assign) for part in ast.walk(line))
            yield from ((part.id, part.lineno) for part in stored if isinstance(part, ast.Name))


@pytest.mark.parametrize("folder", ["latentlab", "apps", "tests", "benchmarks"])
def test_given_up_names_do_not_come_back(folder):
    found = [
        f"{file.relative_to(ROOT)}:{line}: {name}, now {GIVEN_UP[name.strip('_')]}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        for name, line in names(file.read_text(encoding="utf-8"))
        if name.strip("_") in GIVEN_UP
    ]
    assert found == []


def test_a_given_up_name_is_seen():
    source = "class Bank:\n    a, longest = 1, 2\n    def of(self, usable): self.fitting"
    assert {name for name, _ in names(source)} == {"Bank", "a", "longest", "of", "self", "usable", "fitting"}
