"""`latentlab app`."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from latentlab.api.support import checkpoint_inputs
from latentlab.cli import options
from latentlab.cli.terminal import fail
from latentlab.errors import InputError, ResourceError, UsageError

LOCAL, EVERYWHERE = ("127.0.0.1", "localhost", "::1"), ("0.0.0.0", "::")


def app(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="Folder with checkpoints, or a .pt file of SGDD; default: the shipped ones.",
            show_default=False,
        ),
    ] = None,
    corpus: options.Corpus = None,
    column: options.Column = None,
    encoder: options.Encoder = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Who may look: this machine alone, or 0.0.0.0 for all.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="Where the browser finds it; 0: any free one.")
    ] = 8501,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME",
            help="A name under which others reach it, as that of a proxy; may be repeated. "
            "Default: the ADDRESS; any name where that is 0.0.0.0.",
            show_default=False,
        ),
    ] = None,
    verbose: options.Verbose = False,
) -> int:
    """Open the dashboard in a browser; Ctrl-C stops it.

    Checkpoints are chosen by name below PATH. Nothing is sent anywhere, and nobody but this machine may look
    unless --host says so.

    Example:
      latentlab app data/checkpoints
      latentlab app runs --corpus sentences.txt --port 0 --no-open
    """
    if importlib.util.find_spec("streamlit") is None or importlib.util.find_spec("plotly") is None:
        raise UsageError("the dashboard needs streamlit and plotly", "pip install 'latentlab[app]'")
    from latentlab.checkpoints.formats import is_file_of_a_format

    if path is not None and not path.is_dir() and not (path.is_file() and is_file_of_a_format(path)):
        raise InputError(f"{path} is not a folder", "give a folder with checkpoints")
    if corpus is not None and not corpus.startswith("hf:"):
        if not Path(corpus).is_file():
            raise InputError(f"{corpus} is not a file", "give a file of sentences, or hf:NAME")
        corpus = str(Path(corpus).resolve())
    checkpoint_inputs.check_column(column, given=corpus is not None)
    found = free_port(host, port)
    environment = dict(os.environ)
    given = {
        "LATENTLAB_CHECKPOINTS": path,
        "LATENTLAB_ENCODER": encoder,
        "LATENTLAB_CORPUS": corpus,
        "LATENTLAB_COLUMN": column,
    }
    environment |= {k: str(v.resolve() if isinstance(v, Path) else v) for k, v in given.items() if v}
    # A page runs in a thread of its own, and each arena of glibc keeps what one encoding took at most.
    environment.setdefault("MALLOC_ARENA_MAX", "2")
    environment["LATENTLAB_SERVE"] = json.dumps(settings(host, found, open_browser, names or []))
    if host not in LOCAL:
        environment["LATENTLAB_PUBLIC"] = "1"
    if host in EVERYWHERE and not names:
        fail(
            f"{host} without a name: whatever name leads to this machine is answered",
            "--allow-host NAME for each name that others use",
            label="warning",
        )
    call = [sys.executable, str(dashboard())]
    if os.name == "posix":
        # In this process's place: whoever stops the command stops the server.
        os.execve(call[0], call, environment)
    return subprocess.run(call, env=environment, check=False).returncode


def settings(host: str, port: int, open_browser: bool, names: Sequence[str] = ()) -> dict[str, Any]:
    """What Streamlit is told: who may look, no telemetry, no uploads to speak of, the look."""
    chart = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]  # Okabe & Ito 2008
    look: dict[str, Any] = {
        f"theme.{mode}.{key}": value
        for mode, primary in (("light", "#0072B2"), ("dark", "#56B4E9"))
        for key, value in (("primaryColor", primary), ("chartCategoricalColors", chart))
    }
    # A page of somebody else's, whose name leads to this machine, must not speak to the server.
    anywhere = host in EVERYWHERE and not names
    allowed = [] if anywhere else ["localhost", "127.0.0.1", "::1", *names]
    allowed += [] if host in (*LOCAL, *EVERYWHERE) else [host]
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": not (open_browser and sys.stdout.isatty()),
        "server.allowedHosts": allowed,
        "server.fileWatcherType": "none",
        "server.maxUploadSize": 1,
        "server.showEmailPrompt": False,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "full" if host in LOCAL else "type",
        "client.toolbarMode": "viewer",
        "runner.magicEnabled": False,  # a string that stands alone in a page's file is no text of the page
        **look,
    }


def free_port(host: str, port: int) -> int:
    """The port, or a free one for 0.

    Raises:
        ResourceError: It is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ResourceError(
                f"cannot listen on {host}:{port}: {error.strerror or error}", "give another --port, 0 for any"
            ) from error
        return int(probe.getsockname()[1])


def dashboard() -> Path:
    """The script that serves it: in an installed wheel `latentlab/_apps`, in a clone `apps`."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "_apps", package.parent / "apps"):
        if (folder / "dashboard" / "serve.py").is_file():
            return folder / "dashboard" / "serve.py"
    raise InputError(f"no dashboard beside {package}", "install the wheel, or run from a full clone")
