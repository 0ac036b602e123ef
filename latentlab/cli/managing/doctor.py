"""`latentlab doctor`."""

import json
import os
import platform
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from latentlab import __version__
from latentlab.cli import options, terminal
from latentlab.errors import EncoderError, LatentlabError, ResourceError

PACKAGES = ("torch", "transformers", "numpy", "scikit-learn", "umap-learn", "matplotlib", "streamlit")


def doctor(
    path: Annotated[
        Path | None,
        typer.Argument(help="Folder with checkpoints; default: the shipped ones.", show_default=False),
    ] = None,
    encoder: options.Encoder = None,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> int:
    """Check this installation.

    Exit code 1 if something is broken.

    Example:
      latentlab doctor
    """
    checks: dict[str, Callable[[], str]] = {
        "latentlab": lambda: f"{__version__} on Python {platform.python_version()}, {platform.system()}",
        "packages": _packages,
        "processors": _processors,
        "bfloat16": _bfloat16,
        "cache": _cache,
        "encoder": lambda: _encoder(encoder),
        "sentences": _sentences,
        "checkpoints": lambda: _checkpoints(path),
    }
    rows: list[dict[str, object]] = []
    for name, check in checks.items():
        try:
            rows.append({"check": name, "ok": True, "found": check(), "hint": None})
        except LatentlabError as error:
            rows.append({"check": name, "ok": False, "found": error.message, "hint": error.hint})
    if as_json:
        print(json.dumps({"command": "doctor", "checks": rows}, indent=2, ensure_ascii=False))
    else:
        for row in rows:
            lines = textwrap.wrap(str(row["found"]), 78, break_on_hyphens=False)
            lines += textwrap.wrap(f"-> {row['hint']}", 78) if row["hint"] else []
            print(f"{'ok    ' if row['ok'] else 'BROKEN'}  {row['check']!s:<12}{lines[0]}")
            for line in lines[1:]:
                print(f"{'':<20}{line}")
    broken = [str(row["check"]) for row in rows if not row["ok"]]
    if broken:
        terminal.say(f"broken: {', '.join(broken)}")
    return 1 if broken else 0


def _packages() -> str:
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            if package != "streamlit":  # an extra
                raise EncoderError(f"{package} is not installed", f"pip install {package}") from None
            found.append("no streamlit (pip install 'latentlab[app]' for the dashboard)")
    return ", ".join(found)


def _processors() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limit = os.environ.get("OMP_NUM_THREADS")
    return f"{usable} usable" + (f", OMP_NUM_THREADS={limit}" if limit else "")


def _bfloat16() -> str:
    from latentlab.models.encoder.precision import fast_bfloat16

    return "clearly faster than float32" if fast_bfloat16() else "not faster than float32: not used"


def _cache() -> str:
    from latentlab.files import cache_folder, check_writable

    folder = cache_folder()
    try:
        check_writable(folder)
    except LatentlabError as error:
        raise ResourceError(
            f"{folder} cannot be written", "set LATENTLAB_CACHE to a folder that can"
        ) from error
    return f"{folder} can be written"


def _encoder(folder: Path | None) -> str:
    from latentlab.models.encoder.encoder_files import MINILM_SETTINGS, MINILM_SHA256, resolve_encoder
    from latentlab.models.encoder.encoder_pin import check_settings
    from latentlab.models.encoder.pretrained import config_of, tokenizer_of
    from latentlab.models.model_config import EncoderConfig

    wanted = EncoderConfig() if folder else EncoderConfig(sha256=MINILM_SHA256)
    found = resolve_encoder(wanted, folder=folder, offline=True)
    if found.sha256 == MINILM_SHA256:
        check_settings(found.folder, MINILM_SETTINGS, config_of(found.folder), tokenizer_of(found.folder))
    wish = "" if folder else " as wanted"
    return f"{folder or wanted.id}, from {found.source}, sha256 {found.sha256[:12]}…{wish}"


def _sentences() -> str:
    from latentlab.corpora import shipped_corpus

    corpus = shipped_corpus()
    return f"{len(corpus)} shipped"


def _checkpoints(path: Path | None) -> str:
    from latentlab.checkpoints import find_checkpoints, read_info
    from latentlab.corpora import data_folder

    folder = path or data_folder() / "checkpoints"
    names = [read_info(found).name for found in find_checkpoints(folder)]
    return f"{len(names)} below {folder}: {', '.join(names)}"
