"""`latentlab app`."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from latentlab.cli import options
from latentlab.errors import InputError, UsageError


def app(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="Folder with checkpoints, or a .pt file of SGDD; default: the shipped ones.",
            show_default=False,
        ),
    ] = None,
    encoder: options.Encoder = None,
    port: Annotated[
        int, typer.Option(min=1, max=65535, metavar="N", help="Where the browser finds it.")
    ] = 8501,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
    verbose: options.Verbose = False,
) -> int:
    """Open the dashboard in a browser; Ctrl-C stops it.

    Example:
      latentlab app data/checkpoints
    """
    if importlib.util.find_spec("streamlit") is None:
        raise UsageError("the dashboard needs streamlit", "pip install 'latentlab[app]'")
    if path is not None and not path.is_dir() and not (path.is_file() and path.suffix == ".pt"):
        raise InputError(f"{path} is not a folder", "give a folder with checkpoints")
    given = {"LATENTLAB_CHECKPOINTS": path, "LATENTLAB_ENCODER": encoder}
    environment = dict(os.environ) | {name: str(p.resolve()) for name, p in given.items() if p}
    command = [sys.executable, "-m", "streamlit", "run", str(dashboard())]
    # No question for an e-mail address, no word to anybody about who uses it.
    switches = {
        "server.address": "localhost",
        "server.port": port,
        "server.headless": str(headless or not sys.stdout.isatty()).lower(),
        "browser.gatherUsageStats": "false",
        "server.showEmailPrompt": "false",
    }
    command += [f"--{key}={value}" for key, value in switches.items()]
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0


def dashboard() -> Path:
    """The script that Streamlit runs: in an installed wheel `latentlab/_apps`, in a clone `apps`."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_apps", package.parent / "apps"):
        if (folder / "dashboard" / "app.py").is_file():
            return folder / "dashboard" / "app.py"
    raise InputError(f"no dashboard beside {package}", "install the wheel, or run from a full clone")
