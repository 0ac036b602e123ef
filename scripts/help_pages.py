"""A hook of mkdocs: a page a command in the navigation. It needs no package but latentlab itself."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from latentlab import COMMANDS


def on_config(config: Any) -> Any:
    """The configuration with a page a command, in the order of `latentlab --help`."""
    part = next(entry for entry in config["nav"] if "Commands" in entry)
    part["Commands"] = [{name: f"help/{name}.md"} for name in COMMANDS]
    return config
