"""What the documentation shows is what the code does."""

import doctest
import re
from pathlib import Path

import pytest

from latentlab.metrics import METRICS

ROOT = Path(__file__).resolve().parents[2]


def test_the_numbers_of_the_measures_page_come_out():
    result = doctest.testfile(str(ROOT / "docs" / "metrics.md"), module_relative=False)
    assert result.attempted > 10
    assert result.failed == 0


def test_the_files_of_the_sentences_page_are_read_as_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(ROOT / "docs" / "sentences.md"), module_relative=False)
    assert result.attempted > 8
    assert result.failed == 0


def test_the_answers_of_the_python_page_come_out():
    result = doctest.testfile(str(ROOT / "docs" / "python.md"), module_relative=False)
    assert result.attempted > 8
    assert result.failed == 0


@pytest.mark.parametrize("key", [key for key, m in METRICS.items() if m.family != "text"])
def test_every_measure_has_its_row(key):
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = "\n".join(line for line in page.splitlines() if line.startswith("| `"))
    named = re.findall(r"`([^`]+)`", rows)
    families = [name.removesuffix("*") for name in named if name.endswith("*")]
    tails = [name for name in named if name.startswith(("_", "…"))]
    assert (
        key in named
        or any(key.startswith(name) for name in families)
        or any(key.endswith(tail.lstrip("…")) for tail in tails)
        or key.endswith("_debiased")
    ), key


PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_the_readme_is_short_and_begins_in_python():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 160
    assert lines.index("import latentlab as ll") < 40


def test_the_numbers_of_the_readme_are_those_of_the_quick_start():
    def rows(page):
        blocks = re.findall(r"^```\w*\n(.*?)^```$", (ROOT / page).read_text("utf-8"), flags=re.M | re.S)
        lines = [line for block in blocks for line in block.splitlines() if line.startswith("  ")]
        return set(filter(re.compile(" ± |NONE").search, lines))

    shown = rows("README.md")
    assert len(shown) > 6
    assert shown <= rows("docs/quickstart.md")


def test_the_chinese_readme_says_the_same():
    """Headings, blocks of code, commands, links, tables' shapes and numbers; only the words differ."""
    pages = [(ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md")]

    def found(page):
        bare = re.sub(r"^```.*?^```$", "", page, flags=re.M | re.S)
        return {
            "headings": [line.partition(" ")[0] for line in bare.splitlines() if line.startswith("#")],
            "blocks": re.findall(r"^```.*?^```$", page, flags=re.M | re.S),
            "commands": sorted(re.findall(r"`[^`]+`", bare)),
            "links": re.findall(r"\]\((?!README)([^)]+)\)", bare),
            "columns": [line.count("|") for line in bare.splitlines() if line.startswith("|")],
            "numbers": sorted(re.findall(r"\d*\.?\d+", re.sub(r"\]\([^)]*\)", "]", bare))),
            "verdicts": sorted(re.findall(r"\b[A-Z-]{4,}(?![A-Za-z])", bare)),
        }

    english, chinese = map(found, pages)
    for key, value in english.items():
        assert chinese[key] == value, key
