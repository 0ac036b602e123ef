"""The table of verdicts in docs/metrics.md is the one in the code."""

import importlib.util
from pathlib import Path

from latentlab.metrics.verdicts.rules import RULES

ROOT = Path(__file__).parents[4]


def test_the_page_has_the_table_as_it_is():
    spec = importlib.util.spec_from_file_location("rules_page", ROOT / "benchmarks/rules_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = module.PAGE.read_text(encoding="utf-8")
    assert module.written(page) == page, "run python benchmarks/rules_page.py"
    assert all(f"| {rule.axis} | {rule.verdict} | {rule.when} |" in page for rule in RULES)
