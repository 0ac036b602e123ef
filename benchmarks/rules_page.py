"""Write the table of all verdicts into docs/metrics.md: `python benchmarks/rules_page.py`."""

from pathlib import Path

from latentlab.metrics.verdicts.rules import markdown

PAGE = Path(__file__).parents[1] / "docs/metrics.md"
BEGIN, END = "<!-- rules: begin, by benchmarks/rules_page.py -->\n", "<!-- rules: end -->\n"


def written(page: str) -> str:
    """The page with the table as it is now."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{markdown()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
