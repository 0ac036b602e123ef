"""Write the list of files into docs/files.md: `python -m scripts.tree`.

A Python file is described by the first line of its docstring; what the page says of everything else is kept.
"""

import ast
import subprocess
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/files.md"
ONE_LINE_EACH = ("latentlab", "apps", "benchmarks", "scripts")
"""Folders of which every Python file has a line."""
FENCE = "```"


def tracked() -> list[PurePosixPath]:
    """What git tracks and is there."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    return [PurePosixPath(name) for name in names if name and (ROOT / name).exists()]


def first_line(file: Path) -> str:
    """The first line of a module's docstring, without its full stop."""
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return said.partition("\n")[0].rstrip(".")


def read(page: str) -> dict[str, str]:
    """Paths and comments of the block: two spaces a level, folders end in /, then the comment."""
    block = page.split(FENCE + "tree\n")[1].split(FENCE)[0]
    tree: dict[str, str] = {}
    parents: list[str] = []
    for line in block.splitlines():
        name, _, comment = line.strip().partition(" ")
        depth = (len(line) - len(line.lstrip())) // 2
        parents = [*parents[:depth], name]
        tree["".join(parents)] = comment.strip()
    return tree


def _lines(files: list[PurePosixPath], comments: dict[str, str]) -> list[tuple[int, str, str]]:
    """Depth, name and comment of every line, in the order of the page."""
    packages = {str(file.parent) for file in files if file.name == "__init__.py"}
    shown = {str(file) for file in files if len(file.parts) == 1}
    for file in files:
        own = file.suffix == ".py" and file.parts[0] in ONE_LINE_EACH
        if own and file.name != "__init__.py":
            shown.add(str(file))
        shown |= {f"{p}/" for p in file.parents if p.name and (own or f"{p}/" in comments)}
        if str(file) in comments:
            shown.add(str(file))

    def order(path: str) -> list[tuple[bool, str]]:
        *folders, name = PurePosixPath(path).parts
        return [(True, folder) for folder in folders] + [(path.endswith("/"), name)]

    lines = []
    for path in sorted(shown, key=order):
        bare = path.rstrip("/")
        source = f"{bare}/__init__.py" if bare in packages else path if path.endswith(".py") else ""
        comment = first_line(ROOT / source) if source else comments.get(path, "")
        pure = PurePosixPath(bare)
        lines.append((len(pure.parts) - 1, pure.name + ("/" if path.endswith("/") else ""), comment))
    return lines


def written(page: str, files: list[PurePosixPath]) -> str:
    """The page with the list as it is now."""
    before, rest = page.split(FENCE + "tree\n")
    after = rest.split(FENCE, 1)[1]
    lines = _lines(files, read(page))
    width = max(2 * depth + len(name) for depth, name, _ in lines) + 2
    block = "".join(f"{' ' * 2 * depth + name:<{width}}{comment}\n" for depth, name, comment in lines)
    return f"{before}{FENCE}tree\n{block}{FENCE}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), tracked()), encoding="utf-8")
