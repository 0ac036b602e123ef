"""Start-up and a whole command, as a user's shell sees them."""

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "latentlab"]


def run(folder: Path, rounds: int = 5) -> dict[str, Any]:
    """CPU seconds of `latentlab --help`, wall seconds of `latentlab anisotropy` on 5,000 sentences."""
    help_cpu = [_cpu([*COMMAND, "--help"]) for _ in range(rounds)]
    started = time.perf_counter()
    call = [*COMMAND, "anisotropy", str(folder), "--n", "5000", "--offline", "--json"]
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL, env=os.environ)
    return {"help_cpu_s": statistics.median(help_cpu), "anisotropy_wall_s": time.perf_counter() - started}


def _cpu(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
