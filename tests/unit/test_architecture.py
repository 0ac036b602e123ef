"""The import map of docs/design.md, who may use which library, and how long a file may be.

Everything is read from the source with `ast`; nothing is imported. Imports inside functions count like any
other: a deferred import is as much a dependency as one at the top.
"""

import ast
import graphlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE, FULL_FOLDER = 300, 16

LEVELS = {
    "errors": 0,
    "locks": 0,
    "files": 0.5,  # on the ground floor too, but it raises what errors defines
    "untrusted": 0.5,
    "metrics": 1,
    "geometry": 1,
    "models": 1,
    "corpora": 1,
    "checkpoints": 2,
    "results": 2,
    "analysis": 3,
    "training": 3,
    "figures": 3,
    "api": 3.5,
    "cli": 4,
    "apps": 4,
}
# A face that only shows things has no business with the loop that trains them.
ALSO_FORBIDDEN = {("apps", "training")}

TABLES = {"", "__version__", "load_checkpoint", "COMMANDS", "REPORTS"}
"""What the package itself has for every room."""
OWNERS = {
    "transformers": {"models"},
    "huggingface_hub": {"models"},
    "torch": {"models", "checkpoints", "training"},
    "umap": {"geometry"},
    "sacrebleu": {"metrics"},
    "datasets": {"corpora"},
    "wandb": {"training"},
    "tensorboard": {"training"},
    "matplotlib": {"figures"},
    "typer": {"cli"},
    "rich": {"cli"},
    "streamlit": {"apps"},
}


def python_files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """`latentlab.models.heads` is in `models`, everything below apps/ in `apps`, `latentlab` in no room."""
    first, *rest = module.split(".")
    if rest == ["__main__"]:
        return "cli"
    return "apps" if first == "apps" else (rest or [""])[0]


def imports(source: str) -> Iterator[tuple[str, int]]:
    """Every imported dotted name with its line; `from a import b` gives `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            yield from ((f"{prefix}.{alias.name}", node.lineno) for alias in node.names)


def breaches(module: str, source: str) -> list[str]:
    """What a module of the package or of apps imports against the map."""
    room, found = room_of(module), []
    for name, line in imports(source):
        where = f"{module}:{line} imports {name}"
        top, *rest = name.split(".")
        target = (rest or [""])[0]
        if name.startswith("."):
            found.append(f"{where}: relative")
        elif top in {"tests", "benchmarks", "apps"}:
            found.append(f"{where}: outside the package")
        elif room not in OWNERS.get(top, {room}):
            found.append(f"{where}: only {sorted(OWNERS[top])} may")
        elif top == "latentlab" and room and target in LEVELS:
            private = [part for part in rest[1:] if part.startswith("_")]
            if target != room and LEVELS[target] >= LEVELS[room]:
                found.append(f"{where}: not downwards")
            if (room, target) in ALSO_FORBIDDEN:
                found.append(f"{where}: {room} may not use {target}")
            if target != room and private:
                found.append(f"{where}: private to {target}")
        elif top == "latentlab" and room and target not in TABLES:
            found.append(f"{where}: no such room")
    return found


def test_imports_follow_the_map():
    files = python_files("latentlab", "apps")
    assert [b for file in files for b in breaches(module_of(file), file.read_text())] == []


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("latentlab.metrics.cosine", "from latentlab.analysis import anisotropy", "not downwards"),
        ("latentlab.analysis.path", "from latentlab import training", "not downwards"),
        ("latentlab.analysis.path", "def f():\n    import torch", "only"),
        ("latentlab.metrics.cosine", "from latentlab.models import heads", "not downwards"),
        ("latentlab.models.heads", "from . import sampler", "relative"),
        ("latentlab.models.heads", "import tests.unit", "outside the package"),
        ("latentlab.analysis.path", "from latentlab.metrics._checks import points", "private"),
        ("latentlab.cli.managing.train", "from latentlab.helpers import x", "no such room"),
        ("apps.dashboard.app", "import matplotlib.pyplot as plt", "only"),
        ("apps.dashboard.app", "from latentlab.training import loop", "may not use"),
    ],
)
def test_a_breach_is_seen(module, source, complaint):
    assert complaint in "".join(breaches(module, source))


ALLOWED = {
    "latentlab/analysis/comparison/control_selection.py": 1,  # what a config.json says of its training
    "latentlab/results/checked.py": 1,  # plain values before they are types
    "apps/dashboard/guard.py": 4,  # messages of ASGI
}
"""Where a mapping of anything is passed on, how often, and what it is."""


def test_reports_are_passed_on_as_types():
    rooms = [f"latentlab/{room}" for room in ("analysis", "figures", "results", "cli")]
    found = {
        file.relative_to(ROOT).as_posix(): file.read_text().count("Mapping[str, Any]")
        for file in python_files(*rooms, "apps")
    }
    assert {name: count for name, count in found.items() if count} == ALLOWED
    assert sum(ALLOWED.values()) <= 10


def test_no_room_is_off_the_map():
    package = ROOT / "latentlab"
    rooms = {file.parent.name for file in package.glob("*/__init__.py")}
    rooms |= {file.stem for file in package.glob("*.py")} - {"__init__", "__main__"}
    assert rooms == set(LEVELS) - {"apps"}


def test_modules_have_no_cycle():
    modules = {module_of(file): file for file in python_files("latentlab")}
    graph = {}
    for module, file in modules.items():
        names = [name for name, _ in imports(file.read_text())]
        # `from a.b import c` names a module a.b.c or an object in a.b; the root only offers its version.
        targets = {name if name in modules else name.rpartition(".")[0] for name in names}
        graph[module] = (targets & modules.keys()) - {module, "latentlab"}
    graph.pop("latentlab")
    list(graphlib.TopologicalSorter(graph).static_order())


def test_torch_load_only_in_checkpoints_and_only_weights():
    for file in python_files("latentlab", "apps", "benchmarks"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                # One benchmark has to do what others do, to be compared with it.
                allowed = (
                    room_of(module_of(file)) in ("checkpoints", "bench_checkpoints")
                    or file.name == "encoder_weights.py"
                )
                assert allowed, file
                assert "weights_only=True" in ast.unparse(node), file


def test_transformers_loads_through_one_door():
    for file in python_files("latentlab", "apps"):
        calls = [n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Attribute)]
        loading = [n for n in calls if n.attr in ("from_pretrained", "from_config")]
        assert not loading or file.name == "pretrained.py", file
        assert file.name != "pretrained.py" or len(loading) == 4


def test_the_library_does_not_print():
    for file in python_files("latentlab"):
        if room_of(module_of(file)) == "cli":
            continue
        calls = [n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)]
        assert not [n.lineno for n in calls if ast.unparse(n.func) == "print"], file


def test_no_file_is_long():
    files = python_files("latentlab", "apps", "tests", "benchmarks")
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def test_no_folder_is_full():
    files = python_files("latentlab", "apps")
    counts = Counter(str(file.parent.relative_to(ROOT)) for file in files)
    assert {folder: n for folder, n in counts.items() if n > FULL_FOLDER} == {}


def test_a_module_is_found_by_its_name():
    files = [file for file in python_files("latentlab") if "cli" not in file.parts]
    names = [file.stem for file in files if not file.stem.startswith("__")]
    assert [name for name, n in Counter(names).items() if n > 1] == []


def test_owners_are_rooms():
    assert set().union(*OWNERS.values()) <= LEVELS.keys()
