"""`latentlab report` on the shipped pair, as a command: everything from the import to the manifest."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def run(folder: Path) -> dict[str, Any]:
    """Wall seconds, and how many files came."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "paper"
        pair = [str(folder / name) for name in ("baseline", "vib")]
        started = time.perf_counter()
        call = [sys.executable, "-m", "latentlab", "report", *pair, "--offline", "--out", str(out)]
        subprocess.run(call, check=True, capture_output=True)
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "files": sum(file.is_file() for file in out.rglob("*"))}


def rows(r: dict[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """What was to be reached, what was measured, whether it was; nothing where it has not been measured."""
    if not r:
        return []
    text = f"{r['seconds']:.0f} s, {r['files']} files"
    return [("`latentlab report` on the shipped pair", "≤ 60 s", text, r["seconds"] <= 60)]
