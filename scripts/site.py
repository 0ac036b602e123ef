"""The sources of the documentation site, in build/site: `make docs` runs it, then mkdocs.

The pages of docs/, the README as the first page, the executed notebooks, and pages made here: the Python
interface, the help of every command, and every metric.
"""

import contextlib
import inspect
import io
import re
import shutil
import textwrap
from pathlib import Path

import latentlab
from latentlab import cli
from latentlab.metrics import METRICS
from scripts import notebooks

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "site"
_TOP = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
_FENCE = "```"
_FAMILIES = {
    "cone": "The cone",
    "covariance": "Spread over directions",
    "rogue": "Single coordinates",
    "shape": "Shape",
    "normality": "Distance from the prior",
    "posterior": "Posteriors",
    "appendix": "Beside published ones",
    "text": "Texts",
}


def main() -> None:
    """Write all of it anew."""
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.copytree(ROOT / "docs", OUT)
    shutil.copytree(notebooks.OUT, OUT / "notebooks", dirs_exist_ok=True)
    for file in OUT.glob("*.md"):
        page = file.read_text("utf-8").replace("](../", "](")  # the root is on the site beside them
        file.write_text(notebooks.to_pages(page), "utf-8")
    for name in _TOP:
        target = OUT / ("index.md" if name == "README.md" else name)
        target.write_text(_moved((ROOT / name).read_text("utf-8")), "utf-8")
    (OUT / "help").mkdir()
    for name, text in {"api.md": api(), "metric-reference.md": metrics(), **commands()}.items():
        (OUT / name).write_text(text, "utf-8")


def _moved(page: str) -> str:
    """Links of a page of the root as they are where docs/ is the root."""
    page = page.replace("](docs/", "](").replace("](README.md", "](index.md")
    # What is no page of the site is named, and not linked.
    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)([^)]*(?:\.cff|LICENSE))\)", r"\1", page)


def api() -> str:
    """Every public name, with its docstring."""
    lines = ["# Python interface", "", "`import latentlab as ll`. Examples: [python.md](python.md)."]
    for name in latentlab.__all__:
        found = getattr(latentlab, name)
        if name.startswith("__"):
            continue
        found = getattr(found, "__wrapped__", found)
        lines += ["", f"::: {found.__module__}.{found.__qualname__}", *_settings()]
    return "\n".join([*lines, ""])


def commands() -> dict[str, str]:
    """A page for every command, with what it prints with --help."""
    pages = {}
    for name in cli.COMMANDS:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            cli.main([name, "--help"])
        see = "What to type for what: [commands.md](../commands.md). From Python: [api.md](../api.md)."
        lines = [f"# latentlab {name}", "", see, "", "```text", printed.getvalue().strip("\n"), "```", ""]
        pages[f"help/{name}.md"] = "\n".join(lines)
    return pages


def metrics() -> str:
    """Every metric of the register, by family, with formula, range, what it does not see and its source."""
    lines = [
        "# Metrics",
        "",
        "The register `latentlab.metrics.METRICS`. See also [metrics.md](metrics.md).",
    ]
    for family, title in _FAMILIES.items():
        lines += ["", f"## {title}"]
        for function in dict.fromkeys(m.function for m in METRICS.values() if m.family == family):
            lines += [
                "",
                f"### {function.__name__}",
                "",
                f"`{function.__module__}`",
                "",
                _as_markdown(function),
            ]
    return "\n".join([*lines, ""])


def _as_markdown(function: object) -> str:
    """A docstring with its formula and its example as blocks of code."""
    parts = (inspect.getdoc(function) or "").split("\n\n")
    for i, part in enumerate(parts):
        if part.startswith(".. math::"):
            formula = textwrap.dedent(part.removeprefix(".. math::").strip("\n ")).strip()
            parts[i] = f"{_FENCE}tex\n{formula}\n{_FENCE}"
        elif part.startswith(">>> "):
            parts[i] = f"{_FENCE}python\n{part}\n{_FENCE}"
    return "\n\n".join(parts)


def _settings() -> list[str]:
    return ["    options:", "      show_root_heading: true", "      heading_level: 3"]


if __name__ == "__main__":
    main()
